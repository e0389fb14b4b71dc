// SPDX-License-Identifier: BSD-2-Clause
/*
 * The explanation: where the program was rejected, where the reference in question was acquired,
 * and what happened on the way from there to here, on source lines.
 *
 * While a path is walked its events are pushed on env->path; a fork remembers the mark, and whoever
 * takes the other way rewinds to it. So at a rejection env->path is the path that failed, and so is
 * env->trace, which a detailed report has besides.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "moments.h"

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
	env->path[env->nr_path++] = (struct path_event){
		.kind = (u8)kind,
		.taken = taken,
		.insn = insn,
		.ref_id = ref_id,
		.at = trace_mark(env->trace) ? trace_mark(env->trace) - 1 : NO_POS,
	};
}

u32 path_mark(const struct verifier_env *env)
{
	return env->nr_path;
}

void path_rewind(struct verifier_env *env, u32 mark)
{
	env->nr_path = min(env->nr_path, mark);
}

struct espalier_source source_at(const struct verifier_env *env, struct keep *keep, u32 insn)
{
	const struct prog *prog = env->prog;
	const struct bpf_line_info *rec = prog->btf ? line_info_at(prog, insn) : NULL;
	struct espalier_source src = {0};
	const char *text;

	if (!rec)
		return src;
	text = keep_text(keep, "%s", btf_str(prog->btf, rec->line_off));
	while (isspace((unsigned char)*text)) {
		text++;
		src.indent++;
	}
	src.file = keep_text(keep, "%s", btf_str(prog->btf, rec->file_name_off));
	src.text = text;
	src.line = BPF_LINE_INFO_LINE_NUM(rec->line_col);
	src.column = BPF_LINE_INFO_LINE_COL(rec->line_col);
	return src;
}

static u32 line_at(const struct verifier_env *env, u32 insn)
{
	const struct bpf_line_info *rec = env->prog->btf ? line_info_at(env->prog, insn) : NULL;

	return rec ? BPF_LINE_INFO_LINE_NUM(rec->line_col) : 0;
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

/* @story stands at the jump, or is NULL. */
static const char *note_branch(struct explain *x, const struct story *story,
			       const struct path_event *e)
{
	const struct bpf_insn *insn = &x->env->prog->insns[e->insn];
	s32 next = e->taken ? isa_jump_target(insn, (s32)e->insn) : (s32)e->insn + 1;
	u32 line = next_line(x->env, next, line_at(x->env, e->insn));
	const char *why = story ? story_condition(story, e->taken) : NULL;

	if (line && why)
		return keep_text(x->keep, "%s: on to line %u", why, line);
	if (why)
		return why;
	if (line)
		return keep_text(x->keep, "goes on at line %u", line);
	return e->taken ? "jumps" : "does not jump";
}

static const char *note_event(struct explain *x, const struct story *story,
			      const struct path_event *e)
{
	const struct bpf_insn *insn = &x->env->prog->insns[e->insn];
	const char *name = e->ref_id && e->ref_id == x->env->bad_ref_id ? x->ref_name : NULL;
	const char *what;

	switch ((enum espalier_step_kind)e->kind) {
	case ESPALIER_STEP_BRANCH:
		return note_branch(x, story, e);
	case ESPALIER_STEP_ACQUIRE:
		advice_release_of(advice_call_name(x->env, e->insn), &what);
		return keep_text(x->keep, "%s is acquired: reference %u", name ?: what, e->ref_id);
	case ESPALIER_STEP_RELEASE:
		return keep_text(x->keep, "%s releases %s%sreference %u",
				 explain_callee(x, e->insn), name ?: "", name ? ", " : "",
				 e->ref_id);
	case ESPALIER_STEP_CALL:
		return isa_is_bpf_call(insn)
			       ? keep_text(x->keep, "calls %s", explain_callee(x, e->insn))
			       : keep_text(x->keep, "%s calls back", explain_callee(x, e->insn));
	case ESPALIER_STEP_RETURN:
		return story ? keep_text(x->keep, "%s() returns",
					 x->env->subprogs[story_frame(story)->subprog].name)
			     : "returns to its caller";
	case ESPALIER_STEP_LOSE:
		return keep_text(x->keep, "the last copy of %s%sreference %u is overwritten",
				 name ?: "", name ? ", " : "", e->ref_id);
	case ESPALIER_STEP_SPILL:
		return keep_text(x->keep, "%s%sreference %u is stored at fp%d", name ?: "",
				 name ? ", " : "", e->ref_id, insn->off);
	case ESPALIER_STEP_VALUE:
		return moments_value_note(x, story);
	case ESPALIER_STEP_INVALID:
		return keep_text(x->keep, "%s makes it invalid", explain_callee(x, e->insn));
	case ESPALIER_STEP_END:
		break;
	}
	return "rejected here";
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

static bool is_part(const struct verifier_env *env, const struct path_event *e)
{
	/* Other references than the one in question are no part of its story. */
	return !env->bad_ref_id || !e->ref_id || e->ref_id == env->bad_ref_id;
}

static u32 *count_of(const struct path_event *e, u32 *counts)
{
	return &counts[2 * e->insn + e->taken];
}

/*
 * Which events become steps: of a loop's the first and the last round; and with a path that is long
 * all the same the first event and as many of the last.
 */
static u32 choose_events(const struct verifier_env *env, struct path_event chosen[MAX_STEPS],
			 u32 *left_out)
{
	u32 first = first_event(env), size = 2 * env->prog->len, n = 0;
	u32 *totals = calloc(2 * (size_t)size, sizeof(*totals)), *seen = totals + size;

	*left_out = 0;
	for (u32 i = first; totals && i < env->nr_path; i++)
		*count_of(&env->path[i], totals) += is_part(env, &env->path[i]);
	for (u32 i = first; totals && i < env->nr_path; i++) {
		const struct path_event *e = &env->path[i];
		u32 total = *count_of(e, totals), *round = count_of(e, seen);

		if (!is_part(env, e))
			continue;
		++*round;
		if (*round > 1 && *round < total)
			continue;
		if (n == MAX_STEPS - 1) {
			memmove(&chosen[1], &chosen[2], (n - 2) * sizeof(*chosen));
			n--;
			(*left_out)++;
		}
		chosen[n] = *e;
		chosen[n++].times = *round;
	}
	free(totals);
	return n;
}

/* Put an event found in the trace where it belongs among the others. */
static u32 add_event(struct path_event *events, u32 n, enum espalier_step_kind kind, u32 insn,
		     u32 ref_id, u32 at)
{
	u32 i = n;

	if (n >= MAX_STEPS)
		return n;
	while (i > 0 && events[i - 1].at != NO_POS && events[i - 1].at > at)
		i--;
	/* What the step there already says need not be said twice. */
	if (i > 0 && events[i - 1].at == at && events[i - 1].kind != ESPALIER_STEP_BRANCH)
		return n;
	memmove(&events[i + 1], &events[i], (n - i) * sizeof(*events));
	events[i] = (struct path_event){.kind = (u8)kind, .insn = insn, .ref_id = ref_id, .at = at};
	return n + 1;
}

static u32 insn_at(const struct explain *x, u32 pos)
{
	return trace_at(x->env->trace, pos)->insn;
}

/* Where what the message is about came from, and where it went. */
static u32 add_subject_events(struct explain *x, struct path_event *events, u32 n)
{
	const struct verifier_env *env = x->env;
	const struct tag *tag;

	if (x->ref_lost != NO_POS)
		n = add_event(events, n, ESPALIER_STEP_LOSE, insn_at(x, x->ref_lost),
			      env->bad_ref_id, x->ref_lost);
	for (u32 pos = x->ref_born; pos != NO_POS && pos < env->trace->end; pos++) {
		if (moments_spills(x, pos))
			n = add_event(events, n, ESPALIER_STEP_SPILL, insn_at(x, pos),
				      env->bad_ref_id, pos);
	}
	if (x->subject < 0 || x->subject == BPF_REG_10 || !x->story)
		return n;
	tag = story_tag(x->story, (u32)x->subject);
	if (tag->lost != NO_POS && tag->lost >= env->trace->first)
		n = add_event(events, n, ESPALIER_STEP_INVALID, insn_at(x, tag->lost), 0,
			      tag->lost);
	if (tag->born != NO_POS && tag->born >= env->trace->first &&
	    tag->born + 1 < env->trace->end)
		n = add_event(events, n, ESPALIER_STEP_VALUE, insn_at(x, tag->born), 0, tag->born);
	return n;
}

static void build_steps(struct explain *x)
{
	struct verifier_env *env = x->env;
	struct espalier_report *r = x->report;
	struct path_event chosen[MAX_STEPS + 1];
	u32 left_out, n = choose_events(env, chosen, &left_out);
	struct espalier_step *steps;
	struct story *story = NULL;

	n = add_subject_events(x, chosen, n);
	chosen[n] = (struct path_event){
		.kind = ESPALIER_STEP_END,
		.insn = env->insn_idx,
		.at = env->trace && env->trace->end ? env->trace->end - 1 : NO_POS,
	};
	steps = keep_alloc(x->keep, (n + 1) * sizeof(*steps));
	if (!steps)
		return;
	if (x->story && r->detailed)
		story = malloc(sizeof(*story));
	if (story)
		story_begin(story, env, x->keep);
	for (u32 i = 0; i <= n; i++) {
		const struct path_event *e = &chosen[i];
		struct espalier_step *step = &steps[r->nr_steps];
		bool told = story && e->at != NO_POS && e->at >= env->trace->first;

		while (told && story->pos < e->at && story_next(story))
			;
		step->kind = e->kind;
		step->insn = e->insn;
		step->taken = e->taken;
		step->source = source_at(env, x->keep, e->insn);
		step->note = note_event(x, told ? story : NULL, e);
		step->moment = told ? (s32)(e->at - env->trace->first) : -1;
		if (i == 1 && left_out)
			step->note = keep_text(x->keep, "%s (%u earlier steps left out)",
					       step->note, left_out);
		if (e->times > 1)
			step->note = keep_text(x->keep, "%s (round %u)", step->note, e->times);
		r->nr_steps++;
	}
	free(story);
	r->steps = steps;
}

void report_state(struct verifier_env *env)
{
	if (!env->report || env->trace)
		return;
	env->trace = trace_new();
	trace_record(env->trace, env->cur, env->insn_idx);
}

static void explain(struct explain *x)
{
	struct verifier_env *env = x->env;
	struct espalier_report *r = x->report;
	bool placed = env->walking && env->insn_idx < env->prog->len;

	if (placed) {
		r->insn = (s32)env->insn_idx;
		r->ref_insn = env->bad_ref_insn;
		r->source = source_at(env, x->keep, env->insn_idx);
		if (r->ref_insn >= 0)
			r->ref_source = source_at(env, x->keep, (u32)r->ref_insn);
		moments_build(x);
	}
	advice_begin(x);
	if (placed) {
		build_steps(x);
		moments_subject(x);
	}
	advice_write(x);
	advice_end(x);
	free(x->story);
}

void report_finish(struct verifier_env *env, int err)
{
	struct espalier_report *r = env->report;
	struct explain x = {
		.env = env,
		.report = r,
		.subject = -1,
		.ref_born = NO_POS,
		.ref_lost = NO_POS,
	};

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
	x.keep = keep_new();
	r->memory = x.keep;
	explain(&x);
}

void report_free(struct espalier_report *report)
{
	keep_free(report->memory);
	report->memory = NULL;
}
