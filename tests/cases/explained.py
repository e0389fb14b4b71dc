#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""explained.py ESPALIER OBJECT...: every rejection of these programs is explained: by a rule, in
sentences, with its path where it has one, and in each form that verify writes. TAP."""
import json
import re
import subprocess
import sys

tool, objects = sys.argv[1], sys.argv[2:]
number = failures = 0


def verify(*args):
    p = subprocess.run([tool, "verify", *args], capture_output=True, text=True, check=False)
    assert p.returncode in (0, 1) and not p.stderr, f"{args}: {p.returncode} {p.stderr}"
    return p.stdout


def check(name, why):
    global number, failures
    number += 1
    failures += bool(why)
    print(f"{'not ok' if why else 'ok'} {number} - {name}" + (f": {why}" if why else ""))


def fault(v):
    """What is wrong with the explanation of a rejected program; None: nothing."""
    text = v["explanation"]
    if not v["rule"] or not text:
        return f"no advice for: {v['message']}"
    # An unfilled place; what no sentence begins with; and the traces of a missing value.
    if re.search(r"\{\w+\}|\(null\)|register in question|of another kind|\?\?|  |\(\)\(\)", text):
        return f"odd: {text}"
    if not re.search(r"[.);]$", text):
        return f"no end: {text}"
    if v["insn"] is not None and (not v["path"] or v["path"][-1]["kind"] != "end"):
        return "no path"
    return None


for o in objects:
    rejected = 0
    for verdict in json.loads(verify("--json", o)):
        if not verdict["accepted"]:
            rejected += 1
            check(f"{o}: {verdict['program']}", fault(verdict))
    page = verify("--explain", "html", o)
    check(f"{o}: page", page.count('<article id="p') != rejected and "articles missing")
    results = json.loads(verify("--sarif", o))["runs"][0]["results"]
    check(f"{o}: sarif", len(results) != rejected and "results missing")
print(f"1..{number}")
sys.exit(failures != 0)
