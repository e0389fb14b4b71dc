// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <espalier/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static bool kernel;

const struct test_btf test_btf = {
	.hdr =
		{
			.magic = BTF_MAGIC,
			.version = BTF_VERSION,
			.hdr_len = sizeof(struct btf_header),
			.type_len = sizeof(test_btf.types),
			.str_off = sizeof(test_btf.types),
			.str_len = 10,
		},
	.types =
		{
			1, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, /* int */
			0, BTF_KIND_FUNC_PROTO << 24, 1,		     /* int (void) */
			5, BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC, 2,	     /* main */
		},
	.strings = "\0int\0main",
};

static bool kernel_can_be_asked(void)
{
	union attr attr = {.uapi = {.map_type = BPF_MAP_TYPE_ARRAY,
				    .key_size = 4,
				    .value_size = 4,
				    .max_entries = 1}};
	struct utsname name;
	int fd;

	if (uname(&name) || strncmp(name.release, "6.18", 4))
		return false;
	fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool engine_use(int which)
{
	kernel = which == ENGINE_KERNEL;
	return !kernel || kernel_can_be_asked();
}

bool engine_is_kernel(void)
{
	return kernel;
}

long bpf_sized(int cmd, void *attr, u32 size)
{
	long ret;

	if (!kernel)
		return espalier_bpf(cmd, attr, size);
	ret = syscall(SYS_bpf, cmd, attr, size);
	return ret < 0 ? -errno : ret;
}

long bpf(int cmd, union attr *attr)
{
	return bpf_sized(cmd, attr, sizeof(*attr));
}

int make_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags)
{
	union attr attr = {.uapi = {.map_type = type,
				    .key_size = key_size,
				    .value_size = value_size,
				    .max_entries = max_entries,
				    .map_flags = flags,
				    .map_name = "test.map_1"}};

	return (int)bpf(BPF_MAP_CREATE, &attr);
}

int load_insns(u32 type, const struct bpf_insn *insns, u32 len)
{
	union attr attr = {.uapi = {.prog_type = type,
				    .insns = ptr(insns),
				    .insn_cnt = len,
				    .license = ptr("GPL"),
				    .prog_name = "test_prog"}};

	return (int)bpf(BPF_PROG_LOAD, &attr);
}

int load_btf(void)
{
	union attr attr = {
		.uapi = {.btf = ptr(&test_btf),
			 .btf_size = sizeof(test_btf.hdr) + sizeof(test_btf.types) + 10}};

	return (int)bpf(BPF_BTF_LOAD, &attr);
}
