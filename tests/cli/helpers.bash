# SPDX-License-Identifier: BSD-2-Clause
# Meson passes BUILD and SOURCE.
espalier=$BUILD/espalier
examples=$BUILD/examples
pcap=$SOURCE/tests/data/pcap
esp=$pcap/02-sunrise-sunset-esp.pcap
sa=$SOURCE/examples/sa/sunrise-sunset.conf

# run_tool STATUS ARGUMENT... : $out and $err afterwards.
run_tool() {
	local want=$1 got=0
	shift
	"$espalier" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || got=$?
	out=$(cat "$BATS_TEST_TMPDIR/out")
	err=$(cat "$BATS_TEST_TMPDIR/err")
	if [ "$got" -ne "$want" ]; then
		echo "espalier $*: exit status $got, not $want" >&2
		printf '%s\n' "$out" "$err" >&2
		return 1
	fi
}

# One line, "espalier: WHAT: WHY".
one_clear_line() {
	[ "$(printf '%s\n' "$err" | wc -l)" -eq 1 ] && [[ $err == "espalier: "*": "* ]] || {
		echo "not one clear line: $err" >&2
		return 1
	}
}

json() { # PYTHON-EXPRESSION over d
	printf '%s' "$out" | python3 -c "import json,sys; d=json.load(sys.stdin); sys.exit(0 if ($1) else 1)" || {
		echo "not so: $1" >&2
		printf '%s\n' "$out" >&2
		return 1
	}
}
