#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
load helpers.bash

@test "show, export, and export read again" {
	run_tool 0 sad show "$sa"
	[ -n "$out" ]
	run_tool 0 sad show --json "$sa"
	json 'len(d) > 0'
	n=$(printf '%s' "$out" | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')
	"$espalier" sad export "$sa" >"$BATS_TEST_TMPDIR/again.conf"
	run_tool 0 sad show --json "$BATS_TEST_TMPDIR/again.conf"
	json "len(d) == $n"
}

@test "errors name file, line and reason, and never the key" {
	cat >"$BATS_TEST_TMPDIR/bad.conf" <<-'EOF'
		# a comment
		xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 reqid 1 mode tunnel aead 'rfc4106(gcm(aes))' 0xdeadbeefcafe 128
		xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x101 mode nonsense aead 'rfc4106(gcm(aes))' 0xdeadbeefcafe 128
	EOF
	run_tool 2 sad show "$BATS_TEST_TMPDIR/bad.conf"
	one_clear_line
	[[ $err == *"bad.conf:3: "* ]]
	[[ $err != *deadbeef* ]]
	[ -z "$out" ]
}

@test "keys do not come out" {
	cat >"$BATS_TEST_TMPDIR/k.conf" <<-'EOF'
		xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 reqid 1 mode tunnel enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth-trunc 'hmac(sha256)' 0xfeedfacefeedface 128
	EOF
	for how in show export "show --json"; do
		run_tool 0 sad $how "$BATS_TEST_TMPDIR/k.conf"
		[[ $out != *0011223344* ]]
		[[ $out != *feedface* ]]
	done
}

@test "files that cannot be read" {
	for f in /nonexistent "$BATS_TEST_TMPDIR"; do
		run_tool 2 sad show "$f"
		one_clear_line
	done
	run_tool 2 run --sad /nonexistent --in "$esp" "$examples/xfrm_get_state.bpf.o"
	one_clear_line
}
