#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# espalier rss top on the running kernel: snapshots, and the screen in a tmux of the test's own.
load ../cli/helpers.bash

frames=$SOURCE/tests/rss/frames.py

setup() {
	[ -n "$BPFFS" ] || return 0
	ip link add v0 type veth peer name v1
	ip link set v0 up
	ip link set v1 up
	ip addr add 192.0.2.1/24 dev v0
	last=$(($(nproc) - 1))
	for i in 1 2 3 4 5 6 7 8; do
		echo "xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x100$i reqid 1 mode tunnel dir in pcpu-num $last"
	done >"$BATS_TEST_TMPDIR/sas.conf"
	sender=
}

teardown() {
	[ -n "$BPFFS" ] || return 0
	[ -z "$sender" ] || kill "$sender" 2>/dev/null || true
	tm kill-server 2>/dev/null || true
	"$espalier" rss detach --all --bpffs "$BPFFS" >/dev/null 2>&1 || true
	ip xfrm state deleteall 2>/dev/null || true
	ip link del v0 2>/dev/null || true
}

needs_kfunc() {
	[ -n "$BPFFS" ] || skip "no namespaces or no bpf file system here (root)"
	"$espalier" info --json | grep -q '"bpf_permitted": true' || skip "bpf(2) is not permitted"
	"$espalier" info --json | grep -q '"xfrm_kfuncs": true' || skip "the kernel has no xfrm kfuncs"
}

attach() {
	run_tool 0 sad import --larval "$BATS_TEST_TMPDIR/sas.conf"
	run_tool 0 rss attach --dispatcher off --bpffs "$BPFFS" "$@" v0
}

send() { # GROUP...: over and over
	while python3 "$frames" v1 v0 --blind "$@" >/dev/null; do :; done 3>&- &
	sender=$!
}

tm() {
	tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@"
}

screen() { # COLUMNS ROWS COMMAND
	command -v tmux >/dev/null || skip "no tmux"
	tm new-session -d -x "$1" -y "$2" "$3" 3>&-
}

shows() { # PATTERN: within some seconds
	for try in $(seq 50); do
		tm capture-pane -p >"$BATS_TEST_TMPDIR/screen"
		! grep -q -e "$1" "$BATS_TEST_TMPDIR/screen" || return 0
		sleep 0.1
	done
	echo "not shown: $1" >&2
	cat "$BATS_TEST_TMPDIR/screen" >&2
	return 1
}

@test "wrong usage; nothing attached; no terminal" {
	for bad in "--interval 0" "--interval x" "--interval 1x" "--interval 99999" "--batch 0" "--batch x" "operand" "--nonsense"; do
		# shellcheck disable=SC2086
		run_tool 2 rss top $bad
		one_clear_line
	done
	run_tool 2 rss top
	one_clear_line
	[[ $err == *"--batch"* ]]
	needs_kfunc
	run_tool 1 rss top --batch 1 --bpffs "$BPFFS"
	one_clear_line
	[[ $err == *"nothing is attached"* ]]
	run_tool 3 rss top --batch 1 --bpffs "$BATS_TEST_TMPDIR/none"
	one_clear_line
}

@test "--batch: snapshots with rates" {
	needs_kfunc
	attach
	send "0x1001@0:2000" "0x1002@0:500" "0x9999@0:10"
	run_tool 0 rss top --batch 3 --interval 0.5 --bpffs "$BPFFS"
	[ "$(printf '%s\n' "$out" | grep -c '^steering: on | v0$')" -eq 3 ]
	[ "$(printf '%s\n' "$out" | grep -c '^SPI ')" -eq 3 ]
	# The last: the heavier SA first, with its peer, reqid, owner and CPU, and more than nothing per second.
	printf '%s\n' "$out" | tac | sed '/^SPI/q' | tac >"$BATS_TEST_TMPDIR/rows"
	sed -n 2p "$BATS_TEST_TMPDIR/rows" | grep -Eq "^0x00001001 192.0.2.2 +1 +$last +$last +[1-9]"
	sed -n 3p "$BATS_TEST_TMPDIR/rows" | grep -Eq "^0x00001002 "
	printf '%s\n' "$out" | grep -Eq '^reasons:  owner [1-9].*unknown_sa [1-9]'
	printf '%s\n' "$out" | grep -Eq "^ +$last policy +[0-9]+ +[1-9].* 100.0%"
}

@test "--batch: detached and attached under it" {
	needs_kfunc
	attach
	"$espalier" rss top --batch 12 --interval 0.3 --bpffs "$BPFFS" >"$BATS_TEST_TMPDIR/top" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	top=$!
	sleep 0.7
	run_tool 0 rss attach --replace --qsize 512 --bpffs "$BPFFS"
	sleep 0.7
	run_tool 0 rss detach --bpffs "$BPFFS" v0
	sleep 0.7
	run_tool 0 rss attach --dispatcher off --bpffs "$BPFFS" v0
	wait $top
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
	grep -q '^replaced: program' "$BATS_TEST_TMPDIR/top"
	grep -q '^nothing is attached$' "$BATS_TEST_TMPDIR/top"
	grep -q '^attached$' "$BATS_TEST_TMPDIR/top"
	tac "$BATS_TEST_TMPDIR/top" | grep -m1 -q '^steering: on'
}

@test "the screen in 80x24: no line too long; keys" {
	needs_kfunc
	attach --confirm-within 100
	send "0x1001@0:2000" "0x1002@0:500" "0x1003@0:10" "0x1004@0:10" "0x1005@0:10" "0x1006@0:10" "0x1007@0:10" "0x1008@0:10"
	screen 80 24 "$espalier rss top --interval 0.3 --bpffs $BPFFS; echo left with \$?; sleep 60"
	shows '^steering: on trial, [0-9]* s left | v0'
	shows '^0x00001001 192.0.2.2 .*[1-9]'
	shows '\*PKT/S'
	[ "$(wc -L <"$BATS_TEST_TMPDIR/screen")" -le 80 ]
	tail -1 "$BATS_TEST_TMPDIR/screen" | grep -q '^q quit'
	tm send-keys s
	shows '\*BIT/S'
	tm send-keys S S
	shows '\*CHGS'
	tm send-keys p
	shows 'PAUSED'
	run_tool 0 rss off --bpffs "$BPFFS"
	sleep 0.5
	shows '^steering: on trial'
	tm send-keys p
	shows '^steering: off'
	tm send-keys '?'
	shows 'Any key goes back'
	tm send-keys x
	shows '^steering: off'
	run_tool 0 rss detach --bpffs "$BPFFS" v0
	shows '^nothing is attached'
	tm send-keys q
	shows 'left with 0'
}

@test "the screen is resized, and scrolls" {
	needs_kfunc
	attach
	python3 "$frames" v1 v0 --blind 0x1001@0:8 0x1002@0:7 0x1003@0:6 0x1004@0:5 0x1005@0:4 0x1006@0:3 0x1007@0:2 0x1008@0:1
	screen 80 14 "$espalier rss top --interval 0.3 --bpffs $BPFFS"
	shows '^0x00001001'
	! grep -q 0x00001008 "$BATS_TEST_TMPDIR/screen"
	shows 'SAs 1-[0-9] of 8'
	tm send-keys Down
	shows 'SAs 2-'
	! grep -q '^0x00001001' "$BATS_TEST_TMPDIR/screen"
	tm send-keys End
	shows '^0x00001008'
	tm resize-window -x 200 -y 50
	shows '^0x00001001'
	shows '^0x00001008'
	shows ' PACKETS '
	tm resize-window -x 30 -y 5
	shows '^q quit'
	tm send-keys q
}

@test "a terminal that nobody knows" {
	needs_kfunc
	attach
	screen 80 24 "TERM=nonsense $espalier rss top --bpffs $BPFFS; echo left with \$?; sleep 60"
	shows 'not known to terminfo'
	shows 'left with 3'
}
