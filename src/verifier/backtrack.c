// SPDX-License-Identifier: BSD-2-Clause
/*
 * Precision tracking. A scalar's value matters when a decision was based on it: a jump, an offset,
 * a size. Then it must be compared when states are, and so must all that it was computed from. So
 * from such a point the path is walked backwards, instruction by instruction with the help of the
 * jump history, and in each earlier state on the way the scalars that matter are marked precise.
 * The current state needs no marks: it is marked when a later one is walked back from.
 */
#include <errno.h>
#include <stdlib.h>

#include "env.h"

#define ARG_MASK ((BIT(5) - 1) << BPF_REG_1) /* R1..R5 */

static bool wants_reg(const struct backtrack *bt, u32 regno)
{
	return bt->regs[bt->frame] & BIT(regno);
}

static void want_reg(struct backtrack *bt, u32 regno)
{
	bt->regs[bt->frame] |= BIT(regno);
}

static void drop_reg(struct backtrack *bt, u32 regno)
{
	bt->regs[bt->frame] &= ~BIT(regno);
}

static bool is_settled(const struct backtrack *bt)
{
	u64 wanted = 0;

	for (u32 f = 0; f <= bt->frame; f++)
		wanted |= bt->regs[f] | bt->slots[f];
	return !wanted;
}

static void reset(struct backtrack *bt)
{
	*bt = (struct backtrack){0};
}

static int enter_callee(struct verifier_env *env)
{
	struct backtrack *bt = &env->backtrack;

	if (bt->frame == MAX_FRAMES - 1)
		return verifier_bug(env, "subprog enter from frame %u", bt->frame);
	bt->frame++;
	return 0;
}

static int leave_callee(struct verifier_env *env)
{
	struct backtrack *bt = &env->backtrack;

	if (!bt->frame)
		return verifier_bug(env, "subprog exit from frame 0");
	bt->frame--;
	return 0;
}

/* ------------------------------------------------------------------------------- jump history */

int push_jmp_history(struct verifier_env *env, struct verifier_state *st, u32 flags,
		     u64 linked_regs)
{
	/* One entry an instruction: an atomic one says so of its read and of its write. */
	if (env->cur_jmp) {
		env->cur_jmp->flags |= flags;
		env->cur_jmp->linked_regs |= linked_regs;
		return 0;
	}
	if (st->nr_jmps == st->cap_jmps) {
		u32 cap = st->cap_jmps ? st->cap_jmps * 2 : 16;
		struct jmp_entry *jmps = realloc(st->jmps, cap * sizeof(*jmps));

		if (!jmps)
			return -ENOMEM;
		st->jmps = jmps;
		st->cap_jmps = cap;
	}
	env->cur_jmp = &st->jmps[st->nr_jmps++];
	*env->cur_jmp = (struct jmp_entry){
		.idx = env->insn_idx,
		.prev_idx = env->prev_insn_idx,
		.flags = flags,
		.linked_regs = linked_regs,
	};
	return 0;
}

/* The instruction before @idx on the path to @st, whose history from entry @*left on is behind us;
 * -ENOENT at the beginning of the state. */
static s32 previous_insn(const struct verifier_state *st, s32 idx, u32 *left)
{
	if ((u32)idx == st->first_insn && (!*left || (*left == 1 && st->jmps[0].idx == (u32)idx)))
		return -ENOENT;
	if (*left && st->jmps[*left - 1].idx == (u32)idx) {
		(*left)--;
		return (s32)st->jmps[*left].prev_idx;
	}
	return idx - 1;
}

static const struct jmp_entry *entry_at(const struct verifier_state *st, s32 idx, u32 left)
{
	if (left && st->jmps[left - 1].idx == (u32)idx)
		return &st->jmps[left - 1];
	return NULL;
}

static bool is_stack_access(const struct jmp_entry *hist)
{
	return hist && (hist->flags & INSN_F_STACK_ACCESS);
}

static u32 entry_frame(const struct jmp_entry *hist)
{
	return hist->flags & INSN_F_FRAMENO_MASK;
}

static u64 entry_slot(const struct jmp_entry *hist)
{
	return BIT64(hist->flags >> INSN_F_SPI_SHIFT & INSN_F_SPI_MASK);
}

/* Scalars that were one value at this jump: if one matters, all do. */
static void join_linked(struct backtrack *bt, const struct jmp_entry *hist)
{
	struct linked_regs linked;
	bool any = false;

	if (!hist || !hist->linked_regs)
		return;
	linked_regs_unpack(hist->linked_regs, &linked);
	for (u32 i = 0; i < linked.cnt; i++) {
		const struct linked_reg *e = &linked.e[i];

		any |= e->is_reg ? (bt->regs[e->frameno] & BIT(e->at)) != 0
				 : (bt->slots[e->frameno] & BIT64(e->at)) != 0;
	}
	for (u32 i = 0; any && i < linked.cnt; i++) {
		const struct linked_reg *e = &linked.e[i];

		if (e->is_reg)
			bt->regs[e->frameno] |= BIT(e->at);
		else
			bt->slots[e->frameno] |= BIT64(e->at);
	}
}

/* ------------------------------------------------------------------------- one instruction back */

struct back {
	struct verifier_env *env;
	struct backtrack *bt;
	const struct bpf_insn *insn;
	const struct jmp_entry *hist;
	s32 idx;
	s32 next; /* the instruction that came after it on this path; -1 unknown */
};

static int back_alu(struct back *b)
{
	const struct bpf_insn *insn = b->insn;
	u8 op = BPF_OP(insn->code);
	bool by_reg = BPF_SRC(insn->code) == BPF_X;

	if (!wants_reg(b->bt, insn->dst_reg) || op == BPF_END || op == BPF_NEG)
		return 0;
	if (op == BPF_MOV)
		drop_reg(b->bt, insn->dst_reg);
	if (by_reg && insn->src_reg != BPF_REG_10)
		want_reg(b->bt, insn->src_reg);
	return 0;
}

/* @regno was loaded: from a stack slot, which then matters, or from memory that is not tracked. */
static void back_fill(struct back *b, u32 regno)
{
	if (!wants_reg(b->bt, regno))
		return;
	drop_reg(b->bt, regno);
	if (is_stack_access(b->hist))
		b->bt->slots[entry_frame(b->hist)] |= entry_slot(b->hist);
}

static int back_store(struct back *b)
{
	u64 *slots;

	/* A scalar that is stored through: it came from subtracting pointers. */
	if (wants_reg(b->bt, b->insn->dst_reg))
		return -ENOTSUPP;
	if (!is_stack_access(b->hist))
		return 0;
	slots = &b->bt->slots[entry_frame(b->hist)];
	if (!(*slots & entry_slot(b->hist)))
		return 0;
	*slots &= ~entry_slot(b->hist);
	if (BPF_CLASS(b->insn->code) == BPF_STX)
		want_reg(b->bt, b->insn->src_reg);
	return 0;
}

static int back_atomic(struct back *b)
{
	const struct bpf_insn *insn = b->insn;

	switch (insn->imm) {
	case BPF_LOAD_ACQ:
		back_fill(b, insn->dst_reg);
		return 0;
	case BPF_STORE_REL:
		return back_store(b);
	default:
		break;
	}
	if (wants_reg(b->bt, insn->dst_reg))
		return -ENOTSUPP;
	/* What it writes is no longer a register; what it fetches may have been one. */
	if (is_stack_access(b->hist))
		b->bt->slots[entry_frame(b->hist)] &= ~entry_slot(b->hist);
	if (insn->imm & BPF_FETCH)
		back_fill(b, insn->imm == BPF_CMPXCHG ? BPF_REG_0 : insn->src_reg);
	return 0;
}

/* Only arguments may still matter at the call that entered the function. */
static int check_only_args(struct back *b, const char *what)
{
	struct backtrack *bt = b->bt;

	if (bt->regs[bt->frame] & ~ARG_MASK)
		return verifier_bug(b->env, "%s unexpected regs %x", what, bt->regs[bt->frame]);
	if (bt->slots[bt->frame])
		return verifier_bug(b->env, "%s leftover stack slots %llx", what,
				    (unsigned long long)bt->slots[bt->frame]);
	return 0;
}

static int check_no_args(struct back *b, const char *what)
{
	u32 regs = b->bt->regs[b->bt->frame];

	if (!(regs & ARG_MASK))
		return 0;
	return verifier_bug(b->env, "%s unexpected regs %x", what, regs);
}

static int back_into_caller(struct back *b)
{
	struct backtrack *bt = b->bt;
	int err = check_only_args(b, "static subprog");
	u32 args;

	if (err)
		return err;
	args = bt->regs[bt->frame];
	bt->regs[bt->frame] = 0;
	err = leave_callee(b->env);
	if (!err)
		bt->regs[bt->frame] |= args;
	return err;
}

static int back_bpf_call(struct back *b)
{
	u32 callee = b->env->prog->aux[b->idx].subprog;
	int err;

	if (!subprog_is_global(b->env, callee))
		return back_into_caller(b);
	/* A global function is verified by itself: the path steps over its call. */
	if (b->idx + 1 != b->next)
		return verifier_bug(b->env, "extra insn from subprog");
	err = check_no_args(b, "global subprog");
	drop_reg(b->bt, BPF_REG_0);
	return err;
}

/* Out of a callback, at the call that makes it be called: its arguments come from the helper. */
static int back_out_of_callback(struct back *b)
{
	int err = check_only_args(b, "callback");

	b->bt->regs[b->bt->frame] = 0;
	return err ? err : leave_callee(b->env);
}

static int back_call(struct back *b)
{
	const struct bpf_insn *insn = b->insn;
	int err;

	if (isa_is_bpf_call(insn))
		return back_bpf_call(b);
	if (b->env->insns[b->idx].calls_callback && b->idx != b->next - 1)
		return back_out_of_callback(b);
	if (isa_is_kfunc_call(insn) && !insn->imm)
		return -ENOTSUPP;
	drop_reg(b->bt, BPF_REG_0);
	err = check_no_args(b, "backtracking call");
	/* A tail call that is taken in a called function returns to the caller. */
	if (!err && isa_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call &&
	    b->next - b->idx != 1)
		err = enter_callee(b->env);
	return err;
}

/* Back over the end of a called function, or of a callback, into its last instructions. */
static int back_exit(struct back *b)
{
	const struct verifier_env *env = b->env;
	struct backtrack *bt = b->bt;
	bool r0;
	int err;

	/* The callback's caller sets R1-R5 anew each time. */
	if (b->next >= 0 && env->insns[b->next].calls_callback)
		bt->regs[bt->frame] &= ~ARG_MASK;
	err = check_no_args(b, "backtracking exit");
	if (err)
		return err;
	/* A function returns behind its call; what a callback returns goes to the helper. */
	r0 = b->next > 0 && isa_is_bpf_call(&env->prog->insns[b->next - 1]) &&
	     wants_reg(bt, BPF_REG_0);
	drop_reg(bt, BPF_REG_0);
	err = enter_callee(b->env);
	if (!err && r0)
		want_reg(bt, BPF_REG_0);
	return err;
}

static int back_jump(struct back *b)
{
	u32 dst = b->insn->dst_reg, src = b->insn->src_reg;
	u32 flags = b->hist ? b->hist->flags : 0;

	if (BPF_SRC(b->insn->code) != BPF_X)
		return 0;
	/* What was learnt of one depends on the other. */
	if (!wants_reg(b->bt, dst) && !wants_reg(b->bt, src))
		return 0;
	if (!(flags & INSN_F_SRC_REG_STACK))
		want_reg(b->bt, src);
	if (!(flags & INSN_F_DST_REG_STACK))
		want_reg(b->bt, dst);
	return 0;
}

/* Packet bytes are not tracked; where there are none, the function returned 0 to its caller. */
static int back_ld_abs(struct back *b)
{
	bool wanted = wants_reg(b->bt, BPF_REG_0);

	drop_reg(b->bt, BPF_REG_0);
	if (b->next - b->idx != 1)
		return enter_callee(b->env);
	return wanted ? -ENOTSUPP : 0;
}

static int back_by_class(struct back *b)
{
	switch (isa_op_of(b->insn)->cls) {
	case ISA_ALU:
	case ISA_END:
		return back_alu(b);
	case ISA_LOAD:
	case ISA_LOAD_SX:
		back_fill(b, b->insn->dst_reg);
		return 0;
	case ISA_STORE:
	case ISA_STORE_IMM:
		return back_store(b);
	case ISA_ATOMIC:
		return back_atomic(b);
	case ISA_CALL:
		return back_call(b);
	case ISA_EXIT:
		return back_exit(b);
	case ISA_JCOND:
		return back_jump(b);
	case ISA_LD_IMM64:
		drop_reg(b->bt, b->insn->dst_reg);
		return 0;
	case ISA_LD_ABS:
	case ISA_LD_IND:
		return back_ld_abs(b);
	default:
		return 0;
	}
}

/* ------------------------------------------------------------------------------------ logging */

static void log_regs(struct verifier_env *env, u32 regs)
{
	const char *sep = "";

	for (u32 r = 0; r < 32; r++) {
		if (!(regs & BIT(r)))
			continue;
		verbose(env, "%sr%u", sep, r);
		sep = ",";
	}
}

static void log_slots(struct verifier_env *env, u64 slots)
{
	const char *sep = "";

	for (u32 i = 0; i < 64; i++) {
		if (!(slots & BIT64(i)))
			continue;
		verbose(env, "%s%d", sep, -8 * (s32)(i + 1));
		sep = ",";
	}
}

static bool logs_marks(const struct verifier_env *env)
{
	return env->log->level & VLOG_LEVEL2;
}

static void log_marks(struct verifier_env *env, u32 frame, const char *what)
{
	verbose(env, "mark_precise: frame%u: %sregs=", frame, what);
	log_regs(env, env->backtrack.regs[frame]);
	verbose(env, " stack=");
	log_slots(env, env->backtrack.slots[frame]);
}

static int back_one(struct verifier_env *env, s32 idx, s32 next, const struct jmp_entry *hist)
{
	struct back b = {
		.env = env,
		.bt = &env->backtrack,
		.insn = &env->prog->insns[idx],
		.hist = hist,
		.idx = idx,
		.next = next,
	};
	int err;

	/* second half of an ld_imm64 */
	if (!b.insn->code)
		return 0;
	if (logs_marks(env)) {
		log_marks(env, b.bt->frame, "");
		verbose(env, " before ");
		log_insn(env, (u32)idx);
	}
	/* Before and after: either may have been the one that matters. */
	join_linked(b.bt, hist);
	err = back_by_class(&b);
	if (!err)
		join_linked(b.bt, hist);
	return err;
}

/* ------------------------------------------------------------------------------ states and marks
 */

static void force_scalar(struct verifier_env *env, const struct func_state *fs,
			 struct reg_state *reg, const char *prefix, s32 at)
{
	if (reg->type != SCALAR_VALUE || reg->precise)
		return;
	reg->precise = true;
	if (logs_marks(env))
		verbose(env, "force_precise: frame%u: forcing %s%d to be precise\n", fs->frameno,
			prefix, at);
}

/* The way back could not be followed: every scalar of every earlier state matters. */
void mark_all_scalars_precise(struct verifier_env *env, struct verifier_state *st)
{
	if (logs_marks(env))
		verbose(env, "mark_precise: frame%u: falling back to forcing all scalars precise\n",
			st->curframe);
	for (st = st->parent; st; st = st->parent) {
		for (u32 f = 0; f <= st->curframe; f++) {
			struct func_state *fs = st->frame[f];

			for (u32 r = 0; r < BPF_REG_10; r++)
				force_scalar(env, fs, &fs->regs[r], "r", (s32)r);
			for (u32 i = 0; i < fs->nr_slots; i++)
				if (reg_is_spilled_slot(&fs->slots[i]))
					force_scalar(env, fs, &fs->slots[i].spilled, "fp",
						     -8 * (s32)(i + 1));
		}
	}
}

/* True if it still has to be followed back from there. */
static bool mark_scalar(struct reg_state *reg, bool *changed)
{
	if (reg->type != SCALAR_VALUE || reg->precise)
		return false;
	reg->precise = true;
	*changed = true;
	return true;
}

static int mark_frame(struct verifier_env *env, struct verifier_state *st, u32 frame, bool *changed)
{
	struct backtrack *bt = &env->backtrack;
	struct func_state *fs = st->frame[frame];

	for (u32 r = 0; r < MAX_REGS; r++)
		if ((bt->regs[frame] & BIT(r)) && !mark_scalar(&fs->regs[r], changed))
			bt->regs[frame] &= ~BIT(r);
	for (u32 i = 0; i < 64; i++) {
		if (!(bt->slots[frame] & BIT64(i)))
			continue;
		if (i >= fs->nr_slots)
			return verifier_bug(env, "stack slot %u, total slots %u", i, fs->nr_slots);
		if (!is_spilled_scalar_slot(&fs->slots[i]) ||
		    !mark_scalar(&fs->slots[i].spilled, changed))
			bt->slots[frame] &= ~BIT64(i);
	}
	if (logs_marks(env)) {
		log_marks(env, frame, "parent state ");
		verbose(env, ": ");
		log_state(env, st, frame, true);
	}
	return 0;
}

static int mark_state(struct verifier_env *env, struct verifier_state *st, bool *changed)
{
	for (s32 f = (s32)env->backtrack.frame; f >= 0; f--) {
		int err = mark_frame(env, st, (u32)f, changed);

		if (err)
			return err;
	}
	return 0;
}

/* The beginning of a global function that is verified by itself: its arguments are what they are.
 */
static int reach_entry(struct verifier_env *env, struct verifier_state *st, bool *changed)
{
	struct backtrack *bt = &env->backtrack;
	struct func_state *fs = st->frame[0];

	if (st->curframe || !fs->subprog || fs->callsite != -1 || bt->slots[0] ||
	    (bt->regs[0] & ~ARG_MASK))
		return verifier_bug(
			env, "backtracking func entry subprog %u reg_mask %x stack_mask %llx",
			fs->subprog, bt->regs[0], (unsigned long long)bt->slots[0]);
	for (u32 r = BPF_REG_1; r <= BPF_REG_5; r++)
		if (bt->regs[0] & BIT(r))
			mark_scalar(&fs->regs[r], changed);
	reset(bt);
	return 0;
}

/*
 * Back from @last to the beginning of the state. 0: everything wanted was found or the beginning
 * was reached; *@next is the instruction followed last.
 */
static int back_through_state(struct verifier_env *env, const struct verifier_state *st, s32 last,
			      bool skip_first, s32 *next)
{
	u32 left = st->nr_jmps;
	s32 idx = last;

	for (;;) {
		int err = skip_first ? 0 : back_one(env, idx, *next, entry_at(st, idx, left));

		skip_first = false;
		if (err || is_settled(&env->backtrack))
			return err;
		*next = idx;
		idx = previous_insn(st, idx, &left);
		if (idx == -ENOENT)
			return 0;
		if (idx < 0 || (u32)idx >= env->prog->len)
			return verifier_bug(env, "backtracking idx %d", idx);
	}
}

static int follow_back(struct verifier_env *env, struct verifier_state *start, bool *changed)
{
	struct backtrack *bt = &env->backtrack;
	struct verifier_state *st = start;
	s32 last = (s32)start->insn_idx;
	bool skip_first = true;
	s32 next = -1;

	while (!is_settled(bt)) {
		s32 first = (s32)st->first_insn;
		int err;

		if (logs_marks(env))
			verbose(env,
				"mark_precise: frame%u: last_idx %d first_idx %d subseq_idx %d \n",
				bt->frame, last, first, next);
		if (last < 0)
			return reach_entry(env, st, changed);
		err = back_through_state(env, st, last, skip_first, &next);
		skip_first = false;
		if (err == -ENOTSUPP) {
			mark_all_scalars_precise(env, start);
			return 0;
		}
		if (err || is_settled(bt))
			return err;
		st = st->parent;
		if (!st)
			break;
		err = mark_state(env, st, changed);
		if (err)
			return err;
		next = first;
		last = (s32)st->last_insn;
	}
	if (!is_settled(bt))
		mark_all_scalars_precise(env, start);
	return 0;
}

static int mark_precise(struct verifier_env *env, struct verifier_state *st, bool *changed)
{
	int err = follow_back(env, st, changed);

	reset(&env->backtrack);
	return err;
}

static int mark_chain_precision_state(struct verifier_env *env, struct verifier_state *st,
				      u32 regno)
{
	struct backtrack *bt = &env->backtrack;
	bool changed = false;

	if (cur_func_of(st)->regs[regno].type != SCALAR_VALUE)
		return verifier_bug(env, "backtracking misuse");
	reset(bt);
	bt->frame = st->curframe;
	want_reg(bt, regno);
	return mark_precise(env, st, &changed);
}

int mark_chain_precision(struct verifier_env *env, u32 regno)
{
	return mark_chain_precision_state(env, env->cur, regno);
}

int mark_chain_precision_slot(struct verifier_env *env, u32 frameno, u32 spi)
{
	struct backtrack *bt = &env->backtrack;
	bool changed = false;

	reset(bt);
	bt->frame = env->cur->curframe;
	bt->slots[frameno] |= BIT64(spi);
	return mark_precise(env, env->cur, &changed);
}

static void propagate_one(struct verifier_env *env, u32 frame, const char *prefix, s32 at,
			  bool *first)
{
	if (logs_marks(env)) {
		if (*first)
			verbose(env, "frame %u: propagating %s%d", frame, prefix, at);
		else
			verbose(env, ",%s%d", prefix, at);
	}
	*first = false;
}

int propagate_precision(struct verifier_env *env, const struct verifier_state *old,
			struct verifier_state *cur, bool *changed)
{
	struct backtrack *bt = &env->backtrack;

	reset(bt);
	bt->frame = cur->curframe;
	for (s32 f = (s32)old->curframe; f >= 0; f--) {
		const struct func_state *fs = old->frame[f];
		bool first = true;

		for (u32 r = 0; r < BPF_REG_10; r++) {
			if (fs->regs[r].type != SCALAR_VALUE || !fs->regs[r].precise)
				continue;
			bt->regs[f] |= BIT(r);
			propagate_one(env, (u32)f, "r", (s32)r, &first);
		}
		for (u32 i = 0; i < fs->nr_slots; i++) {
			if (!is_spilled_scalar_slot(&fs->slots[i]) || !fs->slots[i].spilled.precise)
				continue;
			bt->slots[f] |= BIT64(i);
			propagate_one(env, (u32)f, "fp", -8 * (s32)(i + 1), &first);
		}
		if (!first && logs_marks(env))
			verbose(env, "\n");
	}
	return mark_precise(env, cur, changed);
}
