// SPDX-License-Identifier: BSD-2-Clause
#include "rss/preflight.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/**
 * struct driver - what a driver does when an XDP program comes or goes, from its source in Linux
 * @max_mtu: with XDP, unless it says that it takes frames in several pieces; 0: not known
 * @half_channels: XDP wants as many transmit queues again, which must be free
 * @restarts: queues or link are restarted
 */
static const struct driver {
	const char *name;
	u32 max_mtu;
	bool half_channels;
	bool restarts;
} drivers[] = {
	{"ena", RSS_ONE_PAGE_MTU, true, true},
	{"virtio_net", RSS_ONE_PAGE_MTU, false, false},
	{"ixgbe", 0, false, true},
	{"ixgbevf", 0, false, true},
	{"igb", 0, false, true},
	{"igc", 0, false, true},
	{"i40e", 0, false, true},
	{"ice", 0, false, true},
	{"mlx5_core", 0, false, true},
	{"mlx4_en", RSS_ONE_PAGE_MTU, false, true},
	{"bnxt_en", 0, false, true},
	{"hv_netvsc", RSS_ONE_PAGE_MTU, false, true},
	{"gve", 0, true, true},
};

const char *rss_grade_name(enum rss_grade grade)
{
	static const char *const names[] = {
		[RSS_SAYS] = "note",
		[RSS_WARNS] = "warning",
		[RSS_REFUSES] = "refused",
	};

	return grade < ARRAY_SIZE(names) ? names[grade] : NULL;
}

void rss_find(struct rss_findings *f, enum rss_grade grade, const char *mend, const char *fmt, ...)
{
	struct rss_finding *at;
	va_list ap;

	if (f->nr == RSS_MAX_FINDINGS)
		return;
	at = &f->at[f->nr++];
	at->grade = grade;
	snprintf(at->mend, sizeof(at->mend), "%s", mend ? mend : "");
	va_start(ap, fmt);
	vsnprintf(at->text, sizeof(at->text), fmt, ap);
	va_end(ap);
}

static const struct driver *driver_of(const struct rss_device *dev)
{
	for (u32 i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (!strcmp(drivers[i].name, dev->driver))
			return &drivers[i];
	}
	return NULL;
}

static bool may_be_native(const struct rss_device *dev)
{
	u64 needed = RSS_XDP_BASIC | RSS_XDP_REDIRECT;

	return !dev->xdp_known || (dev->xdp_features & needed) == needed;
}

enum rss_xdp_mode rss_likely_mode(const struct rss_device *dev, enum rss_xdp_mode mode)
{
	if (mode != RSS_MODE_AUTO)
		return mode;
	return may_be_native(dev) ? RSS_MODE_NATIVE : RSS_MODE_SKB;
}

static void check_mode(const struct rss_device *dev, enum rss_xdp_mode mode, struct rss_findings *f)
{
	const char *driver = dev->driver[0] ? dev->driver : "its driver";

	if (mode == RSS_MODE_NATIVE && !may_be_native(dev))
		rss_find(f, RSS_REFUSES, NULL,
			 "%s: %s has no native XDP with redirect (--mode skb works)", dev->name,
			 driver);
	else if (mode == RSS_MODE_NATIVE)
		rss_find(f, RSS_SAYS, NULL, "%s: native mode, in %s%s", dev->name, driver,
			 dev->xdp_known ? "" : ", if it has XDP: this kernel does not tell");
	else
		rss_find(f, RSS_WARNS, NULL,
			 "%s: generic mode%s: an skb is made on the receiving CPU first, which "
			 "costs most of what steering gains",
			 dev->name,
			 may_be_native(dev) ? "" : ", since its driver has no native XDP");
}

static void check_mtu(const struct rss_device *dev, const struct driver *d, struct rss_findings *f)
{
	char mend[128];
	u32 limit = d && d->max_mtu ? d->max_mtu : RSS_ONE_PAGE_MTU;

	if (dev->mtu <= limit || (dev->xdp_features & RSS_XDP_RX_SG))
		return;
	/* Not known to be too much: the driver decides, and refuses or falls back by itself. */
	if (!(d && d->max_mtu) && !dev->xdp_known) {
		rss_find(f, RSS_WARNS, NULL,
			 "%s: MTU %u: the driver may not take frames larger than a page with XDP",
			 dev->name, dev->mtu);
		return;
	}
	snprintf(mend, sizeof(mend), "ip link set dev %s mtu %u", dev->name, limit);
	rss_find(f, RSS_REFUSES, mend,
		 "%s: MTU %u: with XDP %s takes no frames that need more than a page (%u)",
		 dev->name, dev->mtu, dev->driver[0] ? dev->driver : "the driver", limit);
}

static void check_channels(const struct rss_device *dev, const struct driver *d,
			   struct rss_findings *f)
{
	char mend[128];

	if (!d || !d->half_channels || !dev->max_channels || 2 * dev->channels <= dev->max_channels)
		return;
	snprintf(mend, sizeof(mend), "ethtool -L %s combined %u", dev->name, dev->max_channels / 2);
	rss_find(f, RSS_REFUSES, mend,
		 "%s: %u of %u channels: with XDP %s has at most half of them", dev->name,
		 dev->channels, dev->max_channels, d->name);
}

static void check_offloads(const struct rss_device *dev, enum rss_xdp_mode mode,
			   struct rss_findings *f)
{
	bool native = mode == RSS_MODE_NATIVE;
	char mend[128];

	if (dev->rx_vlan) {
		snprintf(mend, sizeof(mend), "ethtool -K %s rxvlan off", dev->name);
		if (native && dev->nr_vlans)
			rss_find(f, RSS_REFUSES, mend,
				 "%s: rxvlan offload hides the tag from XDP: steered frames of its "
				 "VLANs would lose it",
				 dev->name);
		else if (native)
			rss_find(f, RSS_WARNS, mend,
				 "%s: rxvlan offload hides the tag from XDP: steered frames would "
				 "lose it, though no VLAN device is there to miss it",
				 dev->name);
	}
	if (dev->lro && native) {
		snprintf(mend, sizeof(mend), "ethtool -K %s lro off", dev->name);
		rss_find(f, RSS_REFUSES, mend,
			 "%s: LRO is on: it joins frames to larger ones than XDP takes", dev->name);
	}
	if (dev->gro_hw && native && !strcmp(dev->driver, "virtio_net")) {
		snprintf(mend, sizeof(mend), "ethtool -K %s rx-gro-hw off", dev->name);
		rss_find(f, RSS_WARNS, mend,
			 "%s: virtio_net turns rx-gro-hw off while XDP is there, or refuses",
			 dev->name);
	}
}

void rss_preflight(const struct rss_device *dev, enum rss_xdp_mode mode, struct rss_findings *f)
{
	const struct driver *d = driver_of(dev);

	mode = rss_likely_mode(dev, mode);
	check_mode(dev, mode, f);
	if (mode == RSS_MODE_NATIVE) {
		if (d && d->restarts)
			rss_find(f, RSS_SAYS, NULL,
				 "%s: %s restarts its queues when a program comes or goes: traffic "
				 "pauses for a moment",
				 dev->name, d->name);
		check_mtu(dev, d, f);
		check_channels(dev, d, f);
	}
	check_offloads(dev, mode, f);
	if (!dev->up)
		rss_find(f, RSS_WARNS, NULL, "%s: is down: nothing comes in", dev->name);
}
