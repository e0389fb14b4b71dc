// SPDX-License-Identifier: BSD-2-Clause
/* Advice that depends on more than the message: on the path, the types, the call. */
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "words.h"

static const struct {
	const char *acquire;
	const char *release;
	const char *what;
} pairs[] = {
	{"bpf_xdp_get_xfrm_state", "bpf_xdp_xfrm_state_release()", "xfrm_state"},
	{"bpf_sk_lookup_tcp", "bpf_sk_release()", "socket"},
	{"bpf_sk_lookup_udp", "bpf_sk_release()", "socket"},
	{"bpf_skc_lookup_tcp", "bpf_sk_release()", "socket"},
	{"bpf_ringbuf_reserve", "bpf_ringbuf_submit() or bpf_ringbuf_discard()",
	 "ring buffer sample"},
	{"bpf_ringbuf_reserve_dynptr",
	 "bpf_ringbuf_submit_dynptr() or bpf_ringbuf_discard_dynptr()", "ring buffer sample"},
	{"bpf_task_acquire", "bpf_task_release()", "task"},
	{"bpf_task_from_pid", "bpf_task_release()", "task"},
	{"bpf_task_from_vpid", "bpf_task_release()", "task"},
	{"bpf_cgroup_acquire", "bpf_cgroup_release()", "cgroup"},
	{"bpf_cgroup_from_id", "bpf_cgroup_release()", "cgroup"},
	{"bpf_obj_new_impl", "bpf_obj_drop()", "object"},
	{"bpf_percpu_obj_new_impl", "bpf_percpu_obj_drop()", "object"},
	{"bpf_refcount_acquire_impl", "bpf_obj_drop()", "object"},
	{"bpf_list_pop_front", "bpf_obj_drop()", "list node"},
	{"bpf_list_pop_back", "bpf_obj_drop()", "list node"},
	{"bpf_rbtree_remove", "bpf_obj_drop()", "tree node"},
	{"bpf_kptr_xchg", "its release function", "object"},
	{"bpf_iter_num_new", "bpf_iter_num_destroy()", "iterator"},
};

const char *advice_release_of(const char *acquire, const char **what)
{
	for (size_t i = 0; acquire && i < ARRAY_SIZE(pairs); i++) {
		if (strcmp(acquire, pairs[i].acquire))
			continue;
		*what = pairs[i].what;
		return pairs[i].release;
	}
	*what = "reference";
	return "its release function";
}

static bool fills_its_argument(const char *acquire)
{
	return !strcmp(acquire, "bpf_ringbuf_reserve_dynptr") ||
	       !strcmp(acquire, "bpf_iter_num_new");
}

/* How the program leaves, by the beginning of the message. */
static const char *leaving(const struct explain *x)
{
	const char *message = x->report->message;

	if (!strncmp(message, "tail_call", 9))
		return "by the tail call (it does not come back)";
	if (!strncmp(message, "bpf_throw", 9))
		return "by bpf_throw()";
	if (!strncmp(message, "BPF_LD_", 7))
		return "by a packet load (one beyond the end ends the program)";
	return NULL;
}

void advice_leak(struct explain *x, struct strbuf *out)
{
	const char *by = NULL, *what, *release, *place, *exit = leaving(x);
	const struct espalier_report *r = x->report;

	if (r->ref_insn < 0) {
		advice_expand(x, out,
			      "Something acquired is still held when the program leaves at "
			      "{here}. Release it before that.");
		return;
	}
	by = advice_call_name(x->env, (u32)r->ref_insn);
	by = by ? keep_text(x->keep, "%s", by) : NULL;
	release = advice_release_of(by, &what);
	place = explain_place(x, (u32)r->ref_insn);
	strbuf_addf(out,
		    "The %s%s%s that %s() %s at %s is still held when the program leaves %s%s%s. ",
		    what, x->ref_name ? " " : "", x->ref_name ?: "", by ?: "the call",
		    by && fills_its_argument(by) ? "set up" : "returned", place, exit ?: "",
		    exit ? " at " : "at ", explain_place(x, x->env->insn_idx));
	if (x->ref_lost != NO_POS)
		strbuf_addf(
			out,
			"Nothing refers to it any more after %s, where its last copy is "
			"overwritten: pass it to %s before that, on every path on which it is not "
			"NULL.",
			explain_place(x, trace_at(x->env->trace, x->ref_lost)->insn), release);
	else if (by && fills_its_argument(by))
		strbuf_addf(out, "Call %s exactly once on every path before that%s.", release,
			    strcmp(by, "bpf_ringbuf_reserve_dynptr")
				    ? ""
				    : ", even where the reservation failed");
	else
		strbuf_addf(
			out,
			"On every path on which %s is not NULL, pass it to %s exactly once before "
			"that.",
			x->ref_name ?: "the pointer", release);
}

/* What a pointer was, without what was proved of it. */
static const char *short_words(struct explain *x, const struct reg_state *was)
{
	switch (TYPE_BASE(was->type)) {
	case PTR_TO_PACKET:
		return "a pointer into the packet";
	case PTR_TO_PACKET_META:
		return "a pointer into the packet's metadata";
	case PTR_TO_MEM:
		if (was->dynptr_id)
			return "a slice of a dynptr";
		return was->type & MEM_RINGBUF ? "a ring buffer sample" : "a pointer to memory";
	default:
		return reg_words(x->keep, x->env, was);
	}
}

/* What the subject was before a call took it away; false if no call did. */
static bool write_loss(struct explain *x, struct strbuf *out)
{
	const struct tag *tag =
		x->story && x->subject >= 0 ? story_tag(x->story, (u32)x->subject) : NULL;
	const struct bpf_insn *at = &x->env->prog->insns[x->env->insn_idx];
	const struct moment *m;
	const char *callee, *place;
	u32 type;

	if (!tag || tag->lost == NO_POS || tag->lost < x->env->trace->first)
		return false;
	m = trace_at(x->env->trace, tag->lost);
	callee = explain_callee(x, m->insn);
	place = explain_place(x, m->insn);
	type = TYPE_BASE(tag->was->type);
	advice_expand(x, out, "{R} was ");
	strbuf_addf(out, "%s until %s at %s", short_words(x, tag->was), callee, place);
	if (type == PTR_TO_PACKET || type == PTR_TO_PACKET_META)
		strbuf_addf(out,
			    ", which may move or resize the packet: no pointer into it is valid "
			    "after that. Take data and data_end from the context again behind the "
			    "call, and compare again before reading.");
	else if (type == PTR_TO_MEM && tag->was->dynptr_id && !tag->was->ref_obj_id)
		strbuf_addf(out,
			    ", which makes slices of the dynptr invalid. Take the slice again "
			    "behind the call (for a packet make the dynptr anew), and test it.");
	else if (!strcmp(callee, "bpf_kptr_xchg()"))
		strbuf_addf(
			out,
			", which put it into the map: it is the map's from there on, and may be "
			"freed at any time. Use it before that call.");
	else if (tag->was->ref_obj_id && isa_op_of(at)->cls == ISA_CALL)
		advice_expand(x, out,
			      ", which gave it back. After that it cannot be passed to {call}: "
			      "release it once, and use it before.");
	else if (tag->was->ref_obj_id)
		strbuf_addf(out,
			    ", which gave it back: after that nobody knows what lies there. Use it "
			    "before that call, or copy what is needed into a local variable.");
	else
		strbuf_addf(out, ", which ended its validity. Use it before that call, or get it "
				 "again behind it.");
	return true;
}

void advice_not_pointer(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg =
		x->story && x->subject >= 0 ? explain_reg(x, (u32)x->subject) : NULL;

	if (write_loss(x, out))
		return;
	if (reg && reg->lost_ref && reg->type == SCALAR_VALUE) {
		advice_expand(
			x, out,
			"{R} pointed to what was acquired{acquired} and is released by now: "
			"after that nobody knows what lies there. Use it before the release.");
		return;
	}
	if (reg && reg->type == SCALAR_VALUE && tnum_equals_const(reg->var_off, 0)) {
		advice_expand(
			x, out,
			"{Rfrom} is NULL on this path, and {here} reads or writes through it. "
			"Leave where it is NULL (if (!{name}) return ...), and go on only where it "
			"is not.");
		return;
	}
	advice_expand(
		x, out,
		"{Rfrom} is {is}: a number, not a pointer, as far as can be proved, and {here} "
		"reads or writes through it. A pointer that was stored in a map, truncated or "
		"computed from numbers is none any more: pass the pointer itself along.");
}

void advice_not_object(struct explain *x, struct strbuf *out)
{
	if (write_loss(x, out))
		return;
	advice_expand(x, out,
		      "{call} takes the pointer to a {2} that the acquiring call returned, and "
		      "{Rfrom} is "
		      "{is}. ");
	if (x->report->ref_insn >= 0)
		advice_expand(x, out,
			      "What was acquired{acquired} is released already: take the "
			      "second release out.");
	else
		advice_expand(x, out, "Pass the pointer as it was returned, where it is not NULL.");
}

void advice_null_argument(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg =
		x->story && x->subject >= 0 ? explain_reg(x, (u32)x->subject) : NULL;

	if (reg && reg->type == SCALAR_VALUE)
		advice_expand(x, out,
			      "{Rfrom} is NULL, and {call} takes no NULL. Call it only where "
			      "there is something to pass.");
	else
		advice_expand(
			x, out,
			"{Rfrom} is {is}, and {call} takes no NULL. Test it first: if ({name}) "
			"... and call only there.");
}

/* Bytes from where the pointer points to the end of its memory; -1: not known. */
static s64 bytes_there(const struct reg_state *reg)
{
	s64 off = reg->off + reg->smax;

	if (tnum_is_const(reg->var_off))
		off = reg->off + (s64)reg->var_off.value;
	else if (reg->smax > MAX_VAR_OFF)
		return -1;
	switch (TYPE_BASE(reg->type)) {
	case PTR_TO_STACK:
		return -off;
	case PTR_TO_MAP_VALUE:
		return (s64)reg->map->value_size - off;
	case PTR_TO_MEM:
		return (s64)reg->mem_size - off;
	case PTR_TO_PACKET:
		return max(reg->range - reg->off, 0);
	default:
		return -1;
	}
}

void advice_packet(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg =
		x->story && x->subject >= 0 ? explain_reg(x, (u32)x->subject) : NULL;
	const struct bpf_insn *insn = &x->env->prog->insns[x->env->insn_idx];
	bool writes = BPF_CLASS(insn->code) == BPF_ST || BPF_CLASS(insn->code) == BPF_STX;
	const char *end;
	s64 off;
	u32 size;

	if (!reg || (reg->type != PTR_TO_PACKET && reg->type != PTR_TO_PACKET_META)) {
		advice_expand(x, out,
			      "Compare the packet's bytes with data_end before they are read: if "
			      "(p + N > data_end) return.");
		return;
	}
	end = reg->type == PTR_TO_PACKET ? "data_end" : "data";
	size = isa_op_of(insn)->size;
	off = insn->off;
	advice_expand(x, out, "{R} is {is}.{added} ");
	if (reg->umax > MAX_PACKET_OFF)
		strbuf_addf(
			out,
			"Its variable part may be so large (%llu) that a comparison proves "
			"nothing: bound that number first (n &= 0x3ff, or if (n > 1500) return), "
			"then add it, then compare with %s.",
			(unsigned long long)reg->umax, end);
	else if (reg->range < 0)
		strbuf_addf(out,
			    "The comparison on this path says that it lies at or beyond %s: the "
			    "read is "
			    "on the wrong side of it. Leave there, and read on the other side.",
			    end);
	else if (size)
		advice_expand(
			x, out,
			keep_text(
				x->keep,
				"The %u byte%s that {here} %s there%s may lie beyond the end of "
				"the packet. Compare before that: if ((void *)(%s + %lld) > %s) "
				"return "
				"...; or, with p pointing to a header: if ((void *)(p + 1) > %s).",
				size, size == 1 ? "" : "s", writes ? "writes" : "reads",
				off ? keep_text(x->keep, " at offset %lld", (long long)off) : "",
				"(char *)p", (long long)off + size, end, end));
	else
		advice_expand(x, out,
			      keep_text(x->keep,
					"{call} is given packet bytes that may lie beyond the end. "
					"Compare before that: if (p + length > %s) return.",
					end));
}

void advice_context(struct explain *x, struct strbuf *out)
{
	const struct bpf_insn *insn = &x->env->prog->insns[x->env->insn_idx];
	const char *type = ctx_type_name(x->env);
	bool is_xdp = x->env->prog->type == BPF_PROG_TYPE_XDP;
	s64 off = atoll(strbuf_text(&x->captures[0]));
	const char *field =
		off >= 0
			? member_name(x->keep, x->env->kernel_btf,
				      vmlinux_type_id(is_xdp ? VT_XDP_MD : VT_SK_BUFF_MD), (u32)off)
			: NULL;

	if (!field) {
		advice_expand(
			x, out,
			keep_text(x->keep,
				  "%s has no field of {2} bytes at offset {1}. Check that the "
				  "argument is declared %s *, and that the section name fits the "
				  "program.",
				  type, type));
		return;
	}
	strbuf_addf(out, "The access is to %s of %s. ", field, type);
	if (BPF_CLASS(insn->code) == BPF_ST || BPF_CLASS(insn->code) == BPF_STX)
		strbuf_addf(out,
			    "Programs of this type may not write to it, or not in this size. %s",
			    is_xdp ? "XDP programs write to no field: change the packet itself, or "
				     "redirect."
				   : "Where tc programs may write: mark, priority, tc_index, "
				     "queue_mapping, cb[], tstamp, tc_classid.");
	else if (isa_op_of(insn)->size != 4)
		advice_expand(x, out,
			      "Read that field alone and whole, not {2} bytes: most are __u32.");
	else
		strbuf_addf(out,
			    "Programs of this type, or attached like this, may not read it. %s",
			    x->env->prog->type == BPF_PROG_TYPE_SOCKET_FILTER
				    ? "Socket filters read the packet with bpf_skb_load_bytes()."
				    : "Pass what is needed through a map from a program that may.");
}

/* An access through a pointer to memory of known size. */
void advice_bounds(struct explain *x, struct strbuf *out)
{
	const struct bpf_insn *insn = &x->env->prog->insns[x->env->insn_idx];
	const struct reg_state *reg =
		x->story && x->subject >= 0 ? explain_reg(x, (u32)x->subject) : NULL;
	s64 there = reg ? bytes_there(reg) : -1;

	advice_expand(x, out, "{Rfrom} is {is}.{added} ");
	if (reg && tnum_is_const(reg->var_off) && isa_op_of(insn)->size && there >= 0) {
		bool writes = BPF_CLASS(insn->code) == BPF_ST || BPF_CLASS(insn->code) == BPF_STX;

		advice_expand(x, out, "{here} ");
		strbuf_addf(
			out,
			"%s %u byte%s at offset %d from there, where %lld byte%s %s left. Stay "
			"within "
			"it, or ask for more memory (a longer slice, a larger value or sample).",
			writes ? "writes" : "reads", isa_op_of(insn)->size,
			isa_op_of(insn)->size == 1 ? "" : "s", insn->off, (long long)there,
			there == 1 ? "" : "s", there == 1 ? "is" : "are");
		return;
	}
	advice_expand(x, out,
		      "Even at its smallest offset the access at {here} goes outside of the "
		      "memory. Compare the offset with the size before it is added, or ask for "
		      "more memory (a longer slice, a larger value).");
}

void advice_region(struct explain *x, struct strbuf *out)
{
	advice_expand(
		x, out,
		"{Rfrom} is {is}. The access at {here} covers {3} bytes from offset {2} on, of "
		"{1} bytes in all. Check the index and the type that the pointer was cast to.");
}

void advice_memory_length(struct explain *x, struct strbuf *out)
{
	s32 regno = x->subject;
	const struct reg_state *mem, *len;
	s64 there;

	if (!x->story || regno < 0 || regno + 1 >= MAX_REGS) {
		advice_expand(x, out, "The length goes beyond the memory passed with it.");
		return;
	}
	mem = explain_reg(x, (u32)regno);
	len = explain_reg(x, (u32)regno + 1);
	there = bytes_there(mem);
	advice_expand(x, out, "{call} gets memory in R");
	strbuf_addf(out, "%d and its length in R%d. ", regno, regno + 1);
	advice_expand(x, out, "The memory, {Rfrom}, is {is}; the length ");
	strbuf_addf(out, "is %s. ", reg_words(x->keep, x->env, len));
	if (mem->type == SCALAR_VALUE)
		strbuf_addf(out, "That is no memory: pass the address of a variable (&opts).");
	else if (len->umax > MAX_VAR_SIZE || len->smin < 0)
		strbuf_addf(out,
			    "The length needs a bound: use sizeof() of what is passed, or if (n > "
			    "sizeof(buf)) return, with an unsigned n.");
	else if (there >= 0 && len->umax > (u64)there)
		strbuf_addf(out,
			    "Only %lld bytes are there. Use sizeof() of the very variable whose "
			    "address "
			    "is passed%s.",
			    (long long)there,
			    TYPE_BASE(mem->type) == PTR_TO_PACKET
				    ? "; of packet bytes, those that were compared with data_end"
				    : "");
	else
		strbuf_addf(out,
			    "Memory of that kind, or not initialised, cannot be passed here: use a "
			    "local variable that was initialised whole.");
}

void advice_stack_read(struct explain *x, struct strbuf *out)
{
	bool call = isa_op_of(&x->env->prog->insns[x->env->insn_idx])->cls == ISA_CALL;

	if (call)
		advice_expand(
			x, out,
			"{call} reads memory through {R}, {is}, and some of those bytes were never "
			"written on this path, or lie outside of the 512 bytes of stack. "
			"Initialise "
			"all of the variable (struct foo v = {}, and with holes in the struct "
			"__builtin_memset(&v, 0, sizeof(v))), and check that its type is as large "
			"as what {call} takes: a key or value of the map.");
	else
		advice_expand(
			x, out,
			"{here} reads bytes of a local variable that were never written on this "
			"path, or lie outside of the 512 bytes of stack. Initialise the variable "
			"where it is declared, and bound the index.");
}

/* Where on the path the register was last set before it was lost; NO_POS: nowhere. */
static u32 last_set(const struct explain *x, u32 regno)
{
	const struct trace *trace = x->env->trace;
	u32 frames = story_moment(x->story)->nr_frames;

	for (u32 pos = trace->end; pos-- > trace->first;) {
		const struct moment *m = trace_at(trace, pos);

		/* The function was entered here. */
		if (m->nr_frames < frames)
			return NO_POS;
		if (m->frame[frames - 1]->regs[regno].type != NOT_INIT)
			return pos;
	}
	return NO_POS;
}

void advice_unset(struct explain *x, struct strbuf *out)
{
	u32 pos = x->story && x->subject > BPF_REG_0 ? last_set(x, (u32)x->subject) : NO_POS;

	if (x->subject == BPF_REG_0) {
		advice_expand(x, out,
			      "R0 holds what the function returns, and nothing was put there on "
			      "this path: return a value on every path (XDP_PASS, say).");
		return;
	}
	if (pos != NO_POS) {
		u32 insn = trace_at(x->env->trace, pos)->insn;

		bool call = isa_op_of(&x->env->prog->insns[insn])->cls == ISA_CALL;

		advice_expand(x, out, "{R} is used at {here}, but its value was lost at ");
		strbuf_addf(
			out,
			"%s, with %s%s: R0 to R5 do not survive that. Compilers know it; in inline "
			"assembly keep the value in R6 to R9, or set it again.",
			explain_place(x, insn), call ? "the call of " : "a packet load",
			call ? explain_callee(x, insn) : "");
		return;
	}
	advice_expand(x, out,
		      "{R} is used at {here}, but nothing set it on this path. Initialise the "
		      "variable where it is declared; for an argument, pass all that the "
		      "prototype names.");
}

void advice_constant(struct explain *x, struct strbuf *out)
{
	advice_expand(
		x, out,
		"{call} must know {R} when the program is loaded, and {Rfrom} is {is}. Use a "
		"constant, such as sizeof(buf); with several sizes, one call in each branch.");
}

/* What the kernel's words for kinds of registers mean. */
static const char *expected_words(struct explain *x)
{
	static const struct {
		const char *kernel, *words;
	} table[] = {
		{"fp", "the address of a local variable"},
		{"ctx", "the program's context"},
		{"map_ptr", "the address of a map (&map)"},
		{"map_value", "a pointer into a map's value"},
		{"ringbuf_mem", "what bpf_ringbuf_reserve() returned"},
		{"func", "a function of the program"},
		{"scalar", "a number"},
	};
	const char *expected = strbuf_text(&x->captures[2]);

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (!strcmp(expected, table[i].kernel))
			return table[i].words;
	}
	if (!strncmp(expected, "fp, ", 4))
		return "the address of memory (a local variable, a map's value, packet bytes)";
	if (strstr(expected, "sock_common"))
		return "a pointer to a socket";
	if (strstr(expected, "ptr_"))
		return "a pointer to an object that is held or trusted";
	return keep_text(x->keep, "%s", expected);
}

void advice_argument(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg =
		x->story && x->subject >= 0 ? explain_reg(x, (u32)x->subject) : NULL;

	if (write_loss(x, out))
		return;
	advice_expand(x, out, "{call} takes ");
	strbuf_addf(out, "%s in this argument, ", expected_words(x));
	advice_expand(x, out, "and {Rfrom} is {is}. ");
	if (reg && reg_may_be_null(reg))
		advice_expand(
			x, out,
			"Test it first (if ({name}) ...) and call only where it is not NULL.");
	else if (reg && reg->type == SCALAR_VALUE && x->report->ref_insn >= 0)
		advice_expand(x, out,
			      "What was acquired{acquired} is released already: once is enough.");
	else if (reg && reg->type == SCALAR_VALUE && tnum_equals_const(reg->var_off, 0))
		advice_expand(x, out, "It is NULL on this path: call only where it is not.");
	else if (reg && reg->type & PTR_UNTRUSTED)
		advice_expand(x, out,
			      "Such a pointer may be stale: acquire one, or exchange it out of the "
			      "map with bpf_kptr_xchg().");
	else
		advice_expand(x, out, "Check the order of the arguments, and what each is.");
}

/* The address of a lock or of a kptr: both lie in a map's value or in an object of the program. */
void advice_field_argument(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg =
		x->story && x->subject >= 0 ? explain_reg(x, (u32)x->subject) : NULL;
	bool kptr = !strcmp(explain_callee(x, x->env->insn_idx), "bpf_kptr_xchg()");

	if (write_loss(x, out))
		return;
	advice_expand(x, out, "{call} takes the address of ");
	strbuf_addf(out, "%s in a map's value, or in an object that the program holds, ",
		    kptr ? "a kptr" : "a lock");
	advice_expand(x, out, "and {Rfrom} is {is}. ");
	if (reg && reg_may_be_null(reg))
		advice_expand(
			x, out,
			"Test it first (if ({name}) ...) and call only where it is not NULL.");
	else if (reg && reg_base_type(reg) == PTR_TO_BTF_ID)
		strbuf_addf(out, "Become the object's owner first: take it out of its map with "
				 "bpf_kptr_xchg(), or out of its list or tree.");
	else
		strbuf_addf(out,
			    "Look the value up in its map, and pass the address of that "
			    "member (&v->%s).",
			    kptr ? "ptr" : "lock");
}

void advice_global_call(struct explain *x, struct strbuf *out)
{
	static const char *const reasons[] = {"R",	  "arg#",     "Global",
					      "Possibly", "invalid",  "dereference",
					      "negative", "variable", "expected"};
	const char *why = x->env->log->line_before;
	const char *nullable = NULL;

	advice_expand(x, out,
		      "{2}() is a global function: it is verified by itself, by the types of its "
		      "arguments alone, and this call does not fit them");
	/* The line before says which argument, where it is no instruction or state. */
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (strncmp(why, reasons[i], strlen(reasons[i])))
			continue;
		strbuf_addf(out, ", since: \"%s\"", why);
		break;
	}
	for (u32 r = BPF_REG_1; x->story && r <= BPF_REG_5; r++) {
		const struct reg_state *reg = explain_reg(x, r);
		const char *name = story_tag(x->story, r)->name;

		if (reg->type == NOT_INIT)
			break;
		strbuf_addf(out, "%s %u%s%s%s (R%u) is %s",
			    r == BPF_REG_1 ? ". Argument" : "; argument", r, name ? ", " : "",
			    name ?: "", name ? "," : "", r, reg_words(x->keep, x->env, reg));
		if (reg_may_be_null(reg))
			nullable = nullable ?: name ?: keep_text(x->keep, "R%u", r);
	}
	strbuf_addf(out, ". ");
	if (nullable)
		strbuf_addf(out, "Test %s for NULL before the call. ", nullable);
	advice_expand(x, out,
		      "Pass what the types say, say more with __arg_nonnull, __arg_ctx or "
		      "__arg_trusted, or make {2}() static: then it is verified with each call.");
}

void advice_map_helper(struct explain *x, struct strbuf *out)
{
	const struct reg_state *map = x->story ? explain_reg(x, BPF_REG_1) : NULL;

	if (map && map->type != CONST_PTR_TO_MAP)
		map = explain_reg(x, BPF_REG_2);
	if (map && map->type == CONST_PTR_TO_MAP)
		strbuf_addf(out, "Map %s is of type number ",
			    map->map->name[0] ? map->map->name : "without a name");
	else
		strbuf_addf(out, "The map is of type number ");
	advice_expand(
		x, out,
		"{1} (enum bpf_map_type), and {call} is not for such maps. Use the helpers of that "
		"type, or declare the map with the type that this helper is for: "
		"bpf_map_push_elem() and its like for queues and stacks, bpf_redirect_map() for "
		"DEVMAP, CPUMAP and XSKMAP, bpf_tail_call() for PROG_ARRAY, bpf_ringbuf_*() for "
		"RINGBUF.");
}

static const char *type_word(const struct explain *x)
{
	switch (x->env->prog->type) {
	case BPF_PROG_TYPE_XDP:
		return "XDP";
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return "socket filter";
	default:
		return "tc";
	}
}

void advice_helper_type(struct explain *x, struct strbuf *out)
{
	strbuf_addf(out, "This is %s program, and the kernel does not offer ",
		    x->env->prog->type == BPF_PROG_TYPE_XDP
			    ? "an XDP"
			    : keep_text(x->keep, "a %s", type_word(x)));
	advice_expand(x, out, "{1}() to that type. ");
	if (x->env->prog->type == BPF_PROG_TYPE_XDP)
		strbuf_addf(out, "bpf_skb_*() are for tc: in XDP read and write through data and "
				 "data_end, or with bpf_xdp_load_bytes(), bpf_xdp_store_bytes().");
	else
		strbuf_addf(out,
			    "Do this part in a program of a type that has it (bpf_xdp_*() are for "
			    "XDP), or check the section name (SEC) of the function.");
}

void advice_kfunc_type(struct explain *x, struct strbuf *out)
{
	if (!kfunc_by_id((u32)x->env->prog->insns[x->env->insn_idx].imm)) {
		advice_expand(x, out,
			      "{1}() is not there in user space, for no type of program: see "
			      "docs/compatibility.md. Verify with --engine kernel instead.");
		return;
	}
	strbuf_addf(out, "The kernel does not offer ");
	advice_expand(x, out, "{1}() to ");
	strbuf_addf(out, "%s programs. ", type_word(x));
	if (!strncmp(strbuf_text(&x->captures[0]), "bpf_xdp_", 8))
		strbuf_addf(out, "It is for XDP: put it in a function in SEC(\"xdp\").");
	else
		strbuf_addf(out, "Check the section name (SEC) of the function.");
}

void advice_section(struct explain *x, struct strbuf *out)
{
	static const struct {
		const char *section, *leave, *enter;
	} sections[] = {
		{"bpf_spin_lock", "bpf_spin_unlock()", "bpf_spin_lock()"},
		{"bpf_rcu_read_lock", "bpf_rcu_read_unlock()", "bpf_rcu_read_lock()"},
		{"bpf_preempt_disable", "bpf_preempt_enable()", "bpf_preempt_disable()"},
		{"bpf_local_irq_save", "bpf_local_irq_restore()", "bpf_local_irq_save()"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (strcmp(strbuf_text(&x->captures[1]), sections[i].section))
			continue;
		strbuf_addf(out, "The path comes to ");
		advice_expand(x, out, "{here} inside the section that ");
		strbuf_addf(out, "%s began. Call %s before that, on every path.", sections[i].enter,
			    sections[i].leave);
		return;
	}
	advice_expand(x, out, "The section {2} is still open at {here}. Leave it before that.");
}
