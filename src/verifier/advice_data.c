// SPDX-License-Identifier: BSD-2-Clause
/* What messages about references, pointers and memory mean, and what would mend it. advice.h tells
 * how patterns and texts are read. */
#include "advice.h"

const struct advice advice_of_data[] = {
	/* References */
	{"reference-leak", "what a program acquires it must release on every path",
	 "*would lead to reference leak", NULL, advice_leak},
	{"reference-leak", "what a program acquires it must release on every path",
	 "Unreleased reference*", NULL, advice_leak},
	{"release-unacquired", "only what was acquired can be released, once",
	 "R* must be referenced when passed to release function",
	 "{call} gives back what an acquiring call returned, but {Rfrom} is {is}: nothing is held "
	 "on it. Take out this call, or pass the pointer that the acquiring call returned."},
	{"release-unacquired", "only what was acquired can be released, once",
	 "arg * is an unacquired reference",
	 "{call} gives back a reservation, but nothing was reserved through this dynptr, or it was "
	 "given back before. Call it once, for a dynptr that bpf_ringbuf_reserve_dynptr() set up."},
	{"release-unacquired", "only what was acquired can be released, once",
	 "*reference has not been acquired before*",
	 "{call} releases {R}, which is not held any more on this path. Release it exactly once."},
	{"release-unacquired", "only what was acquired can be released, once",
	 "release kernel function * expects refcounted*",
	 "{call} wants the pointer that an acquiring call returned, but {Rfrom} is {is}."},
	{"release-offset", "release takes the very pointer that was acquired",
	 "R* must have zero offset when passed to release func or trusted arg to kfunc",
	 "{Rfrom} is {is}: it was moved away from the start of the object. Keep the pointer that "
	 "the acquiring call returned, and pass that to {call}."},
	{"untrusted-argument", "kernel functions take pointers that are known to be alive",
	 "R* must be referenced or trusted",
	 "{Rfrom} is {is}. Such a pointer may be stale, so {call} does not take it. Pass the "
	 "pointer that an acquiring call returned."},
	{"untrusted-argument", "kernel functions take pointers that are known to be alive",
	 "R* must be a rcu pointer",
	 "{R} is {is}. {call} wants a pointer read inside an RCU section: read it between "
	 "bpf_rcu_read_lock() and bpf_rcu_read_unlock(), and call there."},
	{"released-argument", "a release takes the pointer that was acquired, once",
	 "arg#* pointer type * must point to *scalar, or struct with scalar", NULL,
	 advice_not_object},
	{"allocated-argument", "the function takes an object that the program allocated",
	 "arg#* expected pointer to allocated object",
	 "{call} takes what bpf_obj_new() returned, but {Rfrom} is {is}."},
	{"allocated-argument", "the function takes an object that the program allocated",
	 "arg#* expected for *_drop_impl()",
	 "{call} does not free objects of this kind: {R} is {is}. Use bpf_obj_drop() for what "
	 "bpf_obj_new() returned and bpf_percpu_obj_drop() for what bpf_percpu_obj_new() "
	 "returned."},
	{"allocated-argument", "the function takes an object that the program allocated",
	 "allocated object must be referenced",
	 "{R} is {is}: a borrowed pointer. Only the owner may pass it to {call}: take it out of "
	 "its "
	 "list or tree first."},
	{"allocated-argument", "the function takes an object that the program allocated",
	 "arg#* is neither owning or non-owning ref",
	 "{Rfrom} is {is}. {call} wants a pointer to an object of the program that is still "
	 "valid here."},
	{"no-refcount", "only objects with a bpf_refcount can be shared",
	 "arg#* doesn't point to a type with bpf_refcount field",
	 "Add a member of type struct bpf_refcount to the struct that {R} points to."},
	/* NULL */
	{"null-argument", "a pointer that may be NULL must be tested before it is passed",
	 "Possibly NULL pointer passed to *", NULL, advice_null_argument},
	{"null-argument", "a pointer that may be NULL must be tested before it is passed",
	 "arg#* is expected to be non-NULL",
	 "{R} is {is}, and the function's argument is tagged __arg_nonnull. Test it first."},
	{"null-arithmetic", "a pointer that may be NULL must be tested before it is computed with",
	 "R* pointer arithmetic on * prohibited, null-check it first",
	 "{Rfrom} is {is}. Test it first (if (!{name}) ...), and add the offset only where it is "
	 "not NULL."},
	{"null-read", "a pointer that may be NULL must be tested before it is used",
	 "R* invalid mem access '*_or_null*'",
	 "{Rfrom} is {is}, and {here} uses it without a test. Put one before that: if (!{name}) "
	 "return ...;"},
	{"null-offset", "a pointer that may be NULL must not be moved",
	 "dereference of modified *_or_null_ ptr R* off=* disallowed",
	 "{Rfrom} is {is}: it may be NULL and was moved as well. Test it before any offset is "
	 "added."},
	{"lost-pointer", "only a valid pointer can be read through",
	 "R* invalid mem access 'scalar'", NULL, advice_not_pointer},
	{"packet-end", "data_end only marks the end", "R* invalid mem access 'pkt_end'",
	 "{R} is data_end: there is nothing to read at or behind it. Read through a pointer made "
	 "from data, and only compare it with data_end."},
	{"bad-pointer", "nothing can be read through such a pointer", "R* invalid mem access '*'",
	 "{Rfrom} is {is}, and no program may read or write through that. Read through another "
	 "pointer, or pass this one to the helper it is meant for."},
	/* The packet */
	{"packet-bounds", "packet bytes must be compared with data_end before they are read",
	 "R* offset is outside of the packet", NULL, advice_packet},
	{"packet-bounds", "packet bytes must be compared with data_end before they are read",
	 "invalid access to packet, *", NULL, advice_packet},
	{"packet-write", "this kind of program may not write to the packet",
	 "cannot write into packet",
	 "A program of this type sees the packet read-only. Copy what is needed to the stack, and "
	 "change it there."},
	{"packet-write", "this kind of program may not write to the packet",
	 "the prog does not allow writes to packet data",
	 "A program of this type sees the packet read-only: use bpf_dynptr_slice() in place of "
	 "bpf_dynptr_slice_rdwr()."},
	{"packet-argument", "this helper does not take packet pointers",
	 "helper access to the packet is not allowed",
	 "{R} points into the packet, and {call} does not take such memory in this kind of "
	 "program. "
	 "Copy the bytes to the stack first and pass their address."},
	/* Context */
	{"context-field", "the context can be read only by its fields",
	 "invalid bpf_context access off=* size=*", NULL, advice_context},
	{"context-moved", "the context must be used as it came in",
	 "dereference of modified ctx ptr R* off=* disallowed",
	 "{R} is the context moved by {2} bytes. The context is read and passed only as it came "
	 "in: write ctx->field, and let the compiler place the offset in the load."},
	{"context-moved", "the context must be used as it came in",
	 "negative offset ctx ptr R* off=* disallowed",
	 "{R} points {2} bytes from the start of the context, before it. Use the pointer as it "
	 "came "
	 "in."},
	{"context-moved", "the context must be used as it came in",
	 "variable ctx access var_off=* disallowed",
	 "An offset that is known only at run time was added to the context ({R}). Choose the "
	 "field "
	 "by comparisons (if (i == 0) v = ctx->a; ...), since each is rewritten on its own."},
	{"context-argument", "the function takes the context",
	 "arg#* expected pointer to ctx, but got *",
	 "{call} takes the program's context in this argument, but {Rfrom} is {is}. Pass the "
	 "argument of the program as it is."},
	{"context-argument", "the function takes the context", "R* type=* expected=ctx",
	 "{call} takes the program's context, but {Rfrom} is {is}. Pass the argument of the "
	 "program as it is."},
	{"context-argument", "the function takes the context", "arg#* expects pointer to ctx",
	 "The function called takes the program's context, but {Rfrom} is {is}."},
	{"modified-pointer", "a pointer to such an object may not be moved",
	 "dereference of modified * ptr R* off=* disallowed",
	 "{R} is {is}: it was moved by {3} bytes. Use the pointer as the call returned it."},
	{"modified-pointer", "a pointer to such an object may not be moved",
	 "negative offset * ptr R* off=* disallowed",
	 "{R} is {is}. It lies {3} bytes from the start of its object, before it."},
	{"variable-offset", "an object of this kind has no variable offset",
	 "variable * access var_off=* disallowed",
	 "{R} is {is}: an offset known only at run time was added. Use constant offsets (named "
	 "members) with it."},
	/* Structs of the kernel */
	{"kernel-object-write", "the kernel's objects are read-only", "only read is supported",
	 "{Rfrom} is {is}. Programs may read such an object and not write to it. Keep the value "
	 "in a map or on the stack instead."},
	{"kernel-object-write", "the kernel's objects are read-only",
	 "only read from * is supported",
	 "{R} points to a map's own struct {1}, which programs may read and not write."},
	{"beyond-struct", "a read must lie within its struct",
	 "access beyond struct * at off * size *",
	 "struct {1} ends before byte {2} + {3}: {R} is {is}. Check the type that the pointer was "
	 "cast to, and the member read at {here}."},
	{"before-struct", "a read must lie within its struct",
	 "R* is * invalid negative access: off=*",
	 "The read is at offset {3} of the object that {R} points to: before its start. "
	 "Going from a member back to the struct around it (container_of) is not possible here."},
	{"variable-offset", "an object of this kind has no variable offset",
	 "R* is * invalid variable offset: off=*, var_off=*",
	 "{R} points to a kernel object and has an offset known only at run time. Members are "
	 "reached by constant offsets only: choose among them with if or switch."},
	{"user-memory", "this memory is not the kernel's", "R* is * access user memory: off=*",
	 "The pointer leads to user memory. Read it with bpf_probe_read_user()."},
	{"percpu-memory", "per-CPU memory is reached through a helper",
	 "R* is * access percpu memory: off=*",
	 "The pointer leads to per-CPU memory. Pass it to bpf_this_cpu_ptr() or bpf_per_cpu_ptr() "
	 "and read through what that returns."},
	{"gpl-only", "this is for GPL-compatible programs",
	 "Cannot access kernel 'struct *' from non-GPL compatible program",
	 "Set char _license[] SEC(\"license\") = \"GPL\" or \"Dual BSD/GPL\"."},
	{"socket-field", "a socket can be read only by its fields",
	 "R* invalid * access off=* size=*",
	 "There is no field of that size at offset {3} of what {R} points to ({is}), or programs "
	 "may "
	 "not read it. Read one of the fields of struct bpf_sock or struct bpf_tcp_sock whole."},
	/* Maps and memory */
	{"map-bounds", "an access must lie within the map's value",
	 "invalid access to map value, value_size=* off=* size=*", NULL, advice_region},
	{"map-bounds", "an access must lie within the map's value",
	 "invalid access to map value pointer, value_size=* off=*",
	 "The address taken lies {2} bytes into a value of {1} bytes."},
	{"map-bounds", "an access must lie within the map's key",
	 "invalid access to map key, key_size=* off=* size=*", NULL, advice_region},
	{"memory-bounds", "an access must lie within its memory",
	 "invalid access to memory, mem_size=* off=* size=*", NULL, advice_region},
	{"min-bounds", "an access must lie within its memory",
	 "R* min value is outside of the allowed memory range", NULL, advice_bounds},
	{"max-bounds", "an access must lie within its memory",
	 "R* max value is outside of the allowed memory range",
	 "{Rfrom} is {is}.{added} At its largest offset the access at {here} goes outside of the "
	 "memory. "
	 "Lower the bound: if (i >= N) return, before i is added, with N elements there."},
	{"negative-index", "an offset may not be negative",
	 "R* min value is negative, either use unsigned index*",
	 "{Rfrom} is {is}.{added} The offset may be negative. Use an unsigned index, or "
	 "leave where it is below 0 (if (i < 0) return)."},
	{"negative-length", "a length may not be negative",
	 "R* min value is negative, either use unsigned or *",
	 "{Rfrom} is passed as a length and is {is}: it may be negative. Make it unsigned or mask "
	 "it (n &= MAX)."},
	{"unbounded-access", "an offset needs an upper bound",
	 "R* unbounded memory access, make sure to bounds check*",
	 "{Rfrom} is {is}.{added} Nothing bounds the offset from above. Compare the index before "
	 "it "
	 "is used: if (i >= N) return, where N is the number of elements."},
	{"unbounded-length", "a length needs an upper bound", "R* unbounded memory access, use *",
	 "{Rfrom} is passed as a length and is {is}: without an upper bound. "
	 "Bound it where the verifier can see it, right before the call: if (n > MAX) return, or n "
	 "&= MAX, with an unsigned n."},
	{"zero-length", "a length may not be 0 here", "R* invalid zero-sized read: u64=[*]",
	 "{Rfrom} is passed as a length and is {is}: it may be 0, which {call} does not take. "
	 "Leave "
	 "where it is 0 or too large before the call: if (!n || n > sizeof(buf)) return."},
	{"zero-length", "a length may not be 0 here", "invalid zero-sized read",
	 "{call} would read 0 bytes here. For a map: this kind of map has no keys (a queue or "
	 "stack), so this operation is not for it."},
	{"zero-length", "a length may not be 0 here", "R* invalid zero-sized read*",
	 "{R} is passed as a length and may be 0, which {call} does not take."},
	{"memory-length", "the length must fit the memory it is passed with",
	 "arg#* arg#* memory, len pair leads to invalid memory access", NULL, advice_memory_length},
	{"map-write", "the map is read-only for programs", "write into map forbidden*",
	 "The map was made with BPF_F_RDONLY_PROG, or is .rodata (const data): programs may not "
	 "write to it. Take the flag, or the const, away, or write elsewhere."},
	{"map-read", "the map is write-only for programs", "read from map forbidden*",
	 "The map was made with BPF_F_WRONLY_PROG: programs may not read it. Take the flag away."},
	{"map-key-write", "the key given to a callback is read-only",
	 "write to change key R* not allowed",
	 "{R} points to the key of the element, which the callback may only read. Copy it to the "
	 "stack first."},
	{"read-only-memory", "this memory is read-only", "R* cannot write into rdonly_*",
	 "{Rfrom} is {is}: for reading only. Where it comes from bpf_dynptr_slice(), use "
	 "bpf_dynptr_slice_rdwr(); an iterator's element must be copied to a local variable."},
	{"read-only-memory", "this memory is read-only", "R* cannot write into *",
	 "{Rfrom} is {is}, which a program may only read. Keep your value elsewhere."},
	{"read-only-memory", "this memory is read-only",
	 "*() may write into memory pointed by R* type=*",
	 "{call} may write through {R}, which is {is}: for reading only. Pass a copy on the "
	 "stack."},
	{"misaligned", "an access must be aligned to its size", "misaligned *",
	 "The offset of the access at {here} is no multiple of its size. Lay the struct out so "
	 "that "
	 "members are aligned, or read it byte by byte (or by a packed struct)."},
	{"special-field", "fields of this kind have their own functions",
	 "* cannot be accessed directly by load/store",
	 "The access at {here} touches a {1} inside the value, which only its own helpers may do. "
	 "Copy the members around it one by one rather than the whole struct."},
	{"special-field", "fields of this kind have their own functions",
	 "direct access to * is disallowed",
	 "{R} is {is}, and the access at {here} touches the {1} in it, which only its own "
	 "functions "
	 "may do. Read and write the members around it one by one, not the whole struct."},
	{"special-field", "fields of this kind have their own functions",
	 "* cannot be accessed indirectly by helper",
	 "The memory passed to {call} includes a {1}, which only its own helpers may touch. Pass "
	 "the "
	 "address of the members beside it."},
	{"kptr-access", "a kptr in a map is read whole and at its offset",
	 "* access cannot have variable offset",
	 "A kptr is reached by a constant offset only: not as an element of an array whose index "
	 "is "
	 "known only at run time."},
	{"kptr-access", "a kptr in a map is read whole and at its offset",
	 "* access misaligned expected=* off=*",
	 "The {1} lies at offset {2} of the value, the access at {3}. Read the member itself."},
	{"kptr-access", "a kptr in a map is read whole and at its offset",
	 "* access size must be BPF_DW", "Read or write the whole pointer (8 bytes), not a part."},
	{"kptr-access", "a kptr in a map is read whole and at its offset",
	 "kptr in map can only be accessed using BPF_MEM instruction mode",
	 "Read and write the pointer with plain loads and stores: no atomics on it."},
	{"kptr-store", "a referenced kptr is exchanged, not stored",
	 "store to referenced kptr disallowed",
	 "A plain assignment to this member would lose what it held. Use old = "
	 "bpf_kptr_xchg(&v->p, "
	 "new), and release old if it is not NULL."},
	{"kptr-store", "a kptr can only be set to NULL by an immediate store",
	 "BPF_ST imm must be 0 when storing to kptr at off=*",
	 "A number was assigned to a pointer in a map. Assign NULL, or a pointer of its type."},
	{"kptr-type", "a kptr takes pointers of its type only", "invalid kptr access, R* type=*",
	 "{Rfrom} is {is}, which is not what the member in the map is declared to point to. "
	 "Untrusted and moved pointers cannot be kept in a map either."},
	{"kptr-exchange", "bpf_kptr_xchg() is for referenced kptrs",
	 "off=* kptr isn't referenced kptr",
	 "The member at offset {1} is declared __kptr_untrusted. Declare it __kptr, or read and "
	 "write it plainly."},
	{"kptr-exchange", "bpf_kptr_xchg() is for referenced kptrs", "off=* doesn't point to kptr",
	 "At offset {1} of the value there is no member declared __kptr. (clang 14 drops the tag: "
	 "kptrs need clang 16 or later.)"},
	{"kptr-exchange", "bpf_kptr_xchg() is for referenced kptrs", "R* has no valid kptr",
	 "The struct that {R} points to has no member declared __kptr. (clang 14 drops the tag: "
	 "kptrs need clang 16 or later.)"},
	{"kptr-exchange", "bpf_kptr_xchg() is for referenced kptrs",
	 "R* doesn't have constant offset. kptr has to be at the constant offset",
	 "Pass the address of the member itself, at a constant offset in the value."},
	{"map-btf", "the map needs type information", "map '*' has to have BTF in order to use *",
	 "Map {1} was made without the type of its values. Declare it with __type(value, struct "
	 "...) "
	 "and compile with -g."},
	/* Stack */
	{"stack-uninitialised", "stack bytes must be written before they are read",
	 "invalid read from stack *", NULL, advice_stack_read},
	{"stack-uninitialised", "stack bytes must be written before they are read",
	 "invalid indirect read from stack*", NULL, advice_stack_read},
	{"stack-bounds", "the stack is 512 bytes", "invalid write to stack R* off=* size=*",
	 "The write begins at offset {2} from the frame pointer and has the size {3}: a program "
	 "has the "
	 "512 bytes from -512 to -1, and nothing above. Check the index into the local array or "
	 "struct."},
	{"stack-variable", "an offset into the stack must be bounded",
	 "invalid variable-offset* stack R* var_off=*",
	 "{R} is {is}.{added} That leads outside of the 512 bytes from fp-512 to fp-1. Bound the "
	 "index "
	 "by the size of the array: if (i >= N) return."},
	{"stack-variable", "an offset into the stack must be bounded",
	 "invalid unbounded variable-offset* stack R*",
	 "{R} is an address on the stack plus a number without bounds ({is}). Bound the index by "
	 "the "
	 "size of the array: if (i >= N) return."},
	{"stack-variable", "an offset into the stack must be bounded",
	 "variable offset stack pointer cannot be passed into helper function*",
	 "Pass the address of the array itself, or of an element with a constant index."},
	{"stack-spill", "a pointer is saved and read back whole", "invalid size of register spill",
	 "Part of a pointer (fewer than 8 bytes) would be stored on the stack. Store all of it."},
	{"stack-spill", "a pointer is saved and read back whole", "invalid size of register fill",
	 "Part of a pointer that lies on the stack would be read as a number. Read all 8 bytes."},
	{"stack-spill", "a pointer to the stack may not outlive its function",
	 "cannot spill pointers to stack into stack frame of the caller",
	 "The address of a local variable would be stored in the caller's frame, where it would "
	 "stay "
	 "when the function returns. Let the caller own the memory and pass its address."},
	{"stack-return", "a pointer to the stack may not outlive its function",
	 "cannot return stack pointer to the caller",
	 "The function returns {r0}: its frame, with all its local variables, ends there. "
	 "Let the caller pass the memory to be filled in."},
	{"dynptr-overwrite", "a dynptr's own bytes are not the program's to write",
	 "potential write to dynptr at off=* disallowed",
	 "A write through a variable offset might hit the dynptr on the stack. Keep arrays and "
	 "dynptrs apart, and bound the index by the array's size."},
	{"stack-depth", "all functions of a call chain share 512 bytes of stack",
	 "combined stack size of * calls is *. Too large",
	 "Each function's own stack: {stacks}. {1} of them, one calling the other, need {2} bytes "
	 "together, and 512 is all there is. Move large local variables to a per-CPU array map, or "
	 "merge functions (__always_inline)."},
	{"stack-depth", "a tail call needs a shallow stack",
	 "tail_calls are not allowed when call stack of previous frames is *",
	 "With a tail call in the chain the functions before it may use 256 bytes of stack "
	 "together. "
	 "Each function's own stack: {stacks}. Use less, or do the tail call in the main program."},
	{"call-depth", "at most 8 functions deep", "the call stack of * frames is too deep*",
	 "Functions call each other {1} deep; 8 is the limit, the program itself included. Inline "
	 "some (__always_inline), and use no recursion."},
	/* Pointer arithmetic */
	{"immovable-pointer", "a pointer of this kind cannot be moved",
	 "R* pointer arithmetic on * prohibited",
	 "{Rfrom} is {is}: nothing may be added to it or taken from it. Use it as it is."},
	{"pointer-math", "only bounded numbers may be added to a pointer",
	 "math between * pointer and register with unbounded min value is not allowed",
	 "{number} is added to {R}, {is}, and may be very negative. Bound it first on both sides, "
	 "or "
	 "use an unsigned type: if (i >= N) return."},
	{"pointer-math", "only moderate numbers may be added to a pointer",
	 "math between * pointer and * is not allowed",
	 "{number} is added to {R}, {is}, at {here}; beyond 2^29 either way is never right. A "
	 "subtraction that wrapped below 0, as an unsigned number, is the usual cause."},
	{"pointer-math", "only moderate numbers may be added to a pointer",
	 "* pointer offset * is not allowed",
	 "Together with what was added before, the pointer ({R}) would lie {2} bytes from the "
	 "start of "
	 "its memory; beyond 2^29 either way is never right."},
	{"pointer-math", "only moderate numbers may be added to a pointer",
	 "value * makes * pointer be out of bounds",
	 "{R} would be moved by {1} bytes; beyond 2^29 either way is never right. Bound the number "
	 "before it is added."},
	{"pointer-operator", "pointers know + and - only",
	 "R* tried to subtract pointer from scalar",
	 "A pointer is taken from a number at {here}. Only pointer minus number, or the difference "
	 "of two packet pointers, makes sense."},
	{"pointer-operator", "pointers know + and - only",
	 "R* subtraction from stack pointer prohibited",
	 "Subtract nothing from an address on the stack that the compiler did not: index the array "
	 "with a bounded number."},
	{"pointer-operator", "pointers know + and - only",
	 "R* bitwise operator * on pointer prohibited",
	 "{R} is {is}, and {2} on a pointer would make an address that nobody can check. Align or "
	 "mask "
	 "the offset before it is added to the pointer."},
	{"pointer-operator", "pointers know + and - only",
	 "R* pointer arithmetic with * operator prohibited",
	 "{R} is {is}, and only + and - work on pointers, not {2}. Compute with the offset "
	 "instead."},
	{"pointer-operator", "pointers know + and - only",
	 "R* 32-bit pointer arithmetic prohibited",
	 "{R} is {is}, and a 32-bit operation would cut it in half. Compute with (long) or "
	 "(__u64), "
	 "or with the offset alone."},
	{"pointer-operator", "pointers know + and - only", "R* pointer * pointer prohibited",
	 "Two pointers are combined with {2} at {here}. Add a number to a pointer; the difference "
	 "of "
	 "two pointers is known for the packet only."},
	{"mixed-access", "an instruction goes through one kind of pointer",
	 "same insn cannot be used with different pointers",
	 "Two paths meet before {here} with different kinds of pointers in {R}, and this load or "
	 "store "
	 "would have to be rewritten for one of them. Access each in its own branch; asm "
	 "volatile(\"\") "
	 "between keeps the compiler from merging them."},
	{"atomic-target", "atomics work on maps, stack and plain memory",
	 "BPF_ATOMIC * R* * is not allowed",
	 "{R} is {is}; an atomic operation there is not possible. Use one on a map's value, or a "
	 "plain "
	 "read and write."},
	{"atomic-operand", "atomics have 4 or 8 bytes", "invalid atomic operand size",
	 "Use a 32 or 64 bit variable."},
	{"atomic-operand", "no such atomic operation", "BPF_ATOMIC uses invalid atomic opcode *",
	 "The instruction's operation ({1}) does not exist. Compile with -mcpu=v3 or later and use "
	 "__sync_fetch_and_*()."},
	{0},
};
