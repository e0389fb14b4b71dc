#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# installed.sh BUILD SOURCE SKELETON_DIR PREFIX LIBDIR
# What `make install` leaves serves others: programs built with nothing but its headers, libraries
# and pkg-config files.
set -e
build=$1 source=$2 skeleton=$3 prefix=$4 libdir=$5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
DESTDIR=$dir meson install -C "$build" --no-rebuild --quiet
lib=$dir$prefix/$libdir
export PKG_CONFIG_PATH="$lib/pkgconfig"
export PKG_CONFIG_SYSROOT_DIR="$dir"
cc=${CC:-cc}

run() {
	echo "# $*"
	LD_LIBRARY_PATH=$lib "$@"
}

# shellcheck disable=SC2046 # flags are words
flags() {
	pkg-config "$@"
}

$cc -o "$dir/embed-shared" "$source/embed.c" $(flags --cflags --libs espalier)
run "$dir/embed-shared"
$cc -o "$dir/embed-static" "$source/embed.c" $(flags --cflags espalier) "$lib/libespalier.a" \
	-lurcu-memb -lurcu-common -pthread
run "$dir/embed-static"
$cc -I"$skeleton" -o "$dir/skel-shared" "$source/skel.c" \
	$(flags --cflags --libs espalier-libbpf)
run "$dir/skel-shared" pins
# Both libraries' names in one program: nothing of ours collides with libbpf's.
wraps=$(flags --libs-only-other espalier-libbpf)
$cc -I"$skeleton" -o "$dir/skel-static" "$source/skel.c" $wraps "$lib/libespalier-libbpf.a" \
	"$lib/libespalier.a" -l:libbpf.a -lelf -lz -lurcu-memb -lurcu-common -pthread
run "$dir/skel-static" pins
$cc -I"$skeleton" -o "$dir/skel-plain" "$source/skel.c" -lbpf
echo "# preload"
LD_PRELOAD=$lib/libespalier-preload.so "$dir/skel-plain" pins
