#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# espalier rss doctor on the running kernel. What it means is tested in tests/unit/doctor; here, that it
# sees what is there, and that the commands it names mend it.
load ../cli/helpers.bash

frames=$SOURCE/tests/rss/frames.py

setup() {
	[ -n "$BPFFS" ] || return 0
	ip link add v0 type veth peer name v1
	ip link set v0 up
	ip link set v1 up
	ip addr add 192.0.2.1/24 dev v0
	last=$(($(nproc) - 1))
}

teardown() {
	[ -n "$BPFFS" ] || return 0
	"$espalier" rss detach --all --bpffs "$BPFFS" >/dev/null 2>&1 || true
	ip xfrm state deleteall 2>/dev/null || true
	ip link del v0 2>/dev/null || true
	[ -z "$(find "$BPFFS" -mindepth 1 -not -name '*.debug')" ]
}

needs_root() {
	[ -n "$BPFFS" ] || skip "no namespaces or no bpf file system here (root)"
}

needs_kfunc() {
	needs_root
	"$espalier" info --json | grep -q '"bpf_permitted": true' || skip "bpf(2) is not permitted"
	"$espalier" info --json | grep -q '"xfrm_kfuncs": true' || skip "the kernel has no xfrm kfuncs"
}

doctor() { # STATUS ARGUMENT...
	local want=$1
	shift
	run_tool "$want" rss doctor --bpffs "$BPFFS" "$@"
}

esp="src 192.0.2.2 dst 192.0.2.1 proto esp"
sas() { # LINE... behind "xfrm state add"
	printf 'xfrm state add %s\n' "$@" >"$BATS_TEST_TMPDIR/sas.conf"
	run_tool 0 sad import --larval "$BATS_TEST_TMPDIR/sas.conf"
}

found() { # SEVERITY CHECK SUBJECT
	json "any((f['severity'], f['check'], f['subject']) == ('$1', '$2', '$3') for f in d['findings'])"
}

mend() { # CHECK: does what the finding says, with the sysfs of this namespace
	printf '%s' "$out" | python3 -c "import json,sys
print(next(f['mend'] for f in json.load(sys.stdin)['findings'] if f['check'] == '$1'))" >"$BATS_TEST_TMPDIR/mend"
	unshare --mount sh -c 'mount -t sysfs sysfs /sys && . "$0"' "$BATS_TEST_TMPDIR/mend"
}

@test "JSON: findings by severity, each with what, why and what mends it" {
	status=0
	"$espalier" rss doctor --json lo >"$BATS_TEST_TMPDIR/out" || status=$?
	out=$(cat "$BATS_TEST_TMPDIR/out")
	json "set(d) == {'problems', 'warnings', 'notes', 'attached', 'interfaces', 'kernel', 'findings', 'unseen'}"
	json "all(set(f) == {'severity', 'check', 'subject', 'what', 'why', 'mend'} for f in d['findings'])"
	json "all(f['check'] and f['subject'] and f['what'] for f in d['findings'])"
	json "(d['problems'] > 0) == ($status == 1) and $status in (0, 1)"
	json "d['interfaces'] == ['lo'] and d['kernel']['release']"
	json "[d[k + 's'] for k in ('problem', 'warning', 'note')] == [sum(f['severity'] == k for f in d['findings'])
		for k in ('problem', 'warning', 'note')]"
	json "(lambda r: r == sorted(r))([['problem', 'warning', 'note', 'ok'].index(f['severity']) for f in d['findings']])"
}

@test "wrong interface, wrong options" {
	run_tool 2 rss doctor nosuchdevice
	one_clear_line
	[[ $err == *"no such interface"* && -z $out ]]
	run_tool 2 rss doctor --nonsense
	one_clear_line
	run_tool 1 rss doctor --netns nosuchnamespace
	one_clear_line
}

@test "a veth with SAs: no problem, and nothing is changed" {
	needs_kfunc
	sas "$esp spi 0x1001 reqid 1 mode tunnel dir in pcpu-num 0" "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	ethtool -K v0 rxvlan off 2>/dev/null || skip "no ethtool"
	doctor 0 --json v0
	json "d['problems'] == 0 and not d['attached'] and d['unseen'] == []"
	found ok kernel kernel
	found ok device v0
	found note larval SAs
	json "any('2 come in, 2 of them with an owner' in f['what'] for f in d['findings'])"
	json "d['kernel']['btf'] and d['kernel']['kfunc'] and d['kernel']['bpffs'] and d['kernel']['bpf_permitted']"
	doctor 0 v0
	[[ $out == *"nothing is attached"*"ok       v0: veth: native XDP"* ]]
	[ "$(printf '%s\n' "$out" | wc -l)" -le 24 ]
}

@test "RPS undoes steering; what doctor names mends it" {
	needs_kfunc
	unshare --mount sh -c 'mount -t sysfs sysfs /sys && echo 1 >/sys/class/net/v0/queues/rx-0/rps_cpus' ||
		skip "the kernel has no RPS"
	doctor 1 --json v0
	found problem rps v0
	mend rps
	doctor 0 --json v0
	json "not any(f['check'] == 'rps' for f in d['findings'])"
}

@test "rxvlan with VLAN devices, named by the VLAN device" {
	needs_kfunc
	ip link add link v0 name v0.5 type vlan id 5 2>/dev/null || skip "the kernel has no VLAN devices"
	ethtool -K v0 rxvlan on
	doctor 1 --json v0.5
	found problem driver v0
	json "any('(for v0.5)' in f['what'] for f in d['findings'])"
	mend driver
	doctor 0 v0.5
}

@test "another XDP program" {
	needs_kfunc
	bpftool prog load "$BUILD/examples/esp_count.bpf.o" "$BPFFS/other" type xdp
	bpftool net attach xdp pinned "$BPFFS/other" dev v0
	rm "$BPFFS/other"
	doctor 1 --json v0
	found problem program v0
	json "any('(esp_count)' in f['what'] for f in d['findings'])"
	mend program
	doctor 0 v0
}

@test "SAs: none, marks beyond four, those of one CPU" {
	needs_kfunc
	doctor 0 --json v0
	found warning none SAs
	for m in 1 2 3 4 5 6; do
		set -- "$@" "$esp spi 0x100$m reqid 1 mode tunnel dir in mark $m"
	done
	sas "$@"
	doctor 0 --json v0
	found warning marks SAs
	json "any(f['check'] == 'marks' and f['what'].startswith('2 cannot') for f in d['findings'])"
	sas "$esp spi 0x2001 reqid 2 mode tunnel dir in pcpu-num 0" "$esp spi 0x2002 reqid 2 mode tunnel dir in pcpu-num 0" \
		"$esp spi 0x2003 reqid 2 mode tunnel dir in pcpu-num 0"
	doctor 0 --json v0
	found note duplicates SAs
}

@test "attached: ours is no other program; full queues name --qsize; off is told" {
	needs_kfunc
	sas "$esp spi 0x1001 reqid 1 mode tunnel dir in pcpu-num 0" "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	run_tool 0 rss attach --dispatcher off --bpffs "$BPFFS" --qsize 64 v0
	# Without names: what is attached.
	doctor 0 --json
	found ok steering steering
	json "d['attached'] and d['interfaces'] == ['v0'] and not any(f['check'] == 'program' for f in d['findings'])"
	for try in 1 2 3 4 5; do
		python3 "$frames" v1 v0 --blind 0x1001@0:40000 0x1002@$last:40000
		doctor 0 --json v0
		! grep -q queue-full "$BATS_TEST_TMPDIR/out" || break
	done
	found warning queue-full steering
	json "any(f['mend'] == 'espalier rss attach --replace --qsize 128' for f in d['findings'])"
	run_tool 0 rss off --bpffs "$BPFFS"
	doctor 0 --json v0
	found warning switch steering
}

@test "no bpf file system: mended by the mount that is named" {
	needs_root
	run_tool 1 rss doctor --json --bpffs "$BATS_TEST_TMPDIR" v0
	found problem bpffs kernel
	json "next(f['mend'] for f in d['findings'] if f['check'] == 'bpffs') == 'mount -t bpf bpf $BATS_TEST_TMPDIR'"
}

@test "another network namespace" {
	needs_kfunc
	ip netns add doctor 2>/dev/null || skip "no named network namespaces"
	ip link set v1 netns doctor
	doctor 2 v1
	doctor 0 --netns doctor --json v1
	json "d['interfaces'] == ['v1'] and not any('RPS' in u for u in d['unseen'])"
	found warning driver v1
	json "any('is down' in f['what'] for f in d['findings'])"
	ip netns del doctor
}

@test "without root: says what it could not see" {
	needs_root
	command -v setpriv >/dev/null || skip "no setpriv"
	exec 9<"$espalier"
	status=0
	setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all /proc/self/fd/9 rss doctor --json v0 \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	exec 9<&-
	out=$(cat "$BATS_TEST_TMPDIR/out")
	[ "$status" -le 1 ]
	json "any('not without root' in u for u in d['unseen']) and any(u.startswith('the SAs') for u in d['unseen'])"
	json "d['kernel']['bpf_permitted'] is None and not any(f['check'] == 'permission' for f in d['findings'])"
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}
