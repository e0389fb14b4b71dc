// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "code.h"

/*
 * The interpreter: one label per operation, each ending in its own indirect jump to the next. The
 * macros below write a family's labels from its semantics; interpret() lists the families. What is
 * rare or long (calls, returns, throws) is a function that says where to go on.
 *
 * Programs race with each other on map values by design, so nothing here is for the thread
 * sanitizer to look at.
 */
#define RACY __attribute__((no_sanitize("thread")))

/* Programs on a little-endian host with fast unaligned access may use any address. */
#define AS(type, addr) (((struct unaligned_##type *)(uintptr_t)(addr))->v)
#define UNALIGNED(type)           \
	struct unaligned_##type { \
		type v;           \
	} __attribute__((packed))
UNALIGNED(u8);
UNALIGNED(u16);
UNALIGNED(u32);
UNALIGNED(u64);
UNALIGNED(s8);
UNALIGNED(s16);
UNALIGNED(s32);

/*
 * Kernel objects are another matter: what is free of them must not be read. The sanitizer is shown
 * those loads, as atomic ones, since fields may change under a program.
 */
#ifdef RCU_TSAN
static __attribute__((noinline)) void show_load(u64 addr, size_t size)
{
	const void *p = (const void *)(uintptr_t)addr;
	u64 v;

	if (addr % size || !arena_covers(addr, size))
		return;
	v = size == 8	? __atomic_load_n((const u64 *)p, __ATOMIC_RELAXED)
	    : size == 4 ? __atomic_load_n((const u32 *)p, __ATOMIC_RELAXED)
	    : size == 2 ? __atomic_load_n((const u16 *)p, __ATOMIC_RELAXED)
			: __atomic_load_n((const u8 *)p, __ATOMIC_RELAXED);
	(void)v;
}
#else
static inline void show_load(u64 addr, size_t size)
{
	(void)addr;
	(void)size;
}
#endif

#define DISPATCH() goto *label[op->code]
#define NEXT()              \
	do {                \
		op++;       \
		DISPATCH(); \
	} while (0)
#define SKIP_IF(cond)                  \
	do {                           \
		if (cond)              \
			op += op->off; \
		NEXT();                \
	} while (0)

#define DST r[op->dst]
#define SRC r[op->src]

/*
 * Two-operand arithmetic and comparisons: @expr computes on d and s, unsigned, of width U; S is the
 * signed type of that width.
 */
#define WITH_OPERANDS(unsigned_type, signed_type, operand) \
	typedef unsigned_type U __attribute__((unused));   \
	typedef signed_type S __attribute__((unused));     \
	U d __attribute__((unused)) = (U)DST;              \
	U s = (U)(operand)

#define ALU_LABEL(name, unsigned_type, signed_type, operand, expr)  \
	do_##name:                                                  \
	{                                                           \
		WITH_OPERANDS(unsigned_type, signed_type, operand); \
		DST = (U)(expr);                                    \
		NEXT();                                             \
	}
#define ALU(name, expr)                                \
	ALU_LABEL(name##64_K, u64, s64, op->imm, expr) \
	ALU_LABEL(name##64_X, u64, s64, SRC, expr)     \
	ALU_LABEL(name##32_K, u32, s32, op->imm, expr) \
	ALU_LABEL(name##32_X, u32, s32, SRC, expr)

#define JUMP_LABEL(name, unsigned_type, signed_type, operand, cond) \
	do_##name:                                                  \
	{                                                           \
		WITH_OPERANDS(unsigned_type, signed_type, operand); \
		SKIP_IF(cond);                                      \
	}
#define JUMP(name, cond)                                \
	JUMP_LABEL(name##64_K, u64, s64, op->imm, cond) \
	JUMP_LABEL(name##64_X, u64, s64, SRC, cond)     \
	JUMP_LABEL(name##32_K, u32, s32, op->imm, cond) \
	JUMP_LABEL(name##32_X, u32, s32, SRC, cond)

/* One statement, then the next operation. */
/* clang-format off */
#define SIMPLE(name, statement)                                                                    \
	do_##name:                                                                                 \
	statement;                                                                                 \
	NEXT();
/* clang-format on */

#define SHIFT_MASK (sizeof(U) * 8 - 1)
/* Division by zero gives 0, and its remainder is the dividend; the one quotient that does not fit
 * wraps. */
#define SIGNED_DIV (!s ? 0 : s == (U)-1 ? 0 - d : (U)((S)d / (S)s))
#define SIGNED_MOD (!s ? d : s == (U)-1 ? 0 : (U)((S)d % (S)s))

#define SRC_ADDR   (SRC + (u64)(s64)op->off)
#define DST_ADDR   (DST + (u64)(s64)op->off)
#define LOAD(w)	   SIMPLE(LD##w, DST = AS(u##w, SRC_ADDR))
#define LOAD_SX(w) SIMPLE(LDSX##w, DST = (u64)(s64)AS(s##w, SRC_ADDR))
#define PROBE_LABEL(name, type)                                                                  \
	do_##name:                                                                               \
	{                                                                                        \
		u64 addr = SRC_ADDR;                                                             \
		bool ok = arena_covers(addr, sizeof(type)) || own_memory(m, addr, sizeof(type)); \
		show_load(addr, sizeof(type));                                                   \
		DST = likely(ok) ? (u64)(s64)AS(type, addr) : 0;                                 \
		NEXT();                                                                          \
	}
#define PROBE(w)    PROBE_LABEL(PROBE##w, u##w)
#define PROBE_SX(w) PROBE_LABEL(PROBESX##w, s##w)
#define STORE(w)                                          \
	SIMPLE(ST##w##_X, AS(u##w, DST_ADDR) = (u##w)SRC) \
	SIMPLE(ST##w##_K, AS(u##w, DST_ADDR) = (u##w)op->imm)

/* The verifier demands natural alignment of these. */
#define CELL(w, addr) ((u##w *)(uintptr_t)(addr))
#define ATOMIC_LABELS(NAME, fetch, w)                                                   \
	SIMPLE(ATOMIC_##NAME##w, fetch(CELL(w, DST_ADDR), (u##w)SRC, __ATOMIC_RELAXED)) \
	SIMPLE(FETCH_##NAME##w, SRC = fetch(CELL(w, DST_ADDR), (u##w)SRC, __ATOMIC_SEQ_CST))
#define ATOMIC(NAME, fetch) ATOMIC_LABELS(NAME, fetch, 32) ATOMIC_LABELS(NAME, fetch, 64)
#define EXCHANGE(w)                                                                                \
	SIMPLE(XCHG##w, SRC = __atomic_exchange_n(CELL(w, DST_ADDR), (u##w)SRC, __ATOMIC_SEQ_CST)) \
	do_CMPXCHG##w:                                                                             \
	{                                                                                          \
		u##w old = (u##w)r[0];                                                             \
		__atomic_compare_exchange_n(CELL(w, DST_ADDR), &old, (u##w)SRC, false,             \
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                   \
		r[0] = old;                                                                        \
		NEXT();                                                                            \
	}
#define ORDERED(w)                                                                      \
	SIMPLE(LOAD_ACQ##w, DST = __atomic_load_n(CELL(w, SRC_ADDR), __ATOMIC_ACQUIRE)) \
	SIMPLE(STORE_REL##w, __atomic_store_n(CELL(w, DST_ADDR), (u##w)SRC, __ATOMIC_RELEASE))

#define FN   ((helper_fn)(uintptr_t)op->imm)
#define MAP  ((struct map *)(uintptr_t)op->imm)
#define FUNC ((const struct exec_func *)(uintptr_t)op->imm)

/* Point a frame at the beginning of a function. A program may read stack that it has not written:
 * zeroes, not what the host left there. */
static inline const struct op *begin(struct machine *m, struct frame *f,
				     const struct exec_func *func, u64 *r)
{
	u8 *fp = f->stack + func->stack;

	require(fp <= m->area + sizeof(m->area));
	memset(f->stack, 0, func->stack);
	f->func = func;
	f->fp = fp;
	f->loops = MAX_LOOPS;
	r[10] = (uintptr_t)fp;
	return func->entry;
}

/* A frame on top of the others. */
static inline struct frame *push(struct machine *m, const struct op *ret)
{
	struct frame *f = m->frame ? (struct frame *)m->frame->fp : (struct frame *)m->area;

	require(f->stack <= m->area + sizeof(m->area));
	f->ret = ret;
	f->caller = m->frame;
	m->frame = f;
	return f;
}

static inline const struct op *enter(struct machine *m, const struct op *op, u64 *r)
{
	struct frame *f = push(m, op + 1);

	for (int i = 0; i < 4; i++)
		f->saved[i] = r[6 + i];
	return begin(m, f, FUNC, r);
}

/* Returns NULL when the frame was entered from C. */
static inline const struct op *leave(struct machine *m, u64 *r)
{
	struct frame *f = m->frame;

	m->frame = f->caller;
	if (!f->ret)
		return NULL;
	for (int i = 0; i < 4; i++)
		r[6 + i] = f->saved[i];
	r[10] = (uintptr_t)f->caller->fp;
	return f->ret;
}

/* The program in a PROG_ARRAY takes over the frame; without one, execution goes on. */
static const struct op *tail_call(struct machine *m, const struct op *op, u64 *r)
{
	struct map *map = (struct map *)(uintptr_t)r[2];
	struct object *target;

	if (m->run.tail_calls >= MAX_TAIL_CALLS)
		return op + 1;
	target = map_prog_array_at(map, (u32)r[3]);
	if (!target)
		return op + 1;
	m->run.tail_calls++;
	r[1] = (uintptr_t)m->run.ctx;
	return begin(m, m->frame, &prog_of(target)->code->funcs[0], r);
}

/*
 * An exception ends every frame up to that of the program's main function, which then returns the
 * cookie, or what the exception callback makes of it. Helpers on the way must return by themselves:
 * the callback that threw yields 1, which stops their iteration, and they find this one thrown.
 */
static const struct op *unwind(struct machine *m, u64 cookie, u64 *r)
{
	struct frame *f = m->frame;

	while (f->func != f->func->code->funcs) {
		if (!f->ret) {
			m->frame = f->caller;
			m->thrown = true;
			m->cookie = cookie;
			r[0] = 1;
			return NULL;
		}
		f = f->caller;
	}
	m->frame = f;
	if (f->func->code->exception_cb) {
		r[1] = cookie;
		return begin(m, f, f->func->code->exception_cb, r);
	}
	r[0] = cookie;
	return leave(m, r);
}

static const struct op *caught(struct machine *m, u64 *r)
{
	m->thrown = false;
	return unwind(m, m->cookie, r);
}

/*
 * Outside the arena a program may also have walked to memory that is its own: a cast pointer can
 * lead to its stack or to a value of its maps.
 */
static bool own_memory(struct machine *m, u64 addr, size_t size)
{
	if (addr < NULL_PAGES)
		return false;
	for (struct frame *f = m->frame; f; f = f->caller) {
		size_t room = (size_t)(f->fp - f->stack);

		if (size <= room && addr - (uintptr_t)f->stack <= room - size)
			return true;
	}
	return own_values(m->frame->func->code->prog, addr, size);
}

static bool readable(struct run *run, u64 addr, size_t size)
{
	return own_memory(container_of(run, struct machine, run), addr, size);
}

/* An absent byte ends the function with 0. */
static const struct op *load_packet(struct machine *m, const struct op *op, u32 index, u64 *r)
{
	const struct skb_ctx *ctx = (const struct skb_ctx *)(uintptr_t)r[6];

	if (likely(skb_load(ctx, (s32)((u32)op->imm + index), op->dst, &r[0])))
		return op + 1;
	r[0] = 0;
	return leave(m, r);
}

#define GO(where)                    \
	do {                         \
		op = (where);        \
		if (unlikely(!op))   \
			return r[0]; \
		DISPATCH();          \
	} while (0)

/* One label or family a line. */
/* clang-format off */
RACY static u64 interpret(struct machine *m, const struct op *op, u64 *r)
{
	static const void *const label[OP_CODES] = {
#define L(name) [OP_##name] = &&do_##name,
#define L4(name) L(name##64_K) L(name##64_X) L(name##32_K) L(name##32_X)
#define LD_L(w) L(LD##w) L(PROBE##w) L(ST##w##_X) L(ST##w##_K) L(LOAD_ACQ##w) L(STORE_REL##w)
#define SX_L(w) L(LDSX##w) L(PROBESX##w) L(MOVSX##w##_64)
#define SWAP_L(w) L(BSWAP##w)
#define ATOMIC_L(n) L(ATOMIC_##n##32) L(ATOMIC_##n##64) L(FETCH_##n##32) L(FETCH_##n##64)
		FOR_EACH_ALU(L4) FOR_EACH_JUMP(L4) FOR_EACH_WIDTH(LD_L) FOR_EACH_NARROW(SX_L)
		FOR_EACH_SWAP(SWAP_L) FOR_EACH_ATOMIC(ATOMIC_L)
		L(ADD_TO) L(NEG64) L(NEG32) L(ZEXT16) L(ZEXT32) L(MOVSX8_32) L(MOVSX16_32)
		L(JA) L(MAY_GOTO) L(ST16_BELOW_X) L(LD_ABS) L(LD_IND)
		L(XCHG32) L(XCHG64) L(CMPXCHG32) L(CMPXCHG64)
		L(LD_FUNC) L(CALL) L(MAP_LOOKUP) L(MAP_UPDATE) L(MAP_REDIRECT) L(XDP_REDIRECT) L(CPU) L(DYNPTR_FROM_XDP) L(DYNPTR_SLICE) L(PACKET_SLICE)
		L(CALL_BACK) L(CALL_BPF) L(TAIL_CALL) L(THROW) L(EXIT) L(TRAP)
	};

	DISPATCH();

	ALU(ADD, d + s)
	ALU(SUB, d - s)
	ALU(MUL, d * s)
	ALU(DIV, s ? d / s : 0)
	ALU(MOD, s ? d % s : d)
	ALU(SDIV, SIGNED_DIV)
	ALU(SMOD, SIGNED_MOD)
	ALU(OR, d | s)
	ALU(AND, d & s)
	ALU(XOR, d ^ s)
	ALU(LSH, d << (s & SHIFT_MASK))
	ALU(RSH, d >> (s & SHIFT_MASK))
	ALU(ARSH, (S)d >> (s & SHIFT_MASK))
	ALU(MOV, s)
	SIMPLE(ADD_TO, DST = SRC + op->imm)
	SIMPLE(NEG64, DST = 0 - DST)
	SIMPLE(NEG32, DST = (u32)(0 - DST))
	SIMPLE(ZEXT16, DST = (u16)DST)
	SIMPLE(ZEXT32, DST = (u32)DST)
	SIMPLE(BSWAP16, DST = __builtin_bswap16((u16)DST))
	SIMPLE(BSWAP32, DST = __builtin_bswap32((u32)DST))
	SIMPLE(BSWAP64, DST = __builtin_bswap64(DST))
	SIMPLE(MOVSX8_64, DST = (u64)(s8)SRC)
	SIMPLE(MOVSX16_64, DST = (u64)(s16)SRC)
	SIMPLE(MOVSX32_64, DST = (u64)(s32)SRC)
	SIMPLE(MOVSX8_32, DST = (u32)(s8)SRC)
	SIMPLE(MOVSX16_32, DST = (u32)(s16)SRC)

	JUMP(JEQ, d == s)
	JUMP(JNE, d != s)
	JUMP(JGT, d > s)
	JUMP(JGE, d >= s)
	JUMP(JLT, d < s)
	JUMP(JLE, d <= s)
	JUMP(JSGT, (S)d > (S)s)
	JUMP(JSGE, (S)d >= (S)s)
	JUMP(JSLT, (S)d < (S)s)
	JUMP(JSLE, (S)d <= (S)s)
	JUMP(JSET, d & s)
	SIMPLE(JA, op += op->off)
	do_MAY_GOTO:
	SKIP_IF(!m->frame->loops || !m->frame->loops--);

	FOR_EACH_WIDTH(LOAD)
	FOR_EACH_NARROW(LOAD_SX)
	FOR_EACH_WIDTH(PROBE)
	FOR_EACH_NARROW(PROBE_SX)
	FOR_EACH_WIDTH(STORE)
	SIMPLE(ST16_BELOW_X, if (SRC < 0xffff) AS(u16, DST_ADDR) = (u16)SRC)
	do_LD_ABS:
	GO(load_packet(m, op, 0, r));
	do_LD_IND:
	GO(load_packet(m, op, (u32)SRC, r));

	ATOMIC(ADD, __atomic_fetch_add)
	ATOMIC(OR, __atomic_fetch_or)
	ATOMIC(AND, __atomic_fetch_and)
	ATOMIC(XOR, __atomic_fetch_xor)
	EXCHANGE(32)
	EXCHANGE(64)
	FOR_EACH_WIDTH(ORDERED)

	SIMPLE(LD_FUNC, DST = op->imm)
	do_XDP_REDIRECT:
	do_DYNPTR_FROM_XDP:
	do_DYNPTR_SLICE:
	do_PACKET_SLICE:
	SIMPLE(CALL, r[0] = FN(r[1], r[2], r[3], r[4], r[5]))
	SIMPLE(MAP_LOOKUP, r[0] = (uintptr_t)MAP->ops->lookup(MAP, (void *)(uintptr_t)r[2]))
	SIMPLE(MAP_UPDATE, r[0] = (u64)MAP->ops->update(MAP, (void *)(uintptr_t)r[2],
							(void *)(uintptr_t)r[3], r[4]))
	SIMPLE(MAP_REDIRECT, r[0] = (u64)MAP->ops->redirect(MAP, r[2], r[3]))
	SIMPLE(CPU, r[0] = m->run.cpu)
	do_CALL_BACK:
	r[0] = FN(r[1], r[2], r[3], r[4], r[5]);
	GO(likely(!m->thrown) ? op + 1 : caught(m, r));
	do_CALL_BPF:
	op = enter(m, op, r);
	DISPATCH();
	do_TAIL_CALL:
	op = tail_call(m, op, r);
	DISPATCH();
	do_THROW:
	GO(unwind(m, r[1], r));
	do_EXIT:
	GO(leave(m, r));
	do_TRAP:
	abort();
}
/* clang-format on */

u64 interp_call(struct machine *m, const struct exec_func *func, u64 a1, u64 a2, u64 a3, u64 a4,
		u64 a5)
{
	u64 r[MAX_BPF_REG] = {0, a1, a2, a3, a4, a5};

	return interpret(m, begin(m, push(m, NULL), func, r), r);
}

static u64 callback(struct run *run, u64 func, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct machine *m = container_of(run, struct machine, run);

	/* A helper that does not stop at 1 is on its way out all the same. */
	if (unlikely(m->thrown))
		return 1;
	return interp_call(m, (const struct exec_func *)(uintptr_t)func, a1, a2, a3, a4, a5);
}

const struct run_ops interp_run_ops = {.callback = callback, .readable = readable};
