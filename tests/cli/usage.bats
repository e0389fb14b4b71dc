#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
load helpers.bash

@test "no command: usage on stderr, 2" {
	run_tool 2
	[[ $err == "usage: espalier"* ]]
	[ -z "$out" ]
}

@test "help and version" {
	run_tool 0 --help
	[[ $out == *"verify"*"run"*"sad"*"info"* ]]
	run_tool 0 --version
	[[ $out =~ ^espalier\ [0-9]+\.[0-9]+ ]]
	for c in verify run rss sad info; do
		run_tool 0 $c --help
		[[ $out == "usage: espalier $c"* ]]
		[ -z "$err" ]
	done
}

@test "unknown command and options" {
	run_tool 2 frobnicate
	one_clear_line
	for c in verify run rss sad info; do
		run_tool 2 $c --frobnicate
		one_clear_line
		run_tool 2 $c -Z
		one_clear_line
	done
}

@test "missing operands" {
	for c in verify run rss sad "sad import" "run --in $esp"; do
		run_tool 2 $c
		one_clear_line
	done
	run_tool 2 run "$examples/xfrm_get_state.bpf.o"
	one_clear_line
	[[ $err == *"--in"* ]]
}

@test "option values out of range" {
	o=$examples/xfrm_get_state.bpf.o
	run_tool 2 run --cpus 0 --in "$esp" "$o"
	one_clear_line
	run_tool 2 run --cpus 100000 --in "$esp" "$o"
	one_clear_line
	run_tool 2 run --repeat -1 --in "$esp" "$o"
	one_clear_line
	run_tool 2 run --count x --in "$esp" "$o"
	one_clear_line
	run_tool 2 verify --engine hardware "$o"
	one_clear_line
	run_tool 2 verify --log 3 "$o"
	one_clear_line
	run_tool 2 run --exec fast --in "$esp" "$o"
	one_clear_line
	run_tool 2 run --exec jit --engine kernel --in "$esp" "$o"
	one_clear_line
	run_tool 2 run --engine kernel --sad "$sa" --in "$esp" "$o"
	one_clear_line
}

@test "a full disk does not pass for success" {
	[ -e /dev/full ] || skip "no /dev/full"
	status=0
	"$espalier" info >/dev/full 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ "$status" -eq 2 ]
}

@test "info" {
	run_tool 0 info
	[[ $out == *"bpf_xdp_get_xfrm_state"* ]]
	run_tool 0 info --json
	json 'all(type(d["machine"][k]) is bool for k in ("bpf_permitted", "btf", "tap", "af_xdp"))'
	json '"bpf_xdp_xfrm_state_release" in d["build"]["program_types"]["xdp"]["kfuncs"]'
	json '"bpf_xdp_xfrm_state_release" not in d["build"]["program_types"]["tc"]["kfuncs"]'
	json '"hash" in d["build"]["map_types"] and "ringbuf" in d["build"]["map_types"]'
}
