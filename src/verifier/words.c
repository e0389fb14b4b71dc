// SPDX-License-Identifier: BSD-2-Clause
#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef unsigned long long ull;

const char *ctx_type_name(const struct verifier_env *env)
{
	return env->prog->type == BPF_PROG_TYPE_XDP ? "struct xdp_md" : "struct __sk_buff";
}

const char *number_words(struct keep *keep, const struct reg_state *reg)
{
	if (tnum_is_const(reg->var_off)) {
		s64 v = (s64)reg->var_off.value;

		if (v >= -65536 && v <= 65536)
			return keep_text(keep, "%lld", (long long)v);
		return keep_text(keep, "%lld (%#llx)", (long long)v, (ull)v);
	}
	if (reg->umax <= (u64)S64_MAX)
		return keep_text(keep, "a number from %llu to %llu", (ull)reg->umin,
				 (ull)reg->umax);
	if (reg->umin == 1 && reg->umax == U64_MAX)
		return "any number but 0";
	/* Bounds that far out are those of the arithmetic, not of the program. */
	if (reg->smin > S64_MIN / 2 && reg->smax < S64_MAX / 2)
		return keep_text(keep, "a number from %lld to %lld", (long long)reg->smin,
				 (long long)reg->smax);
	if (reg->smin > S64_MIN / 2)
		return keep_text(keep, "a number from %lld on", (long long)reg->smin);
	if (reg->smax < S64_MAX / 2)
		return keep_text(keep, "a number up to %lld that may be negative",
				 (long long)reg->smax);
	if (reg->u32_max != U32_MAX)
		return keep_text(keep, "a number whose lower 32 bits are from %u to %u",
				 reg->u32_min, reg->u32_max);
	return "a number that may have any value";
}

const char *global_variable(struct keep *keep, const struct reg_state *reg, s64 off)
{
	const struct map *map = reg->map;
	const struct btf_type *sec;
	const struct btf_var_secinfo *var;

	if (!map || !map->btf || !map->btf_value_id)
		return NULL;
	sec = btf_type(map->btf, map->btf_value_id);
	if (!sec || btf_kind_of(sec) != BTF_KIND_DATASEC)
		return NULL;
	var = (const struct btf_var_secinfo *)(sec + 1);
	for (u32 i = 0; i < btf_vlen_of(sec); i++, var++) {
		const struct btf_type *t = btf_type(map->btf, var->type);

		if (!t || off < (s64)var->offset || off >= (s64)var->offset + var->size)
			continue;
		if (off == (s64)var->offset)
			return keep_text(keep, "%s", btf_name(map->btf, t));
		return keep_text(keep, "%s + %lld bytes", btf_name(map->btf, t),
				 (long long)(off - var->offset));
	}
	return NULL;
}

const char *member_name(struct keep *keep, const struct btf *btf, u32 id, u32 off)
{
	const char *name = NULL;

	/* Down through embedded structs, unnamed ones without a word. */
	for (int depth = 0; depth < 8; depth++) {
		const struct btf_type *t = btf_skip_modifiers(btf, id, NULL);
		const struct btf_member *m, *hit = NULL;

		if (!t || !btf_is_kind_struct(t))
			return name;
		m = (const struct btf_member *)(t + 1);
		for (u32 i = 0; i < btf_vlen_of(t); i++, m++) {
			u32 bit = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset)
							  : m->offset;
			u32 size;

			if (bit / 8 > off || btf_size(btf, m->type, &size))
				continue;
			if (off < bit / 8 + size) {
				hit = m;
				off -= bit / 8;
				break;
			}
		}
		if (!hit)
			return name;
		if (*btf_str(btf, hit->name_off))
			name = name ? keep_text(keep, "%s.%s", name, btf_str(btf, hit->name_off))
				    : keep_text(keep, "%s", btf_str(btf, hit->name_off));
		id = hit->type;
	}
	return name;
}

/* "1 byte", "7 bytes" */
static const char *bytes(struct keep *keep, u32 n)
{
	return keep_text(keep, "%u byte%s", n, n == 1 ? "" : "s");
}

static const char *offset_words(struct keep *keep, const struct reg_state *reg)
{
	if (tnum_is_const(reg->var_off)) {
		s64 off = (s64)reg->var_off.value + reg->off;

		return off ? keep_text(keep, ", %lld bytes %s its start",
				       (long long)(off < 0 ? -off : off),
				       off < 0 ? "before" : "behind")
			   : "";
	}
	if (reg->smin > -(1 << 29) && reg->smax < 1 << 29)
		return keep_text(keep, ", %lld to %lld bytes behind its start",
				 (long long)reg->smin + reg->off, (long long)reg->smax + reg->off);
	return ", an unknown number of bytes behind its start";
}

static const char *packet_words(struct keep *keep, const struct reg_state *reg, const char *what)
{
	const char *where;

	if (reg->range == AT_PKT_END)
		return keep_text(keep, "a pointer to the end of the %s or beyond it", what);
	if (reg->range == BEYOND_PKT_END)
		return keep_text(keep, "a pointer beyond the end of the %s", what);
	if (!reg->id && tnum_equals_const(reg->var_off, 0) && !reg->off)
		where = keep_text(keep, "at its start (%s)", what[0] == 'p' ? "data" : "data_meta");
	else if (!reg->id && tnum_is_const(reg->var_off))
		where = keep_text(keep, "at %s + %lld", what[0] == 'p' ? "data" : "data_meta",
				  (long long)reg->var_off.value + reg->off);
	else if (reg->smax < 1 << 29)
		where = keep_text(keep, "at %lld to %lld bytes behind its start",
				  (long long)reg->smin + reg->off, (long long)reg->smax + reg->off);
	else
		where = "at an offset without bound";
	if (!reg->range)
		return keep_text(keep, "a pointer into the %s %s, not yet compared with %s", what,
				 where, what[0] == 'p' ? "data_end" : "data");
	return keep_text(
		keep, "a pointer into the %s %s, where %s from %s on %s proved to be there", what,
		where, bytes(keep, (u32)reg->range), reg->id ? "its variable part" : "the start",
		reg->range == 1 ? "is" : "are");
}

static const char *map_value_words(struct keep *keep, const struct reg_state *reg)
{
	const char *var;

	if (tnum_is_const(reg->var_off)) {
		var = global_variable(keep, reg, (s64)reg->var_off.value + reg->off);
		if (var)
			return keep_text(keep, "the address of the global variable %s", var);
	} else {
		struct reg_state from_var = *reg;

		var = global_variable(keep, reg, reg->off);
		from_var.off = 0;
		if (var)
			return keep_text(keep, "a pointer into the global variable %s%s", var,
					 offset_words(keep, &from_var));
	}
	return keep_text(keep, "a pointer to a value of map %s (%s)%s",
			 reg->map->name[0] ? reg->map->name : "without a name",
			 bytes(keep, reg->map->value_size), offset_words(keep, reg));
}

static const char *btf_words(struct keep *keep, const struct reg_state *reg)
{
	const struct btf_type *t = btf_type(reg->btf, reg->btf_id);
	const char *name = t ? btf_name(reg->btf, t) : "?";
	const char *trust = "";

	if (reg->type & MEM_ALLOC)
		trust = reg->type & NON_OWN_REF ? ", borrowed: its owner is a list or tree"
						: ", allocated by the program";
	else if (reg->type & PTR_UNTRUSTED)
		trust = ", untrusted: good for reading only";
	else if (reg->type & MEM_RCU)
		trust = ", valid while RCU is held";
	else if (!(reg->type & PTR_TRUSTED) && !reg->ref_obj_id)
		trust = ", read out of another object: no reference is held on it";
	return keep_text(keep, "a pointer to %s %s%s%s",
			 t && btf_kind_of(t) == BTF_KIND_UNION ? "union" : "struct", name,
			 offset_words(keep, reg), trust);
}

static const char *mem_words(struct keep *keep, const struct reg_state *reg)
{
	return keep_text(keep, "a pointer to %s of %smemory%s%s", bytes(keep, reg->mem_size),
			 reg->type & MEM_RDONLY	   ? "read-only "
			 : reg->type & MEM_RINGBUF ? "ring buffer "
						   : "",
			 offset_words(keep, reg), reg->dynptr_id ? ", a slice of a dynptr" : "");
}

static const char *plain_words(struct keep *keep, const struct verifier_env *env,
			       const struct reg_state *reg)
{
	switch (reg_base_type(reg)) {
	case NOT_INIT:
		return "not set";
	case SCALAR_VALUE:
		return number_words(keep, reg);
	case PTR_TO_CTX:
		return keep_text(keep, "the context (%s *)%s", ctx_type_name(env),
				 offset_words(keep, reg));
	case CONST_PTR_TO_MAP:
		return keep_text(keep, "map %s",
				 reg->map->name[0] ? reg->map->name : "without name");
	case PTR_TO_MAP_VALUE:
		return map_value_words(keep, reg);
	case PTR_TO_MAP_KEY:
		return keep_text(keep, "a pointer to a key of map %s", reg->map->name);
	case PTR_TO_STACK:
		if (!tnum_is_const(reg->var_off) && reg->smin > -MAX_VAR_OFF &&
		    reg->smax < MAX_VAR_OFF)
			return keep_text(keep, "an address on the stack, fp%+lld to fp%+lld",
					 (long long)reg->smin + reg->off,
					 (long long)reg->smax + reg->off);
		if (!tnum_is_const(reg->var_off))
			return "an address on the stack at an unbounded offset";
		if (!reg->var_off.value && !reg->off)
			return "the frame pointer";
		return keep_text(keep, "the address fp%+lld on the stack",
				 (long long)reg->var_off.value + reg->off);
	case PTR_TO_PACKET:
		return packet_words(keep, reg, "packet");
	case PTR_TO_PACKET_META:
		return packet_words(keep, reg, "metadata");
	case PTR_TO_PACKET_END:
		return "data_end, the end of the packet";
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
		return keep_text(keep, "a pointer to a %s",
				 reg_base_type(reg) == PTR_TO_TCP_SOCK ? "TCP socket (bpf_tcp_sock)"
				 : reg_base_type(reg) == PTR_TO_XDP_SOCK ? "AF_XDP socket"
									 : "socket (bpf_sock)");
	case PTR_TO_BTF_ID:
		return btf_words(keep, reg);
	case PTR_TO_MEM:
		return mem_words(keep, reg);
	case PTR_TO_FUNC:
		return reg->subprog < env->nr_subprogs
			       ? keep_text(keep, "the address of function %s()",
					   env->subprogs[reg->subprog].name)
			       : "the address of a function";
	case CONST_PTR_TO_DYNPTR:
		return keep_text(keep, "a pointer to a dynptr (%s)",
				 dynptr_kind_str(reg->dynptr.kind));
	default:
		return keep_text(keep, "a pointer (%s)", reg_type_str(reg->type));
	}
}

const char *reg_words(struct keep *keep, const struct verifier_env *env,
		      const struct reg_state *reg)
{
	const char *text = plain_words(keep, env, reg);

	if (reg_may_be_null(reg))
		text = keep_text(keep, "NULL or %s", text);
	return text;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_blanks(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* An `=` that assigns, and nothing else; or NULL. */
static const char *find_assignment(const char *text)
{
	for (const char *p = text; (p = strchr(p, '=')); p++) {
		if (p[1] == '=') {
			p++;
			continue;
		}
		if (p > text && strchr("=!<>+-*/%&|^", p[-1]))
			continue;
		return p;
	}
	return NULL;
}

/* The variable in front of an `=`: a name, or a chain of members. */
static bool copy_target(const char *text, const char *eq, char *out, size_t size)
{
	const char *end = eq, *begin;

	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	begin = end;
	while (begin > text && (is_word(begin[-1]) || begin[-1] == '.' ||
				(begin[-1] == '>' && begin - 1 > text && begin[-2] == '-') ||
				(begin[-1] == '-' && *begin == '>')))
		begin--;
	if (begin == end || isdigit((unsigned char)*begin) || (size_t)(end - begin) >= size)
		return false;
	snprintf(out, size, "%.*s", (int)(end - begin), begin);
	return true;
}

/* Behind casts, parentheses and blanks. */
static const char *skip_casts(const char *p)
{
	for (;;) {
		p = skip_blanks(p);
		if (*p != '(')
			return p;
		p++;
		for (const char *q = p; is_word(*q) || *q == ' ' || *q == '*'; q++) {
			if (q[1] != ')')
				continue;
			p = q + 2;
			break;
		}
	}
}

bool text_assigned_from_call(const char *text, const char *callee, char *out, size_t size)
{
	const char *eq = find_assignment(text);
	size_t len = strlen(callee);
	const char *rhs;

	if (!eq)
		return false;
	rhs = skip_casts(eq + 1);
	if (strncmp(rhs, callee, len) || *skip_blanks(rhs + len) != '(')
		return false;
	return copy_target(text, eq, out, size);
}

/* Where `callee(` is, as a word of its own: behind the parenthesis; or NULL. */
static const char *find_call(const char *text, const char *callee)
{
	size_t len = strlen(callee);

	for (const char *p = text; len && (p = strstr(p, callee)); p += len) {
		const char *open = skip_blanks(p + len);

		if ((p == text || !is_word(p[-1])) && *open == '(')
			return open + 1;
	}
	return NULL;
}

/* Behind the expression at @p: at the comma or parenthesis that ends it; NULL: it goes on in
 * another line. */
static const char *skip_argument(const char *p)
{
	int depth = 0;

	for (; *p; p++) {
		if (*p == '(' || *p == '[' || *p == '{')
			depth++;
		else if ((*p == ')' || *p == ']' || *p == '}') && depth-- == 0)
			return p;
		else if (*p == ',' && !depth)
			return p;
		else if (*p == '"' || *p == '\'')
			return NULL;
	}
	return NULL;
}

bool text_argument(const char *text, const char *callee, u32 nr, char *out, size_t size)
{
	const char *p = find_call(text, callee), *end = NULL;

	for (u32 i = 0; p; i++) {
		p = skip_blanks(p);
		end = skip_argument(p);
		if (!end || i == nr)
			break;
		p = *end == ',' ? end + 1 : NULL;
	}
	if (!p || !end)
		return false;
	/* Without the cast; a constant is its own name. */
	if (*p == '(' && skip_casts(p) < end)
		p = skip_casts(p);
	if (p == end || isdigit((unsigned char)*p) || *p == '-' || (size_t)(end - p) >= 40 ||
	    (size_t)(end - p) >= size)
		return false;
	snprintf(out, size, "%.*s", (int)(end - p), p);
	/* A parenthesis that the cast's removal opened would be left without its other half. */
	return !strchr(out, ')') || strchr(out, '(');
}

/* `a->b.c` at @p: its end; or @p, if there is no member in it. */
static const char *skip_access(const char *p, u32 *arrows)
{
	const char *q = p;
	bool member = false;

	while (is_word(*q))
		q++;
	while (q > p && ((q[0] == '-' && q[1] == '>') || (q[0] == '.' && is_word(q[1])))) {
		if (q[0] == '-')
			(*arrows)++;
		q += q[0] == '-' ? 2 : 1;
		member = true;
		while (is_word(*q))
			q++;
	}
	return member && !isdigit((unsigned char)*p) ? q : p;
}

bool text_assigned_plainly(const char *text, char *out, size_t size)
{
	const char *eq = find_assignment(text), *rhs, *end;

	if (!eq)
		return false;
	rhs = skip_casts(eq + 1);
	end = rhs;
	while (is_word(*end))
		end++;
	return end > rhs && *skip_blanks(end) == ';' && copy_target(text, eq, out, size);
}

bool text_tested(const char *text, u32 column, char *out, size_t size)
{
	const char *p, *end;

	if (!column || column > strlen(text))
		return false;
	p = text + column - 1;
	/* At a && or ||: the operand in front of it. */
	if (!strncmp(p, "&&", 2) || !strncmp(p, "||", 2)) {
		while (p > text && isspace((unsigned char)p[-1]))
			p--;
		while (p > text && is_word(p[-1]))
			p--;
		if (p == text || (p[-1] != '(' && p[-1] != '!'))
			return false;
	}
	while (*p == '!' || *p == '(' || isspace((unsigned char)*p))
		p++;
	end = p;
	while (is_word(*end))
		end++;
	if (end == p || isdigit((unsigned char)*p) || (size_t)(end - p) >= size)
		return false;
	snprintf(out, size, "%.*s", (int)(end - p), p);
	end = skip_blanks(end);
	return *end == ')' || !strncmp(end, "&&", 2) || !strncmp(end, "||", 2) || *end == '?';
}

bool text_assigned_from_member(const char *text, const char *member, char *out, size_t size)
{
	const char *eq = find_assignment(text);
	size_t len = strlen(member);
	u32 arrows = 0;
	const char *rhs, *end;

	if (!eq)
		return false;
	rhs = skip_casts(eq + 1);
	end = skip_access(rhs, &arrows);
	if (end == rhs || *skip_blanks(end) != ';' || (size_t)(end - rhs) <= len ||
	    strncmp(end - len, member, len) || is_word(end[-1 - (long)len]))
		return false;
	return copy_target(text, eq, out, size);
}

bool text_only_member(const char *text, char *out, size_t size)
{
	const char *found = NULL;
	u32 arrows = 0;
	size_t len = 0;

	for (const char *p = text; *p;) {
		const char *end;

		if (!is_word(*p)) {
			p++;
			continue;
		}
		arrows = 0;
		end = skip_access(p, &arrows);
		if (end == p) {
			while (is_word(*p))
				p++;
			continue;
		}
		/* What is assigned to is not what is read. */
		if (find_assignment(text) && p < find_assignment(text)) {
			p = end;
			continue;
		}
		if (found && (len != (size_t)(end - p) || strncmp(found, p, len)))
			return false;
		found = p;
		len = (size_t)(end - p);
		/* With two arrows it is two loads, and which of them this one is nobody knows. */
		if (arrows > 1)
			return false;
		p = end;
	}
	if (!found || len >= size)
		return false;
	snprintf(out, size, "%.*s", (int)len, found);
	return true;
}
