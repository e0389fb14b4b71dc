/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_DEVICE_H
#define RSS_DEVICE_H

#include <net/if.h>

#include "base/error.h"

/* What an interface of the caller's network namespace is. Nothing here changes anything. */

enum rss_xdp_mode {
	RSS_MODE_AUTO,
	RSS_MODE_NATIVE,
	RSS_MODE_SKB,
};

/* "auto", "native", "skb". */
const char *rss_mode_name(enum rss_xdp_mode mode);

/* enum netdev_xdp_act of linux/netdev.h, which 6.1 lacks. */
#define RSS_XDP_BASIC	 1u
#define RSS_XDP_REDIRECT 2u
#define RSS_XDP_RX_SG	 32u

/**
 * struct rss_device - an interface
 * @kind: rtnetlink's: "vlan", "bond", "veth"...; "" for hardware
 * @driver: "" where it does not tell
 * @bus: as the driver calls its place on it: "0000:00:05.0", "virtio0"
 * @lower: ifindex below; 0: none, or in another namespace
 * @master: ifindex; 0: none
 * @mtu: bytes
 * @up: administratively
 * @nr_vlans: VLAN devices on it, or on what it is enslaved to
 * @channels: that receive; 0: does not tell
 * @max_channels: likewise
 * @rx_vlan: takes VLAN tags out of frames
 * @lro: joins frames before XDP sees them
 * @gro_hw: likewise
 * @ntuple: flow rules are on; @ntuple_possible: they can be
 * @esp_offload: IPsec offload is on
 * @spi_hash4: IPv4's ESP is spread over queues by its SPI; @spi_hash6: IPv6's
 * @xdp_known: @xdp_features are known (Linux 6.3)
 * @xdp_features: RSS_XDP_*
 * @prog_id: XDP program that is attached; 0: none
 * @prog_mode: how, unless RSS_MODE_AUTO: none, or several
 * @prog_name: of @prog_id; "" if it may not be asked
 */
struct rss_device {
	char name[IF_NAMESIZE];
	u32 ifindex;
	char kind[16];
	char driver[32];
	char bus[32];
	u32 lower;
	u32 master;
	u32 mtu;
	bool up;
	u32 nr_vlans;
	u32 channels;
	u32 max_channels;
	bool rx_vlan;
	bool lro;
	bool gro_hw;
	bool ntuple;
	bool ntuple_possible;
	bool esp_offload;
	bool spi_hash4;
	bool spi_hash6;
	bool xdp_known;
	u64 xdp_features;
	u32 prog_id;
	enum rss_xdp_mode prog_mode;
	char prog_name[32];
};

/**
 * rss_device_read - read what is known of an interface
 *
 * Return: 0; -ENODEV: there is none of that name; -errno of netlink.
 */
int rss_device_read(const char *name, struct rss_device *dev,
		    struct espalier_error *e) __must_check;

#define RSS_MAX_DEVICES 64

/**
 * rss_device_list - the hardware that is up, by name
 * @nr: set, at most RSS_MAX_DEVICES
 */
int rss_device_list(char names[RSS_MAX_DEVICES][IF_NAMESIZE], u32 *nr,
		    struct espalier_error *e) __must_check;

/**
 * rss_device_lower - the devices that frames for @name come in through
 * @names: one for an interface of its own; the slaves of a bond; what is below a VLAN device
 * @nr: set, at most RSS_MAX_DEVICES
 *
 * Return: 0; -ENODEV; -EINVAL: XDP there cannot see ESP, @e says why; -E2BIG.
 */
int rss_device_lower(const char *name, char names[RSS_MAX_DEVICES][IF_NAMESIZE], u32 *nr,
		     struct espalier_error *e) __must_check;

/* What an XDP program attached to @ifindex is. @dev: prog_* are set. 0 or -errno. */
int rss_device_program(struct rss_device *dev) __must_check;

#endif
