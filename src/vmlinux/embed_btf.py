#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the .BTF section of an ELF object as a C array: embed_btf.py OBJECT OUTPUT.c"""

import struct
import sys


def section(elf, wanted):
    if elf[:5] != b"\x7fELF\x02":
        raise ValueError("not a 64-bit ELF object")
    order = "<" if elf[5] == 1 else ">"
    (shoff,) = struct.unpack_from(order + "Q", elf, 0x28)
    entsize, count, names_index = struct.unpack_from(order + "HHH", elf, 0x3A)
    headers = [
        struct.unpack_from(order + "IIQQQQ", elf, shoff + i * entsize) for i in range(count)
    ]
    names = headers[names_index][4]
    for name, _, _, _, offset, size in headers:
        end = elf.index(b"\0", names + name)
        if elf[names + name : end] == wanted:
            return elf[offset : offset + size]
    raise ValueError("no section " + wanted.decode())


def main():
    source, output = sys.argv[1:]
    with open(source, "rb") as f:
        blob = section(f.read(), b".BTF")
    rows = (blob[i : i + 16] for i in range(0, len(blob), 16))
    with open(output, "w", encoding="ascii") as f:
        f.write('#include "vmlinux/vmlinux.h"\n\n')
        f.write("const u8 vmlinux_btf_data[] __attribute__((aligned(8))) = {\n")
        for row in rows:
            f.write("\t" + " ".join(f"{b}," for b in row) + "\n")
        f.write("};\n\nconst size_t vmlinux_btf_size = sizeof(vmlinux_btf_data);\n")


main()
