// SPDX-License-Identifier: BSD-2-Clause
/* Statements made of calls: helpers, kfuncs, functions of the program, and what they hand out. */
#include <espalier/bpf.h>
#include <stddef.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include "gen.h"

#define ESP 50

/* The same on both sides: UAPI-like. */
#define OPTS_SIZE   36
#define OPTS_NETNS  4
#define OPTS_DADDR  12
#define OPTS_SPI    28
#define OPTS_PROTO  32
#define OPTS_FAMILY 34

#define DYNPTR_SIZE 16
#define ITER_SIZE   8

/* Room on the stack for a construct, 8-aligned; 0: none left. */
static s32 take_stack(struct gen *g, u32 bytes)
{
	u32 most = g->level ? 160 : 240;

	bytes = (bytes + 7) & ~7u;
	if (g->stack + bytes > most)
		return 0;
	g->stack += bytes;
	return -(s32)g->stack;
}

static void store_k(struct gen *g, u8 size, s32 off, s32 imm)
{
	emit(g, BPF_ST | BPF_MEM | size, 10, 0, off, imm);
}

/* if (reg == 0) goto, unless that is forgotten. */
static u32 null_check(struct gen *g, u32 reg)
{
	if (oops(g))
		return jump(g, BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0);
	return jump(g, BPF_JMP | BPF_JEQ | BPF_K, reg, 0, 0);
}

/* The result of a call where calls leave it alone, or spilled and filled on the way. */
static u32 keep_result(struct gen *g)
{
	u32 reg = pin(g);
	s32 slot;

	if (!reg)
		return 0;
	slot = one_in(&g->r, 4) ? take_stack(g, 8) : 0;
	if (slot) {
		emit(g, BPF_STX | BPF_MEM | BPF_DW, 10, 0, slot, 0);
		emit(g, BPF_LDX | BPF_MEM | BPF_DW, reg, 10, slot, 0);
	} else {
		mov_x(g, reg, 0);
	}
	g->regs[reg] = (struct reg){0};
	g->regs[0] = (struct reg){0};
	return reg;
}

static bool map_lookup(struct gen *g)
{
	enum fuzz_map map = (enum fuzz_map)below(&g->r, MAP_RING);
	s32 key = -8 * (s32)(1 + below(&g->r, 8));
	struct paths paths;
	u32 reg, skip, own;

	if (one_in(&g->r, 3))
		emit(g, BPF_STX | BPF_MEM | BPF_W, 10, any_scalar(g), key, 0);
	else
		store_k(g, BPF_W, key, (s32)below(&g->r, 5));
	wide(g, 1, SYM_MAP, map, 0);
	stack_address(g, 2, key);
	call_helper(g, BPF_FUNC_map_lookup_elem);
	g->regs[0] = (struct reg){0};
	own = one_in(&g->r, 2) ? keep_result(g) : 0;
	reg = own;
	paths_save(g, &paths);
	skip = null_check(g, reg);
	if (own && one_in(&g->r, 2))
		block(g, 1);
	use_memory(g, reg, map_shapes[map].value, MEMORY_WRITE);
	if (!own)
		g->regs[0] = (struct reg){0};
	land(g, skip);
	paths_join(g, &paths);
	if (own)
		unpin(g, own);
	return true;
}

static bool map_change(struct gen *g)
{
	enum fuzz_map map = (enum fuzz_map)below(&g->r, MAP_RING);
	s32 key = -8 * (s32)(1 + below(&g->r, 8));

	store_k(g, BPF_W, key, (s32)below(&g->r, 6));
	wide(g, 1, SYM_MAP, map, 0);
	stack_address(g, 2, key);
	if (one_in(&g->r, 4)) {
		call_helper(g, BPF_FUNC_map_delete_elem);
		return true;
	}
	if (map_shapes[map].value <= 40 && one_in(&g->r, 2))
		stack_address(g, 3, -SCALAR_STACK);
	else
		wide(g, 3, SYM_VALUE, MAP_ARRAY, 0);
	mov_k(g, 4, (s32)below(&g->r, 3));
	call_helper(g, BPF_FUNC_map_update_elem);
	return true;
}

/* Packet bytes by comparison with data_end. */
static bool packet_access(struct gen *g)
{
	bool xdp = g->c->type == BPF_PROG_TYPE_XDP;
	u32 p = 1 + below(&g->r, 5), end = p % 5 + 1, probe = end % 5 + 1, n, skip;
	bool reversed = one_in(&g->r, 2), strict = one_in(&g->r, 2);
	struct skips skips = {.n = 0};
	struct paths paths;
	u16 pinned = g->pinned;

	if (!g->ctx || g->c->type == BPF_PROG_TYPE_SOCKET_FILTER)
		return false;
	n = 1 + below(&g->r, 70);
	paths_save(g, &paths);
	g->pinned |= (u16)(BIT(p) | BIT(end) | BIT(probe));
	emit(g, BPF_LDX | BPF_MEM | BPF_W, p, g->ctx, xdp ? 0 : 76, 0);
	emit(g, BPF_LDX | BPF_MEM | BPF_W, end, g->ctx, xdp ? 4 : 80, 0);
	g->regs[p] = g->regs[end] = (struct reg){0};
	if (one_in(&g->r, 3)) {
		u32 x = bounded(g, 40, &skips);

		emit(g, BPF_ALU64 | BPF_ADD | BPF_X, p, x, 0, 0);
	}
	mov_x(g, probe, p);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, probe, 0, 0, (s32)n);
	g->regs[probe] = (struct reg){0};
	/* p + n > end, or >= where nobody counts so closely; and the other way around */
	if (reversed)
		skip = jump(g, BPF_JMP | (strict ? BPF_JLT : BPF_JLE) | BPF_X, end, probe, 0);
	else
		skip = jump(g, BPF_JMP | (strict ? BPF_JGT : BPF_JGE) | BPF_X, probe, end, 0);
	if (oops(g))
		g->c->ops[skip].code ^= 0x80;
	use_memory(g, p, n, MEMORY_PACKET);
	land(g, skip);
	land_all(g, &skips);
	g->pinned = pinned;
	for (u32 i = 1; i < 6; i++)
		g->regs[i] = (struct reg){0};
	paths_join(g, &paths);
	return true;
}

/* Helpers that take memory and its length. */
static bool memory_and_length(struct gen *g)
{
	bool xdp = g->c->type == BPF_PROG_TYPE_XDP, store = one_in(&g->r, 3);
	struct skips skips = {.n = 0};
	struct paths paths;
	u32 x;

	if (!g->ctx)
		return false;
	if (g->c->type == BPF_PROG_TYPE_SOCKET_FILTER)
		store = false;
	paths_save(g, &paths);
	x = bounded(g, 40, &skips);
	/* Where zero is not a length */
	if (!oops(g))
		emit(g, BPF_ALU64 | BPF_ADD | BPF_K, x, 0, 0, 1);
	if (x != 4)
		mov_x(g, 4, x);
	g->regs[4] = (struct reg){0};
	if (one_in(&g->r, 2))
		mov_k(g, 2, (s32)below(&g->r, 60));
	else
		mov_x(g, 2, 4);
	if (one_in(&g->r, 2))
		stack_address(g, 3, -SCALAR_STACK);
	else
		wide(g, 3, SYM_VALUE, MAP_ARRAY, one_in(&g->r, 8) ? 24 : 0);
	mov_x(g, 1, g->ctx);
	if (!xdp && store)
		mov_k(g, 5, (s32)below(&g->r, 2));
	call_helper(g, xdp ? (store ? 190 : 189)
			   : (store ? BPF_FUNC_skb_store_bytes : BPF_FUNC_skb_load_bytes));
	land_all(g, &skips);
	g->regs[0] = (struct reg){0};
	paths_join(g, &paths);
	for (u32 i = 0; i < 6; i++)
		g->regs[i] = (struct reg){0};
	return true;
}

static bool checksum(struct gen *g)
{
	u32 len = 4 * (1 + below(&g->r, 8));

	if (g->c->type == BPF_PROG_TYPE_SOCKET_FILTER)
		return false;
	stack_address(g, 1, -SCALAR_STACK);
	mov_k(g, 2, (s32)len);
	wide(g, 3, SYM_VALUE, MAP_ARRAY, 0);
	mov_k(g, 4, oops(g) ? 68 : (s32)len);
	mov_k(g, 5, 0);
	call_helper(g, BPF_FUNC_csum_diff);
	return true;
}

static bool resize(struct gen *g)
{
	if (!g->ctx || g->c->type != BPF_PROG_TYPE_XDP)
		return false;
	mov_x(g, 1, g->ctx);
	mov_k(g, 2, (s32)below(&g->r, 17) - 8);
	call_helper(g, one_in(&g->r, 2) ? BPF_FUNC_xdp_adjust_head : BPF_FUNC_xdp_adjust_tail);
	return true;
}

/* ---- references ---- */

static void xfrm_fields(struct gen *g, u32 x)
{
	for (u32 n = below(&g->r, 4); n; n--) {
		u32 which = below(&g->r, FIELD_SCALARS + 1), dst = any_dest(g);
		struct op *op = emit(g, BPF_LDX | BPF_MEM | fuzz_fields[which].size, dst, x, 0, 0);

		op->sym = SYM_FIELD;
		op->arg = (s32)which;
		g->regs[dst] =
			(struct reg){.kind = which < FIELD_SCALARS ? KIND_SCALAR : KIND_NONE};
		if (which < FIELD_SCALARS)
			continue;
		/* Walk on: NULL is found by the load, which gives 0. */
		op = emit(g, BPF_LDX | BPF_MEM | BPF_W, dst, dst, 0, 0);
		op->sym = SYM_FIELD;
		op->arg = FIELD_REPLAY_WINDOW;
		g->regs[dst].kind = KIND_SCALAR;
	}
}

static bool xfrm_state(struct gen *g)
{
	s32 opts = take_stack(g, 40);
	struct paths paths;
	u32 x, skip;

	if (!opts || !g->ctx || (g->c->type != BPF_PROG_TYPE_XDP && !oops(g)))
		return false;
	for (s32 i = 0; i < 40; i += 8)
		store_k(g, BPF_DW, opts + i, 0);
	store_k(g, BPF_W, opts + OPTS_NETNS, -1);
	store_k(g, BPF_W, opts + OPTS_DADDR, (s32)htonl(0x0a000002));
	store_k(g, BPF_W, opts + OPTS_SPI, (s32)htonl(0x1234 + one_in(&g->r, 4)));
	store_k(g, BPF_B, opts + OPTS_PROTO, ESP);
	store_k(g, BPF_H, opts + OPTS_FAMILY, AF_INET);
	mov_x(g, 1, g->ctx);
	stack_address(g, 2, opts);
	mov_k(g, 3, one_in(&g->r, 10) ? (s32)below(&g->r, 50) : OPTS_SIZE);
	call_kfunc(g, KF_XFRM_GET);
	x = keep_result(g);
	if (!x) {
		/* No register left: released at once. */
		skip = null_check(g, 0);
		mov_x(g, 1, 0);
		call_kfunc(g, KF_XFRM_RELEASE);
		land(g, skip);
		g->regs[0] = (struct reg){0};
		return true;
	}
	paths_save(g, &paths);
	skip = null_check(g, x);
	xfrm_fields(g, x);
	block(g, below(&g->r, 4));
	if (oops(g))
		xfrm_fields(g, one_in(&g->r, 2) ? x : any_dest(g));
	if (!oops(g)) {
		mov_x(g, 1, x);
		call_kfunc(g, KF_XFRM_RELEASE);
	}
	if (oops(g))
		xfrm_fields(g, x);
	land(g, skip);
	paths_join(g, &paths);
	for (u32 i = 0; i < 6; i++)
		g->regs[i] = (struct reg){0};
	unpin(g, x);
	return true;
}

static bool ring_record(struct gen *g)
{
	u32 size = 8 * (1 + below(&g->r, 6)), x, skip;
	struct paths paths;

	wide(g, 1, SYM_MAP, MAP_RING, 0);
	mov_k(g, 2, (s32)size);
	mov_k(g, 3, 0);
	call_helper(g, BPF_FUNC_ringbuf_reserve);
	x = keep_result(g);
	paths_save(g, &paths);
	skip = null_check(g, x);
	for (u32 i = 0; i < size; i += 8)
		emit(g, BPF_ST | BPF_MEM | BPF_DW, x, 0, (s32)i, any_imm(g));
	use_memory(g, x, size, MEMORY_HELD);
	if (x)
		block(g, below(&g->r, 3));
	if (!oops(g)) {
		mov_x(g, 1, x);
		mov_k(g, 2, 0);
		call_helper(g,
			    one_in(&g->r, 2) ? BPF_FUNC_ringbuf_submit : BPF_FUNC_ringbuf_discard);
	}
	land(g, skip);
	paths_join(g, &paths);
	for (u32 i = 0; i < 6; i++)
		g->regs[i] = (struct reg){0};
	if (x)
		unpin(g, x);
	return true;
}

/* ---- dynptrs ---- */

static void use_slice(struct gen *g, s32 dynptr)
{
	bool rdwr = one_in(&g->r, 2) && g->c->type != BPF_PROG_TYPE_SOCKET_FILTER;
	u32 len = 1 + below(&g->r, 32), skip, own;
	bool buffer = one_in(&g->r, 2);
	struct paths paths;

	stack_address(g, 1, dynptr);
	mov_k(g, 2, (s32)below(&g->r, 50));
	if (buffer)
		stack_address(g, 3, -SCALAR_STACK);
	else
		mov_k(g, 3, 0);
	mov_k(g, 4, oops(g) ? 70 : (s32)len);
	call_kfunc(g, rdwr ? KF_SLICE_RDWR : KF_SLICE);
	g->regs[0] = (struct reg){0};
	own = one_in(&g->r, 2) ? keep_result(g) : 0;
	paths_save(g, &paths);
	skip = null_check(g, own);
	use_memory(g, own, len, oops(g) ? MEMORY_WRITE : rdwr ? MEMORY_PACKET : MEMORY_READ);
	if (own && one_in(&g->r, 2)) {
		block(g, 1);
		use_memory(g, own, len, MEMORY_READ);
	}
	land(g, skip);
	g->regs[0] = (struct reg){0};
	paths_join(g, &paths);
	if (own)
		unpin(g, own);
}

static void use_dynptr(struct gen *g, s32 dynptr)
{
	switch (below(&g->r, 6)) {
	case 0:
	case 1:
		use_slice(g, dynptr);
		return;
	case 2:
		stack_address(g, 1, -SCALAR_STACK);
		mov_k(g, 2, (s32)(1 + below(&g->r, 64)) + (oops(g) ? 20 : 0));
		stack_address(g, 3, dynptr);
		mov_k(g, 4, (s32)below(&g->r, 60));
		mov_k(g, 5, 0);
		call_helper(g, 201); /* bpf_dynptr_read */
		return;
	case 3:
		stack_address(g, 1, dynptr);
		mov_k(g, 2, (s32)below(&g->r, 60));
		stack_address(g, 3, -SCALAR_STACK);
		mov_k(g, 4, (s32)(1 + below(&g->r, 64)));
		mov_k(g, 5, 0);
		call_helper(g, 202); /* bpf_dynptr_write */
		return;
	case 4:
		stack_address(g, 1, dynptr);
		mov_k(g, 2, (s32)below(&g->r, 40));
		mov_k(g, 3, (s32)below(&g->r, 80));
		call_kfunc(g, KF_DYNPTR_ADJUST);
		break;
	default:
		stack_address(g, 1, dynptr);
		if (one_in(&g->r, 2)) {
			call_kfunc(g, KF_DYNPTR_SIZE);
			break;
		}
		call_kfunc(g, KF_DYNPTR_IS_NULL);
		/* A bool is a byte: the kernel leaves the rest of the register as it was. */
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, 1);
	}
	g->regs[0].kind = KIND_SCALAR;
}

static bool dynptr_of_packet(struct gen *g)
{
	bool xdp = g->c->type == BPF_PROG_TYPE_XDP;
	s32 dynptr = take_stack(g, DYNPTR_SIZE);

	if (!dynptr || !g->ctx)
		return false;
	mov_x(g, 1, g->ctx);
	mov_k(g, 2, one_in(&g->r, 20));
	stack_address(g, 3, dynptr);
	call_kfunc(g, xdp != oops(g) ? KF_DYNPTR_XDP : KF_DYNPTR_SKB);
	g->regs[0].kind = KIND_SCALAR;
	for (u32 n = 1 + below(&g->r, 3); n; n--) {
		use_dynptr(g, dynptr);
		if (one_in(&g->r, 3))
			block(g, 1);
	}
	return true;
}

static bool dynptr_of_ring(struct gen *g)
{
	s32 dynptr = take_stack(g, DYNPTR_SIZE);
	struct paths paths;
	u32 skip;

	if (!dynptr)
		return false;
	if (one_in(&g->r, 3)) {
		wide(g, 1, SYM_VALUE, MAP_ARRAY, 0);
		mov_k(g, 2, oops(g) ? 65 : 64);
		mov_k(g, 3, 0);
		stack_address(g, 4, dynptr);
		call_helper(g, 197); /* bpf_dynptr_from_mem */
		use_dynptr(g, dynptr);
		return true;
	}
	wide(g, 1, SYM_MAP, MAP_RING, 0);
	/* Not filled as a whole: told by its odd length. */
	mov_k(g, 2, (s32)(8 * (1 + below(&g->r, 5)) + 1 + below(&g->r, 7)));
	mov_k(g, 3, 0);
	stack_address(g, 4, dynptr);
	call_helper(g, 198); /* bpf_ringbuf_reserve_dynptr */
	stack_address(g, 1, dynptr);
	mov_k(g, 2, 0);
	mov_k(g, 3, 8);
	call_helper(g, 203); /* bpf_dynptr_data */
	g->regs[0] = (struct reg){0};
	paths_save(g, &paths);
	skip = null_check(g, 0);
	emit(g, BPF_ST | BPF_MEM | BPF_DW, 0, 0, oops(g), any_imm(g));
	land(g, skip);
	paths_join(g, &paths);
	block(g, below(&g->r, 2));
	if (oops(g))
		return true;
	stack_address(g, 1, dynptr);
	mov_k(g, 2, 0);
	call_helper(g, one_in(&g->r, 2) ? 199 : 200); /* submit, discard */
	g->regs[0] = (struct reg){0};
	return true;
}

/* ---- loops and functions ---- */

static bool numbers(struct gen *g)
{
	s32 iter = take_stack(g, ITER_SIZE);
	u32 top, out, dst;
	struct paths before;

	if (!iter || g->depth > 3)
		return false;
	stack_address(g, 1, iter);
	if (one_in(&g->r, 3))
		mov_x(g, 2, any_scalar(g));
	else
		mov_k(g, 2, (s32)below(&g->r, 4) - 2);
	mov_k(g, 3, (s32)below(&g->r, 12));
	if (g->c->ops[g->c->nr - 2].code == (BPF_ALU64 | BPF_MOV | BPF_X))
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 7);
	call_kfunc(g, KF_NUM_NEW);
	paths_forget(g);
	paths_save(g, &before);
	top = g->c->nr;
	stack_address(g, 1, iter);
	call_kfunc(g, KF_NUM_NEXT);
	out = null_check(g, 0);
	dst = any_dest(g);
	if (one_in(&g->r, 2)) {
		emit(g, BPF_LDX | BPF_MEM | BPF_W, dst, 0, 0, 0);
		g->regs[dst] = (struct reg){.kind = KIND_SCALAR};
	}
	block(g, 1 + below(&g->r, 3));
	jump_back(g, top);
	land(g, out);
	paths_join(g, &before);
	if (oops(g))
		return true;
	stack_address(g, 1, iter);
	call_kfunc(g, KF_NUM_DESTROY);
	return true;
}

static bool defer(struct gen *g, u8 kind, u32 op)
{
	g->c->ops[op].sym = kind;
	g->pending[g->nr_pending++] = (struct pending){op, kind, (u8)(g->level + 1)};
	return true;
}

static bool function_call(struct gen *g, u8 kind)
{
	if (g->nr_pending == MAX_PENDING || g->level >= 2 || (kind == SYM_CALL && !g->ctx))
		return false;
	if (kind == SYM_CALL) {
		mov_x(g, 2, any_scalar(g));
		mov_x(g, 1, g->ctx);
	} else {
		mov_x(g, 1, any_scalar(g));
		mov_k(g, 2, any_imm(g));
	}
	emit(g, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	defer(g, kind, g->c->nr - 1);
	for (u32 i = 1; i < 6; i++)
		g->regs[i] = (struct reg){0};
	g->regs[0] = (struct reg){.kind = KIND_SCALAR};
	return true;
}

static bool callback_loop(struct gen *g)
{
	if (g->nr_pending == MAX_PENDING || g->level >= 2 || g->depth > 3)
		return false;
	wide(g, 2, SYM_FUNC, 0, 0);
	defer(g, SYM_FUNC, g->c->nr - 1);
	if (one_in(&g->r, 2)) {
		mov_x(g, 1, any_scalar(g));
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, 7);
	} else {
		mov_k(g, 1, (s32)below(&g->r, 9));
	}
	stack_address(g, 3, -SCALAR_STACK);
	mov_k(g, 4, 0);
	call_helper(g, 181); /* bpf_loop */
	return true;
}

static bool section(struct gen *g)
{
	bool rcu = one_in(&g->r, 2);

	if (g->section || g->depth > 3)
		return false;
	call_kfunc(g, rcu ? KF_RCU_LOCK : KF_PREEMPT_DISABLE);
	g->section = true;
	block(g, 1 + below(&g->r, 2));
	g->section = false;
	if (!oops(g))
		call_kfunc(g, rcu ? KF_RCU_UNLOCK : KF_PREEMPT_ENABLE);
	return true;
}

bool statement_calls(struct gen *g)
{
	switch (below(&g->r, 19)) {
	case 0:
	case 1:
		return map_lookup(g);
	case 2:
		return map_change(g);
	case 3:
	case 4:
	case 5:
		return packet_access(g);
	case 6:
	case 7:
		return memory_and_length(g);
	case 8:
		return checksum(g);
	case 9:
		return resize(g);
	case 10:
	case 11:
		return xfrm_state(g);
	case 12:
		return ring_record(g);
	case 13:
		return dynptr_of_packet(g);
	case 14:
		return dynptr_of_ring(g);
	case 15:
		return numbers(g);
	case 16:
		return function_call(g, one_in(&g->r, 3) ? SYM_GCALL : SYM_CALL);
	case 17:
		return callback_loop(g);
	default:
		return section(g);
	}
}
