/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_DAEMON_STATE_H
#define RSS_DAEMON_STATE_H

#include "follow.h"
#include "http.h"
#include "relieve.h"
#include "rss/daemon.h"

/* What the daemon's own files share. */

#define RSS_MAX_FOLLOWS	  16
#define RSS_MAX_FORGOTTEN 64

/* An interface that vanished; "" : none. */
struct rss_forgotten {
	char iface[IF_NAMESIZE];
	char netns[64];
	u64 netns_dev;
	u64 netns_ino;
};

/**
 * struct rss_daemon - what it remembers
 * @config_id: of the instance that it saw last, by its settings; 0: none
 * @ifaces_hash: of the records of its interfaces
 * @refollow: sockets are to be opened anew
 * @follow_failed: some could not be, which is tried again with the next survey
 * @next_tick, @last_tick, @fed: CLOCK_MONOTONIC, nanoseconds
 * @ticks: since the last survey
 * @drops: packets that queues lost, as last told; @drops_told: when
 * @grumbled: the last complaint
 */
struct rss_daemon {
	struct rss_daemon_options o;
	int lock;
	int signals;
	struct rss_http *http;
	struct rss_follow follow[RSS_MAX_FOLLOWS];
	u32 nr_follows;
	struct rss_news news;
	struct rss_forgotten forgotten[RSS_MAX_FORGOTTEN];
	u32 nr_forgotten;
	struct rss_relief relief;
	u32 config_id;
	u64 ifaces_hash;
	bool refollow;
	bool follow_failed;
	bool waiting;
	u64 next_tick;
	u64 last_tick;
	u64 fed;
	u32 ticks;
	u64 drops;
	u64 drops_told;
	char grumbled[256];
};

/* A complaint, unless it is the last one again. "": all is well. */
void rss_daemon_grumble(struct rss_daemon *d, const char *text);

/* Every interval: is it still the same instance, with the same interfaces? CPUs, load. */
void rss_daemon_tick(struct rss_daemon *d);
/* What events asked for. */
void rss_daemon_catch_up(struct rss_daemon *d);
void rss_daemon_unfollow(struct rss_daemon *d);
/* struct rss_news::iface_new. */
void rss_daemon_iface_new(const char *name, const struct rss_follow *f, void *arg);

#endif
