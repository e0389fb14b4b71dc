// SPDX-License-Identifier: BSD-2-Clause
/* What lies at an offset of a struct. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "check.h"

/* A member's type with arrays of any dimension made flat. */
struct flat {
	const struct btf_type *elem; /* modifiers skipped */
	u32 elem_id;
	u32 nelems; /* 1 if not an array */
	u32 size;   /* of all elements */
	bool array;
};

static int flatten(const struct btf *btf, u32 id, struct flat *f)
{
	u64 nelems = 1;
	u32 size;

	f->array = false;
	f->elem = btf_skip_modifiers(btf, id, &f->elem_id);
	while (f->elem && is_array(f->elem)) {
		f->array = true;
		nelems *= array_of(f->elem)->nelems;
		if (nelems > U32_MAX)
			return -EINVAL;
		f->elem = btf_skip_modifiers(btf, array_of(f->elem)->type, &f->elem_id);
	}
	if (!f->elem || btf_size(btf, f->elem_id, &size) || nelems * size > U32_MAX)
		return -EINVAL;
	f->nelems = (u32)nelems;
	f->size = (u32)nelems * size;
	return 0;
}

static void say(struct vlog *log, const char *fmt, ...) __printf_like(2, 3);
static void say(struct vlog *log, const char *fmt, ...)
{
	va_list ap;

	if (!log)
		return;
	va_start(ap, fmt);
	vlog_vprintf(log, fmt, ap);
	va_end(ap);
}

static const char *name_of(const struct btf *btf, u32 name_off)
{
	return name_off ? btf_str(btf, name_off) : "(anon)";
}

/*
 * An access past the end of @t is one into a flexible array, if @t ends in one. @off becomes the
 * offset in the element and *@t the element's struct, or NULL for an array of integers.
 */
static bool in_flexible_array(const struct btf *btf, const struct btf_type **t, u32 *off)
{
	u32 vlen = btf_vlen_of(*t), start;
	const struct btf_member *last = members_of(*t) + vlen - 1;
	const struct btf_type *m;

	if (!vlen)
		return false;
	m = btf_skip_modifiers(btf, last->type, NULL);
	start = member_bit_offset(*t, last) / 8;
	if (!is_array(m) || array_of(m)->nelems || *off < start)
		return false;
	m = btf_skip_modifiers(btf, array_of(m)->type, NULL);
	if (is_int(m)) {
		*t = NULL;
		return true;
	}
	if (!btf_is_kind_struct(m) || !m->size)
		return false;
	*t = m;
	*off = (*off - start) % m->size;
	return true;
}

static u32 pointer_flags(const struct btf *btf, const struct btf_type *ptr)
{
	const struct btf_type *tag = btf_type(btf, ptr->type);
	const char *text;

	if (!is_type_tag(tag))
		return 0;
	text = btf_name(btf, tag);
	if (!strcmp(text, "user"))
		return BTF_WALK_F_USER;
	if (!strcmp(text, "percpu"))
		return BTF_WALK_F_PERCPU;
	return strcmp(text, "rcu") ? 0 : BTF_WALK_F_RCU;
}

/* One level of the walk: a struct, and the place in it. */
struct place {
	struct vlog *log;
	const struct btf *btf;
	const struct btf_type *t;
	u32 off;
	u32 size;
	u32 *next_id;
	u32 *flags;
	const char **field;
};

#define WALK_DEEPER 100 /* not a result: go on in p->t at p->off */

/* The place lies in @m, which begins at @start and is no bitfield. */
static int walk_member(struct place *p, const struct btf_member *m, u32 start, const struct flat *f)
{
	const char *name = name_of(p->btf, m->name_off);
	const char *struct_name = name_of(p->btf, p->t->name_off);
	u32 end = start + f->size;
	u32 elem_size = f->size / f->nelems;

	start += (p->off - start) / elem_size * elem_size;
	if (btf_is_kind_struct(f->elem)) {
		if (p->off == start) {
			*p->next_id = f->elem_id;
			return BTF_WALK_STRUCT;
		}
		p->t = f->elem;
		p->off -= start;
		return WALK_DEEPER;
	}
	if (is_ptr(f->elem)) {
		if (elem_size != p->size || p->off != start) {
			say(p->log,
			    "cannot access ptr member %s with moff %u in struct %s with off %u "
			    "size %u\n",
			    name, start, struct_name, p->off, p->size);
			return -EACCES;
		}
		if (!btf_is_kind_struct(btf_skip_modifiers(p->btf, f->elem->type, p->next_id)))
			return BTF_WALK_MEM;
		*p->flags |= pointer_flags(p->btf, f->elem);
		if (p->field)
			*p->field = name;
		return BTF_WALK_PTR;
	}
	/* Within a member or an array of integers, any piece will do. */
	if (p->off + p->size > end && !(*p->flags & BTF_WALK_F_UNTRUSTED)) {
		say(p->log,
		    "access beyond the end of member %s (mend:%u) in struct %s with off %u size "
		    "%u\n",
		    name, end, struct_name, p->off, p->size);
		return -EACCES;
	}
	return BTF_WALK_SCALAR;
}

static int walk_members(struct place *p)
{
	const struct btf_member *m = members_of(p->t);

	for (u32 i = 0; i < btf_vlen_of(p->t); i++, m++) {
		u32 bits = member_bitfield_size(p->t, m);
		u32 start = member_bit_offset(p->t, m) / 8;
		struct flat f;

		if (p->off + p->size <= start)
			break;
		if (bits) {
			/* Holes in front of a bitfield belong to it: clang leaves anonymous ones
			 * out. */
			u64 end = ((u64)member_bit_offset(p->t, m) + bits + 7) / 8;

			if (p->off <= start && end <= p->off + p->size)
				return BTF_WALK_SCALAR;
			continue;
		}
		if (p->off < start)
			break;
		if (flatten(p->btf, m->type, &f)) {
			say(p->log, "field %s doesn't have size\n", name_of(p->btf, m->name_off));
			return -EFAULT;
		}
		if (p->off >= start + f.size)
			continue;
		return walk_member(p, m, start, &f);
	}
	say(p->log, "struct %s doesn't have field at offset %d\n", name_of(p->btf, p->t->name_off),
	    (int)p->off);
	return -EINVAL;
}

/* Down to the first struct that begins exactly at the place, or to what is not a struct. */
static int walk(struct place *p)
{
	int res;

	do {
		if (!p->t || !btf_is_kind_struct(p->t)) {
			say(p->log, "Type '%s' is not a struct\n",
			    p->t ? name_of(p->btf, p->t->name_off) : "(anon)");
			return -EINVAL;
		}
		/* A union with one member is how a context spells a pointer of fixed width. */
		if (btf_kind_of(p->t) == BTF_KIND_UNION && btf_vlen_of(p->t) != 1)
			*p->flags |= BTF_WALK_F_UNTRUSTED;
		if ((u64)p->off + p->size > p->t->size) {
			const char *name = name_of(p->btf, p->t->name_off);

			if (!in_flexible_array(p->btf, &p->t, &p->off)) {
				say(p->log, "access beyond struct %s at off %u size %u\n", name,
				    p->off, p->size);
				return -EACCES;
			}
			if (!p->t)
				return BTF_WALK_SCALAR;
			res = WALK_DEEPER;
			continue;
		}
		res = walk_members(p);
	} while (res == WALK_DEEPER);
	return res;
}

int btf_struct_walk(struct vlog *log, const struct btf *btf, u32 id, u32 off, u32 size,
		    u32 *next_id, u32 *flags, const char **field)
{
	struct place p = {
		.log = log,
		.btf = btf,
		.t = btf_skip_modifiers(btf, id, NULL),
		.off = off,
		.size = size ? size : 1,
		.next_id = next_id,
		.flags = flags,
		.field = field,
	};
	int res;

	*flags = 0;
	while ((res = walk(&p)) == BTF_WALK_STRUCT && size) {
		p.t = btf_type(btf, *next_id);
		p.off = 0;
	}
	return res;
}

bool btf_struct_ids_match(struct vlog *log, const struct btf *btf, u32 id, int off,
			  const struct btf *need_btf, u32 need_id, bool strict)
{
	u32 flags;

	if (!off && btf == need_btf && id == need_id)
		return true;
	if (strict || off < 0)
		return false;
	do {
		if (btf_struct_walk(log, btf, id, (u32)off, 0, &id, &flags, NULL) !=
		    BTF_WALK_STRUCT)
			return false;
		off = 0;
	} while (btf != need_btf || id != need_id);
	return true;
}

static bool scalar_struct(struct vlog *log, const struct btf *btf, const struct btf_type *t,
			  u32 depth, u32 *budget)
{
	if (!t || !btf_is_kind_struct(t) || *budget < btf_vlen_of(t))
		return false;
	*budget -= btf_vlen_of(t);
	for (u32 i = 0; i < btf_vlen_of(t); i++) {
		const struct btf_type *m = btf_skip_modifiers(btf, members_of(t)[i].type, NULL);

		if (btf_is_kind_struct(m)) {
			if (depth >= 3) {
				say(log, "max struct nesting depth exceeded\n");
				return false;
			}
			if (!scalar_struct(log, btf, m, depth + 1, budget))
				return false;
			continue;
		}
		if (is_array(m)) {
			if (!array_of(m)->nelems)
				return false;
			m = btf_skip_modifiers(btf, array_of(m)->type, NULL);
		}
		if (!is_scalar(m))
			return false;
	}
	return true;
}

bool btf_is_scalar_struct(struct vlog *log, const struct btf *btf, u32 id)
{
	u32 budget = WALK_BUDGET;

	return scalar_struct(log, btf, btf_skip_modifiers(btf, id, NULL), 0, &budget);
}
