/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_FLOW_H
#define EXEC_FLOW_H

#include "base/types.h"
#include "base/uapi.h"

/*
 * What a register or a stack slot may hold at an instruction, whatever path led there. All of it is
 * "may": a value is a set of possibilities, and where paths meet the sets are united. Nothing is
 * learnt from the outcome of a branch.
 */
enum {
	V_OTHER =
		1, /* anything that is not listed here; a reference of which track was lost, too */
	V_CONST = 2,   /* num; never together with V_OTHER */
	V_FP = 4,      /* the function's frame pointer + fp_off */
	V_FP_ANY = 8,  /* with V_FP: fp_off is not known */
	V_WALKED = 16, /* read out of a state, or on from there: a pointer to a state it is not */
	V_DYNPTR = 64, /* part of a dynptr of the whole packet, which is still as long as it was */
	V_INSIDE = 32, /* with sites: may point behind the state's beginning, so is no reference */
};

/**
 * struct value - the possibilities
 * @sites: bit i: what the lookup of number i returned, a reference or NULL
 * @num: V_CONST
 * @fp_off: V_FP
 * @at: sites: how far behind the state's beginning; AT_ANY: not known
 * @flags: V_*; with none of them and no sites: nothing that a verified program could use
 */
struct value {
	u64 sites;
	u64 num;
	s32 fp_off;
	s32 at;
	u8 flags;
};

#define AT_ANY	    S32_MAX
#define STACK_MAX   512
#define STACK_SLOT  8
#define DYNPTR_SIZE 16

/**
 * struct flow_state - of one function's registers and frame, before an instruction
 * @slot: stack, by eight bytes, the lowest first: what was stored there as a whole
 * @known: bit i: byte i of the stack (the lowest first) is what @byte says
 * @reached: some path comes here
 */
struct flow_state {
	struct value reg[MAX_BPF_REG];
	struct value slot[STACK_MAX / STACK_SLOT];
	u64 known[STACK_MAX / 64];
	u8 byte[STACK_MAX];
	bool reached;
};

static inline struct value value_other(void)
{
	return (struct value){.flags = V_OTHER};
}

static inline struct value value_const(u64 num)
{
	return (struct value){.flags = V_CONST, .num = num};
}

static inline bool value_is_const(const struct value *v)
{
	return v->flags == V_CONST && !v->sites;
}

/* The frame pointer and a known distance, and nothing else. */
static inline bool value_is_fp(const struct value *v)
{
	return v->flags == V_FP && !v->sites;
}

/* A state that a lookup returned or NULL, and nothing else. */
static inline bool value_is_state(const struct value *v)
{
	return v->sites && (!v->flags || (v->flags == V_CONST && !v->num));
}

/* Unite; true if @to grew. */
bool value_join(struct value *to, const struct value *from);
bool flow_join(struct flow_state *to, const struct flow_state *from);

/* Loads and stores of @size bytes at the frame pointer + @off. @exact false: perhaps there, or the
 * store perhaps happens elsewhere. */
struct value flow_load(const struct flow_state *s, s32 off, u32 size);
void flow_store(struct flow_state *s, s32 off, u32 size, const struct value *v, bool exact);
/* A load from, or a store to, somewhere in the frame. */
struct value flow_load_any(const struct flow_state *s);
void flow_store_any(struct flow_state *s, const struct value *v);
/* A dynptr is made at @off, of the packet as it is; the packet may have become another one. */
void flow_make_dynptr(struct flow_state *s, s32 off);
void flow_forget_dynptrs(struct flow_state *s);
bool flow_is_dynptr(const struct flow_state *s, s32 off);
/* Something else writes data, no pointers, to [@off, @off + @size). */
void flow_forget(struct flow_state *s, s32 off, u32 size);
/* True if the @size bytes there are known; @num: as a little-endian number. */
bool flow_bytes(const struct flow_state *s, s32 off, u32 size, u64 *num);

#endif
