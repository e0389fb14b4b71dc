// SPDX-License-Identifier: BSD-2-Clause
#include "sas.h"

#include <arpa/inet.h>

#include "measure.h"

static u32 permute(u32 v)
{
	v = (v ^ v >> 16) * 0x7feb352du;
	v = (v ^ v >> 15) * 0x846ca68bu;
	return v ^ v >> 16;
}

u32 sas_spi(enum spis spis, u32 i)
{
	u32 v = i + 256;

	switch (spis) {
	case SPIS_RANDOM:
		v = permute(v);
		return v ? v : permute(0);
	case SPIS_ADVERSARIAL:
		/* As stored, the low ten bits are what is above them, folded: so the fold of the
		 * whole is the same for all. There are 22 bits to choose freely. */
		v = v << 10 | v >> 22;
		v ^= (v ^ v >> 10 ^ v >> 20) & 0x3ff;
		return ntohl(v);
	default:
		return v;
	}
}

struct xfrm_state *sas_state(struct sad *sad, u32 spi)
{
	static _Thread_local struct sad_spec spec;
	struct sad_key key = sas_key(spi);
	struct xfrm_state *x;

	if (!spec.family) {
		sad_spec_init(&spec);
		spec.replay_window = 32;
		spec.flags = XFRM_STATE_ESN;
		/* What is not given is asked of the clock. */
		spec.curlft.add_time = 1;
	}
	spec.id = (struct xfrm_id){key.daddr, key.spi, key.proto};
	if (sad_state_new(&spec, sad_netns(sad, 0), &x))
		die("out of memory");
	return x;
}

struct sad *sas_new(void)
{
	struct sad *sad;

	if (sad_new(&sad))
		die("out of memory");
	return sad;
}

void sas_add(struct sad *sad, enum spis spis, u32 first, u32 n)
{
	for (u32 i = first; i < first + n; i++) {
		int err = sad_insert(sad, sas_state(sad, sas_spi(spis, i)));

		if (err)
			die("SA %u is not taken: error %d", i, -err);
	}
}
