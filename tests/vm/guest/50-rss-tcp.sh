# SPDX-License-Identifier: BSD-2-Clause
# A tunnel with one SA for each CPU and a fallback (RFC 9611): TCP from each CPU of the sender arrives
# whole, is decrypted on the owner of the SA that it came by, and nothing is late for a replay window.
. /tests/lib
two_gateways
for cpu in 0 1 2 3; do
	sa="xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0xc000010$((cpu + 1)) reqid 1 mode tunnel $AEAD"
	echo "$sa dir out pcpu-num $cpu" >>/tmp/left
	echo "$sa replay-window 32 dir in pcpu-num $cpu" >>/tmp/right
done
espalier sad import --netns left /tmp/left || die "no outbound SAs with owners"
espalier sad import --netns right /tmp/right || die "no inbound SAs with owners"
espalier rss attach --netns right r0 >/tmp/attach 2>&1 || die "attach: $(cat /tmp/attach)"

dd if=/dev/urandom of=/tmp/sent bs=64k count=16 2>/dev/null
for cpu in 0 1 2 3; do
	# Without an end to what it could send it does not close before it has it all.
	sleep 6 | ip netns exec right nc -l -p 500$cpu >/tmp/got.$cpu &
	sleep 1
	ip netns exec left taskset -c $cpu nc -w 5 10.2.0.1 500$cpu </tmp/sent || die "no connection from CPU $cpu"
	wait
	cmp /tmp/sent /tmp/got.$cpu || die "what CPU $cpu sent did not arrive"
done
espalier rss status --json >/tmp/status
espalier rss status >/tmp/text
for cpu in 0 1 2 3; do
	# spi peer reqid owner cpu: the owner is where it is.
	grep -q "^ *0xc000010$((cpu + 1)) .* $cpu  *$cpu  *[0-9]" /tmp/text || die "SA of CPU $cpu: $(cat /tmp/text)"
done
ip netns exec right cat /proc/net/xfrm_stat >/tmp/stat
grep -E 'XfrmInStateSeqError|XfrmInStateProtoError|XfrmInStateInvalid' /tmp/stat | grep -qv '[^0-9]0$' && die "$(cat /tmp/stat)"
echo "note: 1 MB from each of 4 CPUs, each decrypted on the owner of its SA"
espalier rss detach --all >/dev/null
