// SPDX-License-Identifier: BSD-2-Clause
#include "vmlinux/vmlinux.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct btf *kernel_btf;
static u32 type_ids[VT_MAX];

static const char *const type_names[VT_MAX] = {
	[VT_XDP_MD] = "xdp_md",
	[VT_SK_BUFF_MD] = "__sk_buff",
	[VT_XDP_BUFF] = "xdp_buff",
	[VT_SK_BUFF] = "sk_buff",
	[VT_XFRM_STATE] = "xfrm_state",
	[VT_BPF_XFRM_STATE_OPTS] = "bpf_xfrm_state_opts",
	[VT_TASK_STRUCT] = "task_struct",
	[VT_BPF_SOCK] = "bpf_sock",
	[VT_BPF_TCP_SOCK] = "bpf_tcp_sock",
	[VT_SOCK_COMMON] = "sock_common",
	[VT_SOCK] = "sock",
	[VT_BPF_DYNPTR] = "bpf_dynptr",
	[VT_BPF_DYNPTR_KERN] = "bpf_dynptr_kern",
	[VT_BPF_ITER_NUM] = "bpf_iter_num",
	[VT_BPF_MAP] = "bpf_map",
	[VT_BPF_TIMER] = "bpf_timer",
};

/* Nothing works without these types, and whether they are there was settled when we were built. */
static void die(const char *what)
{
	fprintf(stderr, "espalier: the embedded BTF has no %s\n", what);
	abort();
}

static void load(void)
{
	struct btf *btf;

	if (btf_parse(vmlinux_btf_data, (u32)vmlinux_btf_size, NULL, &btf))
		die("valid content");
	btf->kernel = true;
	strcpy(btf->name, "vmlinux");
	for (u32 i = 0; i < VT_MAX; i++) {
		s32 id = btf_find(btf, type_names[i], BTF_KIND_STRUCT);

		if (id < 0)
			die(type_names[i]);
		type_ids[i] = (u32)id;
	}
	kernel_btf = btf;
	btf_set_kernel(btf);
}

struct btf *vmlinux_btf(void)
{
	pthread_once(&once, load);
	return kernel_btf;
}

u32 vmlinux_type_id(enum vmlinux_type which)
{
	vmlinux_btf();
	return type_ids[which];
}
