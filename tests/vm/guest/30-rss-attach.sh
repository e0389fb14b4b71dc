# SPDX-License-Identifier: BSD-2-Clause
# rss attach through libxdp's dispatcher, two programs stacked, and by a link: real ESP is steered to the
# CPU that owns its SA and decrypted there.
. /tests/lib
two_gateways
# On the left, the inbound SA belongs to CPU 2.
ip -n left xfrm state del src 192.0.2.2 dst 192.0.2.1 proto esp spi 0xd0000100
echo "xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0xd0000100 reqid 1 mode tunnel $AEAD replay-window 32 dir in pcpu-num 2" >/tmp/sa
espalier sad import --netns left /tmp/sa || die "no SA with an owner"

rss() {
	verb=$1
	shift
	espalier rss "$verb" "$@" >/tmp/rss 2>&1 || die "rss $verb $*: $(cat /tmp/rss)"
}
steered() { # PACKETS
	espalier rss status >/tmp/status
	grep -q "0xd0000100 .* 2 *2 *$1 " /tmp/status || die "not $1 packets on CPU 2: $(cat /tmp/status)"
}
ping_through() {
	ip netns exec left ping -c 5 -i 0.2 -W 5 10.2.0.1 | grep -q ' 0% packet loss' || die "ping lost"
}

rss attach --netns left l0
grep -q 'without the dispatcher' /tmp/rss && die "$(cat /tmp/rss)"
ping_through
steered 5
espalier rss status | grep -q '^l0 *native *dispatcher' || die "not dispatched"
# Another instance's program in the same dispatcher: it sees what the first passes.
mkdir -p /tmp/bpf
mount -t bpf bpf /tmp/bpf
rss attach --netns left --dispatcher on --policy pass --bpffs /tmp/bpf l0
ping_through
steered 10
rss off
ping_through
espalier rss status --bpffs /tmp/bpf >/tmp/status
grep -q '^owner  *5 ' /tmp/status || die "the second program saw not 5 packets: $(cat /tmp/status)"
rss on
# What is replaced comes behind those of its priority: the other one steers now.
rss attach --replace --qsize 512
ping_through
steered 10
rss detach --bpffs /tmp/bpf --all
ping_through
steered 15
rss detach --all
[ -z "$(find /sys/fs/bpf /tmp/bpf -type f)" ] || die "left: $(find /sys/fs/bpf /tmp/bpf)"
ip -n left -d link show l0 | grep -q prog/xdp && die "still attached"

rss attach --netns left --dispatcher off l0
ping_through
steered 5
# A CPU that goes and comes back loses nothing.
if [ -e /sys/devices/system/cpu/cpu2/online ]; then
	echo 0 >/sys/devices/system/cpu/cpu2/online
	ping_through
	echo 1 >/sys/devices/system/cpu/cpu2/online
	ping_through
fi
rss detach --all
umount /tmp/bpf
