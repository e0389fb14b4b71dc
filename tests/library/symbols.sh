#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# symbols.sh LIBESPALIER.SO LIBESPALIER.A HEADER...: what the libraries show is what the headers
# declare, no more and no less.
set -eu
shared=$1 static=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sed -n 's/^ESPALIER_API.*[ *]\(espalier_[a-z0-9_]*\)(.*/\1/p' "$@" | sort -u >"$dir/declared"
[ -s "$dir/declared" ] || { echo "no declarations found"; exit 1; }
# The version node itself is an absolute symbol of the shared library.
nm -D --defined-only "$shared" | sed -n 's/.* [B-Z] \([a-z0-9_]*\)@@.*/\1/p' | sort -u >"$dir/shared"
nm -g --defined-only "$static" | sed -n 's/.* [A-Z] \(.*\)$/\1/p' | sort -u >"$dir/static"
status=0
for which in shared static; do
	diff "$dir/declared" "$dir/$which" >"$dir/diff" && continue
	sed -n "s/^</declared, not in the $which library:/p; s/^>/in the $which library, not declared:/p" \
		"$dir/diff"
	status=1
done
exit $status
