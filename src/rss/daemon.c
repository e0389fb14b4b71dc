// SPDX-License-Identifier: BSD-2-Clause
#include "rss/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/hash.h"

#include "daemon_state.h"
#include "rss/metrics.h"
#include "rss/netns.h"
#include "rss/policy.h"
#include "rss/service.h"

#define NS_PER_MS 1000000ull
#define MAX_POLL  (2 + 2 * RSS_MAX_FOLLOWS)

/* One for each bpf file system. The lock is the process's: one that is killed lets go. */
static int be_the_only_one(struct rss_daemon *d, struct espalier_error *e)
{
	const char *bpffs = d->o.bpffs ? d->o.bpffs : RSS_BPFFS;
	struct rss_pins *pins;
	int err;

	/* Says what is wrong with the path, if something is. */
	err = rss_pins_open(bpffs, RSS_READ, &pins, e);
	if (!err)
		rss_pins_close(pins);
	else if (err != -ENOENT)
		return err;
	d->lock = open(bpffs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->lock < 0)
		return fail(e, errno, "%s: %s", bpffs, strerror(errno));
	/* Who only asks (rss_daemon_runs()) lets go at once. */
	for (int i = 0; i < 5 && flock(d->lock, LOCK_EX | LOCK_NB); i++) {
		if (errno == EWOULDBLOCK && i < 4) {
			usleep(20000);
			continue;
		}
		return fail(e, errno == EWOULDBLOCK ? EBUSY : errno, "%s: %s", bpffs,
			    errno == EWOULDBLOCK ? "another espalier rss daemon serves it"
						 : strerror(errno));
	}
	return 0;
}

bool rss_daemon_runs(const char *bpffs)
{
	int fd = open(bpffs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool runs;

	if (fd < 0)
		return false;
	runs = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return runs;
}

void rss_daemon_grumble(struct rss_daemon *d, const char *text)
{
	/* The same again is no news. */
	if (!strncmp(d->grumbled, text, sizeof(d->grumbled) - 1))
		return;
	snprintf(d->grumbled, sizeof(d->grumbled), "%s", text);
	if (*text)
		rss_log(RSS_LOG_WARNING, "%s", text);
}

static void write_metrics(struct strbuf *out, void *arg)
{
	struct rss_daemon *d = arg;
	struct espalier_error e = {0};
	struct rss_status *st = NULL;
	int err = rss_status_read(d->o.bpffs, &st, &e);

	if (err && err != -ENOENT && err != -ENODATA)
		rss_daemon_grumble(d, e.text);
	rss_metrics(err ? NULL : st, d->o.metrics_sas, out);
	rss_status_free(err ? NULL : st);
}

static int open_http(struct rss_daemon *d, struct espalier_error *e)
{
	int err;

	if (!d->o.listen)
		return 0;
	err = rss_http_open(d->o.listen, write_metrics, d, &d->http, e);
	if (err)
		return err;
	rss_log(RSS_LOG_NOTICE, "metrics at %s", rss_http_url(d->http));
	if (!rss_http_is_loopback(d->http))
		rss_log(RSS_LOG_WARNING,
			"whoever reaches %s reads the addresses of all peers there",
			rss_http_url(d->http));
	return 0;
}

/* Events of SAs: with what is pinned at the moment. */
static void hear_xfrm(struct rss_daemon *d, struct rss_follow *f)
{
	struct rss_instance *in = NULL;
	struct espalier_error e = {0};
	struct rss_pins *pins = NULL;
	int err;

	if (!rss_pins_open(d->o.bpffs, RSS_READ, &pins, NULL) &&
	    rss_instance_open(pins, "cur", &in, NULL))
		in = NULL;
	/* Those that cannot be told to anybody now are made up for. */
	d->news.survey |= !in;
	err = rss_follow_xfrm(f, in, &d->news, &e);
	rss_instance_close(in);
	rss_pins_close(pins);
	if (err) {
		rss_daemon_grumble(d, e.text);
		d->refollow = true;
	}
}

static int poll_set(const struct rss_daemon *d, struct pollfd *p)
{
	int n = 0;

	p[n++] = (struct pollfd){.fd = d->signals, .events = POLLIN};
	p[n++] = (struct pollfd){.fd = d->http ? rss_http_fd(d->http) : -1, .events = POLLIN};
	for (u32 i = 0; i < d->nr_follows; i++) {
		p[n++] = (struct pollfd){.fd = xfrm_nl_fd(d->follow[i].xfrm), .events = POLLIN};
		p[n++] =
			(struct pollfd){.fd = rss_follow_route_fd(&d->follow[i]), .events = POLLIN};
	}
	return n;
}

/* Milliseconds until something is due. */
static int time_left(const struct rss_daemon *d)
{
	bool news = d->config_id && (d->news.survey || d->news.iface_gone);
	u64 now = rss_now(), due = news ? now : d->next_tick;
	u64 every = rss_watchdog_ns() / 3;
	int left, http;

	if (every)
		due = min(due, d->fed + every);
	left = due <= now ? 0 : (int)((due - now + NS_PER_MS - 1) / NS_PER_MS);
	http = d->http ? rss_http_timeout(d->http) : -1;

	return http >= 0 ? min(left, http) : left;
}

static void hear(struct rss_daemon *d, const struct pollfd *p)
{
	if (d->http)
		rss_http_run(d->http);
	for (u32 i = 0; i < d->nr_follows; i++) {
		if (p[2 + 2 * i].revents)
			hear_xfrm(d, &d->follow[i]);
		if (p[3 + 2 * i].revents && rss_follow_route(&d->follow[i], &d->news))
			d->refollow = true;
	}
	if (d->news.lost)
		rss_log(RSS_LOG_WARNING, "events of SAs were lost: all SAs are read anew");
	d->news.lost = false;
}

static void feed_watchdog(struct rss_daemon *d)
{
	u64 every = rss_watchdog_ns() / 3, now = rss_now();

	if (!every || now - d->fed < every)
		return;
	rss_notify("WATCHDOG=1");
	d->fed = now;
}

static int loop(struct rss_daemon *d, struct espalier_error *e)
{
	struct signalfd_siginfo info;
	struct pollfd p[MAX_POLL];

	rss_daemon_tick(d);
	rss_notify("READY=1");
	for (;;) {
		int n = poll_set(d, p), err = 0;

		if (poll(p, (nfds_t)n, time_left(d)) < 0)
			err = errno;
		if (err && err != EINTR)
			return fail(e, err, "poll: %s", strerror(err));
		/* Taken, so that it does not end us once it is let through again. */
		if (!err && p[0].revents && read(d->signals, &info, sizeof(info)) > 0)
			return 0;
		if (!err)
			hear(d, p);
		if (rss_now() >= d->next_tick)
			rss_daemon_tick(d);
		rss_daemon_catch_up(d);
		feed_watchdog(d);
	}
}

int rss_daemon(const struct rss_daemon_options *o, struct espalier_error *e)
{
	struct rss_daemon *d = calloc(1, sizeof(*d));
	sigset_t stop, before;
	int err;

	if (!d)
		return fail(e, ENOMEM, "out of memory");
	d->o = *o;
	d->lock = d->signals = -1;
	d->news.iface_new = rss_daemon_iface_new;
	d->news.arg = d;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, &before);
	err = be_the_only_one(d, e);
	if (!err) {
		d->signals = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
		err = d->signals < 0 ? fail(e, errno, "signalfd: %s", strerror(errno))
				     : open_http(d, e);
	}
	if (!err)
		err = loop(d, e);
	if (!err) {
		rss_notify("STOPPING=1");
		rss_log(RSS_LOG_NOTICE, "stopped; what is attached goes on");
	}
	rss_http_close(d->http);
	rss_daemon_unfollow(d);
	rss_relief_free(&d->relief);
	if (d->signals >= 0)
		close(d->signals);
	if (d->lock >= 0)
		close(d->lock);
	free(d);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}
