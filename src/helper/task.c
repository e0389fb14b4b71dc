// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kfunc/task.h"
#include "packet/skb.h"
#include "protos.h"

/* The thread that runs the program, in the root cgroup and class 0. */
#define ROOT_CGROUP_ID 1
#define TASK_COMM_LEN  16

static BPF_FN0(get_current_pid_tgid)
{
	return (u64)(u32)getpid() << 32 | (u32)gettid();
}

const struct helper helper_get_current_pid_tgid = {
	.fn = get_current_pid_tgid,
	.ret = RET_INTEGER,
};

static BPF_FN0(get_current_uid_gid)
{
	return (u64)getgid() << 32 | getuid();
}

const struct helper helper_get_current_uid_gid = {
	.fn = get_current_uid_gid,
	.ret = RET_INTEGER,
};

static BPF_FN2(get_current_comm, char *, to, u32, size)
{
	char comm[TASK_COMM_LEN] = "";
	u32 len;

	prctl(PR_GET_NAME, comm);
	len = (u32)strnlen(comm, min(size, (u32)TASK_COMM_LEN) - 1);
	memcpy(to, comm, len);
	memset(to + len, 0, size - len);
	return 0;
}

const struct helper helper_get_current_comm = {
	.fn = get_current_comm,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE},
};

static BPF_FN0(get_current_task)
{
	return (u64)task_current();
}

const struct helper helper_get_current_task = {
	.fn = get_current_task,
	.gpl_only = true,
	.ret = RET_INTEGER,
};

/* Not constant: the type's id is known once the vmlinux BTF is parsed. */
struct helper helper_get_current_task_btf = {
	.fn = get_current_task,
	.gpl_only = true,
	.ret = RET_PTR_TO_BTF_ID_TRUSTED,
};

static BPF_FN0(zero)
{
	return 0;
}

const struct helper helper_get_cgroup_classid = {.fn = zero, .ret = RET_INTEGER};

/* The packet's class, and its route's realm. */
const struct helper helper_skb_class = {
	.fn = zero,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};

static BPF_FN0(get_current_cgroup_id)
{
	return ROOT_CGROUP_ID;
}

const struct helper helper_get_current_cgroup_id = {
	.fn = get_current_cgroup_id,
	.ret = RET_INTEGER,
};

static BPF_FN1(get_current_ancestor_cgroup_id, int, level)
{
	return level ? 0 : ROOT_CGROUP_ID;
}

const struct helper helper_get_current_ancestor_cgroup_id = {
	.fn = get_current_ancestor_cgroup_id,
	.ret = RET_INTEGER,
	.arg = {ARG_ANYTHING},
};

/* The first namespace's cookie is 1: that of a packet without a device, and of no packet at all. */
static BPF_FN1(get_netns_cookie, const struct skb_ctx *, ctx)
{
	if (!ctx || !ctx->skb.dev || !ctx->skb.dev->nd_net.net)
		return 1;
	return ctx->skb.dev->nd_net.net->net_cookie;
}

const struct helper helper_get_netns_cookie = {
	.fn = get_netns_cookie,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX_OR_NULL},
};
