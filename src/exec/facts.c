// SPDX-License-Identifier: BSD-2-Clause
#include "facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "isa/isa.h"
#include "step.h"

/*
 * References that cost nothing.
 *
 * A run is one RCU read-side section, from entry to exit: nothing in it sleeps, and
 * bpf_rcu_read_unlock() of a program ends nothing (see rewrite.c). A state that leaves the database
 * is freed a grace period after its last reference went, so what a lookup found stays readable to
 * the end of the run whether it is counted or not. Counting then only matters to who sees the
 * count, and to who keeps the reference beyond the run. So a lookup and the releases that it
 * reaches need no atomic operation if
 *
 *  - the reference gets nowhere but to registers, the stack and releases: not into maps, packets or
 *    other memory, not to helpers, kfuncs, callbacks or out of the program. Functions of the
 *    program are followed into and out of, but for what they reach through a pointer to another
 *    one's stack: references stored in a frame whose address was given away are counted;
 *  - nothing in the program reads a reference count: x->refcnt itself, or memory that this analysis
 *    cannot tell from it (bpf_rdonly_cast(), bpf_probe_read_kernel() and its like, formats that
 *    dereference, kernel pointers that come from elsewhere). Then all of the program is counted.
 *    The address of a state is the same, counted or not: comparing it, or leaking it, shows
 * nothing. Another program that runs at the same time may see a lower count, as it may if it looks
 * a little earlier or later.
 *
 * That each reference is released exactly once on every path that can be taken, by a release and by
 * nothing else that is allowed above (so before a throw or a tail call), is what acceptance by the
 * verifier means. Which lookups a release can get a reference of is found out here: all paths of
 * the control-flow graph, branches both ways. (What the verifier noted on its way is about the
 * paths that it went, not about those it pruned.) All lookups that reach one release are counted or
 * none is, and a release that may get a reference from anywhere else is counted.
 */
struct blocks {
	bool *leads; /* by instruction */
	u32 *at;     /* by instruction that leads: index into @state */
	u32 nr;
	struct flow_state *state;
	bool *queued;
	u32 *queue; /* instructions */
	u32 nr_queued;
	u32 *func;     /* by instruction: the function */
	bool *entered; /* by function: from outside: the program itself, callbacks */
};

static bool is_branch(const struct isa_op *op)
{
	return op->cls == ISA_JA || op->cls == ISA_JCOND || op->cls == ISA_MAY_GOTO;
}

static bool is_lookup(const struct insn_aux *aux)
{
	return aux->kfunc && aux->kfunc->special == KFUNC_XDP_GET_XFRM_STATE;
}

static bool is_slice(const struct insn_aux *aux)
{
	return aux->kfunc && (aux->kfunc->special == KFUNC_DYNPTR_SLICE ||
			      aux->kfunc->special == KFUNC_DYNPTR_SLICE_RDWR);
}

static bool throws(const struct insn_aux *aux)
{
	return aux->kfunc && aux->kfunc->special == KFUNC_THROW;
}

static u32 next_insn(const struct prog *prog, u32 n)
{
	return n + (isa_is_ld_imm64(&prog->insns[n]) ? 2 : 1);
}

static void find_blocks(const struct prog *prog, struct blocks *b)
{
	u32 func = 0;

	for (u32 i = 0; i < prog->nr_subprogs; i++) {
		b->leads[prog->subprogs[i].start] = true;
		b->func[prog->subprogs[i].start] = i;
		b->entered[i] = !i || prog->subprogs[i].is_cb || prog->exception_cb == (s32)i;
	}
	for (u32 n = 0; n < prog->len; n++) {
		if (b->leads[n])
			func = b->func[n];
		b->func[n] = func;
	}
	for (u32 n = 0; n < prog->len; n = next_insn(prog, n)) {
		const struct bpf_insn *insn = &prog->insns[n];

		if (prog->aux[n].is_func)
			b->entered[prog->aux[n].imm64] = true;
		if (is_branch(isa_op_of(insn)))
			b->leads[isa_jump_target(insn, (s32)n)] = true;
		if ((is_branch(isa_op_of(insn)) || isa_is_bpf_call(insn)) && n + 1 < prog->len)
			b->leads[n + 1] = true;
	}
	for (u32 n = 0; n < prog->len; n++) {
		if (b->leads[n])
			b->at[n] = b->nr++;
	}
}

static void enqueue(struct blocks *b, u32 insn)
{
	if (b->queued[insn])
		return;
	b->queued[insn] = true;
	b->queue[b->nr_queued++] = insn;
}

static void flow_to(const struct flow *f, struct blocks *b, u32 insn, const struct flow_state *s)
{
	/* Dead code is a trap. */
	if (f->prog->aux[insn].seen && flow_join(&b->state[b->at[insn]], s))
		enqueue(b, insn);
}

static void enter(const struct flow *f, struct blocks *b, u32 func)
{
	struct flow_state s = {.reached = true};

	for (u32 r = BPF_REG_1; r <= BPF_REG_5; r++)
		s.reg[r] = value_other();
	s.reg[BPF_REG_10] = (struct value){.flags = V_FP};
	flow_to(f, b, f->prog->subprogs[func].start, &s);
}

/* Where calls of a function go on changes with what it returns. */
static void enqueue_callers(const struct flow *f, struct blocks *b, u32 func)
{
	const struct prog *prog = f->prog;
	u32 block = 0;

	for (u32 n = 0; n < prog->len; n = next_insn(prog, n)) {
		if (b->leads[n])
			block = n;
		if (isa_is_bpf_call(&prog->insns[n]) && prog->aux[n].subprog == func &&
		    b->state[b->at[block]].reached)
			enqueue(b, block);
	}
}

static void call(struct flow *f, struct blocks *b, u32 n, struct flow_state *s)
{
	u32 callee = f->prog->aux[n].subprog;
	struct flow_func *func = &f->funcs[callee];
	struct flow_state in = {.reached = true};

	for (u32 r = BPF_REG_1; r <= BPF_REG_5; r++) {
		in.reg[r] = s->reg[r];
		if (!(in.reg[r].flags & V_FP))
			continue;
		f->funcs[b->func[n]].shared = true;
		in.reg[r].flags = V_OTHER;
		in.reg[r].num = 0;
		in.reg[r].fp_off = 0;
	}
	in.reg[BPF_REG_10] = (struct value){.flags = V_FP};
	flow_to(f, b, f->prog->subprogs[callee].start, &in);
	if (!func->returns)
		return;
	flow_after_call(s, &func->ret);
	flow_forget_dynptrs(s);
	flow_to(f, b, n + 1, s);
}

static void leave(struct flow *f, struct blocks *b, u32 func, const struct flow_state *s)
{
	struct flow_func *fn = &f->funcs[func];
	struct value ret = s->reg[BPF_REG_0];
	bool grew;

	/* Out of the program; what another function returns is followed. */
	if (b->entered[func])
		flow_escape(f, &ret);
	if (ret.flags & V_FP)
		ret = (struct value){.sites = ret.sites, .at = ret.at, .flags = V_OTHER};
	grew = value_join(&fn->ret, &ret) || !fn->returns;
	fn->returns = true;
	if (grew && !f->recording)
		enqueue_callers(f, b, func);
}

/* From a block's beginning to where it ends or the next begins. */
static void flow_through(struct flow *f, struct blocks *b, u32 n)
{
	const struct prog *prog = f->prog;
	u32 func = b->func[n];
	struct flow_state s = b->state[b->at[n]];

	for (;;) {
		const struct bpf_insn *insn = &prog->insns[n];
		const struct isa_op *op = isa_op_of(insn);
		u32 next = next_insn(prog, n);

		if (isa_is_bpf_call(insn))
			return call(f, b, n, &s);
		if (op->cls == ISA_EXIT)
			return leave(f, b, func, &s);
		if (is_branch(op)) {
			flow_to(f, b, (u32)isa_jump_target(insn, (s32)n), &s);
			if (op->cls != ISA_JA)
				flow_to(f, b, next, &s);
			return;
		}
		flow_step(f, func, n, &s);
		if (throws(&prog->aux[n]) || next >= prog->len || !prog->aux[next].seen)
			return;
		if (b->leads[next])
			return flow_to(f, b, next, &s);
		n = next;
	}
}

static void analyse(struct flow *f, struct blocks *b)
{
	const struct prog *prog = f->prog;

	for (u32 i = 0; i < prog->nr_subprogs; i++) {
		if (b->entered[i])
			enter(f, b, i);
	}
	while (b->nr_queued) {
		u32 n = b->queue[--b->nr_queued];

		b->queued[n] = false;
		flow_through(f, b, n);
	}
	f->recording = true;
	for (u32 n = 0; n < prog->len; n++) {
		if (b->leads[n] && b->state[b->at[n]].reached)
			flow_through(f, b, n);
	}
	/* Nothing has changed any more. */
	require(!b->nr_queued);
}

/* All that reach one release are counted if one of them is. */
static u64 counted_sites(const struct flow *f)
{
	u64 counted = f->escaped | ~f->reached, before;

	if (f->observed)
		return U64_MAX;
	for (u32 i = 0; i < f->prog->nr_subprogs; i++) {
		if (f->funcs[i].shared)
			counted |= f->funcs[i].spilled;
	}
	do {
		before = counted;
		for (u32 n = 0; n < f->prog->len; n++) {
			if (f->released[n] & counted)
				counted |= f->released[n];
		}
	} while (counted != before);
	return counted;
}

static void conclude(const struct flow *f, const struct blocks *b)
{
	struct facts *facts = f->facts;
	u64 counted = counted_sites(f);

	for (u32 n = 0; n < f->prog->len; n++) {
		if (f->released[n] && !(f->released[n] & counted))
			facts->insn[n] |= FACT_UNCOUNTED;
		/* Others may have made another dynptr there. */
		if (f->funcs[b->func[n]].shared)
			facts->insn[n] &= (u8)~FACT_SLICE;
	}
	for (u32 i = 0; i < facts->nr_lookups; i++) {
		struct lookup_facts *l = &facts->lookups[i];

		if (i < FACTS_MAX_SITES && !(counted & 1ull << i))
			facts->insn[l->insn] |= FACT_UNCOUNTED;
		/* Others may write what the options are read from. */
		if (f->funcs[f->in_func[i]].shared)
			l->known = (struct xfrm_opts_known){.size = l->known.size};
	}
}

static int find_lookups(const struct prog *prog, struct facts *out)
{
	bool slices = false;
	u32 nr = 0;

	for (u32 n = 0; n < prog->len; n++) {
		nr += prog->aux[n].seen && is_lookup(&prog->aux[n]);
		slices |= prog->aux[n].seen && is_slice(&prog->aux[n]);
	}
	if (!nr && !slices)
		return 0;
	out->lookups = calloc(nr + 1, sizeof(*out->lookups));
	out->insn = calloc(prog->len, sizeof(*out->insn));
	out->slice = calloc(prog->len, sizeof(*out->slice));
	if (!out->lookups || !out->insn || !out->slice)
		return -ENOMEM;
	for (u32 n = 0; n < prog->len; n++) {
		if (prog->aux[n].seen && is_lookup(&prog->aux[n]))
			out->lookups[out->nr_lookups++].insn = n;
	}
	return 0;
}

static int run_analysis(struct flow *f, struct blocks *b)
{
	u32 len = f->prog->len;

	b->leads = calloc(len, sizeof(*b->leads));
	b->at = calloc(len, sizeof(*b->at));
	b->func = calloc(len, sizeof(*b->func));
	b->queued = calloc(len, sizeof(*b->queued));
	b->entered = calloc(f->prog->nr_subprogs, sizeof(*b->entered));
	if (!b->leads || !b->at || !b->func || !b->queued || !b->entered)
		return -ENOMEM;
	find_blocks(f->prog, b);
	if (b->nr > FACTS_MAX_BLOCKS) {
		facts_free(f->facts);
		return 0;
	}
	b->state = calloc(b->nr, sizeof(*b->state));
	b->queue = calloc(b->nr, sizeof(*b->queue));
	f->funcs = calloc(f->prog->nr_subprogs, sizeof(*f->funcs));
	f->in_func = calloc(f->facts->nr_lookups + 1, sizeof(*f->in_func));
	f->released = calloc(len, sizeof(*f->released));
	if (!b->state || !b->queue || !f->funcs || !f->in_func || !f->released)
		return -ENOMEM;
	analyse(f, b);
	conclude(f, b);
	return 0;
}

int facts_find(const struct prog *prog, struct facts *out)
{
	struct flow f = {.prog = prog, .facts = out};
	struct blocks b = {0};
	int err;

	*out = (struct facts){0};
	err = find_lookups(prog, out);
	if (!err && out->insn)
		err = run_analysis(&f, &b);
	free(b.leads);
	free(b.at);
	free(b.func);
	free(b.queued);
	free(b.entered);
	free(b.state);
	free(b.queue);
	free(f.funcs);
	free(f.in_func);
	free(f.released);
	if (err)
		facts_free(out);
	return err;
}

void facts_free(struct facts *facts)
{
	free(facts->insn);
	free(facts->slice);
	free(facts->lookups);
	*facts = (struct facts){0};
}

const struct lookup_facts *facts_of_lookup(const struct facts *facts, u32 insn)
{
	for (u32 i = 0; i < facts->nr_lookups; i++) {
		if (facts->lookups[i].insn == insn)
			return &facts->lookups[i];
	}
	return NULL;
}
