// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <stdlib.h>

#include "base/rcu.h"
#include "isa/isa.h"
#include "object/run.h"

const u64 edges[] = {
	0,
	1,
	2,
	7,
	31,
	32,
	63,
	64,
	0x7f,
	0x80,
	0xff80,
	0x7fff,
	0x8000,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x123456789abcdef0,
	0x7fffffffffffffff,
	0x8000000000000000,
	0xfffffffffffffff9,
	0xffffffffffffffff,
};
enum executor test_executor;
const u32 nr_edges = ARRAY_SIZE(edges);

static u64 mix(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e;
}

static u32 depth;

static u64 loop(u64 n, u64 func, u64 ctx, bool stop)
{
	u64 i;

	depth++;
	for (i = 0; i < n; i++) {
		if (run_callback(func, i, ctx, 0, 0, 0) && stop)
			break;
	}
	depth--;
	return i;
}

static u64 polite_loop(u64 n, u64 func, u64 ctx, u64 d, u64 e)
{
	(void)d;
	(void)e;
	return loop(n, func, ctx, true);
}

static u64 stubborn_loop(u64 n, u64 func, u64 ctx, u64 d, u64 e)
{
	(void)d;
	(void)e;
	return loop(n, func, ctx, false);
}

static u64 helper_depth(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	(void)a, (void)b, (void)c, (void)d, (void)e;
	return depth;
}

static u64 kfunc_add(u64 a, u64 b, u64 c, u64 d, u64 e)
{
	(void)c, (void)d, (void)e;
	return a + b;
}

static const struct helper helpers[] = {
	[HELPER_MIX] = {.fn = mix},
	[HELPER_LOOP] = {.fn = polite_loop, .arg = {[1] = ARG_PTR_TO_FUNC}},
	[HELPER_STUBBORN] = {.fn = stubborn_loop, .arg = {[1] = ARG_PTR_TO_FUNC}},
	[HELPER_DEPTH] = {.fn = helper_depth},
};

static const struct kfunc kfuncs[] = {
	[TEST_KFUNC_ADD] = {.fn = kfunc_add},
	[TEST_KFUNC_THROW] = {.special = KFUNC_THROW},
	[TEST_KFUNC_RCU_LOCK] = {.special = KFUNC_RCU_READ_LOCK},
	[TEST_KFUNC_CAST] = {.special = KFUNC_CAST_TO_KERN_CTX},
	[TEST_KFUNC_RDONLY_CAST] = {.special = KFUNC_RDONLY_CAST},
};

/* Marks where a function begins in @is_start. */
static void find_functions(const struct prog *prog, bool *is_start)
{
	is_start[0] = true;
	for (u32 i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insns[i];

		if (isa_is_bpf_call(insn) ||
		    (isa_is_ld_imm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC))
			is_start[(s32)i + insn->imm + 1] = true;
	}
}

static u32 function_at(const struct prog *prog, s32 insn)
{
	for (u32 i = 0; i < prog->nr_subprogs; i++) {
		if (prog->subprogs[i].start == (u32)insn)
			return i;
	}
	ck_abort();
	return 0;
}

static void fill_aux(struct prog *prog, u32 i)
{
	const struct bpf_insn *insn = &prog->insns[i];
	struct insn_aux *aux = &prog->aux[i];

	aux->seen = true;
	if (isa_is_helper_call(insn) && (u32)insn->imm < ARRAY_SIZE(helpers))
		aux->helper = &helpers[insn->imm];
	else if (isa_is_kfunc_call(insn))
		aux->kfunc = &kfuncs[insn->imm];
	else if (isa_is_bpf_call(insn))
		aux->subprog = function_at(prog, (s32)i + insn->imm + 1);
	if (!isa_is_ld_imm64(insn))
		return;
	aux->imm64 = isa_imm64(insn);
	if (insn->src_reg == BPF_PSEUDO_FUNC) {
		aux->is_func = true;
		aux->imm64 = function_at(prog, (s32)i + insn->imm + 1);
	}
}

struct prog *make_prog(const struct bpf_insn *insns, u32 len)
{
	struct prog *prog;
	bool *is_start = calloc(len, sizeof(*is_start));

	ck_assert_int_eq(prog_new(insns, len, &prog), 0);
	prog->type = BPF_PROG_TYPE_XDP;
	prog->executor = test_executor;
	prog->aux = calloc(len, sizeof(*prog->aux));
	prog->subprogs = calloc(len, sizeof(*prog->subprogs));
	find_functions(prog, is_start);
	for (u32 i = 0; i < len; i++) {
		if (is_start[i])
			prog->subprogs[prog->nr_subprogs++] =
				(struct subprog){.start = i, .stack_depth = 64};
	}
	free(is_start);
	for (u32 i = 0; i < len; i++) {
		fill_aux(prog, i);
		if (isa_is_ld_imm64(&insns[i]))
			i++;
	}
	return prog;
}

struct prog *prepared(struct prog *prog)
{
	ck_assert_int_eq(exec_prepare(prog), 0);
	return prog;
}

u32 run(struct prog *prog, void *memory)
{
	return prog_run(prog, memory, NULL);
}

u32 run_insns(const struct bpf_insn *insns, u32 len, void *memory)
{
	struct prog *prog = prepared(make_prog(insns, len));
	u32 ret = run(prog, memory);

	prog_put(prog);
	return ret;
}

/* Descriptors of programs are numbers from here on. */
#define FD_BASE 1000
static struct prog *fds[PROG_SLOTS];

static struct object *prog_by_fd(int fd)
{
	object_get(&fds[fd - FD_BASE]->obj);
	return &fds[fd - FD_BASE]->obj;
}

struct map *new_map(enum bpf_map_type type, u32 value_size, u32 max_entries)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = 4,
		.value_size = value_size,
		.max_entries = max_entries,
	};
	struct map *map;

	ck_assert_int_eq(map_create(&attr, NULL, NULL, &map), 0);
	return map;
}

struct map *prog_array(void)
{
	static struct map *map;

	if (!map)
		map = new_map(BPF_MAP_TYPE_PROG_ARRAY, 4, PROG_SLOTS);
	return map;
}

void prog_array_set(struct map *map, u32 index, struct prog *prog)
{
	u32 fd = FD_BASE + index;

	if (!prog) {
		ck_assert_int_eq(map_user_delete(map, &index), 0);
		return;
	}
	fds[index] = prog;
	object_from_fd = prog_by_fd;
	ck_assert_int_eq(map_user_update(map, &index, &fd, BPF_ANY), 0);
}
