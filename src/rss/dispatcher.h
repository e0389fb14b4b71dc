/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_DISPATCHER_H
#define RSS_DISPATCHER_H

#include "rss/device.h"
#include "rss/prog.h"

/*
 * A program beside others on an interface, through libxdp's dispatcher. libxdp attaches the
 * dispatcher by netlink, not by a bpf_link, and pins what belongs to it below /sys/fs/bpf/xdp: it
 * stays until someone detaches it or the interface goes, whatever becomes of our pins.
 */

/* Name of libxdp's own program, by which its presence is seen. */
#define RSS_DISPATCHER_NAME "xdp_dispatcher"

/* libxdp will find a bpffs and the kernel can replace functions. @kernel: rss_kernel::dispatcher */
bool rss_dispatcher_usable(bool kernel);

/**
 * rss_dispatcher_attach - load the program once more, as a part of the dispatcher
 * @o: with the maps to share in @o->reuse
 *
 * Return: 0; -EOPNOTSUPP: libxdp cannot do it here, nothing is attached; -EBUSY: a program without
 * a dispatcher is there; or another -errno of libxdp.
 */
int rss_dispatcher_attach(const struct rss_prog_options *o, const struct rss_device *dev,
			  enum rss_xdp_mode mode, struct espalier_error *e) __must_check;

/**
 * rss_dispatcher_detach - take out every program that uses a map
 * @map_id: of the settings that it runs by
 *
 * Return: 0, also if there is none or the interface is gone; or -errno of libxdp.
 */
int rss_dispatcher_detach(const char *name, u32 ifindex, u32 map_id,
			  struct espalier_error *e) __must_check;

/* A program that uses @map_id is there. */
bool rss_dispatcher_has(u32 ifindex, u32 map_id);

#endif
