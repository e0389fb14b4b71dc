#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Frames of a capture through a network interface, by AF_PACKET.

frames.py send IFACE PCAP        all of them, with pauses
frames.py exchange IFACE PCAP    the same; prints how many frames came back, and their sources
frames.py count IFACE SECONDS    prints how many frames came in, and their sources; waits that long
                                 for the first, and one second for more
"""
import collections
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
# What is sent at once, and what may be on its way, fits into every ring there, whoever has the CPU.
BURST = 50
WINDOW = 500


def capture(path):
    with open(path, "rb") as f:
        assert struct.unpack("<I", f.read(24)[:4])[0] in (0xA1B23C4D, 0xA1B2C3D4)
        while head := f.read(16):
            yield f.read(struct.unpack("<IIII", head)[2])


def take(sock, sources, wait):
    """All that is there, and what comes within @wait seconds of one another."""
    while select.select([sock], [], [], wait)[0]:
        frame, addr = sock.recvfrom(65536)
        if addr[2] != socket.PACKET_OUTGOING:
            sources[frame[6:12].hex(":")] += 1


def send(sock, path, sources, wait_for_echo):
    for sent, frame in enumerate(capture(path), 1):
        sock.send(frame)
        if sent % BURST:
            continue
        time.sleep(0.003)
        if wait_for_echo:
            until = time.monotonic() + 3
            take(sock, sources, 0)
            while sent - sum(sources.values()) > WINDOW and time.monotonic() < until:
                take(sock, sources, 0.01)


def main():
    what, iface, arg = sys.argv[1:]
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    sock.bind((iface, 0 if what == "send" else ETH_P_ALL))
    sources = collections.Counter()
    if what == "count":
        select.select([sock], [], [], float(arg))
    else:
        send(sock, arg, sources, what == "exchange")
    if what != "send":
        take(sock, sources, 1)
    print(sum(sources.values()), *sorted(f"{n}*{m}" for m, n in sources.items()))


main()
