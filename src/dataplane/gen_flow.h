/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_GEN_FLOW_H
#define DATAPLANE_GEN_FLOW_H

#include "base/error.h"
#include "gen_config.h"

struct espalier_sad;

/* One SA, or for other kinds one pair of ports: what its packets have in common, and their count.
 */
struct gen_flow {
	u8 src[16];
	u8 dst[16];
	u32 spi;
	u32 seq; /* of the next packet */
	u32 tcp_seq;
	u16 sport;
	u16 dport; /* ESP in UDP: as @sport, in host byte order */
	u8 family; /* 4 or 6 */
	u8 kind;   /* enum gen_kind: the SA's own */
};

struct gen_flows {
	struct gen_flow *at;
	u32 nr;
	u32 next; /* round robin */
	/* Zipf by Walker's alias method: entry i stands for itself up to @keep, for @alias above.
	 */
	u32 *keep;
	u32 *alias;
};

int gen_flows_init(struct gen_flows *f, const struct gen_config *c, struct espalier_sad *sad,
		   struct espalier_error *e) __must_check __hidden;
void gen_flows_free(struct gen_flows *f) __hidden;

/* The flow of the next packet; @random: 64 random bits. */
struct gen_flow *gen_flows_pick(struct gen_flows *f, enum gen_dist dist, u64 random) __hidden;

#endif
