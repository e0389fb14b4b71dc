/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ESPALIER_BPF_H
#define ESPALIER_BPF_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include <espalier/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ESPALIER_API __attribute__((visibility("default")))

/**
 * espalier_bpf - bpf(2) in user space
 * @cmd: enum bpf_cmd
 * @attr: as for bpf(2); written where the kernel writes it
 * @size: bytes of @attr; a size beyond what is known must be zero bytes (else -E2BIG)
 *
 * Any thread, any time, except from within a program that runs.
 *
 * Commands: MAP_CREATE, MAP_*_ELEM, MAP_GET_NEXT_KEY, MAP_*_BATCH, MAP_FREEZE, PROG_LOAD,
 * PROG_TEST_RUN (XDP, SCHED_CLS, SCHED_ACT, SOCKET_FILTER), PROG_BIND_MAP, BTF_LOAD, OBJ_PIN and
 * OBJ_GET (below /sys/fs/bpf, inside the process), OBJ_GET_INFO_BY_FD, *_GET_NEXT_ID,
 * *_GET_FD_BY_ID, ENABLE_STATS. There is nothing to attach to, so links, iterators and tokens are
 * -EINVAL, as in a kernel that has not got them.
 *
 * Descriptors handed out are real: close(2), dup(2), fcntl(F_DUPFD), passing them about and, for
 * BPF_F_MMAPABLE arrays and ring buffers, mmap(2) are the kernel's business. An object lives as
 * long as its last descriptor, mapping, pin or user. Nobody tells the library that a descriptor was
 * closed: its next call that could hand one out, or list objects, takes notice. For that it holds
 * one inotify descriptor, and for each mappable map the descriptor of its memory. /proc must be
 * mounted.
 *
 * Return: what bpf(2) returns, errors as -errno (errno is not touched).
 */
ESPALIER_API long espalier_bpf(int cmd, union bpf_attr *attr, unsigned int size);

/**
 * espalier_set_cpus - how many virtual CPUs programs see
 * @n: 1 to 1024; the default is the number of possible CPUs of the machine
 *
 * Return: 0, -EINVAL, or -EBUSY once a map or a run has used another number.
 */
ESPALIER_API int espalier_set_cpus(unsigned int n);

/* The BTF that stands in for /sys/kernel/btf/vmlinux: static, @size in bytes. */
ESPALIER_API const void *espalier_vmlinux_btf(size_t *size);

/* With @on, programs that the process loads from now on may call bpf_xdp_xfrm_state_release() from
 * SCHED_CLS, as its documentation says; Linux 6.18 registers it for XDP only. Off by default. */
ESPALIER_API void espalier_set_extended(int on);

/* How programs are executed. */
enum espalier_exec {
	ESPALIER_EXEC_DEFAULT, /* JIT where this build has one for the machine, else interpreter */
	ESPALIER_EXEC_INTERP,
	ESPALIER_EXEC_JIT,
};

/**
 * espalier_set_exec - what executes the programs that the process loads from now on
 * @exec: see above
 *
 * Results do not depend on it. A program that the JIT cannot take, or a machine that allows no
 * executable memory, makes PROG_LOAD fail, and the log says why; nothing falls back to the
 * interpreter. As in the kernel, a PROG_ARRAY takes programs of one executor only.
 *
 * Return: 0, -EINVAL, or -EOPNOTSUPP for a JIT that this build does not have.
 */
ESPALIER_API int espalier_set_exec(enum espalier_exec exec);

/**
 * espalier_set_elide - whether references are counted only where it can be told
 * @on: for programs that the process loads from now on; on by default
 *
 * Where bpf_xdp_get_xfrm_state() and the bpf_xdp_xfrm_state_release() of what it returned are
 * proved to be all that ever happens to a reference, and the program reads no reference count, the
 * pair does without atomic operations: a run is one RCU read-side section, in which no state is
 * freed. Results do not depend on it; what it saves can be measured.
 */
ESPALIER_API void espalier_set_elide(int on);

/* A place in the program's source, from its BTF line info. */
struct espalier_source {
	const char *file; /* NULL: no line info */
	const char *text; /* the line, from its first character that is no blank */
	uint32_t line;
	uint32_t column; /* from 1, in the line as it stands in the file; 0: not known */
	uint32_t indent; /* blanks in front of @text: text - indent is the whole line */
};

/* One step of the path that leads to a rejection. */
enum espalier_step_kind {
	ESPALIER_STEP_BRANCH,  /* a conditional jump: taken says which way */
	ESPALIER_STEP_ACQUIRE, /* a reference was acquired */
	ESPALIER_STEP_RELEASE, /* it was released */
	ESPALIER_STEP_LOSE,    /* the last copy of the one in question was overwritten */
	ESPALIER_STEP_CALL,    /* a BPF function was entered */
	ESPALIER_STEP_RETURN,
	ESPALIER_STEP_END,     /* where the program was rejected */
	ESPALIER_STEP_SPILL,   /* the reference in question was stored on the stack */
	ESPALIER_STEP_VALUE,   /* what the message is about got its value */
	ESPALIER_STEP_INVALID, /* a call made the pointer that the message is about unusable */
};

struct espalier_step {
	enum espalier_step_kind kind;
	uint32_t insn;
	int taken; /* ESPALIER_STEP_BRANCH: 1 jumped, 0 fell through */
	struct espalier_source source;
	const char *note; /* what happened, for a person: "x is not NULL: on to line 37" */
	int32_t moment;	  /* index into the report's moments; -1 if none belongs to it */
};

/* A register or stack slot, as known at one moment. */
struct espalier_value {
	const char *where; /* "R6", "fp-8" */
	const char *name;  /* what the source calls it, as far as can be told; or NULL */
	const char *words; /* for a C programmer: "NULL or a pointer to struct xfrm_state" */
	const char *log;   /* as the kernel's log has it: "ptr_or_null_xfrm_state(id=2)"; NULL: the
			      register or slot is not set any more */
	uint32_t frame;	   /* 0 is the function verified by itself, 1 the one it called... */
	uint32_t ref;	   /* the reference that it belongs to; 0: none */
};

/* What is known before one instruction of the path: only what changed since the moment before. */
struct espalier_moment {
	uint32_t insn;
	uint32_t frame;
	const struct espalier_value *changes;
	uint32_t nr_changes;
	const uint32_t *refs; /* references held */
	uint32_t nr_refs;
};

/* One instruction of the program. */
struct espalier_insn {
	const char *text; /* "(bf) r6 = r1" */
	const char *func; /* name of the function that begins here, or NULL */
	struct espalier_source source;
	uint32_t insn;
};

/**
 * struct espalier_report - what the verifier found out about one program
 * @err: 0 accepted, else -errno as PROG_LOAD returned
 * @message: last line of the log before "processed ..."; "" when accepted
 * @insn: instruction where verification stopped; -1: the message is about the program as a whole
 * @source: its source line
 * @ref_insn: where the reference that the message is about was acquired; -1 if none
 * @ref_source: its source line
 * @explanation: sentences for a person: what is wrong, why, what would mend it; "" when accepted
 * @rule: short name of the rule that was broken, e.g. "reference-leak"; NULL: none is known
 * @rule_text: the rule as a sentence
 * @steps: from the acquisition (or the program's entry) to the rejection
 * @nr_steps: number of @steps
 * @subject: the registers that the message is about, as they are at the rejection
 * @nr_subject: number of @subject
 * @insns: instructions of the program
 * @processed: instructions the verifier went through
 * @time_ns: time it took
 * @moments: the path instruction by instruction, of a long one the end; detailed reports only
 * @nr_moments: number of @moments
 * @listing: the program; detailed reports only
 * @nr_listing: number of @listing
 * @detailed: whether espalier_set_detailed_reports() was on
 * @memory: the library's
 */
struct espalier_report {
	int err;
	char message[1024];
	int32_t insn;
	struct espalier_source source;
	int32_t ref_insn;
	struct espalier_source ref_source;
	const char *explanation;
	const char *rule;
	const char *rule_text;
	const struct espalier_step *steps;
	uint32_t nr_steps;
	const struct espalier_value *subject;
	uint32_t nr_subject;
	uint32_t insns;
	uint32_t processed;
	uint64_t time_ns;
	const struct espalier_moment *moments;
	uint32_t nr_moments;
	const struct espalier_insn *listing;
	uint32_t nr_listing;
	int detailed;
	void *memory;
};

/**
 * espalier_set_detailed_reports - whether reports tell the path instruction by instruction
 * @on: for programs that the calling thread loads from now on; off by default
 *
 * The verifier then keeps what it knew at each step of the current path, which takes it about twice
 * the time. Steps name variables and the reasons for branches only in a detailed report.
 */
ESPALIER_API void espalier_set_detailed_reports(int on);

/**
 * espalier_last_report - the report of the calling thread's last PROG_LOAD
 *
 * A load that neither names its program nor has a log buffer leaves the report of an earlier one
 * as it is: such are the probes that libbpf makes between and after the loads that it was asked for.
 *
 * Return: owned by the library, valid until the thread's next PROG_LOAD or its exit; NULL before
 * the first. Strings that it points to live as long as it does.
 */
ESPALIER_API const struct espalier_report *espalier_last_report(void);

#ifdef __cplusplus
}
#endif
#endif
