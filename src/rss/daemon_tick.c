// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "base/hash.h"

#include "daemon_state.h"
#include "hotplug.h"
#include "link.h"
#include "rss/netns.h"
#include "rss/policy.h"
#include "rss/service.h"
#include "survey.h"

#define NS_PER_S   1000000000ull
#define NS_PER_MS  1000000ull
#define TELL_DROPS (60 * NS_PER_S) /* at most once in this time */

void rss_daemon_unfollow(struct rss_daemon *d)
{
	for (u32 i = 0; i < d->nr_follows; i++)
		rss_follow_close(&d->follow[i]);
	d->nr_follows = 0;
}

static void nothing_attached(struct rss_daemon *d)
{
	rss_daemon_unfollow(d);
	rss_relief_free(&d->relief);
	d->config_id = 0;
	d->ifaces_hash = 0;
	d->drops = 0;
	d->news.survey = d->news.iface_gone = false;
	if (d->waiting)
		return;
	d->waiting = true;
	rss_log(RSS_LOG_NOTICE, "nothing is attached: waiting for espalier rss attach");
	rss_notify("STATUS=waiting for espalier rss attach");
}

/* All records, and what they come to as a number. */
static int read_records(struct rss_pins *pins, struct rss_record *records, char **names, u32 nr,
			u64 *hash)
{
	u32 n = 0;

	*hash = 1;
	for (u32 i = 0; i < nr && n < RSS_MAX_DEVICES; i++) {
		if (rss_record_read(pins, names[i], &records[n]))
			continue;
		*hash = hash_bytes(&records[n], sizeof(records[n]), *hash);
		n++;
	}
	return (int)n;
}

static void follow(struct rss_daemon *d, const struct rss_instance *in,
		   const struct rss_record *records, u32 nr)
{
	struct espalier_error e = {0};
	char text[640];

	rss_daemon_unfollow(d);
	d->follow_failed = false;
	for (u32 i = 0; i < nr; i++) {
		bool again = false;

		for (u32 j = 0; j < d->nr_follows; j++)
			again |= d->follow[j].netns_dev == records[i].netns_dev &&
				 d->follow[j].netns_ino == records[i].netns_ino;
		if (again)
			continue;
		if (d->nr_follows == RSS_MAX_FOLLOWS) {
			rss_log(RSS_LOG_WARNING,
				"%s: its network namespace is not followed: more than %d",
				records[i].iface, RSS_MAX_FOLLOWS);
			continue;
		}
		if (!rss_follow_open(&records[i], in->config->netns_id, (u32)d->o.rcvbuf,
				     &d->follow[d->nr_follows], &e)) {
			d->nr_follows++;
			continue;
		}
		d->follow_failed = true;
		snprintf(text, sizeof(text), "%s: its SAs cannot be followed: %s", records[i].iface,
			 e.text);
		rss_daemon_grumble(d, text);
	}
	/* Watched first, then read: nothing is missed. */
	d->news.survey = true;
	d->refollow = false;
}

static void tell_instance(struct rss_daemon *d, const struct rss_instance *in,
			  const struct rss_record *records, u32 nr)
{
	char ifaces[512] = "";
	size_t len = 0;

	for (u32 i = 0; i < nr && len < sizeof(ifaces) - 2 * IF_NAMESIZE; i++)
		len += (size_t)snprintf(ifaces + len, sizeof(ifaces) - len, "%s%s", i ? ", " : "",
					records[i].iface);
	rss_log(RSS_LOG_NOTICE, "serving %s: policy %s, lookup %s", nr ? ifaces : "no interface",
		rss_policy_name(in->config->policy),
		in->meta.lookup == RSS_LOOKUP_MAP ? "map" : "kfunc");
	rss_notify("STATUS=serving %s", nr ? ifaces : "no interface");
	d->waiting = false;
}

/* Interfaces that are gone, to hear when they are back. */
static u32 add_forgotten(const struct rss_daemon *d, struct rss_record *records, u32 nr)
{
	for (u32 i = 0; i < d->nr_forgotten; i++) {
		const struct rss_forgotten *g = &d->forgotten[i];
		struct rss_record *r = &records[nr++];

		*r = (struct rss_record){.netns_dev = g->netns_dev, .netns_ino = g->netns_ino};
		memcpy(r->iface, g->iface, sizeof(r->iface));
		memcpy(r->netns, g->netns, sizeof(r->netns));
	}
	return nr;
}

static void look_at_ifaces(struct rss_daemon *d, struct rss_pins *pins,
			   const struct rss_instance *in)
{
	struct rss_record records[RSS_MAX_DEVICES + RSS_MAX_FORGOTTEN];
	char **names;
	u64 hash;
	u32 nr;

	if (rss_pins_list(pins, "ifaces", &names, &nr))
		return;
	nr = (u32)read_records(pins, records, names, nr, &hash);
	rss_pins_list_free(names, nr);
	if (hash == d->ifaces_hash && in->config_id == d->config_id && !d->refollow)
		return;
	if (hash != d->ifaces_hash || in->config_id != d->config_id)
		tell_instance(d, in, records, nr);
	d->ifaces_hash = hash;
	d->config_id = in->config_id;
	d->news.iface_gone = true; /* one may have gone before we came */
	follow(d, in, records, add_forgotten(d, records, nr));
}

static void look_at_cpus(struct rss_daemon *d, struct rss_instance *in)
{
	struct espalier_error e = {0};
	struct rss_cpuset came, went;
	char text[256];

	if (rss_hotplug(in, &came, &went, &e))
		rss_daemon_grumble(d, e.text);
	rss_cpuset_text(&came, text, sizeof(text));
	if (rss_cpuset_count(&came))
		rss_log(RSS_LOG_NOTICE, "CPU %s came online and takes packets", text);
	rss_cpuset_text(&went, text, sizeof(text));
	if (rss_cpuset_count(&went))
		rss_log(RSS_LOG_WARNING, "CPU %s went offline: its SAs go to others", text);
}

static void look_at_drops(struct rss_daemon *d, const struct rss_instance *in)
{
	u64 drops = 0, worst = 0, now = rss_now();
	u32 where = 0;

	for (u32 cpu = 0; cpu < in->meta.nr_cpus; cpu++) {
		struct rss_queue q;

		if (bpf_map_lookup_elem(in->map[RSS_MAP_QUEUES], &cpu, &q))
			return;
		drops += q.dropped;
		if (q.dropped > worst) {
			worst = q.dropped;
			where = cpu;
		}
	}
	if (!d->drops_told || drops < d->drops) { /* before our time */
		d->drops = drops;
		d->drops_told = 1;
	}
	if (drops == d->drops || (d->drops_told > 1 && now - d->drops_told < TELL_DROPS))
		return;
	rss_log(RSS_LOG_WARNING,
		"queues were full: %llu packets lost, most of them for CPU %u (attach --replace "
		"--qsize %u)",
		(unsigned long long)(drops - d->drops), where,
		min(2 * in->meta.qsize, (u32)RSS_MAX_QSIZE));
	d->drops = drops;
	d->drops_told = now;
}

static void look_at_load(struct rss_daemon *d, struct rss_instance *in, u64 elapsed)
{
	char text[128];
	int moves;

	if (in->config->policy != RSS_LEAST_LOADED) {
		rss_relief_free(&d->relief);
		return;
	}
	moves = rss_relieve(&d->relief, in, elapsed);
	if (moves < 0) {
		snprintf(text, sizeof(text), "load cannot be read: %s", strerror(-moves));
		rss_daemon_grumble(d, text);
	}
}

void rss_daemon_tick(struct rss_daemon *d)
{
	u64 now = rss_now(), elapsed = now - d->last_tick;
	struct rss_instance *in = NULL;
	struct espalier_error e = {0};
	struct rss_pins *pins = NULL;
	int err = rss_pins_open(d->o.bpffs, RSS_READ, &pins, &e);

	d->last_tick = now;
	d->next_tick = now + d->o.interval_ms * NS_PER_MS;
	if (!err)
		err = rss_instance_open(pins, "cur", &in, &e);
	if (err == -ENOENT || err == -ENODATA) {
		nothing_attached(d);
	} else if (err) {
		rss_daemon_grumble(d, e.text);
	} else {
		if (d->ticks + 1 >= RSS_SURVEY_TICKS)
			d->refollow |= d->follow_failed;
		look_at_ifaces(d, pins, in);
		look_at_cpus(d, in);
		look_at_drops(d, in);
		look_at_load(d, in, elapsed);
		if (++d->ticks >= RSS_SURVEY_TICKS)
			d->news.survey = true;
	}
	rss_instance_close(in);
	rss_pins_close(pins);
}

void rss_daemon_iface_new(const char *name, const struct rss_follow *f, void *arg)
{
	struct rss_daemon *d = arg;

	for (u32 i = 0; i < d->nr_forgotten; i++) {
		struct rss_forgotten *g = &d->forgotten[i];

		if (strcmp(g->iface, name) || g->netns_dev != f->netns_dev ||
		    g->netns_ino != f->netns_ino)
			continue;
		rss_log(RSS_LOG_NOTICE, "%s is back, and not steered: espalier rss attach%s%s %s",
			name, g->netns[0] ? " --netns " : "", g->netns, name);
		*g = d->forgotten[--d->nr_forgotten];
		return;
	}
}

/* 1: it is gone. 0: it is there, or cannot be asked. */
static bool is_gone(const struct rss_pins *pins, const char *pin, const struct rss_record *r)
{
	char path[RSS_PIN_NAME + 32], name[IF_NAMESIZE];
	u32 ifindex = 0;
	bool gone;
	int back, err;

	if (!r->dispatched) {
		snprintf(path, sizeof(path), "ifaces/%s/link", pin);
		return !rss_link_ifindex(pins, path, &ifindex) && !ifindex;
	}
	err = rss_record_enter(r, &back, NULL);
	if (err)
		return err == -ENOENT;
	gone = !if_indextoname(r->ifindex, name);
	rss_netns_leave(back);
	return gone;
}

static void forget(struct rss_daemon *d, const struct rss_record *r)
{
	struct rss_forgotten *g;

	rss_log(RSS_LOG_WARNING, "%s is gone: forgotten", r->iface);
	if (d->nr_forgotten == RSS_MAX_FORGOTTEN)
		d->nr_forgotten--;
	g = &d->forgotten[d->nr_forgotten++];
	memcpy(g->iface, r->iface, sizeof(g->iface));
	memcpy(g->netns, r->netns, sizeof(g->netns));
	g->netns_dev = r->netns_dev;
	g->netns_ino = r->netns_ino;
}

static void forget_ifaces(struct rss_daemon *d, struct rss_pins *pins)
{
	struct espalier_error e = {0};
	struct rss_record r;
	char **names;
	u32 nr;

	if (rss_pins_list(pins, "ifaces", &names, &nr))
		return;
	for (u32 i = 0; i < nr; i++) {
		if (rss_record_read(pins, names[i], &r) || !is_gone(pins, names[i], &r))
			continue;
		if (rss_detach_iface(pins, names[i], &e))
			rss_daemon_grumble(d, e.text);
		else
			forget(d, &r);
	}
	rss_pins_list_free(names, nr);
}

static void refresh_locals(struct rss_daemon *d, struct rss_pins *pins)
{
	struct rss_record r;
	char **names;
	u32 nr;
	int back;

	if (rss_pins_list(pins, "ifaces", &names, &nr))
		return;
	for (u32 i = 0; i < nr; i++) {
		if (rss_record_read(pins, names[i], &r) || rss_record_enter(&r, &back, NULL))
			continue;
		for (u32 j = 0; j < d->nr_follows; j++) {
			struct rss_follow *f = &d->follow[j];

			if (f->netns_dev != r.netns_dev || f->netns_ino != r.netns_ino)
				continue;
			rss_locals_free(&f->locals);
			rss_locals_read(f->netns_id, &f->locals);
		}
		rss_netns_leave(back);
	}
	rss_pins_list_free(names, nr);
}

void rss_daemon_catch_up(struct rss_daemon *d)
{
	struct espalier_error e = {0};
	struct rss_instance *in = NULL;
	struct rss_pins *pins = NULL;
	int err;

	if (!d->config_id || !(d->news.survey || d->news.iface_gone))
		return;
	err = rss_pins_open(d->o.bpffs, RSS_CHANGE, &pins, &e);
	if (!err)
		err = rss_instance_recover(pins, &e);
	if (!err)
		err = rss_instance_open(pins, "cur", &in, &e);
	if (!err && d->news.iface_gone)
		forget_ifaces(d, pins);
	if (!err && d->news.survey) {
		refresh_locals(d, pins);
		err = rss_survey(in, NULL, &e);
		d->ticks = 0;
	}
	rss_instance_close(in);
	rss_pins_close(pins);
	/* What failed is tried again with the next survey. */
	d->news.survey = d->news.iface_gone = false;
	if (err != -ENOENT && err != -ENODATA)
		rss_daemon_grumble(d, err ? e.text : "");
}
