// SPDX-License-Identifier: BSD-2-Clause
/* dlopen LIBESPALIER.SO: it can be loaded late, when static room for variables of threads is short,
 * and then runs a program. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <espalier/bpf.h>

int main(int argc, char **argv)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_XDP,
			       .insns = (uintptr_t)insns,
			       .insn_cnt = 2,
			       .license = (uintptr_t) "GPL"};
	union bpf_attr run = {0};
	unsigned char packet[64] = {0};
	long (*bpf)(int cmd, union bpf_attr *attr, unsigned int size);
	void *lib = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
	long fd, err;

	if (!lib) {
		fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: dlopen LIBESPALIER.SO");
		return 1;
	}
	*(void **)&bpf = dlsym(lib, "espalier_bpf");
	fd = bpf ? bpf(BPF_PROG_LOAD, &load, sizeof(load)) : -1;
	run.test.prog_fd = (unsigned int)fd;
	run.test.data_in = (uintptr_t)packet;
	run.test.data_size_in = sizeof(packet);
	err = fd < 0 ? fd : bpf(BPF_PROG_TEST_RUN, &run, sizeof(run));
	if (err || run.test.retval != XDP_PASS) {
		fprintf(stderr, "%s\n", err ? strerror((int)-err) : "wrong verdict");
		return 1;
	}
	return 0;
}
