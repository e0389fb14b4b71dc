/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKET_NETDEV_H
#define PACKET_NETDEV_H

#include "base/types.h"
#include "vmlinux/kernel.h"

/*
 * Virtual network devices: what an ifindex in a context, a redirect or bpf_check_mtu() refers to.
 * struct net_device is a type that programs walk to (ctx->rxq->dev), so it lies in the arena.
 *
 * A loopback device, "lo" with ifindex 1, always exists: it is what PROG_TEST_RUN runs on.
 */
#define NETDEV_LOOPBACK 1
#define NETDEV_NAME_MAX 16

/**
 * struct netdev_config - what a device is like
 * @ifindex: 0: the next free one
 * @netns: id of the namespace that the device is in, as sad/ numbers them
 * @net: that namespace as programs walk to it; may be NULL
 * @mtu: 0: 1500
 * @queues: receive and transmit queues; 0: 1
 * @addr: six bytes, or NULL for zeroes
 * @xmit: called with a frame that a helper sends at once (bpf_clone_redirect); @ingress: it is to
 *        be received rather than sent. NULL: the frame goes nowhere. Runs on the program's thread,
 *        inside its RCU section
 * @arg: handed to @xmit
 */
struct netdev_config {
	const char *name;
	u32 ifindex;
	int netns;
	struct net *net;
	u32 mtu;
	u32 queues;
	const u8 *addr;
	void (*xmit)(struct net_device *dev, const void *frame, u32 len, bool ingress, void *arg);
	void *arg;
};

/**
 * netdev_add - bring a device into being
 * @out: lives until netdev_remove() and a grace period; may be NULL
 *
 * Return: 0; -EINVAL no or too long a name; -EEXIST name or ifindex taken; -ENOMEM.
 */
int netdev_add(const struct netdev_config *config, struct net_device **out) __must_check;

/* 0, -ENODEV, or -EBUSY for the loopback device. */
int netdev_remove(u32 ifindex);

/* The device, or NULL. Inside an RCU read-side section, whose end ends the pointer's life; a caller
 * that knows that nobody removes the device may keep it. */
struct net_device *netdev_by_index(u32 ifindex);
struct net_device *netdev_by_name(const char *name);

/* Namespace that the device was made in. */
int netdev_netns(const struct net_device *dev);

/* Hand a frame to the device's @xmit. */
void netdev_xmit(struct net_device *dev, const void *frame, u32 len, bool ingress);

#endif
