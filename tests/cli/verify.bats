#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
load helpers.bash

@test "the seed's program is accepted" {
	run_tool 0 verify "$examples/xfrm_get_state.bpf.o"
	[[ $out == *"xfrm_get_state_xdp"*"(xdp): accepted"* ]]
	[ -z "$err" ]
}

@test "its leaking twin is rejected, with both lines and the path" {
	run_tool 1 verify "$examples/xfrm_leak.bpf.o"
	[[ $out == *"BPF_EXIT instruction in main prog would lead to reference leak"*"EINVAL"* ]]
	line=$(grep -n 'x = bpf_xdp_get_xfrm_state' "$SOURCE/examples/xfrm_leak.bpf.c" | cut -d: -f1)
	[[ $out == *"acquired at xfrm_leak.bpf.c:$line:"*": x = bpf_xdp_get_xfrm_state"* ]]
	branch=$(grep -n 'if (!x->replay_esn)' "$SOURCE/examples/xfrm_leak.bpf.c" | cut -d: -f1)
	[[ $out == *"$branch | if (!x->replay_esn)"*"x->replay_esn is NULL: on to line"* ]]
	[[ $out == *"R1  x  a pointer to struct xfrm_state (reference "* ]]
	[[ $out == *"bpf_xdp_xfrm_state_release"* ]]
	# plain in a pipe
	[[ $out != *$'\033'* ]]
}

@test "json" {
	run_tool 1 verify --json "$examples/xfrm_get_state.bpf.o" "$examples/xfrm_leak.bpf.o"
	json 'len(d) == 2 and d[0]["accepted"] and not d[1]["accepted"]'
	json 'd[0]["program"] == "xfrm_get_state_xdp" and d[0]["type"] == "xdp" and d[0]["message"] == ""'
	json 'd[1]["errno"] == 22 and d[1]["message"] == "BPF_EXIT instruction in main prog would lead to reference leak"'
	json 'd[1]["source"]["file"].endswith("xfrm_leak.bpf.c") and d[1]["source"]["line"] > 0'
	json '"bpf_xdp_get_xfrm_state" in d[1]["acquired"]["text"]'
	json 'all(k in d[0] for k in ("object","insn","source","explanation","insns","processed","time_us"))'
}

@test "-p chooses; an unknown name is wrong input" {
	run_tool 0 verify -p xfrm_get_state_xdp "$examples/xfrm_get_state.bpf.o"
	run_tool 2 verify -p nosuch "$examples/xfrm_get_state.bpf.o"
	one_clear_line
}

@test "the log at level 2 shows instructions and states" {
	run_tool 1 verify --log 2 --explain none "$examples/xfrm_leak.bpf.o"
	[[ $out == *"0: R1=ctx() R10=fp0"* ]]
	[[ $out == *"call bpf_xdp_get_xfrm_state#"* ]]
	[[ $out == *"Unreleased reference id="*" alloc_insn="* ]]
	[[ $out == *"processed "*" insns (limit 1000000)"* ]]
}

@test "what is no object" {
	run_tool 2 verify /nonexistent
	one_clear_line
	run_tool 2 verify "$BATS_TEST_TMPDIR"
	one_clear_line
	: >"$BATS_TEST_TMPDIR/empty.o"
	run_tool 2 verify "$BATS_TEST_TMPDIR/empty.o"
	one_clear_line
	run_tool 2 verify "$esp"
	one_clear_line
	run_tool 2 verify "$espalier"
	one_clear_line
}

@test "truncated at every 997th byte: refused or verified, never a crash" {
	o=$examples/xfrm_get_state.bpf.o
	size=$(stat -c %s "$o")
	for ((n = 1; n < size; n += 997)); do
		head -c "$n" "$o" >"$BATS_TEST_TMPDIR/cut.o"
		run_tool 2 verify "$BATS_TEST_TMPDIR/cut.o"
		one_clear_line
	done
}

@test "the kernel engine agrees" {
	"$espalier" verify --engine kernel "$examples/xfrm_get_state.bpf.o" >/dev/null 2>&1 ||
		skip "bpf(2) is not permitted here, or the kernel lacks the kfuncs"
	run_tool 1 verify --engine kernel --json "$examples/xfrm_leak.bpf.o"
	json 'd[0]["errno"] == 22 and d[0]["message"] == "BPF_EXIT instruction in main prog would lead to reference leak"'
}

@test "sections that only newer libbpfs know" {
	for section in tcx/ingress tcx/egress tc/ingress tc/egress netkit/peer; do
		printf 'int prog(void *ctx) { return 0; }\nchar _license[] __attribute__((section("license"))) = "GPL";\n' |
			sed "s,^int,__attribute__((section(\"$section\"))) int," >"$BATS_TEST_TMPDIR/s.bpf.c"
		clang -target bpfel -g -O2 -c "$BATS_TEST_TMPDIR/s.bpf.c" -o "$BATS_TEST_TMPDIR/s.bpf.o"
		run_tool 0 verify --json "$BATS_TEST_TMPDIR/s.bpf.o"
		json "d[0]['type'] == 'tc' and d[0]['accepted']"
	done
}

@test "the figures are the program's, not those of a probe of libbpf" {
	run_tool 0 verify --json -p esp_rss "$BUILD/progs/esp_rss.bpf.o"
	json "d[0]['insns'] > 1000 and d[0]['processed'] > d[0]['insns']"
}

@test "an object that cannot be read to the end: by a signal, or by an exit status" {
	command -v cc >/dev/null || skip "no C compiler here"
	# Only the process that reads an object for the first time limits its time; sanitizers limit
	# other things.
	cat >"$BATS_TEST_TMPDIR/end.c" <<-END
	#include <stdlib.h>
	#include <unistd.h>
	int setrlimit(int resource, const void *limit)
	{
		if (resource != 0 /* RLIMIT_CPU */)
			return 0;
		if (getenv("ENDS_WITH"))
			_exit(atoi(getenv("ENDS_WITH")));
		abort();
	}
	int setrlimit64(int resource, const void *limit)
	{
		return setrlimit(resource, limit);
	}
	END
	cc -w -shared -fPIC -fno-builtin -o "$BATS_TEST_TMPDIR/end.so" "$BATS_TEST_TMPDIR/end.c"
	export ASAN_OPTIONS=verify_asan_link_order=0:$ASAN_OPTIONS
	object=$examples/xfrm_get_state.bpf.o
	LD_PRELOAD=$BATS_TEST_TMPDIR/end.so ENDS_WITH=7 run_tool 2 verify "$object"
	[ "$err" = "espalier: $object: malformed: reading it fails with exit status 7" ]
	LD_PRELOAD=$BATS_TEST_TMPDIR/end.so run_tool 2 verify "$object"
	[ "$err" = "espalier: $object: malformed: reading it fails with signal 6 (Aborted)" ]
}
