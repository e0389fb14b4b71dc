/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_VLOG_H
#define BASE_VLOG_H

#include "base/strbuf.h"
#include "base/types.h"

/*
 * The log of a PROG_LOAD or BTF_LOAD, with the semantics of bpf(2): level bits 1 (branches and
 * errors), 2 (every instruction and state), 4 (statistics), 8 (keep the beginning instead of the
 * end when the buffer is too small). By default the buffer holds the end of the log; a log that did
 * not fit makes the load fail with -ENOSPC and reports the size it would have needed.
 */
#define VLOG_LEVEL1 1u
#define VLOG_LEVEL2 2u
#define VLOG_STATS  4u
#define VLOG_FIXED  8u
#define VLOG_LEVEL  (VLOG_LEVEL1 | VLOG_LEVEL2)
#define VLOG_MASK   (VLOG_LEVEL | VLOG_STATS | VLOG_FIXED)

struct vlog {
	u32 level; /* as the caller asked; 0: nothing goes to @ubuf */
	char *ubuf;
	u32 usize;
	u64 start; /* position in the whole log of the first byte kept in @tail */
	u64 end;   /* length of the whole log so far */
	u64 longest; /* what it once was, before a reset: a buffer must hold that */
	struct strbuf tail;
	/* The last two complete lines are kept whatever the level, for struct espalier_report. */
	char last_line[1024];
	char line_before[1024];
	char line[1024];
	u32 line_len;
};

/**
 * vlog_init - begin a log
 * @level: log_level of the load command
 * @ubuf: the caller's buffer, or NULL
 * @usize: its length in bytes
 *
 * Return: 0; -EINVAL for a combination that bpf(2) refuses (unknown level bits, a buffer without a
 * level or a size, a size over UINT_MAX >> 2).
 */
int vlog_init(struct vlog *log, u32 level, char *ubuf, u32 usize) __must_check;

/* Append. Always counted and always feeds last_line; stored only if a level was asked for. */
void vlog_printf(struct vlog *log, const char *fmt, ...) __printf_like(2, 3);
void vlog_vprintf(struct vlog *log, const char *fmt, va_list ap) __printf_like(2, 0);

/* True if anything at all is stored. */
static inline bool vlog_wanted(const struct vlog *log)
{
	return log->level != 0;
}

/* Forget what was written after @pos (vlog position = log->end at some time before): a path of the
 * verifier that proved safe takes its level 1 log back. */
void vlog_reset(struct vlog *log, u64 pos);

/**
 * vlog_finish - copy to the caller's buffer and free
 * @true_size: set to the size, with the NUL, that holds the whole log; may be NULL
 *
 * Return: 0 or -ENOSPC if the log was cut, -EFAULT never.
 */
int vlog_finish(struct vlog *log, u32 *true_size);

#endif
