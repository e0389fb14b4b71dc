// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <linux/xfrm.h>
#include <string.h>

#include "subject.h"

enum {
	ROUNDS = 20,
	FRAMES = 1500,
	SPIS = 60
};

static u64 state;

static u32 below(u32 n)
{
	return rnd(&state, n);
}

/* A few hosts, so that SAs and fragments share them. */
static void random_address(u8 version, u8 *addr, bool source)
{
	struct shape s = shape_esp(version, 0);

	memcpy(addr, source ? s.saddr : s.daddr, 16);
	addr[version == 4 ? 3 : 15] = (u8)(source * 10 + below(3));
}

static u32 random_owner(void)
{
	u32 n = below(6);

	if (n >= 4)
		return RSS_NO_CPU;
	/* The kernel takes no CPU that is not there. */
	if (on_kernel && subject.lookup == RSS_LOOKUP_KFUNC)
		return n % subject_queues();
	return n == 3 ? 100 + below(3) : n;
}

static struct twin_state random_state(u32 spi)
{
	static const struct {
		u32 mark, mask;
	} marks[] = {{0, 0}, {0, 0}, {0, 0}, {1, 0xff}, {2, 0xff}, {0x10, 0xf0}, {7, 0xffffffff}};
	u8 version = below(3) ? 4 : 6;
	struct twin_state x = esp_state(version, spi, random_owner());
	u32 mark = subject.lookup == RSS_LOOKUP_MAP ? 0 : below(ARRAY_SIZE(marks));

	random_address(version, (u8 *)x.key.daddr, false);
	random_address(version, (u8 *)x.info.saddr, true);
	x.key.proto = below(4) ? IPPROTO_ESP : IPPROTO_AH;
	x.mark = marks[mark].mark;
	x.mask = marks[mark].mask;
	x.info.reqid = 1 + below(2);
	x.info.if_id = below(4) ? 0 : 5;
	x.info.mode = below(2) ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT;
	if (subject.lookup == RSS_LOOKUP_MAP || !on_kernel)
		x.info.offloaded = !below(10);
	if (subject.lookup == RSS_LOOKUP_MAP)
		x.info.dying = !below(8);
	return x;
}

static void random_settings(void)
{
	static const u16 ports[] = {4501, 53, 10000, 1};
	static const u32 tried[] = {0, 1, 2, 0x13};
	struct twin *t = &subject.twin;
	struct rss_config *c = &t->config;

	c->policy = below(5);
	c->fixed_cpu = below(2) ? below(3) : RSS_NO_CPU;
	c->hash_seed = below(1000);
	c->quiet_ns = below(2) ? 0 : U64_MAX;
	c->steer_until = below(20) ? RSS_ON : RSS_OFF;
	c->nr_marks = 1 + below(RSS_MAX_MARKS);
	for (u32 i = 0; i < RSS_MAX_MARKS; i++)
		c->marks[i] = tried[below(4)];
	c->nr_ports = 1 + below(RSS_MAX_PORTS);
	for (u32 i = 1; i < RSS_MAX_PORTS; i++)
		c->ports[i] = htons(ports[below(4)]);
	/* CPU 2 is online, but has no queue: what is sent there passes. */
	c->nr_policy_cpus = below(12) ? 1 + below(3) : 0;
	for (u32 i = 0; i < 3; i++) {
		t->policy_cpus[i] = below(3);
		t->cpu[i].online = !!below(4);
		t->cpu[i].load = below(3);
	}
	subject_sync();
}

/* Something happens to an SA. */
static void random_event(void)
{
	struct twin *t = &subject.twin;
	u32 i = below(t->nr_states);

	if (t->state[i].gone)
		return;
	if (below(2)) {
		subject_delete(i);
	} else if (subject.lookup == RSS_LOOKUP_MAP) {
		t->state[i].info.dying = !t->state[i].info.dying;
		t->state[i].info.pcpu_num = random_owner();
		subject_change(i);
	}
}

static u32 random_frame(u8 *frame, const struct twin_state *x, u32 nr)
{
	struct shape s = {.version = x->key.family == AF_INET ? 4 : 6, .spi = ntohl(x->key.spi)};
	u32 len;

	memcpy(s.daddr, x->key.daddr, 16);
	random_address(s.version, s.saddr, true);
	if (!below(10))
		random_address(s.version, s.daddr, false);
	if (!below(10))
		s.spi = 0x1000 + below(nr + 3);
	if (!below(30))
		s.version = 0;
	shape_random(&s, &state);
	/* Most packets of an SA are of its protocol. */
	if (x->key.proto == IPPROTO_AH && s.content == CONTENT_ESP && below(4))
		s.content = CONTENT_AH;
	len = shape_frame(&s, frame);
	for (u32 n = below(4) ? 0 : 1 + below(3); n && len; n--)
		frame[below(len < 120 ? len : 120)] ^= (u8)(1u << below(8));
	return len;
}

static void run_round(u32 round)
{
	enum rss_lookup lookup = round & 1 || !has_kfunc ? RSS_LOOKUP_MAP : RSS_LOOKUP_KFUNC;
	static u8 frame[FRAME_MAX];
	u32 nr = 0;

	/* In each third round, fewer SAs fit than there are. */
	subject_begin(lookup, lookup == RSS_LOOKUP_KFUNC && round % 3 == 0 ? 20 : 0);
	random_settings();
	for (; nr < SPIS; nr++) {
		struct twin_state x = random_state(0x1000 + nr);

		subject_add(&x);
	}
	for (u32 i = 0; i < FRAMES; i++) {
		u32 len = random_frame(frame, &subject.twin.state[below(nr)], nr);

		if (!below(60))
			random_settings();
		if (!below(25))
			random_event();
		if (!below(60) && nr < TWIN_SAS - 1) {
			struct twin_state x = random_state(0x1000 + nr++);

			subject_add(&x);
		}
		if (len >= 14)
			subject_run(frame, len);
	}
	subject_audit();
	subject_end();
}

START_TEST(random_packets_and_sads)
{
	state = 4711u + (u32)_i;
	run_round((u32)_i);
}
END_TEST

TCase *random_case(void)
{
	TCase *tc = tcase_create("random");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, random_packets_and_sads, 0, ROUNDS);
	return tc;
}
