#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Frames of a capture through a network interface, by AF_PACKET.

frames.py send IFACE PCAP        all of them, with pauses
frames.py exchange IFACE PCAP    the same; prints how many frames came back, and their sources
frames.py count IFACE SECONDS    prints how many frames came in, and their sources
"""
import collections
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 3


def capture(path):
    with open(path, "rb") as f:
        assert struct.unpack("<I", f.read(24)[:4])[0] in (0xA1B23C4D, 0xA1B2C3D4)
        while head := f.read(16):
            yield f.read(struct.unpack("<IIII", head)[2])


def take(sock, sources, wait):
    while select.select([sock], [], [], wait)[0]:
        frame, addr = sock.recvfrom(65536)
        if addr[2] != socket.PACKET_OUTGOING:
            sources[frame[6:12].hex(":")] += 1


def main():
    what, iface, arg = sys.argv[1:]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.bind((iface, 0 if what == "send" else ETH_P_ALL))
    sources = collections.Counter()
    if what == "count":
        until = time.monotonic() + float(arg)
        while (left := until - time.monotonic()) > 0:
            take(sock, sources, min(left, 0.1))
    else:
        for i, frame in enumerate(capture(arg)):
            sock.send(frame)
            # What is sent fits into the rings on the way, whoever has the CPU meanwhile.
            if i % 100 == 99:
                time.sleep(0.005)
                take(sock, sources, 0)
        if what == "exchange":
            take(sock, sources, 1)
    print(sum(sources.values()), *sorted(f"{n}*{m}" for m, n in sources.items()))


main()
