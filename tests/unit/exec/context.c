// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <string.h>

#include "packet/skb.h"
#include "packet/xdp.h"

/* Marks the access at @idx as one of the context, as the verifier does. */
static void mark_ctx(struct prog *prog, u32 idx)
{
	prog->aux[idx].access = ACCESS_CTX;
	prog->aux[idx].ctx_off = prog->insns[idx].off;
}

static const u8 frame[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16,
	0x08, 0x00, 0x45, 0x00, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x87, 0x98,
};

static struct xdp_ctx *new_xdp(void)
{
	struct xdp_ctx *ctx;

	ck_assert_int_eq(xdp_ctx_new(sizeof(frame), &ctx), 0);
	xdp_ctx_load(ctx, frame, sizeof(frame));
	return ctx;
}

/* data and data_end come out as pointers, from fields that xdp_md has 32 bits for. */
START_TEST(xdp_packet)
{
	struct bpf_insn insns[] = {
		LD(BPF_W, 2, 1, offsetof(struct xdp_md, data)),
		LD(BPF_W, 3, 1, offsetof(struct xdp_md, data_end)),
		LD(BPF_W, 4, 1, offsetof(struct xdp_md, data_meta)),
		MOV_K(0, -1),
		JMP_X(BPF_JNE, 2, 4, 5),
		MOV_X(5, 2),
		ADD_K(5, sizeof(frame)),
		JMP_X(BPF_JNE, 5, 3, 2),
		LD(BPF_H, 0, 2, 16),
		INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 16),
		EXIT(),
	};
	struct prog *prog = MAKE_PROG(insns);
	struct xdp_ctx *ctx = new_xdp();

	for (u32 i = 0; i < 3; i++)
		mark_ctx(prog, i);
	ck_assert_uint_eq(run(prepared(prog), ctx), 0xa1b2);
	prog_put(prog);
	xdp_ctx_free(ctx);
}
END_TEST

START_TEST(xdp_fields)
{
	static const struct {
		s16 off;
		u32 want;
	} fields[] = {
		{offsetof(struct xdp_md, ingress_ifindex), 7},
		{offsetof(struct xdp_md, rx_queue_index), 8},
		{offsetof(struct xdp_md, egress_ifindex), 9},
	};
	struct xdp_ctx *ctx = new_xdp();

	ctx->ingress_ifindex = 7;
	ctx->rx_queue_index = 8;
	ctx->egress_ifindex = 9;
	for (u32 i = 0; i < ARRAY_SIZE(fields); i++) {
		struct bpf_insn insns[] = {LD(BPF_W, 0, 1, fields[i].off), EXIT()};
		struct prog *prog = MAKE_PROG(insns);

		prog->expected_attach_type = BPF_XDP_DEVMAP;
		mark_ctx(prog, 0);
		ck_assert_uint_eq(run(prepared(prog), ctx), fields[i].want);
		prog_put(prog);
	}
	xdp_ctx_free(ctx);
}
END_TEST

static struct skb_ctx *new_skb(void)
{
	struct skb_ctx *ctx;

	ck_assert_int_eq(skb_ctx_new(sizeof(frame), &ctx), 0);
	ck_assert_int_eq(skb_ctx_load(ctx, frame, sizeof(frame), true), 0);
	return ctx;
}

/* Runs as SCHED_CLS, with all instructions in @ctx_insns (bits) accessing the context. */
static u32 run_tc(const struct bpf_insn *insns, u32 len, u32 ctx_insns, struct skb_ctx *ctx)
{
	struct prog *prog = make_prog(insns, len);
	u32 ret;

	prog->type = BPF_PROG_TYPE_SCHED_CLS;
	for (u32 i = 0; i < len; i++) {
		if (ctx_insns & BIT(i))
			mark_ctx(prog, i);
	}
	ret = run(prepared(prog), ctx);
	prog_put(prog);
	return ret;
}
#define RUN_TC(insns, ctx_insns, ctx) run_tc(insns, ARRAY_SIZE(insns), ctx_insns, ctx)

START_TEST(skb_stores_and_parts)
{
	s16 mark = offsetof(struct __sk_buff, mark);
	s16 cb = offsetof(struct __sk_buff, cb);
	struct bpf_insn insns[] = {
		MOV_K(2, 0x11223344),	     /* 0 */
		ST_X(BPF_W, 1, mark, 2),     /* 1 */
		LD(BPF_B, 0, 1, mark + 1),   /* 2: 0x33 */
		LDSX(BPF_B, 3, 1, mark + 3), /* 3: 0x11 */
		ADD_X(0, 3),		     /* 4 */
		ST_K(BPF_H, 1, cb + 6, -2),  /* 5 */
		LDSX(BPF_H, 3, 1, cb + 6),   /* 6 */
		ADD_X(0, 3),		     /* 7 */
		EXIT(),
	};
	struct skb_ctx *ctx = new_skb();

	ck_assert_uint_eq(RUN_TC(insns, BIT(1) | BIT(2) | BIT(3) | BIT(5) | BIT(6), ctx),
			  0x33 + 0x11 - 2);
	ck_assert_uint_eq(ctx->skb.mark, 0x11223344);
	skb_ctx_free(ctx);
}
END_TEST

/* 16 bits behind a 32-bit field; what does not fit is not stored at all. */
START_TEST(skb_queue_mapping)
{
	s16 off = offsetof(struct __sk_buff, queue_mapping);
	static const struct {
		u64 value;
		u16 want;
	} stores[] = {{5, 5}, {0xfffe, 0xfffe}, {0xffff, 3}, {0x10000, 3}, {~0ull, 3}};

	for (u32 i = 0; i < ARRAY_SIZE(stores); i++) {
		struct bpf_insn insns[] = {
			LD_IMM64(2, 0, stores[i].value),
			ST_X(BPF_W, 1, off, 2),
			LD(BPF_W, 0, 1, off),
			EXIT(),
		};
		struct skb_ctx *ctx = new_skb();

		ctx->skb.queue_mapping = 3;
		ck_assert_uint_eq(RUN_TC(insns, BIT(2) | BIT(3), ctx), stores[i].want);
		skb_ctx_free(ctx);
	}
	for (u32 i = 0; i < 3; i++) {
		struct bpf_insn insns[] = {
			ST_K(BPF_W, 1, off, (s32)stores[i].value),
			LD(BPF_W, 0, 1, off),
			EXIT(),
		};
		struct skb_ctx *ctx = new_skb();

		ctx->skb.queue_mapping = 3;
		ck_assert_uint_eq(RUN_TC(insns, BIT(0) | BIT(1), ctx), stores[i].want);
		skb_ctx_free(ctx);
	}
}
END_TEST

/* Classic packet loads: host order, any sign of offset, and the end of the program when outside. */
START_TEST(packet_loads)
{
	static const struct {
		u8 size;
		s32 off;
		s32 index; /* INT32_MIN: LD_ABS */
		u32 want;
	} loads[] = {
		{BPF_B, 16, INT32_MIN, 0xa1},
		{BPF_H, 16, INT32_MIN, 0xa1b2},
		{BPF_W, 16, INT32_MIN, 0xa1b2c3d4},
		{BPF_W, 20, INT32_MIN, 0xe5f68798},
		{BPF_W, 21, INT32_MIN, 0},
		{BPF_B, 24, INT32_MIN, 0},
		{BPF_B, -1, INT32_MIN, 0},
		{BPF_W, 10, 6, 0xa1b2c3d4},
		{BPF_W, 20, -4, 0xa1b2c3d4},
		{BPF_W, 20, 1, 0},
		{BPF_W, INT32_MAX, 1, 0},
		{BPF_H, -0x100000 + 2, INT32_MIN, 0xa1b2},  /* from the network header */
		{BPF_H, -0x200000 + 12, INT32_MIN, 0x0800}, /* from the link layer's */
		{BPF_W, -0x200000 + 21, INT32_MIN, 0},
		{BPF_B, -0x200001, INT32_MIN, 0},
		{BPF_B, -0x1000, INT32_MIN, 0}, /* ancillary data are not for eBPF */
	};
	struct skb_ctx *ctx = new_skb();

	for (u32 i = 0; i < ARRAY_SIZE(loads); i++) {
		bool abs = loads[i].index == INT32_MIN;
		struct bpf_insn insns[] = {
			MOV_X(6, 1),
			MOV_K(7, abs ? 0 : loads[i].index),
			INSN(BPF_LD | (abs ? BPF_ABS : BPF_IND) | loads[i].size, 0, abs ? 0 : 7, 0,
			     loads[i].off),
			JMP_K(BPF_JNE, 0, 0, 1),
			MOV_K(0, 77),
			EXIT(),
		};

		ck_assert_uint_eq(RUN_TC(insns, 0, ctx), loads[i].want);
	}
	skb_ctx_free(ctx);
}
END_TEST

/* In a function, an absent byte ends the function only. */
START_TEST(packet_load_in_function)
{
	struct bpf_insn insns[] = {
		CALL_BPF(2),
		ADD_K(0, 5),
		EXIT(),
		MOV_X(6, 1),
		INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 1000),
		MOV_K(0, 70),
		EXIT(),
	};
	struct skb_ctx *ctx = new_skb();

	ck_assert_uint_eq(RUN_TC(insns, 0, ctx), 5);
	skb_ctx_free(ctx);
}
END_TEST

/* There are no sockets: whatever a program may read of one is zero, and nothing is touched. */
START_TEST(socket_fields_read_zero)
{
	struct bpf_insn insns[] = {MOV_K(2, 3), LD(BPF_W, 0, 2, 0), EXIT()};
	struct prog *prog = MAKE_PROG(insns);

	prog->aux[1].access = ACCESS_SOCK;
	ck_assert_uint_eq(run(prepared(prog), NULL), 0);
	prog_put(prog);
}
END_TEST

TCase *context_tests(void)
{
	TCase *tc = tcase_create("context");

	tcase_add_test(tc, xdp_packet);
	tcase_add_test(tc, xdp_fields);
	tcase_add_test(tc, skb_stores_and_parts);
	tcase_add_test(tc, skb_queue_mapping);
	tcase_add_test(tc, packet_loads);
	tcase_add_test(tc, packet_load_in_function);
	tcase_add_test(tc, socket_fields_read_zero);
	return tc;
}
