// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatcher.h"
#include "link.h"
#include "rss/attach.h"
#include "rss/policy.h"

static int add_targets(const struct rss_attach *a, const char *name, struct rss_plan *plan,
		       struct espalier_error *e)
{
	char lower[RSS_MAX_DEVICES][IF_NAMESIZE] = {{0}};
	u32 nr = 0;
	int err = rss_device_lower(name, lower, &nr, e);

	for (u32 i = 0; i < nr && !err; i++) {
		struct rss_target *t = &plan->target[plan->nr_targets];
		bool twice = false;

		for (u32 j = 0; j < plan->nr_targets; j++)
			twice |= !strcmp(plan->target[j].dev.name, lower[i]);
		if (twice)
			continue;
		if (plan->nr_targets == RSS_MAX_DEVICES)
			return fail(e, E2BIG, "%s: more than %d interfaces", name, RSS_MAX_DEVICES);
		err = rss_device_read(lower[i], &t->dev, e);
		if (err)
			return err;
		if (strcmp(name, lower[i])) {
			snprintf(t->asked, sizeof(t->asked), "%s", name);
			rss_find(&plan->findings, RSS_SAYS, NULL, "%s: stands for %s, below it",
				 name, lower[i]);
		}
		rss_pins_iface(t->pin, t->dev.name, a->netns);
		plan->nr_targets++;
	}
	return err;
}

/* Ours is attached there; pins of an interface that went and came again under its name are not. */
static bool is_there(const struct rss_pins *pins, const struct rss_target *t,
		     const struct rss_instance *in)
{
	char path[RSS_PIN_NAME + 32];
	struct rss_record r;
	u32 ifindex;

	if (!pins)
		return false;
	snprintf(path, sizeof(path), "ifaces/%s/link", t->pin);
	if (!rss_link_ifindex(pins, path, &ifindex))
		return ifindex == t->dev.ifindex;
	return in && !rss_record_read(pins, t->pin, &r) && r.dispatched &&
	       r.ifindex == t->dev.ifindex && rss_dispatcher_has(r.ifindex, in->config_id);
}

static int check_others(const struct rss_attach *a, const struct rss_instance *in,
			struct rss_plan *plan, struct rss_target *t, struct espalier_error *e)
{
	bool usable = rss_dispatcher_usable(plan->kernel.dispatcher);
	const struct rss_device *dev = &t->dev;

	if (a->stack == RSS_STACK_ON && !usable)
		return fail(e, EOPNOTSUPP, "%s: no dispatcher here: %s", dev->name,
			    plan->kernel.dispatcher
				    ? "libxdp needs a bpf file system at /sys/fs/bpf"
				    : "this kernel refuses programs of type ext");
	/* Programs that share a cpumap agree on frames in several pieces: with a dispatcher on
	 * none. */
	if (in && !in->meta.no_frags) {
		if (a->stack == RSS_STACK_ON)
			return fail(
				e, EBUSY,
				"%s: others are attached by links, and a dispatcher cannot share "
				"with them: detach them first",
				dev->name);
		usable = false;
	}
	t->dispatched =
		usable &&
		(a->stack == RSS_STACK_ON ||
		 (a->stack == RSS_STACK_AUTO && (dev->mtu <= RSS_ONE_PAGE_MTU || dev->prog_id)));
	if (!dev->prog_id)
		return 0;
	if (t->dispatched && !strcmp(dev->prog_name, RSS_DISPATCHER_NAME)) {
		rss_find(&plan->findings, RSS_SAYS, NULL,
			 "%s: other XDP programs are attached and run first, through libxdp's "
			 "dispatcher",
			 dev->name);
		return 0;
	}
	return fail(e, EBUSY,
		    "%s: program %u%s%s%s is attached and would be thrown off: detach it first "
		    "(ip link set dev %s %s off)",
		    dev->name, dev->prog_id, dev->prog_name[0] ? " (" : "", dev->prog_name,
		    dev->prog_name[0] ? ")" : "", dev->name,
		    dev->prog_mode == RSS_MODE_SKB ? "xdpgeneric" : "xdp");
}

static int find_targets(const struct rss_attach *a, const struct rss_pins *pins,
			const struct rss_instance *in, struct rss_plan *plan,
			struct espalier_error *e)
{
	int err = 0;

	for (u32 i = 0; i < a->nr_ifaces && !err; i++)
		err = add_targets(a, a->ifaces[i], plan, e);
	for (u32 i = 0; i < plan->nr_targets && !err; i++) {
		struct rss_target *t = &plan->target[i];

		t->there = is_there(pins, t, in);
		if (t->there && !a->replace)
			return fail(e, EEXIST,
				    "%s: is attached already (espalier rss status; --replace swaps "
				    "program and settings)",
				    t->dev.name);
		if (!t->there) {
			err = check_others(a, in, plan, t, e);
			rss_preflight(&t->dev, a->mode, &plan->findings);
		}
	}
	return err;
}

static void read_sad(struct rss_plan *plan, s32 netns_id)
{
	struct espalier_error why;

	if (!rss_sad_read(netns_id, &plan->sad, &why)) {
		plan->sad_read = true;
		return;
	}
	rss_find(&plan->findings, RSS_WARNS, NULL,
		 "the SAs cannot be read (%.120s): only mark 0 is tried", why.text);
}

static void check_marks(struct rss_plan *plan)
{
	const struct rss_settings *s = &plan->settings;
	u32 missed = 0;

	for (u32 i = 0; i < plan->sad.nr; i++) {
		const struct rss_sad_sa *sa = &plan->sad.at[i];

		missed += sa->inbound && !rss_sad_found_by(sa, s->marks, s->nr_marks);
	}
	if (missed && s->lookup == RSS_LOOKUP_KFUNC)
		rss_find(&plan->findings, RSS_WARNS, NULL,
			 "%u SA%s will not be found: they ask for other marks than the %u that are "
			 "tried (--marks, or --lookup map)",
			 missed, missed == 1 ? "" : "s", s->nr_marks);
}

static void check_settings(struct rss_plan *plan)
{
	const struct rss_settings *s = &plan->settings;

	if (s->lookup == RSS_LOOKUP_MAP)
		rss_find(&plan->findings, RSS_WARNS, NULL,
			 "lookup by map: SAs that come after this are not steered unless espalier "
			 "rss daemon runs");
	if (s->policy == RSS_LEAST_LOADED)
		rss_find(
			&plan->findings, RSS_WARNS, NULL,
			"policy least-loaded: without espalier rss daemon all loads are equal, and "
			"it is balance");
	if (s->policy != RSS_PASS && s->policy != RSS_FIXED && s->nr_cpus == 1)
		rss_find(
			&plan->findings, RSS_WARNS, NULL,
			"one CPU for the policy: SAs without an owner are moved there, not spread");
	if (s->lookup == RSS_LOOKUP_KFUNC && !plan->kernel.pcpu_num)
		rss_find(&plan->findings, RSS_SAYS, NULL,
			 "this kernel's SAs have no owners: all go by policy");
}

static int find_settings(const struct rss_attach *a, const struct rss_instance *in,
			 struct rss_plan *plan, struct espalier_error *e)
{
	struct rss_wish wish = a->wish;
	const char *differs;
	bool changes = !in || a->replace;
	int err;

	if (plan->nr_targets)
		rss_placement_read(&plan->target[0].dev, &plan->placement);
	if (in && !a->fresh) {
		err = rss_instance_settings(in, &plan->had, e);
		if (err)
			return err;
		plan->settings = plan->had;
		plan->marks_auto = in->meta.marks_auto;
		plan->joins = true;
	} else {
		rss_settings_default(&plan->settings, &plan->placement, plan->kernel.kfunc);
		plan->marks_auto = true;
	}
	if (wish.marks)
		plan->marks_auto = !strcmp(wish.marks, "auto");
	else if (plan->marks_auto && changes)
		wish.marks = "auto";
	/* In two steps: which SAD to read is itself a wish. */
	err = rss_settings_wish(&plan->settings, &(struct rss_wish){.netns_id = wish.netns_id},
				plan->kernel.kfunc, NULL, e);
	if (err)
		return err;
	if (changes || wish.marks)
		read_sad(plan, plan->settings.netns_id);
	err = rss_settings_wish(&plan->settings, &wish, plan->kernel.kfunc,
				plan->sad_read ? &plan->sad : NULL, e);
	if (err)
		return err;
	differs = plan->joins ? rss_settings_differ(&plan->had, &plan->settings) : NULL;
	if (differs && !a->replace)
		return fail(e, EBUSY,
			    "%s: others are attached with another %s, and all share one "
			    "(--replace changes it for all)",
			    a->ifaces[0], differs);
	if (differs && a->replace && plan->had.max_sas != plan->settings.max_sas)
		return fail(e, EBUSY,
			    "--max-sas: the table of SAs has room for %u, and goes on (--fresh "
			    "begins a new one)",
			    plan->had.max_sas);
	return 0;
}

int rss_plan_make(const struct rss_attach *a, struct rss_pins *pins, const struct rss_instance *in,
		  struct rss_plan *plan, struct espalier_error *e)
{
	int err;

	*plan = (struct rss_plan){.placement = {.node = -1}};
	rss_kernel_probe(&plan->kernel);
	if (!plan->kernel.btf)
		return fail(e, EOPNOTSUPP,
			    "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF), which programs need");
	err = find_targets(a, pins, in, plan, e);
	if (err)
		return err;
	err = find_settings(a, in, plan, e);
	if (err)
		return err;
	if (!plan->joins || a->replace) {
		check_settings(plan);
		check_marks(plan);
	}
	return 0;
}

void rss_plan_free(struct rss_plan *plan)
{
	rss_sad_free(&plan->sad);
}

const struct rss_finding *rss_plan_refusal(const struct rss_plan *plan)
{
	for (u32 i = 0; i < plan->findings.nr; i++) {
		if (plan->findings.at[i].grade == RSS_REFUSES)
			return &plan->findings.at[i];
	}
	return NULL;
}
