// SPDX-License-Identifier: BSD-2-Clause
/*
 * References between types: each must lead to something of a fitting kind, without a loop, and
 * what needs a size must get one. Depth first over an explicit stack of bounded depth; a type is
 * left once all it needs is RESOLVED.
 *
 * Loops through a pointer are legal (struct list_head), so how far a type is followed depends on
 * the mode: from a pointer we stop at structs and arrays, from a struct or array at pointers.
 */
#include <errno.h>
#include <string.h>

#include "check.h"

static bool needs_resolve(const struct btf_type *t)
{
	switch (btf_kind_of(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ARRAY:
	case BTF_KIND_VAR:
	case BTF_KIND_FUNC:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_DATASEC:
		return true;
	default:
		return is_modifier(t);
	}
}

static bool is_void(const struct btf_type *t)
{
	return btf_kind_of(t) == BTF_KIND_UNKN;
}

/* What never has a size. */
static bool no_size(const struct btf_type *t)
{
	switch (btf_kind_of(t)) {
	case BTF_KIND_UNKN:
	case BTF_KIND_FWD:
	case BTF_KIND_FUNC:
	case BTF_KIND_FUNC_PROTO:
	case BTF_KIND_DECL_TAG:
		return true;
	default:
		return false;
	}
}

/* What refers to others and is never referred to by types. */
static bool source_only(const struct btf_type *t)
{
	u32 kind = btf_kind_of(t);

	return kind == BTF_KIND_VAR || kind == BTF_KIND_DECL_TAG || kind == BTF_KIND_DATASEC;
}

static bool resolved(const struct btf_check *c, u32 id)
{
	return c->visit[id] == RESOLVED;
}

static bool is_sink(const struct btf_check *c, const struct btf_type *t)
{
	switch (c->mode) {
	case RESOLVE_PTR:
		return !is_modifier(t) && !is_ptr(t);
	case RESOLVE_STRUCT_OR_ARRAY:
		return !is_modifier(t) && !is_array(t) && !btf_is_kind_struct(t);
	default:
		return !needs_resolve(t);
	}
}

static bool must_follow(const struct btf_check *c, const struct btf_type *t, u32 id)
{
	return !is_sink(c, t) && !resolved(c, id);
}

static int push(struct btf_check *c, const struct btf_type *t, u32 id)
{
	if (c->depth == MAX_RESOLVE_DEPTH)
		return -E2BIG;
	if (c->visit[id] != NOT_VISITED)
		return -EEXIST;
	c->visit[id] = VISITED;
	c->stack[c->depth++] = (struct vertex){.t = t, .id = id};
	if (c->mode == RESOLVE_TBD) {
		if (is_ptr(t))
			c->mode = RESOLVE_PTR;
		else if (btf_is_kind_struct(t) || is_array(t))
			c->mode = RESOLVE_STRUCT_OR_ARRAY;
	}
	return 0;
}

static int pop(struct btf_check *c, u32 to_id, u32 size)
{
	u32 id = c->stack[--c->depth].id;

	btf_index(c->btf)->resolved[id] = to_id;
	c->btf->resolved_sizes[id] = size;
	c->visit[id] = RESOLVED;
	return 0;
}

/* The type that gives *@id its size, and that size; NULL, and nothing written, if it has none. */
static const struct btf_type *sized(const struct btf *btf, u32 *id, u32 *size)
{
	const struct btf_type *t = btf_type(btf, *id);
	u32 to = *id;

	if (!t || no_size(t))
		return NULL;
	if (is_modifier(t) || btf_kind_of(t) == BTF_KIND_VAR) {
		to = btf_index(btf)->resolved[to];
		t = btf_type(btf, to);
	}
	if (has_size(t))
		*size = t->size;
	else if (is_array(t))
		*size = btf->resolved_sizes[to];
	else if (is_ptr(t))
		*size = sizeof(void *);
	else
		return NULL;
	*id = to;
	return t;
}

/* The members of a struct against the types they have ------------------------------------------ */

static int member_fits(struct btf_check *c, const struct btf_type *st, const struct btf_member *m,
		       u32 bit, u32 size)
{
	if (bit % 8)
		return member_error(c, st, m, "Member is not byte aligned");
	if (st->size - bit / 8 < size)
		return member_error(c, st, m, "Member exceeds struct_size");
	return 0;
}

static int int_bits_fit(struct btf_check *c, const struct btf_type *st, const struct btf_member *m,
			u32 bit, u32 nr_bits)
{
	u32 copied = nr_bits + bit % 8;
	u32 byte = bit / 8;

	if (copied > 128)
		return member_error(c, st, m, "nr_copy_bits exceeds 128");
	if (st->size < byte || st->size - byte < (copied + 7) / 8)
		return member_error(c, st, m, "Member exceeds struct_size");
	return 0;
}

static int int_member(struct btf_check *c, const struct btf_type *st, const struct btf_member *m,
		      const struct btf_type *t)
{
	u32 data = *TYPE_DATA(t, u32);
	u32 bit = member_bit_offset(st, m);
	u32 nr_bits = member_bitfield_size(st, m);

	if (!type_kflag(st)) {
		if (U32_MAX - bit < BTF_INT_OFFSET(data))
			return member_error(c, st, m, "bits_offset exceeds U32_MAX");
		return int_bits_fit(c, st, m, bit + BTF_INT_OFFSET(data), BTF_INT_BITS(data));
	}
	if (!int_is_regular(t))
		return member_error(c, st, m, "Invalid member base type");
	if (!nr_bits) {
		if (bit % 8)
			return member_error(c, st, m, "Invalid member offset");
		nr_bits = BTF_INT_BITS(data);
	} else if (nr_bits > BTF_INT_BITS(data)) {
		return member_error(c, st, m, "Invalid member bitfield_size");
	}
	return int_bits_fit(c, st, m, bit, nr_bits);
}

static int enum_member(struct btf_check *c, const struct btf_type *st, const struct btf_member *m,
		       const struct btf_type *t)
{
	u32 bit = member_bit_offset(st, m);
	u32 nr_bits = member_bitfield_size(st, m);

	if (!type_kflag(st))
		return member_fits(c, st, m, bit, t->size);
	if (!nr_bits) {
		if (bit % 8)
			return member_error(c, st, m, "Member is not byte aligned");
		nr_bits = 32;
	} else if (nr_bits > 32) {
		return member_error(c, st, m, "Invalid member bitfield_size");
	}
	if (st->size < ((u64)bit + nr_bits + 7) / 8)
		return member_error(c, st, m, "Member exceeds struct_size");
	return 0;
}

static int float_member(struct btf_check *c, const struct btf_type *st, const struct btf_member *m,
			const struct btf_type *t)
{
	u32 align = min((u32)sizeof(void *), t->size) * 8;
	u32 bit = member_bit_offset(st, m);

	if (bit % align)
		return member_error(c, st, m, "Member is not properly aligned");
	if ((u64)bit / 8 + t->size > st->size)
		return member_error(c, st, m, "Member exceeds struct_size");
	return 0;
}

static int check_member(struct btf_check *c, const struct btf_type *st, const struct btf_member *m)
{
	struct btf_member seen = *m;
	const struct btf_type *t = btf_type(c->btf, m->type);
	u32 size;

	if (is_modifier(t)) {
		t = sized(c->btf, &seen.type, &size);
		if (!t)
			return member_error(c, st, m, "Invalid member");
	}
	switch (btf_kind_of(t)) {
	case BTF_KIND_INT:
		return int_member(c, st, &seen, t);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_member(c, st, &seen, t);
	}
	/* Only integers and enumerations can be bitfields. */
	if (member_bitfield_size(st, m))
		return member_error(c, st, &seen, "Invalid member bitfield_size");
	if (btf_kind_of(t) == BTF_KIND_FLOAT)
		return float_member(c, st, &seen, t);
	if (is_ptr(t))
		size = sizeof(void *);
	else if (is_array(t))
		size = c->btf->resolved_sizes[seen.type];
	else
		size = t->size;
	return member_fits(c, st, &seen, member_bit_offset(st, m), size);
}

/* One step per kind: push what is still to be followed, or pop ------------------------------- */

static int struct_step(struct btf_check *c, struct vertex *v)
{
	const struct btf_member *m = members_of(v->t);
	int err;

	/* The member that was followed last can only be checked now. */
	if (v->next_member) {
		err = check_member(c, v->t, m + v->next_member - 1);
		if (err)
			return err;
	}
	for (u32 i = v->next_member; i < btf_vlen_of(v->t); i++) {
		const struct btf_type *t = btf_type(c->btf, m[i].type);

		if (!t || no_size(t) || source_only(t))
			return member_error(c, v->t, m + i, "Invalid member");
		if (must_follow(c, t, m[i].type)) {
			v->next_member = i + 1;
			return push(c, t, m[i].type);
		}
		err = check_member(c, v->t, m + i);
		if (err)
			return err;
	}
	return pop(c, 0, 0);
}

static int datasec_step(struct btf_check *c, struct vertex *v)
{
	const struct btf_var_secinfo *vsi = TYPE_DATA(v->t, struct btf_var_secinfo);

	c->mode = RESOLVE_TBD;
	for (u32 i = v->next_member; i < btf_vlen_of(v->t); i++) {
		const struct btf_type *t = btf_type(c->btf, vsi[i].type);
		u32 id, size;

		if (!t || btf_kind_of(t) != BTF_KIND_VAR)
			return vsi_error(c, v->t, vsi + i, "Not a VAR kind member");
		if (must_follow(c, t, vsi[i].type)) {
			v->next_member = i + 1;
			return push(c, t, vsi[i].type);
		}
		id = t->type;
		if (!sized(c->btf, &id, &size))
			return vsi_error(c, v->t, vsi + i, "Invalid type");
		if (vsi[i].size < size)
			return vsi_error(c, v->t, vsi + i, "Invalid size");
	}
	return pop(c, 0, 0);
}

static int array_step(struct btf_check *c, struct vertex *v)
{
	const struct btf_array *a = array_of(v->t);
	const struct btf_type *t = btf_type(c->btf, a->index_type);
	u32 id = a->index_type, size;

	if (!t || no_size(t) || source_only(t))
		return type_error(c, v->t, "Invalid index");
	if (must_follow(c, t, id))
		return push(c, t, id);
	t = sized(c->btf, &id, &size);
	if (!t || !is_int(t) || !int_is_regular(t))
		return type_error(c, v->t, "Invalid index");

	id = a->type;
	t = btf_type(c->btf, id);
	if (!t || no_size(t) || source_only(t))
		return type_error(c, v->t, "Invalid elem");
	if (must_follow(c, t, id))
		return push(c, t, id);
	t = sized(c->btf, &id, &size);
	if (!t)
		return type_error(c, v->t, "Invalid elem");
	if (is_int(t) && !int_is_regular(t))
		return type_error(c, v->t, "Invalid array of int");
	if (a->nelems && size > U32_MAX / a->nelems)
		return type_error(c, v->t, "Array size overflows U32_MAX");
	return pop(c, id, size * a->nelems);
}

/* A modifier may have been resolved, in another mode, only as far as a pointer: go on from there,
 * so that the pointer is known not to lead back here. */
static bool stopped_at_ptr(const struct btf_check *c, u32 id, u32 *ptr_id)
{
	*ptr_id = btf_index(c->btf)->resolved[id];
	return is_ptr(btf_type(c->btf, *ptr_id)) &&
	       must_follow(c, btf_type(c->btf, *ptr_id), *ptr_id);
}

/* Pointers, modifiers and variables. */
static int ref_step(struct btf_check *c, struct vertex *v)
{
	const struct btf_type *t = btf_type(c->btf, v->t->type);
	bool var = btf_kind_of(v->t) == BTF_KIND_VAR;
	u32 id = v->t->type, size, ptr_id;

	if (!t || source_only(t))
		return type_error(c, v->t, "Invalid type_id");
	if (must_follow(c, t, id))
		return push(c, t, id);
	if (is_modifier(t) && !is_modifier(v->t) && stopped_at_ptr(c, id, &ptr_id))
		return push(c, btf_type(c->btf, ptr_id), ptr_id);
	if (!sized(c->btf, &id, &size)) {
		/* Pointers to and other names of what has no size are fine, variables are not. */
		if (var)
			return type_error(c, v->t, "Invalid type_id");
		if (resolved(c, id)) {
			id = btf_index(c->btf)->resolved[id];
			t = btf_type(c->btf, id);
		}
		if (!is_void(t) && btf_kind_of(t) != BTF_KIND_FWD &&
		    btf_kind_of(t) != BTF_KIND_FUNC_PROTO)
			return type_error(c, v->t, "Invalid type_id");
	}
	return pop(c, id, 0);
}

static int func_step(struct btf_check *c, struct vertex *v)
{
	const struct btf_type *proto = btf_type(c->btf, v->t->type);

	if (!proto || btf_kind_of(proto) != BTF_KIND_FUNC_PROTO)
		return type_error(c, v->t, "Invalid type_id");
	for (u32 i = 0; i < btf_vlen_of(proto); i++) {
		if (!params_of(proto)[i].name_off && params_of(proto)[i].type)
			return type_error(c, v->t, "Invalid arg#%u", i + 1);
	}
	return pop(c, v->t->type, 0);
}

static int decl_tag_step(struct btf_check *c, struct vertex *v)
{
	const struct btf_type *t = btf_type(c->btf, v->t->type);
	s32 component = TYPE_DATA(v->t, struct btf_decl_tag)->component_idx;
	u32 kind = t ? btf_kind_of(t) : BTF_KIND_UNKN;

	if (kind != BTF_KIND_FUNC && kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION &&
	    kind != BTF_KIND_VAR && kind != BTF_KIND_TYPEDEF)
		return type_error(c, v->t, "Invalid type_id");
	if (must_follow(c, t, v->t->type))
		return push(c, t, v->t->type);
	if (component != -1) {
		if (kind == BTF_KIND_VAR || kind == BTF_KIND_TYPEDEF)
			return type_error(c, v->t, "Invalid component_idx");
		if (kind == BTF_KIND_FUNC)
			t = btf_type(c->btf, t->type);
		if ((u32)component >= btf_vlen_of(t))
			return type_error(c, v->t, "Invalid component_idx");
	}
	return pop(c, v->t->type, 0);
}

static int step(struct btf_check *c, struct vertex *v)
{
	switch (btf_kind_of(v->t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return struct_step(c, v);
	case BTF_KIND_DATASEC:
		return datasec_step(c, v);
	case BTF_KIND_ARRAY:
		return array_step(c, v);
	case BTF_KIND_FUNC:
		return func_step(c, v);
	case BTF_KIND_DECL_TAG:
		return decl_tag_step(c, v);
	default:
		return ref_step(c, v);
	}
}

/* What came out of a resolution is of the kind that users of resolved[] expect. */
static bool outcome_valid(struct btf_check *c, const struct btf_type *t, u32 id)
{
	u32 to = btf_index(c->btf)->resolved[id], size;
	const struct btf_type *target = btf_type(c->btf, to);

	if (!resolved(c, id) || !target)
		return false;
	if (is_array(t)) {
		to = array_of(t)->type;
		target = sized(c->btf, &to, &size);
		return target && !is_modifier(target);
	}
	if (is_modifier(t) || is_ptr(t) || btf_kind_of(t) == BTF_KIND_VAR)
		return !is_modifier(target) && !source_only(target);
	return true;
}

static int resolve(struct btf_check *c, const struct btf_type *t, u32 id)
{
	u32 about = c->id;
	int err;

	c->mode = RESOLVE_TBD;
	c->depth = 0;
	err = push(c, t, id);
	while (!err && c->depth) {
		struct vertex *v = &c->stack[c->depth - 1];

		c->id = v->id;
		err = step(c, v);
	}
	c->id = id;
	if (err == -E2BIG)
		type_error(c, t, "Exceeded max resolving depth:%u", MAX_RESOLVE_DEPTH);
	else if (err == -EEXIST)
		type_error(c, t, "Loop detected");
	if (!err && !outcome_valid(c, t, id))
		err = type_error(c, t, "Invalid resolve state");
	c->id = about;
	return err;
}

static int resolve_once(struct btf_check *c, const struct btf_type *t, u32 id)
{
	return needs_resolve(t) && !resolved(c, id) ? resolve(c, t, id) : 0;
}

static int check_arg(struct btf_check *c, const struct btf_type *proto, u32 i)
{
	const struct btf_param *p = params_of(proto) + i;
	const struct btf_type *t = btf_type(c->btf, p->type);
	u32 id = p->type, size;
	int err;

	if (!t || source_only(t))
		return type_error(c, proto, "Invalid arg#%u", i + 1);
	if (p->name_off && !btf_identifier_valid(c->btf, p->name_off))
		return type_error(c, proto, "Invalid arg#%u", i + 1);
	err = resolve_once(c, t, id);
	if (err)
		return err;
	if (!sized(c->btf, &id, &size))
		return type_error(c, proto, "Invalid arg#%u", i + 1);
	return 0;
}

static int check_proto(struct btf_check *c, const struct btf_type *proto)
{
	u32 nr = btf_vlen_of(proto), id = proto->type, size;
	int err;

	if (id) {
		const struct btf_type *t = btf_type(c->btf, id);

		if (!t || source_only(t))
			return type_error(c, proto, "Invalid return type");
		err = resolve_once(c, t, id);
		if (err)
			return err;
		if (!sized(c->btf, &id, &size))
			return type_error(c, proto, "Invalid return type");
	}
	/* A last argument of type void stands for "...". */
	if (nr && !params_of(proto)[nr - 1].type) {
		if (params_of(proto)[nr - 1].name_off)
			return type_error(c, proto, "Invalid arg#%u", nr);
		nr--;
	}
	for (u32 i = 0; i < nr; i++) {
		err = check_arg(c, proto, i);
		if (err)
			return err;
	}
	return 0;
}

int btf_check_references(struct btf_check *c)
{
	int err;

	c->resolving = true;
	for (u32 id = 1; id < c->btf->nr_types; id++) {
		const struct btf_type *t = c->btf->types[id];

		c->id = id;
		err = resolve_once(c, t, id);
		if (!err && btf_kind_of(t) == BTF_KIND_FUNC_PROTO)
			err = check_proto(c, t);
		if (err)
			return err;
	}
	return 0;
}

/* Type tags stand in front of all other modifiers: PTR -> TYPE_TAG* -> CONST... -> STRUCT. */
int btf_check_type_tags(struct btf_check *c)
{
	for (u32 id = 1; id < c->btf->nr_types; id++) {
		const struct btf_type *t = c->btf->types[id];

		if (!is_modifier(t) || btf_kind_of(t) == BTF_KIND_TYPE_TAG)
			continue;
		if (btf_kind_of(btf_type(c->btf, t->type)) == BTF_KIND_TYPE_TAG)
			return check_error(c, "Type tags don't precede modifiers");
	}
	return 0;
}
