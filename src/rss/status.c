// SPDX-License-Identifier: BSD-2-Clause
#include "rss/status.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status_advice.h"
#include "dispatcher.h"
#include "link.h"
#include "rss/daemon.h"
#include "rss/kernel.h"
#include "rss/netns.h"

const char *rss_state_name(enum rss_state state)
{
	static const char *const names[] = {
		[RSS_STATE_OFF] = "off",
		[RSS_STATE_ON] = "on",
		[RSS_STATE_TRIAL] = "trial",
		[RSS_STATE_TRIAL_OVER] = "trial_over",
	};

	return state < ARRAY_SIZE(names) ? names[state] : NULL;
}

static void read_switch(const struct rss_instance *in, struct rss_status *st)
{
	u64 until = __atomic_load_n(&in->config->steer_until, __ATOMIC_ACQUIRE);
	u64 now = rss_now();

	if (until == RSS_OFF || until == RSS_ON) {
		st->state = until == RSS_ON ? RSS_STATE_ON : RSS_STATE_OFF;
		return;
	}
	st->state = until > now ? RSS_STATE_TRIAL : RSS_STATE_TRIAL_OVER;
	st->left_ns = until > now ? until - now : now - until;
}

static void read_iface(const struct rss_instance *in, const char *pin, struct rss_iface_status *s)
{
	struct rss_device dev = {.ifindex = s->record.ifindex};
	char path[RSS_PIN_NAME + 32];
	u32 ifindex = 0;
	int back;

	if (!s->record.dispatched) {
		snprintf(path, sizeof(path), "ifaces/%s/link", pin);
		if (rss_link_ifindex(in->pins, path, &ifindex))
			ifindex = 0;
		s->attached = ifindex;
		dev.ifindex = ifindex;
	}
	if (!dev.ifindex || rss_record_enter(&s->record, &back, NULL))
		return;
	s->asked = true;
	if (!rss_device_program(&dev)) {
		s->mode = dev.prog_mode;
		s->prog_id = dev.prog_id;
	}
	if (s->record.dispatched)
		s->attached = rss_dispatcher_has(dev.ifindex, in->config_id);
	rss_netns_leave(back);
}

static int read_ifaces(const struct rss_instance *in, struct rss_status *st)
{
	char **names;
	u32 nr;
	int err = rss_pins_list(in->pins, "ifaces", &names, &nr);

	if (err)
		return err;
	st->ifaces = calloc(nr + 1, sizeof(*st->ifaces));
	for (u32 i = 0; i < nr && st->ifaces; i++) {
		struct rss_iface_status *s = &st->ifaces[st->nr_ifaces];

		if (rss_record_read(in->pins, names[i], &s->record))
			continue;
		read_iface(in, names[i], s);
		st->nr_ifaces++;
	}
	rss_pins_list_free(names, nr);
	return st->ifaces ? 0 : -ENOMEM;
}

/* An element of a per-CPU array, summed up. */
static int sum(int fd, u32 key, struct rss_count *values, u32 nr, struct rss_count *out)
{
	*out = (struct rss_count){0};
	if (bpf_map_lookup_elem(fd, &key, values))
		return -errno;
	for (u32 i = 0; i < nr; i++) {
		out->packets += values[i].packets;
		out->bytes += values[i].bytes;
	}
	return 0;
}

static int read_counts(const struct rss_instance *in, struct rss_status *st)
{
	u32 nr = rss_nr_cpus();
	struct rss_count *values = calloc(nr + 1, sizeof(*values));
	int err = values ? 0 : -ENOMEM;

	for (u32 i = 0; i < RSS_NR_REASONS && !err; i++)
		err = sum(in->map[RSS_MAP_REASONS], i, values, nr, &st->reasons[i]);
	for (u32 i = 0; i < st->nr_cpus && !err; i++)
		err = sum(in->map[RSS_MAP_TARGETS], i, values, nr, &st->cpus[i].steered);
	free(values);
	return err;
}

static int read_cpus(const struct rss_instance *in, struct rss_status *st)
{
	st->nr_cpus = in->meta.nr_cpus;
	st->cpus = calloc(st->nr_cpus + 1, sizeof(*st->cpus));
	if (!st->cpus)
		return -ENOMEM;
	for (u32 i = 0; i < st->nr_cpus; i++) {
		struct rss_cpu_status *s = &st->cpus[i];
		struct rss_cpu c;

		s->cpu = i;
		if (bpf_map_lookup_elem(in->map[RSS_MAP_CPUS], &i, &c) ||
		    bpf_map_lookup_elem(in->map[RSS_MAP_QUEUES], &i, &s->queue))
			return -errno;
		s->open = c.flags & RSS_CPU_ONLINE;
		s->sas = c.sas;
		s->load = c.load;
		/* The two are not read in one instant. */
		if (s->queue.enqueued > s->queue.dequeued)
			s->backlog = s->queue.enqueued - s->queue.dequeued;
	}
	for (u32 i = 0; i < st->settings.nr_cpus; i++) {
		if (st->settings.cpus[i] < st->nr_cpus)
			st->cpus[st->settings.cpus[i]].policy = true;
	}
	return read_counts(in, st);
}

static int by_packets(const void *a, const void *b)
{
	const struct rss_sa_status *x = a, *y = b;

	if (x->sa.packets != y->sa.packets)
		return x->sa.packets < y->sa.packets ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int read_sas(const struct rss_instance *in, struct rss_status *st)
{
	struct rss_sa_key key, *last = NULL;
	int fd = in->map[RSS_MAP_SAS];
	u64 now = rss_now();

	while (st->nr_sas < in->meta.max_sas && !bpf_map_get_next_key(fd, last, &key)) {
		const struct rss_sad_sa *known = rss_sad_find(&st->sad, &key);
		struct rss_sa_status *s;

		if (!(st->nr_sas & (st->nr_sas - 1))) {
			s = reallocarray(st->sas, st->nr_sas ? 2ul * st->nr_sas : 1, sizeof(*s));
			if (!s)
				return -ENOMEM;
			st->sas = s;
		}
		last = &key;
		s = &st->sas[st->nr_sas];
		*s = (struct rss_sa_status){.key = key, .known = known};
		if (bpf_map_lookup_elem(fd, &key, &s->sa))
			continue;
		s->peer = (struct rss_peer){.reqid = s->sa.reqid, .family = key.family};
		memcpy(s->peer.saddr, s->sa.saddr, sizeof(s->peer.saddr));
		if (known) {
			s->sa.reqid = known->reqid;
			memcpy(s->sa.saddr, known->saddr, sizeof(s->sa.saddr));
		}
		if (s->sa.last_seen && s->sa.last_seen < now)
			s->idle_ns = now - s->sa.last_seen;
		st->nr_sas++;
	}
	if (st->nr_sas)
		qsort(st->sas, st->nr_sas, sizeof(*st->sas), by_packets);
	return 0;
}

static int read_peers(const struct rss_instance *in, struct rss_status *st)
{
	struct rss_peer peer, *last = NULL;

	while (st->nr_peers < RSS_RETIRED_PEERS &&
	       !bpf_map_get_next_key(in->retired_fd, last, &peer)) {
		struct rss_peer_status *p;

		if (!(st->nr_peers & (st->nr_peers - 1))) {
			p = reallocarray(st->peers, st->nr_peers ? 2ul * st->nr_peers : 1,
					 sizeof(*p));
			if (!p)
				return -ENOMEM;
			st->peers = p;
		}
		last = &peer;
		p = &st->peers[st->nr_peers];
		p->peer = peer;
		st->nr_peers += !bpf_map_lookup_elem(in->retired_fd, &peer, &p->retired);
	}
	return 0;
}

static int find_hidden(struct rss_status *st)
{
	const struct rss_settings *s = &st->settings;

	st->hidden = calloc(st->sad.nr + 1, sizeof(*st->hidden));
	if (!st->hidden)
		return -ENOMEM;
	for (u32 i = 0; i < st->sad.nr && s->lookup == RSS_LOOKUP_KFUNC; i++) {
		const struct rss_sad_sa *sa = &st->sad.at[i];

		if (sa->inbound && !rss_sad_found_by(sa, s->marks, s->nr_marks))
			st->hidden[st->nr_hidden++] = sa;
	}
	return 0;
}

static u32 id_of(int prog_fd)
{
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(prog_fd, &info, &len) ? 0 : info.id;
}

static int read_all(struct rss_instance *in, struct rss_status *st, struct espalier_error *e)
{
	struct rss_kernel kernel;
	int err;

	err = rss_instance_settings(in, &st->settings, e);
	if (err)
		return err;
	rss_kernel_probe(&kernel);
	st->pcpu_num = kernel.pcpu_num;
	st->queues_watched = in->config->queues_watched;
	st->daemon = rss_daemon_runs(rss_pins_bpffs(in->pins));
	st->prog_id = id_of(in->prog);
	snprintf(st->dir, sizeof(st->dir), "%s", rss_pins_dir(in->pins));
	read_switch(in, st);
	st->sad_read = !rss_instance_sad(in, &st->sad, &st->sad_error);
	if (st->sad_read) {
		err = rss_retire(in, &st->sad, RSS_RETIRE_NS, e);
		if (err < 0)
			return err;
	}
	st->meta = in->meta;
	err = read_ifaces(in, st);
	if (!err)
		err = read_cpus(in, st);
	if (!err)
		err = read_sas(in, st);
	if (!err)
		err = read_peers(in, st);
	if (!err)
		err = find_hidden(st);
	if (err)
		return fail(e, -err, "%s: %s", st->dir, strerror(-err));
	status_advise(st);
	return 0;
}

int rss_status_read(const char *bpffs, struct rss_status **out, struct espalier_error *e)
{
	struct rss_instance *in = NULL;
	struct rss_status *st;
	struct rss_pins *pins;
	int err;

	/* To change: what was cut short is finished, and SAs retire. */
	err = rss_pins_open(bpffs, RSS_CHANGE, &pins, e);
	if (err)
		return err;
	st = calloc(1, sizeof(*st));
	err = st ? rss_instance_recover(pins, e) : fail(e, ENOMEM, "out of memory");
	if (!err)
		err = rss_instance_open(pins, "cur", &in, e);
	if (!err)
		err = read_all(in, st, e);
	rss_instance_close(in);
	rss_pins_close(pins);
	if (err)
		rss_status_free(st);
	else
		*out = st;
	return err;
}

void rss_status_free(struct rss_status *st)
{
	if (!st)
		return;
	free(st->ifaces);
	free(st->cpus);
	free(st->sas);
	free(st->peers);
	free(st->hidden);
	rss_sad_free(&st->sad);
	free(st);
}
