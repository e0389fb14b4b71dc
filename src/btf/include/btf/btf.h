/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BTF_BTF_H
#define BTF_BTF_H

#include <linux/btf.h>

#include "base/types.h"
#include "base/vlog.h"
#include "object/object.h"

/*
 * BTF as the verifier and the loader see it: validated once, then constant. A program's own BTF has
 * no base; ids are those of the blob. (Split BTF is not needed: there are no modules here.)
 */
struct btf {
	struct object obj; /* OBJECT_BTF */
	void *data;	   /* our copy of the whole blob, header included */
	u32 data_size;
	const struct btf_header *hdr;
	const char *strings;
	u32 nr_types; /* including void, id 0 */
	const struct btf_type **types;
	u32 *resolved_sizes;
	bool kernel; /* the embedded vmlinux BTF: reported as kernel_btf, name "vmlinux" */
	char name[16];
	/* rooms of btf/ only: */
	void *index; /* name -> ids */
};

/**
 * btf_parse - validate a blob and make it an object
 * @data: the blob; copied
 * @size: its length in bytes
 * @log: messages as the kernel's BTF_LOAD writes them; may be NULL
 * @out: the object, with one reference owned by the caller
 *
 * Return: 0; -EINVAL malformed; -E2BIG over 16 MiB or too many types; -ENOTSUPP; -ENOMEM.
 * Source: Documentation/bpf/btf.rst, kernel btf_parse().
 */
int btf_parse(const void *data, u32 size, struct vlog *log, struct btf **out) __must_check;

/* NULL if @id is out of range; id 0 is void. */
const struct btf_type *btf_type(const struct btf *btf, u32 id);
/* "" for offset 0 or out of range. */
const char *btf_str(const struct btf *btf, u32 offset);
static inline const char *btf_name(const struct btf *btf, const struct btf_type *t)
{
	return btf_str(btf, t->name_off);
}

/* First id with that exact name and kind (BTF_KIND_*), or -ENOENT. Indexed, not a scan. */
s32 btf_find(const struct btf *btf, const char *name, u32 kind);

/* Follow typedef, const, volatile, restrict and type tags. @res_id may be NULL. */
const struct btf_type *btf_skip_modifiers(const struct btf *btf, u32 id, u32 *res_id);
/* The pointed-to type after modifiers, or NULL if @id is not a pointer (modifiers skipped). */
const struct btf_type *btf_pointee(const struct btf *btf, u32 id, u32 *res_id);
/* Size in bytes of a complete type, arrays multiplied out; or -EINVAL. */
int btf_size(const struct btf *btf, u32 id, u32 *size) __must_check;

static inline u32 btf_kind_of(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}
static inline u32 btf_vlen_of(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}
static inline bool btf_is_kind_struct(const struct btf_type *t)
{
	u32 k = btf_kind_of(t);

	return k == BTF_KIND_STRUCT || k == BTF_KIND_UNION;
}

/* "STRUCT", "UNION", "INT"... as the kernel's messages spell kinds. */
const char *btf_kind_word(const struct btf_type *t);

/* Value of a decl tag on argument or member @component (-1: the thing itself) of type @id whose
 * text begins with @prefix, past the prefix; NULL if there is none. */
const char *btf_decl_tag(const struct btf *btf, u32 id, int component, const char *prefix);
/* Several tags with one prefix: -ENOENT when none, -EEXIST when more than one. */
int btf_decl_tag_count(const struct btf *btf, u32 id, int component, const char *prefix);

/* What a walked member leads to. */
enum btf_walk {
	BTF_WALK_SCALAR,
	BTF_WALK_PTR,	 /* *next_id is the struct that the pointer points to */
	BTF_WALK_STRUCT, /* the offset lies exactly on an embedded struct; only for size 0 walks */
	BTF_WALK_MEM, /* a pointer to what is not a struct: untrusted read-only memory of size 0 */
};
#define BTF_WALK_F_USER	     BIT(0)
#define BTF_WALK_F_PERCPU    BIT(1)
#define BTF_WALK_F_RCU	     BIT(2)
#define BTF_WALK_F_UNTRUSTED BIT(3) /* the path went through a union */

/**
 * btf_struct_walk - what a load of @size bytes at @off of a struct yields
 * @log: gets the kernel's messages ("access beyond struct %s at off %u size %u", ...)
 * @btf: of @id
 * @id: a struct or union
 * @off: bytes, not negative
 * @size: bytes
 * @next_id: for BTF_WALK_PTR, the pointed-to type, modifiers skipped
 * @flags: BTF_WALK_F_*
 * @field: name of the member that was hit, for BTF_WALK_PTR; may be NULL
 *
 * Flexible and trailing zero-length arrays, nested structs, unions, arrays of structs and bitfields
 * as the kernel's btf_struct_walk() treats them.
 *
 * Return: an enum btf_walk or -EACCES/-EINVAL.
 */
int btf_struct_walk(struct vlog *log, const struct btf *btf, u32 id, u32 off, u32 size,
		    u32 *next_id, u32 *flags, const char **field);

/* True if a pointer to @id + @off may be passed where @need_id of @need_btf is expected: the same
 * struct, or (when not @strict) the first member at that offset, recursively. */
bool btf_struct_ids_match(struct vlog *log, const struct btf *btf, u32 id, int off,
			  const struct btf *need_btf, u32 need_id, bool strict);

/* True if @id is, or ends up (arrays, nested structs) consisting only of, scalars. */
bool btf_is_scalar_struct(struct vlog *log, const struct btf *btf, u32 id);

/* Special fields of a map value or of a local kptr type, by type id. */
enum btf_field_type {
	BTF_FIELD_SPIN_LOCK = BIT(0),
	BTF_FIELD_TIMER = BIT(1),
	BTF_FIELD_KPTR_UNREF = BIT(2),
	BTF_FIELD_KPTR_REF = BIT(3),
	BTF_FIELD_LIST_HEAD = BIT(4),
	BTF_FIELD_LIST_NODE = BIT(5),
	BTF_FIELD_RB_ROOT = BIT(6),
	BTF_FIELD_RB_NODE = BIT(7),
	BTF_FIELD_REFCOUNT = BIT(8),
	BTF_FIELD_WORKQUEUE = BIT(9),
	BTF_FIELD_KPTR_PERCPU = BIT(10),
	BTF_FIELD_RES_SPIN_LOCK = BIT(11),
	BTF_FIELD_KPTR = BIT(2) | BIT(3) | BIT(10),
};

/* "bpf_spin_lock", "kptr"... as the kernel's messages call it. */
const char *btf_field_type_name(enum btf_field_type type);

struct btf_field {
	u32 offset;
	u32 size;
	enum btf_field_type type;
	u32 kptr_id;		    /* for kptrs: struct id in @kptr_btf */
	const struct btf *kptr_btf; /* vmlinux BTF, or the program's own */
	u32 graph_id;	    /* list heads and tree roots: struct of the elements, in the same BTF */
	u32 graph_node_off; /* where in it their node lies */
};

#define BTF_FIELDS_MAX 11
struct btf_record {
	u32 nr;
	u32 mask;				 /* of enum btf_field_type */
	s32 spin_lock_off;			 /* or -1 */
	struct btf_field fields[BTF_FIELDS_MAX]; /* by offset */
};

/**
 * btf_parse_fields - find the special fields of a struct
 * @btf, @id: the value type
 * @mask: which kinds may occur; others are left as plain bytes
 * @value_size: bytes; a field beyond it is -EINVAL
 * @kernel: the vmlinux BTF that kptrs are resolved against
 * @out: set to a malloc'd record, or NULL where there are none
 *
 * Return: 0; -EINVAL, -E2BIG, -EEXIST (two spin locks), -ENOENT (unknown kptr type), -ENOMEM.
 */
int btf_parse_fields(const struct btf *btf, u32 id, u32 mask, u32 value_size,
		     const struct btf *kernel, struct btf_record **out) __must_check;

/*
 * Whether a referenced pointer to a struct of the vmlinux BTF may be kept in a map: someone must be
 * able to drop it there. Set by kfunc/; NULL: none may.
 */
extern bool (*btf_kptr_has_dtor)(u32 kernel_id);

/*
 * The special fields of a struct of a program's BTF, found when the BTF was loaded, or NULL: what
 * bpf_obj_new() and what hangs off it go by. Owned by @btf.
 */
const struct btf_record *btf_struct_record(const struct btf *btf, u32 id);

/* What kptrs in BTFs loaded from now on are resolved against: called once, by vmlinux/. */
void btf_set_kernel(const struct btf *kernel);

const struct btf_field *btf_record_find(const struct btf_record *rec, u32 offset, u32 mask);

static inline void btf_get(struct btf *btf)
{
	object_get(&btf->obj);
}
static inline void btf_put(struct btf *btf)
{
	object_put(btf ? &btf->obj : NULL);
}

#endif
