/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_CAPTURE_H
#define DATAPLANE_CAPTURE_H

#include "base/error.h"
#include "dataplane/frame.h"

/*
 * Captures (pcap, pcapng) as a row of Ethernet frames. Captures without an Ethernet header (raw IP,
 * BSD loopback, Linux cooked) get one, with zero addresses and the right EtherType, so that a
 * program written for XDP sees what it would have seen on a wire.
 */
struct capture;

/**
 * capture_open - open a capture file
 * @path: "-" for standard input
 * @out: owned by the caller
 * @e: "PATH: WHY" on failure
 *
 * Return: 0; -ENOENT and kin from open(2); -EINVAL not a capture, or a link type without IP or
 * Ethernet; -ENOMEM.
 */
int capture_open(const char *path, struct capture **out, struct espalier_error *e) __must_check;

/* The next frame, valid until the next call (its length and wire length count a synthetic header):
 * 1; 0 at the end; -EINVAL with @e ("PATH: packet N: WHY") if the file is cut short
 * or damaged. */
int capture_next(struct capture *cap, struct frame *frame, struct espalier_error *e) __must_check;

/* Bytes read so far and in all; 0 in all if that is unknown. For progress. */
void capture_progress(const struct capture *cap, u64 *done, u64 *total);

void capture_close(struct capture *cap);

/*
 * Output. The file appears under its name only when sink_close() succeeds; until then, and if
 * sink_abort() is called instead, there is nothing there.
 */
struct sink;

int sink_open(const char *path, struct sink **out, struct espalier_error *e) __must_check;
void sink_write(struct sink *sink, const struct frame *frame);
int sink_close(struct sink *sink, struct espalier_error *e) __must_check;
void sink_abort(struct sink *sink);

#endif
