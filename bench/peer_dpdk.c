// SPDX-License-Identifier: BSD-2-Clause
#include "peer.h"

#include <arpa/inet.h>
#include <rte_eal.h>
#include <rte_ipsec_sad.h>
#include <rte_memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "measure.h"

#define MAX_BULK 32
/* For all of its tables; what is not used is never touched. */
#define BYTES_PER_SA 2048

struct peer {
	struct rte_ipsec_sad *sad;
	int type;
};

struct peer_keys {
	union rte_ipsec_sad_key *key;
	const union rte_ipsec_sad_key **ptr;
};

static int use_huge_pages(const struct rte_memseg_list *list, void *arg)
{
	(void)arg;
	madvise(list->base_va, list->len, MADV_HUGEPAGE);
	return 0;
}

void peer_init(u64 sas)
{
	char memory[32];
	char *argv[] = {"bench", "--no-huge", "--no-pci",      "--no-shconf", "--no-telemetry",
			"-m",	 memory,      "--log-level=4", NULL};

	snprintf(memory, sizeof(memory), "%llu",
		 (unsigned long long)(512 + sas * BYTES_PER_SA / (1 << 20)));
	if (rte_eal_init(8, argv) < 0)
		die("DPDK does not start");
	rte_memseg_list_walk(use_huge_pages, NULL);
}

struct peer *peer_new(enum peer_type type, u32 max)
{
	static u32 number;
	struct rte_ipsec_sad_conf conf = {.socket_id = SOCKET_ID_ANY};
	struct peer *p = malloc(sizeof(*p));
	char name[32];

	if (!p)
		die("out of memory");
	p->type = type == PEER_SPI ? RTE_IPSEC_SAD_SPI_ONLY : RTE_IPSEC_SAD_SPI_DIP;
	conf.max_sa[p->type] = max;
	snprintf(name, sizeof(name), "bench%u", number++);
	p->sad = rte_ipsec_sad_create(name, &conf);
	if (!p->sad)
		die("rte_ipsec_sad: no room for %u SAs", max);
	return p;
}

bool peer_add(struct peer *p, u32 spi, u32 daddr)
{
	union rte_ipsec_sad_key key = {.v4 = {.spi = htonl(spi), .dip = htonl(daddr)}};
	/* Never followed: any multiple of four does. */
	void *sa = (void *)((uintptr_t)spi * 4 + 4);

	return !rte_ipsec_sad_add(p->sad, &key, p->type, sa);
}

void peer_free(struct peer *p)
{
	rte_ipsec_sad_destroy(p->sad);
	free(p);
}

struct peer_keys *peer_keys_new(u32 n)
{
	struct peer_keys *k = malloc(sizeof(*k));

	if (!k)
		die("out of memory");
	k->key = calloc(n, sizeof(*k->key));
	k->ptr = calloc(n, sizeof(*k->ptr));
	if (!k->key || !k->ptr)
		die("out of memory");
	for (u32 i = 0; i < n; i++)
		k->ptr[i] = &k->key[i];
	return k;
}

void peer_keys_set(struct peer_keys *k, u32 i, u32 spi, u32 daddr)
{
	k->key[i].v4.spi = htonl(spi);
	k->key[i].v4.dip = htonl(daddr);
}

u32 peer_look_up(const struct peer *p, const struct peer_keys *k, u32 n, u32 at_a_time)
{
	void *sa[MAX_BULK];
	u32 found = 0;

	for (u32 i = 0; i < n; i += at_a_time) {
		rte_ipsec_sad_lookup(p->sad, k->ptr + i, sa, at_a_time);
		for (u32 j = 0; j < at_a_time; j++)
			found += sa[j] != NULL;
	}
	return found;
}
