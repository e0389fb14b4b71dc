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


# What advice must say of some: what only the path, or the types, can tell.
SAYS = {
    "list_push_head_of_object": r"^i \(R2, .* no struct bpf_list_node lies at its offset 0",
    "list_push_wrong_type": r"holds objects of struct item.*R2\) is a pointer to struct counted",
    "list_push_to_tree": r"^&tree \(R1\) .* no struct bpf_list_head lies at offset 8",
    "exchanged_in_stashed": r"takes the address of a kptr in a map's value",
    "res_out_of_order": r"taken later, by bpf_res_spin_lock\(\) at line \d+\.",
    "res_same_twice": r"^&v->lock \(R1\) is held already, taken by bpf_res_spin_lock\(\) at line",
    "res_other_unlocked": r"^&w->lock \(R1\), .* taken by bpf_res_spin_lock\(\) at line",
    "res_irqsave_plain_unlock": r"is held, taken by bpf_res_spin_lock_irqsave\(\) at line",
    "res_irqsave_swapped": r"saved last, by bpf_res_spin_lock_irqsave\(\) at line",
    "native_flags_restored_by_lock": r"&own \(R2\) were saved by bpf_local_irq_save\(\) at line",
    "timer_of_another_map": r"in a value of map timers, and R2 is map others",
    "wq_callback_sleeps_in_rcu": r"bpf_rcu_read_lock\(\) began.*called by a timer or work queue",
}


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
    if v["program"] in SAYS and not re.search(SAYS[v["program"]], text):
        return f"not as it should be: {text}"
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
