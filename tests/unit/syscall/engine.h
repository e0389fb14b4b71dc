/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SYSCALL_ENGINE_H
#define TEST_SYSCALL_ENGINE_H

#include <check.h>
#include <errno.h>

#include "attr.h"
#include "base/types.h"

/*
 * One test, two engines: ours, and the running kernel where it is 6.18 and bpf(2) is permitted, so
 * that what a test expects is what that kernel does. Tests that can be asked of both are loop tests
 * over ENGINES, and begin with ENGINE(_i).
 */
enum engine {
	ENGINE_OURS,
	ENGINE_KERNEL,
	ENGINES,
};

/* False: the kernel cannot be asked. */
bool engine_use(int which);
bool engine_is_kernel(void);
#define ENGINE(i)                   \
	do {                        \
		if (!engine_use(i)) \
			return;     \
	} while (0)

/* A command with all of 6.18's attributes; or with the first @size bytes of @attr. -errno. */
long bpf(int cmd, union attr *attr);
long bpf_sized(int cmd, void *attr, u32 size);

static inline u64 ptr(const void *p)
{
	return (uintptr_t)p;
}

/* Descriptors or -errno. */
int make_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags);
int load_insns(u32 type, const struct bpf_insn *insns, u32 len);
#define LOAD(type, ...)                                       \
	({                                                    \
		struct bpf_insn _insns[] = {__VA_ARGS__};     \
		load_insns(type, _insns, ARRAY_SIZE(_insns)); \
	})

/* A BTF blob: [1] INT int, [2] FUNC_PROTO int(), [3] FUNC main. */
struct test_btf {
	struct btf_header hdr;
	u32 types[4 + 3 + 3];
	char strings[16];
};
extern const struct test_btf test_btf;
int load_btf(void);

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV_K(d, i)    INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV_X(d, s)    INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define SUB_X(d, s)    INSN(BPF_ALU64 | BPF_SUB | BPF_X, d, s, 0, 0)
#define LDX_W(d, s, o) INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define LD_MAP(d, fd) \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define CALL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define EXIT()	 INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

TCase *attr_tests(void);
TCase *map_tests(void);
TCase *mapcall_tests(void);
TCase *fd_tests(void);
TCase *pin_tests(void);
TCase *btf_tests(void);
TCase *info_tests(void);
TCase *load_tests(void);
TCase *run_tests(void);
TCase *jit_tests(void);
TCase *wait_tests(void);

#endif
