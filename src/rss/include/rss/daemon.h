/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_DAEMON_H
#define RSS_DAEMON_H

#include "rss/attach.h"

/**
 * struct rss_daemon_options - the process that lookup by map and RSS_LEAST_LOADED need
 * @bpffs: NULL: RSS_BPFFS
 * @listen: where metrics are served: "[ADDR:]PORT", ADDR being 127.0.0.1 unless told; NULL: nowhere
 * @interval_ms: between two looks at load, CPUs and pins; the SAD is read every 30th time
 * @rcvbuf: bytes for events of SAs that wait; 0: some thousand events
 * @metrics_sas: see rss_metrics()
 */
struct rss_daemon_options {
	const char *bpffs;
	const char *listen;
	u64 interval_ms;
	u64 rcvbuf;
	u64 metrics_sas;
};

#define RSS_SURVEY_TICKS 30

/**
 * rss_daemon - follow what happens until SIGTERM or SIGINT
 *
 * It works on whatever is pinned at the moment and keeps nothing of it open, so that attach, detach
 * and replace need not know of it. Without anything pinned it waits. What it is told, and does, it
 * logs (rss_log()).
 *
 * Return: 0: told to stop; -EBUSY: another one is there; -EINVAL, -EADDRINUSE...: @o->listen;
 * -EPERM.
 */
int rss_daemon(const struct rss_daemon_options *o, struct espalier_error *e) __must_check;

/* One serves the pins in that bpf file system. */
bool rss_daemon_runs(const char *bpffs);

#endif
