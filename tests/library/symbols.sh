#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# symbols.sh LIBESPALIER.SO HEADER...: what the library exports is what the headers declare, no more
# and no less.
set -eu
lib=$1
shift
declared=$(mktemp)
exported=$(mktemp)
trap 'rm -f "$declared" "$exported"' EXIT
sed -n 's/^ESPALIER_API.*[ *]\(espalier_[a-z0-9_]*\)(.*/\1/p' "$@" | sort -u >"$declared"
nm -D --defined-only "$lib" | sed -n 's/.* [A-Z] \([a-z0-9_]*\)@@.*/\1/p' | sort -u >"$exported"
[ -s "$declared" ] || { echo "no declarations found"; exit 1; }
diff "$declared" "$exported" | sed 's/^</declared, not exported:/; s/^>/exported, not declared:/' | grep ported && exit 1
exit 0
