// SPDX-License-Identifier: BSD-2-Clause
#include "xsk_attach.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <espalier/libbpf.h>

/*
 * bpf(2) of the kernel, whatever engine the process has chosen: syscall() is wrapped by the linker.
 * Ports are opened before any other thread runs.
 */
static int kernel_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	enum espalier_engine engine = espalier_get_engine();
	long ret;

	espalier_set_engine(ESPALIER_ENGINE_KERNEL);
	ret = syscall(SYS_bpf, cmd, attr, size);
	espalier_set_engine(engine);
	return ret < 0 ? -errno : (int)ret;
}

static int make_map(u32 queues)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_XSKMAP,
			       .key_size = sizeof(u32),
			       .value_size = sizeof(u32),
			       .max_entries = queues,
			       .map_name = "espalier_xsks"};

	return kernel_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

/* return bpf_redirect_map(&map, ctx->rx_queue_index, XDP_PASS); */
static int load_program(int map)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_W,
		 .dst_reg = BPF_REG_2,
		 .src_reg = BPF_REG_1,
		 .off = offsetof(struct xdp_md, rx_queue_index)},
		{.code = BPF_LD | BPF_IMM | BPF_DW,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_XDP,
			       .insns = (uintptr_t)insns,
			       .insn_cnt = ARRAY_SIZE(insns),
			       .license = (uintptr_t) "BSD",
			       .prog_name = "espalier_port",
			       .expected_attach_type = BPF_XDP};

	return kernel_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int make_link(int prog, u32 ifindex, u32 mode)
{
	union bpf_attr attr = {0};

	attr.link_create.prog_fd = (u32)prog;
	attr.link_create.target_ifindex = ifindex;
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = mode;
	return kernel_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static int attach(struct xsk_attach *a, int prog, u32 ifindex)
{
	a->native = true;
	a->link = make_link(prog, ifindex, XDP_FLAGS_DRV_MODE);
	if (a->link >= 0 || a->link == -EBUSY || a->link == -EEXIST || a->link == -EPERM)
		return a->link;
	a->native = false;
	a->link = make_link(prog, ifindex, XDP_FLAGS_SKB_MODE);
	return a->link;
}

int xsk_attach_open(struct xsk_attach *a, const char *name, u32 ifindex, u32 queues,
		    struct espalier_error *e)
{
	int prog, err;

	a->link = -1;
	a->map = make_map(queues);
	if (a->map < 0)
		return fail(e, -a->map, "xdp:%s: AF_XDP map: %s", name, strerror(-a->map));
	prog = load_program(a->map);
	err = prog < 0 ? prog : attach(a, prog, ifindex);
	if (prog >= 0)
		close(prog);
	if (err >= 0)
		return 0;
	xsk_attach_close(a);
	if (err == -EBUSY || err == -EEXIST)
		return fail(e, EBUSY, "xdp:%s: another XDP program is attached to it", name);
	return fail(e, -err, "xdp:%s: %s an XDP program: %s", name,
		    prog < 0 ? "cannot load" : "cannot attach", strerror(-err));
}

int xsk_attach_socket(struct xsk_attach *a, u32 queue, int socket)
{
	union bpf_attr attr = {.map_fd = (u32)a->map};

	attr.key = (uintptr_t)&queue;
	attr.value = (uintptr_t)&socket;
	return kernel_bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

void xsk_attach_close(struct xsk_attach *a)
{
	if (a->link >= 0)
		close(a->link);
	if (a->map >= 0)
		close(a->map);
	a->link = a->map = -1;
}
