# SPDX-License-Identifier: BSD-2-Clause
"""What must hold of every `espalier rss plan --json`, whatever the capture."""
import struct

REASONS = (
    "owner owner_unavailable offloaded policy ike keepalive not_ipsec fragment unknown_sa malformed too_many_tags"
).split()
# Bytes that stand in for an Ethernet header, by link type: in the file, and on the wire.
LINKS = {1: (0, 0), 0: (4, 14), 101: (0, 14), 113: (16, 14), 276: (20, 14)}


def wire(path):
    """Packets and bytes on the wire of a pcap."""
    data = open(path, "rb").read()
    order = "<" if data[0] in (0xD4, 0x4D) else ">"
    link = struct.unpack_from(order + "I", data, 20)[0]
    cut, put = LINKS[link]
    at, packets, size = 24, 0, 0
    while at < len(data):
        caplen, length = struct.unpack_from(order + "II", data, at + 8)
        at += 16 + caplen
        packets += 1
        size += length - cut + put
    return packets, size


def check(d, path):
    assert (d["packets"], d["bytes"]) == wire(path), wire(path)
    assert list(d["reasons"]) == REASONS
    assert sum(d["reasons"].values()) == d["packets"]
    for what in ("packets", "bytes"):
        assert sum(c[what] for c in d["cpus"]) == d["steered"][what]
        assert d["steered"][what] + d["passed"][what] == d[what]
    assert [c["cpu"] for c in d["cpus"]] == list(range(len(d["cpus"])))
    r = d["reasons"]
    assert sum(s["packets"] for s in d["sas"]) == sum(
        r[k] for k in ("owner", "owner_unavailable", "policy", "offloaded")
    )
    assert sum(s["packets"] for s in d["unknown"]) + d["cut_ipsec"] == r["unknown_sa"]
    most, total = max(c["bytes"] for c in d["cpus"]), d["steered"]["bytes"]
    assert abs(d["imbalance"] - (most * len(d["cpus"]) / total if total else 1)) < 1e-9
    for s in d["sas"]:
        assert s["spi"].startswith("0x") and len(s["spi"]) == 10 and s["packets"] > 0
        assert s["inversions"] >= s["late"]
        assert s["cpu"] is None or d["cpus"][s["cpu"]]["packets"] > 0
    return True
