// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>

#include "check.h"

static const char *const kind_words[] = {
	[BTF_KIND_UNKN] = "UNKNOWN",	  [BTF_KIND_INT] = "INT",
	[BTF_KIND_PTR] = "PTR",		  [BTF_KIND_ARRAY] = "ARRAY",
	[BTF_KIND_STRUCT] = "STRUCT",	  [BTF_KIND_UNION] = "UNION",
	[BTF_KIND_ENUM] = "ENUM",	  [BTF_KIND_FWD] = "FWD",
	[BTF_KIND_TYPEDEF] = "TYPEDEF",	  [BTF_KIND_VOLATILE] = "VOLATILE",
	[BTF_KIND_CONST] = "CONST",	  [BTF_KIND_RESTRICT] = "RESTRICT",
	[BTF_KIND_FUNC] = "FUNC",	  [BTF_KIND_FUNC_PROTO] = "FUNC_PROTO",
	[BTF_KIND_VAR] = "VAR",		  [BTF_KIND_DATASEC] = "DATASEC",
	[BTF_KIND_FLOAT] = "FLOAT",	  [BTF_KIND_DECL_TAG] = "DECL_TAG",
	[BTF_KIND_TYPE_TAG] = "TYPE_TAG", [BTF_KIND_ENUM64] = "ENUM64",
};

const char *btf_kind_word(const struct btf_type *t)
{
	u32 kind = btf_kind_of(t);

	return kind < ARRAY_SIZE(kind_words) ? kind_words[kind] : kind_words[BTF_KIND_UNKN];
}

/* Names in messages: the anonymous and the impossible have one too. */
static const char *shown_name(const struct btf *btf, u32 offset)
{
	if (!offset)
		return "(anon)";
	return offset < btf->hdr->str_len ? btf_str(btf, offset) : "(invalid-name-offset)";
}

static bool wanted(const struct btf_check *c)
{
	return c->log && vlog_wanted(c->log);
}

static void log_int(struct btf_check *c, const struct btf_type *t)
{
	u32 data = *TYPE_DATA(t, u32);
	const char *encoding = "UNKN";

	switch (BTF_INT_ENCODING(data)) {
	case 0:
		encoding = "(none)";
		break;
	case BTF_INT_SIGNED:
		encoding = "SIGNED";
		break;
	case BTF_INT_CHAR:
		encoding = "CHAR";
		break;
	case BTF_INT_BOOL:
		encoding = "BOOL";
		break;
	}
	vlog_printf(c->log, "size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size,
		    BTF_INT_OFFSET(data), BTF_INT_BITS(data), encoding);
}

static void log_proto(struct btf_check *c, const struct btf_type *t)
{
	const struct btf_param *p = params_of(t);
	u32 n = btf_vlen_of(t);

	vlog_printf(c->log, "return=%u args=(%s", t->type, n ? "" : "void");
	for (u32 i = 0; i < n; i++) {
		if (i)
			vlog_printf(c->log, ", ");
		if (i == n - 1 && !p[i].type)
			vlog_printf(c->log, "vararg");
		else
			vlog_printf(c->log, "%u %s", p[i].type, shown_name(c->btf, p[i].name_off));
	}
	vlog_printf(c->log, ")");
}

static void log_details(struct btf_check *c, const struct btf_type *t)
{
	switch (btf_kind_of(t)) {
	case BTF_KIND_INT:
		log_int(c, t);
		break;
	case BTF_KIND_ARRAY:
		vlog_printf(c->log, "type_id=%u index_type_id=%u nr_elems=%u", array_of(t)->type,
			    array_of(t)->index_type, array_of(t)->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
		vlog_printf(c->log, "size=%u vlen=%u", t->size, btf_vlen_of(t));
		break;
	case BTF_KIND_FWD:
		vlog_printf(c->log, "%s", type_kflag(t) ? "union" : "struct");
		break;
	case BTF_KIND_FUNC_PROTO:
		log_proto(c, t);
		break;
	case BTF_KIND_VAR:
		vlog_printf(c->log, "type_id=%u linkage=%u", t->type,
			    TYPE_DATA(t, struct btf_var)->linkage);
		break;
	case BTF_KIND_FLOAT:
		vlog_printf(c->log, "size=%u", t->size);
		break;
	case BTF_KIND_DECL_TAG:
		vlog_printf(c->log, "type=%u component_idx=%d", t->type,
			    TYPE_DATA(t, struct btf_decl_tag)->component_idx);
		break;
	default:
		vlog_printf(c->log, "type_id=%u", t->type);
	}
}

/* One line, up to the place where a reason may follow. */
static void log_type(struct btf_check *c, const struct btf_type *t, bool details)
{
	vlog_printf(c->log, "[%u] %s %s%s", c->id, btf_kind_word(t),
		    shown_name(c->btf, t->name_off), details ? " " : "");
	if (details)
		log_details(c, t);
}

static void log_struct_of(struct btf_check *c, const struct btf_type *t)
{
	/* The meta pass has just written the struct's own line. */
	if (!c->resolving)
		return;
	log_type(c, t, true);
	vlog_printf(c->log, "\n");
}

static void log_member(struct btf_check *c, const struct btf_type *t, const struct btf_member *m)
{
	log_struct_of(c, t);
	if (type_kflag(t))
		vlog_printf(c->log, "\t%s type_id=%u bitfield_size=%u bits_offset=%u",
			    shown_name(c->btf, m->name_off), m->type,
			    BTF_MEMBER_BITFIELD_SIZE(m->offset), BTF_MEMBER_BIT_OFFSET(m->offset));
	else
		vlog_printf(c->log, "\t%s type_id=%u bits_offset=%u",
			    shown_name(c->btf, m->name_off), m->type, m->offset);
}

static void log_vsi(struct btf_check *c, const struct btf_type *t, const struct btf_var_secinfo *v)
{
	log_struct_of(c, t);
	vlog_printf(c->log, "\t type_id=%u offset=%u size=%u", v->type, v->offset, v->size);
}

static void log_reason(struct btf_check *c, const char *fmt, va_list ap)
{
	vlog_printf(c->log, " ");
	vlog_vprintf(c->log, fmt, ap);
	vlog_printf(c->log, "\n");
}

int check_error(struct btf_check *c, const char *fmt, ...)
{
	va_list ap;

	if (c->log) {
		va_start(ap, fmt);
		vlog_vprintf(c->log, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

int type_error(struct btf_check *c, const struct btf_type *t, const char *fmt, ...)
{
	va_list ap;

	if (c->log) {
		log_type(c, t, true);
		va_start(ap, fmt);
		log_reason(c, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

int basic_error(struct btf_check *c, const struct btf_type *t, const char *fmt, ...)
{
	va_list ap;

	if (c->log) {
		log_type(c, t, false);
		va_start(ap, fmt);
		log_reason(c, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

int member_error(struct btf_check *c, const struct btf_type *t, const struct btf_member *m,
		 const char *fmt, ...)
{
	va_list ap;

	if (c->log) {
		log_member(c, t, m);
		va_start(ap, fmt);
		log_reason(c, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

int vsi_error(struct btf_check *c, const struct btf_type *t, const struct btf_var_secinfo *v,
	      const char *fmt, ...)
{
	va_list ap;

	if (c->log) {
		log_vsi(c, t, v);
		va_start(ap, fmt);
		log_reason(c, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

void header_note(struct btf_check *c, const struct btf_header *h, u32 size)
{
	if (!wanted(c))
		return;
	vlog_printf(c->log, "magic: 0x%x\n", h->magic);
	vlog_printf(c->log, "version: %u\n", h->version);
	vlog_printf(c->log, "flags: 0x%x\n", h->flags);
	vlog_printf(c->log, "hdr_len: %u\n", h->hdr_len);
	vlog_printf(c->log, "type_off: %u\n", h->type_off);
	vlog_printf(c->log, "type_len: %u\n", h->type_len);
	vlog_printf(c->log, "str_off: %u\n", h->str_off);
	vlog_printf(c->log, "str_len: %u\n", h->str_len);
	vlog_printf(c->log, "btf_total_size: %u\n", size);
}

void type_note(struct btf_check *c, const struct btf_type *t)
{
	if (!wanted(c))
		return;
	log_type(c, t, true);
	vlog_printf(c->log, "\n");
}

void member_note(struct btf_check *c, const struct btf_type *t, const struct btf_member *m)
{
	if (!wanted(c))
		return;
	log_member(c, t, m);
	vlog_printf(c->log, "\n");
}

void vsi_note(struct btf_check *c, const struct btf_type *t, const struct btf_var_secinfo *v)
{
	if (!wanted(c))
		return;
	log_vsi(c, t, v);
	vlog_printf(c->log, "\n");
}

void enum_note(struct btf_check *c, const struct btf_type *t, u32 i)
{
	if (!wanted(c))
		return;
	if (btf_kind_of(t) == BTF_KIND_ENUM64) {
		const struct btf_enum64 *e = TYPE_DATA(t, struct btf_enum64) + i;
		u64 value = (u64)e->val_hi32 << 32 | e->val_lo32;

		vlog_printf(c->log, type_kflag(t) ? "\t%s val=%lld\n" : "\t%s val=%llu\n",
			    shown_name(c->btf, e->name_off), (unsigned long long)value);
	} else {
		const struct btf_enum *e = TYPE_DATA(t, struct btf_enum) + i;

		vlog_printf(c->log, type_kflag(t) ? "\t%s val=%d\n" : "\t%s val=%u\n",
			    shown_name(c->btf, e->name_off), e->val);
	}
}
