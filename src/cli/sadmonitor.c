// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "cli.h"
#include "sad/text.h"
#include "sadcmd.h"

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

struct monitor {
	const struct sad_options *o;
	struct xfrm_nl *nl;
	uint64_t seen;
};

/* What ends the visits; no -errno. */
#define ENOUGH 1

static const char *const names[] = {
	[XFRM_NL_NEW] = "new",	     [XFRM_NL_UPDATE] = "update", [XFRM_NL_DELETE] = "delete",
	[XFRM_NL_EXPIRE] = "expire", [XFRM_NL_FLUSH] = "flush",	  [XFRM_NL_MIGRATE] = "migrate",
};

static const char *proto_name(u8 proto, char number[8])
{
	switch (proto) {
	case IPPROTO_ESP:
		return "esp";
	case IPPROTO_AH:
		return "ah";
	case IPPROTO_COMP:
		return "comp";
	}
	snprintf(number, 8, "%u", proto);
	return number;
}

static const char *address(u16 family, const xfrm_address_t *a, char text[INET6_ADDRSTRLEN])
{
	return inet_ntop(family, a, text, INET6_ADDRSTRLEN);
}

/* The members of an SA of which no more than the identity is known, or where it moved from. */
static void put_members(struct strbuf *b, const struct xfrm_nl_event *ev, bool json)
{
	const struct sad_spec *spec = &ev->sa.spec;
	char s[INET6_ADDRSTRLEN], d[INET6_ADDRSTRLEN], number[8];

	address(spec->family, &spec->id.daddr, d);
	if (ev->kind == XFRM_NL_DELETE) {
		strbuf_addf(b,
			    json ? "{\"dst\": \"%s\", \"proto\": \"%s\", \"spi\": %u, \"mark\": "
				   "%u, \"mask\": %u}"
				 : "dst %s proto %s spi 0x%08x mark 0x%x mask 0x%x",
			    d, proto_name(spec->id.proto, number), ntohl(spec->id.spi),
			    spec->mark.v, spec->mark.m);
		return;
	}
	address(spec->family, &spec->saddr, s);
	strbuf_addf(b, json ? "{\"src\": \"%s\", \"dst\": \"%s\"" : "to src %s dst %s", s, d);
	address(ev->old_family, &ev->old_saddr, s);
	address(ev->old_family, &ev->old_daddr, d);
	strbuf_addf(b,
		    json ? ", \"old_src\": \"%s\", \"old_dst\": \"%s\", \"proto\": \"%s\", "
			   "\"reqid\": %u}"
			 : " from src %s dst %s proto %s reqid %u",
		    s, d, proto_name(spec->id.proto, number), spec->reqid);
}

static int put_sa(struct strbuf *b, const struct xfrm_nl_event *ev, bool json)
{
	if (ev->id_only || ev->kind == XFRM_NL_MIGRATE) {
		put_members(b, ev, json);
		if (!json)
			strbuf_addf(b, "\n");
		return b->failed ? -ENOMEM : 0;
	}
	return sad_spec_put(&ev->sa.spec, NULL, json ? SAD_EXPORT_JSON : SAD_EXPORT_TEXT, b);
}

static int put_json(struct strbuf *b, const struct xfrm_nl_event *ev)
{
	char number[8];
	int err = 0;

	strbuf_addf(b, "{\"event\": \"%s\"", names[ev->kind]);
	if (ev->kind == XFRM_NL_EXPIRE)
		strbuf_addf(b, ", \"hard\": %s", ev->hard ? "true" : "false");
	if (ev->kind == XFRM_NL_FLUSH) {
		if (ev->proto)
			strbuf_addf(b, ", \"proto\": \"%s\"", proto_name(ev->proto, number));
	} else {
		strbuf_addf(b, ", \"sa\": ");
		err = put_sa(b, ev, true);
	}
	strbuf_addf(b, "}\n");
	return err;
}

static int put_text(struct strbuf *b, const struct xfrm_nl_event *ev)
{
	char number[8];

	strbuf_addf(b, "%s ", names[ev->kind]);
	if (ev->kind == XFRM_NL_EXPIRE)
		strbuf_addf(b, "%s ", ev->hard ? "hard" : "soft");
	if (ev->kind != XFRM_NL_FLUSH)
		return put_sa(b, ev, false);
	strbuf_addf(b, "proto %s\n", ev->proto ? proto_name(ev->proto, number) : "any");
	return 0;
}

/* Whoever reads along reads it now. -EIO: nobody does. */
static int put_out(const struct strbuf *b)
{
	if (b->failed)
		return -ENOMEM;
	fwrite(b->text, 1, b->len, stdout);
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}

static int visit(const struct xfrm_nl_event *ev, void *arg)
{
	struct monitor *m = arg;
	struct strbuf b = STRBUF_INIT;
	int err = m->o->json ? put_json(&b, ev) : put_text(&b, ev);

	if (!err)
		err = put_out(&b);
	strbuf_free(&b);
	if (err)
		return err;
	m->seen++;
	return stopped || m->seen == m->o->count ? ENOUGH : 0;
}

static void count_again(void *arg)
{
	*(uint64_t *)arg = 0;
}

static int count_one(const struct xfrm_nl_sa *sa, const struct sad_keys *keys, void *arg)
{
	(void)sa;
	(void)keys;
	++*(uint64_t *)arg;
	return 0;
}

static int recover(struct monitor *m, struct espalier_error *e)
{
	struct strbuf b = STRBUF_INIT;
	uint64_t n = 0;
	struct xfrm_nl_visitor v = {count_again, count_one, &n, false};
	int err = xfrm_nl_resync(m->nl, &v, e);

	if (err)
		return err;
	strbuf_addf(&b,
		    m->o->json ? "{\"event\": \"overrun\", \"sas\": %llu}\n"
			       : "overrun: events were lost; dumped again, there are %llu SAs\n",
		    (unsigned long long)n);
	err = put_out(&b);
	strbuf_free(&b);
	return err;
}

static int follow(struct monitor *m, const sigset_t *open, struct espalier_error *e)
{
	struct pollfd fd = {.fd = xfrm_nl_fd(m->nl), .events = POLLIN};
	int ret = 0;

	while (!ret && !stopped) {
		if (ppoll(&fd, 1, NULL, open) < 0) {
			if (errno == EINTR)
				continue;
			return fail(e, errno, "poll: %s", strerror(errno));
		}
		ret = xfrm_nl_events(m->nl, visit, m, e);
		if (ret == -ENOBUFS)
			ret = recover(m, e);
	}
	return ret == ENOUGH ? 0 : ret;
}

int sad_monitor(const struct sad_options *o)
{
	struct sigaction on_stop = {.sa_handler = stop};
	struct espalier_error e = {0};
	struct monitor m = {.o = o};
	sigset_t closed, open;
	int err = xfrm_nl_open(o->netns, &m.nl, &e);

	if (err)
		return sad_kernel_failed(err, "sad monitor", &e);
	/* Open only while it waits: a signal just before that would not be noticed. */
	sigemptyset(&closed);
	sigaddset(&closed, SIGINT);
	sigaddset(&closed, SIGTERM);
	sigprocmask(SIG_BLOCK, &closed, &open);
	sigdelset(&open, SIGINT);
	sigdelset(&open, SIGTERM);
	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGTERM, &on_stop, NULL);
	err = xfrm_nl_watch(m.nl, (u32)o->buffer, &e);
	if (!err)
		err = follow(&m, &open, &e);
	xfrm_nl_close(m.nl);
	if (err == -ENOMEM)
		fail(&e, ENOMEM, "out of memory");
	/* main() says what is wrong with standard output. */
	return err && err != -EIO ? sad_kernel_failed(err, "sad monitor", &e) : EXIT_DONE;
}
