// SPDX-License-Identifier: BSD-2-Clause
/* Fields that the kernel, not the program, looks after: locks, timers, kernel pointers, graphs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

bool (*btf_kptr_has_dtor)(u32 kernel_id);

static const struct special {
	const char *name;
	enum btf_field_type type;
	u32 size;
	u32 align;
	bool once; /* at most one in a struct */
} specials[] = {
	{"bpf_spin_lock", BTF_FIELD_SPIN_LOCK, 4, 4, true},
	{"bpf_res_spin_lock", BTF_FIELD_RES_SPIN_LOCK, 4, 4, true},
	{"bpf_timer", BTF_FIELD_TIMER, 16, 8, true},
	{"bpf_wq", BTF_FIELD_WORKQUEUE, 16, 8, true},
	{"bpf_list_head", BTF_FIELD_LIST_HEAD, 16, 8, false},
	{"bpf_list_node", BTF_FIELD_LIST_NODE, 24, 8, false},
	{"bpf_rb_root", BTF_FIELD_RB_ROOT, 16, 8, false},
	{"bpf_rb_node", BTF_FIELD_RB_NODE, 32, 8, false},
	{"bpf_refcount", BTF_FIELD_REFCOUNT, 4, 4, false},
};

const char *btf_field_type_name(enum btf_field_type type)
{
	for (u32 i = 0; i < ARRAY_SIZE(specials); i++)
		if (specials[i].type == type)
			return specials[i].name;
	return type == BTF_FIELD_KPTR_PERCPU ? "percpu_kptr" : "kptr";
}

/* What may stand in an array. */
#define REPEATABLE (BTF_FIELD_KPTR | BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT)

struct search {
	const struct btf *btf;
	const struct btf *kernel;
	u32 mask;
	u32 budget;
	u32 nr;
	struct btf_field found[BTF_FIELDS_MAX];
	const char *node[BTF_FIELDS_MAX]; /* list heads and tree roots: the member that links */
};

/* One variable or member that may be, or hold, special fields. */
struct candidate {
	u32 owner; /* struct or variable, and the member's number or -1: for its tags */
	int component;
	u32 type;
	u32 off;
	u32 size; /* that it must have in all; 0: any */
};

static int find_in_struct(struct search *s, u32 id, u32 base, u32 depth);

static int add(struct search *s, const struct btf_field *field, const char *node)
{
	if (s->nr == BTF_FIELDS_MAX)
		return -E2BIG;
	s->node[s->nr] = node;
	s->found[s->nr++] = *field;
	return 0;
}

/* Copies of the fields from @first on, for the other elements of an array. */
static int repeat(struct search *s, u32 first, u32 nelems, u32 stride)
{
	u32 nr = s->nr - first;

	for (u32 i = first; i < s->nr; i++) {
		if (!(s->found[i].type & REPEATABLE))
			return -EINVAL;
	}
	if ((u64)nr * nelems > BTF_FIELDS_MAX - first)
		return -E2BIG;
	for (u32 n = 1; n < nelems; n++) {
		for (u32 i = 0; i < nr; i++) {
			struct btf_field copy = s->found[first + i];

			copy.offset += n * stride;
			s->node[s->nr] = s->node[first + i];
			s->found[s->nr++] = copy;
		}
	}
	return 0;
}

/* A pointer, volatile or not, whose type tag says that the kernel owns what it points to. */
int btf_kptr_type(const struct btf *btf, const struct btf_type *t, u32 *target)
{
	const struct btf_type *tag;
	const char *text;
	int type = 0;

	if (btf_kind_of(t) == BTF_KIND_VOLATILE)
		t = btf_type(btf, t->type);
	if (!is_ptr(t))
		return 0;
	tag = btf_type(btf, t->type);
	if (!is_type_tag(tag))
		return 0;
	if (is_type_tag(btf_type(btf, tag->type)))
		return -EINVAL;
	text = btf_name(btf, tag);
	if (!strcmp(text, "kptr_untrusted"))
		type = BTF_FIELD_KPTR_UNREF;
	else if (!strcmp(text, "kptr"))
		type = BTF_FIELD_KPTR_REF;
	else if (!strcmp(text, "percpu_kptr"))
		type = BTF_FIELD_KPTR_PERCPU;
	else
		return strcmp(text, "uptr") ? -EINVAL : 0;
	if (!is_struct(btf_skip_modifiers(btf, tag->type, target)))
		return -EINVAL;
	return type;
}

static int find_kptr(struct search *s, const struct candidate *c, const struct btf_type *t)
{
	struct btf_field field = {.offset = c->off, .size = sizeof(void *)};
	int type = btf_kptr_type(s->btf, t, &field.kptr_id);

	if (type <= 0 || !((u32)type & s->mask))
		return min(type, 0);
	field.type = type;
	return add(s, &field, NULL);
}

/* The kernel's struct of that name, or else the program's own. */
static int resolve_kptr(const struct search *s, struct btf_field *field)
{
	const struct btf_type *t = btf_type(s->btf, field->kptr_id);
	s32 id;

	field->kptr_btf = s->btf;
	if (!s->kernel)
		return 0;
	id = btf_find(s->kernel, btf_name(s->btf, t), btf_kind_of(t));
	if (id < 0)
		return 0;
	if (field->type == BTF_FIELD_KPTR_REF && (!btf_kptr_has_dtor || !btf_kptr_has_dtor(id)))
		return -ENOENT;
	field->kptr_btf = s->kernel;
	field->kptr_id = (u32)id;
	return 0;
}

/* "contains:STRUCT:MEMBER" on a list head or tree root: what its elements are. */
static int find_graph(const struct search *s, const struct candidate *c, struct btf_field *field,
		      const char **node)
{
	const char *text = btf_decl_tag(s->btf, c->owner, c->component, "contains:");
	const char *colon = text ? strchr(text, ':') : NULL;
	char name[NAME_LEN_MAX];
	s32 id;

	if (!colon || (size_t)(colon - text) >= sizeof(name) ||
	    btf_decl_tag_count(s->btf, c->owner, c->component, "contains:") < 0)
		return -EINVAL;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	id = btf_find(s->btf, name, BTF_KIND_STRUCT);
	if (id < 0)
		return id;
	*node = colon + 1;
	field->graph_id = (u32)id;
	return **node ? 0 : -EINVAL;
}

/* The element's member that links it to the others. */
static int resolve_graph(const struct search *s, struct btf_field *field, const char *node)
{
	const char *kind = field->type == BTF_FIELD_LIST_HEAD ? "bpf_list_node" : "bpf_rb_node";
	const struct btf_type *t = btf_type(s->btf, field->graph_id);
	bool found = false;

	for (u32 i = 0; i < btf_vlen_of(t); i++) {
		const struct btf_member *m = members_of(t) + i;
		const struct btf_type *mt = btf_type(s->btf, m->type);

		if (strcmp(btf_str(s->btf, m->name_off), node))
			continue;
		if (found || !is_struct(mt) || strcmp(btf_name(s->btf, mt), kind) ||
		    member_bit_offset(t, m) % 64)
			return -EINVAL;
		found = true;
		field->graph_node_off = member_bit_offset(t, m) / 8;
	}
	return found ? 0 : -ENOENT;
}

static const struct special *special_of(const struct search *s, const struct btf_type *t)
{
	const char *name = btf_name(s->btf, t);

	for (u32 i = 0; i < ARRAY_SIZE(specials); i++) {
		if (s->mask & specials[i].type && !strcmp(name, specials[i].name))
			return &specials[i];
	}
	return NULL;
}

static int find_special(struct search *s, const struct candidate *c, const struct btf_type *t,
			const struct special *sp)
{
	struct btf_field field = {.offset = c->off, .size = sp->size, .type = sp->type};
	const char *node = NULL;
	int err = 0;

	if (!is_struct(t) || t->size != sp->size)
		return 0;
	if (sp->type & (BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT))
		err = find_graph(s, c, &field, &node);
	return err ? err : add(s, &field, node);
}

static int find_one(struct search *s, const struct candidate *c, u32 *seen, u32 depth)
{
	u32 id = c->type, first = s->nr, size, align;
	const struct special *sp = NULL;
	const struct btf_type *t = btf_type(s->btf, id);
	u64 nelems = 1;
	int err;

	for (; is_array(t) && nelems <= U32_MAX; t = btf_type(s->btf, id)) {
		nelems *= array_of(t)->nelems;
		id = array_of(t)->type;
	}
	if (!nelems)
		return 0;
	if (is_struct(t))
		sp = special_of(s, t);
	if (sp && sp->once) {
		if (*seen & sp->type)
			return -E2BIG;
		*seen |= sp->type;
	}
	size = sp ? sp->size : is_struct(t) ? t->size : sizeof(void *);
	align = sp ? sp->align : is_struct(t) ? 1 : sizeof(void *);
	if ((c->size && c->size != nelems * size) || c->off % align)
		return 0;
	if (sp)
		err = find_special(s, c, t, sp);
	else if (is_struct(t))
		err = find_in_struct(s, id, c->off, depth + 1);
	else
		err = s->mask & BTF_FIELD_KPTR ? find_kptr(s, c, t) : 0;
	if (!err && nelems > 1 && s->nr > first)
		err = nelems > BTF_FIELDS_MAX ? -E2BIG : repeat(s, first, (u32)nelems, size);
	return err;
}

static int find_in_struct(struct search *s, u32 id, u32 base, u32 depth)
{
	const struct btf_type *t = btf_type(s->btf, id);
	u32 seen = 0;
	int err = 0;

	if (depth >= MAX_RESOLVE_DEPTH || s->budget < btf_vlen_of(t))
		return -E2BIG;
	s->budget -= btf_vlen_of(t);
	for (u32 i = 0; !err && i < btf_vlen_of(t); i++) {
		const struct btf_member *m = members_of(t) + i;
		struct candidate c = {
			.owner = id,
			.component = (int)i,
			.type = m->type,
			.off = base + member_bit_offset(t, m) / 8,
		};

		if (member_bit_offset(t, m) % 8)
			return -EINVAL;
		err = find_one(s, &c, &seen, depth);
	}
	return err;
}

static int find_in_section(struct search *s, u32 id)
{
	const struct btf_type *t = btf_type(s->btf, id);
	const struct btf_var_secinfo *v = TYPE_DATA(t, struct btf_var_secinfo);
	u32 seen = 0;
	int err = 0;

	for (u32 i = 0; !err && i < btf_vlen_of(t); i++, v++) {
		struct candidate c = {
			.owner = v->type,
			.component = -1,
			.type = btf_type(s->btf, v->type)->type,
			.off = v->offset,
			.size = v->size,
		};

		err = find_one(s, &c, &seen, 0);
	}
	return err;
}

/* Each field for itself, in order; also sums up the mask. */
static int finish_fields(struct search *s, struct btf_record *rec, u32 value_size)
{
	u32 next = 0;
	int err = 0;

	for (u32 i = 0; !err && i < s->nr; i++) {
		struct btf_field *f = &s->found[i];

		if (f->offset + f->size > value_size)
			return -EFAULT;
		if (f->offset < next)
			return -EEXIST;
		next = f->offset + f->size;
		rec->mask |= (u32)f->type;
		if (f->type == BTF_FIELD_SPIN_LOCK)
			rec->spin_lock_off = (s32)f->offset;
		else if (f->type & BTF_FIELD_KPTR)
			err = resolve_kptr(s, f);
		else if (s->node[i])
			err = resolve_graph(s, f, s->node[i]);
		rec->fields[rec->nr++] = *f;
	}
	return err;
}

/* The combinations that make sense. */
static int check_mask(u32 mask)
{
	u32 locks = BTF_FIELD_SPIN_LOCK | BTF_FIELD_RES_SPIN_LOCK;

	if ((mask & locks) == locks)
		return -EINVAL;
	/* A list or a tree needs a lock beside it. */
	if (mask & (BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT) && !(mask & locks))
		return -EINVAL;
	/* An object in both a list and a tree has two owners. */
	if (mask & BTF_FIELD_LIST_NODE && mask & BTF_FIELD_RB_NODE && !(mask & BTF_FIELD_REFCOUNT))
		return -EINVAL;
	return 0;
}

int btf_parse_fields(const struct btf *btf, u32 id, u32 mask, u32 value_size,
		     const struct btf *kernel, struct btf_record **out)
{
	struct search s = {.btf = btf, .kernel = kernel, .mask = mask, .budget = WALK_BUDGET};
	const struct btf_type *t = btf_type(btf, id);
	struct btf_record *rec;
	int err = 0;

	*out = NULL;
	if (!t)
		return -EINVAL;
	if (is_struct(t))
		err = find_in_struct(&s, id, 0, 0);
	else if (btf_kind_of(t) == BTF_KIND_DATASEC)
		err = find_in_section(&s, id);
	else
		return -EINVAL;
	if (err || !s.nr)
		return err;
	rec = calloc(1, sizeof(*rec));
	if (!rec)
		return -ENOMEM;
	rec->spin_lock_off = -1;
	err = finish_fields(&s, rec, value_size);
	if (!err)
		err = check_mask(rec->mask);
	if (err) {
		free(rec);
		return err;
	}
	*out = rec;
	return 0;
}

const struct btf_field *btf_record_find(const struct btf_record *rec, u32 offset, u32 mask)
{
	for (u32 i = 0; rec && i < rec->nr; i++) {
		if (rec->fields[i].offset == offset && rec->fields[i].type & mask)
			return &rec->fields[i];
	}
	return NULL;
}
