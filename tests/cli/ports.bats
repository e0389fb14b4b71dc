#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Live ports: everything happens inside network namespaces that the test makes and removes.
load helpers.bash

object=$BUILD/tests/cli/ports.bpf.o
frames=$SOURCE/tests/cli/frames.py
near=espalier-$$-near
far=espalier-$$-far

needs_netns() {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	ip netns add "$near" 2>/dev/null || skip "no network namespaces here"
	ip netns add "$far"
	for ns in "$near" "$far"; do
		# No neighbour discovery among the frames that are counted.
		ip netns exec "$ns" sh -c 'for f in all default; do
			echo 1 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done' 2>/dev/null || true
	done
}

needs_tap() {
	needs_netns
	ip netns exec "$near" ip tuntap add dev probe mode tap 2>/dev/null || skip "no TAP devices here"
	ip -n "$near" link del probe
}

# NAME PEER: NAME in the near namespace, PEER in the far one.
veth() {
	ip -n "$near" link add "$1" type veth peer name "$2" netns "$far"
	ip -n "$near" link set "$1" up
	ip -n "$far" link set "$2" up
}

needs_xdp() {
	needs_netns
	veth v0 w0
	ip netns exec "$near" "$espalier" run --port xdp:v0 --port gen:count=1 --count 1 -p pass "$object" \
		>/dev/null 2>"$BATS_TEST_TMPDIR/probe" || {
		grep -q "not permitted\|no AF_XDP" "$BATS_TEST_TMPDIR/probe" && skip "no AF_XDP here"
		cat "$BATS_TEST_TMPDIR/probe" >&2
		return 1
	}
}

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/pid" ] || kill -KILL "$(cat "$BATS_TEST_TMPDIR/pid")" 2>/dev/null || true
	ip netns del "$near" 2>/dev/null || true
	ip netns del "$far" 2>/dev/null || true
}

# start ARGUMENT... : the tool in the background, in the near namespace.
start() {
	ip netns exec "$near" "$espalier" run --json "$@" \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- &
	pid=$!
	echo "$pid" >"$BATS_TEST_TMPDIR/pid"
}

# until_so COMMAND... : at most ten seconds.
until_so() {
	for _ in $(seq 200); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "never so: $*" >&2
	cat "$BATS_TEST_TMPDIR/err" >&2
	return 1
}

has_xdp() { ip -n "$near" link show "$1" | grep -q prog/xdp; }
has_no_xdp() { ! has_xdp "$1"; }
is_up() { ip -n "$near" link show "$1" up | grep -q "$1"; }
is_gone() { ! ip -n "$near" link show "$1"; }

# finish SIGNAL: ends it; $out afterwards.
finish() {
	local got=0
	kill -"$1" "$pid"
	wait "$pid" || got=$?
	rm -f "$BATS_TEST_TMPDIR/pid"
	out=$(cat "$BATS_TEST_TMPDIR/out")
	[ "$got" -eq 0 ] || {
		echo "exit status $got" >&2
		cat "$BATS_TEST_TMPDIR/err" >&2
		return 1
	}
}

# traffic SPEC: a capture of it.
traffic() {
	"$espalier" run --gen "$1" --out "$BATS_TEST_TMPDIR/in.pcap" -p pass "$object" >/dev/null
}

send() { ip netns exec "$1" python3 "$frames" send "$2" "$BATS_TEST_TMPDIR/in.pcap"; }
exchange() { ip netns exec "$1" python3 "$frames" exchange "$2" "$BATS_TEST_TMPDIR/in.pcap"; }

# The same capture without ports: CPUs and CPUMAPs are enough of a path, and need no root.
@test "CPUMAP: frames go to the CPU's thread and its program" {
	run_tool 0 run --json --cpus 3 --gen count=4000 --map 'cpus[0]=16384,on_cpu' \
		--map 'cpus[1]=16384,on_cpu' --map 'cpus[2]=16384' -p to_cpu \
		--out "$BATS_TEST_TMPDIR/out.pcap" "$object"
	json 'd["packets"] == 4000 and d["verdicts"] == {"XDP_REDIRECT": 3000, "XDP_DROP": 1000}'
	json '[c["redirected"] for c in d["cpus"]] == [1000, 1000, 1000] and d["dropped"] == {}'
	json 'd["map_program_verdicts"] == {"XDP_PASS": 1000, "XDP_DROP": 1000}'
	json 'd["maps"]["seen"]["entries"][0]["value"] == [1000, 1000, 0]'
	json 'd["globals"]["metadata_kept"] == 2000'
	run_tool 0 run --json --in "$BATS_TEST_TMPDIR/out.pcap" -p pass "$object"
	json 'd["packets"] == 2000'
}

@test "CPUMAP: the same numbers without threads, where entries have no program" {
	run_tool 0 run --json --cpus 3 --gen count=4000 --map 'cpus[0]=2048' --map 'cpus[2]=2048' \
		-p to_cpu "$object"
	json 'd["verdicts"] == {"XDP_REDIRECT": 2000, "XDP_DROP": 2000}'
	json '[c["redirected"] for c in d["cpus"]] == [1000, 0, 1000]'
}

@test "an interface that is no port" {
	run_tool 0 run --json --gen count=100 --map 'cpus[0]=16384,on_cpu' --set out_ifindex=77 \
		-p to_ifindex "$object"
	json 'd["verdicts"] == {"XDP_REDIRECT": 100} and d["dropped"] == {"no_such_port": 100}'
}

@test "--map: numbers, and one clear line for what is wrong" {
	run_tool 0 run --json --gen count=1 --map 'numbers[2]=0x11' -p pass "$object"
	json 'd["maps"]["numbers"]["entries"][2]["value"] == 17'
	for entry in 'numbers' 'numbers[0]' 'numbers[0]=' 'numbers[]=1' 'nosuch[0]=1' 'numbers[9]=1' \
		'numbers[0]=1,on_cpu' 'numbers[0]=x' 'numbers[-1]=1' 'numbers[0x100000000]=1' \
		'cpus[0]=1,nosuch' 'cpus[0]=1,pass' 'cpus[5]=16' 'cpus[0]=99999' 'devs[0]=nosuch0' \
		'devs[0]=4711' 'seen[0]=1 '; do
		run_tool 2 run --gen count=1 --map "$entry" -p pass "$object"
		one_clear_line
	done
}

@test "names of ports that are none: one clear line" {
	for port in tap "" : tap: tap:a/b tap:averyveryverylongname xdp: xdp:nosuch0 xdp:nosuch0:0 xdp:lo:x \
		xdp:lo:1-0 xdp:lo: nic:eth0 pcap:/nonexistent gen:kind=x; do
		run_tool 2 run --port "$port" -p pass "$object"
		one_clear_line
		[ -z "$out" ]
	done
	run_tool 2 run --engine kernel --port tap:t0 -p pass "$object"
	one_clear_line
	run_tool 2 run --repeat 2 --port tap:t0 -p pass "$object"
	one_clear_line
	run_tool 2 run --port tap:t0 -p tc_pass "$object"
	one_clear_line
	[[ $err == *"only XDP programs"* ]]
}

@test "not root: not permitted" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	command -v setpriv >/dev/null || skip "no setpriv"
	needs_netns
	veth v0 w0
	for port in tap:t0 xdp:v0; do
		status=0
		ip netns exec "$near" setpriv --reuid 65534 --clear-groups --inh-caps=-all \
			--bounding-set=-all "$espalier" run --port "$port" -p pass "$object" \
			>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
		err=$(cat "$BATS_TEST_TMPDIR/err")
		[[ $err != *"$object"* ]] || skip "the build cannot be read"
		echo "$status $err"
		[ "$status" -eq 3 ]
		one_clear_line
	done
}

@test "tap: what comes in is run and counted, what passes is written" {
	needs_tap
	traffic count=900
	start --cpus 2 --port tap:t0 --out "$BATS_TEST_TMPDIR/out.pcap" -p pass "$object"
	until_so is_up t0
	index=$(ip netns exec "$near" cat /sys/class/net/t0/ifindex)
	send "$near" t0
	sleep 0.3
	[ ! -e "$BATS_TEST_TMPDIR/out.pcap" ]
	finish TERM
	json 'd["packets"] + sum(d["dropped"].values()) == d["ports"][0]["rx"] and d["packets"] > 0'
	json 'd["verdicts"] == {"XDP_PASS": d["packets"]} and d["ports"][0]["port"] == "tap:t0"'
	json "d['ports'][0]['ifindex'] == d['globals']['in_ifindex'] == $index"
	json 'sum(c["packets"] for c in d["cpus"]) == d["packets"] == 900'
	until_so is_gone t0
	run_tool 0 run --json --in "$BATS_TEST_TMPDIR/out.pcap" -p pass "$object"
	json 'd["packets"] == 900'
	python3 - "$BATS_TEST_TMPDIR/out.pcap" <<-'END'
		import struct, sys, time
		first = struct.unpack("<I", open(sys.argv[1], "rb").read(28)[24:])[0]
		assert abs(first - time.time()) < 3600, first
	END
}

@test "tap: XDP_TX comes back out" {
	needs_tap
	traffic count=1000
	start --port tap:t0 -p tx "$object"
	until_so is_up t0
	[ "$(exchange "$near" t0)" = "1000 1000*02:00:00:00:00:02" ]
	finish INT
	json 'd["verdicts"] == {"XDP_TX": 1000} and d["ports"][0]["tx"] == 1000'
}

@test "tap: what its queue could not hold is counted" {
	needs_tap
	traffic count=3000
	start --port tap:t0 -p drop "$object"
	until_so is_up t0
	kill -STOP "$pid"
	send "$near" t0
	kill -CONT "$pid"
	sleep 0.3
	finish TERM
	json 'd["ports"][0]["rx_dropped"] > 0 and d["ports"][0]["rx"] + d["ports"][0]["rx_dropped"] == 3000'
}

@test "tap: a device that was there stays" {
	needs_tap
	ip netns exec "$near" ip tuntap add dev t0 mode tap
	start --port tap:t0 -p drop "$object"
	until_so is_up t0
	sleep 0.2
	finish TERM
	ip -n "$near" link show t0
	start --port tap:t0 -p drop "$object"
	sleep 0.5
	ip netns exec "$near" "$espalier" run --port tap:t0 -p pass "$object" 2>"$BATS_TEST_TMPDIR/second" &&
		return 1
	grep -q "tap:t0: another process has it" "$BATS_TEST_TMPDIR/second"
	finish TERM
}

@test "tap: --count ends it; SIGKILL leaves no device" {
	needs_tap
	traffic count=50
	start --port tap:t0 --count 20 -p drop "$object"
	until_so is_up t0
	send "$near" t0
	wait "$pid"
	rm "$BATS_TEST_TMPDIR/pid"
	out=$(cat "$BATS_TEST_TMPDIR/out")
	json 'd["packets"] == 20 and d["verdicts"] == {"XDP_DROP": 20}'
	start --port tap:t1 -p drop "$object"
	until_so is_up t1
	kill -KILL "$pid"
	until_so is_gone t1
}

@test "xdp: thousands of frames, every one accounted for" {
	needs_xdp
	traffic count=5000,sas=20
	start --cpus 2 --port xdp:v0 -p pass "$object"
	until_so has_xdp v0
	send "$far" w0
	sleep 0.5
	finish TERM
	json 'd["ports"][0]["rx"] + d["ports"][0]["rx_dropped"] == 5000'
	json 'd["packets"] + sum(d["dropped"].values()) == d["ports"][0]["rx"]'
	json 'd["verdicts"] == {"XDP_PASS": d["packets"]} and d["packets"] > 2000'
	json 'd["ports"][0]["ifindex"] == d["globals"]["in_ifindex"]'
	has_no_xdp v0
}

@test "xdp: XDP_TX comes back" {
	needs_xdp
	traffic count=3000,size=60-1500
	start --port xdp:v0 -p tx "$object"
	until_so has_xdp v0
	[ "$(exchange "$far" w0)" = "3000 3000*02:00:00:00:00:02" ]
	finish TERM
	json 'd["verdicts"] == {"XDP_TX": 3000} and d["ports"][0]["tx"] == 3000'
	json 'd["ports"][0]["tx_dropped"] == 0'
}

# counts IFACE: how many frames come in there, in the background.
counts() {
	ip netns exec "$far" python3 "$frames" count "$1" 20 >"$BATS_TEST_TMPDIR/$1" 3>&- &
	counters+=($!)
}

@test "xdp: redirected from one port to another, by index and by DEVMAP" {
	needs_xdp
	veth v1 w1
	traffic count=1000
	index=$(ip netns exec "$near" cat /sys/class/net/v1/ifindex)
	for how in "-p to_ifindex --set out_ifindex=$index" "-p to_dev --map devs[0]=v1" \
		"-p to_dev --map devs[0]=$index,on_dev"; do
		counters=()
		start --cpus 2 --port xdp:v0 --port xdp:v1 $how "$object"
		until_so has_xdp v0
		until_so has_xdp v1
		counts w1
		sleep 0.5
		send "$far" w0
		wait "${counters[@]}"
		finish TERM
		json 'd["verdicts"] == {"XDP_REDIRECT": 1000}'
		json '[(p["rx"], p["tx"]) for p in d["ports"]] == [(1000, 0), (0, 1000)]'
		case $how in
		*on_dev) want=$(printf '1000 1000*02:00:00:00:00:%02x' "$index") ;;
		*) want="1000 1000*02:00:00:00:00:01" ;;
		esac
		[ "$(cat "$BATS_TEST_TMPDIR/w1")" = "$want" ]
	done
}

@test "xdp: broadcast reaches all but where it came from" {
	needs_xdp
	veth v1 w1
	veth v2 w2
	traffic count=500
	counters=()
	start --port xdp:v0 --port xdp:v1 --port xdp:v2 -p to_all --map 'devs[0]=v0' \
		--map 'devs[1]=v1,on_dev' --map 'devs[2]=v2' "$object"
	until_so has_xdp v2
	counts w1
	counts w2
	sleep 0.5
	[ "$(exchange "$far" w0)" = 0 ]
	wait "${counters[@]}"
	finish TERM
	json '[(p["rx"], p["tx"]) for p in d["ports"]] == [(500, 0), (0, 500), (0, 500)]'
	json 'd["map_program_verdicts"] == {"XDP_PASS": 500} and d["dropped"] == {}'
	[[ $(cat "$BATS_TEST_TMPDIR/w2") == "500 500*02:00:00:00:00:01" ]]
}

@test "xdp: a generator sends through it" {
	needs_xdp
	counters=()
	counts w0
	sleep 0.5
	index=$(ip netns exec "$near" cat /sys/class/net/v0/ifindex)
	ip netns exec "$near" "$espalier" run --json --port gen:count=2000 --port xdp:v0 --count 2000 \
		-p to_ifindex --set out_ifindex="$index" "$object" >"$BATS_TEST_TMPDIR/out"
	out=$(cat "$BATS_TEST_TMPDIR/out")
	json 'd["ports"][1]["tx"] == 2000'
	wait "${counters[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR/w0")" = "2000 2000*02:00:00:00:00:01" ]
}

@test "xdp: queues, one of several; a queue that is not there" {
	needs_netns
	ip -n "$near" link add v0 numrxqueues 2 numtxqueues 2 type veth peer name w0 numrxqueues 2 \
		numtxqueues 2 netns "$far"
	ip -n "$near" link set v0 up
	ip -n "$far" link set w0 up
	for queue in 2 0-2 7; do
		status=0
		ip netns exec "$near" "$espalier" run --port "xdp:v0:$queue" -p pass "$object" \
			2>"$BATS_TEST_TMPDIR/err" || status=$?
		err=$(cat "$BATS_TEST_TMPDIR/err")
		[[ $status -eq 3 && $err == *"not permitted"* ]] && skip "no AF_XDP here"
		[ "$status" -eq 2 ]
		one_clear_line
		[[ $err == *"out of range"* ]]
	done
	traffic count=200,sas=1
	start --cpus 2 --port xdp:v0 -p pass "$object"
	until_so has_xdp v0
	send "$far" w0
	sleep 0.3
	finish TERM
	json 'd["packets"] == 200 and d["cpus"][d["globals"]["in_queue"]]["packets"] > 0'
	start --port xdp:v0:1 -p pass "$object"
	until_so has_xdp v0
	finish TERM
}

@test "xdp: another program there: refused, and left alone; SIGKILL leaves none" {
	needs_xdp
	start --port xdp:v0 -p drop "$object"
	until_so has_xdp v0
	before=$(ip -n "$near" -o link show v0 | grep -o 'prog/xdp id [0-9]*')
	status=0
	ip netns exec "$near" "$espalier" run --port xdp:v0 -p pass "$object" \
		2>"$BATS_TEST_TMPDIR/second" || status=$?
	err=$(cat "$BATS_TEST_TMPDIR/second")
	[ "$status" -eq 2 ]
	one_clear_line
	[[ $err == *"another XDP program is attached"* ]]
	[ "$before" = "$(ip -n "$near" -o link show v0 | grep -o 'prog/xdp id [0-9]*')" ]
	kill -KILL "$pid"
	until_so has_no_xdp v0
}
