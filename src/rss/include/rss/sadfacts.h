/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SADFACTS_H
#define RSS_SADFACTS_H

#include <espalier/sad.h>

#include "base/error.h"

#include "rss/marks.h"

#include "esp_rss.h"

/*
 * What steering wants to know of the kernel's SA database, in one read: ESP and AH SAs that packets
 * may come in for. No keys.
 */

/**
 * struct rss_sad_sa - an SA
 * @key: as the program looks it up
 * @saddr: the peer; network byte order, IPv4 in the first word
 * @mark: value; and @mask: which bits of it count
 * @dying: past a soft limit of its lifetime: it is to be replaced
 * @inbound: it says so, or its destination is an address of this machine
 * @larval: it has no algorithms yet: packets wait for a key
 * @esn: sequence numbers of 64 bits
 * @replay_window: in packets; 0: not looked at
 * @late: packets that came behind the replay window; of kernels that don't tell, 0, as the next two
 * @repeated: packets that came twice
 * @broken: packets whose check value was wrong
 * @packets: that it has processed; and @bytes
 * @added: when, in seconds of CLOCK_REALTIME; 0: not told
 */
struct rss_sad_sa {
	struct rss_sa_key key;
	u32 saddr[4];
	u32 reqid;
	u32 if_id;
	u32 mark;
	u32 mask;
	u32 pcpu_num;
	u8 mode;
	bool offloaded;
	bool dying;
	bool inbound;
	bool larval;
	bool esn;
	u32 replay_window;
	u32 late;
	u32 repeated;
	u32 broken;
	u64 packets;
	u64 bytes;
	u64 added;
};

struct rss_sad {
	struct rss_sad_sa *at; /* ascending by key */
	u32 nr;
};

/**
 * rss_sad_read - read the SAs of a network namespace
 * @netns_id: as struct rss_config has it: -1: the caller's; else what the caller's namespace calls
 *	another one, which must have a name below /run/netns
 * @sad: freed with rss_sad_free()
 *
 * Return: 0; -EPERM; -ENOENT: no name is found for @netns_id; -EPROTONOSUPPORT: no xfrm here.
 */
int rss_sad_read(s32 netns_id, struct rss_sad *sad, struct espalier_error *e) __must_check;
void rss_sad_free(struct rss_sad *sad);

/* Addresses of a namespace, as keys have them: by them an SA without a direction is inbound. */
struct rss_locals {
	u32 (*at)[4];
	u32 nr;
	bool any; /* every address is taken for one */
};
/* Of the caller's namespace; @netns_id as above: of another one any is taken for local. */
void rss_locals_read(s32 netns_id, struct rss_locals *l);
void rss_locals_free(struct rss_locals *l);

struct xfrm_nl;
struct xfrm_nl_sa;
/* For who follows events: open the SAD that rss_sad_read() would read, and read one SA. */
int rss_sad_open(s32 netns_id, struct xfrm_nl **nl, struct espalier_error *e) __must_check;
/* False: neither ESP nor AH. */
bool rss_sad_describe(const struct xfrm_nl_sa *nl_sa, const struct rss_locals *l,
		      struct rss_sad_sa *sa);

/* After others were appended. */
void rss_sad_sort(struct rss_sad *sad);

/* The first SA of that key, or NULL. Those that differ in the mark only follow it. */
const struct rss_sad_sa *rss_sad_find(const struct rss_sad *sad, const struct rss_sa_key *key);

/* The marks that inbound SAs ask for, at least one. */
void rss_sad_marks(const struct rss_sad *sad, struct rss_marks *marks);

/* A lookup with one of these marks finds it. */
bool rss_sad_found_by(const struct rss_sad_sa *sa, const u32 *marks, u32 nr);

/* What the map lookup has to say of an SA. */
void rss_sad_info(const struct rss_sad_sa *sa, struct rss_sa_info *info);

#endif
