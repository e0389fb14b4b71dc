// SPDX-License-Identifier: BSD-2-Clause
/* From a message to its row of the tables, and from that to sentences. */
#include "advice.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

const char *advice_call_name(const struct verifier_env *env, u32 insn_idx)
{
	static _Thread_local char text[80];
	const struct bpf_insn *insn = &env->prog->insns[insn_idx];

	if (isa_is_kfunc_call(insn)) {
		const struct kfunc *kf = kfunc_by_id((u32)insn->imm);

		return kf ? kf->name : NULL;
	}
	if (isa_is_helper_call(insn) && helper_name((u32)insn->imm)) {
		const char *name = helper_name((u32)insn->imm);

		snprintf(text, sizeof(text), "%s%s", strncmp(name, "bpf_", 4) ? "bpf_" : "", name);
		return text;
	}
	return NULL;
}

struct span {
	const char *at;
	size_t len;
};

/* Shortest stretches first, so that captures are what a reader would take them for. */
static bool match(const char *pattern, const char *text, struct span *spans, u32 nr)
{
	for (; *pattern && *pattern != '*'; pattern++, text++) {
		if (*pattern != *text)
			return false;
	}
	if (!*pattern)
		return !*text;
	for (const char *end = text;; end++) {
		if (nr) {
			spans->at = text;
			spans->len = (size_t)(end - text);
		}
		if (match(pattern + 1, end, nr ? spans + 1 : spans, nr ? nr - 1 : 0))
			return true;
		if (!*end)
			return false;
	}
}

static const struct advice *find(const char *message, struct span *spans, u32 nr)
{
	const struct advice *const tables[] = {advice_of_data, advice_of_calls};

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++) {
		for (const struct advice *a = tables[t]; a->rule; a++) {
			if (match(a->pattern, message, spans, nr))
				return a;
		}
	}
	return NULL;
}

const struct advice *advice_find(const char *message)
{
	return find(message, NULL, 0);
}

static s32 number_behind(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++) {
		if ((p == text || !isalnum((unsigned char)p[-1])) && isdigit((unsigned char)p[len]))
			return atoi(p + len);
	}
	return -1;
}

/* The register that the instruction is about, where the message names none. */
static s32 subject_of_insn(const struct explain *x)
{
	const struct bpf_insn *insn = &x->env->prog->insns[x->env->insn_idx];

	/* The message may be that there are no such registers. */
	if (insn->dst_reg >= MAX_REGS || insn->src_reg >= MAX_REGS)
		return -1;
	switch (isa_op_of(insn)->cls) {
	case ISA_LOAD:
	case ISA_LOAD_SX:
		return insn->src_reg;
	case ISA_STORE:
	case ISA_STORE_IMM:
	case ISA_ATOMIC:
		return insn->dst_reg;
	case ISA_ALU:
		if (BPF_SRC(insn->code) == BPF_X && x->story &&
		    explain_reg(x, insn->dst_reg)->type == SCALAR_VALUE)
			return insn->src_reg;
		return insn->dst_reg;
	case ISA_CALL:
		/* Where advice speaks of a register and the message does not, it is the first. */
		return x->advice && x->advice->text && strstr(x->advice->text, "{R") ? BPF_REG_1
										     : -1;
	default:
		return -1;
	}
}

static s32 find_subject(const struct explain *x)
{
	static const char *const by_arg[] = {"arg#", "args#", "arg #", "trusted arg"};
	static const char *const by_reg[] = {"R", "helper arg", "arg "};
	const char *message = x->report->message;
	s32 n = -1;

	/* A whole state, of which no register is the one. */
	if (!strncmp(message, "old state:", 10))
		return -1;
	if (x->advice && x->advice->subject)
		return x->advice->subject;
	for (size_t i = 0; n < 0 && i < ARRAY_SIZE(by_reg); i++)
		n = number_behind(message, by_reg[i]);
	for (size_t i = 0; n < 0 && i < ARRAY_SIZE(by_arg); i++) {
		n = number_behind(message, by_arg[i]);
		n += n >= 0;
	}
	if (n < 0 && x->story)
		n = subject_of_insn(x);
	return n < MAX_REGS ? n : -1;
}

void advice_begin(struct explain *x)
{
	struct span spans[ARRAY_SIZE(x->captures)] = {0};

	x->advice = find(x->report->message, spans, ARRAY_SIZE(spans));
	for (size_t i = 0; x->advice && i < ARRAY_SIZE(spans); i++) {
		if (spans[i].at)
			strbuf_add(&x->captures[i], spans[i].at, spans[i].len);
	}
	x->subject = find_subject(x);
}

void advice_end(struct explain *x)
{
	for (size_t i = 0; i < ARRAY_SIZE(x->captures); i++)
		strbuf_free(&x->captures[i]);
}

const struct reg_state *explain_reg(const struct explain *x, u32 regno)
{
	return &story_frame(x->story)->regs[regno];
}

const char *explain_place(const struct explain *x, u32 insn)
{
	const struct bpf_line_info *rec =
		x->env->prog->btf ? line_info_at(x->env->prog, insn) : NULL;
	const char *file, *slash;

	if (!rec || !BPF_LINE_INFO_LINE_NUM(rec->line_col))
		return keep_text(x->keep, "instruction %u", insn);
	file = btf_str(x->env->prog->btf, rec->file_name_off);
	if (!x->report->source.file || !strcmp(file, x->report->source.file))
		return keep_text(x->keep, "line %u", BPF_LINE_INFO_LINE_NUM(rec->line_col));
	slash = strrchr(file, '/');
	return keep_text(x->keep, "%s:%u", slash ? slash + 1 : file,
			 BPF_LINE_INFO_LINE_NUM(rec->line_col));
}

const char *explain_origin(const struct explain *x, u32 born)
{
	const struct bpf_insn *insn;
	const char *callee, *place;
	u32 at;

	if (born == NO_POS || !x->story || born < x->env->trace->first)
		return "";
	at = trace_at(x->env->trace, born)->insn;
	insn = &x->env->prog->insns[at];
	callee = advice_call_name(x->env, at);
	place = explain_place(x, at);
	switch (isa_op_of(insn)->cls) {
	case ISA_CALL:
		return callee ? keep_text(x->keep, "from %s() at %s", callee, place)
			      : keep_text(x->keep, "from the call at %s", place);
	case ISA_LOAD:
	case ISA_LOAD_SX:
		return keep_text(x->keep, "read at %s", place);
	case ISA_LD_IMM64:
		return "";
	case ISA_ALU:
		if (BPF_OP(insn->code) == BPF_MOV)
			return "";
		return keep_text(x->keep, "computed at %s", place);
	default:
		return keep_text(x->keep, "computed at %s", place);
	}
}

static const char *subject_name(const struct explain *x)
{
	return x->story && x->subject >= 0 ? story_tag(x->story, (u32)x->subject)->name : NULL;
}

/* "x (R6)", "x (R6, read at line 7)", "R6 (read at line 7)", "R6" */
static const char *subject_text(const struct explain *x, bool with_origin)
{
	const char *name = subject_name(x), *origin = "";

	if (x->subject < 0)
		return "the register in question";
	if (with_origin && x->story)
		origin = explain_origin(x, story_tag(x->story, (u32)x->subject)->born);
	if (name)
		return keep_text(x->keep, "%s (R%d%s%s)", name, x->subject, *origin ? ", " : "",
				 origin);
	return *origin ? keep_text(x->keep, "R%d (%s)", x->subject, origin)
		       : keep_text(x->keep, "R%d", x->subject);
}

/* Kinds of types are shouted in the kernel's messages. */
static const char *capture_text(struct explain *x, u32 i)
{
	const char *text = strbuf_text(&x->captures[i]);

	if (!strncmp(text, "STRUCT ", 7))
		return keep_text(x->keep, "struct %s", text + 7);
	return text;
}

static const char *reg_text(const struct explain *x, u32 regno)
{
	return x->story ? reg_words(x->keep, x->env, explain_reg(x, regno)) : "what it holds";
}

static const char *stacks_text(const struct explain *x)
{
	const char *text = "";

	for (u32 i = 0; i < x->env->nr_subprogs; i++) {
		const struct subprog *s = &x->env->subprogs[i];

		text = keep_text(x->keep, "%s%s%s %u", text, i ? ", " : "",
				 s->name && *s->name ? s->name
						     : keep_text(x->keep, "function %u", i),
				 s->stack_depth);
	}
	return text;
}

static const char *added_text(const struct explain *x)
{
	const struct tag *tag =
		x->story && x->subject >= 0 ? story_tag(x->story, (u32)x->subject) : NULL;

	if (!tag || !tag->added_reg || tag->born == NO_POS ||
	    tnum_is_const(tag->added_reg->var_off))
		return "";
	return keep_text(x->keep, " %s, %s, was added to it at %s.", tag->added ?: "The offset",
			 reg_words(x->keep, x->env, tag->added_reg),
			 explain_place(x, trace_at(x->env->trace, tag->born)->insn));
}

/* The number of a pointer and a number that the instruction computes with. */
static const char *number_text(const struct explain *x)
{
	const struct bpf_insn *insn = &x->env->prog->insns[x->env->insn_idx];
	u32 regno = insn->dst_reg;

	if (!x->story || isa_op_of(insn)->cls != ISA_ALU)
		return "A number";
	if (BPF_SRC(insn->code) == BPF_K)
		return keep_text(x->keep, "%d", insn->imm);
	if (explain_reg(x, regno)->type != SCALAR_VALUE)
		regno = insn->src_reg;
	return keep_text(x->keep, "%s, %s,", story_operand(x->story, regno),
			 reg_words(x->keep, x->env, explain_reg(x, regno)));
}

static const char *acquired_text(const struct explain *x)
{
	const char *callee;

	if (x->report->ref_insn < 0)
		return "";
	callee = advice_call_name(x->env, (u32)x->report->ref_insn);
	return callee ? keep_text(x->keep, " (by %s() at %s)", callee,
				  explain_place(x, (u32)x->report->ref_insn))
		      : "";
}

const char *explain_callee(const struct explain *x, u32 insn_idx)
{
	const struct bpf_insn *insn = &x->env->prog->insns[insn_idx];
	const char *callee = advice_call_name(x->env, insn_idx);
	int sub = isa_is_bpf_call(insn) ? find_subprog(x->env, insn_idx + (u32)insn->imm + 1) : -1;

	if (sub >= 0)
		callee = x->env->subprogs[sub].name;
	return callee && *callee ? keep_text(x->keep, "%s()", callee) : "the call";
}

static const char *word_value(struct explain *x, const char *word, size_t len)
{
	/* An empty initialiser in a piece of C */
	if (!len)
		return "{}";
#define IS(name) (len == strlen(name) && !strncmp(word, name, len))
	if (len == 1 && isdigit((unsigned char)*word) && *word > '0' && *word < '9')
		return capture_text(x, (u32)(*word - '1'));
	if (IS("R"))
		return subject_text(x, false);
	if (IS("Rfrom"))
		return subject_text(x, true);
	if (IS("name"))
		return subject_name(x) ?: "p";
	if (IS("is"))
		return x->subject >= 0 ? reg_text(x, (u32)x->subject) : "of another kind";
	if (IS("r0"))
		return reg_text(x, BPF_REG_0);
	if (IS("r6"))
		return reg_text(x, BPF_REG_6);
	if (IS("call"))
		return explain_callee(x, x->env->insn_idx);
	if (IS("here"))
		return x->report->insn >= 0 ? explain_place(x, x->env->insn_idx) : "this place";
	if (IS("number"))
		return number_text(x);
	if (IS("added"))
		return added_text(x);
	if (IS("acquired"))
		return acquired_text(x);
	if (IS("stacks"))
		return stacks_text(x);
#undef IS
	return "?";
}

void advice_expand(struct explain *x, struct strbuf *out, const char *text)
{
	while (*text) {
		size_t plain = strcspn(text, "{");
		const char *end;

		strbuf_add(out, text, plain);
		text += plain;
		if (!*text)
			return;
		end = strchr(text, '}');
		strbuf_addf(out, "%s", word_value(x, text + 1, (size_t)(end - text) - 1));
		text = end + 1;
	}
}

/* A place at the beginning of a sentence; what is a name stays as it is. */
static void begin_sentences(char *text)
{
	static const char *const places[] = {"line ", "instruction "};

	for (char *p = text; *p; p += 2) {
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			if (!strncmp(p, places[i], strlen(places[i])))
				*p = (char)toupper((unsigned char)*p);
		}
		p = strstr(p, ". ");
		if (!p)
			return;
	}
}

void advice_write(struct explain *x)
{
	const struct advice *a = x->advice;
	struct espalier_report *r = x->report;
	struct strbuf out = STRBUF_INIT;

	if (!a)
		return;
	r->rule = a->rule;
	r->rule_text = a->title;
	if (a->why)
		a->why(x, &out);
	else
		advice_expand(x, &out, a->text);
	if (x->story && story_moment(x->story)->frame[0]->subprog) {
		const struct func_state *outermost = story_moment(x->story)->frame[0];

		strbuf_addf(&out, " (%s() is %s)", x->env->subprogs[outermost->subprog].name,
			    outermost->in_async_callback
				    ? "called by a timer or work queue: it is verified by itself, "
				      "as what runs later, with nothing of this program held."
				    : "a global function: it is verified by itself, for any "
				      "arguments that its types allow.");
	}
	if (!out.failed && out.text)
		begin_sentences(out.text);
	r->explanation = keep_text(x->keep, "%s", strbuf_text(&out));
	strbuf_free(&out);
}
