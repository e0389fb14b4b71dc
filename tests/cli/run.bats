#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
load helpers.bash

seed=$examples/xfrm_get_state.bpf.o

@test "the seed's program reads the replay window of the SA" {
	run_tool 0 run --json --sad "$sa" --in "$esp" "$seed"
	json 'd["globals"]["xfrm_replay_window"] == 32 and d["packets"] == 8'
	json 'd["verdicts"] == {"XDP_PASS": 8} and d["engine"] == "user"'
	json 'd["program"] == "xfrm_get_state_xdp" and d["ns_per_packet"] > 0 and d["cpus"][0]["packets"] == 8'
}

@test "without an SA it finds none" {
	run_tool 0 run --json --in "$esp" "$seed"
	json 'd["globals"]["xfrm_replay_window"] == 0 and d["verdicts"] == {"XDP_PASS": 8}'
}

@test "text" {
	run_tool 0 run --sad "$sa" --in "$esp" "$seed"
	[[ $out == *"xfrm_replay_window = 32"* ]]
	[[ $out == *"XDP_PASS"*"8"* ]]
}

@test "maps" {
	run_tool 0 run --json --sad "$sa" --in "$esp" "$examples/esp_count.bpf.o"
	json 'sum(e["value"]["packets"] for e in d["maps"]["per_spi"]["entries"]) == d["globals"]["esp_packets"] == 8'
	json 'all(e["value"]["known"] == 1 for e in d["maps"]["per_spi"]["entries"])'
}

@test "several captures, count, repeat, set" {
	run_tool 0 run --json --in "$esp" --in "$esp" "$seed"
	json 'd["packets"] == 16'
	run_tool 0 run --json --count 3 --in "$esp" "$seed"
	json 'd["packets"] == 3'
	run_tool 0 run --json --repeat 10 --in "$esp" "$seed"
	json 'd["packets"] == 80'
	run_tool 0 run --json --set xfrm_replay_window=7 --in "$esp" "$seed"
	json 'd["globals"]["xfrm_replay_window"] == 7'
	run_tool 2 run --set nosuch=7 --in "$esp" "$seed"
	one_clear_line
	run_tool 2 run --set xfrm_replay_window=99999999999 --in "$esp" "$seed"
	one_clear_line
	run_tool 2 run --set xfrm_replay_window=seven --in "$esp" "$seed"
	one_clear_line
}

@test "all captures run" {
	for f in "$pcap"/*.pcap; do
		run_tool 0 run --json --in "$f" "$examples/esp_count.bpf.o"
		json 'd["packets"] > 0'
	done
}

@test "elision changes no result" {
	for o in "$seed" "$examples/esp_count.bpf.o"; do
		run_tool 0 run --json --sad "$sa" --in "$esp" "$o"
		with=$(python3 -c 'import json,sys; d=json.loads(sys.argv[1]); print(d["globals"], d["verdicts"], d["maps"])' "$out")
		run_tool 0 run --json --no-elide --sad "$sa" --in "$esp" "$o"
		without=$(python3 -c 'import json,sys; d=json.loads(sys.argv[1]); print(d["globals"], d["verdicts"], d["maps"])' "$out")
		[ "$with" = "$without" ]
	done
	run_tool 2 run --no-elide --engine kernel --in "$esp" "$seed"
	one_clear_line
}

@test "both executors come to the same" {
	run_tool 0 info --json
	json '"jit" in d["build"]["executors"]' || skip "no JIT for this machine"
	for o in "$seed" "$examples/esp_count.bpf.o"; do
		run_tool 0 run --json --exec interp --sad "$sa" --in "$esp" "$o"
		json 'd["exec"] == "interp"'
		INTERP=$out
		run_tool 0 run --json --sad "$sa" --in "$esp" "$o"
		json 'd["exec"] == "jit"'
		INTERP=$INTERP json '[d[k] for k in ("packets", "verdicts", "globals")] ==
			[json.loads(__import__("os").environ["INTERP"])[k] for k in ("packets", "verdicts", "globals")]'
	done
}

@test "virtual CPUs" {
	run_tool 0 run --json --cpus 4 --in "$esp" "$seed"
	json 'len(d["cpus"]) == 4 and sum(c["packets"] for c in d["cpus"]) == 8'
}

@test "--out writes what passed, and the same bytes" {
	run_tool 0 run --out "$BATS_TEST_TMPDIR/out.pcap" --in "$esp" "$seed"
	run_tool 0 run --json --in "$BATS_TEST_TMPDIR/out.pcap" "$examples/esp_count.bpf.o"
	json 'd["globals"]["esp_packets"] == 8'
	[ "$(ls "$BATS_TEST_TMPDIR" | grep -c out.pcap)" -eq 1 ]
}

@test "a truncated capture: one line, no partial output" {
	head -c 700 "$esp" >"$BATS_TEST_TMPDIR/cut.pcap"
	run_tool 2 run --out "$BATS_TEST_TMPDIR/out.pcap" --in "$BATS_TEST_TMPDIR/cut.pcap" "$seed"
	one_clear_line
	[[ $err == *"cut.pcap: packet "* ]]
	[ -z "$(ls "$BATS_TEST_TMPDIR" | grep out.pcap)" ]
}

@test "bad captures" {
	: >"$BATS_TEST_TMPDIR/empty.pcap"
	for f in /nonexistent "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/empty.pcap" "$seed"; do
		run_tool 2 run --in "$f" "$seed"
		one_clear_line
	done
	# link type 105, IEEE 802.11
	printf '\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x69\0\0\0' >"$BATS_TEST_TMPDIR/wifi.pcap"
	run_tool 2 run --in "$BATS_TEST_TMPDIR/wifi.pcap" "$seed"
	one_clear_line
	[[ $err == *IEEE802_11* ]]
}

@test "a rejected program: 1, with the explanation" {
	run_tool 1 run --in "$esp" "$examples/xfrm_leak.bpf.o"
	[[ $err == *"rejected: BPF_EXIT instruction in main prog would lead to reference leak"* ]]
	[ -z "$out" ]
}

@test "no root needed" {
	[ "$(id -u)" -eq 0 ] || skip "not root: every other test shows it"
	command -v setpriv >/dev/null || skip "no setpriv"
	chmod 755 "$BATS_TEST_TMPDIR"
	cp "$espalier" "$seed" "$sa" "$esp" "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	chmod a+r ./*
	setpriv --reuid 65534 --regid 65534 --clear-groups ./espalier run --sad "$(basename "$sa")" \
		--in "$(basename "$esp")" "$(basename "$seed")" | grep -q 'xfrm_replay_window = 32'
}

@test "--out through a link replaces what it leads to, and standard output is no name" {
	cd "$BATS_TEST_TMPDIR"
	echo old >real.pcap
	ln -s real.pcap link.pcap
	run_tool 0 run --out link.pcap --in "$esp" "$seed"
	[ -L link.pcap ] && [ "$(stat -c %s real.pcap)" -gt 1000 ]
	"$espalier" run --json --out /proc/self/fd/1 --in "$esp" "$seed" >all.out
	[ "$(stat -c %s all.out)" -gt 1000 ] && [ -f all.out ]
	[ "$(ls | wc -l)" -eq "$(ls -d -- * | grep -cv XXXXXX)" ]
}
