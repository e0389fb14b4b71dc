// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/rcu.h"
#include "fixture.h"
#include "packet/skb.h"

/*
 * The interpreter, or with "jit" machine code, against the kernel that this machine runs, where
 * bpf(2) is permitted: random programs on scalars and the stack, and classic packet loads.
 */
static const u8 frame[64] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16,
	0x08, 0x00, 0x45, 0x00, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x87, 0x98,
};

/* 0 and R0, or -errno of loading or running. */
static int kernel_run(enum bpf_prog_type type, const struct bpf_insn *insns, u32 len, u32 *r0)
{
	u8 out[2 * sizeof(frame)];
	union bpf_attr load = {
		.prog_type = type,
		.insns = (uintptr_t)insns,
		.insn_cnt = len,
		.license = (uintptr_t) "GPL",
	};
	int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	union bpf_attr test = {
		.test =
			{
				.prog_fd = (u32)fd,
				.data_in = (uintptr_t)frame,
				.data_size_in = sizeof(frame),
				.data_out = (uintptr_t)out,
				.data_size_out = sizeof(out),
				.repeat = 1,
			},
	};
	int err = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &test, sizeof(test)))
		err = -errno;
	*r0 = test.test.retval;
	close(fd);
	return err;
}

static u64 random_state = 0x2545f4914f6cdd1d;

static u64 random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static u32 below(u32 n)
{
	return (u32)((random_u64() >> 16) % n);
}

/* r1 to r9, of which only r1 is not free at first. */
static u8 any_reg(void)
{
	return (u8)(1 + below(9));
}

static s32 any_imm(void)
{
	return below(2) ? (s32)edges[below(nr_edges)] : (s32)random_u64();
}

static struct bpf_insn random_alu(void)
{
	static const u8 ops[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD,  BPF_OR,	BPF_AND,
				 BPF_XOR, BPF_LSH, BPF_RSH, BPF_MOV, BPF_ARSH, BPF_NEG, BPF_END};
	bool is32 = below(2), reg = below(2);
	u8 op = ops[below(ARRAY_SIZE(ops))];
	struct bpf_insn insn = INSN((is32 ? BPF_ALU : BPF_ALU64) | op, any_reg(), 0, 0, any_imm());

	switch (op) {
	case BPF_NEG:
		insn.imm = 0;
		return insn;
	case BPF_END:
		insn.code |= is32 && reg ? BPF_TO_BE : 0;
		insn.imm = 16 << below(3);
		return insn;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		insn.imm &= is32 ? 31 : 63;
		break;
	case BPF_DIV:
	case BPF_MOD:
		insn.off = (s16)below(2);
		insn.imm |= 1;
		break;
	}
	if (!reg)
		return insn;
	insn.code |= BPF_X;
	insn.src_reg = any_reg();
	insn.imm = 0;
	if (op == BPF_MOV)
		insn.off = (s16[]){0, 8, 16, is32 ? 0 : 32}[below(4)];
	return insn;
}

/* Over the next instruction, or not. */
static struct bpf_insn random_jump(void)
{
	static const u8 ops[] = {BPF_JEQ,  BPF_JNE,  BPF_JGT,  BPF_JGE,	 BPF_JLT, BPF_JLE,
				 BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET};
	u8 op = (below(2) ? BPF_JMP : BPF_JMP32) | ops[below(ARRAY_SIZE(ops))];

	if (below(2))
		return INSN(op | BPF_X, any_reg(), any_reg(), 1, 0);
	return INSN(op | BPF_K, any_reg(), 0, 1, any_imm());
}

#define STACK_SLOTS 8

/* A slot of the stack, naturally aligned, as everything there must be. */
static struct bpf_insn random_memory(void)
{
	static const u8 sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};
	static const s32 atomics[] = {
		BPF_ADD,
		BPF_OR,
		BPF_AND,
		BPF_XOR,
		BPF_ADD | BPF_FETCH,
		BPF_OR | BPF_FETCH,
		BPF_AND | BPF_FETCH,
		BPF_XOR | BPF_FETCH,
		BPF_XCHG,
		BPF_CMPXCHG,
	};
	u32 width = below(4);
	s16 off = (s16)(-8 * STACK_SLOTS + (s32)(below(8 * STACK_SLOTS) & ~(BIT(width) - 1)));

	switch (below(5)) {
	case 0:
		return LD(sizes[width], any_reg(), 10, off);
	case 1:
		width = below(3);
		off &= (s16) ~(BIT(width) - 1);
		return LDSX(sizes[width], any_reg(), 10, off);
	case 2:
		return ST_K(sizes[width], 10, off, any_imm());
	case 3:
		return ST_X(sizes[width], 10, off, any_reg());
	default:
		off &= ~7;
		return ATOMIC(below(2) ? BPF_W : BPF_DW, atomics[below(ARRAY_SIZE(atomics))], 10,
			      off, any_reg());
	}
}

/* What compilers write for extensions of narrow values, or nearly so. */
static u32 random_extension(struct bpf_insn *insns)
{
	static const s32 shifts[] = {32, 48, 56, 31};
	u8 reg = any_reg();
	s32 left = shifts[below(4)], right = below(8) ? left : shifts[below(4)];
	u32 n = 0;

	if (below(2))
		insns[n++] = MOV_X(reg, any_reg());
	if (below(4)) {
		insns[n++] = ALU64_K(BPF_LSH, reg, left);
		insns[n++] =
			ALU64_K(below(2) ? BPF_RSH : BPF_ARSH, below(8) ? reg : any_reg(), right);
	} else {
		insns[n++] = ADD_K(reg, any_imm());
	}
	return n;
}

#define BODY	60
#define MAX_LEN (2 * 10 + STACK_SLOTS + BODY + 3 + 2 * 10 + 8)

static u32 random_program(struct bpf_insn *insns)
{
	u32 n = 0;

	for (u8 reg = 0; reg < 10; reg++) {
		struct bpf_insn wide[] = {LD_IMM64(reg, 0, edges[below(nr_edges)])};

		insns[n++] = wide[0];
		insns[n++] = wide[1];
	}
	for (s16 i = 1; i <= STACK_SLOTS; i++)
		insns[n++] = ST_X(BPF_DW, 10, (s16)(-8 * i), any_reg());
	for (u32 i = 0; i < BODY; i++) {
		u32 kind = below(10);

		if (kind > 7) {
			n += random_extension(&insns[n]);
			i += 2;
			continue;
		}
		insns[n++] = kind == 0 ? random_jump() : kind < 4 ? random_memory() : random_alu();
	}
	/* Everything goes into the result. */
	for (u8 reg = 1; reg < 10; reg++) {
		insns[n++] = ALU64_K(BPF_MUL, 0, 31);
		insns[n++] = ALU64_X(BPF_XOR, 0, reg);
	}
	insns[n++] = MOV_X(1, 0);
	insns[n++] = ALU64_K(BPF_RSH, 1, 32);
	insns[n++] = ALU64_X(BPF_XOR, 0, 1);
	insns[n++] = EXIT();
	return n;
}

START_TEST(random_programs)
{
	u32 accepted = 0;

	for (u32 i = 0; i < 1000; i++) {
		struct bpf_insn insns[MAX_LEN];
		u32 len = random_program(insns);
		u32 want;

		if (kernel_run(BPF_PROG_TYPE_XDP, insns, len, &want))
			continue;
		accepted++;
		ck_assert_msg(run_insns(insns, len, NULL) == want, "program %u", i);
	}
	ck_assert_uint_gt(accepted, 900);
}
END_TEST

static void compare_load(struct skb_ctx *ctx, enum bpf_prog_type type, u8 size, s32 off, s32 index,
			 bool abs)
{
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		MOV_K(7, index),
		INSN(BPF_LD | (abs ? BPF_ABS : BPF_IND) | size, 0, abs ? 0 : 7, 0, off),
		JMP_K(BPF_JNE, 0, 0, 1),
		MOV_K(0, 77),
		EXIT(),
	};
	struct prog *prog;
	u32 want;

	if (kernel_run(type, insns, ARRAY_SIZE(insns), &want))
		ck_abort_msg("the kernel refuses a packet load");
	prog = MAKE_PROG(insns);
	prog->type = type;
	ck_assert_msg(run(prepared(prog), ctx) == want, "type %d size %02x off %d index %d", type,
		      size, off, index);
	prog_put(prog);
}

START_TEST(packet_loads)
{
	enum bpf_prog_type type = _i ? BPF_PROG_TYPE_SCHED_CLS : BPF_PROG_TYPE_SOCKET_FILTER;
	static const s32 offs[] = {
		0,
		1,
		14,
		16,
		61,
		62,
		63,
		64,
		-1,
		-14,
		-4096,
		-0x100000,
		-0x100000 + 2,
		-0x100000 + 46,
		-0x100000 + 47,
		-0x100001,
		-0x200000,
		-0x200000 + 12,
		-0x200000 + 61,
		-0x200001,
		INT32_MAX,
		INT32_MIN,
	};
	static const s32 indices[] = {0, 6, -14, -15, INT32_MAX};
	static const u8 sizes[] = {BPF_B, BPF_H, BPF_W};
	struct skb_ctx *ctx;

	ck_assert_int_eq(skb_ctx_new(sizeof(frame), &ctx), 0);
	ck_assert_int_eq(skb_ctx_load(ctx, frame, sizeof(frame), _i), 0);
	for (u32 i = 0; i < ARRAY_SIZE(offs) * ARRAY_SIZE(sizes); i++) {
		s32 off = offs[i / ARRAY_SIZE(sizes)];
		u8 size = sizes[i % ARRAY_SIZE(sizes)];

		compare_load(ctx, type, size, off, 0, true);
		for (u32 k = 0; k < ARRAY_SIZE(indices); k++)
			compare_load(ctx, type, size, off, indices[k], false);
	}
	skb_ctx_free(ctx);
}
END_TEST

static bool permitted(void)
{
	struct bpf_insn insns[] = {MOV_K(0, 7), EXIT()};
	u32 r0;

	return !kernel_run(BPF_PROG_TYPE_XDP, insns, ARRAY_SIZE(insns), &r0) && r0 == 7;
}

static void quiesce(void)
{
	rcu_quiesce();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("oracle");
	TCase *tc = tcase_create("kernel");
	SRunner *runner;
	int failed;

	if (argc > 1 && !strcmp(argv[1], "jit"))
		test_executor = EXEC_JIT;
	if (!permitted()) {
		puts("1..0 # SKIP bpf(2) is not permitted here");
		return EXIT_SUCCESS;
	}
	tcase_add_checked_fixture(tc, NULL, quiesce);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, random_programs);
	tcase_add_loop_test(tc, packet_loads, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
