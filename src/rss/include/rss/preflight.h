/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_PREFLIGHT_H
#define RSS_PREFLIGHT_H

#include "rss/device.h"

/* What attaching to an interface will mean, said before it is done. For doctor, too. */

/* A page less the headroom of XDP, skb_shared_info and the link header with a tag. */
#define RSS_ONE_PAGE_MTU 3498

enum rss_grade {
	RSS_SAYS,
	RSS_WARNS,
	RSS_REFUSES, /* frames would be dropped, or lose their VLAN tag */
};

struct rss_finding {
	enum rss_grade grade;
	char text[224];
	char mend[128]; /* the command that mends it; "" */
};

#define RSS_MAX_FINDINGS 24
struct rss_findings {
	struct rss_finding at[RSS_MAX_FINDINGS];
	u32 nr;
};

/* "note", "warning", "refused". */
const char *rss_grade_name(enum rss_grade grade);

void rss_find(struct rss_findings *f, enum rss_grade grade, const char *mend, const char *fmt, ...)
	__printf_like(4, 5);

/* The mode that @mode will come to, as far as the kernel tells beforehand. */
enum rss_xdp_mode rss_likely_mode(const struct rss_device *dev, enum rss_xdp_mode mode);

/* Appends what is to be said of @dev: "NAME: WHAT" or "NAME: WHAT: WHAT COMES OF IT". */
void rss_preflight(const struct rss_device *dev, enum rss_xdp_mode mode, struct rss_findings *f);

#endif
