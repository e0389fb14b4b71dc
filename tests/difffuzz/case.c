// SPDX-License-Identifier: BSD-2-Clause
#include "case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "isa/isa.h"

const struct map_shape map_shapes[FUZZ_MAPS] = {
	[MAP_ARRAY] = {"array", BPF_MAP_TYPE_ARRAY, 4, 64, 1},
	[MAP_HASH] = {"hash", BPF_MAP_TYPE_HASH, 4, 48, 8},
	[MAP_SLOTS] = {"slots", BPF_MAP_TYPE_ARRAY, 4, 40, 4},
	[MAP_RING] = {"ring", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096},
};

const char *const kfunc_names[FUZZ_KFUNCS] = {
	[KF_XFRM_GET] = "bpf_xdp_get_xfrm_state",
	[KF_XFRM_RELEASE] = "bpf_xdp_xfrm_state_release",
	[KF_DYNPTR_XDP] = "bpf_dynptr_from_xdp",
	[KF_DYNPTR_SKB] = "bpf_dynptr_from_skb",
	[KF_SLICE] = "bpf_dynptr_slice",
	[KF_SLICE_RDWR] = "bpf_dynptr_slice_rdwr",
	[KF_DYNPTR_ADJUST] = "bpf_dynptr_adjust",
	[KF_DYNPTR_SIZE] = "bpf_dynptr_size",
	[KF_DYNPTR_IS_NULL] = "bpf_dynptr_is_null",
	[KF_DYNPTR_CLONE] = "bpf_dynptr_clone",
	[KF_NUM_NEW] = "bpf_iter_num_new",
	[KF_NUM_NEXT] = "bpf_iter_num_next",
	[KF_NUM_DESTROY] = "bpf_iter_num_destroy",
	[KF_RCU_LOCK] = "bpf_rcu_read_lock",
	[KF_RCU_UNLOCK] = "bpf_rcu_read_unlock",
	[KF_PREEMPT_DISABLE] = "bpf_preempt_disable",
	[KF_PREEMPT_ENABLE] = "bpf_preempt_enable",
};

const struct fuzz_field fuzz_fields[FUZZ_FIELDS] = {
	{"xfrm_state", "id.spi", BPF_W},       {"xfrm_state", "id.proto", BPF_B},
	{"xfrm_state", "id.daddr", BPF_W},     {"xfrm_state", "mark.v", BPF_W},
	{"xfrm_state", "props.reqid", BPF_W},  {"xfrm_state", "props.mode", BPF_B},
	{"xfrm_state", "props.family", BPF_H}, {"xfrm_state", "pcpu_num", BPF_W},
	{"xfrm_state", "replay_esn", BPF_DW},  {"xfrm_replay_state_esn", "replay_window", BPF_W},
};

static const char *const sym_names[SYMS] = {
	[SYM_NONE] = "-",      [SYM_TO] = "to",	      [SYM_CALL] = "call",
	[SYM_GCALL] = "gcall", [SYM_FUNC] = "func",   [SYM_MAP] = "map",
	[SYM_VALUE] = "value", [SYM_KFUNC] = "kfunc", [SYM_FIELD] = "field",
};

static const struct {
	const char *name;
	u32 type;
} types[] = {
	{"xdp", BPF_PROG_TYPE_XDP},
	{"tc", BPF_PROG_TYPE_SCHED_CLS},
	{"socket", BPF_PROG_TYPE_SOCKET_FILTER},
};

void case_cut(struct fuzz_case *c, u32 at, u32 n)
{
	memmove(&c->ops[at], &c->ops[at + n], (c->nr - at - n) * sizeof(c->ops[0]));
	c->nr -= n;
	for (u32 i = 0; i < c->nr; i++) {
		struct op *op = &c->ops[i];

		if (!op_has_target(op))
			continue;
		if ((u32)op->arg >= at + n)
			op->arg -= (s32)n;
		else if ((u32)op->arg > at)
			op->arg = (s32)at;
		if ((u32)op->arg >= c->nr)
			op->arg = (s32)c->nr - 1;
	}
}

/* "mod" is written for off of a division, so the text is isa's, with the target in words. */
static void write_words(const struct op *op, FILE *f)
{
	struct bpf_insn insns[2] = {{.code = op->code,
				     .dst_reg = op->dst & 15,
				     .src_reg = op->src & 15,
				     .off = op->off,
				     .imm = op->imm},
				    {.imm = (s32)op->imm_high}};
	struct strbuf text = STRBUF_INIT;

	if (op->sym == SYM_MAP || op->sym == SYM_VALUE || op->sym == SYM_FUNC)
		insns[0].src_reg = 0;
	isa_disasm(&text, insns, op->sym == SYM_KFUNC ? kfunc_names[op->arg] : NULL);
	fprintf(f, " ; %s\n", strbuf_text(&text));
	strbuf_free(&text);
}

void case_write(const struct fuzz_case *c, FILE *f)
{
	const char *type = "?";

	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == c->type)
			type = types[i].name;
	fprintf(f, "type %s run %d seed %llu\n", type, c->run, (unsigned long long)c->seed);
	for (u32 i = 0; i < c->nr; i++) {
		const struct op *op = &c->ops[i];

		fprintf(f, "%3u: %02x %u %u %d %d %u %s", i, op->code, op->dst, op->src, op->off,
			op->imm, op->imm_high, sym_names[op->sym]);
		switch (op->sym) {
		case SYM_NONE:
			fputs(" -", f);
			break;
		case SYM_MAP:
		case SYM_VALUE:
			fprintf(f, " %s", map_shapes[op->arg].name);
			break;
		case SYM_KFUNC:
			fprintf(f, " %s", kfunc_names[op->arg]);
			break;
		case SYM_FIELD:
			fprintf(f, " %s.%s", fuzz_fields[op->arg].type, fuzz_fields[op->arg].path);
			break;
		default:
			fprintf(f, " %d", op->arg);
		}
		write_words(op, f);
	}
}

/* What a symbol's argument means; -1: nothing. */
static s32 argument(u8 sym, const char *word)
{
	char name[128];

	switch (sym) {
	case SYM_NONE:
		return 0;
	case SYM_MAP:
	case SYM_VALUE:
		for (s32 i = 0; i < FUZZ_MAPS; i++)
			if (!strcmp(map_shapes[i].name, word))
				return i;
		return -1;
	case SYM_KFUNC:
		for (s32 i = 0; i < FUZZ_KFUNCS; i++)
			if (!strcmp(kfunc_names[i], word))
				return i;
		return -1;
	case SYM_FIELD:
		for (s32 i = 0; i < FUZZ_FIELDS; i++) {
			snprintf(name, sizeof(name), "%s.%s", fuzz_fields[i].type,
				 fuzz_fields[i].path);
			if (!strcmp(name, word))
				return i;
		}
		return -1;
	default:
		return (s32)strtol(word, NULL, 10);
	}
}

static bool read_op(struct op *op, const char *line)
{
	unsigned int code, dst, src, high;
	char sym[16], word[100];
	int off, imm;

	if (sscanf(line, "%*u: %x %u %u %d %d %u %15s %99s", &code, &dst, &src, &off, &imm, &high,
		   sym, word) != 8 ||
	    dst > 15 || src > 15 || code > 255)
		return false;
	*op = (struct op){(u8)code, (u8)dst, (u8)src, SYMS, (s16)off, 0, imm, high};
	for (u8 i = 0; i < SYMS; i++)
		if (!strcmp(sym, sym_names[i]))
			op->sym = i;
	if (op->sym == SYMS)
		return false;
	op->arg = argument(op->sym, word);
	return op->arg >= 0;
}

static bool read_head(struct fuzz_case *c, const char *line)
{
	unsigned long long seed;
	char type[16];
	int run;

	if (sscanf(line, "type %15s run %d seed %llu", type, &run, &seed) != 3)
		return false;
	c->run = run;
	c->seed = seed;
	for (u32 i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcmp(type, types[i].name)) {
			c->type = types[i].type;
			return true;
		}
	}
	return false;
}

static bool targets_are_there(const struct fuzz_case *c)
{
	for (u32 i = 0; i < c->nr; i++)
		if (op_has_target(&c->ops[i]) && (u32)c->ops[i].arg >= c->nr)
			return false;
	return c->nr;
}

int case_read(struct fuzz_case *c, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[400];
	bool head = false, good = f;
	u32 at = 0;

	memset(c, 0, sizeof(*c));
	while (good && fgets(line, sizeof(line), f)) {
		at++;
		if (*line == '#' || *line == '\n')
			continue;
		if (!head)
			good = head = read_head(c, line);
		else
			good = c->nr < MAX_OPS && read_op(&c->ops[c->nr++], line);
	}
	if (f)
		fclose(f);
	if (good && head && targets_are_there(c))
		return 0;
	fprintf(stderr, "difffuzz: %s:%u: %s\n", path, at,
		f ? "not a line of a listing" : strerror(errno));
	return -EINVAL;
}
