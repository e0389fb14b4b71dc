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

/* A place in the program's source, from its BTF line info. */
struct espalier_source {
	const char *file; /* NULL: no line info */
	const char *text; /* the line, leading blanks removed */
	uint32_t line;
	uint32_t column;
};

/* One step of the path that leads to a rejection. */
enum espalier_step_kind {
	ESPALIER_STEP_BRANCH,  /* a conditional jump: taken says which way */
	ESPALIER_STEP_ACQUIRE, /* the reference in question was acquired */
	ESPALIER_STEP_RELEASE, /* it was released */
	ESPALIER_STEP_LOSE,    /* its last copy was overwritten */
	ESPALIER_STEP_CALL,    /* a BPF function was entered */
	ESPALIER_STEP_RETURN,
	ESPALIER_STEP_END, /* where the program was rejected */
};

struct espalier_step {
	enum espalier_step_kind kind;
	uint32_t insn;
	int taken; /* ESPALIER_STEP_BRANCH: 1 jumped, 0 fell through */
	struct espalier_source source;
	char note[160]; /* what happened, for a person: "x is acquired here (reference 2)" */
};

/**
 * struct espalier_report - what the verifier found out about one program
 * @err: 0 accepted, else -errno as PROG_LOAD returned
 * @message: last line of the log before "processed ..."; "" when accepted
 * @insn: instruction where verification stopped
 * @source: its source line
 * @ref_insn: where the reference that the message is about was acquired; -1 if none
 * @ref_source: its source line
 * @explanation: sentences for a person: what is wrong, why, what would mend it; "" when accepted
 * @steps: from the acquisition (or the program's entry) to the rejection
 * @nr_steps: number of @steps
 * @insns: instructions of the program
 * @processed: instructions the verifier went through
 * @time_ns: time it took
 */
struct espalier_report {
	int err;
	char message[1024];
	int32_t insn;
	struct espalier_source source;
	int32_t ref_insn;
	struct espalier_source ref_source;
	char explanation[1024];
	struct espalier_step *steps;
	uint32_t nr_steps;
	uint32_t insns;
	uint32_t processed;
	uint64_t time_ns;
};

/**
 * espalier_last_report - the report of the calling thread's last PROG_LOAD
 *
 * Return: owned by the library, valid until the thread's next PROG_LOAD or its exit; NULL before
 * the first. Strings that it points to live as long as it does.
 */
ESPALIER_API const struct espalier_report *espalier_last_report(void);

#ifdef __cplusplus
}
#endif
#endif
