// SPDX-License-Identifier: BSD-2-Clause
#include "base/clock.h"
#include "protos.h"

/* Jiffies as a kernel with CONFIG_HZ=250 counts them: from five minutes before a 32-bit wrap. */
#define HZ		250
#define JIFFIES_AT_BOOT ((u64)(u32)(-300 * HZ))

static BPF_FN0(ktime_get_ns)
{
	return clock_ns(CLOCK_MONOTONIC);
}

const struct helper helper_ktime_get_ns = {.fn = ktime_get_ns, .ret = RET_INTEGER};

static BPF_FN0(ktime_get_boot_ns)
{
	return clock_ns(CLOCK_BOOTTIME);
}

const struct helper helper_ktime_get_boot_ns = {.fn = ktime_get_boot_ns, .ret = RET_INTEGER};

static BPF_FN0(ktime_get_coarse_ns)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

const struct helper helper_ktime_get_coarse_ns = {.fn = ktime_get_coarse_ns, .ret = RET_INTEGER};

static BPF_FN0(ktime_get_tai_ns)
{
	return clock_ns(CLOCK_TAI);
}

const struct helper helper_ktime_get_tai_ns = {.fn = ktime_get_tai_ns, .ret = RET_INTEGER};

static BPF_FN0(jiffies64)
{
	return JIFFIES_AT_BOOT + clock_ns(CLOCK_MONOTONIC_COARSE) / (NS_PER_SEC / HZ);
}

const struct helper helper_jiffies64 = {.fn = jiffies64, .ret = RET_INTEGER};
