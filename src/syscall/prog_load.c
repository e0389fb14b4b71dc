// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <espalier/bpf.h>

#include "attr.h"
#include "base/vlog.h"
#include "handle.h"
#include "report.h"
#include "verifier/verifier.h"

#define PROG_FLAGS                                                                                \
	(BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_STATE_FREQ | BPF_F_SLEEPABLE | \
	 BPF_F_TEST_RND_HI32 | BPF_F_XDP_HAS_FRAGS | BPF_F_XDP_DEV_BOUND_ONLY |                   \
	 BPF_F_TEST_REG_INVARIANTS | BPF_F_TOKEN_FD)
#define MAX_INSNS 1000000u

/* Largest func_info or line_info record that a caller may use. */
#define INFO_REC_SIZE_MAX 252u

static bool extended;

void espalier_set_extended(int on)
{
	__atomic_store_n(&extended, !!on, __ATOMIC_RELAXED);
	kfunc_set_extended(on);
}

static enum executor executor = EXEC_HAS_JIT ? EXEC_JIT : EXEC_INTERP;

int espalier_set_exec(enum espalier_exec exec)
{
	bool jit = exec == ESPALIER_EXEC_JIT || (exec == ESPALIER_EXEC_DEFAULT && EXEC_HAS_JIT);

	if (exec > ESPALIER_EXEC_JIT)
		return -EINVAL;
	if (jit && !EXEC_HAS_JIT)
		return -EOPNOTSUPP;
	__atomic_store_n(&executor, jit ? EXEC_JIT : EXEC_INTERP, __ATOMIC_RELAXED);
	return 0;
}

static bool count_all;

void espalier_set_elide(int on)
{
	__atomic_store_n(&count_all, !on, __ATOMIC_RELAXED);
}

static const u32 supported_types =
	BIT(BPF_PROG_TYPE_SOCKET_FILTER) | BIT(BPF_PROG_TYPE_SCHED_CLS) |
	BIT(BPF_PROG_TYPE_SCHED_ACT) | BIT(BPF_PROG_TYPE_XDP) | BIT(BPF_PROG_TYPE_RAW_TRACEPOINT) |
	/* libbpf asks with one whether there is bpf_probe_read_kernel() */
	BIT(BPF_PROG_TYPE_TRACEPOINT);

/*
 * Types that hook in where nothing is here. They go through the verifier, so that whoever tries to
 * use a kernel function from one is told what Linux would say; if it accepts, the load is refused
 * after all.
 */
static bool is_only_verified(u32 type)
{
	switch (type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_CGROUP_SOCK:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
	case BPF_PROG_TYPE_CGROUP_DEVICE:
	case BPF_PROG_TYPE_CGROUP_SYSCTL:
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
	case BPF_PROG_TYPE_LWT_IN:
	case BPF_PROG_TYPE_LWT_OUT:
	case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL:
	case BPF_PROG_TYPE_SOCK_OPS:
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_SK_MSG:
	case BPF_PROG_TYPE_SK_LOOKUP:
	case BPF_PROG_TYPE_SK_REUSEPORT:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return true;
	default:
		return false;
	}
}

static bool license_is_gpl_compatible(const char *license)
{
	static const char *const compatible[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};

	for (size_t i = 0; i < ARRAY_SIZE(compatible); i++) {
		if (!strcmp(license, compatible[i]))
			return true;
	}
	return false;
}

/* In the order in which bpf(2) looks at them, since a wrong command may be wrong in several ways.
 */
static int check_attr(const union attr *attr)
{
	const union bpf_attr *a = &attr->uapi;

	if (a->prog_flags & ~PROG_FLAGS)
		return -EINVAL;
	if (a->prog_flags & BPF_F_TOKEN_FD)
		return -EBADF;
	if (!a->insn_cnt || a->insn_cnt > MAX_INSNS)
		return -E2BIG;
	/* Only tracing and extension programs attach to a function. */
	if (a->attach_prog_fd || a->attach_btf_id)
		return -EINVAL;
	if (!a->insns || !a->license)
		return -EFAULT;
	if (attr->prog.fd_array_cnt && !a->fd_array)
		return -EFAULT;
	if (attr->prog.signature)
		return -EOPNOTSUPP;
	/* Bound to a device: there is none that offloads or has metadata of its own. */
	if (a->prog_ifindex || a->prog_flags & BPF_F_XDP_DEV_BOUND_ONLY)
		return -EINVAL;
	if (a->prog_type >= 32 ||
	    !(supported_types & BIT(a->prog_type) || is_only_verified(a->prog_type)))
		return -EINVAL;
	/* CO-RE done by the kernel is for loaders that have no libbpf. */
	if (a->core_relo_cnt)
		return -EOPNOTSUPP;
	if (a->func_info_cnt > MAX_INSNS || a->line_info_cnt > INT32_MAX / sizeof(u64))
		return -EINVAL;
	return 0;
}

/*
 * Records of the caller's size into records of ours. What it knows more than we do must be zero;
 * then it learns from @user_rec_size what size would be right.
 */
static int copy_info(struct vlog *log, bool func, u64 from, u32 nr, u32 rec_size, u32 known,
		     u32 *user_rec_size, void **out)
{
	const u8 *record = attr_ptr(from);
	u8 *copy;

	if (rec_size < known || rec_size > INFO_REC_SIZE_MAX || rec_size % sizeof(u32)) {
		if (func)
			vlog_printf(log, "invalid func info rec size %u\n", rec_size);
		return -EINVAL;
	}
	if (!record)
		return -EFAULT;
	copy = calloc(nr, known);
	if (!copy)
		return -ENOMEM;
	for (u32 i = 0; i < nr; i++, record += rec_size) {
		if (check_tail_zero(record, known, rec_size)) {
			vlog_printf(log, "nonzero tailing record in %s",
				    func ? "func info" : "line_info");
			*user_rec_size = known;
			free(copy);
			return -E2BIG;
		}
		memcpy(copy + (size_t)i * known, record, known);
	}
	*out = copy;
	return 0;
}

static int copy_debug_info(struct prog *prog, const union bpf_attr *a, union bpf_attr *user,
			   struct vlog *log)
{
	void *copy;
	int err;

	/* Without records the BTF is not even looked up. */
	if (!a->func_info_cnt && !a->line_info_cnt)
		return 0;
	err = btf_from_fd((int)a->prog_btf_fd, &prog->btf);
	if (err)
		return err;
	if (prog->btf->kernel)
		return -EACCES;
	if (a->func_info_cnt) {
		err = copy_info(log, true, a->func_info, a->func_info_cnt, a->func_info_rec_size,
				sizeof(struct bpf_func_info), &user->func_info_rec_size, &copy);
		if (err)
			return err;
		prog->func_info = copy;
		prog->nr_func_info = a->func_info_cnt;
	}
	if (a->line_info_cnt) {
		err = copy_info(log, false, a->line_info, a->line_info_cnt, a->line_info_rec_size,
				sizeof(struct bpf_line_info), &user->line_info_rec_size, &copy);
		if (err)
			return err;
		prog->line_info = copy;
		prog->nr_line_info = a->line_info_cnt;
	}
	return 0;
}

static u64 boot_time_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

static int fill_in(struct prog *prog, const union bpf_attr *a)
{
	const char *license = attr_ptr(a->license);
	size_t len = strnlen(license, sizeof(prog->license) - 1);

	memcpy(prog->license, license, len);
	prog->gpl_compatible = license_is_gpl_compatible(prog->license);
	prog->type = a->prog_type;
	prog->expected_attach_type = a->expected_attach_type;
	prog->load_flags = a->prog_flags;
	prog->extended = __atomic_load_n(&extended, __ATOMIC_RELAXED);
	prog->executor = __atomic_load_n(&executor, __ATOMIC_RELAXED);
	prog->count_all = __atomic_load_n(&count_all, __ATOMIC_RELAXED);
	prog->load_time = boot_time_ns();
	return copy_object_name(prog->name, a->prog_name);
}

/* Programs reached through a map must be like those that it holds. */
static int check_map_owners(const struct prog *prog)
{
	struct prog_traits traits;

	object_prog_traits(&prog->obj, &traits);
	for (u32 i = 0; i < prog->nr_used_maps; i++) {
		if (!map_prog_compatible(prog->used_maps[i], &traits))
			return -EINVAL;
	}
	return 0;
}

static int make_executable(struct prog *prog, struct vlog *log)
{
	int err = exec_prepare(prog);

	if (err && prog->executor == EXEC_JIT)
		vlog_printf(log, "JIT: no machine code: %s\n", strerror(-err));
	return err;
}

static int verify(struct prog *prog, union attr *attr, union bpf_attr *user, u32 size,
		  struct espalier_report *report)
{
	const union bpf_attr *a = &attr->uapi;
	struct vlog log;
	u32 true_size;
	int err, log_err;

	err = vlog_init(&log, a->log_level, attr_ptr(a->log_buf), a->log_size);
	if (err)
		return err;
	err = copy_debug_info(prog, a, user, &log);
	if (!err)
		err = verifier_check(prog, attr_ptr(a->fd_array), attr->prog.fd_array_cnt, &log,
				     report);
	if (!err && is_only_verified(a->prog_type)) {
		vlog_printf(&log, "programs of this type are only verified here, not run\n");
		err = -EINVAL;
	}
	if (!err)
		err = make_executable(prog, &log);
	if (report && err && !report->message[0])
		snprintf(report->message, sizeof(report->message), "%s", log.last_line);
	log_err = vlog_finish(&log, &true_size);
	if (size >= attr_end(prog.log_true_size))
		((union attr *)user)->prog.log_true_size = true_size;
	/* A log that did not fit outweighs the verdict, as in the kernel. */
	return log_err ? log_err : err;
}

static int load(struct prog *prog, union attr *attr, union bpf_attr *user, u32 size,
		struct espalier_report *report)
{
	int err;

	err = fill_in(prog, &attr->uapi);
	if (!err)
		err = verify(prog, attr, user, size, report);
	if (!err)
		err = check_map_owners(prog);
	if (!err)
		err = object_list(&prog->obj);
	return err ? err : prog_new_fd(prog);
}

long cmd_prog_load(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct espalier_report *report = report_begin(a);
	struct prog *prog;
	int ret;

	ret = check_attr(attr);
	if (!ret)
		ret = prog_new(attr_ptr(a->insns), a->insn_cnt, &prog);
	if (!ret) {
		ret = load(prog, attr, user, size, report);
		prog_put(prog);
	}
	/* The verifier's verdict stands, if there is one, though the log may not have fit. */
	if (report && !report->err && ret < 0)
		report->err = ret;
	return ret;
}
