/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_FOLLOW_H
#define RSS_FOLLOW_H

#include "netlink/xfrm.h"
#include "rss/instance.h"
#include "rss/sadfacts.h"

struct mnl_socket;

/**
 * struct rss_follow - events of one network namespace that interfaces are attached in
 * @netns_dev, @netns_ino: which one, as records have it
 * @xfrm: of its SAs, which may be in another namespace
 * @route: of its interfaces and addresses
 */
struct rss_follow {
	u64 netns_dev;
	u64 netns_ino;
	s32 netns_id;
	struct xfrm_nl *xfrm;
	struct mnl_socket *route;
	struct rss_locals locals;
};

/* What events ask for that one of them alone cannot do. */
struct rss_news {
	bool survey;	 /* the SAD is to be read */
	bool lost;	 /* because events were lost */
	bool iface_gone; /* an interface vanished */
	void (*iface_new)(const char *name, const struct rss_follow *f, void *arg);
	void *arg;
};

/**
 * rss_follow_open - begin to collect events
 * @r: an interface of the namespace
 * @netns_id: as struct rss_config has it
 * @rcvbuf: bytes for events of SAs; 0: the default
 */
int rss_follow_open(const struct rss_record *r, s32 netns_id, u32 rcvbuf, struct rss_follow *f,
		    struct espalier_error *e) __must_check;
void rss_follow_close(struct rss_follow *f);

/**
 * rss_follow_xfrm - carry out what was queued
 * @in: NULL: nothing is there to be told; the events are void
 */
int rss_follow_xfrm(struct rss_follow *f, const struct rss_instance *in, struct rss_news *news,
		    struct espalier_error *e) __must_check;
int rss_follow_route(struct rss_follow *f, struct rss_news *news) __must_check;
int rss_follow_route_fd(const struct rss_follow *f);

#endif
