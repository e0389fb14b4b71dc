#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# archive.sh LD OBJCOPY AR OUTPUT ARCHIVE...
# One object of all rooms in which everything hidden is local, so that no name of ours can collide
# with a name of the program that links it (libbpf.a and we both have a btf_type...).
set -e
ld=$1 objcopy=$2 ar=$3 out=$4
shift 4
object=$out.o
rm -f "$out"
"$ld" -r -o "$object" --whole-archive "$@"
"$objcopy" --localize-hidden "$object"
"$ar" crsD "$out" "$object"
rm -f "$object"
