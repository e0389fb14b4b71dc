#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
load helpers.bash

percpu=$SOURCE/examples/sa/per-cpu.conf

# mix FILE ARGUMENT... : a capture of the per-CPU SAs.
mix() {
	local to=$BATS_TEST_TMPDIR/$1
	shift
	"$SOURCE/tools/esp-mix" --packets 3000 --seconds 3 --sa '0xc0000100*6' --sa '0xc0000101*30' \
		--sa '0xc0000102*17' --sa '0xc0000103*13' --sa '0xc0000104*11' "$@" "$esp" "$to"
	in=$to
}

# What must hold of every plan: d is the document, $1 the capture.
holds() {
	CAPTURE=$1 SOURCE=$SOURCE json '__import__("runpy").run_path(__import__("os").environ["SOURCE"] + "/tests/cli/plan.py")["check"](d, __import__("os").environ["CAPTURE"])'
}

@test "every packet under one reason, wire bytes, all CPUs" {
	mix plain.pcap --ike 0.01 --late 0.01
	for cpus in 1 3 8 1024; do
		for policy in balance hash least-loaded cpu:0 pass; do
			run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus $cpus --policy $policy
			holds "$in"
			json "len(d['cpus']) == $cpus and d['policy'] == '$policy'"
			json 'd["reasons"]["ike"] == d["reasons"]["keepalive"] > 0'
		done
	done
}

@test "owners win, the fallback goes by policy" {
	mix plain.pcap
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 8
	json 'all(s["cpu"] == s["owner"] for s in d["sas"] if s["owner"] is not None)'
	json '{s["spi"]: s["owner"] for s in d["sas"]} == {"0xc0000100": None, "0xc0000101": 0, "0xc0000102": 1, "0xc0000103": 2, "0xc0000104": 3}'
	json 'd["reasons"]["owner"] + d["reasons"]["policy"] == 3000 and d["idle_sas"] == 4'
	json 'all(s["dst"] == "192.0.2.2" and s["inversions"] == s["owner_changes"] == 0 for s in d["sas"])'
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 8 --policy cpu:7
	json '[s["cpu"] for s in d["sas"] if s["owner"] is None] == [7]'
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 8 --policy pass
	json '[s["cpu"] for s in d["sas"] if s["owner"] is None] == [None]'
	json 'd["passed"]["packets"] == d["reasons"]["policy"] > 0'
}

@test "an owner that is not there: by policy" {
	mix plain.pcap
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 2
	holds "$in"
	json 'd["reasons"]["owner_unavailable"] == sum(s["packets"] for s in d["sas"] if s["owner"] in (2, 3)) > 0'
	json 'all(s["cpu"] in (0, 1) for s in d["sas"])'
	run_tool 0 rss plan --sad "$percpu" --in "$in" --cpus 2
	[[ $out == *"belong to a CPU that is not there"* ]]
}

@test "captures of all interfaces, and raw IP, say the same" {
	mix plain.pcap
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	plain=$out
	for link in sll sll2 raw; do
		mix $link.pcap --link $link
		run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
		PLAIN=$plain json 'd == json.loads(__import__("os").environ["PLAIN"])'
	done
}

@test "VLAN tags, up to eight, on any link" {
	mix plain.pcap
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	sas=$(printf '%s' "$out" | python3 -c 'import json,sys; print([[s["spi"], s["cpu"], s["packets"]] for s in json.load(sys.stdin)["sas"]])')
	for link in ethernet sll sll2; do
		mix tagged.pcap --link $link --vlan 7 --vlan 100
		run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
		holds "$in"
		json "[[s['spi'], s['cpu'], s['packets']] for s in d['sas']] == $sas"
	done
	mix tagged.pcap $(printf -- '--vlan %s ' 1 2 3 4 5 6 7 8)
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	json "[[s['spi'], s['cpu'], s['packets']] for s in d['sas']] == $sas"
	mix tagged.pcap $(printf -- '--vlan %s ' 1 2 3 4 5 6 7 8 9)
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	holds "$in"
	json 'd["reasons"]["too_many_tags"] == 3000'
}

@test "outgoing packets are counted, told of, and left out on request" {
	for link in sll sll2; do
		mix out.pcap --link $link --outgoing
		run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
		json 'd["outgoing"]["packets"] == d["packets"] == 3000 and sum(d["reasons"].values()) == 3000'
		run_tool 0 rss plan --sad "$percpu" --in "$in" --cpus 4
		[[ $out == *"3000 packets of the capture were sent by this host"* ]]
		run_tool 0 rss plan --json --received --sad "$percpu" --in "$in" --cpus 4
		json 'd["packets"] == 0 and sum(d["reasons"].values()) == 0'
	done
	mix in.pcap --link sll
	run_tool 0 rss plan --json --received --sad "$percpu" --in "$in" --cpus 4
	json 'd["packets"] == 3000 and d["outgoing"]["packets"] == 0'
}

@test "a short snap length changes nothing as long as the SPI is there" {
	mix plain.pcap --ike 0.01
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	plain=$out
	for snap in 46 64 96; do
		mix cut.pcap --snaplen $snap --ike 0.01
		run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
		PLAIN=$plain json 'd == json.loads(__import__("os").environ["PLAIN"])'
	done
	# The sequence number is gone, the SPI is not.
	mix cut.pcap --snaplen 38 --late 0.1
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	json 'd["reasons"]["owner"] > 2500 and all(s["inversions"] == 0 for s in d["sas"])'
	holds "$in"
}

@test "what the snap length cut away is neither malformed nor guessed" {
	mix cut.pcap --snaplen 37
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	holds "$in"
	json 'd["reasons"]["unknown_sa"] == 3000 == d["cut_ipsec"] and not d["unknown"] and not d["sas"]'
	run_tool 0 rss plan --sad "$percpu" --in "$in" --cpus 4
	[[ $out == "Nothing would be steered: the capture has cut the packets before"* ]]
	mix cut.pcap --snaplen 20
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	holds "$in"
	json 'd["reasons"]["not_ipsec"] == 3000 == d["cut_other"]'
}

@test "order lost on the way, and windows too small for it" {
	mix late.pcap --late 0.05
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --cpus 4
	json 'sum(s["inversions"] for s in d["sas"]) > 10 and all(s["late"] == 0 for s in d["sas"])'
	json 'all(s["owner_changes"] == s["overtakes"] == 0 for s in d["sas"])'
	sed 's/replay-window 128/replay-window 1/' "$percpu" >"$BATS_TEST_TMPDIR/small.conf"
	run_tool 0 rss plan --json --sad "$BATS_TEST_TMPDIR/small.conf" --in "$in" --cpus 4
	json 'all(s["late"] == s["inversions"] and s["replay_window"] == 1 for s in d["sas"])'
	run_tool 0 rss plan --sad "$BATS_TEST_TMPDIR/small.conf" --in "$in" --cpus 4
	[[ $out == *"arrive behind their replay window"* ]]
	# The same packets once more.
	run_tool 0 rss plan --json --sad "$percpu" --in "$in" --in "$in" --cpus 4
	json 'sum(s["repeated"] + s["late"] for s in d["sas"]) == 3000'
}

@test "a single SA: steering will not help, and says so" {
	run_tool 0 rss plan --sad "$sa" --in "$esp" --cpus 4
	[[ $out == "Steering will not help: one SA, 0x12345678, carries 100 %"* ]]
	run_tool 0 rss plan --json --compare --sad "$sa" --in "$esp" --cpus 4
	json 'd["imbalance"] == 4 and d["bytes"] == 1200 and d["sas"][0]["packets"] == 8'
	json '[c["method"] for c in d["compare"]] == ["one_queue", "nic_2tuple", "nic_4tuple", "hash", "balance", "per_cpu_sas"]'
	json '[c["speedup"] for c in d["compare"]][:5] == [1] * 5 and d["compare"][5]["speedup"] > 3.5'
	json 'all(sum(x["bytes"] for x in c["cpus"]) == 1200 for c in d["compare"])'
}

@test "NAT-T, more ports, IKE beside it" {
	run_tool 0 rss plan --json --sad "$SOURCE/examples/sa/espudp.conf" --in "$pcap/espudp1.pcap" --cpus 4
	holds "$pcap/espudp1.pcap"
	json 'd["reasons"]["policy"] == 8 and d["sas"][0]["spi"] == "0x12345678"'
	# The same on another port.
	python3 - "$pcap/espudp1.pcap" "$BATS_TEST_TMPDIR/port.pcap" <<-'PY'
		import sys
		data = open(sys.argv[1], "rb").read()
		open(sys.argv[2], "wb").write(data.replace(b"\x11\x94\x11\x94", b"\x27\x10\x27\x10"))
	PY
	run_tool 0 rss plan --json --sad "$SOURCE/examples/sa/espudp.conf" --in "$BATS_TEST_TMPDIR/port.pcap" --cpus 4
	json 'd["reasons"]["not_ipsec"] == 8 and d["imbalance"] == 1'
	run_tool 0 rss plan --json --ports 10000 --sad "$SOURCE/examples/sa/espudp.conf" --in "$BATS_TEST_TMPDIR/port.pcap" --in "$pcap/espudp1.pcap" --cpus 4
	json 'd["reasons"]["policy"] == 16'
}

@test "a capture with IKE only" {
	run_tool 0 rss plan --json --sad "$percpu" --in "$pcap/ikev2four.pcap" --cpus 4
	holds "$pcap/ikev2four.pcap"
	json 'd["reasons"]["ike"] == d["packets"] > 0 and d["sas"] == []'
	run_tool 0 rss plan --sad "$percpu" --in "$pcap/ikev2four.pcap" --cpus 4
	[[ $out == "Nothing would be steered: there is IKE here, but no ESP or AH."* ]]
}

@test "IPv6 and UDP in one plan, and what a NIC makes of many peers" {
	for n in 1 2 3 4 5 6 7 8; do
		echo "xfrm state add src 2001:db8::$n dst 2001:db8:1::1 proto esp spi 0x200$n mode tunnel" >&3
		echo "--sa 0x200$n/2001:db8::$n/2001:db8:1::1$([ $n -gt 4 ] || echo /natt)"
	done 3>"$BATS_TEST_TMPDIR/v6.conf" >"$BATS_TEST_TMPDIR/v6.args"
	"$SOURCE/tools/esp-mix" --packets 4000 --snaplen 90 $(cat "$BATS_TEST_TMPDIR/v6.args") "$esp" "$BATS_TEST_TMPDIR/v6.pcap"
	run_tool 0 rss plan --json --compare --sad "$BATS_TEST_TMPDIR/v6.conf" --in "$BATS_TEST_TMPDIR/v6.pcap" --cpus 4
	holds "$BATS_TEST_TMPDIR/v6.pcap"
	json 'd["reasons"]["policy"] == 4000 and len(d["sas"]) == 8 and d["sas"][0]["dst"] == "2001:db8:1::1"'
	json '{c["method"]: c for c in d["compare"]}["nic_2tuple"]["speedup"] > 1.2'
	json '{c["method"]: c for c in d["compare"]}["balance"]["speedup"] > 2'
}

@test "an SA that the NIC decrypts passes" {
	echo "xfrm state add src 192.1.2.23 dst 192.1.2.45 proto esp spi 0x12345678 mode tunnel offload crypto dev eth0 dir in" \
		>"$BATS_TEST_TMPDIR/offload.conf"
	run_tool 0 rss plan --json --sad "$BATS_TEST_TMPDIR/offload.conf" --in "$esp" --cpus 4
	holds "$esp"
	json 'd["reasons"]["offloaded"] == 8 and d["sas"][0]["cpu"] is None and d["passed"]["packets"] == 8'
}

@test "marks: up to four different ones are tried" {
	for n in 1 2 3 4 5 6; do
		echo "xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0xc000010$n mode tunnel mark 0x$n mask 0xff"
	done >"$BATS_TEST_TMPDIR/marks.conf"
	mix plain.pcap --sa 0xc0000105 --sa 0xc0000106
	run_tool 0 rss plan --json --sad "$BATS_TEST_TMPDIR/marks.conf" --in "$in" --cpus 4
	holds "$in"
	json 'sorted(s["spi"] for s in d["sas"]) == ["0xc0000101", "0xc0000102", "0xc0000103", "0xc0000104"]'
	json 'd["unfindable_sas"] == 2'
}

@test "an empty capture" {
	head -c 24 "$esp" >"$BATS_TEST_TMPDIR/none.pcap"
	run_tool 0 rss plan --sad "$percpu" --in "$BATS_TEST_TMPDIR/none.pcap" --cpus 4 --compare \
		--svg "$BATS_TEST_TMPDIR/none.svg"
	[[ $out == "There are no packets here."* ]]
	python3 -c 'import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])' "$BATS_TEST_TMPDIR/none.svg"
	run_tool 0 rss plan --json --sad "$percpu" --in "$BATS_TEST_TMPDIR/none.pcap" --cpus 4 --compare
	holds "$BATS_TEST_TMPDIR/none.pcap"
	json 'd["packets"] == 0 and d["imbalance"] == 1 and d["idle_sas"] == 9'
}

@test "damaged input: one line, nothing printed, nothing written" {
	head -c 700 "$esp" >"$BATS_TEST_TMPDIR/cut.pcap"
	: >"$BATS_TEST_TMPDIR/empty.pcap"
	for f in "$BATS_TEST_TMPDIR/cut.pcap" "$BATS_TEST_TMPDIR/empty.pcap" /nonexistent "$BATS_TEST_TMPDIR" "$sa"; do
		run_tool 2 rss plan --sad "$sa" --in "$esp" --in "$f" --cpus 2 --svg "$BATS_TEST_TMPDIR/x.svg"
		one_clear_line
		[ -z "$out" ]
		[ -z "$(ls "$BATS_TEST_TMPDIR" | grep svg)" ]
	done
	run_tool 2 rss plan --sad "$esp" --in "$esp" --cpus 2
	one_clear_line
}

@test "wrong usage" {
	run_tool 2 rss
	one_clear_line
	run_tool 2 rss frobnicate
	one_clear_line
	run_tool 2 rss --frobnicate
	one_clear_line
	run_tool 0 rss --help
	[[ $out == *plan* ]]
	run_tool 0 rss plan --help
	[[ $out == "usage: espalier rss plan"* ]]
	run_tool 2 rss plan --in "$esp" --cpus 2
	one_clear_line
	[[ $err == *"--sad"* ]]
	run_tool 2 rss plan --sad "$sa" --cpus 2
	one_clear_line
	[[ $err == *"--in"* ]]
	for o in "--cpus 0" "--cpus 1025" "--cpus x" "--policy best" "--policy cpu:2" "--policy cpu:x" "--ports 0" \
		"--ports 70000" "--ports 1,,2" "--ports 1,2," "--ports 1,2,3,4,5,6,7,8" "--frobnicate" operand; do
		run_tool 2 rss plan --sad "$sa" --in "$esp" --cpus 2 $o
		one_clear_line
	done
	run_tool 0 rss plan --sad "$sa" --in "$esp" --cpus 2 --ports 1,2,3,4,5,6,7,4500,4500
}

@test "the picture is a document, complete or not there" {
	mix plain.pcap --ike 0.01
	for cpus in 1 8 200; do
		run_tool 0 rss plan --compare --sad "$percpu" --in "$in" --cpus $cpus --svg "$BATS_TEST_TMPDIR/p.svg"
		python3 - "$BATS_TEST_TMPDIR/p.svg" "$cpus" <<-'PY'
			import sys, xml.etree.ElementTree as tree
			text = open(sys.argv[1]).read()
			root = tree.fromstring(text)
			assert root.tag == "{http://www.w3.org/2000/svg}svg"
			assert "prefers-color-scheme:dark" in text and "0xc0000101" in text and "imbalance" in text
			assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
			assert "nan" not in text and "inf" not in text
			ns = "{http://www.w3.org/2000/svg}"
			tips = [t.text for r in root.iter(ns + "rect") for t in r.iter(ns + "title")]
			share = sum(float(t.rsplit(", ", 1)[1].split()[0]) for t in tips)
			assert abs(share - 100) < 0.1, share
		PY
	done
	run_tool 2 rss plan --sad "$percpu" --in "$in" --cpus 2 --svg /nonexistent/p.svg
	one_clear_line
	[ -z "$out" ]
	[ -e /dev/full ] || return 0
	run_tool 2 rss plan --sad "$percpu" --in "$in" --cpus 2 --svg /dev/full
	one_clear_line
}

@test "plain text where it is no UTF-8, no colours where it is no terminal" {
	mix plain.pcap
	unset NO_COLOR
	LC_ALL=C run_tool 0 rss plan --compare --sad "$percpu" --in "$in" --cpus 4
	! printf '%s' "$out" | LC_ALL=C grep -q "[^ -~]" || false
	[[ $out == *"####"* ]]
	LC_ALL=C.UTF-8 run_tool 0 rss plan --sad "$percpu" --in "$in" --cpus 4
	[[ $out == *"█"* && $out != *$'\e'* ]]
	for columns in 1 60 100 100000; do
		COLUMNS=$columns LC_ALL=C run_tool 0 rss plan --sad "$percpu" --in "$in" --cpus 4
		[ "$(printf '%s\n' "$out" | grep '#' | awk '{ if (length > m) m = length } END { print m }')" -le 140 ]
	done
}

@test "no root needed" {
	[ "$(id -u)" -eq 0 ] || skip "not root: every other test shows it"
	command -v setpriv >/dev/null || skip "no setpriv"
	chmod 755 "$BATS_TEST_TMPDIR"
	cp "$espalier" "$sa" "$esp" "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR"
	chmod a+r ./*
	setpriv --reuid 65534 --regid 65534 --clear-groups ./espalier rss plan --sad "$(basename "$sa")" \
		--in "$(basename "$esp")" --cpus 4 | grep -q 'one SA, 0x12345678'
}
