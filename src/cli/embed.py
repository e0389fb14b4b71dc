#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""embed.py OUTPUT NAME=FILE...: texts as C strings."""
import sys

with open(sys.argv[1], "w") as out:
    out.write('#include "page.h"\n')
    for arg in sys.argv[2:]:
        name, path = arg.split("=", 1)
        data = open(path, "rb").read()
        out.write("const char %s[] = {" % name)
        for i in range(0, len(data), 16):
            out.write("\n\t" + " ".join("%d," % b for b in data[i : i + 16]))
        out.write("\n\t0};\n")
