# SPDX-License-Identifier: BSD-2-Clause
# rss daemon on a kernel that has ESP: a rekey under traffic loses nothing and the new SA takes the CPU
# of the old one, found by kfunc or by map; a CPU that goes offline and comes back.
. /tests/lib
two_gateways
id="src 192.0.2.2 dst 192.0.2.1 proto esp spi"
rest="reqid 1 mode tunnel $AEAD replay-window 128"

cp /dev/null /tmp/daemon
rss() {
	verb=$1
	shift
	espalier rss "$verb" "$@" >/tmp/rss 2>&1 || die "rss $verb $*: $(cat /tmp/rss)"
}
says() {
	n=0
	until grep -q "$1" /tmp/daemon; do
		n=$((n + 1))
		[ $n -lt 100 ] || die "the daemon does not say $1: $(cat /tmp/daemon)"
		usleep 100000
	done
}
column() { # SPI NAME: of the JSON
	espalier rss status --json | tr -d ' \n' | sed 's/{"spi"/\n{"spi"/g' | grep "^{\"spi\":\"$1\"" |
		sed "s/.*\"$2\":\([a-z0-9]*\).*/\1/"
}
ping_through() {
	ip netns exec left ping -c 5 -i 0.2 -W 5 10.2.0.1 | grep -q ' 0% packet loss' || die "ping lost"
}

for lookup in kfunc map; do
	ip -n left xfrm state del $id 0xd0000100
	ip -n left xfrm state add $id 0xd0000100 $rest limit time-soft 3 limit time-hard 1000
	rss attach --netns left --lookup $lookup --dispatcher off l0
	espalier rss daemon --interval 100 2>/tmp/daemon &
	daemon=$!
	says "serving l0: policy balance, lookup $lookup"
	# Whether the soft limit was passed before or after the daemon came: it has to know.
	ping_through
	old=$(column 0xd0000100 cpu)
	sleep 4
	ip netns exec left ping -c 80 -i 0.05 -W 10 10.2.0.1 >/tmp/ping &
	ping=$!
	sleep 1
	# As an IKE daemon does it: who receives first, who sends second, the old ones last.
	ip -n left xfrm state add $id 0xd0000101 $rest
	ip -n right xfrm state add $id 0xd0000101 $rest
	sleep 1
	ip -n right xfrm state del $id 0xd0000100
	wait $ping || true
	grep -q ' 0% packet loss' /tmp/ping || die "$lookup: a rekey lost packets: $(tail -n 3 /tmp/ping)"
	[ "$(column 0xd0000101 packets)" -gt 10 ] || die "$lookup: nothing on the new SA: $(espalier rss status)"
	[ "$(column 0xd0000101 cpu)" = "$old" ] || die "$lookup: the new SA is not on CPU $old: $(espalier rss status)"
	espalier rss status | grep -q '^unknown_sa' && die "$lookup: $(espalier rss status)"
	echo "note: rekey, lookup $lookup: 80 of 80 pings, both SAs on CPU $old"
	kill $daemon
	wait $daemon || die "the daemon's exit status: $?"
	rss detach --all
	ip -n left xfrm state del $id 0xd0000101
	ip -n right xfrm state del $id 0xd0000101
	ip -n right xfrm state add $id 0xd0000100 $rest
done

[ -e /sys/devices/system/cpu/cpu2/online ] || die "CPU 2 cannot be taken offline"
ip -n left xfrm state del $id 0xd0000100
echo "xfrm state add $id 0xd0000100 $rest dir in pcpu-num 2" >/tmp/sa
espalier sad import --netns left /tmp/sa || die "no SA with an owner"
rss attach --netns left --dispatcher off --policy hash --cpus 2,3 l0
espalier rss daemon --interval 100 2>/tmp/daemon &
daemon=$!
says "serving l0"
ping_through
[ "$(column 0xd0000100 cpu)" = 2 ] || die "not on its owner: $(espalier rss status)"
echo 0 >/sys/devices/system/cpu/cpu2/online
says "CPU 2 went offline"
ping_through
[ "$(column 0xd0000100 cpu)" = 3 ] || die "not on the other CPU: $(espalier rss status)"
espalier rss status | grep -q '^owner_unavailable  *5 ' || die "$(espalier rss status)"
echo 1 >/sys/devices/system/cpu/cpu2/online
says "CPU 2 came online"
ping_through
[ "$(column 0xd0000100 cpu)" = 2 ] || die "not back on its owner: $(espalier rss status)"
espalier rss status --json | tr -d ' \n' | grep -q '"dropped":[1-9]' && die "dropped: $(espalier rss status)"
kill $daemon
wait $daemon || die "the daemon's exit status: $?"
rss detach --all
