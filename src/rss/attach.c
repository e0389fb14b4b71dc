// SPDX-License-Identifier: BSD-2-Clause
#include "rss/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dispatcher.h"
#include "link.h"
#include "replace.h"
#include "rss/netns.h"

#define NS_PER_S 1000000000ull

u64 rss_steer_until(const struct rss_attach *a, u64 otherwise)
{
	return a->confirm_within ? rss_now() + a->confirm_within * NS_PER_S : otherwise;
}

int rss_load_watched(struct rss_prog_options *o, struct rss_prog **prog, int links[2],
		     struct espalier_error *e)
{
	int err;

	links[0] = links[1] = -1;
	o->watch_queues = true;
	err = rss_prog_load(o, prog, NULL);
	if (!err) {
		err = rss_watch_attach(rss_prog_enqueue_fd(*prog), rss_prog_dequeue_fd(*prog),
				       links);
		if (!err)
			return 0;
		rss_prog_free(*prog);
		links[0] = links[1] = -1;
	}
	/* Without tracing an SA changes its CPU after the quiet time alone. */
	o->watch_queues = false;
	return rss_prog_load(o, prog, e);
}

void rss_close_watch(int links[2])
{
	for (int i = 0; i < 2; i++) {
		if (links[i] >= 0)
			close(links[i]);
		links[i] = -1;
	}
}

int rss_apply_settings(struct rss_prog *prog, const struct rss_settings *s,
		       struct espalier_error *e)
{
	struct rss_config *c = rss_prog_config(prog);

	c->fixed_cpu = s->fixed_cpu;
	c->nr_ports = s->nr_ports;
	memcpy(c->ports, s->ports, sizeof(c->ports));
	c->nr_marks = s->nr_marks;
	memcpy(c->marks, s->marks, sizeof(c->marks));
	c->netns_id = s->netns_id;
	return rss_prog_set_policy(prog, s->policy, s->cpus, s->nr_cpus, e);
}

int rss_open_cpus(struct rss_prog *prog, u32 nr_cpus, u32 qsize, struct espalier_error *e)
{
	struct rss_cpuset online;
	int err = 0;

	rss_cpus_online(&online);
	for (u32 cpu = 0; cpu < nr_cpus && !err; cpu++) {
		if (rss_cpuset_has(&online, cpu))
			err = rss_prog_open_cpu(prog, cpu, qsize, e);
	}
	return err;
}

int rss_seed_info(struct rss_prog *prog, const struct rss_plan *plan, struct espalier_error *e)
{
	int fd = rss_prog_map_fd(prog, RSS_MAP_SA_INFO);
	struct rss_sa_info info;

	if (plan->settings.lookup != RSS_LOOKUP_MAP)
		return 0;
	for (u32 i = 0; i < plan->sad.nr; i++) {
		const struct rss_sad_sa *sa = &plan->sad.at[i];

		if (!sa->inbound)
			continue;
		rss_sad_info(sa, &info);
		if (bpf_map_update_elem(fd, &sa->key, &info, 0))
			return fail(e, errno, "map sa_info: %s%s", strerror(errno),
				    errno == E2BIG ? " (--max-sas)" : "");
	}
	return 0;
}

void rss_fill_meta(struct rss_meta *meta, const struct rss_plan *plan, u32 nr_cpus)
{
	meta->layout = RSS_LAYOUT;
	meta->lookup = plan->settings.lookup;
	meta->qsize = plan->settings.qsize;
	meta->max_sas = plan->settings.max_sas;
	meta->marks_auto = plan->marks_auto;
	meta->nr_cpus = nr_cpus;
	meta->attached = (u64)time(NULL);
}

void rss_share_maps(struct rss_prog_options *o, const struct rss_instance *in)
{
	*o = (struct rss_prog_options){
		.nr_cpus = in->meta.nr_cpus,
		.lookup = in->meta.lookup,
		.no_frags = in->meta.no_frags,
	};
	for (u32 i = 0; i < RSS_NR_MAPS; i++)
		o->reuse[i] = in->map[i] >= 0 ? in->map[i] : 0;
}

int rss_attach_target(struct rss_pins *pins, const struct rss_instance *in,
		      const struct rss_attach *a, struct rss_target *t, void (*warn)(const char *),
		      struct espalier_error *e)
{
	struct rss_record r = {.layout = RSS_LAYOUT, .ifindex = t->dev.ifindex, .mode = a->mode};
	char path[RSS_PIN_NAME + 32], line[600];
	struct rss_prog_options o;
	struct espalier_error why;
	int err;

	memcpy(r.iface, t->dev.name, sizeof(r.iface));
	memcpy(r.asked, t->asked, sizeof(r.asked));
	snprintf(r.netns, sizeof(r.netns), "%s", a->netns ? a->netns : "");
	err = rss_netns_here(&r.netns_dev, &r.netns_ino);
	if (err)
		return fail(e, -err, "network namespace: %s", strerror(-err));
	r.dispatched = t->dispatched;
	/* Of an interface that was there before under this name. */
	err = rss_detach_iface(pins, t->pin, e);
	if (!err)
		err = rss_record_write(pins, t->pin, &r, e);
	if (err)
		return err;
	if (t->dispatched) {
		rss_share_maps(&o, in);
		err = rss_dispatcher_attach(&o, &t->dev, a->mode, &why);
		if (!err)
			return 0;
		if (a->stack == RSS_STACK_ON || err == -EBUSY || err == -EEXIST || t->dev.prog_id)
			return fail(e, -err, "%s", why.text);
		snprintf(line, sizeof(line), "%s (attached without the dispatcher)", why.text);
		if (warn)
			warn(line);
		t->dispatched = false;
		r.dispatched = false;
		err = rss_detach_iface(pins, t->pin, e);
		if (!err)
			err = rss_record_write(pins, t->pin, &r, e);
		if (err)
			return err;
	}
	snprintf(path, sizeof(path), "ifaces/%s/link", t->pin);
	return rss_link_attach(pins, path, in->prog, &t->dev, a->mode, e);
}

/* On an error the caller undoes what is pinned. */
static int create(const struct rss_attach *a, struct rss_pins *pins, struct rss_plan *plan,
		  void (*warn)(const char *), struct espalier_error *e)
{
	struct rss_prog_options o = {.nr_cpus = rss_nr_cpus(),
				     .max_sas = plan->settings.max_sas,
				     .lookup = plan->settings.lookup};
	struct rss_meta meta = {0};
	struct rss_instance *in;
	struct rss_prog *prog;
	int watch[2], err;

	for (u32 i = 0; i < plan->nr_targets; i++)
		o.no_frags |= plan->target[i].dispatched;
	meta.no_frags = o.no_frags;
	err = rss_load_watched(&o, &prog, watch, e);
	if (err)
		return err;
	rss_prog_config(prog)->queues_watched = watch[0] >= 0;
	rss_prog_config(prog)->hash_seed = (u32)rss_now();
	rss_fill_meta(&meta, plan, o.nr_cpus);
	err = rss_apply_settings(prog, &plan->settings, e);
	if (!err)
		err = rss_open_cpus(prog, o.nr_cpus, plan->settings.qsize, e);
	if (!err)
		err = rss_seed_info(prog, plan, e);
	if (!err)
		err = rss_instance_pin(pins, "cur", prog, watch, &meta, -1, e);
	rss_close_watch(watch);
	rss_prog_free(prog);
	if (!err)
		err = rss_instance_open_unfinished(pins, "cur", &in, e);
	if (err)
		return err;
	for (u32 i = 0; i < plan->nr_targets && !err; i++)
		err = rss_attach_target(pins, in, a, &plan->target[i], warn, e);
	if (!err) {
		rss_instance_switch(in, rss_steer_until(a, RSS_ON));
		in->meta.complete = 1;
		err = rss_instance_write_meta(in, e);
	}
	rss_instance_close(in);
	return err;
}

/* More interfaces for an instance that is there. */
static int join(const struct rss_attach *a, struct rss_pins *pins, struct rss_instance *in,
		struct rss_plan *plan, void (*warn)(const char *), struct espalier_error *e)
{
	u32 i;
	int err = 0;

	for (i = 0; i < plan->nr_targets && !err; i++) {
		if (!plan->target[i].there)
			err = rss_attach_target(pins, in, a, &plan->target[i], warn, e);
	}
	if (err) {
		while (i--) {
			if (!plan->target[i].there &&
			    rss_detach_iface(pins, plan->target[i].pin, NULL))
				break;
		}
		return err;
	}
	if (a->confirm_within)
		rss_instance_switch(in, rss_steer_until(a, RSS_ON));
	return 0;
}

/* What is pinned, if anything; sweeps what others left unfinished. */
static int look(const struct rss_attach *a, struct rss_pins *pins, struct rss_instance **in,
		bool *outdated, struct espalier_error *e)
{
	int err = a->dry_run ? 0 : rss_instance_recover(pins, e);

	*in = NULL;
	*outdated = false;
	if (err)
		return err;
	err = rss_instance_open(pins, "cur", in, e);
	if (err == -ENODATA || err == -ENOENT)
		return a->dry_run ? 0 : rss_detach_all(pins, NULL, e);
	if (err == -EPROTO && a->replace && a->fresh) {
		*outdated = true;
		return 0;
	}
	return err;
}

static int carry_out(const struct rss_attach *a, struct rss_pins *pins, struct rss_instance *in,
		     struct rss_plan *plan, void (*warn)(const char *), struct espalier_error *e)
{
	int err;

	if (in && !a->replace)
		return join(a, pins, in, plan, warn, e);
	if (in || plan->outdated)
		return rss_replace(a, pins, in, plan, warn, e);
	if (!plan->nr_targets)
		return fail(e, ENOENT, "%s: nothing is attached that could be replaced",
			    rss_pins_dir(pins));
	err = create(a, pins, plan, warn, e);
	/* If even that fails, the next attach or detach finds the remains. */
	if (err && rss_detach_all(pins, NULL, NULL) && warn)
		warn("what was begun could not be undone: espalier rss detach --all");
	return err;
}

int rss_attach(const struct rss_attach *a, void (*tell)(const struct rss_plan *plan),
	       void (*warn)(const char *line), struct espalier_error *e)
{
	struct rss_instance *in = NULL;
	struct rss_pins *pins = NULL;
	const struct rss_finding *no;
	struct rss_plan *plan;
	bool outdated = false;
	int err;

	err = rss_pins_open(a->bpffs, a->dry_run ? RSS_READ : RSS_CHANGE, &pins, e);
	if (err && !(err == -ENOENT && a->dry_run))
		return err;
	plan = calloc(1, sizeof(*plan));
	if (!plan) {
		rss_pins_close(pins);
		return fail(e, ENOMEM, "out of memory");
	}
	err = pins ? look(a, pins, &in, &outdated, e) : 0;
	if (!err)
		err = rss_plan_make(a, pins, in, plan, e);
	plan->outdated = outdated;
	if (!err && tell)
		tell(plan);
	no = err ? NULL : rss_plan_refusal(plan);
	if (no && !a->force)
		err = fail(e, EOPNOTSUPP, "%s%s%s%s", no->text, no->mend[0] ? " (" : "", no->mend,
			   no->mend[0] ? ")" : "");
	if (!err && !a->dry_run)
		err = carry_out(a, pins, in, plan, warn, e);
	rss_instance_close(in);
	rss_plan_free(plan);
	free(plan);
	rss_pins_close(pins);
	return err;
}
