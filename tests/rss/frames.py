#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sends frames into one end of a veth pair and tells on which CPUs the stack got them at the other.

frames.py TX RX [--vlan ID] [--six] [--natt] [--src ADDR] SPI@CPU:COUNT...

Prints {"SPI": {"CPU": frames}}. Each group is sent from its CPU; which CPU a frame was received on is
told by sockets that share the receiver's frames by CPU (PACKET_FANOUT_CPU).
"""
import argparse
import json
import os
import socket
import struct
import sys

SOL_PACKET, PACKET_FANOUT, FANOUT_CPU = 263, 18, 2
ETH_P_ALL = 3


def mac(iface):
    import fcntl
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return fcntl.ioctl(s.fileno(), 0x8927, struct.pack("256s", iface.encode()))[18:24]


def frame(a, dst_mac, spi):
    payload = struct.pack("!II", spi, 1) + bytes(64)
    proto = 50
    if a.natt:
        payload = struct.pack("!HHHH", 4500, 4500, 8 + len(payload), 0) + payload
        proto = 17
    if a.six:
        ip = struct.pack("!IHBB", 6 << 28, len(payload), proto, 64)
        ip += socket.inet_pton(socket.AF_INET6, a.src) + socket.inet_pton(socket.AF_INET6, a.dst)
        ether = b"\x86\xdd"
    else:
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, proto, 0)
        ip += socket.inet_aton(a.src) + socket.inet_aton(a.dst)
        ether = b"\x08\x00"
    tag = struct.pack("!HH", 0x8100, a.vlan) if a.vlan else b""
    return dst_mac + b"\x02\0\0\0\0\1" + tag + ether + ip + payload


def receivers(iface):
    socks = []
    for _ in range(os.cpu_count()):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        s.setsockopt(socket.SOL_SOCKET, 33, 256 << 20)  # SO_RCVBUFFORCE
        s.bind((iface, ETH_P_ALL))
        s.setsockopt(SOL_PACKET, PACKET_FANOUT, os.getpid() & 0xFFFF | FANOUT_CPU << 16)
        s.settimeout(0.3)
        socks.append(s)
    return socks


def spi_of(data):
    # The payload is recognised by its SPI and sequence number behind any headers.
    at = data.find(b"\0\0\0\1" + bytes(64))
    return struct.unpack("!I", data[at - 4:at])[0] if at >= 4 else None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tx")
    p.add_argument("rx")
    p.add_argument("--vlan", type=int, default=0)
    p.add_argument("--six", action="store_true")
    p.add_argument("--natt", action="store_true")
    p.add_argument("--blind", action="store_true", help="do not receive")
    p.add_argument("--src")
    p.add_argument("--dst")
    p.add_argument("groups", nargs="+")
    a = p.parse_args()
    a.src = a.src or ("2001:db8::2" if a.six else "192.0.2.2")
    a.dst = a.dst or ("2001:db8::1" if a.six else "192.0.2.1")
    socks = [] if a.blind else receivers(a.rx)
    tx = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    tx.bind((a.tx, 0))
    to = mac(a.rx)
    for group in a.groups:
        spi, _, rest = group.partition("@")
        cpu, _, count = rest.partition(":")
        os.sched_setaffinity(0, {int(cpu)})
        data = frame(a, to, int(spi, 0))
        for _ in range(int(count)):
            tx.send(data)
    seen = {}
    for cpu, s in enumerate(socks):
        while True:
            try:
                spi = spi_of(s.recv(2048))
            except (socket.timeout, BlockingIOError):
                break
            if spi is not None:
                at = seen.setdefault("0x%x" % spi, {})
                at[str(cpu)] = at.get(str(cpu), 0) + 1
    json.dump(seen, sys.stdout)
    print()


main()
