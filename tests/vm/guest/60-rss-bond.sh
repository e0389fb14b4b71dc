# SPDX-License-Identifier: BSD-2-Clause
# A bond: its lower devices are attached to, and share one instance. A VLAN device: the one below it, once
# its driver leaves the tag in the frame.
. /tests/lib
ip netns add node
ip link add b0 netns node type veth peer name p0
ip link add b1 netns node type veth peer name p1
ip -n node link add bond0 type bond mode active-backup || die "no bond"
ip -n node link set b0 master bond0
ip -n node link set b1 master bond0
ip -n node link set bond0 up
ip link set p0 up
ip link set p1 up
espalier rss attach --netns node bond0 >/tmp/attach 2>&1 || die "attach: $(cat /tmp/attach)"
espalier rss status >/tmp/status
for dev in b0 b1; do
	grep -q "^$dev " /tmp/status || die "$dev is not attached: $(cat /tmp/status)"
	ip -n node -d link show $dev | grep -q prog/xdp || die "no program on $dev"
done
ip -n node -d link show bond0 | grep -q prog/xdp && die "a program on the bond itself"
espalier rss detach --all || die "detach"
ip -n node -d link show b0 | grep -q prog/xdp && die "still attached"
[ -z "$(find /sys/fs/bpf -type f)" ] || die "left: $(find /sys/fs/bpf)"

ip netns add other
ip link add v0 netns other type veth peer name w0
ip -n other link add link v0 name v0.7 type vlan id 7 || die "no VLAN device"
ip -n other link set v0 up
ip -n other link set v0.7 up
espalier rss attach --netns other v0.7 >/tmp/attach 2>&1 && die "attached where the tag is lost"
grep -q '(ethtool -K v0 rxvlan off)$' /tmp/attach || die "no way to mend it: $(cat /tmp/attach)"
ip netns exec other ethtool -K v0 rxvlan off || die "rxvlan stays"
espalier rss attach --netns other v0.7 >/tmp/attach 2>&1 || die "attach: $(cat /tmp/attach)"
espalier rss status | grep -q "^v0 " || die "not the device below: $(espalier rss status)"
espalier rss detach --all || die "detach"
