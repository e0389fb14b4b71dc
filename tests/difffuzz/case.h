/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIFFFUZZ_CASE_H
#define DIFFFUZZ_CASE_H

#include <stdio.h>

#include "base/types.h"
#include "base/uapi.h"

/*
 * A program that either side can be given. What differs between them (ids of kfuncs, offsets in
 * their structs, descriptors of maps) is named, and jumps go to an operation, so that one can be
 * taken out without a thought for distances. An ld_imm64 is one operation.
 */
enum sym {
	SYM_NONE,
	SYM_TO,	   /* jump; @arg: index of the operation */
	SYM_CALL,  /* of a function that begins there */
	SYM_GCALL, /* the same, of a global one */
	SYM_FUNC,  /* its address */
	SYM_MAP,   /* @arg: enum fuzz_map */
	SYM_VALUE, /* address of the value of such an array of one, plus imm */
	SYM_KFUNC, /* @arg: index into kfunc_names */
	SYM_FIELD, /* offset; @arg: index into fuzz_fields */
	SYMS,
};

struct op {
	u8 code, dst, src, sym;
	s16 off;
	s32 arg;
	s32 imm;
	u32 imm_high; /* ld_imm64 */
};

#define MAX_OPS 600

struct fuzz_case {
	u64 seed;
	u32 type; /* enum bpf_prog_type */
	bool run; /* what it does is determined, so that results can be compared */
	u32 nr;
	struct op ops[MAX_OPS];
};

enum fuzz_map {
	MAP_ARRAY, /* 1 x 64 bytes */
	MAP_HASH,  /* 4-byte key, 8 x 48 bytes */
	MAP_SLOTS, /* 4 x 40 bytes */
	MAP_RING,
	FUZZ_MAPS,
};

struct map_shape {
	const char *name;
	u32 type, key, value, entries;
};
extern const struct map_shape map_shapes[FUZZ_MAPS];

enum fuzz_kfunc {
	KF_XFRM_GET,
	KF_XFRM_RELEASE,
	KF_DYNPTR_XDP,
	KF_DYNPTR_SKB,
	KF_SLICE,
	KF_SLICE_RDWR,
	KF_DYNPTR_ADJUST,
	KF_DYNPTR_SIZE,
	KF_DYNPTR_IS_NULL,
	KF_DYNPTR_CLONE,
	KF_NUM_NEW,
	KF_NUM_NEXT,
	KF_NUM_DESTROY,
	KF_RCU_LOCK,
	KF_RCU_UNLOCK,
	KF_PREEMPT_DISABLE,
	KF_PREEMPT_ENABLE,
	FUZZ_KFUNCS,
};
extern const char *const kfunc_names[FUZZ_KFUNCS];

struct fuzz_field {
	const char *type, *path;
	u8 size; /* BPF_W..., or BPF_DW for a pointer */
};
#define FUZZ_FIELDS 10
extern const struct fuzz_field fuzz_fields[FUZZ_FIELDS];
/* The last two: a pointer, and a field of what it leads to. */
#define FIELD_SCALARS	    (FUZZ_FIELDS - 2)
#define FIELD_REPLAY	    (FUZZ_FIELDS - 2)
#define FIELD_REPLAY_WINDOW (FUZZ_FIELDS - 1)

static inline bool op_is_wide(const struct op *op)
{
	return op->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static inline bool op_has_target(const struct op *op)
{
	return op->sym >= SYM_TO && op->sym <= SYM_FUNC;
}

/* A random number generator for one case. */
struct rng {
	u64 state;
};

static inline u64 rng_next(struct rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline u32 below(struct rng *r, u32 n)
{
	return (u32)((rng_next(r) >> 32) * n >> 32);
}

/* True in one of @n. */
static inline bool one_in(struct rng *r, u32 n)
{
	return !below(r, n);
}

/* The case of that seed: the same on every machine. */
void case_generate(struct fuzz_case *c, u64 seed);
/* Change an operation or two of what the generator made. */
void case_mutate(struct fuzz_case *c, struct rng *rng);

/* Take [at, at + n) out; jumps that led there lead to what follows. */
void case_cut(struct fuzz_case *c, u32 at, u32 n);

/* A listing that case_read() reads; what follows a ';' is for people. */
void case_write(const struct fuzz_case *c, FILE *f);
/* 0, or -EINVAL with a line on stderr. */
int case_read(struct fuzz_case *c, const char *path) __must_check;

#endif
