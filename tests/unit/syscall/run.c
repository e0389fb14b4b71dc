// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <string.h>
#include <unistd.h>

#define MD(m)  offsetof(struct xdp_md, m)
#define SKB(m) offsetof(struct __sk_buff, m)

static u8 packet[80000], out[80000];

static void fill_packet(u16 proto)
{
	for (u32 i = 0; i < sizeof(packet); i++)
		packet[i] = (u8)i;
	packet[12] = (u8)(proto >> 8);
	packet[13] = (u8)proto;
}

static union attr run_attr(int prog, u32 size)
{
	return (union attr){
		.uapi.test = {.prog_fd = (u32)prog, .data_in = ptr(packet), .data_size_in = size}};
}

/* Programs that return what they see. */
static int xdp_length(void)
{
	return LOAD(BPF_PROG_TYPE_XDP, LDX_W(0, 1, MD(data_end)), LDX_W(2, 1, MD(data)),
		    SUB_X(0, 2), EXIT());
}

static int xdp_meta_length(void)
{
	return LOAD(BPF_PROG_TYPE_XDP, LDX_W(0, 1, MD(data)), LDX_W(2, 1, MD(data_meta)),
		    SUB_X(0, 2), EXIT());
}

static int xdp_ingress(void)
{
	return LOAD(BPF_PROG_TYPE_XDP, LDX_W(0, 1, MD(ingress_ifindex)), EXIT());
}

START_TEST(xdp_sizes)
{
	static const struct {
		u32 size;
		int ret;
	} cases[] = {
		{0, -EINVAL}, {13, -EINVAL}, {14, 0},	       {60, 0},
		{1500, 0},    {3520, 0},     {73153, -ENOMEM},
	};
	int prog;

	ENGINE(_i);
	prog = xdp_length();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union attr attr = run_attr(prog, cases[i].size);

		ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), cases[i].ret);
		if (cases[i].ret)
			continue;
		ck_assert_uint_eq(attr.uapi.test.retval, cases[i].size);
		ck_assert_uint_eq(attr.uapi.test.data_size_out, cases[i].size);
	}
}
END_TEST

START_TEST(xdp_context)
{
	static const struct {
		struct xdp_md in;
		u32 size;
		int ret;
		u32 meta; /* seen by the program */
	} cases[] = {
		{{.data_end = 60}, 60, 0, 0},
		{{.data_end = 50}, 60, 0, 0},
		{{.data_end = 0}, 60, 0, 0},
		{{.data_end = 61}, 60, -EINVAL, 0},
		{{.data = 4, .data_end = 60}, 60, 0, 4},
		{{.data = 44, .data_end = 60}, 60, 0, 44},
		{{.data = 48, .data_end = 60}, 60, -EINVAL, 0},
		{{.data = 5, .data_end = 60}, 60, -EINVAL, 0},
		{{.data = 216, .data_end = 300}, 300, 0, 216},
		{{.data = 220, .data_end = 300}, 300, -EINVAL, 0},
		{{.data_meta = 4, .data = 4, .data_end = 60}, 60, -EINVAL, 0},
		{{.data_end = 60, .ingress_ifindex = 1}, 60, 0, 0},
		{{.data_end = 60, .ingress_ifindex = 1, .rx_queue_index = 1}, 60, -EINVAL, 0},
		{{.data_end = 60, .rx_queue_index = 1}, 60, -EINVAL, 0},
		{{.data_end = 60, .ingress_ifindex = 9999}, 60, -ENODEV, 0},
		{{.data_end = 60, .egress_ifindex = 1}, 60, -EINVAL, 0},
	};
	int prog;

	ENGINE(_i);
	prog = xdp_meta_length();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union attr attr = run_attr(prog, cases[i].size);
		struct xdp_md md = cases[i].in, back;

		memset(&back, 0xee, sizeof(back));
		attr.uapi.test.ctx_in = ptr(&md);
		attr.uapi.test.ctx_size_in = sizeof(md);
		attr.uapi.test.ctx_out = ptr(&back);
		attr.uapi.test.ctx_size_out = sizeof(back);
		attr.uapi.test.data_out = ptr(out);
		attr.uapi.test.data_size_out = sizeof(out);
		ck_assert_msg(bpf(BPF_PROG_TEST_RUN, &attr) == cases[i].ret, "case %zu", i);
		if (cases[i].ret)
			continue;
		ck_assert_uint_eq(attr.uapi.test.retval, cases[i].meta);
		ck_assert_uint_eq(attr.uapi.test.data_size_out, cases[i].size);
		ck_assert_int_eq(memcmp(out, packet, cases[i].size), 0);
		ck_assert_int_eq(memcmp(&back, &md, sizeof(md)), 0);
	}
}
END_TEST

START_TEST(context_sizes)
{
	struct xdp_md back = {0};
	u8 md[64] = {0};
	union attr attr;
	int prog;

	ENGINE(_i);
	prog = xdp_ingress();
	((struct xdp_md *)md)->data_end = 60;
	attr = run_attr(prog, 60);
	attr.uapi.test.ctx_in = ptr(md);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	attr.uapi.test.ctx_size_in = 8;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_uint_eq(attr.uapi.test.retval, 1); /* the loopback device */
	attr.uapi.test.ctx_size_in = sizeof(md);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	md[40] = 1;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -E2BIG);
	md[40] = 0;
	attr.uapi.test.ctx_out = ptr(&back);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	attr.uapi.test.ctx_size_out = 8;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -ENOSPC);
	ck_assert_uint_eq(attr.uapi.test.ctx_size_out, sizeof(back));
	ck_assert_uint_eq(back.data_end, 60);
}
END_TEST

START_TEST(data_out)
{
	union attr attr;
	int prog;

	ENGINE(_i);
	prog = xdp_length();
	attr = run_attr(prog, 60);
	attr.uapi.test.data_out = ptr(out);
	attr.uapi.test.data_size_out = 20;
	memset(out, 0xee, 61);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -ENOSPC);
	/* All but the packet's end is told. */
	ck_assert_uint_eq(attr.uapi.test.data_size_out, 60);
	ck_assert_uint_eq(attr.uapi.test.retval, 60);
	ck_assert_int_eq(memcmp(out, packet, 20), 0);
	ck_assert_uint_eq(out[20], 0xee);
	attr = run_attr(prog, 60);
	attr.uapi.test.data_size_out = 20;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -ENOSPC);
	attr = run_attr(prog, 60);
	attr.uapi.test.data_out = ptr(out);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_int_eq(memcmp(out, packet, 60), 0);
	ck_assert_uint_eq(out[60], 0xee);
	attr = run_attr(prog, 60);
	attr.uapi.test.data_in = 0;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EFAULT);
}
END_TEST

START_TEST(flags)
{
	union attr attr;
	int prog;

	ENGINE(_i);
	prog = xdp_length();
	attr = run_attr(prog, 60);
	attr.uapi.test.flags = BPF_F_TEST_RUN_ON_CPU;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	attr = run_attr(prog, 60);
	attr.uapi.test.batch_size = 1;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	attr = run_attr(prog, 60);
	attr.uapi.test.cpu = 1;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	attr = run_attr(999, 60);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EBADF);
	attr = run_attr(make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0), 60);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	if (engine_is_kernel())
		return;
	attr = run_attr(prog, 60);
	attr.uapi.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EOPNOTSUPP);
}
END_TEST

/* Each run goes on where the one before it stopped. */
START_TEST(repeats_accumulate)
{
	union attr attr;
	int prog;

	ENGINE(_i);
	prog = LOAD(BPF_PROG_TYPE_XDP, MOV_K(2, -4), CALL(BPF_FUNC_xdp_adjust_head), EXIT());
	attr = run_attr(prog, 60);
	attr.uapi.test.repeat = 20;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_uint_eq(attr.uapi.test.data_size_out, 140);
	attr = run_attr(prog, 60);
	attr.uapi.test.repeat = 100;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_uint_eq(attr.uapi.test.data_size_out, 276);
	ck_assert_int_eq((s32)attr.uapi.test.retval, -EINVAL);
	/* The frame is a page, whatever the packet. */
	prog = LOAD(BPF_PROG_TYPE_XDP, MOV_K(2, 100), CALL(BPF_FUNC_xdp_adjust_tail), EXIT());
	attr = run_attr(prog, 3500);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_int_eq((s32)attr.uapi.test.retval, -EINVAL);
	attr = run_attr(prog, 60);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_uint_eq(attr.uapi.test.data_size_out, 160);
}
END_TEST

START_TEST(duration_is_a_mean)
{
	union attr attr;

	ENGINE(_i);
	attr = run_attr(xdp_length(), 60);
	attr.uapi.test.repeat = 10000;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_uint_gt(attr.uapi.test.duration, 0);
	ck_assert_uint_lt(attr.uapi.test.duration, 100000);
}
END_TEST

START_TEST(redirected_programs_do_not_run)
{
	static const u32 types[] = {BPF_XDP_DEVMAP, BPF_XDP_CPUMAP};
	static const struct bpf_insn pass[] = {MOV_K(0, 2), EXIT()};

	ENGINE(_i);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		union attr load = {.uapi = {.prog_type = BPF_PROG_TYPE_XDP,
					    .insns = ptr(pass),
					    .insn_cnt = 2,
					    .license = ptr("GPL"),
					    .expected_attach_type = types[i]}};
		union attr attr = run_attr((int)bpf(BPF_PROG_LOAD, &load), 60);

		ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	}
}
END_TEST

START_TEST(skb_sizes)
{
	static const struct {
		u16 proto;
		u32 size;
		int ret;
	} cases[] = {
		{0x1234, 13, -EINVAL}, {0x1234, 14, 0},		{0x0800, 33, -EINVAL},
		{0x0800, 34, 0},       {0x86dd, 53, -EINVAL},	{0x86dd, 54, 0},
		{0x1234, 3712, 0},     {0x1234, 3713, -EINVAL},
	};
	int cls, filter;

	ENGINE(_i);
	cls = LOAD(BPF_PROG_TYPE_SCHED_CLS, LDX_W(0, 1, SKB(len)), EXIT());
	filter = LOAD(BPF_PROG_TYPE_SOCKET_FILTER, LDX_W(0, 1, SKB(len)), EXIT());
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union attr attr = run_attr(cls, cases[i].size);

		fill_packet(cases[i].proto);
		ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), cases[i].ret);
		if (!cases[i].ret)
			ck_assert_uint_eq(attr.uapi.test.retval, cases[i].size);
		attr = run_attr(filter, cases[i].size);
		ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), cases[i].ret);
		/* A socket sees what is behind the Ethernet header. */
		if (!cases[i].ret)
			ck_assert_uint_eq(attr.uapi.test.retval, cases[i].size - 14);
	}
}
END_TEST

START_TEST(skb_header_of_filters)
{
	union attr attr;

	ENGINE(_i);
	attr = run_attr(LOAD(BPF_PROG_TYPE_SOCKET_FILTER, MOV_K(0, 0), EXIT()), 60);
	attr.uapi.test.data_out = ptr(out);
	attr.uapi.test.data_size_out = sizeof(out);
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_uint_eq(attr.uapi.test.data_size_out, 60);
	for (u32 i = 0; i < 14; i++)
		ck_assert_uint_eq(out[i], 0);
	ck_assert_int_eq(memcmp(out + 14, packet + 14, 46), 0);
}
END_TEST

/* One word of the context set to 1: which may be? */
START_TEST(skb_context)
{
	static const u32 settable[] = {
		SKB(mark),     SKB(priority), SKB(ingress_ifindex), SKB(ifindex),
		SKB(cb),       SKB(cb) + 4,   SKB(cb) + 8,	    SKB(cb) + 12,
		SKB(cb) + 16,  SKB(tstamp),   SKB(tstamp) + 4,	    SKB(gso_segs),
		SKB(gso_size), SKB(hwtstamp), SKB(hwtstamp) + 4,
	};
	int prog;

	ENGINE(_i);
	prog = LOAD(BPF_PROG_TYPE_SCHED_CLS, MOV_K(0, 0), EXIT());
	for (u32 off = 0; off < sizeof(struct __sk_buff); off += 4) {
		union attr attr = run_attr(prog, 60);
		struct __sk_buff md = {0}, back = {0};
		bool may = false;

		for (size_t i = 0; i < ARRAY_SIZE(settable); i++)
			may |= settable[i] == off;
		*(u32 *)((u8 *)&md + off) = 1;
		attr.uapi.test.ctx_in = ptr(&md);
		attr.uapi.test.ctx_size_in = sizeof(md);
		attr.uapi.test.ctx_out = ptr(&back);
		attr.uapi.test.ctx_size_out = sizeof(back);
		ck_assert_msg(bpf(BPF_PROG_TEST_RUN, &attr) == (may ? 0 : -EINVAL), "offset %u",
			      off);
		if (!may)
			continue;
		md.ifindex = 1;
		md.wire_len = 60;
		ck_assert_msg(!memcmp(&md, &back, sizeof(md)), "offset %u", off);
	}
}
END_TEST

START_TEST(skb_context_ranges)
{
	static const struct {
		struct __sk_buff md;
		int ret;
	} cases[] = {
		{{.wire_len = 59}, -EINVAL},	{{.wire_len = 65536}, 0},
		{{.wire_len = 65537}, -EINVAL}, {{.gso_segs = 65535}, 0},
		{{.gso_segs = 65536}, -EINVAL}, {{.gso_size = 70000}, 0},
		{{.ifindex = 9999}, -ENODEV},	{{.ingress_ifindex = 9999}, 0},
	};
	int prog;

	ENGINE(_i);
	prog = LOAD(BPF_PROG_TYPE_SCHED_CLS, MOV_K(0, 0), EXIT());
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union attr attr = run_attr(prog, 60);

		attr.uapi.test.ctx_in = ptr(&cases[i].md);
		attr.uapi.test.ctx_size_in = sizeof(cases[i].md);
		ck_assert_msg(bpf(BPF_PROG_TEST_RUN, &attr) == cases[i].ret, "case %zu", i);
	}
}
END_TEST

START_TEST(skb_flags)
{
	union attr attr;
	int prog, writer;

	ENGINE(_i);
	prog = LOAD(BPF_PROG_TYPE_SCHED_CLS, MOV_K(0, 0), EXIT());
	attr = run_attr(prog, 60);
	attr.uapi.test.flags = 1;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	attr = run_attr(prog, 60);
	attr.uapi.test.cpu = 1;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EINVAL);
	attr = run_attr(prog, 61);
	attr.uapi.test.flags = 4; /* BPF_F_TEST_SKB_CHECKSUM_COMPLETE */
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	/* A program that changes the packet and not its sum. */
	writer = LOAD(BPF_PROG_TYPE_SCHED_CLS, INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0x5a5a5a),
		      MOV_K(2, 40), MOV_X(3, 10), INSN(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -4),
		      MOV_K(4, 4), MOV_K(5, 0), CALL(BPF_FUNC_skb_store_bytes), EXIT());
	ck_assert_int_ge(writer, 0);
	attr = run_attr(writer, 61);
	attr.uapi.test.flags = 4;
	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), -EBADMSG);
}
END_TEST

static void setup(void)
{
	fill_packet(0x0800);
}

TCase *run_tests(void)
{
	TCase *tc = tcase_create("run");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, xdp_sizes, 0, ENGINES);
	tcase_add_loop_test(tc, xdp_context, 0, ENGINES);
	tcase_add_loop_test(tc, context_sizes, 0, ENGINES);
	tcase_add_loop_test(tc, data_out, 0, ENGINES);
	tcase_add_loop_test(tc, flags, 0, ENGINES);
	tcase_add_loop_test(tc, repeats_accumulate, 0, ENGINES);
	tcase_add_loop_test(tc, duration_is_a_mean, 0, ENGINES);
	tcase_add_loop_test(tc, redirected_programs_do_not_run, 0, ENGINES);
	tcase_add_loop_test(tc, skb_sizes, 0, ENGINES);
	tcase_add_loop_test(tc, skb_header_of_filters, 0, ENGINES);
	tcase_add_loop_test(tc, skb_context, 0, ENGINES);
	tcase_add_loop_test(tc, skb_context_ranges, 0, ENGINES);
	tcase_add_loop_test(tc, skb_flags, 0, ENGINES);
	return tc;
}
