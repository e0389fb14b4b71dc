/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "base/types.h"

/*
 * DPDK's rte_ipsec_sad, when the build found it. Its memory comes without hugetlbfs, but in
 * transparent huge pages as ours.
 */
enum peer_type {
	PEER_SPI,     /* looks at nothing but the SPI */
	PEER_SPI_DIP, /* and at the destination */
	NR_PEER_TYPES,
};

struct peer;
struct peer_keys;

#ifdef WITH_DPDK
/* Once per process, for that many SAs in all. */
void peer_init(u64 sas);
struct peer *peer_new(enum peer_type type, u32 max);
/* False: it found no place for it, though there is room. Another table, of another seed, may. */
bool peer_add(struct peer *p, u32 spi, u32 daddr);
void peer_free(struct peer *p);
struct peer_keys *peer_keys_new(u32 n);
void peer_keys_set(struct peer_keys *k, u32 i, u32 spi, u32 daddr);
/* Look them all up, that many at a time. Return: how many were found. */
u32 peer_look_up(const struct peer *p, const struct peer_keys *k, u32 n, u32 at_a_time);
#endif

#endif
