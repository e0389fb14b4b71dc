// SPDX-License-Identifier: BSD-2-Clause
/* The special fields of every struct of a program's BTF: a load that finds a senseless one fails.
 */
#include <errno.h>
#include <stdlib.h>

#include "check.h"

#define RECORD_MASK                                                                         \
	(BTF_FIELD_SPIN_LOCK | BTF_FIELD_RES_SPIN_LOCK | BTF_FIELD_LIST_HEAD |              \
	 BTF_FIELD_LIST_NODE | BTF_FIELD_RB_ROOT | BTF_FIELD_RB_NODE | BTF_FIELD_REFCOUNT | \
	 BTF_FIELD_KPTR)
#define GRAPH_ROOT (BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT)
#define GRAPH_NODE (BTF_FIELD_LIST_NODE | BTF_FIELD_RB_NODE)

static const struct btf *kernel_btf;

void btf_set_kernel(const struct btf *kernel)
{
	__atomic_store_n(&kernel_btf, kernel, __ATOMIC_RELEASE);
}

/* Types whose presence among the members makes a struct worth a look. */
static bool mark_special(const struct btf *btf, u8 *special)
{
	static const char *const names[] = {
		"bpf_spin_lock", "bpf_res_spin_lock", "bpf_list_head", "bpf_list_node",
		"bpf_rb_root",	 "bpf_rb_node",	      "bpf_refcount",
	};
	bool any = false;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		s32 id = btf_find(btf, names[i], BTF_KIND_STRUCT);

		if (id < 0)
			continue;
		special[id] = 1;
		any = true;
	}
	for (u32 id = 1; id < btf->nr_types; id++) {
		u32 target;

		if (btf_kptr_type(btf, btf->types[id], &target) <= 0)
			continue;
		special[id] = 1;
		any = true;
	}
	return any;
}

static bool has_special_member(const struct btf *btf, u32 id, const u8 *special)
{
	const struct btf_type *t = btf->types[id];

	if (!is_struct(t))
		return false;
	for (u32 i = 0; i < btf_vlen_of(t); i++) {
		if (special[members_of(t)[i].type])
			return true;
	}
	return false;
}

static int add_record(struct btf *btf, u32 id)
{
	struct btf_index *index = btf_index(btf);
	struct struct_record *more;
	struct btf_record *rec;
	int err;

	err = btf_parse_fields(btf, id, RECORD_MASK, btf->types[id]->size,
			       __atomic_load_n(&kernel_btf, __ATOMIC_ACQUIRE), &rec);
	if (err)
		return err;
	if (!rec)
		return -EFAULT;
	more = reallocarray(index->records, index->nr_records + 1, sizeof(*more));
	if (!more) {
		free(rec);
		return -ENOMEM;
	}
	more[index->nr_records++] = (struct struct_record){id, rec};
	index->records = more;
	return 0;
}

/*
 * A struct that owns others through a list or tree, and can itself be an element of one, must not
 * own such a struct again: no circle of owners can arise.
 */
static int check_owners(const struct btf *btf, const struct btf_record *rec)
{
	for (u32 i = 0; i < rec->nr; i++) {
		const struct btf_record *element;

		if (!(rec->fields[i].type & GRAPH_ROOT))
			continue;
		element = btf_struct_record(btf, rec->fields[i].graph_id);
		if (!element)
			return -EFAULT;
		if (rec->mask & GRAPH_NODE && element->mask & GRAPH_ROOT)
			return -ELOOP;
	}
	return 0;
}

int btf_records_build(struct btf *btf)
{
	const struct btf_index *index = btf_index(btf);
	u8 *special = calloc(btf->nr_types, 1);
	bool any;
	int err = 0;

	if (!special)
		return -ENOMEM;
	any = mark_special(btf, special);
	for (u32 id = 1; !err && any && id < btf->nr_types; id++) {
		if (has_special_member(btf, id, special))
			err = add_record(btf, id);
	}
	for (u32 i = 0; !err && i < index->nr_records; i++)
		err = check_owners(btf, index->records[i].rec);
	free(special);
	return err;
}

void btf_records_free(struct btf *btf)
{
	struct btf_index *index = btf_index(btf);

	for (u32 i = 0; i < index->nr_records; i++)
		free(index->records[i].rec);
	free(index->records);
}

const struct btf_record *btf_struct_record(const struct btf *btf, u32 id)
{
	const struct btf_index *index = btf_index(btf);
	u32 lo = 0, hi = index->nr_records;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (index->records[mid].id == id)
			return index->records[mid].rec;
		if (index->records[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}
