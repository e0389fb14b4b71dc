/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_HTTP_H
#define RSS_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"

/* Metrics over HTTP, in the caller's own loop: no threads. */
struct rss_http;

/**
 * rss_http_open - listen
 * @where: "[ADDR:]PORT"; ADDR is numeric, of IPv6 in brackets, and 127.0.0.1 unless told; PORT 0:
 *	the system chooses one
 * @metrics: writes the answer to GET /metrics
 */
int rss_http_open(const char *where, void (*metrics)(struct strbuf *out, void *arg), void *arg,
		  struct rss_http **out, struct espalier_error *e) __must_check;
void rss_http_close(struct rss_http *h);
/* For poll(2): when readable, rss_http_run(). */
int rss_http_fd(const struct rss_http *h);
void rss_http_run(struct rss_http *h);
/* Milliseconds until rss_http_run() is due anyway; -1: never. */
int rss_http_timeout(const struct rss_http *h);
/* "http://127.0.0.1:9469/metrics" */
const char *rss_http_url(const struct rss_http *h);
/* Only this machine can ask. */
bool rss_http_is_loopback(const struct rss_http *h);

#endif
