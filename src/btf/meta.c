// SPDX-License-Identifier: BSD-2-Clause
/*
 * What can be said of one type without looking at another: is it complete, are its name, size,
 * flags and ids possible.
 */
#include <errno.h>
#include <string.h>

#include "check.h"

static bool name_offset_valid(const struct btf *btf, u32 offset)
{
	return offset < btf->hdr->str_len;
}

/* Character classes are those of Latin-1, whatever the process's locale. */
static bool is_letter(u8 ch)
{
	return (u8)((ch | 0x20) - 'a') < 26 || (ch >= 0xc0 && ch != 0xd7 && ch != 0xf7);
}

static bool is_printable(u8 ch)
{
	return (ch >= 0x20 && ch < 0x7f) || ch >= 0xa0;
}

static bool identifier_char(u8 ch, bool first)
{
	return is_letter(ch) || ch == '_' || ch == '.' || (!first && ch >= '0' && ch <= '9');
}

bool btf_identifier_valid(const struct btf *btf, u32 offset)
{
	const char *s = btf_str(btf, offset);
	size_t len = strnlen(s, NAME_LEN_MAX);

	if (len == NAME_LEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!identifier_char((u8)s[i], i == 0))
			return false;
	}
	return len > 0;
}

static bool section_name_valid(const struct btf *btf, u32 offset)
{
	const char *s = btf_str(btf, offset);
	size_t len = strnlen(s, NAME_LEN_MAX);

	if (len == NAME_LEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_printable((u8)s[i]))
			return false;
	}
	return len > 0;
}

static bool id_valid(u32 id)
{
	return id <= BTF_MAX_TYPE;
}

static int need(struct btf_check *c, const struct btf_type *t, u32 left, u32 needed)
{
	if (left < needed)
		return basic_error(c, t, "meta_left:%u meta_needed:%u", left, needed);
	return 0;
}

static int no_vlen(struct btf_check *c, const struct btf_type *t)
{
	return btf_vlen_of(t) ? type_error(c, t, "vlen != 0") : 0;
}

static int no_kflag(struct btf_check *c, const struct btf_type *t)
{
	return type_kflag(t) ? type_error(c, t, "Invalid btf_info kind_flag") : 0;
}

static s32 int_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	u32 data, encoding, bits;
	int err = need(c, t, left, sizeof(u32));

	if (!err)
		err = no_vlen(c, t);
	if (!err)
		err = no_kflag(c, t);
	if (err)
		return err;
	data = *TYPE_DATA(t, u32);
	if (data & ~0x0fffffffu)
		return basic_error(c, t, "Invalid int_data:%x", data);
	bits = BTF_INT_BITS(data) + BTF_INT_OFFSET(data);
	if (bits > 128)
		return type_error(c, t, "nr_bits exceeds %zu", (size_t)128);
	if ((bits + 7) / 8 > t->size)
		return type_error(c, t, "nr_bits exceeds type_size");
	encoding = BTF_INT_ENCODING(data);
	if (encoding && encoding != BTF_INT_SIGNED && encoding != BTF_INT_CHAR &&
	    encoding != BTF_INT_BOOL) {
		type_error(c, t, "Unsupported encoding");
		return -ENOTSUPP;
	}
	type_note(c, t);
	return sizeof(u32);
}

static s32 ref_meta(struct btf_check *c, const struct btf_type *t)
{
	u32 kind = btf_kind_of(t);
	int err = no_vlen(c, t);

	if (!err && kind != BTF_KIND_TYPE_TAG)
		err = no_kflag(c, t);
	if (err)
		return err;
	if (!id_valid(t->type))
		return type_error(c, t, "Invalid type_id");
	if (kind == BTF_KIND_TYPEDEF) {
		if (!btf_identifier_valid(c->btf, t->name_off))
			return type_error(c, t, "Invalid name");
	} else if (kind == BTF_KIND_TYPE_TAG) {
		if (!*btf_str(c->btf, t->name_off))
			return type_error(c, t, "Invalid name");
	} else if (t->name_off) {
		return type_error(c, t, "Invalid name");
	}
	type_note(c, t);
	return 0;
}

static s32 array_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	const struct btf_array *a = array_of(t);
	int err = need(c, t, left, sizeof(*a));

	if (err)
		return err;
	if (t->name_off)
		return type_error(c, t, "Invalid name");
	err = no_vlen(c, t);
	if (!err)
		err = no_kflag(c, t);
	if (err)
		return err;
	if (t->size)
		return type_error(c, t, "size != 0");
	if (!a->type || !id_valid(a->type))
		return type_error(c, t, "Invalid elem");
	if (!a->index_type || !id_valid(a->index_type))
		return type_error(c, t, "Invalid index");
	type_note(c, t);
	return sizeof(*a);
}

static s32 struct_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	const struct btf_member *m = members_of(t);
	u32 needed = btf_vlen_of(t) * sizeof(*m);
	u32 last = 0;
	int err = need(c, t, left, needed);

	if (err)
		return err;
	if (t->name_off && !btf_identifier_valid(c->btf, t->name_off))
		return type_error(c, t, "Invalid name");
	type_note(c, t);
	for (u32 i = 0; i < btf_vlen_of(t); i++, m++) {
		u32 bit = member_bit_offset(t, m);

		if (!name_offset_valid(c->btf, m->name_off))
			return member_error(c, t, m, "Invalid member name_offset:%u", m->name_off);
		if (m->name_off && !btf_identifier_valid(c->btf, m->name_off))
			return member_error(c, t, m, "Invalid name");
		if (!m->type || !id_valid(m->type))
			return member_error(c, t, m, "Invalid type_id");
		if (btf_kind_of(t) == BTF_KIND_UNION && bit)
			return member_error(c, t, m, "Invalid member bits_offset");
		if (last > bit)
			return member_error(c, t, m, "Invalid member bits_offset");
		if (((u64)bit + 7) / 8 > t->size)
			return member_error(c, t, m, "Member bits_offset exceeds its struct size");
		member_note(c, t, m);
		last = bit;
	}
	return (s32)needed;
}

static s32 enum_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	bool wide = btf_kind_of(t) == BTF_KIND_ENUM64;
	u32 stride = wide ? sizeof(struct btf_enum64) : sizeof(struct btf_enum);
	u32 needed = btf_vlen_of(t) * stride;
	int err = need(c, t, left, needed);

	if (err)
		return err;
	if (t->size > 8 || !t->size || t->size & (t->size - 1))
		return type_error(c, t, "Unexpected size");
	if (t->name_off && !btf_identifier_valid(c->btf, t->name_off))
		return type_error(c, t, "Invalid name");
	type_note(c, t);
	for (u32 i = 0; i < btf_vlen_of(t); i++) {
		/* Both forms begin with the name. */
		u32 name = *(const u32 *)(TYPE_DATA(t, u8) + i * stride);

		if (!name_offset_valid(c->btf, name))
			return check_error(c, "\tInvalid name_offset:%u", name);
		if (!btf_identifier_valid(c->btf, name))
			return type_error(c, t, "Invalid name");
		enum_note(c, t, i);
	}
	return (s32)needed;
}

static s32 fwd_meta(struct btf_check *c, const struct btf_type *t)
{
	int err = no_vlen(c, t);

	if (err)
		return err;
	if (t->type)
		return type_error(c, t, "type != 0");
	if (!btf_identifier_valid(c->btf, t->name_off))
		return type_error(c, t, "Invalid name");
	type_note(c, t);
	return 0;
}

static s32 func_meta(struct btf_check *c, const struct btf_type *t)
{
	int err;

	if (!btf_identifier_valid(c->btf, t->name_off))
		return type_error(c, t, "Invalid name");
	if (btf_vlen_of(t) > BTF_FUNC_GLOBAL)
		return type_error(c, t, "Invalid func linkage");
	err = no_kflag(c, t);
	if (err)
		return err;
	type_note(c, t);
	return 0;
}

static s32 proto_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	u32 needed = btf_vlen_of(t) * sizeof(struct btf_param);
	int err = need(c, t, left, needed);

	if (err)
		return err;
	if (t->name_off)
		return type_error(c, t, "Invalid name");
	err = no_kflag(c, t);
	if (err)
		return err;
	type_note(c, t);
	return (s32)needed;
}

static s32 var_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	const struct btf_var *var = TYPE_DATA(t, struct btf_var);
	int err = need(c, t, left, sizeof(*var));

	if (!err)
		err = no_vlen(c, t);
	if (!err)
		err = no_kflag(c, t);
	if (err)
		return err;
	if (!btf_identifier_valid(c->btf, t->name_off))
		return type_error(c, t, "Invalid name");
	if (!t->type || !id_valid(t->type))
		return type_error(c, t, "Invalid type_id");
	if (var->linkage != BTF_VAR_STATIC && var->linkage != BTF_VAR_GLOBAL_ALLOCATED)
		return type_error(c, t, "Linkage not supported");
	type_note(c, t);
	return sizeof(*var);
}

static s32 datasec_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	const struct btf_var_secinfo *v = TYPE_DATA(t, struct btf_var_secinfo);
	u32 needed = btf_vlen_of(t) * sizeof(*v);
	u64 end = 0, sum = 0;
	int err = need(c, t, left, needed);

	if (err)
		return err;
	if (!t->size)
		return type_error(c, t, "size == 0");
	err = no_kflag(c, t);
	if (err)
		return err;
	if (!section_name_valid(c->btf, t->name_off))
		return type_error(c, t, "Invalid name");
	type_note(c, t);
	for (u32 i = 0; i < btf_vlen_of(t); i++, v++) {
		if (!v->type || !id_valid(v->type))
			return vsi_error(c, t, v, "Invalid type_id");
		if (v->offset < end || v->offset >= t->size)
			return vsi_error(c, t, v, "Invalid offset");
		if (!v->size || v->size > t->size)
			return vsi_error(c, t, v, "Invalid size");
		end = (u64)v->offset + v->size;
		if (end > t->size)
			return vsi_error(c, t, v, "Invalid offset+size");
		vsi_note(c, t, v);
		sum += v->size;
	}
	if (t->size < sum)
		return type_error(c, t, "Invalid btf_info size");
	return (s32)needed;
}

static s32 float_meta(struct btf_check *c, const struct btf_type *t)
{
	int err = no_vlen(c, t);

	if (!err)
		err = no_kflag(c, t);
	if (err)
		return err;
	if (t->size != 2 && t->size != 4 && t->size != 8 && t->size != 12 && t->size != 16)
		return type_error(c, t, "Invalid type_size");
	type_note(c, t);
	return 0;
}

static s32 decl_tag_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	const struct btf_decl_tag *tag = TYPE_DATA(t, struct btf_decl_tag);
	int err = need(c, t, left, sizeof(*tag));

	if (err)
		return err;
	if (!*btf_str(c->btf, t->name_off))
		return type_error(c, t, "Invalid value");
	err = no_vlen(c, t);
	if (err)
		return err;
	if (tag->component_idx < -1)
		return type_error(c, t, "Invalid component_idx");
	type_note(c, t);
	return sizeof(*tag);
}

static s32 kind_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	switch (btf_kind_of(t)) {
	case BTF_KIND_INT:
		return int_meta(c, t, left);
	case BTF_KIND_ARRAY:
		return array_meta(c, t, left);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return struct_meta(c, t, left);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_meta(c, t, left);
	case BTF_KIND_FWD:
		return fwd_meta(c, t);
	case BTF_KIND_FUNC:
		return func_meta(c, t);
	case BTF_KIND_FUNC_PROTO:
		return proto_meta(c, t, left);
	case BTF_KIND_VAR:
		return var_meta(c, t, left);
	case BTF_KIND_DATASEC:
		return datasec_meta(c, t, left);
	case BTF_KIND_FLOAT:
		return float_meta(c, t);
	case BTF_KIND_DECL_TAG:
		return decl_tag_meta(c, t, left);
	default:
		return ref_meta(c, t);
	}
}

s32 btf_check_meta(struct btf_check *c, const struct btf_type *t, u32 left)
{
	s32 more;

	if (left < sizeof(*t))
		return check_error(c, "[%u] meta_left:%u meta_needed:%zu", c->id, left, sizeof(*t));
	if (t->info & ~BTF_INFO_MASK)
		return check_error(c, "[%u] Invalid btf_info:%x", c->id, t->info);
	if (btf_kind_of(t) > BTF_KIND_MAX || btf_kind_of(t) == BTF_KIND_UNKN)
		return check_error(c, "[%u] Invalid kind:%u", c->id, btf_kind_of(t));
	if (!name_offset_valid(c->btf, t->name_off))
		return check_error(c, "[%u] Invalid name_offset:%u", c->id, t->name_off);
	more = kind_meta(c, t, left - sizeof(*t));
	return more < 0 ? more : (s32)sizeof(*t) + more;
}
