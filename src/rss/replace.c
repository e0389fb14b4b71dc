// SPDX-License-Identifier: BSD-2-Clause
#include "replace.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dispatcher.h"
#include "link.h"
#include "rss/netns.h"

#define PATH_ROOM (RSS_PIN_NAME + 32)

/* One of the two programs that trade places: what is pinned in a folder. */
struct side {
	const char *dir;
	int prog;
	u32 prog_id;
	struct rss_instance *in; /* NULL: of another layout */
};

static int side_open(struct rss_pins *pins, const char *dir, struct side *s,
		     struct espalier_error *e)
{
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info);
	char path[PATH_ROOM];
	int err;

	*s = (struct side){.dir = dir};
	snprintf(path, sizeof(path), "%s/prog", dir);
	s->prog = rss_pins_get(pins, path);
	if (s->prog < 0)
		return fail(e, -s->prog, "%s/%s: %s", rss_pins_dir(pins), path, strerror(-s->prog));
	if (bpf_obj_get_info_by_fd(s->prog, &info, &len)) {
		err = fail(e, errno, "%s/%s: %s", rss_pins_dir(pins), path, strerror(errno));
		close(s->prog);
		return err;
	}
	s->prog_id = info.id;
	if (rss_instance_open(pins, dir, &s->in, NULL))
		s->in = NULL;
	return 0;
}

static void side_close(struct side *s)
{
	rss_instance_close(s->in);
	if (s->prog >= 0)
		close(s->prog);
	*s = (struct side){.prog = -1};
}

/* Behind a dispatcher: the new one comes before the old one goes, so that no packet is missed. */
static int swap_dispatched(const struct rss_record *r, const struct side *from,
			   const struct side *to, struct espalier_error *e)
{
	struct rss_device dev = {.ifindex = r->ifindex};
	struct rss_prog_options o;
	int back, err;

	if (!to->in)
		return fail(e, EPROTO, "%s: is behind a dispatcher: detach, then attach", r->iface);
	memcpy(dev.name, r->iface, sizeof(dev.name));
	err = rss_record_enter(r, &back, e);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (!rss_dispatcher_has(r->ifindex, to->in->config_id)) {
		rss_share_maps(&o, to->in);
		err = rss_device_program(&dev);
		if (!err)
			err = rss_dispatcher_attach(&o, &dev, r->mode, e);
	}
	if (!err && from->in)
		err = rss_dispatcher_detach(r->iface, r->ifindex, from->in->config_id, e);
	rss_netns_leave(back);
	return err;
}

static int swap_iface(struct rss_pins *pins, const char *pin, const struct side *from,
		      const struct side *to, struct espalier_error *e)
{
	struct rss_record r;
	char path[PATH_ROOM];
	int err;

	if (!rss_record_read(pins, pin, &r) && r.dispatched)
		return swap_dispatched(&r, from, to, e);
	snprintf(path, sizeof(path), "ifaces/%s/link", pin);
	err = rss_link_update(pins, path, to->prog);
	/* An attachment that was cut short has none. */
	if (err && err != -ENOENT)
		return fail(e, -err, "%s: its program cannot be replaced: %s", pin, strerror(-err));
	return 0;
}

/* All of @names, or none. */
static int swap_all(struct rss_pins *pins, char **names, u32 nr, const struct side *from,
		    const struct side *to, struct espalier_error *e)
{
	int err = 0;
	u32 i;

	for (i = 0; i < nr && !err; i++)
		err = swap_iface(pins, names[i], from, to, e);
	while (err && i--) {
		if (swap_iface(pins, names[i], to, from, NULL))
			break;
	}
	return err;
}

/* As soon as one link runs the new program, all shall. */
static bool has_begun(const struct rss_pins *pins, char **names, u32 nr, u32 prog_id)
{
	struct bpf_link_info info;
	char path[PATH_ROOM];
	bool begun = false;

	for (u32 i = 0; i < nr && !begun; i++) {
		u32 len = sizeof(info);
		int fd;

		snprintf(path, sizeof(path), "ifaces/%s/link", names[i]);
		fd = rss_pins_get(pins, path);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		begun = !bpf_obj_get_info_by_fd(fd, &info, &len) && info.prog_id == prog_id;
		close(fd);
	}
	return begun;
}

static int finish(struct rss_pins *pins, char **names, u32 nr, struct espalier_error *e)
{
	struct side cur, next;
	bool begun;
	int err;

	/* Its folder is complete before the first interface is touched. */
	if (side_open(pins, "next", &next, NULL))
		return 0;
	err = side_open(pins, "cur", &cur, e);
	if (err) {
		side_close(&next);
		return err;
	}
	begun = next.in && has_begun(pins, names, nr, next.prog_id);
	if (begun)
		err = swap_all(pins, names, nr, &cur, &next, e);
	else if (next.in)
		err = swap_all(pins, names, nr, &next, &cur, e);
	side_close(&cur);
	side_close(&next);
	if (!err && begun)
		err = rss_pins_exchange(pins, "next", "cur", e);
	return err;
}

int rss_instance_recover(struct rss_pins *pins, struct espalier_error *e)
{
	char **names;
	u32 nr;
	int err;

	/* Kernels that cannot exchange two folders in one step. */
	if (rss_pins_has(pins, "aside") && !rss_pins_has(pins, "cur")) {
		err = rss_pins_exchange(pins, "aside", "cur", e);
		if (err)
			return err;
	}
	err = rss_pins_remove(pins, "aside", e);
	if (err || !rss_pins_has(pins, "next"))
		return err;
	if (rss_pins_has(pins, "cur")) {
		err = rss_pins_list(pins, "ifaces", &names, &nr);
		if (err)
			return fail(e, -err, "%s/ifaces: %s", rss_pins_dir(pins), strerror(-err));
		err = finish(pins, names, nr, e);
		rss_pins_list_free(names, nr);
		if (err)
			return err;
	}
	return rss_pins_remove(pins, "next", e);
}

static void reuse_maps(struct rss_prog_options *o, const struct rss_instance *in)
{
	/* policy_cpus is a setting: it changes with the program. */
	static const enum rss_map kept[] = {RSS_MAP_CPU_MAP, RSS_MAP_SAS,    RSS_MAP_WISHES,
					    RSS_MAP_GROUPS,  RSS_MAP_CPUS,   RSS_MAP_QUEUES,
					    RSS_MAP_REASONS, RSS_MAP_TARGETS};

	for (u32 i = 0; i < ARRAY_SIZE(kept); i++)
		o->reuse[kept[i]] = in->map[kept[i]];
	if (in->meta.lookup == o->lookup && o->lookup == RSS_LOOKUP_MAP)
		o->reuse[RSS_MAP_SA_INFO] = in->map[RSS_MAP_SA_INFO];
	o->nr_cpus = in->meta.nr_cpus;
}

/* With the cpumap the programs that watch it go on, too: two of each would count twice. */
static int load(struct rss_pins *pins, struct rss_prog_options *o, bool goes_on,
		struct rss_prog **prog, int watch[2], struct espalier_error *e)
{
	char path[PATH_ROOM];

	if (!goes_on)
		return rss_load_watched(o, prog, watch, e);
	for (u32 i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "cur/%s", rss_watch_names[i]);
		watch[i] = rss_pins_get(pins, path);
	}
	if (watch[0] < 0 || watch[1] < 0)
		rss_close_watch(watch);
	return rss_prog_load(o, prog, e);
}

/* Queues for CPUs that came since; the others keep theirs. */
static int open_new_cpus(const struct rss_instance *in, struct rss_prog *prog,
			 struct espalier_error *e)
{
	struct rss_cpuset online;
	struct rss_cpu c;
	int err = 0;

	rss_cpus_online(&online);
	for (u32 cpu = 0; cpu < in->meta.nr_cpus && !err; cpu++) {
		if (!rss_cpuset_has(&online, cpu) ||
		    bpf_map_lookup_elem(in->map[RSS_MAP_CPUS], &cpu, &c) ||
		    (c.flags & RSS_CPU_ONLINE))
			continue;
		err = rss_prog_open_cpu(prog, cpu, in->meta.qsize, e);
	}
	return err;
}

/* A new program in next/, ready to take over. */
static int prepare(const struct rss_attach *a, struct rss_pins *pins, struct rss_instance *in,
		   struct rss_plan *plan, struct espalier_error *e)
{
	struct rss_prog_options o = {.nr_cpus = rss_nr_cpus(),
				     .max_sas = plan->settings.max_sas,
				     .lookup = plan->settings.lookup};
	struct rss_meta meta = {.complete = 1};
	bool goes_on = in && !a->fresh;
	struct rss_config *c;
	struct rss_prog *prog;
	int watch[2], err;

	meta.no_frags = o.no_frags = in && in->meta.no_frags;
	if (goes_on)
		reuse_maps(&o, in);
	err = load(pins, &o, goes_on, &prog, watch, e);
	if (err)
		return err;
	c = rss_prog_config(prog);
	c->queues_watched = watch[0] >= 0;
	/* Of the old one, so that hashed SAs and fragments stay where they are. */
	c->hash_seed = in ? in->config->hash_seed : (u32)rss_now();
	if (goes_on) {
		meta.retired = in->meta.retired;
		/* SAs know which round they heeded. */
		c->wish_round = in->config->wish_round;
	}
	rss_fill_meta(&meta, plan, o.nr_cpus);
	err = rss_apply_settings(prog, &plan->settings, e);
	if (!err && goes_on)
		err = open_new_cpus(in, prog, e);
	else if (!err)
		err = rss_open_cpus(prog, o.nr_cpus, plan->settings.qsize, e);
	if (!err)
		err = rss_seed_info(prog, plan, e);
	c->steer_until = rss_steer_until(a, in ? in->config->steer_until : RSS_ON);
	if (!err)
		err = rss_instance_pin(pins, "next", prog, watch, &meta,
				       goes_on ? in->retired_fd : -1, e);
	rss_close_watch(watch);
	rss_prog_free(prog);
	return err;
}

static int swap(struct rss_pins *pins, struct espalier_error *e)
{
	struct side cur, next;
	char **names;
	u32 nr;
	int err;

	err = rss_pins_list(pins, "ifaces", &names, &nr);
	if (err)
		return fail(e, -err, "%s/ifaces: %s", rss_pins_dir(pins), strerror(-err));
	err = side_open(pins, "cur", &cur, e);
	if (!err) {
		err = side_open(pins, "next", &next, e);
		if (!err) {
			err = swap_all(pins, names, nr, &cur, &next, e);
			side_close(&next);
		}
		side_close(&cur);
	}
	rss_pins_list_free(names, nr);
	return err ? err : rss_pins_exchange(pins, "next", "cur", e);
}

/* New queues while packets go through the old ones: theirs are drained beside the new. */
static void resize_queues(struct rss_pins *pins, void (*warn)(const char *line))
{
	struct espalier_error why = {0};
	struct rss_instance *in;
	int err = rss_instance_open(pins, "cur", &in, &why);

	if (!err) {
		for (u32 cpu = 0; in->cpus && cpu < in->meta.nr_cpus && !err; cpu++) {
			if (in->cpus[cpu].flags & RSS_CPU_ONLINE)
				err = rss_instance_open_cpu(in, cpu, in->meta.qsize, &why);
		}
		rss_instance_close(in);
	}
	if (err && warn)
		warn(why.text);
}

int rss_replace(const struct rss_attach *a, struct rss_pins *pins, struct rss_instance *in,
		struct rss_plan *plan, void (*warn)(const char *line), struct espalier_error *e)
{
	bool resized = in && !a->fresh && in->meta.qsize != plan->settings.qsize;
	u32 joined;
	int err = 0;

	/* First more interfaces for the old program: they change over with the others. */
	for (joined = 0; joined < plan->nr_targets && !err; joined++) {
		struct rss_target *t = &plan->target[joined];

		if (t->there)
			continue;
		err = in ? rss_attach_target(pins, in, a, t, warn, e)
			 : fail(e, EPROTO,
				"%s: is not attached: replace what is there, then attach it",
				t->dev.name);
	}
	if (!err)
		err = prepare(a, pins, in, plan, e);
	if (!err)
		err = swap(pins, e);
	if (err) {
		while (joined--) {
			struct rss_target *t = &plan->target[joined];

			if (in && !t->there && rss_detach_iface(pins, t->pin, NULL) && warn)
				warn("what was begun could not be undone: espalier rss detach");
		}
		/* Also if a link could not be set back: then the next command goes forward. */
		if (rss_instance_recover(pins, NULL) && warn)
			warn("a replacement is half done: the next espalier rss finishes it");
		return err;
	}
	err = rss_pins_remove(pins, "next", e);
	if (!err && resized)
		resize_queues(pins, warn);
	return err;
}
