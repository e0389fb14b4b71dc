#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# espalier rss daemon and metrics on the running kernel: a veth pair in namespaces of the test's own,
# SAs by ALLOCSPI, whose coming is no event, but whose going is. Root and bpf(2), or skipped.
load ../cli/helpers.bash

frames=$SOURCE/tests/rss/frames.py
esp="src 192.0.2.2 dst 192.0.2.1 proto esp"

setup() {
	[ -n "$BPFFS" ] || skip "no namespaces or no bpf file system here (root)"
	"$espalier" info --json | grep -q '"bpf_permitted": true' || skip "bpf(2) is not permitted"
	"$espalier" info --json | grep -q '"xfrm_kfuncs": true' || skip "the kernel has no xfrm kfuncs"
	ip link set lo up
	ip link add v0 type veth peer name v1
	ip link set v0 up
	ip link set v1 up
	ip addr add 192.0.2.1/24 dev v0
	last=$(($(nproc) - 1))
	log=$BATS_TEST_TMPDIR/log
	daemon=
}

teardown() {
	[ -n "$BPFFS" ] || return 0
	[ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null || true
	"$espalier" rss detach --all --bpffs "$BPFFS" >/dev/null 2>&1 || true
	ip xfrm state deleteall
	ip link del v0 2>/dev/null || true
}

rss() { # STATUS VERB ARGUMENT...
	local want=$1 verb=$2
	shift 2
	[[ $verb != attach ]] || set -- --dispatcher off "$@"
	run_tool "$want" rss "$verb" --bpffs "$BPFFS" "$@"
}

start() { # OPTION...
	: >"$log"
	"$espalier" rss daemon --bpffs "$BPFFS" "$@" 2>>"$log" 3>&- &
	daemon=$!
	says "waiting for\|serving"
}

stop() { # SIGNAL STATUS
	local got=0
	kill "-$1" "$daemon"
	wait "$daemon" || got=$?
	daemon=
	[ "$got" -eq "$2" ] || {
		echo "exit status $got, not $2: $(cat "$log")" >&2
		return 1
	}
}

within() { # COMMAND...: true within five seconds
	local n=0
	until "$@"; do
		n=$((n + 1))
		[ $n -lt 100 ] || {
			echo "not within five seconds: $*; log: $(cat "$log")" >&2
			return 1
		}
		sleep 0.05
	done
}
says() { within grep -q -- "$1" "$log"; }
times() { [ "$(grep -c -- "$2" "$log")" -eq "$1" ]; }

sas() { # LINE... behind "xfrm state add"
	printf 'xfrm state add %s\n' "$@" >"$BATS_TEST_TMPDIR/sas.conf"
	run_tool 0 sad import --larval "$BATS_TEST_TMPDIR/sas.conf"
}

infos() { # how many SAs the map lookup knows
	bpftool -j map dump pinned "$BPFFS/espalier/rss/cur/sa_info" |
		python3 -c 'import json,sys; print(len(json.load(sys.stdin)))'
}
has_infos() { [ "$(infos)" -eq "$1" ]; }

@test "lookup by map: what is deleted, expires or is flushed is known by its event" {
	sysctl -qw net.core.xfrm_acq_expires=1000
	sas "$esp spi 0x1002 reqid 1 mode tunnel" "$esp spi 0x1003 reqid 1 mode tunnel" \
		"$esp spi 0x1004 reqid 1 mode tunnel"
	rss 0 attach --lookup map v0
	sysctl -qw net.core.xfrm_acq_expires=3
	sas "$esp spi 0x1001 reqid 1 mode tunnel"
	# No second look at the SAD: events alone.
	start --interval 60000
	within has_infos 4
	within has_infos 3
	ip xfrm state delete src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002
	within has_infos 2
	ip xfrm state flush
	within has_infos 0
	rss 0 detach v0
}

@test "lookup by map: larval SAs and addresses are found by looking" {
	rss 0 attach --lookup map v0
	start --interval 20
	sas "$esp spi 0x1001 reqid 1 mode tunnel" "src 192.0.2.9 dst 192.0.2.8 proto esp spi 0x1002 reqid 1 mode tunnel"
	within has_infos 1
	out=$(python3 "$frames" v1 v0 0x1001@0:50)
	rss 0 status --json
	json "d['reasons']['policy']['packets'] == 50"
	ip addr add 192.0.2.8/24 dev v0
	within has_infos 2
}

@test "marks follow the SAs" {
	rss 0 attach v0
	start --interval 20
	sas "$esp spi 0x1001 reqid 1 mode tunnel mark 0x7 mask 0xff"
	marked() {
		rss 0 status --json
		json "d['settings']['marks'] == [0, 7]" 2>/dev/null
	}
	within marked
	out=$(python3 "$frames" v1 v0 0x1001@0:50)
	rss 0 status --json
	json "d['reasons']['policy']['packets'] == 50 and not d['reasons']['unknown_sa']['packets']"
}

@test "events that are lost are made up for" {
	rss 0 attach --lookup map v0
	sysctl -qw net.core.xfrm_acq_expires=1000
	for i in $(seq 300); do echo "xfrm state add $esp spi $((0x2000 + i)) reqid 1 mode tunnel"; done >"$BATS_TEST_TMPDIR/many"
	run_tool 0 sad import --larval "$BATS_TEST_TMPDIR/many"
	start --interval 60000 --buffer 1
	within has_infos 300
	kill -STOP "$daemon"
	for i in $(seq 299); do echo "xfrm state delete $esp spi $((0x2000 + i))"; done | ip -batch -
	kill -CONT "$daemon"
	says "events of SAs were lost"
	within has_infos 1
}

@test "least-loaded: of two heavy SAs on one CPU, one moves in a quiet moment" {
	[ "$last" -gt 0 ] || skip "one CPU"
	sas "$esp spi 0x1001 reqid 1 mode tunnel" "$esp spi 0x1002 reqid 2 mode tunnel" \
		"$esp spi 0x1003 reqid 3 mode tunnel" "$esp spi 0x1004 reqid 4 mode tunnel"
	rss 0 attach --policy least-loaded --cpus "0,$last" v0
	for spi in 1 2 3 4; do python3 "$frames" v1 v0 --blind 0x100$spi@0:1; done
	rss 0 status --json
	json "[s['cpu'] for s in sorted(d['sas'], key=lambda s: s['spi'])][::2] in ([0, 0], [$last, $last])"
	start --interval 200
	moved() {
		python3 "$frames" v1 v0 --blind 0x1001@0:3000 0x1003@0:3000
		sleep 0.1
		rss 0 status --json
		json "len({s['cpu'] for s in d['sas'] if s['spi'] in ('0x00001001', '0x00001003')}) == 2" 2>/dev/null
	}
	within moved
	json "sum(s['changes'] for s in d['sas']) >= 1"
	json "sum(c['sas'] for c in d['cpus']) == 4"
}

@test "balance: SAs of owners count, a detached instance is let go" {
	[ "$last" -gt 0 ] || skip "one CPU"
	sas "$esp spi 0x1001 reqid 1 mode tunnel dir in pcpu-num 0" "$esp spi 0x1002 reqid 1 mode tunnel"
	rss 0 attach --cpus "0,$last" v0
	python3 "$frames" v1 v0 --blind 0x1001@0:10 0x1002@0:10
	rss 0 status --json
	json "{s['spi']: s['cpu'] for s in d['sas']} == {'0x00001001': 0, '0x00001002': $last}"
	json "[c['sas'] for c in d['cpus'] if c['cpu'] in (0, $last)] == [1, 1]"
}

@test "waits for attach, says what it serves, stops on SIGTERM; a second one says so" {
	start --interval 20
	says "nothing is attached: waiting"
	rss 0 attach v0
	says "serving v0: policy balance, lookup kfunc"
	rss 1 daemon
	one_clear_line
	[[ $err == *"another espalier rss daemon"* ]]
	rss 0 attach --replace --policy hash
	says "serving v0: policy hash"
	rss 0 detach v0
	within times 2 "waiting for"
	stop TERM 0
	says "stopped"
	rss 2 daemon eth0
	one_clear_line
	run_tool 3 rss daemon --bpffs "$BATS_TEST_TMPDIR"
	one_clear_line
}

@test "killed, forwarding goes on, and another takes over what is pinned" {
	sas "$esp spi 0x1002 reqid 1 mode tunnel dir in pcpu-num $last"
	rss 0 attach --lookup map v0
	start --interval 20
	within has_infos 1
	rss 0 status --json
	json "not any('daemon' in a['text'] for a in d['advice'])"
	stop KILL 137
	rss 0 status --json
	json "any('daemon does not run' in a['text'] for a in d['advice'])"
	out=$(python3 "$frames" v1 v0 0x1002@0:50)
	json "d == {'0x1002': {'$last': 50}}"
	ip xfrm state delete src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x1002
	has_infos 1
	start --interval 60000
	within has_infos 0
	rss 0 status --json
	json "d['reasons']['owner']['packets'] == 50"
	stop INT 0
}

@test "an interface that vanishes is forgotten; one that is back is told, not touched" {
	rss 0 attach v0
	start --interval 20
	ip link del v0
	says "v0 is gone: forgotten"
	rss 0 status --json
	json "d['interfaces'] == []"
	ip link add v0 type veth peer name v1
	says "v0 is back, and not steered: espalier rss attach v0"
	rss 0 status --json
	json "d['interfaces'] == []"
	rss 0 attach v0
	within times 2 "serving v0"
	rss 0 detach v0
	[ -z "$(find "$BPFFS" -mindepth 1 -not -name '*.debug')" ]
}

@test "service manager: ready, status, watchdog, stopping; levels for the journal" {
	python3 - "$BATS_TEST_TMPDIR" "$espalier" "$BPFFS" <<'X'
import os, socket, subprocess, sys, time
tmp, tool, bpffs = sys.argv[1:]
for path in (tmp + "/notify", "@espalier-test-" + str(os.getpid())):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind("\0" + path[1:] if path[0] == "@" else path)
    s.settimeout(5)
    with open(tmp + "/journal", "wb") as journal:
        st = os.fstat(journal.fileno())
        p = subprocess.Popen([tool, "rss", "daemon", "--bpffs", bpffs, "--interval", "20"], stderr=journal,
                             env=os.environ | {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "300000",
                                               "JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino}"})
    heard = []
    def until(text):
        while text not in heard:
            heard.append(s.recv(4096).decode())
    until("STATUS=waiting for espalier rss attach")
    until("READY=1")
    until("WATCHDOG=1")
    p.terminate()
    until("STOPPING=1")
    assert p.wait(5) == 0
    lines = open(tmp + "/journal").read().splitlines()
    assert lines and all(line[:3] == "<5>" for line in lines), lines
X
}

@test "metrics: printed, and the same over HTTP on loopback" {
	sas "$esp spi 0x1001 reqid 1 mode tunnel dir in pcpu-num 0" "$esp spi 0x1002 reqid 2 mode tunnel" \
		"src 2001:db8::2 dst 2001:db8::1 proto esp spi 0x1003 reqid 2 mode tunnel"
	ip addr add 2001:db8::1/64 dev v0 nodad
	rss 0 metrics
	out=$(python3 "$SOURCE/tests/rss/metrics.py" <<<"$out")
	json "d == {'espalier_rss_attached': 0}"
	rss 0 attach v0
	python3 "$frames" v1 v0 --blind 0x1001@0:10 0x1002@0:20 0x9999@0:5
	python3 "$frames" v1 v0 --blind --six 0x1003@0:30
	rss 0 metrics
	out=$(python3 "$SOURCE/tests/rss/metrics.py" <<<"$out")
	json "d['espalier_rss_attached'] == 1 and d['espalier_rss_state{state=\"on\"}'] == 1"
	json "d['espalier_rss_packets_total{reason=\"owner\"}'] == 10"
	json "d['espalier_rss_packets_total{reason=\"unknown_sa\"}'] == 5"
	json "d['espalier_rss_peer_packets_total{peer=\"192.0.2.2\",reqid=\"1\"}'] == 10"
	json "d['espalier_rss_peer_packets_total{peer=\"192.0.2.2\",reqid=\"2\"}'] == 20"
	json "d['espalier_rss_peer_packets_total{peer=\"2001:db8::2\",reqid=\"2\"}'] == 30"
	json "d['espalier_rss_peers_not_told_apart'] == 0"
	json "sum(v for k, v in d.items() if k.startswith('espalier_rss_cpu_packets_total')) == 60"
	json "sum(v for k, v in d.items() if k.startswith('espalier_rss_cpu_sas')) == 3"
	json "d['espalier_rss_interface_attached{interface=\"v0\",netns=\"\"}'] == 1"
	rss 0 metrics --metrics-sas 1
	out=$(python3 "$SOURCE/tests/rss/metrics.py" <<<"$out")
	json "sum(v for k, v in d.items() if k.startswith('espalier_rss_peer_packets_total')) == 60"
	json "len([k for k in d if k.startswith('espalier_rss_peer_packets_total')]) == 2"
	json "d['espalier_rss_peers_not_told_apart'] == 2"
	rss 0 metrics --metrics-sas 0
	out=$(python3 "$SOURCE/tests/rss/metrics.py" <<<"$out")
	json "d['espalier_rss_peer_packets_total{peer=\"other\",reqid=\"\"}'] == 60"
	for where in 0 '[::1]:0'; do
		start --listen "$where"
		url=$(sed -n 's/.*metrics at http:..//p' "$log")
		out=$(python3 - "${url%/metrics}" <<'X'
import http.client, subprocess, sys
c = http.client.HTTPConnection(sys.argv[1], timeout=5)
def get(method, path):
    c.request(method, path)
    r = c.getresponse()
    return r.status, r.getheader("Content-Type"), r.read().decode()
assert get("GET", "/nothing")[0] == 404
assert get("POST", "/metrics")[0] == 405
assert get("GET", "/")[0] == 200
assert get("HEAD", "/metrics")[::2] == (200, "")
status, kind, text = get("GET", "/metrics")
assert status == 200 and kind.startswith("text/plain; version=0.0.4"), (status, kind)
sys.stdout.write(text)
X
)
		out=$(python3 "$SOURCE/tests/rss/metrics.py" <<<"$out")
		json "d['espalier_rss_packets_total{reason=\"owner\"}'] == 10"
		stop TERM 0
	done
	for where in 1.2.3 localhost:80 127.0.0.1:x 127.0.0.1:65536 ::1:80 ''; do
		rss 2 daemon --listen "$where"
		one_clear_line
	done
	rss 1 daemon --listen 203.0.113.1:9469
	one_clear_line
	start --listen 0.0.0.0:0
	says "whoever reaches"
}

@test "attach --config: options by lines; errors name file and line" {
	conf=$BATS_TEST_TMPDIR/v0.conf
	config() { printf "$1" >"$conf"; }
	config '# of this gateway\n\ncpus = 0\n  policy=hash # stable\nqsize = 512\nports = 4501,4502\nforce = no\n'
	rss 0 attach --config "$conf" v0
	rss 0 status --json
	json "(d['settings']['policy'], d['settings']['qsize'], d['settings']['cpus'], d['settings']['ports']) ==
		('hash', 512, [0], [4500, 4501, 4502])"
	rss 0 attach --replace --config "$conf" --policy balance
	rss 0 status --json
	json "d['settings']['policy'] == 'balance'"
	rss 0 detach v0
	bad() { # TEXT LINE WHY
		config "$1"
		rss 2 attach --config "$conf" v0
		one_clear_line
		[[ $err == "espalier: $conf:$2: $3"* ]] || {
			echo "$err" >&2
			return 1
		}
	}
	bad 'cpus = 0\ncolour = red\n' 2 'no option colour'
	bad '\nqsize = many\n' 2 'qsize many: not a number'
	bad 'mode = fast' 1 'mode fast: not one of auto'
	bad 'cpus\n' 1 '"cpus" is no NAME = VALUE'
	bad 'cpus =\n' 1 'cpus has no value'
	bad 'cpus = 0\ncpus = 1\n' 2 'cpus is given twice'
	bad 'force = maybe\n' 1 'force maybe: neither yes nor no'
	bad 'replace = yes\n' 1 'replace belongs on the command line'
	rss 2 attach --config "$conf.not" v0
	one_clear_line
	head -c 70000 /dev/zero | tr '\0' '#' >"$conf"
	rss 2 attach --config "$conf" v0
	one_clear_line
}

@test "units: what systemd-analyze says of them" {
	dir=$BATS_TEST_TMPDIR/units
	mkdir "$dir"
	for unit in espalier-rss@.service espalier-rss-daemon.service; do
		grep -q "^ExecStart=/.*/espalier rss " "$BUILD/systemd/$unit"
		sed "s,^\(Exec[A-Za-z]*=-*\)/[^ ]*/espalier,\1$espalier," "$BUILD/systemd/$unit" >"$dir/$unit"
	done
	grep -q "^Type=notify$" "$dir/espalier-rss-daemon.service"
	cp "$dir/espalier-rss@.service" "$dir/espalier-rss@eth0.service"
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze; the rest was checked"
	systemd-analyze verify --man=no "$dir/espalier-rss-daemon.service" "$dir/espalier-rss@eth0.service" >"$dir/said" 2>&1 || {
		cat "$dir/said" >&2
		return 1
	}
	! grep -i "espalier.*\(unknown\|failed\|not executable\)" "$dir/said"
}
