// SPDX-License-Identifier: BSD-2-Clause
/* A blob's header and sections, and the life of the object made of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

struct section {
	u32 off;
	u32 len;
};

static int check_sections(struct btf_check *c, const struct btf_header *h, u32 size)
{
	struct section a = {h->type_off, h->type_len};
	struct section b = {h->str_off, h->str_len};
	/* The kernel's order, which wraps: it decides which complaint comes first. */
	s32 order = (s32)(a.off - b.off) ? (s32)(a.off - b.off) : (s32)(a.len - b.len);
	struct section secs[2] = {order <= 0 ? a : b, order <= 0 ? b : a};
	u32 expected = size - h->hdr_len;
	u32 total = 0;

	for (u32 i = 0; i < ARRAY_SIZE(secs); i++) {
		if (expected < secs[i].off)
			return check_error(c, "Invalid section offset");
		if (total < secs[i].off)
			return check_error(c, "Unsupported section found");
		if (total > secs[i].off)
			return check_error(c, "Section overlap found");
		if (expected - total < secs[i].len)
			return check_error(c, "Total section length too long");
		total += secs[i].len;
	}
	if (expected != total)
		return check_error(c, "Unsupported section found");
	return 0;
}

static int parse_header(struct btf_check *c)
{
	struct btf *btf = c->btf;
	struct btf_header *h = &btf_index(btf)->header;
	const u8 *data = btf->data;
	u32 size = btf->data_size;
	u32 hdr_len;

	if (size < offsetof(struct btf_header, hdr_len) + sizeof(hdr_len))
		return check_error(c, "hdr_len not found");
	memcpy(&hdr_len, data + offsetof(struct btf_header, hdr_len), sizeof(hdr_len));
	if (size < hdr_len)
		return check_error(c, "btf_header not found");
	/* Fields that we do not know must not be used. */
	for (u32 i = sizeof(*h); i < hdr_len; i++) {
		if (data[i]) {
			check_error(c, "Unsupported btf_header");
			return -E2BIG;
		}
	}
	memcpy(h, data, min(hdr_len, (u32)sizeof(*h)));
	header_note(c, h, size);
	if (h->magic != BTF_MAGIC)
		return check_error(c, "Invalid magic");
	if (h->version != BTF_VERSION) {
		check_error(c, "Unsupported version");
		return -ENOTSUPP;
	}
	if (h->flags) {
		check_error(c, "Unsupported flags");
		return -ENOTSUPP;
	}
	if (size == hdr_len)
		return check_error(c, "No data");
	return check_sections(c, h, size);
}

static int parse_strings(struct btf_check *c)
{
	struct btf *btf = c->btf;
	const struct btf_header *h = btf->hdr;
	const char *start = (const char *)btf->data + h->hdr_len + h->str_off;
	const char *end = start + h->str_len;

	if (end != (const char *)btf->data + btf->data_size)
		return check_error(c, "String section is not at the end");
	if (!h->str_len || h->str_len - 1 > BTF_MAX_NAME_OFFSET || end[-1] || start[0])
		return check_error(c, "Invalid string section");
	btf->strings = start;
	return 0;
}

static int add_type(struct btf_check *c, const struct btf_type *t, u32 *room)
{
	struct btf *btf = c->btf;

	if (btf->nr_types > BTF_MAX_TYPE) {
		check_error(c, "Exceeded max num of types");
		return -E2BIG;
	}
	if (btf->nr_types == *room) {
		u32 more = *room + max(*room / 2, 16u);
		void *types = reallocarray(btf->types, more, sizeof(*btf->types));

		if (!types)
			return -ENOMEM;
		btf->types = types;
		*room = more;
	}
	btf->types[btf->nr_types++] = t;
	return 0;
}

static const struct btf_type btf_void;

static int parse_types(struct btf_check *c)
{
	struct btf *btf = c->btf;
	const struct btf_header *h = btf->hdr;
	const u8 *at = (const u8 *)btf->data + h->hdr_len + h->type_off;
	const u8 *end = at + h->type_len;
	u32 room = 0;
	int err;

	if (h->type_off & 3)
		return check_error(c, "Unaligned type_off");
	if (!h->type_len)
		return check_error(c, "No type found");
	err = add_type(c, &btf_void, &room);
	for (c->id = 1; !err && at < end; c->id++) {
		const struct btf_type *t = (const struct btf_type *)at;
		s32 len = btf_check_meta(c, t, (u32)(end - at));

		if (len < 0)
			return len;
		at += len;
		err = add_type(c, t, &room);
	}
	return err;
}

static int check_types(struct btf_check *c)
{
	struct btf *btf = c->btf;
	struct btf_index *index = btf_index(btf);
	int err;

	c->visit = calloc(btf->nr_types, 1);
	index->resolved = calloc(btf->nr_types, sizeof(*index->resolved));
	btf->resolved_sizes = calloc(btf->nr_types, sizeof(*btf->resolved_sizes));
	if (!c->visit || !index->resolved || !btf->resolved_sizes)
		return -ENOMEM;
	err = btf_check_references(c);
	return err ? err : btf_check_type_tags(c);
}

static void btf_free(struct btf *btf)
{
	if (!btf)
		return;
	btf_index_free(btf);
	free(btf->resolved_sizes);
	free(btf->types);
	free(btf);
}

static void free_object(struct object *obj)
{
	btf_free(container_of(obj, struct btf, obj));
}

static int parse(struct btf_check *c)
{
	struct btf *btf = c->btf;
	int err = parse_header(c);

	if (err)
		return err;
	btf->hdr = &btf_index(btf)->header;
	err = parse_strings(c);
	if (!err)
		err = parse_types(c);
	if (!err)
		err = check_types(c);
	if (!err)
		err = btf_index_build(btf);
	if (!err)
		err = btf_records_build(btf);
	return err;
}

/* Types are read as structs in place, wherever a header of odd length puts them. */
static int copy_blob(struct btf *btf, const void *data, u32 size)
{
	u32 hdr_len = 0;
	u8 *mem = malloc((size_t)size + 4);

	if (!mem)
		return -ENOMEM;
	if (size >= sizeof(struct btf_header))
		memcpy(&hdr_len, (const u8 *)data + offsetof(struct btf_header, hdr_len),
		       sizeof(hdr_len));
	btf_index(btf)->blob = mem;
	btf->data = mem + (-hdr_len & 3);
	btf->data_size = size;
	if (size)
		memcpy(btf->data, data, size);
	return 0;
}

int btf_parse(const void *data, u32 size, struct vlog *log, struct btf **out)
{
	struct btf_check c = {.log = log};
	struct btf *btf;
	int err = -ENOMEM;

	if (size > BTF_MAX_SIZE)
		return -E2BIG;
	btf = calloc(1, sizeof(*btf));
	if (!btf)
		return -ENOMEM;
	btf->index = calloc(1, sizeof(struct btf_index));
	if (btf->index)
		err = copy_blob(btf, data, size);
	c.btf = btf;
	if (!err)
		err = parse(&c);
	free(c.visit);
	if (!err)
		err = object_init(&btf->obj, OBJECT_BTF, NULL, free_object);
	if (err) {
		btf_free(btf);
		return err;
	}
	*out = btf;
	return 0;
}
