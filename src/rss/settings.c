// SPDX-License-Identifier: BSD-2-Clause
#include "rss/settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rss/policy.h"

#define NAT_T_PORT 4500

void rss_settings_default(struct rss_settings *s, const struct rss_placement *p, bool kfunc)
{
	*s = (struct rss_settings){
		.policy = RSS_BALANCE,
		.fixed_cpu = RSS_NO_CPU,
		.lookup = kfunc ? RSS_LOOKUP_KFUNC : RSS_LOOKUP_MAP,
		.nr_ports = 1,
		.ports = {htons(NAT_T_PORT)},
		.nr_marks = 1,
		.netns_id = -1,
		.qsize = RSS_QSIZE,
		.max_sas = RSS_SAS,
	};
	for (u32 cpu = 0; cpu < RSS_MAX_CPUS; cpu++) {
		if (rss_cpuset_has(&p->chosen, cpu))
			s->cpus[s->nr_cpus++] = cpu;
	}
}

/* Comma-separated numbers. */
static int parse_numbers(const char *option, const char *text, u64 max_value, u32 room, u32 *out,
			 u32 *nr, struct espalier_error *e)
{
	const char *at = text;
	char *end;
	u64 v;

	*nr = 0;
	do {
		errno = 0;
		v = strtoull(at, &end, 0);
		if (errno || end == at || *at == '-' || v > max_value || (*end && *end != ','))
			return fail(e, EINVAL, "--%s %s: no comma-separated numbers from 0 to %llu",
				    option, text, (unsigned long long)max_value);
		if (*nr == room)
			return fail(e, EINVAL, "--%s %s: more than %u", option, text, room);
		out[(*nr)++] = (u32)v;
		at = end + 1;
	} while (*end);
	return 0;
}

static int wish_ports(struct rss_settings *s, const char *text, struct espalier_error *e)
{
	u32 ports[RSS_MAX_PORTS], nr;
	int err = parse_numbers("ports", text, UINT16_MAX, RSS_MAX_PORTS, ports, &nr, e);
	u32 n = 1;

	if (err)
		return err;
	memset(s->ports, 0, sizeof(s->ports));
	s->ports[0] = htons(NAT_T_PORT);
	for (u32 i = 0; i < nr; i++) {
		bool there = false;

		if (!ports[i])
			return fail(e, EINVAL, "--ports %s: there is no port 0", text);
		for (u32 j = 0; j < n; j++)
			there |= s->ports[j] == htons((u16)ports[i]);
		if (there)
			continue;
		if (n == RSS_MAX_PORTS)
			return fail(e, EINVAL, "--ports %s: more than %d, %d among them", text,
				    RSS_MAX_PORTS, NAT_T_PORT);
		s->ports[n++] = htons((u16)ports[i]);
	}
	s->nr_ports = n;
	return 0;
}

static int wish_marks(struct rss_settings *s, const char *text, const struct rss_sad *sad,
		      struct espalier_error *e)
{
	struct rss_marks marks;

	memset(s->marks, 0, sizeof(s->marks));
	if (strcmp(text, "auto"))
		return parse_numbers("marks", text, U32_MAX, RSS_MAX_MARKS, s->marks, &s->nr_marks,
				     e);
	s->nr_marks = 1;
	if (sad) {
		rss_sad_marks(sad, &marks);
		s->nr_marks = marks.nr;
		memcpy(s->marks, marks.mark, sizeof(s->marks));
	}
	return 0;
}

static int wish_lookup(struct rss_settings *s, const char *text, bool kfunc,
		       struct espalier_error *e)
{
	if (!strcmp(text, "map")) {
		s->lookup = RSS_LOOKUP_MAP;
	} else if (!strcmp(text, "kfunc")) {
		if (!kfunc)
			return fail(e, EOPNOTSUPP,
				    "--lookup kfunc: this kernel has no bpf_xdp_get_xfrm_state() "
				    "(Linux 6.8); --lookup map needs none");
		s->lookup = RSS_LOOKUP_KFUNC;
	} else if (!strcmp(text, "auto")) {
		s->lookup = kfunc ? RSS_LOOKUP_KFUNC : RSS_LOOKUP_MAP;
	} else {
		return fail(e, EINVAL, "--lookup %s: not one of auto, kfunc, map", text);
	}
	return 0;
}

static int wish_policy(struct rss_settings *s, const char *text, struct espalier_error *e)
{
	struct espalier_error why;
	enum rss_policy policy;
	struct rss_cpuset online;

	if (rss_policy_parse(text, &policy, &s->fixed_cpu, &why))
		return fail(e, EINVAL, "--policy %s", why.text);
	s->policy = policy;
	rss_cpus_online(&online);
	if (policy == RSS_FIXED && !rss_cpuset_has(&online, s->fixed_cpu))
		return fail(e, EINVAL, "--policy %s: that CPU is not online", text);
	return 0;
}

static int wish_cpus(struct rss_settings *s, const char *text, struct espalier_error *e)
{
	struct espalier_error why;
	struct rss_cpuset online;

	memset(s->cpus, 0, sizeof(s->cpus));
	if (rss_cpus_parse(text, rss_nr_cpus(), s->cpus, &s->nr_cpus, &why))
		return fail(e, EINVAL, "--cpus %s", why.text);
	rss_cpus_online(&online);
	for (u32 i = 0; i < s->nr_cpus; i++) {
		if (!rss_cpuset_has(&online, s->cpus[i]))
			return fail(e, EINVAL, "--cpus %s: CPU %u is not online", text, s->cpus[i]);
	}
	return 0;
}

static int wish_netns_id(struct rss_settings *s, const char *text, struct espalier_error *e)
{
	u32 id, nr;
	int err;

	s->netns_id = -1;
	if (!strcmp(text, "none"))
		return 0;
	err = parse_numbers("netns-id", text, S32_MAX, 1, &id, &nr, e);
	if (!err)
		s->netns_id = (s32)id;
	return err;
}

int rss_settings_wish(struct rss_settings *s, const struct rss_wish *wish, bool kfunc,
		      const struct rss_sad *sad, struct espalier_error *e)
{
	int err = 0;

	if (wish->qsize)
		s->qsize = (u32)wish->qsize;
	if (wish->max_sas)
		s->max_sas = (u32)wish->max_sas;
	if (wish->lookup)
		err = wish_lookup(s, wish->lookup, kfunc, e);
	if (!err && wish->policy)
		err = wish_policy(s, wish->policy, e);
	if (!err && wish->cpus)
		err = wish_cpus(s, wish->cpus, e);
	if (!err && wish->ports)
		err = wish_ports(s, wish->ports, e);
	if (!err && wish->netns_id)
		err = wish_netns_id(s, wish->netns_id, e);
	if (!err && wish->marks)
		err = wish_marks(s, wish->marks, sad, e);
	return err;
}

const char *rss_settings_differ(const struct rss_settings *a, const struct rss_settings *b)
{
	if (a->policy != b->policy || a->fixed_cpu != b->fixed_cpu)
		return "--policy";
	if (memcmp(a->cpus, b->cpus, sizeof(a->cpus)))
		return "--cpus";
	if (a->lookup != b->lookup)
		return "--lookup";
	if (memcmp(a->ports, b->ports, sizeof(a->ports)))
		return "--ports";
	if (a->nr_marks != b->nr_marks || memcmp(a->marks, b->marks, sizeof(a->marks)))
		return "--marks";
	if (a->netns_id != b->netns_id)
		return "--netns-id";
	if (a->qsize != b->qsize)
		return "--qsize";
	if (a->max_sas != b->max_sas)
		return "--max-sas";
	return NULL;
}
