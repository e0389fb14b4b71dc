// SPDX-License-Identifier: BSD-2-Clause
#include "value.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Nested types deeper than this come from damaged BTF. */
#define DEPTH_MAX 16

json_t *value_hex(const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;
	char *text = malloc(2 * size + 1);
	json_t *j;

	if (!text)
		return json_null();
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	text[2 * size] = '\0';
	j = json_string(text);
	free(text);
	return j;
}

static json_t *int_json(const struct btf_type *t, const void *data, unsigned int bit_off,
			unsigned int bits)
{
	bool is_signed = btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
	unsigned __int128 wide = 0;
	uint64_t v;

	if (!bits || bits > 64)
		return value_hex(data, t->size);
	memcpy(&wide, data, (bit_off + bits + 7) / 8);
	v = (uint64_t)(wide >> bit_off) << (64 - bits);
	if (btf_is_int(t) && btf_int_encoding(t) & BTF_INT_BOOL)
		return json_boolean(v != 0);
	/* Through the sign of the top bit; JSON integers are signed 64-bit here. */
	return json_integer(is_signed ? (json_int_t)((int64_t)v >> (64 - bits))
				      : (json_int_t)(v >> (64 - bits)));
}

static json_t *typed(const struct btf *btf, int id, const char *data, size_t size, int depth);

static json_t *array_json(const struct btf *btf, const struct btf_type *t, const char *data,
			  size_t size, int depth)
{
	const struct btf_array *a = btf_array(t);
	long long one = btf__resolve_size(btf, a->type);
	const struct btf_type *elem;
	json_t *list;
	int id = btf__resolve_type(btf, a->type);

	if (one <= 0 || id < 0 || (size_t)one * a->nelems > size)
		return json_null();
	elem = btf__type_by_id(btf, (uint32_t)id);
	if (btf_is_int(elem) && elem->size == 1 && a->nelems && isprint((unsigned char)data[0])) {
		size_t len = strnlen(data, a->nelems);
		bool text = true;

		for (size_t i = 0; i < len; i++)
			text &= isprint((unsigned char)data[i]) != 0;
		if (text)
			return json_stringn(data, len);
	}
	list = json_array();
	for (uint32_t i = 0; i < a->nelems; i++)
		json_array_append_new(list, typed(btf, (int)a->type, data + (size_t)i * (size_t)one,
						  (size_t)one, depth + 1));
	return list;
}

static json_t *struct_json(const struct btf *btf, const struct btf_type *t, const char *data,
			   size_t size, int depth)
{
	json_t *o = json_object();

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		uint32_t bit = btf_member_bit_offset(t, i);
		uint32_t bits = btf_member_bitfield_size(t, i);
		const char *name = btf__name_by_offset(btf, m->name_off);
		int id = btf__resolve_type(btf, m->type);
		json_t *v;

		if (bit / 8 > size || id < 0)
			continue;
		if (bits) {
			if ((bit % 8 + bits + 7) / 8 > size - bit / 8)
				continue;
			v = int_json(btf__type_by_id(btf, (uint32_t)id), data + bit / 8, bit % 8,
				     bits);
		} else {
			v = typed(btf, (int)m->type, data + bit / 8, size - bit / 8, depth + 1);
		}
		/* Members of an anonymous struct or union belong to the one around it. */
		if (!name[0] && json_is_object(v)) {
			json_object_update(o, v);
			json_decref(v);
		} else {
			json_object_set_new(o, name, v);
		}
	}
	return o;
}

static json_t *typed(const struct btf *btf, int id, const char *data, size_t size, int depth)
{
	const struct btf_type *t;
	uint64_t ptr;

	id = btf__resolve_type(btf, (uint32_t)id);
	t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	if (!t || depth > DEPTH_MAX)
		return json_null();
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return t->size <= size ? int_json(t, data, 0, t->size * 8) : json_null();
	case BTF_KIND_PTR:
		if (size < sizeof(ptr))
			return json_null();
		memcpy(&ptr, data, sizeof(ptr));
		return json_integer((json_int_t)ptr);
	case BTF_KIND_ARRAY:
		return array_json(btf, t, data, size, depth);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return struct_json(btf, t, data, size, depth);
	case BTF_KIND_FLOAT:
		if (t->size == sizeof(double) && size >= sizeof(double)) {
			double d;

			memcpy(&d, data, sizeof(d));
			return json_real(d);
		}
		return value_hex(data, t->size <= size ? t->size : size);
	default:
		return json_null();
	}
}

json_t *value_json(const struct btf *btf, int type_id, const void *data, size_t size)
{
	return typed(btf, type_id, data, size, 0);
}

/* libbpf names a data map's file section through the map's BTF value type: a DATASEC. */
static const struct btf_type *datasec_of(const struct btf *btf, const struct bpf_map *map)
{
	uint32_t id = bpf_map__btf_value_type_id(map);
	const struct btf_type *t = btf && id ? btf__type_by_id(btf, id) : NULL;

	return t && btf_is_datasec(t) ? t : NULL;
}

json_t *value_globals(struct bpf_object *obj)
{
	const struct btf *btf = bpf_object__btf(obj);
	json_t *all = json_object();
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		const struct btf_type *sec = datasec_of(btf, map);
		uint32_t zero = 0, size = bpf_map__value_size(map);
		char *data;

		if (!sec || strstr(bpf_map__name(map), ".rodata") || bpf_map__fd(map) < 0)
			continue;
		data = calloc(1, size);
		if (data && !bpf_map_lookup_elem(bpf_map__fd(map), &zero, data)) {
			for (uint32_t i = 0; i < btf_vlen(sec); i++) {
				const struct btf_var_secinfo *v = btf_var_secinfos(sec) + i;
				const struct btf_type *var = btf__type_by_id(btf, v->type);

				if (v->offset > size || v->size > size - v->offset)
					continue;
				json_object_set_new(
					all, btf__name_by_offset(btf, var->name_off),
					value_json(btf, (int)var->type, data + v->offset, v->size));
			}
		}
		free(data);
	}
	return all;
}

static json_t *one_value(const struct btf *btf, uint32_t type, const char *data, size_t size)
{
	return btf && type ? value_json(btf, (int)type, data, size) : value_hex(data, size);
}

static bool is_percpu(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static json_t *map_entries(const struct bpf_map *map, const struct btf *btf,
			   unsigned int max_entries, bool *more)
{
	uint32_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	uint32_t key_type = bpf_map__btf_key_type_id(map);
	uint32_t value_type = bpf_map__btf_value_type_id(map);
	int cpus = is_percpu(bpf_map__type(map)) ? libbpf_num_possible_cpus() : 1;
	size_t stride =
		cpus > 1 || is_percpu(bpf_map__type(map)) ? (value_size + 7) / 8 * 8 : value_size;
	char *key = calloc(2, key_size + 1), *value = calloc((size_t)cpus, stride + 1);
	json_t *list = json_array();
	int fd = bpf_map__fd(map);
	bool first = true;

	while (key && value && !bpf_map_get_next_key(fd, first ? NULL : key, key + key_size)) {
		json_t *entry, *v;

		first = false;
		memcpy(key, key + key_size, key_size);
		if (json_array_size(list) == max_entries) {
			*more = true;
			break;
		}
		if (bpf_map_lookup_elem(fd, key, value))
			continue;
		if (!is_percpu(bpf_map__type(map))) {
			v = one_value(btf, value_type, value, value_size);
		} else {
			v = json_array();
			for (int i = 0; i < cpus; i++)
				json_array_append_new(v, one_value(btf, value_type,
								   value + (size_t)i * stride,
								   value_size));
		}
		entry = json_object();
		json_object_set_new(entry, "key", one_value(btf, key_type, key, key_size));
		json_object_set_new(entry, "value", v);
		json_array_append_new(list, entry);
	}
	free(key);
	free(value);
	return list;
}

json_t *value_maps(struct bpf_object *obj, unsigned int max_entries)
{
	const struct btf *btf = bpf_object__btf(obj);
	json_t *all = json_object();
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		const char *type = libbpf_bpf_map_type_str(bpf_map__type(map));
		bool more = false;
		json_t *o;

		if (bpf_map__is_internal(map) || bpf_map__fd(map) < 0)
			continue;
		o = json_pack("{s:s, s:i, s:i, s:i}", "type", type ? type : "unknown", "key_size",
			      bpf_map__key_size(map), "value_size", bpf_map__value_size(map),
			      "max_entries", bpf_map__max_entries(map));
		if (bpf_map__key_size(map)) {
			json_object_set_new(o, "entries",
					    map_entries(map, btf, max_entries, &more));
			if (more)
				json_object_set_new(o, "truncated", json_true());
		}
		json_object_set_new(all, bpf_map__name(map), o);
	}
	return all;
}

static int store(const struct btf *btf, const struct btf_type *var, char *at, size_t room,
		 const char *path, const char *name, const char *text)
{
	int id = btf__resolve_type(btf, var->type);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	bool is_signed = *text == '-';
	unsigned long long v;
	char *end;

	if (!t || !(btf_is_int(t) || btf_is_any_enum(t)) || t->size > 8 || t->size > room)
		return complain(EXIT_BAD_INPUT, "%s: --set %s: not an integer variable", path,
				name);
	errno = 0;
	v = is_signed ? (unsigned long long)strtoll(text, &end, 0) : strtoull(text, &end, 0);
	if (errno || end == text || *end)
		return complain(EXIT_BAD_INPUT, "%s: --set %s=%s: not a number", path, name, text);
	if (t->size < 8) {
		unsigned int bits = t->size * 8;
		long long as_signed = (long long)v;

		if (is_signed ? as_signed < -(1ll << (bits - 1)) : v >> bits)
			return complain(EXIT_BAD_INPUT, "%s: --set %s=%s: does not fit %u bits",
					path, name, text, bits);
	}
	memcpy(at, &v, t->size);
	return EXIT_DONE;
}

int value_set(struct bpf_object *obj, const char *path, const char *assignment)
{
	const struct btf *btf = bpf_object__btf(obj);
	const char *eq = strchr(assignment, '=');
	struct bpf_map *map;
	char name[128];

	if (!eq || eq == assignment || (size_t)(eq - assignment) >= sizeof(name))
		return complain(EXIT_BAD_INPUT, "--set %s: not VAR=VALUE", assignment);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - assignment), assignment);
	bpf_object__for_each_map(map, obj)
	{
		const struct btf_type *sec = datasec_of(btf, map);
		size_t size;
		char *data = sec ? (char *)bpf_map__initial_value(map, &size) : NULL;

		for (uint32_t i = 0; data && i < btf_vlen(sec); i++) {
			const struct btf_var_secinfo *v = btf_var_secinfos(sec) + i;
			const struct btf_type *var = btf__type_by_id(btf, v->type);

			if (strcmp(btf__name_by_offset(btf, var->name_off), name) ||
			    v->offset >= size)
				continue;
			return store(btf, var, data + v->offset, size - v->offset, path, name,
				     eq + 1);
		}
	}
	return complain(EXIT_BAD_INPUT, "%s: --set %s: no global variable of that name", path,
			name);
}
