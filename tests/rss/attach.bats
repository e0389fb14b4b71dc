#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# espalier rss attach, detach, on, off, confirm and status on the running kernel: veth pairs in a
# network namespace of the test's own, SAs by ALLOCSPI. Root and bpf(2), or skipped.
load ../cli/helpers.bash

frames=$SOURCE/tests/rss/frames.py

setup() {
	[ -n "$BPFFS" ] || skip "no namespaces or no bpf file system here (root)"
	"$espalier" info --json | grep -q '"bpf_permitted": true' || skip "bpf(2) is not permitted"
	"$espalier" info --json | grep -q '"xfrm_kfuncs": true' || skip "the kernel has no xfrm kfuncs"
	ip link add v0 type veth peer name v1
	ip link set v0 up
	ip link set v1 up
	ip addr add 192.0.2.1/24 dev v0
	ip addr add 2001:db8::1/64 dev v0 nodad
	last=$(($(nproc) - 1))
}

teardown() {
	[ -n "$BPFFS" ] || return 0
	"$espalier" rss detach --all --bpffs "$BPFFS" >/dev/null 2>&1 || true
	ip xfrm state deleteall
	ip link del v0 2>/dev/null || true
	ip link del w0 2>/dev/null || true
	nothing_pinned
}

rss() { # STATUS VERB ARGUMENT...
	local want=$1 verb=$2
	shift 2
	# Alone, wherever the tests run; cycles.c tries the dispatcher.
	[[ $verb != attach || $* == *--dispatcher* ]] || set -- --dispatcher off "$@"
	run_tool "$want" rss "$verb" --bpffs "$BPFFS" "$@"
}

nothing_pinned() {
	[ -z "$(find "$BPFFS" -mindepth 1 -not -name '*.debug')" ] || {
		find "$BPFFS" >&2
		return 1
	}
}

sas() { # LINE... behind "xfrm state add"
	printf 'xfrm state add %s\n' "$@" >"$BATS_TEST_TMPDIR/sas.conf"
	run_tool 0 sad import --larval "$BATS_TEST_TMPDIR/sas.conf"
}

esp="src 192.0.2.2 dst 192.0.2.1 proto esp"

@test "frames of an SA run on its owner, from whatever CPU they come" {
	sas "$esp spi 0x1001 reqid 1 mode tunnel dir in pcpu-num 0" \
		"$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last" \
		"src 2001:db8::2 dst 2001:db8::1 proto esp spi 0x1003 reqid 2 mode tunnel dir in pcpu-num $last"
	rss 0 attach v0
	for from in 0 $last; do
		out=$(python3 "$frames" v1 v0 "0x1001@$from:500" "0x1002@$from:500" 0x9999@$from:10)
		json "d['0x1001'] == {'0': 500} and d['0x1002'] == {'$last': 500}"
		json "d['0x9999'] == {'$from': 10}"
		out=$(python3 "$frames" v1 v0 --vlan 5 "0x1002@$from:100")
		json "d == {'0x1002': {'$last': 100}}"
		out=$(python3 "$frames" v1 v0 --natt "0x1002@$from:100")
		json "d == {'0x1002': {'$last': 100}}"
		out=$(python3 "$frames" v1 v0 --six "0x1003@$from:100")
		json "d == {'0x1003': {'$last': 100}}"
	done
	rss 0 status --json
	json "d['reasons']['owner']['packets'] == 2600 and d['reasons']['unknown_sa']['packets'] == 20"
	json "sum(c['packets'] for c in d['cpus']) == 2600"
	json "all(c['enqueued'] == c['dequeued'] and not c['dropped'] for c in d['cpus'])"
	json "{s['spi']: (s['packets'], s['owner'], s['cpu']) for s in d['sas']} == {
		'0x00001001': (1000, 0, 0), '0x00001002': (1400, $last, $last), '0x00001003': (200, $last, $last)}"
	json "all(s['known'] and s['reqid'] for s in d['sas'])"
	rss 0 status --sas 1
	[[ $out == *"2 more SAs: 1200 packets"* ]]
}

@test "SAs without an owner: spread, one CPU each, among --cpus" {
	sas "$esp spi 0x1001 reqid 1 mode tunnel" "$esp spi 0x1002 reqid 2 mode tunnel"
	rss 0 attach v0 --cpus "0,$last"
	out=$(python3 "$frames" v1 v0 0x1001@0:50 0x1002@0:50 0x1001@$last:50 0x1002@$last:50)
	json "all(len(cpus) == 1 for cpus in d.values()) and len(d) == 2"
	json "$last == 0 or d['0x1001'] != d['0x1002']"
	rss 0 attach --replace --policy "cpu:$last" v0
	rss 0 status --json
	json "d['settings']['policy'] == 'cpu:$last'"
	rss 0 attach --replace --policy pass
	out=$(python3 "$frames" v1 v0 0x1001@0:50)
	json "d == {'0x1001': {'0': 50}}"
}

@test "a million frames: each is accounted for" {
	sas "$esp spi 0x1001 reqid 1 mode tunnel dir in pcpu-num 0" "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	rss 0 attach v0 --qsize 64
	python3 "$frames" v1 v0 --blind 0x1001@0:250000 0x1002@0:250000 0x1001@$last:250000 0x1002@$last:250000
	sleep 1
	rss 0 status --json
	json "d['reasons']['owner']['packets'] == 1000000"
	json "sum(c['enqueued'] + c['dropped'] for c in d['cpus']) == 1000000"
	json "all(c['backlog'] == 0 for c in d['cpus'])"
	json "not any(c['dropped'] for c in d['cpus']) or any('--qsize 128' in a['mend'] for a in d['advice'])"
}

@test "off, on, a trial that is confirmed and one that is not" {
	sas "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	steered() { # yes or no
		rss 0 status --json
		before=$(printf '%s' "$out" | python3 -c 'import json,sys; print(json.load(sys.stdin)["reasons"]["owner"]["packets"])')
		python3 "$frames" v1 v0 --blind 0x1002@0:10
		rss 0 status --json
		json "d['reasons']['owner']['packets'] - $before == (10 if '$1' == 'yes' else 0)"
	}
	rss 0 attach v0
	steered yes
	rss 1 confirm
	one_clear_line
	rss 0 off
	steered no
	json "d['state'] == 'off' and any('off' in a['text'] for a in d['advice'])"
	rss 1 confirm
	rss 0 on
	steered yes
	rss 0 attach --replace --confirm-within 60
	steered yes
	json "d['state'] == 'trial' and 0 < d['seconds_left'] <= 60"
	rss 0 confirm
	json_state on
	rss 0 attach --replace --confirm-within 1
	sleep 1.2
	steered no
	json "d['state'] == 'trial_over'"
	rss 1 confirm
	one_clear_line
	rss 0 on
	steered yes
	rss 2 on v0
	one_clear_line
}

json_state() {
	rss 0 status --json
	json "d['state'] == '$1'"
}

@test "attach 200 times, detach 200 times: nothing is left" {
	bpftool net show dev v0 >"$BATS_TEST_TMPDIR/before"
	for i in $(seq 200); do
		"$espalier" rss attach --dispatcher off --bpffs "$BPFFS" v0 v1 >/dev/null
		if [ $((i % 50)) -eq 0 ]; then
			p=$BPFFS/espalier/rss
			for f in "$p"/cur/prog; do bpftool -j prog show pinned "$f" | grep -o '"id":[0-9]*' | head -1; done |
				sed 's/"id":/prog id /' >>"$BATS_TEST_TMPDIR/ids"
			for f in config sas cpu_map queues meta; do bpftool -j map show pinned "$p/cur/$f" | grep -o '"id":[0-9]*' | head -1; done |
				sed 's/"id":/map id /' >>"$BATS_TEST_TMPDIR/ids"
			for f in "$p"/ifaces/*/link "$p"/cur/watch_*; do bpftool -j link show pinned "$f" | grep -o '"id":[0-9]*' | head -1; done |
				sed 's/"id":/link id /' >>"$BATS_TEST_TMPDIR/ids"
		fi
		"$espalier" rss detach --bpffs "$BPFFS" v0 v1 >/dev/null
		nothing_pinned
	done
	bpftool net show dev v0 >"$BATS_TEST_TMPDIR/after"
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ids")" -eq 40 ]
	# Objects go a grace period after their last user.
	for try in 1 2 3 4 5 6 7 8 9 10; do
		left=0
		while read -r kind _ id; do
			! bpftool "$kind" show id "$id" >/dev/null 2>&1 || left=$((left + 1))
		done <"$BATS_TEST_TMPDIR/ids"
		[ "$left" -gt 0 ] || break
		sleep 0.5
	done
	[ "$left" -eq 0 ]
}

@test "--replace keeps counters, assignments and interfaces; --fresh does not" {
	ip link add w0 type veth peer name w1
	sas "$esp spi 0x1001 reqid 1 mode tunnel" "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	rss 0 attach v0
	python3 "$frames" v1 v0 --blind 0x1001@0:100 0x1002@0:100
	rss 0 status --json
	was=$(printf '%s' "$out" | python3 -c 'import json,sys; d=json.load(sys.stdin)
print([(s["spi"], s["packets"], s["cpu"]) for s in d["sas"]], d["program"], sep="|")')
	rss 1 attach w0 --qsize 512
	one_clear_line
	[[ $err == *--qsize* ]]
	rss 0 attach --replace --qsize 512 --ports 4501 w0
	rss 0 status --json
	json "[(s['spi'], s['packets'], s['cpu']) for s in d['sas']] == ${was%|*} and d['program'] != ${was#*|}"
	json "d['settings']['qsize'] == 512 and d['settings']['ports'] == [4500, 4501]"
	json "sorted((i['name'], i['attached'], i['program']) for i in d['interfaces']) ==
		[('v0', True, d['program']), ('w0', True, d['program'])]"
	python3 "$frames" v1 v0 --blind 0x1001@0:100 0x1002@0:100
	rss 0 status --json
	json "all(s['packets'] == 200 for s in d['sas']) and d['reasons']['owner']['packets'] == 200"
	json "sum(c['enqueued'] for c in d['cpus']) == 400"
	rss 1 attach --replace --max-sas 10
	one_clear_line
	rss 0 attach --replace --fresh --max-sas 10
	rss 0 status --json
	json "d['sas'] == [] and d['settings']['max_sas'] == 10 and d['settings']['qsize'] == 2048"
	rss 0 detach v0
	rss 0 status --json
	json "[i['name'] for i in d['interfaces']] == ['w0']"
	rss 0 detach w0
}

@test "a packet is never missed while programs are replaced" {
	sas "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	rss 0 attach v0
	python3 "$frames" v1 v0 --blind 0x1002@0:200000 &
	while kill -0 $! 2>/dev/null; do
		"$espalier" rss attach --replace --bpffs "$BPFFS" >/dev/null
	done
	wait
	rss 0 status --json
	json "d['reasons']['owner']['packets'] == 200000 and d['sas'][0]['changes'] == 0"
}

@test "pins of another layout: a clear line, replaced only when asked" {
	rss 0 attach v0
	bpftool map update pinned "$BPFFS/espalier/rss/cur/config" key 0 0 0 0 value \
		$(bpftool -j map dump pinned "$BPFFS/espalier/rss/cur/config" |
			python3 -c 'import json,sys; v=json.load(sys.stdin)[0]["value"]; v[0]="0x63"; print(*v)')
	for verb in status on off confirm; do
		rss 1 $verb
		one_clear_line
		[[ $err == *"another version (layout 99"* ]]
	done
	rss 1 attach v1
	rss 1 attach --replace v0
	[[ $err == *"another version"* ]]
	rss 0 attach --replace --fresh v0
	rss 0 status --json
	json "d['interfaces'][0]['attached'] and d['state'] == 'on'"
}

@test "killed at any moment: detach or attach cleans up" {
	trap - CHLD
	for i in $(seq 60); do
		case $((i % 3)) in
		0) cmd="attach --dispatcher off v0 v1" ;;
		1) cmd="attach --dispatcher off --replace v0 v1" ;;
		2) cmd="detach --all" ;;
		esac
		# shellcheck disable=SC2086
		"$espalier" rss $cmd --bpffs "$BPFFS" >/dev/null 2>&1 &
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -KILL $! 2>/dev/null || true
		wait $! 2>/dev/null || true
		if [ $((RANDOM % 2)) -eq 0 ]; then
			"$espalier" rss detach --all --bpffs "$BPFFS" >/dev/null 2>&1 || true
			nothing_pinned
			bpftool net show dev v0 | { ! grep -q esp_rss; }
		else
			"$espalier" rss detach --bpffs "$BPFFS" v0 >/dev/null 2>&1 || true
			rss 0 attach v0
			rss 0 status --json
			json "d['state'] == 'on' and any(x['name'] == 'v0' and x['attached'] for x in d['interfaces'])"
		fi
	done
	"$espalier" rss detach --all --bpffs "$BPFFS" >/dev/null 2>&1 || true
	nothing_pinned
}

other_program() { # IFACE
	bpftool prog load "$BUILD/examples/esp_count.bpf.o" "$BPFFS/other" type xdp
	bpftool net attach xdp pinned "$BPFFS/other" dev "$1"
	rm "$BPFFS/other"
}

@test "another program is not thrown off, and nothing is left half attached" {
	other_program v1
	rss 1 attach v1
	one_clear_line
	[[ $err == *"(esp_count) is attached"*"ip link set dev v1 xdp off"* ]]
	nothing_pinned
	rss 1 attach v0 v1
	nothing_pinned
	bpftool net show dev v0 | { ! grep -q esp_rss; }
	bpftool net show dev v1 | grep -q 'id'
	rss 0 attach v0
	rss 1 attach v1
	rss 0 status --json
	json "[i['name'] for i in d['interfaces']] == ['v0']"
	rss 3 attach --dispatcher on v0 || rss 1 attach --dispatcher on v0
}

@test "attached already, not attached, vanished, anew" {
	rss 1 status
	one_clear_line
	rss 1 detach v0
	one_clear_line
	rss 1 detach --all
	rss 1 on
	one_clear_line
	rss 1 attach --replace
	one_clear_line
	rss 0 attach v0
	rss 1 attach v0
	one_clear_line
	[[ $err == *"attached already"* ]]
	rss 1 detach v1
	one_clear_line
	ip link del v0
	rss 0 status --json
	json "not d['interfaces'][0]['attached'] and any('gone' in a['text'] for a in d['advice'])"
	ip link add v0 type veth peer name v1
	rss 0 attach v0
	rss 0 status --json
	json "len(d['interfaces']) == 1 and d['interfaces'][0]['attached']"
	ip link del v0
	rss 0 detach v0
	nothing_pinned
	rss 2 attach v0
	one_clear_line
	[[ $err == *"no such interface"* ]]
	nothing_pinned
}

@test "no bpf file system, one that cannot be written, no permission" {
	run_tool 3 rss attach --bpffs "$BATS_TEST_TMPDIR" v0
	one_clear_line
	[[ $err == *"no bpf file system"* ]]
	run_tool 3 rss status --bpffs "$BATS_TEST_TMPDIR/nowhere"
	one_clear_line
	mkdir "$BATS_TEST_TMPDIR/ro"
	mount -t bpf -o ro bpf "$BATS_TEST_TMPDIR/ro"
	run_tool 1 rss attach --bpffs "$BATS_TEST_TMPDIR/ro" v0
	umount "$BATS_TEST_TMPDIR/ro"
	one_clear_line
	[[ $err == *"Read-only"* ]]
	if command -v setpriv >/dev/null; then
		status=0
		# The tool may lie where others may not go: by descriptor.
		exec 9<"$espalier"
		setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all /proc/self/fd/9 rss attach --bpffs "$BPFFS" v0 \
			>/dev/null 2>"$BATS_TEST_TMPDIR/err" || status=$?
		exec 9<&-
		err=$(cat "$BATS_TEST_TMPDIR/err")
		echo "$status $err"
		[ "$status" -eq 3 ]
		one_clear_line
	fi
	nothing_pinned
}

@test "out of descriptors at any point: as it was" {
	for n in $(seq 4 60); do
		(ulimit -n "$n" && exec "$espalier" rss attach --dispatcher off --bpffs "$BPFFS" v0 v1) >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" && break
		err=$(cat "$BATS_TEST_TMPDIR/err")
		[ "$n" -lt 8 ] || one_clear_line
		nothing_pinned
		bpftool net show dev v0 | { ! grep -q esp_rss; }
	done
	[ "$n" -gt 12 ] && [ "$n" -lt 60 ]
	rss 0 status --json
	json "all(i['attached'] for i in d['interfaces'])"
}

@test "wrong options" {
	for bad in "--qsize 1" "--qsize 99999" "--policy none" "--cpus 5000" "--cpus x" "--ports 0" "--ports 70000" \
		"--ports 1,2,3,4,5,6,7,8" "--marks 1,2,3,4,5" "--marks x" "--lookup none" "--mode none" "--netns-id x" \
		"--fresh" "--max-sas 0" "--confirm-within 0"; do
		# shellcheck disable=SC2086
		rss 2 attach $bad v0
		one_clear_line
	done
	rss 2 attach
	rss 2 detach
	rss 2 detach --all v0
	run_tool 2 rss nonsense
	one_clear_line
	nothing_pinned
}

@test "--dry-run changes nothing, and says what it would" {
	rss 0 attach --dry-run v0
	[[ $out == *"native mode, in veth"*"nothing was changed"* ]]
	nothing_pinned
	rss 0 attach v0
	rss 0 attach --dry-run v1
	rss 0 attach --dry-run --replace --qsize 512 v1
	[[ $out == *"512 packets"* ]]
	rss 0 status --json
	json "d['settings']['qsize'] == 2048 and len(d['interfaces']) == 1"
}

@test "generic mode" {
	sas "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	rss 0 attach --mode skb v0
	[[ $out == *"generic mode"* ]]
	out=$(python3 "$frames" v1 v0 0x1002@0:100)
	json "d == {'0x1002': {'$last': 100}}"
	rss 0 status --json
	json "d['interfaces'][0]['mode'] == 'skb'"
}

@test "VLAN devices stand for what is below; a tag that would be lost is refused" {
	ip link add link v0 name v0.5 type vlan id 5 2>/dev/null || skip "the kernel has no VLAN devices"
	ethtool -K v0 rxvlan on
	rss 3 attach v0.5
	one_clear_line
	[[ $err == *"ethtool -K v0 rxvlan off"* ]]
	nothing_pinned
	ethtool -K v0 rxvlan off
	rss 0 attach v0.5
	[[ $out == *"v0.5: stands for v0"* ]]
	rss 0 status --json
	json "d['interfaces'][0]['name'] == 'v0' and d['interfaces'][0]['for'] == 'v0.5'"
	rss 0 detach v0.5
	nothing_pinned
}

@test "marks: those of the SAs are tried, and what is beyond four is named" {
	sas "$esp spi 0x1001 reqid 1 mode tunnel mark 1" "$esp spi 0x1002 reqid 1 mode tunnel mark 2" \
		"$esp spi 0x1003 reqid 1 mode tunnel mark 3 dir in pcpu-num $last"
	rss 0 attach v0
	[[ $out == *"marks that are tried: 0 0x1 0x2 0x3"* ]]
	out=$(python3 "$frames" v1 v0 0x1003@0:10)
	json "d == {'0x1003': {'$last': 10}}"
	sas "$esp spi 0x1004 reqid 1 mode tunnel mark 4"
	rss 0 status --json
	json "d['nr_hidden_sas'] == 1 and d['hidden_sas'][0]['spi'] == '0x00001004'"
	json "any('0x00001004' in a['text'] and 'cannot be found' in a['text'] for a in d['advice'])"
	rss 0 attach --replace --marks 4
	rss 0 status --json
	json "d['nr_hidden_sas'] == 3"
	# All four are needed: what has no mark is found by any of them.
	sas "$esp spi 0x1005 reqid 1 mode tunnel"
	rss 0 attach --replace --marks auto
	rss 0 status --json
	json "d['settings']['marks'] == [1, 2, 3, 4] and d['nr_hidden_sas'] == 0"
}

@test "lookup by map: the SAs of the moment, and it says so" {
	sas "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	rss 0 attach --lookup map v0
	[[ $out == *"espalier rss daemon"* ]]
	sas "$esp spi 0x1003 reqid 1 mode tunnel dir in pcpu-num $last"
	out=$(python3 "$frames" v1 v0 0x1002@0:10 0x1003@0:10)
	json "d == {'0x1002': {'$last': 10}, '0x1003': {'0': 10}}"
	rss 0 attach --replace --lookup kfunc
	out=$(python3 "$frames" v1 v0 0x1003@0:10)
	json "d == {'0x1003': {'$last': 10}}"
	rss 0 status --json
	json "d['lookup'] == 'kfunc' and {s['spi']: s['packets'] for s in d['sas']} == {'0x00001002': 10, '0x00001003': 10}"
}

@test "SAs that send fragments are named" {
	sas "$esp spi 0x1001 reqid 1 mode tunnel"
	rss 0 attach v0
	python3 - v1 "$(cat /sys/class/net/v0/address 2>/dev/null || ip -br link show v0 | awk '{print $3}')" <<-'F'
	import socket, struct, sys
	s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind((sys.argv[1], 0))
	ip = struct.pack("!BBHHHBBH", 0x45, 0, 100, 7, 0x2000, 64, 50, 0) + socket.inet_aton("192.0.2.2") + socket.inet_aton("192.0.2.1")
	mac = bytes.fromhex(sys.argv[2].replace(":", ""))
	s.send(mac + b"\2\0\0\0\0\1\x08\0" + ip + struct.pack("!II", 0x1001, 1) + bytes(72))
	F
	rss 0 status --json
	json "d['reasons']['fragment']['packets'] == 1 and d['sas'][0]['fragments'] == 1"
	json "any('sends fragments' in a['text'] and '0x00001001' in a['text'] for a in d['advice'])"
}

@test "interfaces in another namespace, SAs in a third" {
	ip netns add gw
	ip link set v0 netns gw
	ip -n gw link set v0 up
	ip -n gw addr add 192.0.2.1/24 dev v0
	printf 'xfrm state add %s\n' "$esp spi 0x1002 reqid 5 mode tunnel dir in pcpu-num $last" >"$BATS_TEST_TMPDIR/sas.conf"
	run_tool 0 sad import --larval --netns gw "$BATS_TEST_TMPDIR/sas.conf"
	rss 2 attach v0
	rss 0 attach --netns gw v0
	rss 1 detach v0
	python3 "$frames" v1 v1 --blind 0x1002@0:10
	rss 0 status --json
	json "d['interfaces'][0]['netns'] == 'gw' and d['interfaces'][0]['attached'] and d['interfaces'][0]['mode'] == 'native'"
	rss 0 detach --netns gw v0
	ip netns add sas
	ip -n gw netns set sas 7
	run_tool 0 sad import --larval --netns sas "$BATS_TEST_TMPDIR/sas.conf"
	ip netns exec gw ip xfrm state deleteall
	rss 0 attach --netns gw --netns-id 7 v0
	python3 "$frames" v1 v1 --blind 0x1002@0:10
	rss 0 status --json
	json "d['settings']['netns_id'] == 7 and d['sas'][0]['spi'] == '0x00001002' and d['sas'][0]['known'] and d['sas'][0]['reqid'] == 5"
	rss 0 detach --netns gw v0
	ip netns del gw
	ip netns del sas
}
