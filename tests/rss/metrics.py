#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reads the Prometheus text format (0.0.4) from standard input, strictly, and prints {"NAME{LABELS}": value}.

Stricter than Prometheus: HELP and TYPE come once, before all samples of a metric, which stand together;
counters end in _total and are whole and not negative; no sample twice.
"""
import json
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)")


def main():
    text = sys.stdin.read()
    if not text.endswith("\n"):
        sys.exit("no newline at the end")
    helped, types, samples, current = set(), {}, {}, None
    for nr, line in enumerate(text[:-1].split("\n"), 1):
        def bad(why):
            sys.exit(f"line {nr}: {why}: {line}")

        m = re.fullmatch(rf"# HELP ({NAME}) (.+)", line)
        if m:
            if m[1] in helped:
                bad("HELP again")
            helped.add(m[1])
            continue
        m = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line)
        if m:
            if m[1] in types or m[1] not in helped:
                bad("TYPE again, or before HELP")
            types[m[1]], current = m[2], m[1]
            if (m[2] == "counter") != m[1].endswith("_total"):
                bad("counters, and only those, are called _total")
            continue
        m = SAMPLE.fullmatch(line)
        if not m:
            bad("neither a comment nor a sample")
        name, labels, value = m[1], m[2] or "", float(m[m.lastindex])
        if name != current:
            bad("a sample apart from its TYPE")
        names = [x[0] for x in re.findall(LABEL, labels)]
        if len(set(names)) != len(names):
            bad("a label twice")
        if types[name] == "counter" and (value < 0 or value != int(value)):
            bad("not a count")
        key = f"{name}{{{labels}}}" if labels else name
        if key in samples:
            bad("a sample twice")
        samples[key] = value
    if helped != set(types):
        sys.exit("HELP without TYPE")
    json.dump(samples, sys.stdout)


main()
