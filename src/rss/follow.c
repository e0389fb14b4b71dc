// SPDX-License-Identifier: BSD-2-Clause
#include "follow.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "rss/netns.h"
#include "survey.h"

static const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};

static int open_route(struct rss_follow *f)
{
	f->route = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!f->route || mnl_socket_bind(f->route, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	for (u32 i = 0; i < ARRAY_SIZE(groups); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(f->route, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
			return -errno;
	}
	return 0;
}

int rss_follow_open(const struct rss_record *r, s32 netns_id, u32 rcvbuf, struct rss_follow *f,
		    struct espalier_error *e)
{
	int back, err;

	*f = (struct rss_follow){
		.netns_dev = r->netns_dev, .netns_ino = r->netns_ino, .netns_id = netns_id};
	err = rss_record_enter(r, &back, e);
	if (err)
		return err;
	err = open_route(f);
	if (err)
		fail(e, -err, "route netlink: %s", strerror(-err));
	else
		err = rss_sad_open(netns_id, &f->xfrm, e);
	if (!err)
		err = xfrm_nl_watch(f->xfrm, rcvbuf, e);
	rss_locals_read(netns_id, &f->locals);
	rss_netns_leave(back);
	if (err)
		rss_follow_close(f);
	return err;
}

void rss_follow_close(struct rss_follow *f)
{
	xfrm_nl_close(f->xfrm);
	if (f->route)
		mnl_socket_close(f->route);
	rss_locals_free(&f->locals);
	*f = (struct rss_follow){0};
}

int rss_follow_route_fd(const struct rss_follow *f)
{
	return mnl_socket_get_fd(f->route);
}

struct batch {
	const struct rss_follow *f;
	const struct rss_instance *in;
	struct rss_news *news;
};

static void appeared(struct batch *b, const struct rss_sad_sa *sa)
{
	const struct rss_config *c = b->in->config;

	if (!sa->inbound)
		return;
	if (b->in->meta.lookup == RSS_LOOKUP_MAP && rss_info_put(b->in, sa))
		b->news->survey = true; /* which says what is wrong */
	if (b->in->meta.marks_auto &&
	    !rss_sad_found_by(sa, c->marks, min(c->nr_marks, (u32)RSS_MAX_MARKS)))
		b->news->survey = true;
}

static int visit(const struct xfrm_nl_event *event, void *arg)
{
	struct batch *b = arg;
	struct rss_sad_sa sa;

	if (event->kind == XFRM_NL_FLUSH || event->kind == XFRM_NL_MIGRATE) {
		b->news->survey = true;
		return 0;
	}
	if (!b->in || !rss_sad_describe(&event->sa, &b->f->locals, &sa))
		return 0;
	if (event->kind == XFRM_NL_NEW || event->kind == XFRM_NL_UPDATE)
		appeared(b, &sa);
	else if (b->in->meta.lookup != RSS_LOOKUP_MAP)
		return 0;
	else if (event->kind == XFRM_NL_EXPIRE && !event->hard)
		rss_info_dying(b->in, &sa.key);
	else
		rss_info_delete(b->in, &sa.key);
	/* Another SA of that key, with another mark, may be left. */
	if (event->kind == XFRM_NL_DELETE && (sa.mask || b->in->config->nr_marks > 1))
		b->news->survey = true;
	return 0;
}

int rss_follow_xfrm(struct rss_follow *f, const struct rss_instance *in, struct rss_news *news,
		    struct espalier_error *e)
{
	struct batch b = {.f = f, .in = in, .news = news};
	int err = xfrm_nl_events(f->xfrm, visit, &b, e);

	if (err != -ENOBUFS)
		return err;
	news->survey = news->lost = true;
	/* What is still queued is older than the survey, and may say what is true no more. */
	b.in = NULL;
	do {
		struct pollfd p = {.fd = xfrm_nl_fd(f->xfrm), .events = POLLIN};

		if (poll(&p, 1, 0) <= 0)
			return 0;
		err = xfrm_nl_events(f->xfrm, visit, &b, e);
	} while (!err || err == -ENOBUFS);
	return err;
}

static void link_event(const struct nlmsghdr *nlh, const struct rss_follow *f,
		       struct rss_news *news)
{
	const struct nlattr *attr;

	if (nlh->nlmsg_type == RTM_DELLINK) {
		news->iface_gone = true;
		return;
	}
	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFNAME &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			news->iface_new(mnl_attr_get_str(attr), f, news->arg);
	}
}

int rss_follow_route(struct rss_follow *f, struct rss_news *news)
{
	static char buf[32768];
	struct nlmsghdr *nlh;
	int len;

	for (int i = 0; i < 64; i++) {
		ssize_t n = mnl_socket_recvfrom(f->route, buf, sizeof(buf));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0 && errno != ENOBUFS)
			return -errno;
		if (n < 0) { /* whatever it was */
			news->survey = news->iface_gone = true;
			continue;
		}
		len = (int)n;
		for (nlh = (void *)buf; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK)
				link_event(nlh, f, news);
			else
				news->survey = true; /* an address: another SA may be inbound */
		}
	}
	return 0;
}
