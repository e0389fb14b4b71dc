/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIFFFUZZ_SIDE_H
#define DIFFFUZZ_SIDE_H

#include "case.h"

/* Who is asked: the kernel, and ourselves by either executor. One process holds all. */
enum side {
	SIDE_KERNEL,
	SIDE_JIT,
	SIDE_INTERP,
	SIDES,
};
extern const char *const side_names[SIDES];

/* 0, or -EPERM if bpf(2) is not permitted or the kernel is another, with the reason on stderr.
 * Makes maps, resolves names, and puts one SA into a network namespace of our own and into ours. */
int sides_open(void) __must_check;

#define MESSAGE_MAX 200

struct verdict {
	int fd;			   /* of an accepted program, or -errno */
	char message[MESSAGE_MAX]; /* last line of the log, if it was asked for */
};

/* @v->fd is the caller's to close. */
void side_load(enum side side, const struct fuzz_case *c, bool message, struct verdict *v);

#define PACKET_ROOM 256
#define NR_PACKETS  2

/* What a run leaves behind. */
struct outcome {
	long err;
	u32 retval;
	u32 size;
	u8 packet[PACKET_ROOM];
	u8 array[64], slots[4 * 40];
	u8 hash[8][4 + 48]; /* by key; unused ones are zero */
	u32 hash_entries;
	u32 ring_bytes;
	u8 ring[512];
};

/* Run an accepted program with packet @which on maps as they were at first. */
void side_run(enum side side, const struct fuzz_case *c, int fd, u32 which, struct outcome *out);

/* What differs first, in words; NULL: nothing. */
const char *outcome_difference(const struct outcome *a, const struct outcome *b);

#endif
