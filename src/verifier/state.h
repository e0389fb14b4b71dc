/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_STATE_H
#define VERIFIER_STATE_H

#include "base/uapi.h"
#include "exec/prog.h"
#include "object/types.h"
#include "tnum.h"

/*
 * The abstract machine: what the verifier knows at one instruction of one path. A verifier_state is
 * a stack of frames plus what is global to the path (references, locks). States are copied when
 * paths fork and kept at prune points.
 */
#define MAX_FRAMES  8
#define MAX_STACK   512
#define STACK_SLOTS (MAX_STACK / 8)
#define MAX_REGS    (MAX_BPF_REG) /* R0..R10 */

/* What the eight bytes of a stack slot hold, byte by byte. */
enum slot_kind {
	SLOT_INVALID = 0,
	SLOT_SPILL,
	SLOT_MISC,
	SLOT_ZERO,
	SLOT_DYNPTR,
	SLOT_ITER,
	SLOT_IRQ,
};

enum dynptr_kind {
	DYNPTR_INVALID,
	DYNPTR_LOCAL,
	DYNPTR_RINGBUF,
	DYNPTR_SKB,
	DYNPTR_XDP,
	DYNPTR_SKB_META,
};

enum iter_state {
	ITER_INVALID,
	ITER_ACTIVE,
	ITER_DRAINED,
};

/* Negative packet ranges: the pointer is known to be at, or at least a byte beyond, data_end. */
#define AT_PKT_END     (-1)
#define BEYOND_PKT_END (-2)

struct reg_state {
	u32 type; /* enum bpf_reg_type | flags */
	s32 off;  /* constant part of a pointer's offset */
	union {
		/* PTR_TO_PACKET(_META): bytes proved readable from the base pointer, or one of
		 * AT_PKT_END, BEYOND_PKT_END */
		s32 range;
		struct {
			struct map *map; /* CONST_PTR_TO_MAP, PTR_TO_MAP_VALUE, PTR_TO_MAP_KEY */
			u32 map_uid;	 /* which lookup of an inner map */
		};
		struct {
			const struct btf *btf; /* PTR_TO_BTF_ID */
			u32 btf_id;
		};
		struct {
			u32 mem_size;  /* PTR_TO_MEM */
			u32 dynptr_id; /* the dynptr a slice was cut from; 0: none */
		};
		struct {
			u8 kind; /* enum dynptr_kind */
			bool first_slot;
		} dynptr;
		struct {
			const struct btf *btf;
			u32 btf_id;
			u32 state : 2; /* enum iter_state */
			u32 depth : 30;
		} iter;
		u32 subprog; /* PTR_TO_FUNC */
		u64 raw[2];
	};
	struct tnum var_off; /* scalars: the value; pointers: variable part of the offset */
	s64 smin;
	s64 smax;
	u64 umin;
	u64 umax;
	s32 s32_min;
	s32 s32_max;
	u32 u32_min;
	u32 u32_max;
	/* Equal non-zero ids: same NULL-ness (nullable pointers), same base (packet pointers), same
	 * value (scalars, possibly with SCALAR_ADD_CONST). */
	u32 id;
	/* The reference that this register holds or was derived from; 0: none. */
	u32 ref_obj_id;
	union {
		u32 frameno; /* PTR_TO_STACK: which frame */
		/* SCALAR_VALUE: the reference that it was a pointer of until that was released;
		 * only for the report, never compared */
		u32 lost_ref;
	};
	bool precise;
};

/* Flags in the id of a scalar that equals another plus a constant (off holds it). */
#define SCALAR_ADD64	 BIT(31)
#define SCALAR_ADD32	 BIT(30)
#define SCALAR_ADD_CONST (SCALAR_ADD64 | SCALAR_ADD32)

struct stack_slot {
	struct reg_state spilled;
	/* enum slot_kind, from the top address down: [7] is the byte at fp-8*(i+1) */
	u8 kind[8];
};

struct ret_range {
	s32 min;
	s32 max;
};

struct func_state {
	struct reg_state regs[MAX_REGS];
	s32 callsite; /* instruction that called; -1 main */
	u32 frameno;
	u32 subprog;
	bool in_callback;
	bool in_async_callback;
	u32 async_entry_cnt;	 /* callbacks that set up callbacks, down to this one */
	struct ret_range cb_ret; /* what a callback may return */
	u32 cb_depth; /* how often the callback of this frame's current call has been walked */
	u32 nr_slots; /* slots in use, from the frame pointer down */
	struct stack_slot *slots; /* slot i: fp-8*(i+1) */
};

enum ref_kind {
	REF_PTR = BIT(0),
	REF_IRQ = BIT(1),
	REF_LOCK = BIT(2),
	REF_RES_LOCK = BIT(3),
	REF_RES_LOCK_IRQ = BIT(4),
	REF_ANY_LOCK = REF_LOCK | REF_RES_LOCK | REF_RES_LOCK_IRQ,
};

struct reference {
	enum ref_kind kind;
	u32 id;	      /* locks: id of the locked register */
	s32 insn;     /* where it was acquired */
	bool by_lock; /* REF_IRQ: saved together with a resilient lock */
	void *ptr;    /* locks: map or btf that holds it */
};

struct jmp_entry {
	u32 idx;
	u32 prev_idx : 20;
	u32 flags : 12;	 /* stack access: slot and frame, see backtrack.c */
	u64 linked_regs; /* registers given one value by a jump, packed, see backtrack.c */
};

struct verifier_state {
	struct func_state *frame[MAX_FRAMES];
	struct verifier_state *parent;
	u32 curframe;
	struct reference *refs;
	u32 nr_refs;
	u32 cap_refs;
	u32 active_locks;
	u32 active_lock_id;
	void *active_lock_ptr;
	u32 active_rcu_locks;
	u32 active_preempt_locks;
	/* paths still to be explored from here, and this one: a state with branches > 0 may not yet
	 * prune (it has not been proved safe) */
	u32 branches;
	u32 insn_idx; /* of the instruction that the state is before */
	u32 first_insn;
	u32 last_insn;
	u32 dfs_depth;
	u32 cb_unroll_depth;
	u32 may_goto_depth;
	bool in_sleepable;
	bool cleaned;
	struct verifier_state *equal; /* a loop's back edge: the state that this one ran into */
	size_t kept_bytes;	      /* what it counts for in env->kept_bytes */
	struct jmp_entry *jmps;
	u32 nr_jmps;
	u32 cap_jmps;
};

static inline struct func_state *cur_func_of(struct verifier_state *st)
{
	return st->frame[st->curframe];
}

static inline u32 reg_base_type(const struct reg_state *reg)
{
	return TYPE_BASE(reg->type);
}

static inline bool reg_may_be_null(const struct reg_state *reg)
{
	return reg->type & PTR_MAYBE_NULL;
}

/* Bits that the value of a scalar may take. */
static inline u32 reg_width(const struct reg_state *reg)
{
	return reg->umax ? 64 - (u32)__builtin_clzll(reg->umax) : 0;
}

/* Of the scalars that share its id, and of "plus a constant", it is none any more. */
static inline void unlink_scalar(struct reg_state *reg)
{
	reg->id = 0;
	reg->off = 0;
}

static inline bool reg_is_spilled_slot(const struct stack_slot *slot)
{
	return slot->kind[7] == SLOT_SPILL;
}

/*
 * Every register of every frame, spilled ones included. @fs and @reg are set; the body may not
 * change slot kinds of slots it has yet to see.
 */
typedef void (*reg_visitor)(struct func_state *fs, struct reg_state *reg, void *arg);
void state_for_each_reg(struct verifier_state *st, reg_visitor visit, void *arg);

/*
 * Scalars with one id: what a jump learns about one holds for all, so they enter the jump history
 * together (linked.c).
 */
#define LINKED_REGS_MAX 6
struct linked_reg {
	u8 frameno;
	u8 at; /* register number or stack slot */
	bool is_reg;
};
struct linked_regs {
	u32 cnt;
	struct linked_reg e[LINKED_REGS_MAX];
};
struct verifier_env;
/* Registers that are not live are left out: nothing will be asked of them. */
void linked_regs_collect(struct verifier_env *env, struct verifier_state *st, u32 id,
			 struct linked_regs *out);
u64 linked_regs_pack(const struct linked_regs *regs);
void linked_regs_unpack(u64 packed, struct linked_regs *out);
/* Copy what is now known of @known to the others in @regs. */
void linked_regs_sync(struct verifier_state *st, const struct reg_state *known,
		      const struct linked_regs *regs);

/* The instruction that frame @i of a state is at: its call, or the state's own instruction. */
static inline u32 frame_insn(const struct verifier_state *st, u32 i)
{
	return i == st->curframe ? st->insn_idx : (u32)st->frame[i + 1]->callsite;
}

/* state.c: life of states. All return 0 or -ENOMEM where they return int. */
int state_copy(struct verifier_state *dst, const struct verifier_state *src) __must_check;
void state_free(struct verifier_state *st, bool free_self);
struct func_state *func_state_new(u32 frameno, u32 subprog, s32 callsite);
void func_state_free(struct func_state *fs);
/* Make slots [0, nr) exist. */
int func_state_grow(struct func_state *fs, u32 nr) __must_check;

/* reference.c */
int refs_copy(struct verifier_state *dst, const struct verifier_state *src) __must_check;

#endif
