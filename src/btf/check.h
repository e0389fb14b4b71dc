/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BTF_CHECK_H
#define BTF_CHECK_H

#include "base/uapi.h"
#include "btf/btf.h"

/*
 * One BTF_LOAD. Three passes: parse.c finds the sections, meta.c looks at every type on its own,
 * resolve.c follows references. The first error ends the load; its message is the last line of the
 * log.
 */
#define BTF_MAX_SIZE	  (16u << 20)
#define MAX_RESOLVE_DEPTH 32
#define BTF_INFO_MASK	  0x9f00ffffu
#define NAME_LEN_MAX	  512
/* Members looked at in one search through nested structs: more is an attack, not a type. */
#define WALK_BUDGET (1u << 20)

enum visit {
	NOT_VISITED,
	VISITED, /* on the stack */
	RESOLVED,
};

/* Where following references may stop, depending on what is being resolved. */
enum resolve_mode {
	RESOLVE_TBD,
	RESOLVE_PTR,
	RESOLVE_STRUCT_OR_ARRAY,
};

struct vertex {
	const struct btf_type *t;
	u32 id;
	u32 next_member;
};

struct btf_check {
	struct btf *btf;
	struct vlog *log; /* may be NULL */
	u32 id;		  /* of the type that messages are about */
	bool resolving;	  /* past the meta pass: members are logged with their struct */
	u8 *visit;	  /* enum visit, per type */
	enum resolve_mode mode;
	u32 depth;
	struct vertex stack[MAX_RESOLVE_DEPTH];
};

/* Private to btf/: what struct btf's @index points to. */
struct btf_index {
	void *blob; /* what struct btf's @data points into */
	struct btf_header header;
	u32 *resolved; /* per type: what modifiers, pointers, variables and tags come down to */
	u32 *slots;    /* open-addressed hash of (name, kind) -> first id */
	u32 mask;
	u32 *tags; /* ids of the declaration tags, ascending */
	u32 nr_tags;
	u64 seed;
	struct struct_record *records; /* by id, ascending */
	u32 nr_records;
};

struct struct_record {
	u32 id;
	struct btf_record *rec;
};

static inline struct btf_index *btf_index(const struct btf *btf)
{
	return btf->index;
}

/* meta.c: bytes that the type at @t takes, at most @left, or -errno. */
s32 btf_check_meta(struct btf_check *c, const struct btf_type *t, u32 left);
/* A non-empty C identifier (dots allowed) of bounded length; @offset may be out of range. */
bool btf_identifier_valid(const struct btf *btf, u32 offset);
/* resolve.c */
int btf_check_references(struct btf_check *c);
int btf_check_type_tags(struct btf_check *c);
/* index.c */
int btf_index_build(struct btf *btf);
/* records.c: the special fields of all structs. */
int btf_records_build(struct btf *btf);
void btf_records_free(struct btf *btf);
/* fields.c: -errno if the type at @t is a kptr that nothing may point to; 0 if it is none. */
int btf_kptr_type(const struct btf *btf, const struct btf_type *t, u32 *target);
void btf_index_free(struct btf *btf);

/* message.c: the *_error() ones return -EINVAL; the *_note() ones are only formatted if wanted. */
int check_error(struct btf_check *c, const char *fmt, ...) __printf_like(2, 3);
int type_error(struct btf_check *c, const struct btf_type *t, const char *fmt, ...)
	__printf_like(3, 4);
int basic_error(struct btf_check *c, const struct btf_type *t, const char *fmt, ...)
	__printf_like(3, 4);
int member_error(struct btf_check *c, const struct btf_type *t, const struct btf_member *m,
		 const char *fmt, ...) __printf_like(4, 5);
int vsi_error(struct btf_check *c, const struct btf_type *t, const struct btf_var_secinfo *v,
	      const char *fmt, ...) __printf_like(4, 5);
void header_note(struct btf_check *c, const struct btf_header *h, u32 size);
void type_note(struct btf_check *c, const struct btf_type *t);
void member_note(struct btf_check *c, const struct btf_type *t, const struct btf_member *m);
void vsi_note(struct btf_check *c, const struct btf_type *t, const struct btf_var_secinfo *v);
void enum_note(struct btf_check *c, const struct btf_type *t, u32 i);

/* The data behind a type. */
#define TYPE_DATA(t, type) ((const type *)((t) + 1))

static inline const struct btf_member *members_of(const struct btf_type *t)
{
	return TYPE_DATA(t, struct btf_member);
}

static inline const struct btf_array *array_of(const struct btf_type *t)
{
	return TYPE_DATA(t, struct btf_array);
}

static inline const struct btf_param *params_of(const struct btf_type *t)
{
	return TYPE_DATA(t, struct btf_param);
}

static inline bool type_kflag(const struct btf_type *t)
{
	return BTF_INFO_KFLAG(t->info);
}

static inline u32 member_bit_offset(const struct btf_type *t, const struct btf_member *m)
{
	return type_kflag(t) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
}

static inline u32 member_bitfield_size(const struct btf_type *t, const struct btf_member *m)
{
	return type_kflag(t) ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
}

static inline bool is_modifier(const struct btf_type *t)
{
	switch (btf_kind_of(t)) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return true;
	default:
		return false;
	}
}

static inline bool is_ptr(const struct btf_type *t)
{
	return btf_kind_of(t) == BTF_KIND_PTR;
}

static inline bool is_array(const struct btf_type *t)
{
	return btf_kind_of(t) == BTF_KIND_ARRAY;
}

/* Not a union, unlike btf_is_kind_struct(). */
static inline bool is_struct(const struct btf_type *t)
{
	return btf_kind_of(t) == BTF_KIND_STRUCT;
}

static inline bool is_int(const struct btf_type *t)
{
	return btf_kind_of(t) == BTF_KIND_INT;
}

/* A type tag of the kind that clang and the kernel give a meaning to (not a plain attribute). */
static inline bool is_type_tag(const struct btf_type *t)
{
	return btf_kind_of(t) == BTF_KIND_TYPE_TAG && !type_kflag(t);
}

static inline bool is_scalar(const struct btf_type *t)
{
	u32 kind = btf_kind_of(t);

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

static inline bool has_size(const struct btf_type *t)
{
	switch (btf_kind_of(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
	case BTF_KIND_FLOAT:
		return true;
	default:
		return false;
	}
}

/* Whole bytes of an integer with no offset: what may be an array element or index. */
static inline bool int_is_regular(const struct btf_type *t)
{
	u32 data = *TYPE_DATA(t, u32);
	u32 bits = BTF_INT_BITS(data);

	if (bits % 8 || BTF_INT_OFFSET(data))
		return false;
	bits /= 8;
	return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
}

#endif
