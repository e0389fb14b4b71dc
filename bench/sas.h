/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_SAS_H
#define BENCH_SAS_H

#include "sad/sad.h"

/* How the SPIs of the SAs were chosen. */
enum spis {
	SPIS_RANDOM,
	SPIS_SEQUENTIAL,
	SPIS_ADVERSARIAL, /* all in one bucket of a table as the kernel's, and equal low bits */
	NR_SPIS,
};

#define SAS_DADDR 0xc0000202u

/* The SPI of the i-th SA, in host byte order. Beyond the SAs there are, it is nobody's. */
u32 sas_spi(enum spis spis, u32 i);

static inline struct sad_key sas_key(u32 spi)
{
	return (struct sad_key){
		.daddr.a4 = htonl(SAS_DADDR),
		.spi = htonl(spi),
		.family = AF_INET,
		.proto = IPPROTO_ESP,
	};
}

/* A state with an ESN window of 32, not yet in a database. */
struct xfrm_state *sas_state(struct sad *sad, u32 spi);
struct sad *sas_new(void);
/* Add the SAs from @first on. */
void sas_add(struct sad *sad, enum spis spis, u32 first, u32 n);

#endif
