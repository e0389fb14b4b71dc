// SPDX-License-Identifier: BSD-2-Clause
/* What messages about values, calls, sections and the program's shape mean, and what would mend it.
 */
#include "advice.h"

const struct advice advice_of_calls[] = {
	/* Values */
	{"uninitialised", "a register must be set before it is read", "R* !read_ok", NULL,
	 advice_unset},
	{"frame-pointer", "R10 is read-only", "frame pointer is read only",
	 "R10 is the frame pointer, which programs only read. Copy it (r1 = r10) and change the "
	 "copy."},
	{"no-register", "there are registers R0 to R10", "R* is invalid",
	 "The instruction at {here} names register {1}. It was not made by a compiler for BPF."},
	{"division", "a constant may not divide by 0", "div by zero",
	 "The divisor at {here} is the constant 0."},
	{"shift", "a shift must be smaller than the number is wide", "invalid shift *",
	 "A number is shifted by {1} at {here}: 0 to 63 is possible, or 0 to 31 for 32-bit "
	 "operations."},
	{"constant-argument", "the argument must be a constant", "R* must be a known constant",
	 NULL, advice_constant},
	{"constant-argument", "the argument must be a constant", "R* is not a const", NULL,
	 advice_constant},
	{"constant-argument", "the argument must be a constant", "R* is not a known constant'",
	 NULL, advice_constant},
	{"number-argument", "the argument is a number", "R* is not a scalar",
	 "A number is expected in {R}, and it is {is}."},
	{"return-value", "the return value has a range",
	 "* the register R* has * should have been in [*]",
	 "The value returned at {here} is {r0}, and only values in [{4}] are allowed here: for a "
	 "callback 0 goes on and 1 stops. Return a constant on each path."},
	{"return-value", "the return value is a number", "R0 not a scalar value",
	 "A callback returns a number, and R0 is {r0} at {here}."},
	{"return-value", "the return value is a number",
	 "At subprogram exit the register R* is not a scalar value (*)",
	 "The function returns a pointer at {here}, where only a number may leave it. Return 0 or "
	 "1, "
	 "or hand the pointer on through an argument."},
	{"address-leak", "addresses do not leave the program", "R* leaks addr *",
	 "An address of the kernel would be visible outside. Return or store a number."},
	/* Arguments of helpers and kernel functions */
	{"field-argument", "the field lies in a map's value or in an object that is held",
	 "R* type=* expected=map_value, ptr_*", NULL, advice_field_argument},
	{"lock-argument", "a lock lies in a map's value or in an allocated object",
	 "arg#* doesn't point to map value or allocated object",
	 "{Rfrom} is {is}, where a lock would keep nobody out. {call} takes the address of a "
	 "member struct bpf_res_spin_lock in a map's value, or in what bpf_obj_new() returned."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "R* type=* expected=*", NULL, advice_argument},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "R* is of type * but * is expected",
	 "{R} points to struct {2} and {call} takes struct {3}. Check the cast, and which of the "
	 "arguments is passed."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "kernel function * args#* expected pointer to * but R* has a pointer to *",
	 "{call} takes a pointer to {3}, and {R} points to {5}. Check the cast, and the order of "
	 "the "
	 "arguments."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "arg#* is * expected * or socket", "{call} takes a pointer to {3}, and {R} is {is}."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "arg#* reference type('*') size cannot be determined: *",
	 "The type {2} is incomplete here, so its size is unknown. Include its definition."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "kernel function * args#* pointer type * is not supported",
	 "{call} takes a pointer to {3}, which programs cannot make."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "Unrecognized arg#* type *",
	 "This kernel function cannot be called from BPF programs: its "
	 "argument {1} is a {2}."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "kernel function * returns pointer type * is not supported",
	 "This kernel function returns a pointer that programs have no use for."},
	{"argument-type", "the argument must be of the kind that the call takes",
	 "arg* expected pointer to func",
	 "{call} takes a function of the program here, and {R} is {is}. Pass its name."},
	{"global-arguments", "a global function is called with what its types say",
	 "Caller passes invalid args into func#* ('*')", NULL, advice_global_call},
	{"global-arguments", "a global function is called with what its types say",
	 "R* is not a pointer to arena or scalar.",
	 "The argument is tagged __arg_arena, and {R} is {is}."},
	{"global-function", "a global function returns a number",
	 "Global function *() doesn't return scalar. Only those are supported.",
	 "{1}() is global, so it is verified by itself, and must return a number (not void or a "
	 "pointer). Make it return int, or make it static."},
	{"global-function", "a function has at most 5 arguments",
	 "Global function *() with * > * args. Buggy compiler.",
	 "{1}() has {2} arguments; 5 is the limit. Pass a pointer to a struct instead."},
	{"constant-string", "a format is a constant string", "R* does not point to a readonly map'",
	 "{R} is {is}, and the text here must be one that cannot change: a string literal, or a "
	 "static "
	 "const char array (.rodata)."},
	{"constant-string", "a format is a constant string", "R* is not a constant address'",
	 "The address of the text in {R} is known only at run time. Pass a string literal."},
	{"constant-string", "a format is a constant string", "string is not zero-terminated",
	 "The constant string in {R} has no NUL at its end. Make the array one longer."},
	{"constant-string", "a format is a constant string",
	 "arg#* doesn't point to a const string",
	 "{R} is {is}. Pass a string literal, or a static const char array."},
	{"constant-string", "a format is a constant string",
	 "no direct value access support for this map type",
	 "The contents of this kind of map have no fixed address. Use an array map, or a global "
	 "variable."},
	{"constant-string", "a format is a constant string", "*value access on string failed",
	 "The string could not be read out of its map. Use a string literal."},
	{"constant-string", "a format is a constant string", "failed to retrieve map value address",
	 "The format could not be read out of its map. Use a string literal."},
	{"format", "a format must be one that BPF knows and fit its arguments",
	 "Invalid format string",
	 "The format passed to {call} is not understood, or has another number of conversions than "
	 "there are arguments. Known are %d %i %u %x %ld %lld %llu %llx %c %p %s and kin; the last "
	 "argument is the size in bytes of the array of u64 values."},
	{"dynptr-memory", "a dynptr is made of a map's value",
	 "Unsupported reg type * for bpf_dynptr_from_mem data",
	 "bpf_dynptr_from_mem() takes memory of a map's value only, and {R} is {is}. Use an array "
	 "map "
	 "with one element as buffer."},
	/* Maps and helpers that go together */
	{"map-helper", "each kind of map has its own helpers", "cannot pass map_type * into func *",
	 NULL, advice_map_helper},
	{"map-key", "the key must be known", "invalid map_ptr to access map->key",
	 "The map is not known here, so neither is the size of its key. Pass the map itself."},
	{"map-key", "the value must be known", "invalid map_ptr to access map->value",
	 "The map is not known here, so neither is the size of its value. Pass the map itself."},
	{"map-callback", "this map cannot be iterated", "callback function not allowed for map",
	 "bpf_for_each_map_elem() works on arrays, hash maps and per-CPU ones. Use bpf_loop() with "
	 "lookups for the others."},
	{"tail-call-map", "a tail call needs a program array",
	 "expected prog array map for tail call*",
	 "The second argument of bpf_tail_call() is a map of type BPF_MAP_TYPE_PROG_ARRAY."},
	{"helper-type", "the helper is not for this type of program",
	 "program of this type cannot use helper *#*", NULL, advice_helper_type},
	/* What libbpf leaves where CO-RE found nothing */
	{"co-re", "what CO-RE did not find may not be reached", "invalid func *#195896080",
	 "CO-RE did not find in this kernel the field, type or value that {here} uses. Guard it: "
	 "if "
	 "(bpf_core_field_exists(...)) or bpf_core_type_exists()."},
	{"no-helper", "there is no such function", "invalid func *#*",
	 "There is no helper number {2} in Linux 6.18. The prototype may be of a newer header, or "
	 "the "
	 "call one that was to be resolved at load time (CO-RE, __ksym) and was not."},
	{"no-helper", "there is no such function", "unknown func *", "There is no such helper."},
	{"unsupported-helper", "not available in user space", "espalier does not support helper *",
	 "Linux lets programs of this type call {1}, but there is nothing behind it here: see "
	 "docs/helpers.md. Verify with --engine kernel instead."},
	{"helper-result", "the helper's result is not supported", "invalid return type * of func *",
	 "What this helper returns is not known here."},
	{"gpl-only", "this is for GPL-compatible programs",
	 "cannot call GPL-restricted function from non-GPL compatible program",
	 "{call} is for GPL-compatible programs: set char _license[] SEC(\"license\") = \"GPL\" or "
	 "\"Dual BSD/GPL\"."},
	{"gpl-only", "this is for GPL-compatible programs",
	 "cannot call kernel function from non-GPL compatible program",
	 "Kernel functions are for GPL-compatible programs: set char _license[] SEC(\"license\") = "
	 "\"GPL\" or \"Dual BSD/GPL\"."},
	{"sleeping", "these programs may not sleep",
	 "helper call might sleep in a non-sleepable prog",
	 "{call} may sleep, which XDP, tc and socket filter programs must not."},
	{"sleeping", "these programs may not sleep",
	 "program must be sleepable to call sleepable kfunc *",
	 "{1} may sleep, which XDP, tc and socket filter programs must not."},
	{"sleeping", "nothing may sleep inside a section", "sleepable helper *#* in * region", NULL,
	 advice_sleep},
	{"sleeping", "these programs may not sleep", "Only * programs can be sleepable",
	 "Take BPF_F_SLEEPABLE (a section name that ends in .s) away."},
	{"kfunc-type", "the kernel function is not for this type of program",
	 "calling kernel function * is not allowed", NULL, advice_kfunc_type},
	{"kfunc-missing", "a kernel function that is not there may not be reached",
	 "invalid kernel function call not eliminated in verifier pass",
	 "The call at {here} goes to a __weak kernel function that does not exist here. Guard it: "
	 "if "
	 "(bpf_ksym_exists(f)) f(...)."},
	{"kfunc-missing", "there is no such kernel function", "kernel btf_id * is not a function",
	 "The call goes to type {1} of the kernel's BTF, which is no function. Load the object "
	 "through "
	 "libbpf, which resolves __ksym names."},
	{"kfunc-missing", "there is no such kernel function",
	 "kernel function btf_id * does not have a valid func_proto",
	 "The kernel's BTF is damaged or of another kernel."},
	{"kfunc-module", "there are no modules here", "*kernel module function call*",
	 "The call goes to a function of a kernel module. Only functions of the kernel itself can "
	 "be "
	 "called."},
	{"kfunc-module", "there are no modules here",
	 "kfunc offset > 0 without fd_array is invalid",
	 "The call goes to a function of a kernel module, but the loader passed no fd_array."},
	{"kfunc-module", "there are no modules here", "BTF fd for kfunc is not a module BTF",
	 "The descriptor that the loader passed for this call is no module's BTF."},
	{"kfunc-module", "there are no modules here", "failed to find BTF for kernel function",
	 "The kernel function that is called could not be found: there are no modules here."},
	{"kfunc-device", "this function needs a device",
	 "metadata kfuncs require device-bound program",
	 "bpf_xdp_metadata_*() need a program loaded for one device (BPF_F_XDP_DEV_BOUND_ONLY)."},
	{"rcu-needed", "needs an RCU section",
	 "kernel func * requires RCU critical section protection",
	 "Call {1} between bpf_rcu_read_lock() and bpf_rcu_read_unlock()."},
	{"type-argument", "a type id must be that of a struct", "*type ID argument must be *",
	 "Pass bpf_core_type_id_local(struct ...) or bpf_core_type_id_kernel(struct ...) of a "
	 "struct."},
	{"type-argument", "a type id must be that of a struct",
	 "Unknown type ID * passed to kfunc *",
	 "Type {1} does not exist in the kernel's BTF. Pass bpf_core_type_id_kernel(struct ...)."},
	{"type-argument", "a type id needs BTF", "*requires prog BTF",
	 "Compile with -g, so that the object has BTF."},
	{"kfunc-buffer", "one size per call",
	 "2 or more rdonly/rdwr_buf_size parameters for kfunc*",
	 "The kernel function's own prototype is wrong."},
	/* dynptrs */
	{"dynptr-initialised", "a dynptr must be set up before it is used",
	 "Expected an initialized dynptr as arg #*",
	 "{R} ({is}) holds no dynptr here: it was not set up on this path, was given back, or was "
	 "overwritten. Call bpf_dynptr_from_xdp() or its like first, and pass the address of that "
	 "very "
	 "variable."},
	{"dynptr-kind", "the dynptr is of another kind", "Expected a dynptr of type * as arg #*",
	 "{call} takes a dynptr of kind {1}. Use one that was made by the call that goes with it."},
	{"dynptr-fresh", "a dynptr is set up in a fresh variable",
	 "Dynptr has to be an uninitialized dynptr",
	 "The variable that {call} is to set up holds a dynptr or iterator already, or is not "
	 "8-byte aligned. Pass a fresh local struct bpf_dynptr, at its start."},
	{"dynptr-overwrite", "a dynptr's own bytes are not the program's to write",
	 "cannot overwrite referenced dynptr",
	 "The dynptr on the stack owns a ring buffer reservation{acquired}, and {here} would write "
	 "over it. Call bpf_ringbuf_submit_dynptr() or bpf_ringbuf_discard_dynptr() first."},
	{"dynptr-on-stack", "a dynptr lives on the stack",
	 "arg#* expected pointer to stack or const struct bpf_dynptr",
	 "{Rfrom} is {is}. A dynptr cannot be kept in a map or elsewhere: pass the address of a "
	 "local "
	 "struct bpf_dynptr."},
	{"dynptr-on-stack", "a dynptr lives on the stack", "* has to be at a constant offset",
	 "The address of the {1} on the stack is known only at run time: it cannot be an element "
	 "of an "
	 "array that is indexed. Use a plain local variable."},
	{"dynptr-on-stack", "a dynptr lives on the stack", "cannot pass in * at an offset=*",
	 "The address passed lies {2} bytes from the frame pointer, inside or beside the {1}. Pass "
	 "the "
	 "address of its start."},
	{"dynptr-const", "a dynptr that was passed in cannot be changed",
	 "cannot pass pointer to const bpf_dynptr, the helper mutates it",
	 "{call} changes the dynptr, and this one belongs to the caller. Clone it "
	 "(bpf_dynptr_clone()) and change the clone."},
	{"dynptr-const", "a dynptr that was passed in cannot be released",
	 "cannot release unowned const bpf_dynptr",
	 "The dynptr belongs to the caller: let it submit or discard it."},
	/* Iterators */
	{"iterator-initialised", "an iterator must be made before it is used",
	 "expected an initialized iter_* as arg #*",
	 "The iterator that {R} points to ({is}) is not there on this path: bpf_iter_{1}_new() was "
	 "not "
	 "called, it was destroyed, or its bytes were overwritten. Pair new, next and destroy on "
	 "every "
	 "path, or use bpf_for()."},
	{"iterator-fresh", "an iterator is made in a fresh variable",
	 "expected uninitialized iter_* as arg #*",
	 "The iterator that {R} points to is in use. Call bpf_iter_{1}_destroy() first, or use "
	 "another "
	 "variable."},
	{"iterator-on-stack", "an iterator lives on the stack",
	 "arg#* expected pointer to an iterator on stack",
	 "{Rfrom} is {is}. Pass the address of a local struct bpf_iter_num."},
	{"iterator-on-stack", "an iterator lives on the stack",
	 "expected valid iter pointer as arg #*",
	 "{Rfrom} is {is}, which is no iterator. Pass the address of a local struct bpf_iter_num."},
	{"rcu-needed", "needs an RCU section", "expected an RCU CS when using *",
	 "Use {1} between bpf_rcu_read_lock() and bpf_rcu_read_unlock()."},
	/* Sections: locks, RCU, preemption, interrupts */
	{"section-open", "a section that was entered must be left before that",
	 "* cannot be used inside *-ed region", NULL, advice_section},
	{"lock-call", "nothing may be called while a lock is held",
	 "function calls are not allowed while holding a lock",
	 "A lock is held here, and until it is unlocked only plain code may run, and what lists "
	 "and "
	 "trees need: {call} must come before the lock is taken or after the unlock."},
	{"lock-call", "nothing may be called while a lock is held", "use static function instead",
	 "A spin lock is held at {here}, where only static functions may be called: a global "
	 "function "
	 "is verified by itself, without the lock. Make it static, or call it outside."},
	{"lock-twice", "one lock at a time", "Locking two bpf_spin_locks are not allowed",
	 "A spin lock is held already. Unlock it before the next is taken."},
	{"lock-missing", "only a lock that is held can be unlocked",
	 "bpf_spin_unlock without taking a lock",
	 "No lock is held on the path to {here}. Pair bpf_spin_lock() and bpf_spin_unlock() on "
	 "every "
	 "path."},
	{"lock-other", "the lock that was taken must be unlocked",
	 "bpf_spin_unlock of different lock",
	 "The lock passed at {here} ({R}) is not the one that was taken: it belongs to another "
	 "value, "
	 "or was looked up anew. Keep the pointer from before the lock."},
	{"lock-twice", "a lock is taken once",
	 "Acquiring the same lock again, AA deadlock detected", NULL, advice_lock_again,
	 .subject = BPF_REG_1},
	{"lock-missing", "only a lock that is held can be unlocked",
	 "bpf_res_spin_unlock without taking a lock",
	 "No lock is held on the path to {here}, which unlocks {R}. Taking a resilient lock may "
	 "fail: unless it returned 0, nothing is held. Leave there (if "
	 "(bpf_res_spin_lock(&v->lock)) return ...), and unlock only where it returned 0."},
	{"lock-other", "the lock that was taken must be unlocked",
	 "bpf_res_spin_unlock of different lock", NULL, advice_lock_other, .subject = BPF_REG_1},
	{"lock-order", "locks are given back in reverse order",
	 "bpf_res_spin_unlock cannot be out of order", NULL, advice_lock_order,
	 .subject = BPF_REG_1},
	{"lock-place", "a lock is a member of the value or object that it guards",
	 "off * doesn't point to 'struct bpf_*spin_lock' that is at *",
	 "The struct bpf_{2}spin_lock lies at offset {3} of what {R} points into, and the address "
	 "passed at {1}. Pass the address of the member itself (&v->lock)."},
	{"lock-place", "a lock is a member of the value or object that it guards",
	 "map '*' has no valid bpf_*spin_lock",
	 "The values of map {1} have no member struct bpf_{2}spin_lock, and {call} takes that kind "
	 "of lock only. Add one to the value's struct; with struct bpf_spin_lock there use "
	 "bpf_spin_lock(), with struct bpf_res_spin_lock use bpf_res_spin_lock()."},
	{"lock-place", "a lock is a member of the value or object that it guards",
	 "local '*' has no valid bpf_*spin_lock",
	 "{R} is {is}, and that has no member struct bpf_{2}spin_lock. Add one to the struct."},
	{"timer-place", "a timer or work queue is a member of a map's value",
	 "off * doesn't point to 'struct *' that is at *",
	 "The struct {2} lies at offset {3} of the value that {R} points into, and the address "
	 "passed at {1}. Pass the address of the member itself (&v->timer, &v->work)."},
	{"timer-place", "a timer or work queue is a member of a map's value",
	 "map '*' has no valid *",
	 "The values of map {1} have no member struct {2}, which {call} works on. Add one to the "
	 "value's struct, or look the value up in the map that has it."},
	{"timer-place", "a timer or work queue is a member of a map's value",
	 "arg#* doesn't point to a map value",
	 "{Rfrom} is {is}. What {call} starts runs after this program has ended, so it lives in a "
	 "map: declare the member in the value's struct, look the value up, and pass its address."},
	{"timer-map", "a timer or work queue goes with its own map",
	 "* pointer in R* map_uid=* doesn't match map pointer in R* map_uid=*", NULL,
	 advice_timer_map},
	{"field-offset", "special members lie at constant offsets",
	 "R* doesn't have constant offset. * has to be at the constant offset",
	 "Pass the address of the member itself, at a constant offset in the value."},
	{"lock-type", "no spin locks in socket filters",
	 "socket filter progs cannot use bpf_spin_lock yet",
	 "Programs of type socket cannot use a map whose values hold a spin lock. Use atomics "
	 "(__sync_fetch_and_add()), or a map without the lock."},
	{"lock-held", "lists and trees are used under their lock",
	 "bpf_spin_lock at off=* must be held for *",
	 "Take the lock that lies beside the {2} in the same value before {call}, and unlock after "
	 "it."},
	{"rcu-unmatched", "RCU sections come in pairs", "unmatched rcu read unlock *",
	 "No bpf_rcu_read_lock() is in effect on the path to {here}. Pair them on every path."},
	{"rcu-unmatched", "RCU sections come in pairs", "nested rcu read lock *",
	 "bpf_rcu_read_lock() is in effect already; sections do not nest. Take the inner pair "
	 "out."},
	{"preempt-unmatched", "preemption is enabled as often as it was disabled",
	 "unmatched attempt to enable preemption *",
	 "No bpf_preempt_disable() is in effect on the path to {here}. Pair them on every path."},
	{"irq-state", "interrupt flags are restored in reverse order",
	 "cannot restore irq state out of order, expected id=* acquired at insn_idx=*", NULL,
	 advice_irq_order},
	{"irq-state", "interrupt flags are saved once and restored once",
	 "expected *irq flag as arg#*",
	 "Save with bpf_local_irq_save(&flags) into a fresh variable and restore it once on every "
	 "path."},
	{"irq-state", "interrupt flags live on the stack",
	 "arg#* doesn't point to an irq flag on stack",
	 "{R} is {is}. Pass the address of a local unsigned long."},
	{"irq-state", "interrupt flags are restored by what goes with the save",
	 "irq flag acquired by * kfuncs cannot be restored with lock kfuncs", NULL, advice_irq_kind,
	 .subject = BPF_REG_2},
	{"irq-state", "interrupt flags are restored by what goes with the save",
	 "irq flag acquired by * kfuncs cannot be restored with native kfuncs", NULL,
	 advice_irq_kind, .subject = BPF_REG_1},
	/* Lists and trees */
	{"graph-node", "lists and trees link objects by the member named in __contains()",
	 "*_node not found at offset=*",
	 "{Rfrom} is {is}: no struct {1}_node lies at its offset {2}. Pass the address of that "
	 "member (&obj->node), not of the object.",
	 .subject = BPF_REG_2},
	{"graph-root", "a list or tree is a member of its own type", "* not found at offset=*",
	 "{Rfrom} is {is}: no struct {1} lies at offset {2} there, and {call} works on nothing "
	 "else. Pass the address of one; lists (bpf_list_*) and trees (bpf_rbtree_*) have their "
	 "own functions.",
	 .subject = BPF_REG_1},
	{"graph-node", "lists and trees link objects of the type named in __contains()",
	 "operation on * expects arg#1 * at offset=* in struct *, but arg is at offset=* in struct "
	 "*",
	 "The {1} in R1 holds objects of struct {4}, linked by the {2} at offset {3}, and {R} is "
	 "{is}. Add a struct {4}, or declare a {1} with __contains({6}, ...) for these."},
	{"graph-node", "lists and trees link objects by the member named in __contains()",
	 "arg#1 offset=*, but expected * at offset=* in struct *",
	 "{R} is {is}. The list or tree in R1 links struct {4} by the {2} at offset {3}, and the "
	 "member passed lies at {1}. Pass the member that __contains() names."},
	{"graph-node", "lists and trees take nodes that were taken out or allocated",
	 "*can only take non-owning or refcounted *",
	 "{Rfrom} is {is}: {call} takes a node that is in the tree, borrowed from it."},
	{"graph-callback", "the less function only compares", "* in rbtree cb",
	 "Inside the function that compares two nodes the tree may not be changed, nor the lock. "
	 "Only "
	 "read the nodes and return which comes first."},
	/* Exceptions */
	{"exception", "bpf_throw() leaves no callback",
	 "bpf_throw kfunc (insn *) cannot be called from callback subprog *",
	 "Instruction {1} throws inside a function that a helper calls back, from where the "
	 "program "
	 "cannot be left. Return 1 from the callback to stop it, and throw after the helper."},
	{"exception", "an exception callback takes one number",
	 "exception cb * single integer argument", "Declare it int cb(__u64 cookie)."},
	{"exception", "an exception callback is not called",
	 "insn * cannot call exception cb directly*",
	 "Instruction {1} calls the function that is declared as exception callback. Call another "
	 "that "
	 "does the same."},
	{"exception", "no tail call in an exception callback",
	 "cannot tail call within exception cb", "Return a verdict from the exception callback."},
	{"exception", "one exception callback per program",
	 "multiple exception callback tags for main subprog",
	 "Leave one __exception_cb() on the program."},
	{"exception", "the exception callback must exist",
	 "exception callback '*' could not be found in BTF",
	 "The program names {1} with __exception_cb(), but there is no such function in the "
	 "object. "
	 "Define it, as a global function."},
	{"exception", "the exception callback is global",
	 "exception callback '*' must have global linkage", "Take static off {1}()."},
	{"exception", "the exception callback must be known", "*exception callback *func_info*",
	 "Compile with -g and load through libbpf, which passes the functions' types."},
	/* Shape of the program */
	{"too-complex", "a program is verified within one million instructions",
	 "BPF program is too large. Processed * insn",
	 "The verifier gave up after walking one million instructions: too many paths, or a loop "
	 "that "
	 "runs too often. It was in the code around {here}. Use bpf_for(), bpf_loop() or a smaller "
	 "bound, and keep variables that differ between paths few."},
	{"too-complex", "at most 8192 branches are open at once",
	 "The sequence of * jumps is too complex.",
	 "More than 8192 decisions wait to be walked: a long loop with branches in it. Use "
	 "bpf_for() or "
	 "bpf_loop(), whose body is walked once, or a smaller bound."},
	{"infinite-loop", "a loop must advance", "old state:*",
	 "The loop that {here} belongs to comes round with everything as it was, so it would never "
	 "end. "
	 "Let a variable that its condition tests change in each round, with a bound."},
	{"infinite-loop", "a loop must advance", "infinite loop detected at insn *",
	 "The loop comes round with everything as it was, so it would never end. Let a variable "
	 "that "
	 "its condition tests change in each round, with a bound."},
	{"loop-limit", "bpf_loop() has a limit", "* bpf_loop iteration limit reached",
	 "bpf_loop() runs at most 8388608 times."},
	{"control-flow", "jumps stay within their function", "jump out of range from insn * to *",
	 "Instruction {1} jumps to {2}, which is outside of its function. A compiler does not make "
	 "that: check inline assembly."},
	{"control-flow", "jumps stay within their function",
	 "jump into the middle of ldimm64 insn *",
	 "Instruction {1} takes two places, and something jumps to the second."},
	{"control-flow", "every instruction can be reached", "unreachable insn *",
	 "No path leads to instruction {1}. A compiler leaves such code out: check inline "
	 "assembly, or "
	 "a call that is declared not to return."},
	{"control-flow", "every instruction can be reached", "last insn is not an exit or jmp",
	 "A function runs off its end. Put a return behind calls that do not come back, and look "
	 "for "
	 "undefined behaviour in its C code, which lets the compiler leave the end out."},
	{"control-flow", "a loop needs a bound", "back-edge*",
	 "A loop without a bound that can be proved."},
	{"subprograms", "a program has at most 256 functions", "too many subprograms",
	 "Inline some (__always_inline)."},
	{"subprograms", "a call goes to the start of a function", "call to invalid destination",
	 "The call leads outside of the program. The object was not linked by libbpf, or is "
	 "damaged."},
	{"subprograms", "a callback is a static function", "callback function not static",
	 "The function given as callback is global. Make it static: a global one is verified by "
	 "itself, "
	 "without knowing what it is called with."},
	{"subprograms", "functions are described in BTF", "missing btf func_info",
	 "A callback needs the types of functions: compile with -g."},
	{"ld-abs", "BPF_LD_ABS needs the skb in R6",
	 "at the time of BPF_LD_ABS|IND R6 != pointer to skb",
	 "These packet loads read through R6, which must be the program's context: it is {r6}."},
	{"ld-abs", "BPF_LD_ABS is for programs on skbs",
	 "BPF_LD_[ABS|IND] instructions not allowed for this program type",
	 "XDP programs read the packet through data and data_end."},
	{"ld-abs", "a function that may leave the program returns int", "LD_ABS is *",
	 "A function with such a packet load may end the program, so it must be declared to return "
	 "int."},
	{"ld-abs", "a function that may leave the program returns int", "tail_call is *",
	 "A function with a tail call may end the program, so it must be declared to return int."},
	{"instruction", "the instruction is not one of BPF's", "unknown opcode *",
	 "Opcode {1} does not exist. The object is damaged, or made for a newer kernel."},
	{"instruction", "the instruction is not one of BPF's", "unknown insn class *",
	 "The object is damaged."},
	{"instruction", "unused fields of an instruction are zero", "*uses reserved fields",
	 "A field that this instruction does not use is not zero: it was not made by a compiler "
	 "for "
	 "BPF, or is one of a newer kernel."},
	{"instruction", "the instruction is not one of BPF's", "*invalid bpf_ld_imm64 insn*",
	 "A 64-bit constant takes two instructions, and the second is not right."},
	{"instruction", "the instruction is not one of BPF's", "unrecognized bpf_ld_imm64 insn",
	 "The constant is of a kind that does not exist. The object was not relocated by libbpf, "
	 "or is "
	 "damaged."},
	{"instruction", "the instruction is not one of BPF's", "invalid may_goto imm *",
	 "Use may_goto through bpf_may_goto/cond_break of bpf_experimental.h."},
	{"instruction", "the instruction is not one of BPF's", "invalid BPF_JMP/JMP32 opcode *",
	 "Jump {1} does not exist."},
	{"arena", "needs an arena", "addr_space_cast insn can only be used *arena",
	 "There are no arenas here."},
	{"map-fd", "map descriptors must be maps", "fd * is not pointing to valid bpf_map*",
	 "Descriptor {1} is no map. The object was not relocated by libbpf, or the map was "
	 "closed."},
	{"map-fd", "map descriptors must be maps", "fd_idx without fd_array is invalid",
	 "The loader passed no fd_array."},
	{"map-count", "a program uses at most 64 maps",
	 "The total number of maps per program has *",
	 "Merge maps, or reach some through a map of maps."},
	{"map-offset", "the address lies within the value",
	 "direct value offset of * is not allowed",
	 "The offset {1} is beyond what a value can have."},
	{"symbol", "the symbol must exist", "*ldimm64*",
	 "The address of something of the kernel is asked for that is not there, or not a variable "
	 "or "
	 "function. Declare it __weak and test it."},
	{"symbol", "the symbol must exist", "invalid module BTF object FD specified.",
	 "There are no modules here."},
	{"co-re", "what CO-RE did not find may not be reached",
	 "failed to resolve CO-RE relocation *",
	 "The field, type or value named in the message is not in this kernel's BTF, and the path "
	 "to "
	 "{here} uses it all the same. Guard it: if (bpf_core_field_exists(...)) or "
	 "bpf_core_type_exists()."},
	{"line-info", "types and lines must describe the program", "*line_info*",
	 "The line information in the object does not fit its code. Compile anew with -g."},
	{"line-info", "types and lines must describe the program", "*func info*",
	 "The function information in the object does not fit its code. Compile anew with -g."},
	{"line-info", "types and lines must describe the program", "*func_info*",
	 "The function information in the object does not fit its code. Compile anew with -g."},
	{"invariants", "the verifier contradicts itself", "REG INVARIANTS VIOLATION*",
	 "What is known of a number contradicts itself: this is a fault of the verifier, please "
	 "report "
	 "it."},
	{"verifier-bug", "the verifier contradicts itself", "verifier bug*",
	 "This is a fault of the verifier, not of the program: please report it."},
	{0},
};
