/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_NETNS_H
#define RSS_NETNS_H

#include "base/error.h"

/* Which network namespace the calling thread is in, as stat(2) has it. 0 or -errno. */
int rss_netns_here(u64 *dev, u64 *ino) __must_check;

/**
 * rss_netns_enter - let the calling thread go to a network namespace
 * @name: below /run/netns, or a path; "" or NULL: stay
 * @back: set to a descriptor for rss_netns_leave(); NULL: for good
 *
 * Only the network namespace: bpffs and files stay the caller's.
 *
 * Return: 0; -ENOENT; -EPERM; -EINVAL: not a network namespace.
 */
int rss_netns_enter(const char *name, int *back, struct espalier_error *e) __must_check;
void rss_netns_leave(int back);

#endif
