// SPDX-License-Identifier: BSD-2-Clause
#include "machine.h"

#include <bpf/btf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "object.h"

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

static bool kernel_has_kfunc(const char *name)
{
	struct btf *btf = btf__parse(KERNEL_BTF, NULL);
	bool has = btf && btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return has;
}

/* The command itself, past libbpf: its feature cache must not learn of the other engine. */
static bool kernel_lets_us_load(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	long fd;

	engine_choose(ENGINE_KERNEL);
	fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	engine_choose(ENGINE_USER);
	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

/* Not only that the node is there: that a device could be made. */
static bool may_have_tap(void)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool may_have_af_xdp(void)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

json_t *machine_facts(void)
{
	struct utsname un;

	uname(&un);
	return json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b}", "kernel", un.release, "machine",
			 un.machine, "bpf_permitted", kernel_lets_us_load(), "btf",
			 access(KERNEL_BTF, R_OK) == 0, "xfrm_kfuncs",
			 kernel_has_kfunc("bpf_xdp_get_xfrm_state"), "tap", may_have_tap(),
			 "af_xdp", may_have_af_xdp());
}
