#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
load helpers.bash

seed=$examples/xfrm_get_state.bpf.o
count=$examples/esp_count.bpf.o

@test "ESP for the SAs of a file: the seed's program finds them" {
	run_tool 0 run --json --sad "$sa" --gen count=5000 "$seed"
	json 'd["globals"]["xfrm_replay_window"] == 32 and d["packets"] == 5000'
	json 'd["verdicts"] == {"XDP_PASS": 5000}'
	run_tool 0 run --json --sad "$sa" --gen count=5000,sas=7 "$count"
	json 'len(d["maps"]["per_spi"]["entries"]) == 7'
	json 'all(e["value"]["known"] == 0 for e in d["maps"]["per_spi"]["entries"])'
}

@test "without a file: SAs made up, shared round robin" {
	run_tool 0 run --json --gen count=1000,sas=10,spi=0x5000 "$count"
	json 'sorted(e["key"] for e in d["maps"]["per_spi"]["entries"]) == list(range(0x5000, 0x500a))'
	json 'all(e["value"]["packets"] == 100 for e in d["maps"]["per_spi"]["entries"])'
}

@test "zipf prefers the first" {
	run_tool 0 run --json --gen count=20000,sas=100,dist=zipf,spi=1000 "$count"
	json 'max(d["maps"]["per_spi"]["entries"], key=lambda e: e["value"]["packets"])["key"] == 1000'
	json '3000 < max(e["value"]["packets"] for e in d["maps"]["per_spi"]["entries"]) < 4600'
}

@test "--count bounds, several generators add up" {
	run_tool 0 run --json --count 77 --gen "" "$count"
	json 'd["packets"] == 77'
	run_tool 0 run --json --gen count=10 --gen count=20,kind=udp --in "$esp" "$count"
	json 'd["packets"] == 38 and d["globals"]["esp_packets"] == 18'
}

@test "--out makes the same capture for a seed, another for another" {
	run_tool 0 run --gen kind=mix,count=500,frag=10,size=imix --out "$BATS_TEST_TMPDIR/a.pcap" "$count"
	run_tool 0 run --gen kind=mix,count=500,frag=10,size=imix --out "$BATS_TEST_TMPDIR/b.pcap" "$count"
	run_tool 0 run --gen kind=mix,count=500,frag=10,size=imix,seed=2 --out "$BATS_TEST_TMPDIR/c.pcap" "$count"
	cmp "$BATS_TEST_TMPDIR/a.pcap" "$BATS_TEST_TMPDIR/b.pcap"
	if cmp -s "$BATS_TEST_TMPDIR/a.pcap" "$BATS_TEST_TMPDIR/c.pcap"; then return 1; fi
	run_tool 0 run --json --in "$BATS_TEST_TMPDIR/a.pcap" "$count"
	json 'd["packets"] == 500'
}

@test "as a port it gives the same numbers" {
	run_tool 0 run --json --cpus 2 --gen count=3000,sas=5 "$count"
	json 'd["packets"] == 3000'
	first=$out
	run_tool 0 run --json --cpus 2 --port gen:count=3000,sas=5 "$count"
	FIRST=$first json 'all(d[k] == json.loads(__import__("os").environ["FIRST"])[k]
		for k in ("packets", "verdicts", "globals", "cpus"))'
	run_tool 0 run --json --port "pcap:$esp" "$seed"
	json 'd["packets"] == 8'
}

@test "the kernel gets them too" {
	"$espalier" run --engine kernel --gen count=1 "$count" >/dev/null 2>&1 ||
		skip "the kernel may not be asked"
	run_tool 0 run --json --engine kernel --gen count=200,kind=mix "$count"
	theirs=$out
	run_tool 0 run --json --gen count=200,kind=mix "$count"
	THEIRS=$theirs json 'all(d[k] == json.loads(__import__("os").environ["THEIRS"])[k]
		for k in ("packets", "verdicts", "globals"))'
}

@test "wrong specifications: one clear line" {
	for spec in kind=esq kind= =esp esp , kind=esp, family=5 size=59 size=70000 size=200-100 size=x- \
		sas=0 sas=99999999999 sas=-1 sas=sad dist=normal dist=zipf:0 dist=uniform:2 vlan=4095 \
		vlan=1.2.3 vlan= src=1.2.3 src=1.2.3.4,dst=::1 src=::1,family=4 spi=0 spi=0x1ffffffff \
		spi=0xffffffff,sas=2 seq=x frag=101 seed= count=0 rate=0 nosuch=1 "$(printf 'a=%02000d' 0)"; do
		run_tool 2 run --gen "$spec" "$count"
		one_clear_line
		[[ $err == "espalier: gen: "* ]]
		[ -z "$out" ]
	done
	run_tool 2 run --sad "$sa" --gen sas=sad,spi=7 "$count"
	one_clear_line
	echo 'xfrm state add src 10.0.0.1 dst 10.0.0.2 proto comp spi 0x100 comp deflate' >"$BATS_TEST_TMPDIR/comp"
	run_tool 2 run --sad "$BATS_TEST_TMPDIR/comp" --gen "" "$count"
	one_clear_line
	[[ $err == *"no ESP or AH SA"* ]]
}
