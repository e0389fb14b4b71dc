// SPDX-License-Identifier: BSD-2-Clause
#include "base/vlog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int vlog_init(struct vlog *log, u32 level, char *ubuf, u32 usize)
{
	memset(log, 0, sizeof(*log));
	if (!!ubuf != !!usize)
		return -EINVAL;
	if (ubuf && !level)
		return -EINVAL;
	if (level & ~VLOG_MASK)
		return -EINVAL;
	if (usize > UINT32_MAX >> 2)
		return -EINVAL;
	log->level = level;
	log->ubuf = ubuf;
	log->usize = usize;
	return 0;
}

/* Remember the last complete line; "processed ..." statistics are not an error's last word. */
static void feed_line(struct vlog *log, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n') {
			if (log->line_len < sizeof(log->line) - 1)
				log->line[log->line_len++] = text[i];
			continue;
		}
		log->line[log->line_len] = '\0';
		if (log->line_len && strncmp(log->line, "processed ", 10)) {
			strcpy(log->line_before, log->last_line);
			memcpy(log->last_line, log->line, log->line_len + 1);
		}
		log->line_len = 0;
	}
}

/* A rotating log keeps the last usize - 1 bytes; it is cut lazily, at twice that. */
static void drop_front(struct vlog *log)
{
	size_t keep = log->usize ? log->usize - 1 : 0;
	size_t cut;

	if (log->level & VLOG_FIXED || log->tail.len <= 2 * keep + 4096)
		return;
	cut = log->tail.len - keep;
	memmove(log->tail.text, log->tail.text + cut, keep + 1);
	log->tail.len = keep;
	log->start += cut;
}

void vlog_vprintf(struct vlog *log, const char *fmt, va_list ap)
{
	char text[2048];
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	size_t len;

	if (n < 0)
		return;
	len = min((size_t)n, sizeof(text) - 1);
	feed_line(log, text, len);
	if (!log->level)
		return;
	log->end += len;
	log->longest = max(log->longest, log->end);
	if (!log->usize)
		return;
	if (log->level & VLOG_FIXED && log->tail.len >= log->usize)
		return;
	strbuf_add(&log->tail, text, len);
	drop_front(log);
}

void vlog_printf(struct vlog *log, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog_vprintf(log, fmt, ap);
	va_end(ap);
}

void vlog_reset(struct vlog *log, u64 pos)
{
	if (pos >= log->end)
		return;
	log->end = pos;
	log->line_len = 0;
	if (pos < log->start) {
		log->start = pos;
		log->tail.len = 0;
	} else if (pos - log->start < log->tail.len) {
		log->tail.len = pos - log->start;
	}
	if (log->tail.text)
		log->tail.text[log->tail.len] = '\0';
}

int vlog_finish(struct vlog *log, u32 *true_size)
{
	u64 need = log->level && (log->longest || log->ubuf) ? log->longest + 1 : 0;
	size_t keep = log->usize ? log->usize - 1 : 0;
	int err = 0;

	if (true_size)
		*true_size = (u32)min(need, (u64)UINT32_MAX);
	if (log->usize) {
		size_t have = log->tail.len;
		size_t skip = have > keep && !(log->level & VLOG_FIXED) ? have - keep : 0;
		size_t n = min(have - skip, keep);

		if (n)
			memcpy(log->ubuf, log->tail.text + skip, n);
		log->ubuf[n] = '\0';
	}
	if (log->level && need > log->usize && (log->usize || !log->ubuf) && log->ubuf)
		err = -ENOSPC;
	if (log->tail.failed)
		err = -ENOMEM;
	strbuf_free(&log->tail);
	return err;
}
