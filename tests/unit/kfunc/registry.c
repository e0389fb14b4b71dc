// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "btf/btf.h"
#include "suites.h"
#include "vmlinux/vmlinux.h"

static const struct kfunc *by_name(const char *name)
{
	const struct kfunc *kf;

	for (u32 i = 0; (kf = kfunc_at(i)); i++)
		if (!strcmp(kf->name, name))
			return kf;
	ck_abort_msg("no kfunc %s", name);
	return NULL;
}

u64 call_kfunc(const char *name, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return by_name(name)->fn(r1, r2, r3, r4, r5);
}

START_TEST(every_row_is_found_by_its_id)
{
	const struct btf *btf = vmlinux_btf();
	const struct kfunc *kf;
	u32 i;

	for (i = 0; (kf = kfunc_at(i)); i++) {
		ck_assert_ptr_eq(kfunc_by_id(kf->btf_id), kf);
		ck_assert_str_eq(btf_name(btf, btf_type(btf, kf->btf_id)), kf->name);
		ck_assert_uint_eq(btf_kind_of(btf_type(btf, kf->proto_id)), BTF_KIND_FUNC_PROTO);
		ck_assert(kf->fn || kf->special != KFUNC_ORDINARY);
	}
	ck_assert_uint_gt(i, 30);
	ck_assert_ptr_null(kfunc_by_id(0));
	ck_assert_ptr_null(kfunc_by_id(U32_MAX));
}
END_TEST

/* Measured on 6.18 by loading a call as each type. */
START_TEST(who_may_call)
{
	const struct kfunc *get = by_name("bpf_xdp_get_xfrm_state");
	const struct kfunc *release = by_name("bpf_xdp_xfrm_state_release");
	const struct kfunc *task = by_name("bpf_task_acquire");
	const struct kfunc *iter = by_name("bpf_iter_num_new");

	ck_assert(kfunc_allowed(get, BPF_PROG_TYPE_XDP, false));
	ck_assert(!kfunc_allowed(get, BPF_PROG_TYPE_SCHED_CLS, false));
	ck_assert(!kfunc_allowed(get, BPF_PROG_TYPE_SCHED_CLS, true));
	ck_assert(!kfunc_allowed(release, BPF_PROG_TYPE_SCHED_CLS, false));
	ck_assert(kfunc_allowed(release, BPF_PROG_TYPE_SCHED_CLS, true));
	ck_assert(kfunc_allowed(task, BPF_PROG_TYPE_XDP, false));
	ck_assert(kfunc_allowed(task, BPF_PROG_TYPE_SCHED_CLS, false));
	ck_assert(!kfunc_allowed(task, BPF_PROG_TYPE_SOCKET_FILTER, false));
	ck_assert(kfunc_allowed(iter, BPF_PROG_TYPE_SOCKET_FILTER, false));
}
END_TEST

TCase *registry_case(void)
{
	TCase *tc = tcase_create("registry");

	tcase_add_test(tc, every_row_is_found_by_its_id);
	tcase_add_test(tc, who_may_call);
	return tc;
}
