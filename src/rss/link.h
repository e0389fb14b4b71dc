/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_LINK_H
#define RSS_LINK_H

#include "rss/device.h"
#include "rss/pins.h"

/* A program on an interface by a bpf_link, which is pinned: without its pin it would end with us.
 */

/**
 * rss_link_attach - attach and pin at @path
 * @mode: RSS_MODE_AUTO: native where the driver lets us, else generic
 *
 * Return: 0; -EBUSY, -EEXIST: another program is there; -EOPNOTSUPP: not in this mode; -ENODEV.
 */
int rss_link_attach(struct rss_pins *pins, const char *path, int prog_fd,
		    const struct rss_device *dev, enum rss_xdp_mode mode,
		    struct espalier_error *e) __must_check;

/* The ifindex that the pinned link is on; 0: its interface is gone; -ENOENT: no link. */
int rss_link_ifindex(const struct rss_pins *pins, const char *path, u32 *ifindex) __must_check;

/* Let it run another program, in one step. 0, also if its interface is gone; or -errno. */
int rss_link_update(const struct rss_pins *pins, const char *path, int prog_fd) __must_check;

/* Take the program off at once: a removed pin lets go of its link only a grace period later. What
 * is not there is no error. */
void rss_link_detach(const struct rss_pins *pins, const char *path);

/* Attach the cpumap's tracepoint programs; the two links are the caller's to close. 0 or -errno. */
int rss_watch_attach(int enqueue_fd, int dequeue_fd, int links[2]) __must_check;

#endif
