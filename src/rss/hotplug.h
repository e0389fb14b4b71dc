/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_HOTPLUG_H
#define RSS_HOTPLUG_H

#include "rss/instance.h"
#include "rss/topology.h"

/**
 * rss_hotplug - let the instance use the CPUs that are online, and no other
 * @came: CPUs that got a queue; @went: CPUs that get no more packets; both set
 *
 * Which CPUs the policy may use stays as it was set: one that comes back is used again, with a new
 * queue, since the kernel does not bind the thread of the old one to it again.
 */
int rss_hotplug(struct rss_instance *in, struct rss_cpuset *came, struct rss_cpuset *went,
		struct espalier_error *e) __must_check;

#endif
