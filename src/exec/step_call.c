// SPDX-License-Identifier: BSD-2-Clause
#include "step.h"

#include <string.h>

#include "vmlinux/vmlinux.h"
#include "vmlinux/xfrm.h"

/* Calls of helpers and kfuncs: what they write to the stack, and what references they get. */
#define OPT(field) ((s32)offsetof(struct bpf_xfrm_state_opts, field))

void flow_after_call(struct flow_state *s, const struct value *ret)
{
	for (u32 r = BPF_REG_1; r <= BPF_REG_5; r++)
		s->reg[r] = (struct value){0};
	s->reg[BPF_REG_0] = *ret;
}

u32 flow_site(const struct flow *f, u32 insn)
{
	u32 i = 0;

	while (f->facts->lookups[i].insn != insn)
		i++;
	return i;
}

/* The callee may write @size bytes where the argument points to; all behind if that is not known.
 */
static void written(struct flow_state *s, const struct value *arg, const struct value *size)
{
	s32 from = arg->flags & V_FP_ANY ? -STACK_MAX : arg->fp_off;

	if (!(arg->flags & V_FP))
		return;
	if (!(arg->flags & V_FP_ANY) && size && value_is_const(size) && size->num <= STACK_MAX)
		flow_forget(s, from, (u32)size->num);
	else
		flow_forget(s, from, STACK_MAX);
}

static void written_bytes(struct flow_state *s, const struct value *arg, u64 size)
{
	struct value bytes = value_const(size);

	written(s, arg, &bytes);
}

/*
 * Helpers that read memory at any address that a number names: those that probe, and those whose
 * formats do (%s, %pI4). To them a program may show the count of a state that it holds.
 */
static bool reads_anything(s32 func)
{
	switch (func) {
	case BPF_FUNC_probe_read:
	case BPF_FUNC_probe_read_str:
	case BPF_FUNC_probe_read_user:
	case BPF_FUNC_probe_read_user_str:
	case BPF_FUNC_probe_read_kernel:
	case BPF_FUNC_probe_read_kernel_str:
	case BPF_FUNC_copy_from_user:
	case BPF_FUNC_copy_from_user_task:
	case BPF_FUNC_trace_printk:
	case BPF_FUNC_trace_vprintk:
	case BPF_FUNC_snprintf:
	case BPF_FUNC_snprintf_btf:
	case BPF_FUNC_seq_printf:
	case BPF_FUNC_seq_printf_btf:
		return true;
	default:
		return false;
	}
}

/* Helpers are followed into no more than kfuncs: a reference passed to one may be counted, and what
 * it is part of may be read. */
static void passed(struct flow *f, const struct value *arg, bool only_moved)
{
	flow_escape(f, arg);
	if (f->recording && arg->sites && !only_moved)
		f->observed = true;
}

static void helper_call(struct flow *f, u32 func, u32 n, struct flow_state *s)
{
	const struct helper *helper = f->prog->aux[n].helper;
	s32 id = f->prog->insns[n].imm;
	struct value ret = value_other();
	bool calls_back = false;

	if (f->recording && reads_anything(id))
		f->observed = true;
	for (u32 i = 0; helper && i < ARRAY_SIZE(helper->arg); i++)
		calls_back |= TYPE_BASE(helper->arg[i]) == ARG_PTR_TO_FUNC;
	for (u32 i = 0; i < 5; i++) {
		const struct value *arg = &s->reg[BPF_REG_1 + i];
		u32 type = helper ? helper->arg[i] : ARG_ANYTHING;
		u32 next = helper && i < 4 ? TYPE_BASE(helper->arg[i + 1]) : ARG_DONTCARE;
		bool sized = next == ARG_CONST_SIZE || next == ARG_CONST_SIZE_OR_ZERO;

		if (type == ARG_DONTCARE)
			continue;
		passed(f, arg, id == BPF_FUNC_kptr_xchg);
		if (arg->flags & V_FP && calls_back)
			f->funcs[func].shared = true;
		if (!(type & MEM_RDONLY) && TYPE_BASE(type) != ARG_PTR_TO_MAP_KEY)
			written(s, arg, sized ? arg + 1 : NULL);
	}
	if (calls_back || !helper || helper->changes_pkt)
		flow_forget_dynptrs(s);
	flow_after_call(s, &ret);
}

static bool option(const struct flow_state *s, s32 opts, s32 field, u32 size, u32 *to)
{
	u64 num;
	bool known = flow_bytes(s, opts + field, size, &num);

	*to = (u32)num;
	return known;
}

static void note_options(struct flow *f, u32 func, u32 site, const struct flow_state *s)
{
	struct xfrm_opts_known *known = &f->facts->lookups[site].known;
	const struct value *opts = &s->reg[BPF_REG_2];
	const struct value *size = &s->reg[BPF_REG_3];
	u32 num;

	f->in_func[site] = func;
	*known = (struct xfrm_opts_known){0};
	if (!value_is_const(size) || (u32)size->num != sizeof(struct bpf_xfrm_state_opts))
		return;
	known->size = true;
	if (!value_is_fp(opts))
		return;
	known->has_netns = option(s, opts->fp_off, OPT(netns_id), 4, &num);
	known->netns_id = (s32)num;
	known->has_proto = option(s, opts->fp_off, OPT(proto), 1, &num);
	known->proto = (u8)num;
	known->has_family = option(s, opts->fp_off, OPT(family), 2, &num);
	known->family = (u16)num;
}

static void lookup(struct flow *f, u32 func, u32 n, struct flow_state *s)
{
	u32 site = flow_site(f, n);
	struct value ret = value_other();

	if (f->recording)
		note_options(f, func, site, s);
	/* Of the options it writes the error; the context it reads. */
	written_bytes(s, &s->reg[BPF_REG_2], sizeof(s32));
	if (site < FACTS_MAX_SITES) {
		ret = (struct value){.sites = 1ull << site};
		f->reached |= ret.sites;
	}
	flow_after_call(s, &ret);
}

static void release(struct flow *f, u32 n, struct flow_state *s)
{
	const struct value *x = &s->reg[BPF_REG_1];
	struct value ret = {0};

	if (f->recording && value_is_state(x) && !x->at)
		f->released[n] = x->sites;
	else
		flow_escape(f, x);
	flow_after_call(s, &ret);
}

/* A slice of a packet that is as long as its dynptr says. */
static void note_slice(struct flow *f, u32 n, const struct flow_state *s)
{
	const struct value *ptr = &s->reg[BPF_REG_1];
	const struct value *offset = &s->reg[BPF_REG_2];
	const struct value *len = &s->reg[BPF_REG_4];

	if (!f->recording || !value_is_fp(ptr) || !flow_is_dynptr(s, ptr->fp_off) ||
	    !value_is_const(offset) || !value_is_const(len))
		return;
	/* Beyond that they are refused. */
	if ((u32)offset->num > 0xffff || (u32)len->num > 0xffff - (u32)offset->num)
		return;
	f->facts->insn[n] |= FACT_SLICE;
	f->facts->slice[n] = (struct slice_facts){(u16)offset->num, (u16)len->num};
}

/* How many arguments there are: what else is in r1 to r5 is not passed. */
static u32 nr_args(const struct kfunc *kfunc)
{
	return kfunc->proto_id ? btf_vlen_of(btf_type(vmlinux_btf(), kfunc->proto_id)) : 5;
}

/* Kfuncs on strings take any address, as helpers that probe do. */
static bool reads_strings(const struct kfunc *kfunc)
{
	return kfunc->name && !strncmp(kfunc->name, "bpf_str", 7);
}

static void kfunc_call(struct flow *f, u32 func, u32 n, struct flow_state *s)
{
	const struct kfunc *kfunc = f->prog->aux[n].kfunc;
	struct value ret = value_other();
	const struct value *arg = &s->reg[BPF_REG_1];
	u32 nr = kfunc ? nr_args(kfunc) : 5;

	if (f->recording && (!kfunc || reads_strings(kfunc)))
		f->observed = true;
	switch (kfunc ? kfunc->special : KFUNC_ORDINARY) {
	case KFUNC_XDP_GET_XFRM_STATE:
		return lookup(f, func, n, s);
	case KFUNC_XDP_XFRM_STATE_RELEASE:
		return release(f, n, s);
	case KFUNC_RDONLY_CAST:
		if (f->recording)
			f->observed = true;
		break;
	case KFUNC_DYNPTR_FROM_XDP:
		written_bytes(s, &arg[2], DYNPTR_SIZE);
		/* Without flags nothing can go wrong. */
		if (value_is_fp(&arg[2]) && value_is_const(&arg[1]) && !arg[1].num)
			flow_make_dynptr(s, arg[2].fp_off);
		nr = 0;
		break;
	case KFUNC_XDP_PULL_DATA:
		flow_forget_dynptrs(s);
		break;
	case KFUNC_DYNPTR_SLICE:
	case KFUNC_DYNPTR_SLICE_RDWR:
		note_slice(f, n, s);
		written(s, &arg[2], &arg[3]);
		nr = 0;
		break;
	default:
		break;
	}
	for (u32 i = 0; i < nr; i++) {
		passed(f, &arg[i], false);
		written(s, &arg[i], NULL);
	}
	flow_after_call(s, &ret);
}

void flow_call(struct flow *f, u32 func, u32 n, struct flow_state *s)
{
	if (f->prog->insns[n].src_reg == BPF_PSEUDO_KFUNC_CALL)
		kfunc_call(f, func, n, s);
	else
		helper_call(f, func, n, s);
}
