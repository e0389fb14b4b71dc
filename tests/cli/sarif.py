#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""sarif.py <DOCUMENT: is it SARIF 2.1.0? What the specification requires of the objects that we
write (OASIS SARIF 2.1.0, sections 3.13 to 3.52), and no property that it does not know."""
import json
import re
import sys
import urllib.parse

# object: (required, optional) properties
OBJECTS = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"results", "columnKind"}),
    "tool": ({"driver"}, set()),
    "driver": ({"name"}, {"version", "semanticVersion", "rules"}),
    "rule": ({"id"}, {"shortDescription", "defaultConfiguration"}),
    "configuration": (set(), {"level"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "codeFlows",
                             "relatedLocations", "properties"}),
    "message": ({"text"}, set()),
    "location": (set(), {"physicalLocation", "logicalLocations", "message"}),
    "logicalLocation": (set(), {"name", "kind"}),
    "physicalLocation": ({"artifactLocation"}, {"region"}),
    "artifactLocation": ({"uri"}, set()),
    "region": ({"startLine"}, {"startColumn", "snippet"}),
    "codeFlow": ({"threadFlows"}, set()),
    "threadFlow": ({"locations"}, set()),
    "threadFlowLocation": (set(), {"location", "executionOrder", "kinds", "importance"}),
}


def check(kind, o, where):
    assert isinstance(o, dict), f"{where}: no object"
    required, optional = OBJECTS[kind]
    missing, unknown = required - o.keys(), o.keys() - required - optional
    assert not missing, f"{where}: {kind} without {missing}"
    assert not unknown, f"{where}: {kind} has no {unknown}"
    return o


def message(o, where):
    assert check("message", o, where)["text"], f"{where}: empty"


def location(o, where):
    check("location", o, where)
    physical = check("physicalLocation", o["physicalLocation"], where)
    uri = check("artifactLocation", physical["artifactLocation"], where)["uri"]
    assert uri and re.fullmatch(r"[\w.~!$&'()*+,;=:@/%-]+", uri), f"{where}: {uri}"
    parts = urllib.parse.urlsplit(uri)
    assert parts.scheme in ("", "file") and ".." not in parts.path.split("/"), f"{where}: {uri}"
    if "region" in physical:
        region = check("region", physical["region"], where)
        assert region["startLine"] >= 1 and region.get("startColumn", 1) >= 1, where
        if "snippet" in region:
            message(region["snippet"], where)
    for i, logical in enumerate(o.get("logicalLocations", [])):
        check("logicalLocation", logical, f"{where}.logicalLocations[{i}]")
    if "message" in o:
        message(o["message"], where)


def result(o, rules, where):
    check("result", o, where)
    message(o["message"], where)
    assert o["level"] in ("none", "note", "warning", "error"), where
    assert rules[o["ruleIndex"]]["id"] == o["ruleId"], f"{where}: rule {o['ruleIndex']}"
    for i, loc in enumerate(o["locations"]):
        location(loc, f"{where}.locations[{i}]")
    for i, loc in enumerate(o.get("relatedLocations", [])):
        location(loc, f"{where}.relatedLocations[{i}]")
    for flow in o.get("codeFlows", []):
        assert check("codeFlow", flow, where)["threadFlows"], where
        for thread in flow["threadFlows"]:
            steps = check("threadFlow", thread, where)["locations"]
            assert steps, f"{where}: no step"
            for i, step in enumerate(steps):
                check("threadFlowLocation", step, where)
                location(step["location"], f"{where}: step {i}")
                assert step["executionOrder"] == i + 1, where
                assert step["importance"] in ("important", "essential", "unimportant"), where
                assert all(isinstance(k, str) for k in step["kinds"]), where


log = check("log", json.load(sys.stdin), "log")
assert log["version"] == "2.1.0" and len(log["runs"]) == 1
run = check("run", log["runs"][0], "run")
assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
driver = check("driver", check("tool", run["tool"], "tool")["driver"], "driver")
assert driver["name"] == "espalier" and driver["version"]
for i, rule in enumerate(driver["rules"]):
    check("rule", rule, f"rules[{i}]")
    message(rule["shortDescription"], f"rules[{i}]")
    assert check("configuration", rule["defaultConfiguration"], f"rules[{i}]")["level"] == "error"
for i, r in enumerate(run["results"]):
    result(r, driver["rules"], f"results[{i}]")
