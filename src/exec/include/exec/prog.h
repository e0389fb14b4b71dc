/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_PROG_H
#define EXEC_PROG_H

#include "base/uapi.h"
#include "btf/btf.h"
#include "helper/helper.h"
#include "kfunc/kfunc.h"
#include "map/map.h"
#include "object/object.h"
#include "object/run.h"

/*
 * A program, from PROG_LOAD to its last run. syscall/ fills in what the command says, verifier/
 * fills in @aux, @subprogs and the flags, exec_prepare() makes the executable form. After that it
 * is constant.
 */

/* How a program is executed. EXEC_HAS_JIT: machine code can be made on this architecture. */
enum executor {
	EXEC_INTERP,
	EXEC_JIT,
};
#if defined(__x86_64__)
#define EXEC_HAS_JIT 1
#else
#define EXEC_HAS_JIT 0
#endif

/* What the verifier tells the executors about one instruction. */
enum insn_access {
	ACCESS_NONE,  /* not a memory access, or one at a native address */
	ACCESS_CTX,   /* field of the context at ctx_off: rewritten */
	ACCESS_PROBE, /* BTF pointer: checked against the arena, reads 0 outside */
	ACCESS_SOCK,  /* struct bpf_sock and kin: no socket exists here; reads 0 */
};

struct insn_aux {
	u8 access;	 /* enum insn_access */
	bool seen;	 /* reached by the verifier: others are dead code, turned into traps */
	s32 ctx_off;	 /* ACCESS_CTX: byte offset into xdp_md/__sk_buff/bpf_sock */
	struct map *map; /* ld_imm64 of a map (fd/idx forms), helper calls with one constant map */
	u64 imm64;	 /* ld_imm64: the resolved 64-bit immediate (map address, map value address,
			    ksym address, or index of the subprogram for BPF_PSEUDO_FUNC);
			    kfuncs that add to a list or tree: the node's offset in its object */
	bool is_func;	 /* ld_imm64 of a BPF_PSEUDO_FUNC: imm64 is a subprogram number */
	u32 subprog;	 /* BPF_PSEUDO_CALL: the callee's number */
	const struct helper *helper; /* BPF_CALL of a helper */
	const struct kfunc *kfunc;   /* BPF_PSEUDO_KFUNC_CALL */
};

struct subprog {
	u32 start;	 /* first instruction */
	u32 end;	 /* one past the last */
	u32 line;	 /* first line_info record */
	u16 stack_depth; /* bytes, rounded up to 8 */
	bool is_cb;	 /* only ever called by a helper */
	bool is_exception_cb;
	bool is_async_cb; /* of a timer or work queue */
	bool has_tail_call;
	bool changes_pkt;
	bool tail_call_reachable;
	const char *name; /* from BTF, or "" */
	u32 func_btf_id;  /* FUNC in prog->btf, or 0 */
};

struct exec_code;

struct prog {
	struct object obj; /* OBJECT_PROG; first */
	/* from PROG_LOAD */
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	u32 load_flags; /* BPF_F_* of prog_flags */
	char name[16];
	char license[128];
	bool gpl_compatible;
	bool extended; /* see espalier_set_extended() */
	u8 tag[8];     /* first 8 bytes of SHA-256 over the instructions, map references cleared */
	u64 load_time; /* CLOCK_BOOTTIME ns */
	struct bpf_insn *insns; /* as loaded */
	u32 len;
	struct btf *btf; /* or NULL */
	struct bpf_func_info *func_info;
	u32 nr_func_info;
	struct bpf_line_info *line_info;
	u32 nr_line_info;
	/* resolved by the verifier; references held */
	struct map **used_maps;
	u32 nr_used_maps;
	/* found by the verifier */
	struct insn_aux *aux; /* one per instruction */
	struct subprog *subprogs;
	u32 nr_subprogs;
	s32 exception_cb; /* subprogram, or -1 */
	u32 verified_insns;
	u64 verify_ns;
	/* exec */
	enum executor executor; /* chosen before exec_prepare() */
	bool count_all;		/* likewise: references are counted even where nobody can tell */
	struct exec_code *code;
	/* statistics, while prog_stats is set; updated relaxed */
	u64 run_ns;
	u64 run_cnt;
};

static inline struct prog *prog_of(struct object *obj)
{
	return container_of(obj, struct prog, obj);
}
static inline void prog_put(struct prog *prog)
{
	object_put(prog ? &prog->obj : NULL);
}

/* BPF_STATS_RUN_TIME: runs are timed and counted. Off by default; accessed relaxed. */
extern bool prog_stats;

/* A zeroed program with its object initialised, not listed yet (it gets its id when it is loaded),
 * and @insns copied; 0, -ENOMEM, -E2BIG. */
int prog_new(const struct bpf_insn *insns, u32 len, struct prog **out) __must_check;

/**
 * exec_prepare - make a verified program executable
 * @prog: @aux and @subprogs are filled in, @executor is chosen
 *
 * Return: 0, -ENOMEM, or -EINVAL for an instruction stream that contradicts @aux (a bug). With
 * EXEC_JIT also -EOPNOTSUPP without EXEC_HAS_JIT, -E2BIG, and -EACCES or -EPERM where the machine
 * forbids executable memory: there is no falling back to the interpreter.
 */
int exec_prepare(struct prog *prog) __must_check;

/* Machine code of a function of the program, and how many bytes; 0 and NULL without a JIT. Shown to
 * who asks for it, and as constant as the program. */
u32 prog_native(const struct prog *prog, u32 func, const void **addr);

/**
 * prog_run - run a program once
 * @prog: prepared
 * @ctx: struct xdp_ctx for XDP, struct skb_ctx for SCHED_CLS and socket filters
 * @out: where the program redirected to, if the verdict says so; may be NULL
 *
 * Leases a virtual CPU for the thread if it has none and enters an RCU section around the run.
 *
 * Return: R0's low 32 bits.
 */
u32 prog_run(struct prog *prog, void *ctx, struct redirect *out);

#endif
