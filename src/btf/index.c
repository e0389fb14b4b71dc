// SPDX-License-Identifier: BSD-2-Clause
/* Types by id and by name, and what a type comes down to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"
#include "check.h"

const struct btf_type *btf_type(const struct btf *btf, u32 id)
{
	return id < btf->nr_types ? btf->types[id] : NULL;
}

const char *btf_str(const struct btf *btf, u32 offset)
{
	return offset < btf->hdr->str_len ? btf->strings + offset : "";
}

/* The slot that holds (name, kind), or the free one where it belongs. */
static u32 *find_slot(const struct btf *btf, const char *name, size_t len, u32 kind)
{
	const struct btf_index *index = btf_index(btf);
	u32 i = (u32)hash_bytes(name, len, index->seed ^ kind) & index->mask;

	for (;; i = (i + 1) & index->mask) {
		const struct btf_type *t = btf_type(btf, index->slots[i]);

		if (!index->slots[i])
			break;
		if (btf_kind_of(t) == kind && !strcmp(btf_name(btf, t), name))
			break;
	}
	return &index->slots[i];
}

static void index_name(struct btf *btf, u32 id)
{
	const struct btf_type *t = btf->types[id];
	const char *name = btf_name(btf, t);
	size_t len = strnlen(name, NAME_LEN_MAX);
	u32 *slot;

	/* Only integers may have longer names, which nobody looks for. */
	if (!len || len == NAME_LEN_MAX)
		return;
	slot = find_slot(btf, name, len, btf_kind_of(t));
	if (!*slot)
		*slot = id;
}

int btf_index_build(struct btf *btf)
{
	struct btf_index *index = btf_index(btf);
	u32 size = 16, tags = 0;

	while (size < btf->nr_types * 2)
		size *= 2;
	for (u32 id = 1; id < btf->nr_types; id++)
		tags += btf_kind_of(btf->types[id]) == BTF_KIND_DECL_TAG;
	/* Names come from strangers, who must not know where they will land. */
	if (getrandom(&index->seed, sizeof(index->seed), GRND_NONBLOCK) < 0)
		index->seed = (uintptr_t)btf->data;
	index->mask = size - 1;
	index->slots = calloc(size, sizeof(*index->slots));
	index->tags = calloc(max(tags, 1u), sizeof(*index->tags));
	if (!index->slots || !index->tags)
		return -ENOMEM;
	for (u32 id = 1; id < btf->nr_types; id++) {
		switch (btf_kind_of(btf->types[id])) {
		case BTF_KIND_DECL_TAG:
			index->tags[index->nr_tags++] = id;
			break;
		case BTF_KIND_TYPE_TAG:
			break;
		default:
			index_name(btf, id);
		}
	}
	return 0;
}

void btf_index_free(struct btf *btf)
{
	struct btf_index *index = btf_index(btf);

	if (!index)
		return;
	btf_records_free(btf);
	free(index->resolved);
	free(index->slots);
	free(index->tags);
	free(index->blob);
	free(index);
}

s32 btf_find(const struct btf *btf, const char *name, u32 kind)
{
	size_t len = strlen(name);
	u32 id = len ? *find_slot(btf, name, len, kind) : 0;

	return id ? (s32)id : -ENOENT;
}

const struct btf_type *btf_skip_modifiers(const struct btf *btf, u32 id, u32 *res_id)
{
	const struct btf_type *t = btf_type(btf, id);

	/* Chains may be as long as the blob. */
	if (t && is_modifier(t)) {
		id = btf_index(btf)->resolved[id];
		t = btf_type(btf, id);
	}
	if (res_id)
		*res_id = id;
	return t;
}

const struct btf_type *btf_pointee(const struct btf *btf, u32 id, u32 *res_id)
{
	const struct btf_type *t = btf_skip_modifiers(btf, id, NULL);

	return t && is_ptr(t) ? btf_skip_modifiers(btf, t->type, res_id) : NULL;
}

int btf_size(const struct btf *btf, u32 id, u32 *size)
{
	const struct btf_type *t = btf_skip_modifiers(btf, id, &id);

	if (t && btf_kind_of(t) == BTF_KIND_VAR)
		t = btf_skip_modifiers(btf, t->type, &id);
	if (!t)
		return -EINVAL;
	if (has_size(t))
		*size = t->size;
	else if (is_array(t))
		*size = btf->resolved_sizes[id];
	else if (is_ptr(t))
		*size = sizeof(void *);
	else
		return -EINVAL;
	return 0;
}

/* The next tag after position *@at with that target and prefix: its text past the prefix. */
static const char *next_tag(const struct btf *btf, u32 id, int component, const char *prefix,
			    u32 *at)
{
	const struct btf_index *index = btf_index(btf);
	size_t len = strlen(prefix);

	while (*at < index->nr_tags) {
		const struct btf_type *t = btf_type(btf, index->tags[(*at)++]);
		const char *text = btf_name(btf, t);

		if (t->type == id &&
		    TYPE_DATA(t, struct btf_decl_tag)->component_idx == component &&
		    !strncmp(text, prefix, len))
			return text + len;
	}
	return NULL;
}

const char *btf_decl_tag(const struct btf *btf, u32 id, int component, const char *prefix)
{
	u32 at = 0;

	return next_tag(btf, id, component, prefix, &at);
}

int btf_decl_tag_count(const struct btf *btf, u32 id, int component, const char *prefix)
{
	u32 at = 0;

	if (!next_tag(btf, id, component, prefix, &at))
		return -ENOENT;
	return next_tag(btf, id, component, prefix, &at) ? -EEXIST : 1;
}
