# SPDX-License-Identifier: BSD-2-Clause
# rss doctor where there are ESP, VLAN devices and CPUs that can go; rss top beside a tunnel.
. /tests/lib
two_gateways

doctor() { # STATUS ARGUMENT...
	want=$1
	shift
	got=0
	espalier rss doctor "$@" >/tmp/doctor 2>&1 || got=$?
	[ "$got" = "$want" ] || die "doctor $*: $got, not $want: $(cat /tmp/doctor)"
}
says() {
	grep -q -e "$1" /tmp/doctor || die "does not say \"$1\": $(cat /tmp/doctor)"
}
silent() {
	! grep -q -e "$1" /tmp/doctor || die "says \"$1\": $(cat /tmp/doctor)"
}

doctor 0 --netns left l0
says '^ok  *kernel: Linux'
says 'GRO behind it'
says 'there is one: SPI 0xd0000100 from 192.0.2.2'
says 'replay window below the queue'
silent 'no ESP'
silent 'no key yet'
silent 'not seen'

# Tags that the driver takes out, asked by the VLAN device.
if ip -n left link add link l0 name l0.5 type vlan id 5 2>/dev/null; then
	ip netns exec left ethtool -K l0 rxvlan on
	doctor 1 --netns left l0.5
	says '^problem  l0: rxvlan'
	says '-> ethtool -K l0 rxvlan off'
	ip netns exec left ethtool -K l0 rxvlan off
	doctor 0 --netns left l0.5
	says 'for l0.5'
fi

# Packets of an SA that is gone are counted, and explained.
ip -n left xfrm state del src 192.0.2.2 dst 192.0.2.1 proto esp spi 0xd0000100
ip netns exec left ping -c 3 -i 0.2 -W 1 10.2.0.1 >/dev/null || true
doctor 0 --netns left l0
says 'XfrmInNoStates is [1-9]'
says 'no ESP or AH SA comes in'

# An owner that is offline.
echo "xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0xd0000100 reqid 1 mode tunnel $AEAD replay-window 32 dir in pcpu-num 2" >/tmp/sa
espalier sad import --netns left /tmp/sa || die "no SA with an owner"
if [ -e /sys/devices/system/cpu/cpu2/online ]; then
	echo 0 >/sys/devices/system/cpu/cpu2/online
	doctor 0 --netns left l0
	says 'belongs to a CPU that is offline'
	says '-> echo 1 >/sys/devices/system/cpu/cpu2/online'
	echo 1 >/sys/devices/system/cpu/cpu2/online
	doctor 0 --netns left l0
	silent 'offline'
fi

espalier rss attach --netns left --dispatcher off l0 >/tmp/rss 2>&1 || die "attach: $(cat /tmp/rss)"
doctor 0 --netns left
says '^ok  *steering: on, at 1 interface'
ip netns exec left ping -c 30 -i 0.1 -W 5 10.2.0.1 >/tmp/ping &
espalier rss top --batch 2 --interval 1 >/tmp/top 2>&1 || die "top: $(cat /tmp/top)"
wait
grep -q ' 0% packet loss' /tmp/ping || die "ping lost"
grep -q '^0xd0000100 192.0.2.2  *1  *2  *2  *[1-9]' /tmp/top || die "top: $(cat /tmp/top)"
espalier rss detach --all >/dev/null || die "detach"
