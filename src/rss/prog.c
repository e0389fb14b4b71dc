// SPDX-License-Identifier: BSD-2-Clause
#include "rss/prog.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "esp_rss.skel.h"

#define NAT_T_PORT 4500
/* Twice what a queue of some thousand packets takes to drain, and less than a person notices. */
#define QUIET_NS 50000000ull

struct rss_prog {
	struct esp_rss *skel;
	u32 nr_cpus;
};

static const char *const map_names[RSS_NR_MAPS] = {
	[RSS_MAP_CONFIG] = "config",	       [RSS_MAP_DECISION] = "decision",
	[RSS_MAP_CPU_MAP] = "cpu_map",	       [RSS_MAP_SAS] = "sas",
	[RSS_MAP_WISHES] = "wishes",	       [RSS_MAP_GROUPS] = "groups",
	[RSS_MAP_SA_INFO] = "sa_info",	       [RSS_MAP_CPUS] = "cpus",
	[RSS_MAP_POLICY_CPUS] = "policy_cpus", [RSS_MAP_QUEUES] = "queues",
	[RSS_MAP_REASONS] = "reasons",	       [RSS_MAP_TARGETS] = "targets",
};

const char *rss_map_name(enum rss_map map)
{
	return map < RSS_NR_MAPS ? map_names[map] : NULL;
}

static struct bpf_map *map_of(const struct rss_prog *p, enum rss_map map)
{
	switch (map) {
	case RSS_MAP_CONFIG:
		return p->skel->maps.data_config;
	case RSS_MAP_DECISION:
		return p->skel->maps.data_decision;
	case RSS_MAP_CPU_MAP:
		return p->skel->maps.cpu_map;
	case RSS_MAP_SAS:
		return p->skel->maps.sas;
	case RSS_MAP_WISHES:
		return p->skel->maps.wishes;
	case RSS_MAP_GROUPS:
		return p->skel->maps.groups;
	case RSS_MAP_SA_INFO:
		return p->skel->maps.sa_info;
	case RSS_MAP_CPUS:
		return p->skel->maps.cpus;
	case RSS_MAP_POLICY_CPUS:
		return p->skel->maps.policy_cpus;
	case RSS_MAP_QUEUES:
		return p->skel->maps.queues;
	case RSS_MAP_REASONS:
		return p->skel->maps.reasons;
	case RSS_MAP_TARGETS:
		return p->skel->maps.targets;
	default:
		return NULL;
	}
}

/* Before the load: sizes, the rung, maps that are there already. */
static int prepare(struct rss_prog *p, const struct rss_prog_options *o)
{
	static const enum rss_map by_cpu[] = {RSS_MAP_CPU_MAP, RSS_MAP_CPUS, RSS_MAP_QUEUES,
					      RSS_MAP_TARGETS};
	int err = 0;

	p->skel->rodata->lookup = o->lookup;
	p->skel->rodata->record_decision = o->record;
	for (u32 i = 0; i < ARRAY_SIZE(by_cpu) && !err; i++)
		err = bpf_map__set_max_entries(map_of(p, by_cpu[i]), o->nr_cpus);
	if (!err && o->max_sas)
		err = bpf_map__set_max_entries(p->skel->maps.sas, o->max_sas);
	if (!err && o->max_sas)
		err = bpf_map__set_max_entries(p->skel->maps.sa_info, o->max_sas);
	if (!err && o->lookup != RSS_LOOKUP_MAP && !o->reuse[RSS_MAP_SA_INFO])
		err = bpf_map__set_max_entries(p->skel->maps.sa_info, 1);
	for (u32 i = 0; i < RSS_NR_MAPS && !err; i++) {
		if (o->reuse[i])
			err = bpf_map__reuse_fd(map_of(p, i), o->reuse[i]);
	}
	bpf_program__set_autoload(p->skel->progs.esp_rss, !o->no_frags);
	bpf_program__set_autoload(p->skel->progs.esp_rss_linear, o->no_frags);
	bpf_program__set_autoload(p->skel->progs.rss_enqueue, o->watch_queues);
	bpf_program__set_autoload(p->skel->progs.rss_dequeue, o->watch_queues);
	return err;
}

static void default_config(struct rss_config *c)
{
	*c = (struct rss_config){
		.layout = RSS_LAYOUT,
		.steer_until = RSS_OFF,
		.policy = RSS_BALANCE,
		.fixed_cpu = RSS_NO_CPU,
		.nr_ports = 1,
		.ports = {htons(NAT_T_PORT)},
		.nr_marks = 1,
		.netns_id = -1,
		.quiet_ns = QUIET_NS,
	};
}

int rss_prog_open(const struct rss_prog_options *o, struct rss_prog **out, struct espalier_error *e)
{
	struct rss_prog *p;
	int err;

	if (!o->nr_cpus || o->nr_cpus > RSS_MAX_CPUS)
		return fail(e, EINVAL, "%u CPUs: there can be from 1 to %u", o->nr_cpus,
			    RSS_MAX_CPUS);
	p = calloc(1, sizeof(*p));
	if (!p)
		return fail(e, ENOMEM, "out of memory");
	p->nr_cpus = o->nr_cpus;
	p->skel = esp_rss__open();
	if (!p->skel) {
		err = -errno;
		free(p);
		return fail(e, -err, "esp_rss: cannot be opened: %s", strerror(-err));
	}
	default_config(&p->skel->data_config->config);
	err = prepare(p, o);
	if (err) {
		rss_prog_free(p);
		return fail(e, -err, "esp_rss: cannot be opened: %s", strerror(-err));
	}
	*out = p;
	return 0;
}

int rss_prog_load(const struct rss_prog_options *o, struct rss_prog **out, struct espalier_error *e)
{
	struct bpf_map_info info = {0};
	u32 len = sizeof(info);
	struct rss_prog *p;
	int err = rss_prog_open(o, &p, e);

	if (err)
		return err;
	err = esp_rss__load(p->skel);
	if (!err && bpf_obj_get_info_by_fd(bpf_map__fd(p->skel->maps.cpu_map), &info, &len))
		err = -errno;
	if (err) {
		rss_prog_free(p);
		return fail(e, -err, "esp_rss: cannot be loaded: %s", strerror(-err));
	}
	if (!o->reuse[RSS_MAP_CONFIG])
		p->skel->data_config->config.cpu_map_id = info.id;
	*out = p;
	return 0;
}

void rss_prog_free(struct rss_prog *p)
{
	if (!p)
		return;
	esp_rss__destroy(p->skel);
	free(p);
}

struct rss_config *rss_prog_config(struct rss_prog *p)
{
	return &p->skel->data_config->config;
}

struct rss_decision *rss_prog_decision(struct rss_prog *p)
{
	return &p->skel->data_decision->decision;
}

struct bpf_program *rss_prog_program(const struct rss_prog *p)
{
	return bpf_program__autoload(p->skel->progs.esp_rss) ? p->skel->progs.esp_rss
							     : p->skel->progs.esp_rss_linear;
}

int rss_prog_fd(const struct rss_prog *p)
{
	return bpf_program__fd(rss_prog_program(p));
}

static int autoloaded_fd(const struct bpf_program *prog)
{
	return bpf_program__autoload(prog) ? bpf_program__fd(prog) : -1;
}

int rss_prog_enqueue_fd(const struct rss_prog *p)
{
	return autoloaded_fd(p->skel->progs.rss_enqueue);
}

int rss_prog_dequeue_fd(const struct rss_prog *p)
{
	return autoloaded_fd(p->skel->progs.rss_dequeue);
}

int rss_prog_map_fd(const struct rss_prog *p, enum rss_map map)
{
	return bpf_map__fd(map_of(p, map));
}

struct bpf_object *rss_prog_object(struct rss_prog *p)
{
	return p->skel->obj;
}

int rss_prog_open_cpu(struct rss_prog *p, u32 cpu, u32 qsize, struct espalier_error *e)
{
	struct bpf_cpumap_val queue = {.qsize = qsize};
	struct rss_cpu entry = {0};

	if (bpf_map_update_elem(rss_prog_map_fd(p, RSS_MAP_CPU_MAP), &cpu, &queue, 0))
		return fail(e, errno, "CPU %u: a queue of %u packets: %s", cpu, qsize,
			    strerror(errno));
	if (bpf_map_lookup_elem(rss_prog_map_fd(p, RSS_MAP_CPUS), &cpu, &entry))
		return fail(e, errno, "CPU %u: %s", cpu, strerror(errno));
	entry.flags |= RSS_CPU_ONLINE;
	if (bpf_map_update_elem(rss_prog_map_fd(p, RSS_MAP_CPUS), &cpu, &entry, 0))
		return fail(e, errno, "CPU %u: %s", cpu, strerror(errno));
	return 0;
}

int rss_prog_set_policy(struct rss_prog *p, enum rss_policy policy, const u32 *cpus, u32 nr,
			struct espalier_error *e)
{
	struct rss_config *c = rss_prog_config(p);

	for (u32 i = 0; i < nr; i++) {
		if (bpf_map_update_elem(rss_prog_map_fd(p, RSS_MAP_POLICY_CPUS), &i, &cpus[i], 0))
			return fail(e, errno, "CPU %u: %s", cpus[i], strerror(errno));
	}
	c->nr_policy_cpus = nr;
	c->policy = policy;
	return 0;
}
