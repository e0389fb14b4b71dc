// SPDX-License-Identifier: BSD-2-Clause
#include "base/clock.h"

#include <espalier/xdp.h>

u64 clock_stopped_at;

void espalier_set_clock(uint64_t ns)
{
	__atomic_store_n(&clock_stopped_at, ns, __ATOMIC_RELAXED);
}
