// SPDX-License-Identifier: BSD-2-Clause
/* What a rejection means and what would mend it, in sentences for a person. */
#include <stdio.h>
#include <string.h>

#include "advice.h"

/* Who releases what someone acquired. */
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
	{"bpf_obj_new_impl", "bpf_obj_drop()", "object"},
	{"bpf_kptr_xchg", "its release function", "object"},
	{"bpf_iter_num_new", "bpf_iter_num_destroy()", "iterator"},
};

/* Messages by a part of them, in the order they are tried. */
static const struct {
	const char *part;
	const char *advice;
} advices[] = {
	{"BPF_EXIT instruction in main prog would lead to reference leak", NULL},
	{"Unreleased reference", NULL},
	{"tail_call would lead to reference leak",
	 "A tail call does not come back, so everything held must be released before it."},
	{"bpf_throw would lead to reference leak",
	 "bpf_throw() leaves the program at once, so everything held must be released before it."},
	{"BPF_LD_[ABS|IND] would lead to reference leak",
	 "A packet load beyond the end leaves the program at once, so everything held must be "
	 "released before it."},
	{"Possibly NULL pointer passed to trusted", "The pointer may be NULL here. Test it first "
						    "(if (!x) ...) and call only where it is not."},
	{"invalid mem access 'ptr_or_null_", "The pointer may be NULL: it is read before it was "
					     "tested. Add a test (if (!x) ...) before the read."},
	{"_or_null'", "The pointer may be NULL: it is used before it was tested. Add a test (if "
		      "(!p) ...) before the use."},
	{"invalid mem access 'scalar'",
	 "What is read through is no pointer any more, or never was: a released reference, a slice "
	 "or packet pointer from before bpf_xdp_adjust_head/tail(), or a number. Read before "
	 "releasing, and take packet pointers anew after adjusting."},
	{"must point to scalar, or struct with scalar",
	 "The argument must be the pointer that the acquiring call returned, unreleased. It was "
	 "released before, or is another kind of pointer."},
	{"must be referenced or trusted",
	 "The pointer was read out of another object, which gives no reference to what it points "
	 "to. Only the pointer that an acquiring call returned can be passed."},
	{"must have zero offset when passed to release",
	 "The pointer was moved away from the start of the object. Pass the one that the acquiring "
	 "call returned."},
	{"release kernel function", "Only what an acquiring call returned can be released."},
	{"expected pointer to STRUCT", "The argument is a pointer to another type."},
	{"is not allowed", "This kernel function is not available to programs of this type."},
	{"cannot call kernel function from non-GPL compatible program",
	 "Kernel functions are for GPL-compatible programs: set char _license[] SEC(\"license\") = "
	 "\"GPL\" or \"Dual BSD/GPL\"."},
	{"function calls are not allowed while holding a lock",
	 "Between bpf_spin_lock() and bpf_spin_unlock() only plain code may run."},
	{"only read is supported", "A program may read this object but not write to it."},
	{"access beyond struct", "The read lies beyond the end of the struct."},
	{"invalid negative access", "The read lies before the start of the struct."},
	{"invalid variable offset",
	 "The offset must be a constant: an object of this kind cannot be indexed."},
	{"dereference of modified ctx ptr", "The context must be passed and read as it came in: "
					    "not moved by an offset that the program computed."},
	{"invalid access to packet", "The packet may be shorter than what is read. Compare with "
				     "data_end first: if (data + N > data_end) return."},
	{"offset is outside of the packet",
	 "The packet may be shorter than what is read. Compare with data_end first: if (data + N > "
	 "data_end) return."},
	{"invalid access to map value", "The read or write lies outside of the map's value. Bound "
					"the index so that it always lies within."},
	{"invalid bpf_context access", "The context has no field there, or not one that this "
				       "program type may access in this way or size."},
	{"unbounded memory access", "The length has no upper bound that the verifier can see. "
				    "Compare it with one, or mask it."},
	{"leads to invalid memory access",
	 "The length argument goes beyond the memory that is passed with it."},
	{"invalid indirect read from stack", "Part of the memory passed was never written."},
	{"invalid read from stack",
	 "Bytes of the stack are read that were never written, or lie outside of it."},
	{"invalid write to stack", "The write lies outside of the 512 bytes of stack."},
	{"infinite loop detected", "The loop came back to a state it had been in: nothing in it "
				   "changes. Let a counter advance towards a bound."},
	{"program is too large",
	 "The verifier gave up after one million instructions: the program has too many paths. "
	 "Bound loops tighter, or use bpf_loop() or an open-coded iterator."},
	{"back-edge", "A loop without a bound that can be proved."},
	{"unreachable insn", "The instruction can never be executed."},
	{"!read_ok", "The register is read before it was written on this path."},
	{"Expected an initialized dynptr",
	 "The dynptr must be set up first, for example by bpf_dynptr_from_xdp()."},
	{"uninitialized dynptr", "The dynptr is in use already, or the memory is not on the stack: "
				 "pass a fresh struct bpf_dynptr."},
	{"must be a known constant", "The argument must be a constant at compile time."},
	{"cannot write into rdonly_mem",
	 "bpf_dynptr_slice() gives memory for reading only. Use bpf_dynptr_slice_rdwr()."},
	{"At program exit the register R0",
	 "The return value lies outside of what this program type or callback may return."},
	{"combined stack size",
	 "The functions on this chain of calls use more stack together than there is."},
	{"unknown func", "There is no such helper here."},
	{"espalier does not support helper",
	 "Linux lets programs of this type call it, but there is nothing behind it here: see "
	 "docs/helpers.md."},
	{"cannot use helper", "This helper is not available to programs of this type."},
	{"pointer arithmetic", "This kind of pointer cannot be computed with in that way."},
	{"expected pointer to ctx",
	 "The first argument must be the program's context, as it came in."},
	{"expected pointer to stack or const struct bpf_dynptr",
	 "A dynptr lives on the stack: pass the address of a local struct bpf_dynptr."},
	{"cannot overwrite referenced dynptr",
	 "The dynptr owns a ring buffer reservation. Submit or discard it before it is used anew."},
	{"is an unacquired reference",
	 "Only what a reserving or acquiring call returned can be released, once."},
	{"does not allow writes to packet data", "This program type may only read the packet."},
	{"is outside of the allowed memory range",
	 "The offset may lie outside of the memory. Compare it with the size first, as an unsigned "
	 "number."},
	{"unbounded min value is not allowed",
	 "The offset may be negative. Use an unsigned type, or test that it is not below 0."},
	{"for bpf_dynptr_from_mem data", "bpf_dynptr_from_mem() takes memory of a map value only."},
	{"R0 leaks addr", "The return value would disclose an address."},
};

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

/* "at line 12", "at kfuncs.h:12" where several files take part, or "at instruction 7". */
static void place(char *out, size_t size, const struct espalier_source *src, s32 insn,
		  bool with_file)
{
	const char *slash = src->file ? strrchr(src->file, '/') : NULL;

	if (!src->file)
		snprintf(out, size, "at instruction %d", insn);
	else if (with_file)
		snprintf(out, size, "at %s:%u", slash ? slash + 1 : src->file, src->line);
	else
		snprintf(out, size, "at line %u", src->line);
}

static void write_leak(const struct verifier_env *env, struct espalier_report *r)
{
	const char *by = advice_call_name(env, (u32)r->ref_insn);
	const char *what = "reference";
	const char *release = "its release function";
	char name[80];
	bool files =
		r->ref_source.file && r->source.file && strcmp(r->ref_source.file, r->source.file);
	char from[80], at[80];

	snprintf(name, sizeof(name), "%s", by ? by : "the call");
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (strcmp(name, pairs[i].acquire))
			continue;
		what = pairs[i].what;
		release = pairs[i].release;
	}
	place(from, sizeof(from), &r->ref_source, r->ref_insn, files);
	place(at, sizeof(at), &r->source, r->insn, files);
	snprintf(r->explanation, sizeof(r->explanation),
		 "The %s that %s() returned %s is still held when the program leaves %s. On every "
		 "path on which the pointer is not NULL, pass it to %s exactly once before that.",
		 what, name, from, at, release);
}

void advice_write(const struct verifier_env *env, struct espalier_report *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
		if (!strstr(r->message, advices[i].part))
			continue;
		if (advices[i].advice)
			snprintf(r->explanation, sizeof(r->explanation), "%s", advices[i].advice);
		else if (r->ref_insn >= 0)
			write_leak(env, r);
		else
			snprintf(r->explanation, sizeof(r->explanation),
				 "Something acquired is still held when the program leaves.");
		return;
	}
}
