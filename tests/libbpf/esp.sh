#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# esp.sh PRELOAD ESP OBJECT: an unmodified program finds SAs, because its surroundings have some.
set -u
preload=$1 esp=$2 object=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
status=0

# expect STATUS TEXT [VARIABLE=VALUE...]
expect() {
	want_status=$1 want=$2
	shift 2
	got=$(env "$@" LD_PRELOAD="$preload" "$esp" "$object" 2>&1)
	got_status=$?
	if [ "$got_status" != "$want_status" ] || [ "$got" != "$want" ]; then
		echo "$*: '$got' ($got_status), not '$want' ($want_status)"
		status=1
	fi
}

echo 'xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x100 mode tunnel' \
	'replay-window 32 flag esn' >"$dir/sad"
echo 'xfrm state add src 192.0.2.1 dst' >"$dir/bad"
expect 0 'verdict 2, window 32, cpus 3' ESPALIER_SAD="$dir/sad" ESPALIER_CPUS=3
expect 0 'verdict 2, window 0, cpus 5' ESPALIER_CPUS=5
expect 2 'espalier: ESPALIER_CPUS: not a number of CPUs: many' ESPALIER_CPUS=many
expect 2 "espalier: $dir/none: No such file or directory" ESPALIER_SAD="$dir/none"
env ESPALIER_SAD="$dir/bad" LD_PRELOAD="$preload" "$esp" "$object" 2>"$dir/err" && status=1
grep -q "^espalier: $dir/bad:1: " "$dir/err" || { cat "$dir/err"; status=1; }
exit $status
