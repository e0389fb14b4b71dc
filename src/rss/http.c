// SPDX-License-Identifier: BSD-2-Clause
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rss/metrics.h"

#define CONNECTIONS 16u
#define TIMEOUT_S   10u

struct rss_http {
	struct MHD_Daemon *mhd;
	void (*metrics)(struct strbuf *out, void *arg);
	void *arg;
	bool loopback;
	char url[96];
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse(const char *where, union address *a, bool *loopback, struct espalier_error *e)
{
	const char *port = strrchr(where, ':');
	char addr[64] = "127.0.0.1", *end;
	unsigned long nr;

	if (port) {
		size_t len = (size_t)(port - where);
		bool six = len > 2 && where[0] == '[' && where[len - 1] == ']';

		if (len - 2 * six >= sizeof(addr))
			goto malformed;
		memcpy(addr, where + six, len - 2 * six);
		addr[len - 2 * six] = '\0';
		port++;
	} else {
		port = where;
	}
	errno = 0;
	nr = strtoul(port, &end, 10);
	if (errno || *end || *port < '0' || *port > '9' || nr > UINT16_MAX)
		goto malformed;
	memset(a, 0, sizeof(*a));
	if (where[0] == '[') {
		a->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((u16)nr)};
		if (inet_pton(AF_INET6, addr, &a->v6.sin6_addr) != 1)
			goto malformed;
		*loopback = IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
	} else {
		a->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((u16)nr)};
		if (inet_pton(AF_INET, addr, &a->v4.sin_addr) != 1)
			goto malformed;
		*loopback = ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
	}
	return 0;
malformed:
	return fail(e, EINVAL,
		    "--listen %s: not [ADDR:]PORT with a numeric address (IPv6 in brackets)",
		    where);
}

static enum MHD_Result respond(struct MHD_Connection *c, unsigned int code, const char *type,
			       const char *text, size_t len)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(len, (void *)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	ret = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	return ret;
}

static enum MHD_Result plain(struct MHD_Connection *c, unsigned int code, const char *text)
{
	return respond(c, code, "text/plain; charset=utf-8", text, strlen(text));
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **state)
{
	struct rss_http *h = arg;
	struct strbuf out = STRBUF_INIT;
	enum MHD_Result ret;

	(void)version;
	(void)data;
	/* First called with the headers alone; what a client sends besides is passed over. */
	if (!*state) {
		*state = h;
		return MHD_YES;
	}
	if (*size) {
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return plain(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n");
	if (!strcmp(url, "/"))
		return plain(c, MHD_HTTP_OK, "espalier rss: see /metrics\n");
	if (strcmp(url, "/metrics"))
		return plain(c, MHD_HTTP_NOT_FOUND, "see /metrics\n");
	h->metrics(&out, h->arg);
	if (out.failed)
		ret = plain(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	else
		ret = respond(c, MHD_HTTP_OK, RSS_METRICS_TYPE, strbuf_text(&out), out.len);
	strbuf_free(&out);
	return ret;
}

int rss_http_open(const char *where, void (*metrics)(struct strbuf *out, void *arg), void *arg,
		  struct rss_http **out, struct espalier_error *e)
{
	const union MHD_DaemonInfo *info;
	unsigned int flags = MHD_USE_EPOLL;
	union address a;
	struct rss_http *h;
	char addr[INET6_ADDRSTRLEN] = "";
	bool loopback = false;
	int err = parse(where, &a, &loopback, e);

	if (err)
		return err;
	h = calloc(1, sizeof(*h));
	if (!h)
		return fail(e, ENOMEM, "out of memory");
	h->metrics = metrics;
	h->arg = arg;
	h->loopback = loopback;
	if (a.any.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	h->mhd = MHD_start_daemon(flags, 0, NULL, NULL, answer, h, MHD_OPTION_SOCK_ADDR, &a.any,
				  MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				  MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_END);
	if (!h->mhd) {
		err = errno ? errno : EIO;
		free(h);
		return fail(e, err, "--listen %s: %s", where, strerror(err));
	}
	info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_BIND_PORT);
	if (a.any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &a.v6.sin6_addr, addr, sizeof(addr));
	else
		inet_ntop(AF_INET, &a.v4.sin_addr, addr, sizeof(addr));
	snprintf(h->url, sizeof(h->url),
		 flags & MHD_USE_IPv6 ? "http://[%s]:%u/metrics" : "http://%s:%u/metrics", addr,
		 info ? info->port : 0);
	*out = h;
	return 0;
}

void rss_http_close(struct rss_http *h)
{
	if (!h)
		return;
	MHD_stop_daemon(h->mhd);
	free(h);
}

int rss_http_fd(const struct rss_http *h)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);

	return info ? info->epoll_fd : -1;
}

void rss_http_run(struct rss_http *h)
{
	MHD_run(h->mhd);
}

int rss_http_timeout(const struct rss_http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(h->mhd, &ms) != MHD_YES)
		return -1;
	return (int)min(ms, 60000ull);
}

const char *rss_http_url(const struct rss_http *h)
{
	return h->url;
}

bool rss_http_is_loopback(const struct rss_http *h)
{
	return h->loopback;
}
