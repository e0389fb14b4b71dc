#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What a program computes here is what the running kernel computes, where it may be asked.
load helpers.bash

object=$BUILD/tests/cli/results.bpf.o

same() { # PROGRAM
	local ours
	"$espalier" run --json --engine kernel -p "$1" --in "$esp" "$object" >/dev/null 2>&1 ||
		skip "the kernel may not be asked, or has no such program"
	for f in "$pcap"/*.pcap; do
		run_tool 0 run --json --engine user --count 50 -p "$1" --in "$f" "$object"
		ours=$out
		run_tool 0 run --json --exec interp --count 50 -p "$1" --in "$f" "$object"
		OURS=$ours json 'all(d[k] == json.loads(__import__("os").environ["OURS"])[k]
			for k in ("packets", "verdicts", "globals"))'
		run_tool 0 run --json --engine kernel --count 50 -p "$1" --in "$f" "$object"
		OURS=$ours json 'all(d[k] == json.loads(__import__("os").environ["OURS"])[k]
			for k in ("packets", "verdicts", "globals"))'
	done
}

@test "checksums" { same checksums; }
@test "heads, tails and metadata" { same sizes; }
@test "dynptrs" { same dynptrs; }
@test "lookups that find nothing" { same lookups; }
@test "loops" { same loops; }
@test "addresses that cannot be read" { same unreadable; }
