// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <espalier/bpf.h>

/* The library without libbpf: a program of two instructions, and a map. */
int main(void)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	unsigned char packet[64] = {0};
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = (__u64)(unsigned long)insns;
	attr.insn_cnt = 2;
	attr.license = (__u64)(unsigned long)"GPL";
	fd = (int)espalier_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0) {
		fprintf(stderr, "load: %s\n", strerror(-fd));
		return 1;
	}
	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (__u32)fd;
	attr.test.data_in = (__u64)(unsigned long)packet;
	attr.test.data_size_in = sizeof(packet);
	if (espalier_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr)) || attr.test.retval != 2) {
		fprintf(stderr, "run: %u\n", attr.test.retval);
		return 1;
	}
	close(fd);
	puts("ok");
	return 0;
}
