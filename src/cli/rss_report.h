/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_RSS_REPORT_H
#define CLI_RSS_REPORT_H

#include <jansson.h>

#include "rss/chart.h"
#include "rss/planner.h"

/* A plan as text, for the style of terminal that is at the other end. */
void rss_report_text(const struct rss_plan_result *r, const struct rss_chart_style *style,
		     struct strbuf *out);

/* A plan as JSON; NULL: no memory. */
json_t *rss_report_json(const struct rss_plan_result *r);

#endif
