// SPDX-License-Identifier: BSD-2-Clause
#include "rss/marks.h"

#include <string.h>

void rss_marks_add(struct rss_marks *m, u32 value, u32 mask)
{
	if (!mask)
		return;
	for (u32 i = 0; i < m->nr; i++) {
		if ((m->mark[i] & mask) == value)
			return;
	}
	if (m->nr < RSS_MAX_MARKS)
		m->mark[m->nr++] = value;
	else
		m->missed++;
}

void rss_marks_finish(struct rss_marks *m)
{
	if (m->nr == RSS_MAX_MARKS)
		return;
	for (u32 i = 0; i < m->nr; i++) {
		if (!m->mark[i])
			return;
	}
	memmove(m->mark + 1, m->mark, m->nr * sizeof(m->mark[0]));
	m->mark[0] = 0;
	m->nr++;
}
