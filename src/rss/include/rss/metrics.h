/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_METRICS_H
#define RSS_METRICS_H

#include "base/strbuf.h"

#include "rss/status.h"

#define RSS_METRICS_SAS 200

/**
 * rss_metrics - a status in the Prometheus text format, version 0.0.4
 * @st: NULL: nothing is attached
 * @max_peers: SAs are added up by peer and reqid, which outlive their SPIs; how many such pairs are
 *	told apart. What is beyond counts under peer "other", reqid ""
 */
void rss_metrics(const struct rss_status *st, u64 max_peers, struct strbuf *out);

#define RSS_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

#endif
