// SPDX-License-Identifier: BSD-2-Clause
#include "subject.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <espalier/sad.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rcu.h"
#include "larval.h"

enum {
	QSIZE = 64
};

struct subject subject;
bool on_kernel;

static struct espalier_sad *sad;
static u8 frame_buf[FRAME_MAX];

u32 subject_queues(void)
{
	int n = libbpf_num_possible_cpus();

	return n > 1 ? 2 : 1;
}

void subject_begin(enum rss_lookup lookup, u32 max_sas)
{
	struct rss_prog_options o = {
		.nr_cpus = TWIN_CPUS,
		.max_sas = max_sas ? max_sas : TWIN_SAS,
		.lookup = lookup,
		.record = true,
	};
	struct twin *t = &subject.twin;
	struct espalier_error e;
	int err;

	memset(&subject, 0, sizeof(subject));
	subject.split = 1;
	err = rss_prog_load(&o, &subject.prog, &e);
	if (lookup == RSS_LOOKUP_KFUNC && !has_kfunc) {
		ck_assert_msg(err < 0, "loaded, though there is no such kfunc");
		ck_assert_str_ne(e.text, "");
		o.lookup = lookup = RSS_LOOKUP_MAP;
		err = rss_prog_load(&o, &subject.prog, &e);
	}
	ck_assert_msg(!err, "%s", e.text);
	for (u32 cpu = 0; cpu < subject_queues(); cpu++) {
		err = rss_prog_open_cpu(subject.prog, cpu, QSIZE, &e);
		ck_assert_msg(!err, "%s", e.text);
		t->cpu[cpu].online = t->cpu[cpu].queue = true;
		t->policy_cpus[t->config.nr_policy_cpus++] = cpu;
	}
	/* The SAs of another test are not to be seen. */
	if (on_kernel)
		ck_assert_int_eq(larval_begin(), 0);
	if (!on_kernel && lookup == RSS_LOOKUP_KFUNC) {
		ck_assert_int_eq(espalier_sad_new(&sad), 0);
		espalier_set_sad(sad);
	}
	subject.lookup = lookup;
	t->owners_hidden = lookup == RSS_LOOKUP_KFUNC && !has_owners;
	t->nr_cpus = TWIN_CPUS;
	t->max_entries = o.max_sas;
	t->config.steer_until = RSS_ON;
	t->config.policy = RSS_BALANCE;
	t->config.fixed_cpu = RSS_NO_CPU;
	t->config.nr_ports = 1;
	t->config.ports[0] = htons(4500);
	t->config.nr_marks = 1;
	t->config.netns_id = -1;
	t->config.quiet_ns = U64_MAX;
	subject_sync();
}

void subject_end(void)
{
	u32 id;

	rss_prog_free(subject.prog);
	/* The user engine learns of closed descriptors when it is next asked for objects. */
	bpf_map_get_next_id(0, &id);
	rcu_quiesce();
	espalier_set_sad(NULL);
	espalier_sad_free(sad);
	sad = NULL;
}

void subject_sync(void)
{
	struct rss_config *c = rss_prog_config(subject.prog);
	struct twin *t = &subject.twin;
	struct espalier_error e;
	int fd = rss_prog_map_fd(subject.prog, RSS_MAP_CPUS);
	int err;

	t->config.layout = c->layout;
	t->config.cpu_map_id = c->cpu_map_id;
	err = rss_prog_set_policy(subject.prog, t->config.policy, t->policy_cpus,
				  t->config.nr_policy_cpus, &e);
	ck_assert_msg(!err, "%s", e.text);
	*c = t->config;
	for (u32 cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct rss_cpu entry;

		ck_assert_int_eq(bpf_map_lookup_elem(fd, &cpu, &entry), 0);
		ck_assert_uint_eq(entry.sas, t->cpu[cpu].sas);
		entry.flags = t->cpu[cpu].online ? RSS_CPU_ONLINE : 0;
		entry.load = t->cpu[cpu].load;
		ck_assert_int_eq(bpf_map_update_elem(fd, &cpu, &entry, 0), 0);
	}
}

static void put_sa_info(const struct twin_state *s)
{
	int fd = rss_prog_map_fd(subject.prog, RSS_MAP_SA_INFO);

	ck_assert_int_eq(bpf_map_update_elem(fd, &s->key, &s->info, 0), 0);
}

static void import(const struct twin_state *s)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN], line[512], more[128] = "";
	struct espalier_error e;
	int len = 0;

	inet_ntop(s->key.family, s->info.saddr, src, sizeof(src));
	inet_ntop(s->key.family, s->key.daddr, dst, sizeof(dst));
	if (s->mask)
		len += sprintf(more + len, " mark 0x%x mask 0x%x", s->mark, s->mask);
	if (s->info.if_id)
		len += sprintf(more + len, " if_id 0x%x", s->info.if_id);
	if (s->info.pcpu_num != RSS_NO_CPU)
		len += sprintf(more + len, " dir in pcpu-num %u", s->info.pcpu_num);
	if (s->info.offloaded)
		sprintf(more + len, " offload crypto dev eth0 dir in");
	snprintf(line, sizeof(line),
		 "xfrm state add src %s dst %s proto %s spi 0x%x reqid %u mode %s%s\n", src, dst,
		 s->key.proto == IPPROTO_AH ? "ah" : "esp", ntohl(s->key.spi), s->info.reqid,
		 s->info.mode == XFRM_MODE_TUNNEL ? "tunnel" : "transport", more);
	ck_assert_msg(espalier_sad_import(sad, "test", line, strlen(line), 0, &e) == 1, "%s: %s",
		      e.text, line);
}

void subject_import(const char *file, const struct twin_state *state)
{
	static char text[65536];
	struct espalier_error e;
	char path[512];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/examples/sa/%s", getenv("SOURCE"), file);
	f = fopen(path, "r");
	ck_assert_msg(f, "%s: %s", path, strerror(errno));
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	ck_assert_msg(espalier_sad_import(sad, file, text, len, 0, &e) == 1, "%s", e.text);
	subject.twin.state[subject.twin.nr_states++] = *state;
}

void subject_add(const struct twin_state *state)
{
	struct twin *t = &subject.twin;

	ck_assert_uint_lt(t->nr_states, TWIN_SAS);
	t->state[t->nr_states++] = *state;
	if (subject.lookup == RSS_LOOKUP_MAP)
		put_sa_info(state);
	else if (on_kernel)
		ck_assert_int_eq(larval_add(state, 1), 0);
	else
		import(state);
}

void subject_delete(u32 i)
{
	struct twin_state *s = &subject.twin.state[i];
	struct espalier_sa_id id = {
		.family = s->key.family,
		.proto = s->key.proto,
		.spi = ntohl(s->key.spi),
		.mark = s->mark,
	};
	int fd = rss_prog_map_fd(subject.prog, RSS_MAP_SA_INFO);

	memcpy(id.daddr, s->key.daddr, sizeof(id.daddr));
	s->gone = true;
	if (subject.lookup == RSS_LOOKUP_MAP)
		ck_assert_int_eq(bpf_map_delete_elem(fd, &s->key), 0);
	else if (on_kernel)
		ck_assert_int_eq(larval_delete(s), 0);
	else
		ck_assert_int_eq(espalier_sad_delete(sad, &id), 0);
}

void subject_change(u32 i)
{
	ck_assert_int_eq(subject.lookup, RSS_LOOKUP_MAP);
	put_sa_info(&subject.twin.state[i]);
}

struct rss_sa_key shape_key(const struct shape *s)
{
	struct rss_sa_key key = {
		.spi = htonl(s->spi),
		.family = s->version == 4 ? AF_INET : AF_INET6,
		.proto = s->content == CONTENT_AH ? IPPROTO_AH : IPPROTO_ESP,
	};

	memcpy(key.daddr, s->daddr, s->version == 4 ? 4 : 16);
	return key;
}

struct twin_state esp_state(u8 version, u32 spi, u32 owner)
{
	struct shape s = shape_esp(version, spi);
	struct twin_state state = {
		.key = shape_key(&s),
		.info = {.pcpu_num = owner, .reqid = 1, .mode = XFRM_MODE_TUNNEL},
	};

	memcpy(state.info.saddr, s.saddr, version == 4 ? 4 : 16);
	return state;
}

static void dump(const u8 *frame, u32 len)
{
	for (u32 i = 0; i < len && i < 512; i++)
		printf("%s%02x", i % 32 ? " " : "\n# ", frame[i]);
	printf("\n");
	fflush(stdout);
}

static void compare(const u8 *frame, u32 len, int verdict, int want_verdict,
		    const struct rss_decision *got, const struct rss_decision *want)
{
	bool same = verdict == want_verdict && got->reason == want->reason &&
		    got->cpu == want->cpu && got->has_key == want->has_key &&
		    got->changed == want->changed &&
		    (!got->has_key || !memcmp(&got->key, &want->key, sizeof(got->key))) &&
		    (!got->has_key || !memcmp(got->source, want->source, sizeof(got->source)));

	if (same)
		return;
	dump(frame, len);
	ck_abort_msg("%u bytes: verdict %d, reason %u, CPU %d, key %u %08x, changed %u; twin: "
		     "verdict %d, reason %u, CPU %d, key %u %08x, changed %u",
		     len, verdict, got->reason, (int)got->cpu, got->has_key, ntohl(got->key.spi),
		     got->changed, want_verdict, want->reason, (int)want->cpu, want->has_key,
		     ntohl(want->key.spi), want->changed);
}

struct rss_decision subject_program(const u8 *frame, u32 len, int *verdict)
{
	struct rss_decision *got = rss_prog_decision(subject.prog);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .repeat = 1);
	struct xdp_md ctx = {0};

	/* In the kernel, any part of the packet may be in fragments of the buffer. */
	if (on_kernel && len > 16 && !rnd(&subject.split, 2)) {
		ctx.data_end = 14 + rnd(&subject.split, (len < 200 ? len : 200) - 14);
		opts.ctx_in = &ctx;
		opts.ctx_size_in = sizeof(ctx);
	}
	memset(got, 0xee, sizeof(*got));
	ck_assert_msg(!bpf_prog_test_run_opts(rss_prog_fd(subject.prog), &opts),
		      "%u bytes, %u linear: %s", len, ctx.data_end, strerror(errno));
	*verdict = (int)opts.retval;
	return *got;
}

struct rss_decision subject_run(const u8 *frame, u32 len)
{
	struct rss_decision got, want;
	int verdict, want_verdict;

	got = subject_program(frame, len, &verdict);
	want_verdict = twin_run(&subject.twin, frame, len, &want);
	compare(frame, len, verdict, want_verdict, &got, &want);
	return want;
}

struct rss_decision subject_shape(const struct shape *s)
{
	return subject_run(frame_buf, shape_frame(s, frame_buf));
}

struct rss_decision subject_program_esp(u32 spi)
{
	struct shape s = shape_esp(4, spi);
	int verdict;

	return subject_program(frame_buf, shape_frame(&s, frame_buf), &verdict);
}

struct rss_decision subject_esp(u32 spi)
{
	struct shape s = shape_esp(4, spi);

	return subject_shape(&s);
}

struct rss_sa subject_sa(const struct rss_sa_key *key)
{
	struct rss_sa sa;

	ck_assert_int_eq(bpf_map_lookup_elem(rss_prog_map_fd(subject.prog, RSS_MAP_SAS), key, &sa),
			 0);
	return sa;
}

void subject_set_sa(const struct rss_sa_key *key, const struct rss_sa *sa)
{
	struct twin_entry *e = twin_entry(&subject.twin, key);

	ck_assert_int_eq(
		bpf_map_update_elem(rss_prog_map_fd(subject.prog, RSS_MAP_SAS), key, sa, 0), 0);
	e->sa.cpu = sa->cpu;
	e->sa.want = sa->want;
}

static void audit_counts(enum rss_map map, const struct rss_count *want, u32 n)
{
	int cpus = libbpf_num_possible_cpus();
	struct rss_count *by_cpu = calloc((size_t)cpus, sizeof(*by_cpu));

	ck_assert_ptr_nonnull(by_cpu);
	for (u32 i = 0; i < n; i++) {
		struct rss_count sum = {0};

		ck_assert_int_eq(
			bpf_map_lookup_elem(rss_prog_map_fd(subject.prog, map), &i, by_cpu), 0);
		for (int cpu = 0; cpu < cpus; cpu++) {
			sum.packets += by_cpu[cpu].packets;
			sum.bytes += by_cpu[cpu].bytes;
		}
		ck_assert_msg(sum.packets == want[i].packets && sum.bytes == want[i].bytes,
			      "%s %u: %llu packets, %llu bytes instead of %llu, %llu",
			      rss_map_name(map), i, sum.packets, sum.bytes, want[i].packets,
			      want[i].bytes);
	}
	free(by_cpu);
}

static u32 count_keys(enum rss_map map)
{
	int fd = rss_prog_map_fd(subject.prog, map);
	struct rss_sa_key key, *at = NULL;
	u32 n = 0;

	while (!bpf_map_get_next_key(fd, at, &key)) {
		at = &key;
		n++;
	}
	return n;
}

void subject_audit(void)
{
	struct twin *t = &subject.twin;

	audit_counts(RSS_MAP_REASONS, t->reasons, RSS_NR_REASONS);
	audit_counts(RSS_MAP_TARGETS, t->targets, t->nr_cpus);
	for (u32 cpu = 0; cpu < t->nr_cpus; cpu++) {
		struct rss_cpu entry;

		bpf_map_lookup_elem(rss_prog_map_fd(subject.prog, RSS_MAP_CPUS), &cpu, &entry);
		ck_assert_msg(entry.sas == t->cpu[cpu].sas, "CPU %u: %u SAs instead of %u", cpu,
			      entry.sas, t->cpu[cpu].sas);
	}
	ck_assert_uint_eq(count_keys(RSS_MAP_SAS), t->nr_entries);
	for (u32 i = 0; i < t->nr_entries; i++) {
		struct rss_sa got = subject_sa(&t->entry[i].key), *want = &t->entry[i].sa;

		ck_assert_uint_eq(got.cpu, want->cpu);
		ck_assert_uint_eq(got.want, want->want);
		ck_assert_uint_eq(got.owner, want->owner);
		ck_assert_uint_eq(got.flags, want->flags);
		ck_assert_uint_eq(got.packets, want->packets);
		ck_assert_uint_eq(got.bytes, want->bytes);
		ck_assert_uint_eq(got.changes, want->changes);
		ck_assert_uint_eq(got.fragments, want->fragments);
		ck_assert_int_eq(memcmp(got.saddr, want->saddr, sizeof(got.saddr)), 0);
		ck_assert_uint_eq(got.reqid, want->reqid);
		ck_assert_uint_ne(got.first_seen, 0);
		ck_assert(!got.packets || got.last_seen >= got.first_seen);
	}
}
