/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_ENV_H
#define VERIFIER_ENV_H

#include "base/vlog.h"
#include "isa/isa.h"
#include "state.h"
#include "trace.h"
#include "verifier/verifier.h"
#include "vmlinux/vmlinux.h"

/*
 * One verification. Files of the verifier:
 *
 *   verifier.c     entry, main loop: one instruction at a time, results into prog->aux
 *   prepare.c      ld_imm64 and call resolution: maps, kfuncs, subprograms; instruction sanity
 *   subprog.c      functions of the program, the kfuncs they call
 *   func_info.c    func_info and line_info against the program's BTF
 *   cfg.c          control-flow graph, prune points
 *   scc.c          loops of the control-flow graph and the back edges still to be settled
 *   live_regs.c    registers that may still be read
 *   livestack.c    stack slots that may still be read
 *   stack_depth.c  stack over call chains
 *   state.c        states: copy, free, push and pop of branches
 *   tnum.c         tristate numbers
 *   bounds.c       the ranges of one scalar, each deduced from the others
 *   scalar.c       arithmetic on ranges, and what a comparison tells of them
 *   linked.c       scalars that share an id
 *   branch.c       conditional jumps: is it decided, what each side learns
 *   alu.c          ALU instructions on registers: pointer arithmetic, scalars via scalar.c
 *   mem.c          loads, stores, atomics: the instructions
 *   region.c       one access to plain memory: packet, map value, memory of known size
 *   stack.c        stack slots: spill, fill, misc, zero
 *   ctx.c          context fields per program type
 *   btf_access.c   loads through BTF pointers, trust
 *   memarg.c       memory that a call's arguments point to
 *   call.c         BPF-to-BPF calls and exits; callback.c: callbacks of helpers
 *   global_func.c  functions verified on their own, by the types of their arguments
 *   helper.c       helper calls; helper_args.c: arguments; helper_compat.c: maps
 *   kfunc.c        kfunc calls; kfunc_args.c: arguments
 *   dynptr.c graph.c iter.c irq.c kptr.c lock.c reference.c timer.c: what calls track
 *   equal.c        are two states alike
 *   prune.c        explored states: when to keep one, when one proves the current path safe
 *   backtrack.c    precision tracking
 *   log.c          registers, stacks, instructions in the log
 *   trace.c        what was known at each instruction of the path, for the report
 *   report.c       the explanation: places, path, values
 *   story.c        what registers are called in the source; words.c: what they hold, in words
 *   advice.c       sentences for each kind of message: advice_data.c, advice_calls.c, and with
 *                  a look at the path advice_why.c; keep.c: their memory
 *
 * Functions that can reject return 0 or a negative errno after writing their message with
 * verbose(); the first error ends the verification.
 */
#define BPF_COMPLEXITY_LIMIT_INSNS   1000000
#define BPF_COMPLEXITY_LIMIT_JMP_SEQ 8192
#define MAX_SUBPROGS		     256
#define MAX_USED_MAPS		     64
#define MAX_VAR_OFF		     (1 << 29)
#define MAX_VAR_SIZE		     (1 << 29)
#define MAX_PACKET_OFF		     0xffff
/* What kept states may take together. Programs that people write need a few megabytes. */
#define MAX_KEPT_BYTES (384u << 20)

struct stack_elem {
	struct verifier_state st;
	u32 insn_idx;
	u32 prev_insn_idx;
	u64 log_pos;
	u32 path_mark;
	u32 trace_mark;
	struct stack_elem *next;
};

struct state_list {
	struct verifier_state st;
	struct state_list *next;
	u32 misses;
	u32 hits;
	bool in_free_list;
};

/* Ids of two states that are being compared: an old one stands for one current one. */
struct idmap {
	u32 tmp_id_gen;
	u32 cnt;
	struct {
		u32 old;
		u32 cur;
	} map[MAX_REGS * MAX_FRAMES + STACK_SLOTS * MAX_FRAMES];
};

/* What precision tracking is looking for on its way back: registers and slots of each frame. */
struct backtrack {
	u32 frame;
	u32 regs[MAX_FRAMES];
	u64 slots[MAX_FRAMES];
};

/* An event of the current path, kept for the report: see report.c. */
struct path_event {
	u8 kind; /* enum espalier_step_kind */
	bool taken;
	u32 insn;
	u32 ref_id;
	u32 at;	   /* position of the instruction in env->trace, if there is one */
	u32 times; /* how often the path has come by, once it is a step */
};

struct insn_state {
	u32 ptr_type; /* type that every path gave this load/store's pointer; 0 not seen */
	bool prune_point;
	bool jmp_point;
	bool force_checkpoint;
	bool calls_callback;
	u16 live_regs; /* registers live before the instruction */
	u32 scc;       /* the loop that it lies in; 0: none */
	bool map_ptr_poison;
	struct map *map_ptr;
	u64 map_key; /* constant key of a tail call/array lookup; ~0: poison */
	/* bpf_loop: reached before; and so far always with one callback and no flags */
	bool loop_seen;
	bool loop_simple;
	bool graph_off_known; /* a node was added here, at aux->imm64 of its object */
	u32 loop_subprog;
	const struct btf *btf;
	u32 btf_id;
};

struct verifier_env {
	struct prog *prog;
	const int *fd_array;
	u32 fd_array_cnt;
	struct vlog *log;
	struct espalier_report *report;
	struct btf *kernel_btf;

	u32 insn_idx;
	u32 prev_insn_idx;
	struct verifier_state *cur;
	struct stack_elem *head; /* branches to explore */
	u32 stack_size;
	struct state_list **explored; /* per prune point, hashed by instruction and callsite */
	u32 explored_size;
	struct insn_state *insns;
	struct subprog *subprogs; /* == prog->subprogs once handed over */
	u32 nr_subprogs;
	u8 *subprog_global; /* 1: global function; 2: verified as such */
	bool *subprog_called;

	u32 id_gen;
	u32 insn_processed;
	u32 prev_jmps_processed;
	u32 jmps_processed;
	u32 prev_insn_processed;
	u32 max_states_per_insn;
	u32 total_states;
	u32 peak_states;
	size_t kept_bytes; /* by states that are not the current one */
	u32 nr_states;	   /* now kept; and given up, but with branches in flight; and back edges */
	u32 nr_free_states;
	u32 nr_backedges;
	u32 longest_mark_read;
	bool test_state_freq;
	bool strict_alignment;
	/* log.c: where the last instruction's line ends, how long it is, and its source line */
	u64 log_insn_end;
	u32 log_insn_len;
	const struct bpf_line_info *log_line;

	struct path_event *path; /* of the current path, grows */
	u32 nr_path;
	u32 cap_path;
	struct trace *trace; /* what was known along it, for a detailed report; else NULL */
	bool walking;	     /* a path is being walked: an error has a place on it */
	s32 bad_ref_insn;    /* set before a message about a reference: where it was acquired; -1 */
	u32 bad_ref_id;

	/* Registers and slots of the current frame that changed or were read since the log last
	 * showed them. */
	u32 scratched_regs;
	u64 scratched_slots;

	struct jmp_entry
		*cur_jmp; /* jump history entry of the current instruction; NULL: none yet */
	struct backtrack backtrack;
	struct scc_table *sccs;	       /* scc.c's */
	struct live_stack *live_stack; /* livestack.c's */
	struct state_list *free_list;  /* given up by prune.c but with branches in flight */
	struct func_sig *sigs;	       /* global_func.c's, per function */
	struct idmap idmap;
};

static inline struct func_state *cur_func(struct verifier_env *env)
{
	return cur_func_of(env->cur);
}
static inline struct reg_state *cur_regs(struct verifier_env *env)
{
	return cur_func(env)->regs;
}
static inline struct insn_state *cur_insn_state(struct verifier_env *env)
{
	return &env->insns[env->insn_idx];
}
static inline struct insn_aux *cur_aux(struct verifier_env *env)
{
	return &env->prog->aux[env->insn_idx];
}
static inline void scratch_reg(struct verifier_env *env, u32 regno)
{
	env->scratched_regs |= BIT(regno);
}
static inline void scratch_slot(struct verifier_env *env, u32 spi)
{
	env->scratched_slots |= BIT64(spi);
}
static inline void scratch_all(struct verifier_env *env)
{
	env->scratched_regs = U32_MAX;
	env->scratched_slots = U64_MAX;
}

/* log.c ---------------------------------------------------------------------------------------- */
#define verbose(env, ...) vlog_printf((env)->log, __VA_ARGS__)
/* " R1=ctx() R10=fp0 ..." and a newline; without @all only what was scratched since the last time.
 */
void log_state(struct verifier_env *env, const struct verifier_state *st, u32 frameno, bool all);
/* The same, placed behind the instruction just logged, or on a line of its own. */
void log_insn_state(struct verifier_env *env, const struct verifier_state *st, u32 frameno);
/* "7: (bf) r6 = r1" and a newline. */
void log_insn(struct verifier_env *env, u32 insn_idx);
void log_insn_text(struct verifier_env *env, u32 insn_idx); /* without the number */
/* "; source line @ file:line" before an instruction, once per source line. */
void log_source(struct verifier_env *env, u32 insn_idx);
/* All of the above before env->insn_idx is processed; *@show_state: control came here by a jump or
 * from a saved branch, so say from where. Does nothing without a log level. */
void log_step(struct verifier_env *env, bool *show_state);
/* "(0x0; 0xff)" */
void log_tnum(struct verifier_env *env, struct tnum t);
/* One register, or the object that begins at slot @i (returns its last slot), as log_state() has
 * it. */
void log_reg(struct verifier_env *env, const struct func_state *fs, const struct reg_state *reg);
u32 log_slot(struct verifier_env *env, const struct func_state *fs, u32 i);
/* "scalar", "ptr_or_null_", "map_value"... in a buffer of the thread, good until the next call. */
const char *reg_type_str(u32 type);
const char *dynptr_kind_str(enum dynptr_kind kind);
const char *iter_type_str(const struct btf *btf, u32 btf_id);
/* "verifier bug: ..." : a contradiction in here, not in the program. -EFAULT. */
int verifier_bug(struct verifier_env *env, const char *fmt, ...) __printf_like(2, 3);
/* line_info record that covers an instruction, or NULL */
const struct bpf_line_info *line_info_at(const struct prog *prog, u32 insn_idx);

/* report.c ------------------------------------------------------------------------------------- */
void path_push(struct verifier_env *env, enum espalier_step_kind kind, u32 insn, bool taken,
	       u32 ref_id);
/* Called at every fork and pop, so that env->path is the current path's: */
u32 path_mark(const struct verifier_env *env);
void path_rewind(struct verifier_env *env, u32 mark);
/* On an error, while the state that it occurred in is still there. */
void report_state(struct verifier_env *env);
void report_finish(struct verifier_env *env, int err);

/* bounds.c ------------------------------------------------------------------------------------- */
void reg_mark_known(struct reg_state *reg, u64 value);	  /* bounds and tnum only; type untouched */
void reg_mark_known_32(struct reg_state *reg, u32 value); /* its low half */
void reg_set_scalar_const(struct reg_state *reg, u64 value); /* becomes a SCALAR_VALUE */
void reg_mark_unbounded(struct reg_state *reg);
void reg_set_unknown(struct reg_state *reg); /* becomes an unknown, imprecise SCALAR_VALUE */
void reg_set_unknown_in_range(struct reg_state *reg, s64 smin, s64 smax);
void reg_sync_bounds(struct reg_state *reg); /* deduce between tnum, 32 and 64 bits, both signs */
void reg_zext_32(struct reg_state *reg);
void reg_coerce_to_size(struct reg_state *reg, u32 size);	    /* zero-extending load or mov */
void reg_coerce_to_size_sx(struct reg_state *reg, u32 size);	    /* sign-extending to 64 bits */
void reg_coerce_subreg_to_size_sx(struct reg_state *reg, u32 size); /* to 32 bits */
bool reg_is_const(const struct reg_state *reg); /* SCALAR_VALUE with one value */
bool reg_is_const32(const struct reg_state *reg);
/* Ranges that contradict each other are told and forgotten, or -EFAULT if the program asked for it.
 */
int reg_check_invariants(struct verifier_env *env, struct reg_state *reg, const char *what);

/* scalar.c ------------------------------------------------------------------------------------- */
/* dst = dst OP src for two scalars (src may be a known constant in a scratch register); alu32:
 * upper half zero. Unknown where the operation cannot be tracked (division, shifts by an unknown
 * amount). All but BPF_MOV and BPF_END; BPF_NEG ignores @src. The type stays SCALAR_VALUE. */
void scalar_alu(struct reg_state *dst, struct reg_state src, u8 op, bool alu32);
/* BPF_END: the low @bits (16, 32, 64) are kept and, with @swap, their bytes reversed. */
void scalar_bswap(struct reg_state *reg, u32 bits, bool swap);
/* 1: jump always taken, 0: never, -1: unknown. Scalars only. */
int scalar_branch_taken(struct reg_state *a, struct reg_state *b, u8 op, bool jmp32);
/* Narrow both to what `a OP b` being true implies (scalars; either may be a constant). */
void scalar_refine(struct reg_state *a, struct reg_state *b, u8 op, bool jmp32);
/* The operator that holds where @op does not. */
u8 scalar_opposite(u8 op);

/* branch.c ------------------------------------------------------------------------------------- */
int check_cond_jmp(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx);
/* A pointer known not to be NULL: drops PTR_MAYBE_NULL; a map-in-map value becomes the inner map.
 */
void mark_ptr_not_null_reg(struct reg_state *reg);

/* state.c -------------------------------------------------------------------------------------- */
struct verifier_state *push_branch(struct verifier_env *env, u32 insn_idx, u32 prev_insn_idx);
/* A walk of its own through @subprog, later: a state with nothing but its frame. */
struct verifier_state *push_async(struct verifier_env *env, u32 subprog, u32 prev_insn_idx,
				  bool sleepable);
/* Next branch to explore: 0 and env->cur set, -ENOENT when done. @insn_idx out. */
int pop_branch(struct verifier_env *env, u32 *prev_insn_idx, u32 *insn_idx);

void free_branches(struct verifier_env *env);
/* A copy that is kept beside the current state; -ENOMEM also when there are too many. */
int state_keep(struct verifier_env *env, struct verifier_state *dst,
	       const struct verifier_state *src) __must_check;
void state_drop(struct verifier_env *env, struct verifier_state *st);
/* A scalar about to be copied gets an id, so that what is learnt of one copy holds for all. */
void share_scalar_id(struct verifier_env *env, struct reg_state *reg);
enum reg_use {
	SRC_OP,
	DST_OP,
	DST_OP_NO_MARK
};
int check_reg_arg(struct verifier_env *env, u32 regno, enum reg_use use);
void mark_reg_not_init(struct reg_state *reg);
void mark_reg_unknown(struct verifier_env *env, struct reg_state *regs, u32 regno);
void mark_reg_known_zero(struct verifier_env *env, struct reg_state *regs, u32 regno);

/* alu.c, mem.c, region.c, memarg.c, stack.c, ctx.c, btf_access.c ------------------------------- */
enum access_kind {
	ACCESS_READ = 1,
	ACCESS_WRITE = 2
};

int check_alu_op(struct verifier_env *env, const struct bpf_insn *insn);
int check_load(struct verifier_env *env, const struct bpf_insn *insn, bool sign_extend);
int check_store_reg(struct verifier_env *env, const struct bpf_insn *insn);
int check_store_imm(struct verifier_env *env, const struct bpf_insn *insn);
int check_atomic(struct verifier_env *env, const struct bpf_insn *insn);
/* One access of @size bytes (a power of two) through @regno at @off; @value_regno -1: not into/from
 * a register. */
int check_mem_access(struct verifier_env *env, u32 insn_idx, u32 regno, s32 off, u32 size,
		     enum access_kind kind, s32 value_regno, bool strict_alignment_once,
		     bool sign_extend);
/* Call arguments that point at memory: [reg+off, +size) for all of the region kinds; the bytes need
 * be initialised unless @uninit_ok. */
struct call_meta;
int check_helper_mem_access(struct verifier_env *env, u32 regno, u32 size, enum access_kind kind,
			    bool zero_size_allowed, struct call_meta *meta);
/* A (memory, size) pair with the size in @size_regno. */
int check_mem_size_reg(struct verifier_env *env, u32 regno, u32 size_regno, enum access_kind kind,
		       bool zero_size_allowed, struct call_meta *meta);
/* Memory of a fixed size, e.g. a kfunc's pointer to a plain struct; a possibly-NULL reg is checked
 * as if it were not. */
int check_mem_reg(struct verifier_env *env, struct reg_state *reg, u32 regno, u32 mem_size);
/* The pointer has no variable offset and, for release arguments, no fixed one either. */
int check_func_arg_reg_off(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			   u32 arg_type);
int check_ptr_off_reg(struct verifier_env *env, const struct reg_state *reg, u32 regno,
		      bool fixed_off_ok);
int check_ptr_alignment(struct verifier_env *env, const struct reg_state *reg, s32 off, u32 size,
			bool strict_alignment_once);
int check_map_access(struct verifier_env *env, u32 regno, s32 off, u32 size, bool zero_size_allowed,
		     bool direct);
int check_packet_access(struct verifier_env *env, u32 regno, s32 off, u32 size,
			bool zero_size_allowed);
int check_mem_region_access(struct verifier_env *env, u32 regno, s32 off, u32 size, u32 mem_size,
			    bool zero_size_allowed);
int check_stack_range_initialized(struct verifier_env *env, u32 regno, s32 off, u32 access_size,
				  bool zero_size_allowed, enum access_kind kind,
				  struct call_meta *meta);
bool may_access_direct_pkt_data(const struct verifier_env *env, const struct call_meta *meta);
bool is_spilled_scalar_slot(const struct stack_slot *slot);
bool is_trusted_reg(const struct reg_state *reg);
bool is_rcu_reg(const struct reg_state *reg);
/* In an RCU read-side section: explicitly, or since the program type runs in one. */
bool in_rcu_cs(const struct verifier_env *env);
void clear_all_pkt_pointers(struct verifier_env *env);

/* call.c, callback.c, global_func.c, helper.c, kfunc.c ----------------------------------------- */
struct call_meta {
	struct map *map;
	u32 map_uid;
	bool raw_mode; /* the memory argument is written only, need not be initialised */
	bool pkt_access;
	u32 release_regno;
	s32 regno;
	s32 access_size;
	u32 mem_size;
	u64 msize_max;
	u32 ref_obj_id;
	u32 dynptr_id;
	s64 const_map_key; /* constant key of a lookup in an array, else -1 */
	s32 func_id;
	const struct btf *btf;
	u32 btf_id;
	u32 ret_btf_id;
	u32 subprog;
	const struct btf_field *kptr_field;
	/* kfuncs */
	const struct kfunc *kfunc;
	u64 arg_constant;
	bool arg_constant_found;
	bool r0_rdonly;
	u32 r0_size;
	u8 dynptr_kind; /* enum dynptr_kind of the initialized dynptr argument */
	u32 dynptr_ref_obj_id;
	u32 iter_spi;
	u32 iter_frameno;
	const struct btf *arg_btf; /* of an allocated object */
	u32 arg_btf_id;
	bool arg_owning_ref;
	const struct btf_field *graph_root; /* list head or tree root, and the BTF it is of */
	const struct btf *graph_btf;
};

int check_bpf_call(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx);
int check_helper_call(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx);
int check_kfunc_call(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx);
/* Helpers that call a BPF function any number of times before they return. */
bool helper_calls_callback(u32 func);
/* Sets up the callee's frame for a callback; helper.c uses it for bpf_loop and kin. */
typedef int (*set_callee_state_fn)(struct verifier_env *env, struct func_state *caller,
				   struct func_state *callee, u32 insn_idx);
/* The same for one that a timer or work queue calls some day, when all this is over. */
int push_async_callback(struct verifier_env *env, u32 insn_idx, u32 subprog, bool sleepable);
int push_callback_call(struct verifier_env *env, u32 insn_idx, u32 subprog,
		       set_callee_state_fn set_callee);
int prepare_func_exit(struct verifier_env *env, u32 *insn_idx);
/* BPF_EXIT of main: locks, references, return value. */
int check_exit(struct verifier_env *env, u32 *insn_idx, bool *done, bool exception);
int check_return_code(struct verifier_env *env, u32 regno);
/* bpf_throw and exit with something held: message "%s would lead to reference leak" etc. */
int check_resource_leak(struct verifier_env *env, bool exception_exit, bool check_lock,
			const char *prefix);
/* Argument types of BPF functions from their BTF: prepares R1..R5 of a function verified on its
 * own, and checks what a caller has in its registers. */
int prepare_global_func_args(struct verifier_env *env, u32 subprog, struct reg_state *regs);
int check_subprog_call(struct verifier_env *env, u32 subprog, struct reg_state *regs);
/* Kfunc calls that resolve to nothing must turn out to be dead code; after the walk. */
int check_unresolved_kfuncs(struct verifier_env *env);
/* What the files about calls have allocated. */
void calls_free(struct verifier_env *env);

/* reference.c */
int acquire_reference(struct verifier_env *env, u32 insn_idx); /* id > 0, or -ENOMEM */
int release_reference(struct verifier_env *env, u32 ref_obj_id);
int release_reference_nomark(struct verifier_state *st, u32 ref_obj_id);
/* One more entry for st->refs, NULL when out of memory; and one less. */
struct reference *reference_push(struct verifier_state *st, enum ref_kind kind, u32 id, s32 insn);
void reference_remove(struct verifier_state *st, u32 index);
/* Before a message about a reference: the report shows where it was acquired. */
void blame_reference(struct verifier_env *env, u32 ref_obj_id);
/* The same before a message about a register that may once have held one. */
void blame_lost_reference(struct verifier_env *env, const struct reg_state *reg);
void invalidate_non_owning_refs(struct verifier_env *env);
static inline bool is_non_owning_ref(const struct reg_state *reg)
{
	return reg->type & MEM_ALLOC && reg->type & NON_OWN_REF;
}

/* dynptr.c, iter.c */
/* Forget scalars of @cur that differ from @old and need not be precise */
int widen_imprecise_scalars(struct verifier_env *env, struct verifier_state *old,
			    struct verifier_state *cur);
/* The nearest ancestor state at @insn_idx with the frames of @st, or NULL */
struct verifier_state *find_prev_entry(struct verifier_env *env, struct verifier_state *st,
				       u32 insn_idx);
int dynptr_slot_index(struct verifier_env *env, const struct reg_state *reg); /* spi or -errno */
int process_dynptr_arg(struct verifier_env *env, u32 regno, u32 insn_idx, u32 arg_type,
		       u32 clone_ref_obj_id);
int destroy_if_dynptr_slot(struct verifier_env *env, struct func_state *fs, u32 spi);
int process_iter_arg(struct verifier_env *env, u32 regno, u32 insn_idx, struct call_meta *meta);
int process_iter_next_call(struct verifier_env *env, u32 insn_idx, struct call_meta *meta);
bool is_iter_next_insn(struct verifier_env *env, u32 insn_idx);
bool is_iter_next_kfunc(const struct kfunc *kf);

/* kptr.c: pointers in map values and allocated objects */
/* May @reg be stored in the field? 0, -EACCES, or -EINVAL after "invalid kptr access, ..." */
int kptr_match_type(struct verifier_env *env, const struct btf_field *field,
		    const struct reg_state *reg, u32 regno);
int process_kptr_arg(struct verifier_env *env, u32 regno, struct call_meta *meta);
/* Special fields of what a map value or allocated object pointer points to; NULL: none. */
const struct btf_record *reg_record(struct verifier_env *env, const struct reg_state *reg);

/* lock.c */
int process_spin_lock(struct verifier_env *env, u32 regno, bool is_lock);

/* cfg.c, subprog.c, stack_depth.c, live_regs.c, prepare.c, func_info.c ------------------------- */
/* Allocates subprogs, subprog_global and subprog_called; kfunc calls get aux->kfunc. */
int find_subprogs(struct verifier_env *env);
int check_subprogs(struct verifier_env *env);
/* Maps of attr->fd_array when fd_array_cnt was given; before everything else. */
int bind_fd_array(struct verifier_env *env);
/* Fields that must be zero, unknown modes, impossible immediates of one instruction: for all but
 * conditional jumps, loads and atomics. The main loop calls it before it looks at operands. */
int check_insn_fields(struct verifier_env *env, const struct bpf_insn *insn);
int check_func_info(struct verifier_env *env);
int check_line_info(struct verifier_env *env);
int resolve_pseudo_ldimm64(struct verifier_env *env);
int check_cfg(struct verifier_env *env);
/* None of the program types here may sleep. */
int check_sleepable(struct verifier_env *env);
int compute_live_registers(struct verifier_env *env);
int check_max_stack_depth(struct verifier_env *env);
int find_subprog(const struct verifier_env *env, u32 insn); /* starting exactly there; -ENOENT */
u32 subprog_containing(const struct verifier_env *env, u32 insn);
bool subprog_is_global(const struct verifier_env *env, u32 subprog);

/* equal.c, prune.c, backtrack.c ---------------------------------------------------------------- */
bool regs_exact(const struct reg_state *old, const struct reg_state *cur, struct idmap *map);
void idmap_reset(struct verifier_env *env);
enum exactness {
	NOT_EXACT,    /* imprecise scalars match anything */
	EXACT,	      /* every register alike: an infinite loop */
	RANGE_WITHIN, /* as NOT_EXACT, but imprecise scalars are compared as well: loop convergence
		       */
};
bool states_equal(struct verifier_env *env, struct verifier_state *old, struct verifier_state *cur,
		  enum exactness exact);
/* 1: an equivalent state is known safe, stop; 0: go on; negative: error. */
int is_state_visited(struct verifier_env *env, u32 insn_idx);
void free_explored(struct verifier_env *env);
int mark_chain_precision(struct verifier_env *env, u32 regno);
int mark_chain_precision_slot(struct verifier_env *env, u32 frameno,
			      u32 spi); /* a spilled scalar */
/* Called before every instruction that is a jmp_point, and for every stack access. */
int push_jmp_history(struct verifier_env *env, struct verifier_state *st, u32 flags,
		     u64 linked_regs);
/* A path ended: the states that wait for it have one branch less. */
int update_branch_counts(struct verifier_env *env, struct verifier_state *st);
/* The same precision in @cur as in @old that it was found equal to. */
int propagate_precision(struct verifier_env *env, const struct verifier_state *old,
			struct verifier_state *cur, bool *changed);
void mark_all_scalars_precise(struct verifier_env *env, struct verifier_state *st);
void update_peak_states(struct verifier_env *env);
#define INSN_F_FRAMENO_MASK  0x7
#define INSN_F_SPI_SHIFT     3
#define INSN_F_SPI_MASK	     0x3f
#define INSN_F_STACK_ACCESS  BIT(9)
#define INSN_F_DST_REG_STACK BIT(10)
#define INSN_F_SRC_REG_STACK BIT(11)

/* scc.c, livestack.c --------------------------------------------------------------------------- */
/* Where control may go from @idx within its function: 0, 1 or 2 instructions. */
u32 insn_successors(const struct verifier_env *env, u32 idx, u32 succ[2]);
int compute_scc(struct verifier_env *env);
int scc_enter(struct verifier_env *env, struct verifier_state *st);
int scc_exit(struct verifier_env *env, struct verifier_state *st);
/* @cur ran into @old, which is still being explored or awaits back edges: keep a copy of @cur. */
int scc_add_backedge(struct verifier_env *env, struct verifier_state *old,
		     const struct verifier_state *cur, u32 insn_idx);
/* Precision marks of @st may still grow through back edges. */
bool scc_has_backedges(struct verifier_env *env, const struct verifier_state *st);
/* Between functions, and at the end. */
void scc_reset(struct verifier_env *env);
void scc_free(struct verifier_env *env);

/*
 * Every instruction that reads slots of frame @frameno must say so (loads and arguments of calls,
 * dynptr and iterator arguments included), else pruning takes them for dead and is unsound. One
 * that overwrites whole slots may say so. Bit i of @slots: fp-8*(i+1).
 */
int mark_stack_read(struct verifier_env *env, u32 frameno, u64 slots) __must_check;
void mark_stack_write(struct verifier_env *env, u32 frameno, u64 slots);
int live_stack_init(struct verifier_env *env);
void live_stack_free(struct verifier_env *env);
/* Around each instruction: what it reads and writes is put down under the functions active before.
 */
int live_stack_begin_insn(struct verifier_env *env) __must_check;
void live_stack_end_insn(struct verifier_env *env);
/* Settle what the finished path has added. */
void live_stack_update(struct verifier_env *env);
/* Slots of frame @frameno of @st that may be read later. */
u64 live_stack_query(struct verifier_env *env, const struct verifier_state *st, u32 frameno);

#endif
