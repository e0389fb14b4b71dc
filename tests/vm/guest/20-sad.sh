# SPDX-License-Identifier: BSD-2-Clause
# espalier sad on a kernel that has ESP: SAs with their keys in, out, and in again; events; and a
# tunnel that works with what was imported.
. /tests/lib

lines() { # FILE: what two exports have to agree on; a kernel adds a selector of its own to some
	sed 's/ sel src .*//' "$1"
}

cat >/tmp/sa.conf <<X
xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 reqid 1 mode tunnel aead 'rfc4106(gcm(aes))' $KEY 128 replay-window 128 flag esn dir in pcpu-num 1
xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101 reqid 1 mode tunnel mark 0x5 mask 0xff output-mark 0x3 mask 0xf auth-trunc 'hmac(sha256)' 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 128 enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff replay-window 32 encap espinudp 4500 4501 0.0.0.0 limit byte-hard 1000000 if_id 0x7 dir in pcpu-num 0
xfrm state add src fd00::1 dst fd00::2 proto esp spi 0x00000102 reqid 9 mode transport aead 'rfc4106(gcm(aes))' $KEY 128 flag esn extra-flag dont-encap-dscp dir out pcpu-num 3
X
ip netns add a
espalier sad monitor --netns a --json >/tmp/events &
monitor=$!
n=0
until ip netns exec a grep -q ' 6 *[0-9]* 00000046 ' /proc/net/netlink; do
	n=$((n + 1))
	[ $n -lt 100 ] || die "the monitor does not listen"
	usleep 50000
done
[ "$(espalier sad import --netns a /tmp/sa.conf)" = "3 SAs added" ] || die "import"
espalier sad export --netns a --keys >/tmp/1.conf
lines /tmp/1.conf | diff /tmp/sa.conf - >/tmp/diff || die "not what was imported: $(cat /tmp/diff)"
ip -n a xfrm state | grep -q 0x00112233445566778899aabbccddeeff || die "ip does not see the key"
if espalier sad export --netns a | grep -q 00112233; then die "a key that was not asked for"; fi
espalier sad show --netns a --spi 0x102 | grep -q 'dir out pcpu-num 3' || die "show"

# All or nothing: the last is there already.
{
	echo "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x200 mode tunnel aead 'rfc4106(gcm(aes))' $KEY 128"
	head -n 1 /tmp/sa.conf
} >/tmp/bad.conf
status=0
espalier sad import --netns a /tmp/bad.conf 2>/tmp/err || status=$?
[ $status -eq 2 ] || die "status $status"
grep -q '^espalier: /tmp/bad.conf:2: ' /tmp/err || die "$(cat /tmp/err)"
[ "$(espalier sad show --netns a | wc -l)" -eq 3 ] || die "something was left behind"
echo "note: $(cat /tmp/err)"

ip -n a xfrm state flush
espalier sad import --netns a /tmp/1.conf
espalier sad export --netns a --keys | diff /tmp/1.conf - >/tmp/diff || die "the second time: $(cat /tmp/diff)"
ip -n a xfrm state flush
ip -n a -batch /tmp/sa.conf 2>/dev/null || true # iproute2 6.1 knows neither dir nor pcpu-num
kill -TERM $monitor
wait $monitor || die "the monitor ended with $?"
[ "$(grep -c '"event": "new"' /tmp/events)" -ge 7 ] || die "new: $(cat /tmp/events)"
grep -q '"event": "delete", "sa": {.*"spi": 512' /tmp/events || die "no delete: $(cat /tmp/events)"
[ "$(grep -c '"event": "flush"' /tmp/events)" -eq 2 ] || die "flush"

# A tunnel that ip made, taken down and brought up again from what ip showed of it.
two_gateways
for ns in left right; do
	ip -n $ns xfrm state >/tmp/$ns.txt
	ip -n $ns xfrm state flush
	espalier sad import --netns $ns /tmp/$ns.txt
done
ip netns exec left ping -c 3 -i 0.2 -W 5 10.2.0.1 || die "no ping through the tunnel"
espalier sad show --netns right --json | grep -q '"spi": 3221225728.*"packets": [1-9]' ||
	die "no packets counted: $(espalier sad show --netns right --json)"
