// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "base/vcpu.h"
#include "kfunc/dynptr.h"
#include "packet/xdp.h"

/* Calls that an executor may do by itself, against the functions that they stand for. */

static const struct kfunc *kfunc_named(const char *name)
{
	const struct kfunc *kf;

	kfunc_init();
	for (u32 i = 0; (kf = kfunc_at(i)); i++) {
		if (!strcmp(kf->name, name))
			return kf;
	}
	ck_abort_msg("no kfunc %s", name);
	return NULL;
}

/* *result = bpf_map_lookup_elem(map, key), with the map known or not. */
static u64 look_up(struct map *map, bool known, const void *key)
{
	u64 cells[2] = {0, (uintptr_t)key};
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		LD(BPF_DW, 2, 1, 8),
		LD_IMM64(1, 0, (uintptr_t)map),
		CALL_HELPER(BPF_FUNC_map_lookup_elem),
		ST_X(BPF_DW, 6, 0, 0),
		MOV_K(0, 0),
		EXIT(),
	};
	struct prog *prog = MAKE_PROG(insns);

	prog->aux[4].helper = helper_for(BPF_FUNC_map_lookup_elem, BPF_PROG_TYPE_XDP);
	prog->aux[4].map = known ? map : NULL;
	run(prepared(prog), cells);
	prog_put(prog);
	return cells[0];
}

START_TEST(map_lookups)
{
	static const enum bpf_map_type types[] = {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY,
						  BPF_MAP_TYPE_HASH};
	static const u32 sizes[] = {1, 8, 24, 64, 100, 4096, 30000};

	for (u32 s = 0; s < ARRAY_SIZE(sizes); s++) {
		static u8 value[VCPU_MAX * 30008];
		static const u32 keys[] = {0, 1, 2, 4, 5, 6, 0x80000000, U32_MAX};
		u64 first = 0;

		struct map *map = new_map(types[_i], sizes[s], 5);

		for (u32 key = 0; key < 4; key++)
			ck_assert_int_eq(map_user_update(map, &key, value, BPF_ANY), 0);
		for (u32 k = 0; k < ARRAY_SIZE(keys); k++) {
			u64 known = look_up(map, true, &keys[k]);

			ck_assert_uint_eq(known, look_up(map, false, &keys[k]));
			ck_assert((known == 0) ==
				  (types[_i] == BPF_MAP_TYPE_HASH ? keys[k] > 3 : keys[k] > 4));
			first = first ? first : known;
		}
		ck_assert_uint_ne(first, 0);
		map_put(map);
	}
}
END_TEST

/* In their rows, on each virtual CPU. */
START_TEST(per_cpu)
{
	struct bpf_insn insns[] = {CALL_HELPER(BPF_FUNC_get_smp_processor_id), EXIT()};
	struct prog *prog = MAKE_PROG(insns);
	struct map *map = new_map(BPF_MAP_TYPE_PERCPU_ARRAY, 24, 5);
	u32 key = 3;

	ck_assert_uint_gt(vcpu_count(), 0);
	prog->aux[0].helper = helper_for(BPF_FUNC_get_smp_processor_id, BPF_PROG_TYPE_XDP);
	prepared(prog);
	for (u32 cpu = 0; cpu < vcpu_count() && cpu < 4; cpu++) {
		vcpu_release();
		ck_assert_int_eq(vcpu_lease(cpu), 0);
		ck_assert_uint_eq(run(prog, NULL), cpu);
		ck_assert_uint_eq(look_up(map, true, &key),
				  (uintptr_t)map->ops->lookup_percpu(map, &key, cpu));
	}
	map_put(map);
	prog_put(prog);
}
END_TEST

/* bpf_redirect(), with flags and without, forgets what an earlier call of another kind noted. */
START_TEST(redirects)
{
	static const u64 operands[] = {0, 1, 77, U32_MAX, 0x100000005, U64_MAX};
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		LD(BPF_DW, 1, 6, 0),
		LD(BPF_DW, 2, 6, 8),
		CALL_HELPER(BPF_FUNC_redirect),
		EXIT(),
	};
	const struct helper *helper = helper_for(BPF_FUNC_redirect, BPF_PROG_TYPE_XDP);
	struct prog *prog = MAKE_PROG(insns);

	prog->aux[3].helper = helper;
	prepared(prog);
	for (u32 i = 0; i < ARRAY_SIZE(operands) * ARRAY_SIZE(operands); i++) {
		u64 cells[2] = {operands[i % ARRAY_SIZE(operands)],
				operands[i / ARRAY_SIZE(operands)]};
		struct redirect to = {.map = (void *)prog, .index = 5, .flags = 5};
		u32 verdict = prog_run(prog, cells, &to);

		ck_assert_uint_eq(verdict, cells[1] ? XDP_ABORTED : XDP_REDIRECT);
		ck_assert_ptr_null(to.map);
		ck_assert_uint_eq(to.index, cells[1] ? 0 : (u32)cells[0]);
		ck_assert_uint_eq(to.flags, 0);
	}
	prog_put(prog);
}
END_TEST

/* Updates of a known map: keys that are there, and one that is not. */
START_TEST(map_updates)
{
	struct map *map = new_map(BPF_MAP_TYPE_ARRAY, 8, 3);

	for (u32 key = 0; key < 4; key++) {
		u64 value = 1000 + key, read = 0, cells[2] = {(uintptr_t)&key, (uintptr_t)&value};
		struct bpf_insn insns[] = {
			LD(BPF_DW, 2, 1, 0),
			LD(BPF_DW, 3, 1, 8),
			MOV_K(4, BPF_ANY),
			LD_IMM64(1, 0, (uintptr_t)map),
			CALL_HELPER(BPF_FUNC_map_update_elem),
			EXIT(),
		};
		struct prog *prog = MAKE_PROG(insns);

		prog->aux[5].helper = helper_for(BPF_FUNC_map_update_elem, BPF_PROG_TYPE_XDP);
		prog->aux[5].map = map;
		ck_assert_int_eq((s32)run(prepared(prog), cells), key < 3 ? 0 : -E2BIG);
		ck_assert_int_eq(map_user_lookup(map, &key, &read, 0), key < 3 ? 0 : -ENOENT);
		ck_assert_uint_eq(read, key < 3 ? value : 0);
		prog_put(prog);
	}
	map_put(map);
}
END_TEST

struct slice_call {
	struct xdp_ctx *ctx;
	struct dynptr *ptr;
	u64 flags, offset, buffer, len;
	u64 made; /* results */
	u64 slice;
};

/* bpf_dynptr_from_xdp() unless there is no context, then a slice of what came of it. */
static struct prog *slice_program(const char *name)
{
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		LD(BPF_DW, 1, 6, offsetof(struct slice_call, ctx)),
		JMP_K(BPF_JEQ, 1, 0, 4),
		LD(BPF_DW, 2, 6, offsetof(struct slice_call, flags)),
		LD(BPF_DW, 3, 6, offsetof(struct slice_call, ptr)),
		CALL_KFUNC(TEST_KFUNC_ADD), /* 5 */
		ST_X(BPF_DW, 6, offsetof(struct slice_call, made), 0),
		LD(BPF_DW, 1, 6, offsetof(struct slice_call, ptr)),
		LD(BPF_DW, 2, 6, offsetof(struct slice_call, offset)),
		LD(BPF_DW, 3, 6, offsetof(struct slice_call, buffer)),
		LD(BPF_DW, 4, 6, offsetof(struct slice_call, len)),
		CALL_KFUNC(TEST_KFUNC_ADD), /* 11 */
		ST_X(BPF_DW, 6, offsetof(struct slice_call, slice), 0),
		MOV_K(0, 0),
		EXIT(),
	};
	struct prog *prog = MAKE_PROG(insns);

	prog->aux[5].kfunc = kfunc_named("bpf_dynptr_from_xdp");
	prog->aux[11].kfunc = kfunc_named(name);
	return prepared(prog);
}

/* The same by the functions. */
static void call_directly(const char *name, struct slice_call *c)
{
	if (c->ctx)
		c->made = kfunc_named("bpf_dynptr_from_xdp")
				  ->fn((uintptr_t)c->ctx, c->flags, (uintptr_t)c->ptr, 0, 0);
	c->slice = kfunc_named(name)->fn((uintptr_t)c->ptr, c->offset, c->buffer, c->len, 0);
}

static void check_slice(struct prog *prog, const char *name, struct slice_call call,
			const struct dynptr *before)
{
	struct dynptr want_ptr = *before, got_ptr = *before;
	struct slice_call want = call;

	want.ptr = &want_ptr;
	call_directly(name, &want);
	call.ptr = &got_ptr;
	run(prog, &call);
	ck_assert_msg(call.made == want.made && call.slice == want.slice &&
			      !memcmp(&got_ptr, &want_ptr, sizeof(got_ptr)),
		      "%s: offset %#lx len %#lx flags %#lx: %#lx, not %#lx", name, call.offset,
		      call.len, call.flags, call.slice, want.slice);
}

START_TEST(dynptrs)
{
	const char *name = _i ? "bpf_dynptr_slice_rdwr" : "bpf_dynptr_slice";
	static const u64 operands[] = {0,	1,	     14,	 100,	     1399,
				       1400,	1401,	     0xfffe,	 0xffff,     0x10000,
				       0x20000, 0xffffff,    0x1000000,	 0x7fffffff, 0xfffffff0,
				       U32_MAX, 0x100000000, 0x100000001};
	static const u32 lens[] = {14, 1400, 70000};
	static u8 packet[70000], buffer[64];
	struct prog *prog = slice_program(name);
	struct xdp_ctx *ctx;

	ck_assert_int_eq(xdp_ctx_new(sizeof(packet), &ctx), 0);
	for (u32 l = 0; l < ARRAY_SIZE(lens); l++) {
		struct dynptr kinds[] = {
			{0},
			{ctx, 1400 | (u32)DYNPTR_RUN_XDP << DYNPTR_KIND_SHIFT, 0},
			{ctx, 100 | (u32)DYNPTR_RUN_XDP << DYNPTR_KIND_SHIFT, 40},
			{ctx, 2000 | (u32)DYNPTR_RUN_XDP << DYNPTR_KIND_SHIFT, 0xffff},
			{ctx, 100 | (u32)DYNPTR_RUN_XDP << DYNPTR_KIND_SHIFT | DYNPTR_RDONLY, 1},
			{packet, 1000 | (u32)DYNPTR_RUN_LOCAL << DYNPTR_KIND_SHIFT, 3},
		};

		xdp_ctx_load(ctx, packet, lens[l]);
		for (u32 i = 0; i < ARRAY_SIZE(operands) * ARRAY_SIZE(operands); i++) {
			struct slice_call call = {
				.ctx = ctx,
				.offset = operands[i % ARRAY_SIZE(operands)],
				.len = operands[i / ARRAY_SIZE(operands)],
				.buffer = (uintptr_t)buffer,
			};

			check_slice(prog, name, call, &kinds[0]);
			call.flags = 1ull << (i % 64);
			check_slice(prog, name, call, &kinds[0]);
			call.ctx = NULL;
			for (u32 k = 0; k < ARRAY_SIZE(kinds); k++)
				check_slice(prog, name, call, &kinds[k]);
		}
	}
	xdp_ctx_free(ctx);
	prog_put(prog);
}
END_TEST

TCase *inline_tests(void)
{
	TCase *tc = tcase_create("inline");

	tcase_add_loop_test(tc, map_lookups, 0, 3);
	tcase_add_test(tc, per_cpu);
	tcase_add_test(tc, map_updates);
	tcase_add_test(tc, redirects);
	tcase_add_loop_test(tc, dynptrs, 0, 2);
	return tc;
}
