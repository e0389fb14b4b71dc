// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "env.h"

/*
 * Registers that may still be read, before each instruction: a backward fixed point over each
 * function on its own. State comparison ignores the others.
 */
#define CALLER_SAVED (BIT(BPF_REG_0) | ARG_REGS(5))
#define ARG_REGS(n)  ((BIT(n) - 1) << BPF_REG_1)
#define ALL_REGS     (BIT(BPF_REG_10) - 1)

struct effect {
	u32 use;
	u32 def;
};

static u32 helper_args(const struct helper *helper)
{
	u32 n = 0;

	while (n < 5 && helper->arg[n] != ARG_DONTCARE)
		n++;
	return n;
}

static u32 call_args(const struct verifier_env *env, u32 idx)
{
	const struct bpf_insn *insn = &env->prog->insns[idx];
	const struct kfunc *kf = env->prog->aux[idx].kfunc;
	const struct helper *helper;

	if (isa_is_helper_call(insn)) {
		helper = helper_for((u32)insn->imm, env->prog->type);
		if (helper)
			return helper_args(helper);
	}
	if (isa_is_kfunc_call(insn) && kf)
		return min(btf_vlen_of(btf_type(env->kernel_btf, kf->proto_id)), 5u);
	return 5;
}

static struct effect atomic_effect(const struct bpf_insn *insn)
{
	u32 dst = BIT(insn->dst_reg), src = BIT(insn->src_reg), r0 = BIT(BPF_REG_0);

	switch (insn->imm) {
	case BPF_CMPXCHG:
		return (struct effect){.use = r0 | dst | src, .def = r0};
	case BPF_LOAD_ACQ:
		return (struct effect){.use = src, .def = dst};
	case BPF_STORE_REL:
		return (struct effect){.use = dst | src};
	default:
		return (struct effect){.use = dst | src, .def = insn->imm & BPF_FETCH ? src : 0};
	}
}

static struct effect insn_effect(const struct verifier_env *env, u32 idx)
{
	const struct bpf_insn *insn = &env->prog->insns[idx];
	const struct isa_op *op = isa_op_of(insn);
	u32 dst = BIT(insn->dst_reg);
	u32 src = op->src_reg ? BIT(insn->src_reg) : 0;

	switch (op->cls) {
	case ISA_LD_IMM64:
		return (struct effect){.def = dst};
	case ISA_LOAD:
	case ISA_LOAD_SX:
		return (struct effect){.use = src, .def = dst};
	case ISA_STORE:
	case ISA_STORE_IMM:
	case ISA_JCOND:
		return (struct effect){.use = dst | src};
	case ISA_ATOMIC:
		return atomic_effect(insn);
	case ISA_END:
		return (struct effect){.use = dst, .def = dst};
	case ISA_ALU:
		if (BPF_OP(insn->code) == BPF_MOV)
			return (struct effect){.use = src, .def = dst};
		return (struct effect){.use = dst | src, .def = dst};
	case ISA_JA:
	case ISA_MAY_GOTO:
		return (struct effect){0};
	case ISA_CALL:
		return (struct effect){.use = ARG_REGS(call_args(env, idx)), .def = CALLER_SAVED};
	case ISA_EXIT:
		return (struct effect){.use = BIT(BPF_REG_0)};
	default:
		return (struct effect){.use = ALL_REGS};
	}
}

static bool update(struct verifier_env *env, u32 idx)
{
	struct effect effect = insn_effect(env, idx);
	u32 succ[2], out = 0, in;

	for (u32 n = insn_successors(env, idx, succ); n; n--)
		out |= env->insns[succ[n - 1]].live_regs;
	in = ((out & ~effect.def) | effect.use) & ALL_REGS;
	if (in == env->insns[idx].live_regs)
		return false;
	env->insns[idx].live_regs = (u16)in;
	return true;
}

static void log_live_registers(struct verifier_env *env)
{
	verbose(env, "Live regs before insn:\n");
	for (u32 i = 0; i < env->prog->len; i++) {
		const struct insn_state *is = &env->insns[i];

		if (is->scc)
			verbose(env, "%3u ", is->scc);
		else
			verbose(env, "    ");
		verbose(env, "%3u: ", i);
		for (u32 r = BPF_REG_0; r < BPF_REG_10; r++) {
			if (is->live_regs & BIT(r))
				verbose(env, "%u", r);
			else
				verbose(env, ".");
		}
		verbose(env, " ");
		log_insn_text(env, i);
		i += isa_is_ld_imm64(&env->prog->insns[i]);
	}
}

int compute_live_registers(struct verifier_env *env)
{
	bool changed;

	/* Backwards, so that only loops need another round. */
	do {
		changed = false;
		for (u32 i = env->prog->len; i--;) {
			/* the second slot of an ld_imm64 is no instruction */
			if (i && isa_is_ld_imm64(&env->prog->insns[i - 1]))
				continue;
			changed |= update(env, i);
		}
	} while (changed);
	if (env->log->level & VLOG_LEVEL2)
		log_live_registers(env);
	return 0;
}
