/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SVG_H
#define RSS_SVG_H

#include "base/strbuf.h"

#include "rss/planner.h"

/**
 * rss_svg - a plan as a picture: self-contained SVG, light or dark as its viewer is
 * @subtitle: what was planned, such as the names of files; any text
 *
 * A bar per CPU, stacked by SA; what stands out; other ways, if they were compared; reasons.
 */
void rss_svg(const struct rss_plan_result *r, const char *subtitle, struct strbuf *out);

#endif
