#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The running kernel's SAs, larval ones, in network namespaces made for each test.
load helpers.bash

setup() {
	ns=espalier-sad-$$-$BATS_TEST_NUMBER
	ip netns add "$ns" 2>/dev/null || skip "no network namespaces here"
	in_ns sysctl -q -w net.core.xfrm_acq_expires=100000 2>/dev/null || skip "a kernel without xfrm"
	cat >"$BATS_TEST_TMPDIR/sa.conf" <<-'X'
		xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 reqid 1 mode tunnel dir in pcpu-num 0
		xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000101 reqid 1 mode tunnel mark 0x5 mask 0xff if_id 0x7 dir in
		xfrm state add src fd00::1 dst fd00::2 proto esp spi 0x00000102 reqid 9 mode transport dir out
		xfrm state add src fd00::1 dst fd00::2 proto ah spi 0x00000103 mode tunnel
	X
	"$espalier" sad import -n "$ns" --larval "$BATS_TEST_TMPDIR/sa.conf" >/dev/null 2>&1 ||
		skip "no larval SAs on this kernel"
	in_ns ip xfrm state flush
}

teardown() {
	[ -z "${monitor:-}" ] || kill -KILL "$monitor" 2>/dev/null || true
	ip netns delete "$ns" 2>/dev/null || true
}

in_ns() {
	ip netns exec "$ns" "$@"
}

import() { # [FILE]
	run_tool 0 sad import --netns "$ns" --larval "${1:-$BATS_TEST_TMPDIR/sa.conf}"
}

# Until it holds, five seconds at most.
wait_for() {
	for _ in $(seq 100); do
		"$@" && return
		sleep 0.05
	done
	echo "never so: $*" >&2
	return 1
}

listening() {
	# Protocol 6, and groups SA, EXPIRE and MIGRATE: 0x46.
	in_ns grep -q ' 6 *[0-9]* 00000046 ' /proc/net/netlink
}

start_monitor() { # OPTION...
	"$espalier" sad monitor -n "$ns" "$@" >"$BATS_TEST_TMPDIR/events" 2>"$BATS_TEST_TMPDIR/events.err" 3>&- &
	monitor=$!
	wait_for listening
}

@test "import, show, and the same by ip" {
	import
	[[ $out == "4 larval SAs added"* ]]
	run_tool 0 sad show -n "$ns"
	[ "$(wc -l <<<"$out")" -eq 4 ]
	[[ $out == *"spi 0x00000100 reqid 1 mode tunnel dir in pcpu-num 0"* ]]
	[[ $out == *"mark 0x5 mask 0xff if_id 0x7 dir in"* ]]
	[[ $out == *"src fd00::1 dst fd00::2 proto ah spi 0x00000103"* ]]
	shown=$(in_ns ip xfrm state)
	[ "$(grep -c '^src' <<<"$shown")" -eq 4 ]
	[[ $shown == *"proto esp spi 0x00000101 reqid 1 mode tunnel"*"mark 0x5/0xff"*"if_id 0x7"* ]]
	run_tool 0 sad show -n "$ns" --json
	json '[s["spi"] for s in d] == [256, 257, 258, 259]'
	json 'd[0]["pcpu_num"] == 0 and d[0]["dir"] == "in" and "pcpu_num" not in d[1]'
	json 'd[1]["mark"] == 5 and d[1]["mask"] == 255 and d[2]["dir"] == "out"'
}

@test "the namespace that is asked for, and a path to it" {
	import
	run_tool 0 sad show --netns "/run/netns/$ns" --spi 0x100
	[ "$(wc -l <<<"$out")" -eq 1 ]
	ip netns add "$ns-2"
	run_tool 0 sad show --netns "$ns-2"
	ip netns delete "$ns-2"
	[ -z "$out" ]
	got=$(in_ns "$espalier" sad show --spi 0x100)
	[[ $got == *"spi 0x00000100"* ]]
}

@test "filters" {
	import
	run_tool 0 sad show -n "$ns" --spi 258
	[[ $out == *"spi 0x00000102"* && $(wc -l <<<"$out") -eq 1 ]]
	run_tool 0 sad show -n "$ns" --dst fd00::2 --json
	json '[s["spi"] for s in d] == [258, 259]'
	run_tool 0 sad export -n "$ns" --dst 10.0.0.2 --spi 0x101
	[[ $out == *"spi 0x00000101"* && $(wc -l <<<"$out") -eq 1 ]]
	run_tool 0 sad show --dst 10.0.0.2 --spi 0x101 "$BATS_TEST_TMPDIR/sa.conf"
	[[ $out == *"spi 0x00000101"* && $(wc -l <<<"$out") -eq 1 ]]
	run_tool 0 sad show -n "$ns" --spi 1
	[ -z "$out" ]
}

@test "from a file to the kernel and back" {
	import
	"$espalier" sad export -n "$ns" >"$BATS_TEST_TMPDIR/1.conf"
	# Of larval SAs the kernel keeps a limit of its own.
	sed 's/ limit time-hard [0-9]*//' "$BATS_TEST_TMPDIR/1.conf" >"$BATS_TEST_TMPDIR/2.conf"
	"$espalier" sad export "$BATS_TEST_TMPDIR/sa.conf" >"$BATS_TEST_TMPDIR/0.conf"
	diff "$BATS_TEST_TMPDIR/0.conf" "$BATS_TEST_TMPDIR/2.conf"
	in_ns ip xfrm state flush
	import "$BATS_TEST_TMPDIR/1.conf"
	"$espalier" sad export -n "$ns" --keys >"$BATS_TEST_TMPDIR/3.conf"
	diff "$BATS_TEST_TMPDIR/1.conf" "$BATS_TEST_TMPDIR/3.conf"
	# What ip shows goes in, too, in the order that the kernel has it.
	in_ns ip -d xfrm state >"$BATS_TEST_TMPDIR/shown"
	in_ns ip xfrm state flush
	import "$BATS_TEST_TMPDIR/shown"
	in_ns ip -d xfrm state | diff "$BATS_TEST_TMPDIR/shown" -
}

@test "ip reads what is exported" {
	echo "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 reqid 1 mode tunnel mark 0x5 mask 0xff" >"$BATS_TEST_TMPDIR/a.conf"
	import "$BATS_TEST_TMPDIR/a.conf"
	"$espalier" sad export -n "$ns" | sed 's/state add/state delete/; s/ reqid 1 mode tunnel//; s/ limit.*//' >"$BATS_TEST_TMPDIR/b.conf"
	in_ns ip -batch "$BATS_TEST_TMPDIR/b.conf"
	run_tool 0 sad show -n "$ns"
	[ -z "$out" ]
}

@test "all or nothing" {
	cp "$BATS_TEST_TMPDIR/sa.conf" "$BATS_TEST_TMPDIR/bad.conf"
	echo "xfrm state add src ::1 dst ::2 proto esp spi 0x200 mode tunnel dir in pcpu-num 4000000000" >>"$BATS_TEST_TMPDIR/bad.conf"
	run_tool 2 sad import -n "$ns" --larval "$BATS_TEST_TMPDIR/bad.conf"
	one_clear_line
	[[ $err == *"bad.conf:5: "*"(Invalid argument)"* ]]
	[ -z "$out" ]
	[ -z "$(in_ns ip xfrm state)" ]
	# What was there stays, and of the others nothing, with or without an SPI.
	import
	echo "xfrm state add src ::1 dst ::2 proto esp spi 0x300 mode tunnel" >"$BATS_TEST_TMPDIR/new.conf"
	run_tool 2 sad import -n "$ns" --larval "$BATS_TEST_TMPDIR/new.conf" "$BATS_TEST_TMPDIR/sa.conf"
	one_clear_line
	[[ $err == *"/sa.conf:1: "* ]]
	[ "$(in_ns ip xfrm state | grep -c ^src)" -eq 4 ]
	# Malformed: the kernel is not even asked.
	run_tool 2 sad import -n "$ns" --larval "$BATS_TEST_TMPDIR/new.conf" /nonexistent
	one_clear_line
	[ "$(in_ns ip xfrm state | grep -c ^src)" -eq 4 ]
}

@test "lines that cannot be taken back are refused" {
	for line in "flush" "delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100" "deleteall" \
		"update src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 mode tunnel"; do
		echo "xfrm state $line" >"$BATS_TEST_TMPDIR/d.conf"
		import
		run_tool 2 sad import -n "$ns" --larval "$BATS_TEST_TMPDIR/d.conf"
		one_clear_line
		[[ $err == *"d.conf:1: only add"* ]]
		[ "$(in_ns ip xfrm state | grep -c ^src)" -eq 4 ]
		in_ns ip xfrm state flush
	done
}

@test "with keys: into the kernel, or a line that names the way out; never the key" {
	cat >"$BATS_TEST_TMPDIR/k.conf" <<-'X'
		xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 reqid 1 mode tunnel enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth-trunc 'hmac(sha256)' 0xfeedfacefeedface 128
	X
	got=0
	"$espalier" sad import -n "$ns" "$BATS_TEST_TMPDIR/k.conf" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || got=$?
	if [ "$got" -eq 0 ]; then
		in_ns ip xfrm state | grep -q 0xfeedfacefeedface
		run_tool 0 sad export -n "$ns" --keys
		[[ $out == *0xfeedfacefeedface* && $out == *0x00112233445566778899aabbccddeeff* ]]
		run_tool 0 sad export -n "$ns"
		[[ $out != *feedface* && $out != *001122* ]]
	else
		[ "$got" -eq 3 ]
		err=$(cat "$BATS_TEST_TMPDIR/err")
		one_clear_line
		[[ $err == *"k.conf:1: "*"--larval"* && $err != *feedface* && $err != *001122* ]]
		[ -z "$(in_ns ip xfrm state)" ]
	fi
	run_tool 0 sad show -n "$ns"
	[[ $out != *feedface* ]]
}

@test "wrong usage" {
	f=$BATS_TEST_TMPDIR/sa.conf
	for args in "sad import" "sad monitor $f" "sad export --json" "sad show --keys" "sad show --larval" \
		"sad export --keys $f" "sad show --netns $ns $f" "sad monitor --spi 1" "sad show --count 1" \
		"sad show --dst nonsense" "sad show --spi 0x100000000" "sad monitor --count 0" "sad frobnicate" \
		"sad show --netns no-such-namespace" "sad show --netns /dev/null" "sad import --netns $ns /nonexistent"; do
		run_tool 2 $args
		one_clear_line
	done
}

@test "no permission" {
	command -v setpriv >/dev/null || skip "no setpriv"
	# Readable for nobody: the tool itself may lie where only root gets.
	cp "$espalier" "/tmp/$ns"
	chmod 755 "/tmp/$ns"
	chmod 644 "$BATS_TEST_TMPDIR/sa.conf"
	for args in "show" "export" "monitor" "import --larval -"; do
		got=0
		in_ns setpriv --reuid 65534 --clear-groups "/tmp/$ns" sad $args <"$BATS_TEST_TMPDIR/sa.conf" \
			>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || got=$?
		err=$(cat "$BATS_TEST_TMPDIR/err")
		[ "$got" -eq 3 ] && one_clear_line || {
			rm -f "/tmp/$ns"
			echo "$args: $got: $err" >&2
			false
		}
	done
	rm -f "/tmp/$ns"
}

@test "monitor: delete, flush, and an end on SIGTERM and SIGINT" {
	import
	start_monitor
	in_ns ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100
	in_ns ip xfrm state flush
	wait_for grep -q flush "$BATS_TEST_TMPDIR/events"
	kill -TERM "$monitor"
	wait "$monitor"
	monitor=
	[ "$(cat "$BATS_TEST_TMPDIR/events")" = "delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 reqid 1 mode tunnel dir in pcpu-num 0
flush proto any" ]
	start_monitor
	kill -INT "$monitor"
	wait "$monitor"
	monitor=
}

@test "monitor --json --count, and an SA that expires" {
	start_monitor --json --count 3
	in_ns sysctl -q -w net.core.xfrm_acq_expires=1
	echo "xfrm state add src ::1 dst ::2 proto esp spi 0x300 mode tunnel dir in pcpu-num 0" >"$BATS_TEST_TMPDIR/new.conf"
	import "$BATS_TEST_TMPDIR/new.conf"
	wait_for grep -q expire "$BATS_TEST_TMPDIR/events"
	in_ns sysctl -q -w net.core.xfrm_acq_expires=100000
	import
	in_ns ip xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x101 mark 5 mask 0xff
	in_ns ip xfrm state flush proto esp
	wait "$monitor"
	monitor=
	out="[$(paste -sd, "$BATS_TEST_TMPDIR/events")]"
	json 'len(d) == 3'
	json 'd[0]["event"] == "expire" and d[0]["hard"] and d[0]["sa"]["spi"] == 768 and d[0]["sa"]["pcpu_num"] == 0'
	json 'd[1]["event"] == "delete" and d[1]["sa"]["mark"] == 5 and d[1]["sa"]["if_id"] == 7'
	json 'd[2] == {"event": "flush", "proto": "esp"}'
}

@test "monitor: an SA that is added" {
	echo "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 reqid 1 mode tunnel aead 'rfc4106(gcm(aes))' 0x00112233445566778899aabbccddeeff00112233 128" >"$BATS_TEST_TMPDIR/k.conf"
	in_ns ip -batch "$BATS_TEST_TMPDIR/k.conf" 2>/dev/null || skip "this kernel has no ESP, and tells of no larval SA that it is added"
	in_ns ip xfrm state flush
	start_monitor --count 1
	in_ns ip -batch "$BATS_TEST_TMPDIR/k.conf"
	wait "$monitor"
	monitor=
	[[ $(cat "$BATS_TEST_TMPDIR/events") == "new src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 reqid 1 mode tunnel"* ]]
}

@test "monitor: events that were lost are said to be, and those after it are seen" {
	for i in $(seq 300); do
		echo "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi $((0x1000 + i)) mode tunnel"
	done >"$BATS_TEST_TMPDIR/many.conf"
	import "$BATS_TEST_TMPDIR/many.conf"
	start_monitor --buffer 1
	kill -STOP "$monitor"
	in_ns ip -batch <(sed 's/ add / delete /; s/ mode tunnel//' "$BATS_TEST_TMPDIR/many.conf")
	import
	kill -CONT "$monitor"
	wait_for grep -q overrun "$BATS_TEST_TMPDIR/events"
	in_ns ip xfrm state flush
	wait_for grep -q flush "$BATS_TEST_TMPDIR/events"
	kill -TERM "$monitor"
	wait "$monitor"
	monitor=
	[ "$(grep -c delete "$BATS_TEST_TMPDIR/events")" -lt 300 ]
	grep -qx 'overrun: events were lost; dumped again, there are 4 SAs' "$BATS_TEST_TMPDIR/events"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/events")" = "flush proto any" ]
}

@test "monitor: whoever reads along goes" {
	start_monitor
	kill -TERM "$monitor"
	wait "$monitor"
	monitor=
	import
	status=0
	timeout 20 "$espalier" sad monitor -n "$ns" >/dev/full 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	p=$!
	wait_for listening
	in_ns ip xfrm state flush
	wait "$p" || status=$?
	[ "$status" -eq 2 ]
}
