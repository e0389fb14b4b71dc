// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>

#include "attr.h"
#include "base/vlog.h"
#include "handle.h"

/* Largest BTF that is looked at. */
#define BTF_SIZE_MAX (16u << 20)

long cmd_btf_load(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct vlog log;
	struct btf *btf;
	u32 true_size;
	int err, log_err, fd;

	if (attr->btf.btf_flags & ~BPF_F_TOKEN_FD)
		return -EINVAL;
	if (attr->btf.btf_flags & BPF_F_TOKEN_FD)
		return -EBADF;
	if (a->btf_size > BTF_SIZE_MAX)
		return -E2BIG;
	if (!a->btf)
		return -EFAULT;
	err = vlog_init(&log, a->btf_log_level, attr_ptr(a->btf_log_buf), a->btf_log_size);
	if (err)
		return err;
	err = btf_parse(attr_ptr(a->btf), a->btf_size, &log, &btf);
	log_err = vlog_finish(&log, &true_size);
	if (size >= attr_end(btf.btf_log_true_size))
		((union attr *)user)->btf.btf_log_true_size = true_size;
	if (err)
		return err;
	if (log_err) {
		btf_put(btf);
		return log_err;
	}
	fd = btf_new_fd(btf);
	btf_put(btf);
	return fd;
}
