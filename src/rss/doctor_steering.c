// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "doctor_parts.h"

void doctor_cpus(const struct rss_facts *f, struct rss_diagnosis *d)
{
	char text[64];

	if (rss_cpuset_count(&f->online) == 1)
		doctor_find(d, RSS_WARNING, "one-cpu", "CPUs", NULL,
			    "one CPU is online\nThere is nothing to spread over.");
	if (!rss_cpuset_count(&f->offline))
		return;
	rss_cpuset_text(&f->offline, text, sizeof(text));
	doctor_find(d, RSS_NOTE, "offline", "CPUs", "echo 1 >/sys/devices/system/cpu/cpuN/online",
		    "offline: %s\nSAs that belong to them go by policy.", text);
}

/* Which of the policy's CPUs are in @set. */
static bool policy_in(const struct rss_settings *s, const struct rss_cpuset *set, bool in,
		      char text[64])
{
	struct rss_cpuset found = {0};

	for (u32 i = 0; i < s->nr_cpus; i++) {
		if (rss_cpuset_has(set, s->cpus[i]) == in)
			rss_cpuset_add(&found, s->cpus[i]);
	}
	rss_cpuset_text(&found, text, 64);
	return rss_cpuset_count(&found);
}

/* Where the policy's CPUs are, seen from an interface that is attached. */
static void judge_policy(const struct rss_facts *f, const struct rss_device_facts *x,
			 struct rss_diagnosis *d)
{
	const struct rss_settings *s = &f->st->settings;
	const struct rss_placement *p = &x->placement;
	char mend[128], better[64], text[64];

	rss_cpuset_text(&p->chosen, better, sizeof(better));
	snprintf(mend, sizeof(mend), "espalier rss attach --replace --cpus %s", better);
	if (policy_in(s, &p->near, false, text))
		doctor_find(d, RSS_WARNING, "policy-node", x->dev.name, mend,
			    p->node >= 0 ? "CPUs of the policy that are offline or on another NUMA "
					   "node than the NIC: %s\nEach packet crosses the link "
					   "between the nodes, or the CPU is not there."
					 : "CPUs of the policy that are offline: %s\nSAs cannot go "
					   "there.",
			    text);
	if (policy_in(s, &p->isolated, true, text))
		doctor_find(d, RSS_NOTE, "policy-isolated", x->dev.name, mend,
			    "CPUs of the policy that are isolated: %s\nWhoever isolated them wants "
			    "nothing else to run there.",
			    text);
	/* Only if there is a better choice. */
	if (!policy_in(s, &p->interrupts, true, text))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(p->chosen.bits); i++) {
		if (p->chosen.bits[i] & p->interrupts.bits[i])
			return;
	}
	doctor_find(d, RSS_WARNING, "policy-irq", x->dev.name, mend,
		    "CPUs of the policy that take the NIC's interrupts: %s\n"
		    "They receive for all the others, and decrypt besides.",
		    text);
}

static const char *check_of(const char *text)
{
	return strstr(text, "queue of")	     ? "queue-full"
	       : strstr(text, "fragments")   ? "fragments"
	       : strstr(text, "steering is") ? "switch"
	       : strstr(text, "trial")	     ? "switch"
					     : "steering";
}

void doctor_steering(const struct rss_facts *f, struct rss_diagnosis *d)
{
	const struct rss_status *st = f->st;
	u32 attached = 0;

	if (!st)
		return;
	for (u32 i = 0; i < st->advice.nr; i++) {
		const struct rss_finding *a = &st->advice.at[i];

		doctor_find(d, a->grade == RSS_SAYS ? RSS_NOTE : RSS_WARNING, check_of(a->text),
			    "steering", a->mend, "%s", a->text);
	}
	for (u32 i = 0; i < st->nr_ifaces; i++)
		attached += st->ifaces[i].attached;
	for (u32 i = 0; i < f->nr_dev; i++) {
		const struct rss_device_facts *x = &f->dev[i];
		bool there = false;

		for (u32 j = 0; j < st->nr_ifaces; j++)
			there |= st->ifaces[j].attached &&
				 st->ifaces[j].record.ifindex == x->dev.ifindex;
		if (there &&
		    (st->settings.policy == RSS_BALANCE || st->settings.policy == RSS_HASH ||
		     st->settings.policy == RSS_LEAST_LOADED))
			judge_policy(f, x, d);
	}
	if (st->state == RSS_STATE_ON && attached)
		doctor_find(d, RSS_OK, "steering", "steering", NULL,
			    "on, at %u interface%s, %u SA%s seen", attached,
			    attached == 1 ? "" : "s", st->nr_sas, st->nr_sas == 1 ? "" : "s");
}
