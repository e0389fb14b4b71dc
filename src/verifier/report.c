// SPDX-License-Identifier: BSD-2-Clause
/*
 * The explanation: where the program was rejected, where the reference in question was acquired,
 * and the branches that lead from there to here, on source lines.
 *
 * While a path is walked its events are pushed on env->path; a fork remembers the mark, and whoever
 * takes the other way rewinds to it. So at a rejection env->path is the path that failed.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "env.h"

#define MAX_STEPS 64

void path_push(struct verifier_env *env, enum espalier_step_kind kind, u32 insn, bool taken,
	       u32 ref_id)
{
	if (!env->report)
		return;
	if (env->nr_path == env->cap_path) {
		u32 cap = env->cap_path ? env->cap_path * 2 : 256;
		struct path_event *path = realloc(env->path, cap * sizeof(*path));

		/* Without memory the explanation is shorter; the verdict does not depend on it. */
		if (!path)
			return;
		env->path = path;
		env->cap_path = cap;
	}
	env->path[env->nr_path++] = (struct path_event){(u8)kind, taken, insn, ref_id};
}

u32 path_mark(const struct verifier_env *env)
{
	return env->nr_path;
}

void path_rewind(struct verifier_env *env, u32 mark)
{
	env->nr_path = min(env->nr_path, mark);
}

/*
 * A report outlives the program and its BTF, so it owns what it points to: one block that begins
 * with the steps and ends with the strings.
 */
struct block {
	char *next;
	char *end;
};

static const char *keep(struct block *b, const char *text)
{
	size_t len = strlen(text) + 1;
	char *at = b->next;

	if (len > (size_t)(b->end - b->next))
		return NULL;
	memcpy(at, text, len);
	b->next += len;
	return at;
}

static struct espalier_source source_at(const struct verifier_env *env, struct block *b, u32 insn)
{
	const struct prog *prog = env->prog;
	const struct bpf_line_info *rec = prog->btf ? line_info_at(prog, insn) : NULL;
	struct espalier_source src = {0};
	const char *text;

	if (!rec)
		return src;
	text = btf_str(prog->btf, rec->line_off);
	while (isspace((unsigned char)*text))
		text++;
	src.file = keep(b, btf_str(prog->btf, rec->file_name_off));
	src.text = keep(b, text);
	src.line = BPF_LINE_INFO_LINE_NUM(rec->line_col);
	src.column = BPF_LINE_INFO_LINE_COL(rec->line_col);
	if (!src.text)
		src.file = NULL;
	return src;
}

static u32 line_at(const struct verifier_env *env, u32 insn)
{
	const struct bpf_line_info *rec = env->prog->btf ? line_info_at(env->prog, insn) : NULL;

	return rec ? BPF_LINE_INFO_LINE_NUM(rec->line_col) : 0;
}

/* Room for the strings of @n instructions' source lines. */
static size_t strings_size(const struct verifier_env *env, const u32 *insns, u32 n)
{
	size_t size = 0;

	for (u32 i = 0; i < n; i++) {
		const struct bpf_line_info *rec =
			env->prog->btf ? line_info_at(env->prog, insns[i]) : NULL;

		if (rec)
			size += strlen(btf_str(env->prog->btf, rec->line_off)) +
				strlen(btf_str(env->prog->btf, rec->file_name_off)) + 2;
	}
	return size;
}

/* The first other source line that control reaches from @insn, straight ahead; 0: none. */
static u32 next_line(const struct verifier_env *env, s32 insn, u32 here)
{
	const struct prog *prog = env->prog;

	while (insn >= 0 && (u32)insn < prog->len) {
		const struct bpf_insn *at = &prog->insns[insn];
		u32 line = line_at(env, (u32)insn);
		u8 cls = isa_op_of(at)->cls;

		if (line && line != here)
			return line;
		if (cls == ISA_JCOND || cls == ISA_MAY_GOTO || cls == ISA_EXIT)
			return 0;
		/* A jump back may lead round for ever. */
		if (cls == ISA_JA && isa_jump_target(at, insn) <= insn)
			return 0;
		insn = cls == ISA_JA ? isa_jump_target(at, insn) : insn + 1 + isa_is_ld_imm64(at);
	}
	return 0;
}

static void note_branch(const struct verifier_env *env, struct espalier_step *step)
{
	const struct bpf_insn *insn = &env->prog->insns[step->insn];
	s32 next = step->taken ? isa_jump_target(insn, (s32)step->insn) : (s32)step->insn + 1;
	u32 line = next_line(env, next, line_at(env, step->insn));

	if (line)
		snprintf(step->note, sizeof(step->note), "goes on at line %u", line);
	else
		snprintf(step->note, sizeof(step->note), "%s",
			 step->taken ? "jumps" : "does not jump");
}

static void note_step(const struct verifier_env *env, struct espalier_step *step, u32 ref_id)
{
	const char *func = advice_call_name(env, step->insn);

	switch (step->kind) {
	case ESPALIER_STEP_BRANCH:
		note_branch(env, step);
		break;
	case ESPALIER_STEP_ACQUIRE:
		snprintf(step->note, sizeof(step->note), "reference %u is acquired%s%s%s", ref_id,
			 func ? " by " : "", func ? func : "", func ? "()" : "");
		break;
	case ESPALIER_STEP_RELEASE:
		snprintf(step->note, sizeof(step->note), "reference %u is released%s%s%s", ref_id,
			 func ? " by " : "", func ? func : "", func ? "()" : "");
		break;
	case ESPALIER_STEP_CALL:
		snprintf(step->note, sizeof(step->note), "calls a function of the program");
		break;
	case ESPALIER_STEP_RETURN:
		snprintf(step->note, sizeof(step->note), "returns to its caller");
		break;
	case ESPALIER_STEP_LOSE:
		snprintf(step->note, sizeof(step->note), "the last copy of reference %u is lost",
			 ref_id);
		break;
	case ESPALIER_STEP_END:
		break;
	}
}

/* Index of the event that the explanation begins with. */
static u32 first_event(const struct verifier_env *env)
{
	for (u32 i = env->nr_path; env->bad_ref_id && i > 0; i--) {
		const struct path_event *e = &env->path[i - 1];

		if (e->kind == ESPALIER_STEP_ACQUIRE && e->ref_id == env->bad_ref_id)
			return i - 1;
	}
	return 0;
}

/* Which events become steps: all, or with a long path the first and as many of the last. */
static u32 choose_events(const struct verifier_env *env, u32 chosen[MAX_STEPS], u32 *left_out)
{
	u32 first = first_event(env);
	u32 n = 0;

	*left_out = 0;
	for (u32 i = first; i < env->nr_path; i++) {
		const struct path_event *e = &env->path[i];

		/* Other references than the one in question are no part of its story. */
		if (env->bad_ref_id && e->ref_id && e->ref_id != env->bad_ref_id)
			continue;
		if (n == MAX_STEPS - 1) {
			memmove(&chosen[1], &chosen[2], (n - 2) * sizeof(*chosen));
			n--;
			(*left_out)++;
		}
		chosen[n++] = i;
	}
	return n;
}

static void build_steps(struct verifier_env *env, struct espalier_report *r)
{
	u32 chosen[MAX_STEPS], insns[MAX_STEPS + 2];
	u32 left_out, n = choose_events(env, chosen, &left_out);
	struct espalier_step *steps;
	struct block b;
	size_t size;

	for (u32 i = 0; i < n; i++)
		insns[i] = env->path[chosen[i]].insn;
	insns[n] = env->insn_idx;
	insns[n + 1] = env->bad_ref_insn >= 0 ? (u32)env->bad_ref_insn : env->insn_idx;
	/* The last instruction appears as a step and as the report's own place. */
	size = (n + 1) * sizeof(*steps) + 2 * strings_size(env, insns, n + 2);
	steps = calloc(1, size);
	if (!steps)
		return;
	b.next = (char *)(steps + n + 1);
	b.end = (char *)steps + size;
	for (u32 i = 0; i < n; i++) {
		const struct path_event *e = &env->path[chosen[i]];

		steps[i].kind = e->kind;
		steps[i].insn = e->insn;
		steps[i].taken = e->taken;
		steps[i].source = source_at(env, &b, e->insn);
		note_step(env, &steps[i], e->ref_id);
		if (i == 1 && left_out) {
			size_t at = strlen(steps[i].note);

			snprintf(steps[i].note + at, sizeof(steps[i].note) - at,
				 " (%u earlier steps left out)", left_out);
		}
	}
	steps[n].kind = ESPALIER_STEP_END;
	steps[n].insn = env->insn_idx;
	steps[n].source = source_at(env, &b, env->insn_idx);
	snprintf(steps[n].note, sizeof(steps[n].note), "rejected here");
	r->steps = steps;
	r->nr_steps = n + 1;
	r->source = source_at(env, &b, env->insn_idx);
	if (env->bad_ref_insn >= 0)
		r->ref_source = source_at(env, &b, (u32)env->bad_ref_insn);
}

void report_finish(struct verifier_env *env, int err)
{
	struct espalier_report *r = env->report;

	if (!r)
		return;
	r->err = err;
	r->insns = env->prog->len;
	r->processed = env->insn_processed;
	r->insn = -1;
	r->ref_insn = -1;
	if (!err)
		return;
	snprintf(r->message, sizeof(r->message), "%s", env->log->last_line);
	/* Rejected before its first instruction was looked at: there is no place to name. */
	if (!env->insn_processed) {
		advice_write(env, r);
		return;
	}
	r->insn = (s32)env->insn_idx;
	r->ref_insn = env->bad_ref_insn;
	if (env->insn_idx < env->prog->len)
		build_steps(env, r);
	advice_write(env, r);
}
