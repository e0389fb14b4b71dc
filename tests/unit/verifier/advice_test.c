// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every kind of message has advice of its own. The messages are those that Linux 6.18 gave the BPF
 * selftests of 6.12 for XDP, SCHED_CLS and socket filters, one of each kind, and those of
 * tests/cases.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"

static const struct {
	const char *rule;
	const char *message;
} kinds[] = {
	{"allocated-argument", "arg#1 expected pointer to allocated object"},
	{"argument-type", "R1 type=ctx expected=map_ptr"},
	{"argument-type",
	 "R1 type=ctx expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_"},
	{"argument-type", "R1 type=map_value_or_null expected=map_ptr"},
	{"argument-type", "R1 type=pkt_end expected=fp, pkt, pkt_meta, map_key, map_value, mem, "
			  "ringbuf_mem, buf, trusted_ptr_"},
	{"argument-type", "R1 type=scalar expected=fp"},
	{"argument-type", "R1 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem, "
			  "ringbuf_mem, buf, trusted_ptr_"},
	{"argument-type", "R1 type=scalar expected=ringbuf_mem"},
	{"argument-type",
	 "R1 type=scalar expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_"},
	{"argument-type", "R1 type=sock_common_or_null expected=sock_common, sock, tcp_sock, "
			  "xdp_sock, ptr_, trusted_ptr_"},
	{"argument-type",
	 "R1 type=sock_or_null expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_"},
	{"argument-type", "R2 type=untrusted_ptr_ expected=ptr_, trusted_ptr_, rcu_ptr_"},
	{"argument-type", "R3 type=fp expected=map_value"},
	{"argument-type", "kernel function bpf_task_acquire args#0 expected pointer to STRUCT "
			  "task_struct but R1 has a pointer to STRUCT xfrm_state"},
	{"atomic-target", "BPF_ATOMIC stores into R1 ctx is not allowed"},
	{"atomic-target", "BPF_ATOMIC stores into R2 pkt is not allowed"},
	{"before-struct", "R0 is ptr_xfrm_state invalid negative access: off=-8"},
	{"before-struct", "R1 is bpf_array invalid negative access: off=-8"},
	{"beyond-struct", "access beyond struct xfrm_state at off 20000 size 4"},
	{"call-depth", "the call stack of 8 frames is too deep !"},
	{"call-depth", "the call stack of 9 frames is too deep"},
	{"co-re", "failed to resolve CO-RE relocation <byte_off> [391] struct "
		  "xfrm_state___other.not_in_this_kernel (0:1 @ offset 4)"},
	{"co-re", "failed to resolve CO-RE relocation <rshift_u64> [23] struct "
		  "core_reloc_bitfields.ub2 (0:1 @ offset 0.1)"},
	{"constant-argument", "R2 is not a known constant'"},
	{"constant-argument", "R4 must be a known constant"},
	{"constant-string", "R3 does not point to a readonly map'"},
	{"context-argument", "R1 type=fp expected=ctx"},
	{"context-argument", "R1 type=scalar expected=ctx"},
	{"context-argument", "arg#0 expected pointer to ctx, but got fp"},
	{"context-field", "invalid bpf_context access off=172 size=4"},
	{"context-moved", "dereference of modified ctx ptr R1 off=4096 disallowed"},
	{"context-moved", "negative offset ctx ptr R1 off=-1 disallowed"},
	{"context-moved", "variable ctx access var_off=(0x0; 0x3fff) disallowed"},
	{"control-flow", "jump out of range from insn 0 to 2"},
	{"control-flow", "unreachable insn 1"},
	{"division", "div by zero"},
	{"dynptr-fresh", "Dynptr has to be an uninitialized dynptr"},
	{"dynptr-initialised", "Expected an initialized dynptr as arg #0"},
	{"dynptr-memory", "Unsupported reg type fp for bpf_dynptr_from_mem data"},
	{"dynptr-on-stack", "arg#2 expected pointer to stack or const struct bpf_dynptr"},
	{"dynptr-overwrite", "cannot overwrite referenced dynptr"},
	{"exception", "bpf_throw kfunc (insn 16) cannot be called from callback subprog 1"},
	{"exception", "exception callback 'nowhere' could not be found in BTF"},
	{"exception", "exception cb only supports single integer argument"},
	{"exception", "insn 3 cannot call exception cb directly"},
	{"exception", "multiple exception callback tags for main subprog"},
	{"field-argument", "R1 type=rcu_ptr_ expected=map_value, ptr_"},
	{"field-offset",
	 "R1 doesn't have constant offset. bpf_timer has to be at the constant offset"},
	{"format", "Invalid format string"},
	{"frame-pointer", "frame pointer is read only"},
	{"global-arguments", "Caller passes invalid args into func#1 ('foo')"},
	{"global-arguments", "Caller passes invalid args into func#1 ('returns_nothing')"},
	{"global-arguments", "Caller passes invalid args into func#1 ('takes_ctx')"},
	{"global-arguments", "Caller passes invalid args into func#1 ('takes_mem')"},
	{"global-arguments", "Caller passes invalid args into func#1 ('takes_nonnull')"},
	{"global-arguments", "Caller passes invalid args into func#1 ('takes_nullable_mem')"},
	{"global-arguments", "Caller passes invalid args into func#1 ('takes_number')"},
	{"global-arguments", "Caller passes invalid args into func#1 ('takes_state')"},
	{"global-function", "Global function exception_cb_bad_ret_type() doesn't return scalar. "
			    "Only those are supported."},
	{"gpl-only", "cannot call kernel function from non-GPL compatible program"},
	{"graph-callback", "bpf_rbtree_remove not allowed in rbtree cb"},
	{"graph-callback", "can't spin_{lock,unlock} in rbtree cb"},
	{"graph-node",
	 "bpf_rbtree_remove can only take non-owning or refcounted bpf_rb_node pointer"},
	{"graph-node", "arg#1 offset=16, but expected bpf_list_node at offset=8 in struct item"},
	{"graph-node", "bpf_list_node not found at offset=0"},
	{"graph-node", "bpf_rb_node not found at offset=8"},
	{"graph-node", "operation on bpf_list_head expects arg#1 bpf_list_node at offset=8 in "
		       "struct item, but arg is at offset=48 in struct counted"},
	{"graph-root", "bpf_list_head not found at offset=8"},
	{"graph-root", "bpf_rb_root not found at offset=8"},
	{"helper-type", "program of this type cannot use helper bpf_skb_load_bytes#26"},
	{"immovable-pointer", "R1 pointer arithmetic on map_ptr prohibited"},
	{"immovable-pointer", "R1 pointer arithmetic on sock prohibited"},
	{"immovable-pointer", "R3 pointer arithmetic on pkt_end prohibited"},
	{"infinite-loop", "old state: R0=1 R1=ctx() R10=fp0"},
	{"infinite-loop", "old state: R0=ctx() R1=ctx() R2=ctx() R3=ctx() R10=fp0"},
	{"infinite-loop",
	 "old state: R0=map_value(map=verifier.bss,ks=4,vs=1000008) R1=ctx() R10=fp0"},
	{"infinite-loop", "old state: R0=scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; "
			  "0xffffffff)) R1=ctx() R10=fp0"},
	{"infinite-loop", "old state: frame1: R0=ctx() R1=ctx() R10=fp0"},
	{"irq-state", "irq flag acquired by lock kfuncs cannot be restored with native kfuncs"},
	{"irq-state", "irq flag acquired by native kfuncs cannot be restored with lock kfuncs"},
	{"iterator-fresh", "expected uninitialized iter_num as arg #0"},
	{"iterator-initialised", "expected an initialized iter_num as arg #0"},
	{"iterator-on-stack", "arg#0 expected pointer to an iterator on stack"},
	{"kernel-object-write", "only read from bpf_array is supported"},
	{"kernel-object-write", "only read is supported"},
	{"kfunc-type", "calling kernel function bpf_xdp_get_xfrm_state is not allowed"},
	{"kptr-access", "kptr access misaligned expected=0 off=4"},
	{"kptr-access", "kptr access size must be BPF_DW"},
	{"kptr-exchange", "off=16 doesn't point to kptr"},
	{"kptr-exchange", "off=8 kptr isn't referenced kptr"},
	{"kptr-store", "store to referenced kptr disallowed"},
	{"kptr-type", "invalid kptr access, R2 type=ptr_node_data2 expected=ptr_node_data"},
	{"ld-abs", "LD_ABS is only allowed in functions that return 'int'."},
	{"lock-argument", "arg#0 doesn't point to map value or allocated object"},
	{"lock-call", "function calls are not allowed while holding a lock"},
	{"lock-call", "use static function instead"},
	{"lock-held", "bpf_spin_lock at off=16 must be held for bpf_rb_root"},
	{"lock-missing", "bpf_spin_unlock without taking a lock"},
	{"lock-other", "bpf_spin_unlock of different lock"},
	{"lock-missing", "bpf_res_spin_unlock without taking a lock"},
	{"lock-order", "bpf_res_spin_unlock cannot be out of order"},
	{"lock-other", "bpf_res_spin_unlock of different lock"},
	{"lock-place", "local 'kptr' has no valid bpf_spin_lock"},
	{"lock-place", "map 'third' has no valid bpf_res_spin_lock"},
	{"lock-place", "off 4 doesn't point to 'struct bpf_res_spin_lock' that is at 0"},
	{"lock-twice", "Acquiring the same lock again, AA deadlock detected"},
	{"lock-place", "map 'plain' has no valid bpf_spin_lock"},
	{"lock-place", "off 0 doesn't point to 'struct bpf_spin_lock' that is at 8"},
	{"lock-type", "socket filter progs cannot use bpf_spin_lock yet"},
	{"lost-pointer", "R8 invalid mem access 'scalar'"},
	{"map-fd", "fd 0 is not pointing to valid bpf_map"},
	{"map-helper", "cannot pass map_type 2 into func bpf_map_push_elem#87"},
	{"map-helper", "cannot pass map_type 3 into func bpf_map_lookup_elem#1"},
	{"map-key-write", "write to change key R2 not allowed"},
	{"map-read", "read from map forbidden, value_size=48 off=0 size=8"},
	{"map-write", "write into map forbidden"},
	{"map-write", "write into map forbidden, value_size=48 off=0 size=8"},
	{"max-bounds", "R0 max value is outside of the allowed memory range"},
	{"memory-length", "arg#2 arg#3 memory, len pair leads to invalid memory access"},
	{"min-bounds", "R0 min value is outside of the allowed memory range"},
	{"misaligned", "misaligned packet access off 2+0+15+-4 size 4"},
	{"misaligned", "misaligned stack access off 0+0+-4 size 8"},
	{"misaligned", "misaligned value access off 0+0+4 size 8"},
	{"mixed-access", "same insn cannot be used with different pointers"},
	{"negative-index",
	 "R0 min value is negative, either use unsigned index or do a if (index >=0) check."},
	{"negative-length", "R4 min value is negative, either use unsigned or 'var &= const'"},
	{"no-helper", "invalid func unknown#100000"},
	{"no-register", "R15 is invalid"},
	{"null-argument", "Possibly NULL pointer passed to trusted arg0"},
	{"null-arithmetic",
	 "R0 pointer arithmetic on ringbuf_mem_or_null prohibited, null-check it first"},
	{"null-arithmetic",
	 "R1 pointer arithmetic on sock_or_null prohibited, null-check it first"},
	{"null-arithmetic",
	 "R4 pointer arithmetic on map_value_or_null prohibited, null-check it first"},
	{"null-arithmetic",
	 "R8 pointer arithmetic on ptr_or_null_ prohibited, null-check it first"},
	{"null-offset", "dereference of modified ptr_or_null_ ptr R2 off=16 disallowed"},
	{"null-read", "R0 invalid mem access 'map_value_or_null'"},
	{"null-read", "R0 invalid mem access 'rdonly_mem_or_null'"},
	{"null-read", "R1 invalid mem access 'mem_or_null'"},
	{"null-read", "R1 invalid mem access 'rcu_ptr_or_null_'"},
	{"null-read", "R7 invalid mem access 'ptr_or_null_'"},
	{"null-read", "R8 invalid mem access 'tcp_sock_or_null'"},
	{"number-argument", "R2 is not a scalar"},
	{"packet-argument", "helper access to the packet is not allowed"},
	{"packet-bounds", "R6 offset is outside of the packet"},
	{"packet-end", "R1 invalid mem access 'pkt_end'"},
	{"packet-write", "the prog does not allow writes to packet data"},
	{"pointer-math", "fp pointer offset 1073741822 is not allowed"},
	{"pointer-math", "map_value pointer offset 1073741822 is not allowed"},
	{"pointer-math", "math between ctx pointer and 4294967295 is not allowed"},
	{"pointer-math", "math between fp pointer and 2147483647 is not allowed"},
	{"pointer-math",
	 "math between fp pointer and register with unbounded min value is not allowed"},
	{"pointer-math", "math between map_value pointer and 4294967295 is not allowed"},
	{"pointer-math",
	 "math between map_value pointer and register with unbounded min value is not allowed"},
	{"pointer-math",
	 "math between pkt pointer and register with unbounded min value is not allowed"},
	{"pointer-math", "value -2147483646 makes ctx pointer be out of bounds"},
	{"pointer-math", "value -4294967168 makes map_value pointer be out of bounds"},
	{"pointer-operator", "R0 32-bit pointer arithmetic prohibited"},
	{"pointer-operator", "R0 bitwise operator &= on pointer prohibited"},
	{"pointer-operator", "R0 pointer += pointer prohibited"},
	{"pointer-operator", "R0 pointer arithmetic with /= operator prohibited"},
	{"pointer-operator", "R0 tried to subtract pointer from scalar"},
	{"pointer-operator", "R1 subtraction from stack pointer prohibited"},
	{"preempt-unmatched",
	 "unmatched attempt to enable preemption (kernel function bpf_preempt_enable)"},
	{"rcu-unmatched", "nested rcu read lock (kernel function bpf_rcu_read_lock)"},
	{"rcu-unmatched", "unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)"},
	{"read-only-memory", "R0 cannot write into rdonly_mem"},
	{"read-only-memory", "R1 cannot write into sock"},
	{"reference-leak", "BPF_EXIT instruction in main prog would lead to reference leak"},
	{"reference-leak", "BPF_LD_[ABS|IND] would lead to reference leak"},
	{"reference-leak", "bpf_throw would lead to reference leak"},
	{"reference-leak", "tail_call would lead to reference leak"},
	{"release-offset",
	 "R1 must have zero offset when passed to release func or trusted arg to kfunc"},
	{"release-unacquired", "R1 must be referenced when passed to release function"},
	{"release-unacquired", "arg 1 is an unacquired reference"},
	{"released-argument",
	 "arg#0 pointer type STRUCT xfrm_state must point to scalar, or struct with scalar"},
	{"return-value",
	 "At callback return the register R0 has smin=2 smax=2 should have been in [0, 1]"},
	{"section-open",
	 "BPF_EXIT instruction in main prog cannot be used inside bpf_preempt_disable-ed region"},
	{"section-open",
	 "BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region"},
	{"section-open",
	 "BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region"},
	{"section-open", "BPF_LD_[ABS|IND] cannot be used inside bpf_spin_lock-ed region"},
	{"section-open", "bpf_throw cannot be used inside bpf_rcu_read_lock-ed region"},
	{"section-open", "tail_call cannot be used inside bpf_rcu_read_lock-ed region"},
	{"sleeping", "sleepable helper bpf_copy_from_user#148 in rcu_read_lock region"},
	{"socket-field", "R0 invalid sock access off=0 size=8"},
	{"special-field", "bpf_spin_lock cannot be accessed directly by load/store"},
	{"special-field", "direct access to bpf_list_node is disallowed"},
	{"stack-bounds", "invalid write to stack R10 off=8 size=8"},
	{"stack-depth", "combined stack size of 2 calls is 544. Too large"},
	{"stack-return", "cannot return stack pointer to the caller"},
	{"stack-spill", "invalid size of register fill"},
	{"stack-uninitialised", "invalid read from stack R2 off=-4 size=8"},
	{"stack-variable", "invalid variable-offset write to stack R1 var_off=(0x0; "
			   "0xffffffffffffffff) off=0 size=0"},
	{"subprograms", "callback function not static"},
	{"timer-map", "timer pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0"},
	{"timer-map",
	 "workqueue pointer in R1 map_uid=1 doesn't match map pointer in R2 map_uid=2"},
	{"timer-place", "arg#0 doesn't point to a map value"},
	{"timer-place", "map 'queues' has no valid bpf_timer"},
	{"timer-place", "off 0 doesn't point to 'struct bpf_timer' that is at 8"},
	{"timer-place", "off 0 doesn't point to 'struct bpf_wq' that is at 8"},
	{"unbounded-access",
	 "R0 unbounded memory access, make sure to bounds check any such access"},
	{"unbounded-length",
	 "R4 unbounded memory access, use 'var &= const' or 'if (var < const)'"},
	{"uninitialised", "R1 !read_ok"},
	{"untrusted-argument", "R1 must be referenced or trusted"},
	{"variable-offset",
	 "R1 is ptr_xfrm_state invalid variable offset: off=0, var_off=(0x0; 0x7)"},
	{"zero-length", "R4 invalid zero-sized read: u64=[0,0]"},
	{"zero-length", "invalid zero-sized read"},
};

START_TEST(every_kind_has_its_rule)
{
	const struct advice *a = advice_find(kinds[_i].message);

	ck_assert_msg(a, "no advice for: %s", kinds[_i].message);
	ck_assert_msg(!strcmp(a->rule, kinds[_i].rule), "%s: [%s], not [%s]", kinds[_i].message,
		      a->rule, kinds[_i].rule);
}
END_TEST

/* A message that a row's pattern describes, each '*' as some text. */
static void sample(char *out, size_t size, const char *pattern)
{
	size_t n = 0;

	for (; *pattern && n + 1 < size; pattern++)
		out[n++] = *pattern == '*' ? '7' : *pattern;
	out[n] = '\0';
}

static int count(const struct advice *table)
{
	int n = 0;

	while (table[n].rule)
		n++;
	return n;
}

static const struct advice *row(int i)
{
	int n = count(advice_of_data);

	return i < n ? &advice_of_data[i] : &advice_of_calls[i - n];
}

/* No row hides a later one: rows are tried in order. */
START_TEST(every_row_can_be_reached)
{
	const struct advice *found;
	char message[512];

	sample(message, sizeof(message), row(_i)->pattern);
	found = advice_find(message);
	ck_assert_ptr_nonnull(found);
	ck_assert_msg(found == row(_i), "'%s' is taken by '%s'", row(_i)->pattern, found->pattern);
}
END_TEST

START_TEST(every_row_is_whole)
{
	static const char *const words[] = {"R",	"Rfrom",  "name",  "is",
					    "r0",	"r6",	  "call",  "here",
					    "acquired", "stacks", "added", "number"};
	const struct advice *a = row(_i);

	ck_assert(a->rule[0] && a->title[0] && a->pattern[0]);
	ck_assert_msg(!a->text != !a->why, "%s: text or function", a->pattern);
	for (const char *p = a->text ? strchr(a->text, '{') : NULL; p; p = strchr(p + 1, '{')) {
		size_t len = strcspn(p + 1, "}");
		bool known = len == 1 && p[1] >= '1' && p[1] <= '8';
		int stars = 0;

		for (size_t w = 0; w < ARRAY_SIZE(words); w++)
			known |= len == strlen(words[w]) && !strncmp(p + 1, words[w], len);
		ck_assert_msg(known, "%s: {%.*s}", a->pattern, (int)len, p + 1);
		for (const char *s = a->pattern; *s; s++)
			stars += *s == '*';
		if (len == 1 && p[1] >= '1' && p[1] <= '8')
			ck_assert_msg(p[1] - '0' <= stars, "%s: {%c}", a->pattern, p[1]);
	}
}
END_TEST

START_TEST(no_advice_for_what_is_no_message)
{
	ck_assert_ptr_null(advice_find(""));
	ck_assert_ptr_null(advice_find("R1 is not quite what it was"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("advice");
	TCase *tcase = tcase_create("table");
	SRunner *runner;
	int rows = count(advice_of_data) + count(advice_of_calls), failed;

	tcase_add_loop_test(tcase, every_kind_has_its_rule, 0, ARRAY_SIZE(kinds));
	tcase_add_loop_test(tcase, every_row_can_be_reached, 0, rows);
	tcase_add_loop_test(tcase, every_row_is_whole, 0, rows);
	tcase_add_test(tcase, no_advice_for_what_is_no_message);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
