// SPDX-License-Identifier: BSD-2-Clause
/* What the log says of types, registers, stacks and instructions: the kernel's notation. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "env.h"

typedef unsigned long long ull;

static const char *const base_type_words[BPF_REG_TYPE_MAX] = {
	[NOT_INIT] = "?",
	[SCALAR_VALUE] = "scalar",
	[PTR_TO_CTX] = "ctx",
	[CONST_PTR_TO_MAP] = "map_ptr",
	[PTR_TO_MAP_VALUE] = "map_value",
	[PTR_TO_MAP_KEY] = "map_key",
	[PTR_TO_STACK] = "fp",
	[PTR_TO_PACKET_META] = "pkt_meta",
	[PTR_TO_PACKET] = "pkt",
	[PTR_TO_PACKET_END] = "pkt_end",
	[PTR_TO_FLOW_KEYS] = "flow_keys",
	[PTR_TO_SOCKET] = "sock",
	[PTR_TO_SOCK_COMMON] = "sock_common",
	[PTR_TO_TCP_SOCK] = "tcp_sock",
	[PTR_TO_TP_BUFFER] = "tp_buffer",
	[PTR_TO_XDP_SOCK] = "xdp_sock",
	[PTR_TO_BTF_ID] = "ptr_",
	[PTR_TO_MEM] = "mem",
	[PTR_TO_ARENA] = "arena",
	[PTR_TO_BUF] = "buf",
	[PTR_TO_FUNC] = "func",
	[CONST_PTR_TO_DYNPTR] = "dynptr_ptr",
};

static const struct {
	u32 flag;
	const char *word;
} type_prefixes[] = {
	{MEM_RDONLY, "rdonly_"},   {MEM_RINGBUF, "ringbuf_"}, {MEM_USER, "user_"},
	{MEM_PERCPU, "percpu_"},   {MEM_RCU, "rcu_"},	      {PTR_UNTRUSTED, "untrusted_"},
	{PTR_TRUSTED, "trusted_"},
};

const char *reg_type_str(u32 type)
{
	static _Thread_local char text[96];
	u32 base = TYPE_BASE(type);
	const char *suffix = "";
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(type_prefixes); i++) {
		if (type & type_prefixes[i].flag)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
					      type_prefixes[i].word);
	}
	if (type & PTR_MAYBE_NULL)
		suffix = base == PTR_TO_BTF_ID ? "or_null_" : "_or_null";
	snprintf(text + n, sizeof(text) - n, "%s%s",
		 base < BPF_REG_TYPE_MAX ? base_type_words[base] : "?", suffix);
	return text;
}

const char *dynptr_kind_str(enum dynptr_kind kind)
{
	static const char *const words[] = {
		[DYNPTR_INVALID] = "<invalid>", [DYNPTR_LOCAL] = "local",
		[DYNPTR_RINGBUF] = "ringbuf",	[DYNPTR_SKB] = "skb",
		[DYNPTR_XDP] = "xdp",		[DYNPTR_SKB_META] = "skb_meta",
	};

	return kind < ARRAY_SIZE(words) ? words[kind] : "<invalid>";
}

const char *iter_type_str(const struct btf *btf, u32 btf_id)
{
	const struct btf_type *t = btf ? btf_type(btf, btf_id) : NULL;
	const char *name = t ? btf_name(btf, t) : "";

	/* Iterators are the types named bpf_iter_*. */
	return strncmp(name, "bpf_iter_", 9) ? "<invalid>" : name + 9;
}

static const char *iter_state_str(enum iter_state state)
{
	switch (state) {
	case ITER_ACTIVE:
		return "active";
	case ITER_DRAINED:
		return "drained";
	default:
		return "<invalid>";
	}
}

int verifier_bug(struct verifier_env *env, const char *fmt, ...)
{
	va_list ap;

	verbose(env, "verifier bug: ");
	va_start(ap, fmt);
	vlog_vprintf(env->log, fmt, ap);
	va_end(ap);
	verbose(env, "\n");
	return -EFAULT;
}

static bool is_small(s64 v)
{
	return v >= INT16_MIN && v <= INT16_MAX;
}

/* Hexadecimal numbers keep the width of what they are. */
static u64 signed_32(s32 v)
{
	return is_small(v) ? (u64)(s64)v : (u32)v;
}

/* Small numbers in decimal, others in hexadecimal. */
static void log_unum(struct verifier_env *env, u64 v)
{
	if (v <= UINT16_MAX)
		verbose(env, "%llu", (ull)v);
	else
		verbose(env, "%#llx", (ull)v);
}

static void log_snum(struct verifier_env *env, s64 v)
{
	if (is_small(v))
		verbose(env, "%lld", (long long)v);
	else
		verbose(env, "%#llx", (ull)v);
}

void log_tnum(struct verifier_env *env, struct tnum t)
{
	if (tnum_is_const(t))
		log_unum(env, t.value);
	else
		verbose(env, "(0x%llx; 0x%llx)", (ull)t.value, (ull)t.mask);
}

/*
 * The ranges that say something, equal ones joined: "smin=umin=1". A negative number never shares
 * its "=" with a positive one of the same bits.
 */
static void log_ranges(struct verifier_env *env, const struct reg_state *reg, const char **sep)
{
	struct {
		const char *name;
		u64 value;
		bool is_signed;
		bool omit;
	} m[] = {
		{"smin", (u64)reg->smin, true, reg->smin == S64_MIN},
		{"smax", (u64)reg->smax, true, reg->smax == S64_MAX},
		{"umin", reg->umin, false, reg->umin == 0},
		{"umax", reg->umax, false, reg->umax == U64_MAX},
		{"smin32", signed_32(reg->s32_min), true, reg->s32_min == S32_MIN},
		{"smax32", signed_32(reg->s32_max), true, reg->s32_max == S32_MAX},
		{"umin32", reg->u32_min, false, reg->u32_min == 0},
		{"umax32", reg->u32_max, false, reg->u32_max == U32_MAX},
	};

	for (size_t i = 0; i < ARRAY_SIZE(m); i++) {
		bool negative = m[i].is_signed && (s64)m[i].value < 0;

		if (m[i].omit)
			continue;
		verbose(env, "%s%s=", *sep, m[i].name);
		*sep = ",";
		for (size_t k = i + 2; k < ARRAY_SIZE(m); k += 2) {
			if (m[k].omit || m[k].value != m[i].value ||
			    (m[k].is_signed && (s64)m[k].value < 0) != negative)
				continue;
			m[k].omit = true;
			verbose(env, "%s=", m[k].name);
		}
		if (m[i].is_signed)
			log_snum(env, (s64)m[i].value);
		else
			log_unum(env, m[i].value);
	}
}

static bool is_map_type(u32 base)
{
	return base == CONST_PTR_TO_MAP || base == PTR_TO_MAP_VALUE || base == PTR_TO_MAP_KEY;
}

static void log_details(struct verifier_env *env, const struct reg_state *reg)
{
	u32 base = reg_base_type(reg);
	const char *sep = "";

#define DETAIL(...) (verbose(env, "%s", sep), sep = ",", verbose(env, __VA_ARGS__))
	if (reg->id)
		DETAIL("id=%d", reg->id & ~SCALAR_ADD_CONST);
	if (reg->id & SCALAR_ADD_CONST)
		verbose(env, "%+d", reg->off);
	if (reg->ref_obj_id)
		DETAIL("ref_obj_id=%d", reg->ref_obj_id);
	if (reg->type & NON_OWN_REF)
		DETAIL("%s", "non_own_ref");
	if (is_map_type(base)) {
		if (reg->map->name[0])
			DETAIL("map=%s", reg->map->name);
		DETAIL("ks=%u,vs=%u", reg->map->key_size, reg->map->value_size);
	}
	if (reg->type != SCALAR_VALUE && reg->off) {
		DETAIL("off=");
		log_snum(env, reg->off);
	}
	if (base == PTR_TO_PACKET || base == PTR_TO_PACKET_META) {
		DETAIL("r=");
		log_unum(env, (u64)(s64)reg->range);
	}
	if (base == PTR_TO_MEM) {
		DETAIL("sz=");
		log_unum(env, reg->mem_size);
	}
	if (reg->type == CONST_PTR_TO_DYNPTR)
		DETAIL("type=%s", dynptr_kind_str(reg->dynptr.kind));
	if (!tnum_is_const(reg->var_off)) {
		log_ranges(env, reg, &sep);
		if (!tnum_is_unknown(reg->var_off)) {
			DETAIL("var_off=");
			log_tnum(env, reg->var_off);
		}
	} else if (reg->var_off.value) {
		DETAIL("imm=");
		log_snum(env, (s64)reg->var_off.value);
	}
#undef DETAIL
}

void log_reg(struct verifier_env *env, const struct func_state *fs, const struct reg_state *reg)
{
	u32 type = reg->type;

	if (type == SCALAR_VALUE && reg->precise)
		verbose(env, "P");
	if (type == SCALAR_VALUE && tnum_is_const(reg->var_off)) {
		log_snum(env, (s64)reg->var_off.value);
		return;
	}
	verbose(env, "%s", reg_type_str(type));
	if (type == PTR_TO_ARENA)
		return;
	if (type == PTR_TO_STACK) {
		if (fs->frameno != reg->frameno)
			verbose(env, "[%d]", reg->frameno);
		if (tnum_is_const(reg->var_off)) {
			log_snum(env, (s64)reg->var_off.value + reg->off);
			return;
		}
	}
	if (TYPE_BASE(type) == PTR_TO_BTF_ID)
		verbose(env, "%s", btf_name(reg->btf, btf_type(reg->btf, reg->btf_id)));
	verbose(env, "(");
	log_details(env, reg);
	verbose(env, ")");
}

static const char slot_letters[] = {
	[SLOT_INVALID] = '?', [SLOT_SPILL] = 'r', [SLOT_MISC] = 'm', [SLOT_ZERO] = '0',
	[SLOT_DYNPTR] = 'd',  [SLOT_ITER] = 'i',  [SLOT_IRQ] = 'f',
};

u32 log_slot(struct verifier_env *env, const struct func_state *fs, u32 i)
{
	const struct stack_slot *slot = &fs->slots[i];
	const struct reg_state *reg = &slot->spilled;
	char letters[9];
	bool valid = false;
	int at;

	for (u32 b = 0; b < 8; b++) {
		letters[b] = slot_letters[slot->kind[b]];
		valid |= slot->kind[b] != SLOT_INVALID;
	}
	letters[8] = '\0';
	if (!valid)
		return i;
	at = -8 * (int)(i + 1);
	switch (slot->kind[7]) {
	case SLOT_SPILL:
		/* Above a register narrower than eight bytes other bytes may be known. */
		for (u32 b = 0; b < 8; b++) {
			if (slot->kind[b] != SLOT_SPILL)
				continue;
			letters[b] = '\0';
			break;
		}
		verbose(env, " fp%d=%s", at, letters);
		log_reg(env, fs, reg);
		break;
	case SLOT_DYNPTR:
		i++;
		reg = &fs->slots[i].spilled;
		verbose(env, " fp%d=dynptr_%s(", at - 8, dynptr_kind_str(reg->dynptr.kind));
		if (reg->id)
			verbose(env, "id=%d", reg->id);
		if (reg->ref_obj_id)
			verbose(env, "%sref_id=%d", reg->id ? "," : "", reg->ref_obj_id);
		/* In the kernel a union makes "is the first slot" appear as an id. */
		verbose(env, ",dynptr_id=1)");
		break;
	case SLOT_ITER:
		if (reg->ref_obj_id)
			verbose(env, " fp%d=iter_%s(ref_id=%d,state=%s,depth=%u)", at,
				iter_type_str(reg->iter.btf, reg->iter.btf_id), reg->ref_obj_id,
				iter_state_str(reg->iter.state), reg->iter.depth);
		break;
	default:
		verbose(env, " fp%d=%s", at, letters);
		break;
	}
	return i;
}

static void log_refs(struct verifier_env *env, const struct verifier_state *st)
{
	if (!st->nr_refs || !st->refs[0].id)
		return;
	verbose(env, " refs=%d", st->refs[0].id);
	for (u32 i = 1; i < st->nr_refs; i++) {
		if (st->refs[i].id)
			verbose(env, ",%d", st->refs[i].id);
	}
}

void log_state(struct verifier_env *env, const struct verifier_state *st, u32 frameno, bool all)
{
	const struct func_state *fs = st->frame[frameno];

	if (!vlog_wanted(env->log))
		return;
	if (frameno)
		verbose(env, " frame%d:", frameno);
	for (u32 r = 0; r < MAX_REGS; r++) {
		if (fs->regs[r].type == NOT_INIT || !(all || env->scratched_regs & BIT(r)))
			continue;
		verbose(env, " R%d=", r);
		log_reg(env, fs, &fs->regs[r]);
	}
	for (u32 i = 0; i < fs->nr_slots; i++) {
		if (all || env->scratched_slots & BIT64(i))
			i = log_slot(env, fs, i);
	}
	log_refs(env, st);
	if (fs->in_callback)
		verbose(env, " cb");
	if (fs->in_async_callback)
		verbose(env, " async_cb");
	verbose(env, "\n");
	if (!all) {
		env->scratched_regs = 0;
		env->scratched_slots = 0;
	}
}

/* States line up behind instructions: at column 40 at least, then in steps of 8. */
static u32 padding(u32 len)
{
	return (u32)round_up_to(max(len + 4, 40u), 8) - len - 1;
}

void log_insn_state(struct verifier_env *env, const struct verifier_state *st, u32 frameno)
{
	if (!vlog_wanted(env->log))
		return;
	if (env->log_insn_end && env->log_insn_end == env->log->end) {
		vlog_reset(env->log, env->log_insn_end - 1);
		verbose(env, "%*c;", padding(env->log_insn_len), ' ');
	} else {
		verbose(env, "%d:", env->insn_idx);
	}
	log_state(env, st, frameno, false);
}

static const char *call_name(const struct verifier_env *env, u32 insn_idx)
{
	const struct bpf_insn *insn = &env->prog->insns[insn_idx];
	const struct kfunc *kf;

	if (isa_is_kfunc_call(insn)) {
		kf = kfunc_by_id((u32)insn->imm);
		return kf ? kf->name : NULL;
	}
	return isa_is_helper_call(insn) ? helper_name((u32)insn->imm) : NULL;
}

void log_insn_text(struct verifier_env *env, u32 insn_idx)
{
	struct strbuf text = STRBUF_INIT;

	isa_disasm(&text, &env->prog->insns[insn_idx], call_name(env, insn_idx));
	verbose(env, "%s\n", strbuf_text(&text));
	strbuf_free(&text);
}

void log_insn(struct verifier_env *env, u32 insn_idx)
{
	if (!vlog_wanted(env->log))
		return;
	verbose(env, "%d: ", insn_idx);
	log_insn_text(env, insn_idx);
}

const struct bpf_line_info *line_info_at(const struct prog *prog, u32 insn_idx)
{
	const struct bpf_line_info *found = NULL;
	u32 lo = 0, hi = prog->nr_line_info;

	/* Records ascend by instruction. */
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (prog->line_info[mid].insn_off <= insn_idx) {
			found = &prog->line_info[mid];
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	return found;
}

void log_source(struct verifier_env *env, u32 insn_idx)
{
	const struct bpf_line_info *was = env->log_line;
	const struct bpf_line_info *now;
	const char *text, *file, *slash;

	if (!vlog_wanted(env->log) || !env->prog->btf)
		return;
	now = line_info_at(env->prog, insn_idx);
	if (!now || now == was)
		return;
	if (was && was->file_name_off == now->file_name_off &&
	    BPF_LINE_INFO_LINE_NUM(was->line_col) == BPF_LINE_INFO_LINE_NUM(now->line_col))
		return;
	text = btf_str(env->prog->btf, now->line_off);
	while (isspace((unsigned char)*text))
		text++;
	file = btf_str(env->prog->btf, now->file_name_off);
	slash = strrchr(file, '/');
	verbose(env, "; %s @ %s:%u\n", text, slash ? slash + 1 : file,
		BPF_LINE_INFO_LINE_NUM(now->line_col));
	env->log_line = now;
}

void log_step(struct verifier_env *env, bool *show_state)
{
	struct verifier_state *st = env->cur;
	u64 begin;

	if (!(env->log->level & VLOG_LEVEL))
		return;
	if (*show_state && (env->log->level & VLOG_LEVEL2)) {
		verbose(env, "\nfrom %d to %d:", env->prev_insn_idx, env->insn_idx);
		log_state(env, st, st->curframe, true);
		*show_state = false;
	}
	if (env->scratched_regs || env->scratched_slots)
		log_insn_state(env, st, st->curframe);
	log_source(env, env->insn_idx);
	begin = env->log->end;
	log_insn(env, env->insn_idx);
	env->log_insn_len = (u32)(env->log->end - begin);
	env->log_insn_end = env->log->end;
}
