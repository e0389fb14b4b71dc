// SPDX-License-Identifier: BSD-2-Clause
#include "exec/prog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "code.h"
#include "isa/isa.h"
#include "sha256.h"

#define MAX_INSNS 1000000

/* Runs still under way may use maps and code: what they need goes in prog_free(), a grace period
 * later. Maps and BTF wait for their own. */
static void prog_release(struct object *obj)
{
	struct prog *prog = prog_of(obj);

	for (u32 i = 0; i < prog->nr_used_maps; i++)
		map_put(prog->used_maps[i]);
	btf_put(prog->btf);
}

static void prog_free(struct object *obj)
{
	struct prog *prog = prog_of(obj);

	exec_code_free(prog->code);
	free(prog->used_maps);
	free(prog->func_info);
	free(prog->line_info);
	free(prog->subprogs);
	free(prog->aux);
	free(prog->insns);
	free(prog);
}

u32 prog_native(const struct prog *prog, u32 func, const void **addr)
{
	const struct exec_func *f = &prog->code->funcs[func];

	*addr = f->native;
	return f->native_len;
}

static bool refers_to_map(const struct bpf_insn *insn)
{
	return isa_is_ld_imm64(insn) &&
	       (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/* Descriptors differ from load to load, so they are left out of what identifies a program. */
static int compute_tag(struct prog *prog)
{
	size_t bytes = prog->len * sizeof(*prog->insns);
	struct bpf_insn *copy = malloc(bytes);
	u8 digest[SHA256_SIZE];

	if (!copy)
		return -ENOMEM;
	memcpy(copy, prog->insns, bytes);
	for (u32 i = 0; i < prog->len; i++) {
		if (!refers_to_map(&copy[i]))
			continue;
		copy[i].imm = 0;
		if (i + 1 < prog->len)
			copy[++i].imm = 0;
	}
	sha256(copy, bytes, digest);
	memcpy(prog->tag, digest, sizeof(prog->tag));
	free(copy);
	return 0;
}

int prog_new(const struct bpf_insn *insns, u32 len, struct prog **out)
{
	size_t bytes = len * sizeof(*insns);
	struct prog *prog;
	int err;

	if (!len || len > MAX_INSNS)
		return -E2BIG;
	prog = calloc(1, sizeof(*prog));
	if (!prog)
		return -ENOMEM;
	prog->exception_cb = -1;
	prog->len = len;
	prog->insns = malloc(bytes);
	err = -ENOMEM;
	if (!prog->insns)
		goto fail;
	memcpy(prog->insns, insns, bytes);
	err = compute_tag(prog);
	if (err)
		goto fail;
	object_init_unlisted(&prog->obj, OBJECT_PROG, prog_release, prog_free);
	*out = prog;
	return 0;
fail:
	free(prog->insns);
	free(prog);
	return err;
}
