// SPDX-License-Identifier: BSD-2-Clause
#include "hotplug.h"

#include <errno.h>

int rss_hotplug(struct rss_instance *in, struct rss_cpuset *came, struct rss_cpuset *went,
		struct espalier_error *e)
{
	struct rss_cpuset online;
	int err = 0;

	*came = *went = (struct rss_cpuset){0};
	if (!in->cpus)
		return fail(e, EOPNOTSUPP,
			    "map cpus: this kernel cannot map it: CPUs that come "
			    "and go are not followed");
	rss_cpus_online(&online);
	for (u32 cpu = 0; cpu < in->meta.nr_cpus && !err; cpu++) {
		bool used =
			__atomic_load_n(&in->cpus[cpu].flags, __ATOMIC_RELAXED) & RSS_CPU_ONLINE;

		if (used && !rss_cpuset_has(&online, cpu)) {
			__atomic_fetch_and(&in->cpus[cpu].flags, ~RSS_CPU_ONLINE, __ATOMIC_RELEASE);
			rss_cpuset_add(went, cpu);
		} else if (!used && rss_cpuset_has(&online, cpu)) {
			err = rss_instance_open_cpu(in, cpu, in->meta.qsize, e);
			if (!err)
				rss_cpuset_add(came, cpu);
		}
	}
	return err;
}
