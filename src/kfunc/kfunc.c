// SPDX-License-Identifier: BSD-2-Clause
/* The registry: which kernel functions there are, for whom, and what the verifier must know. */
#include "kfunc/kfunc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "conntrack.h"
#include "dynptr.h"
#include "graph.h"
#include "iter.h"
#include "kfunc/task.h"
#include "kfunc/xfrm.h"
#include "map/map.h"
#include "lock.h"
#include "misc.h"
#include "object/run.h"
#include "strings.h"
#include "task.h"
#include "vmlinux/vmlinux.h"

/* Sets of program types, as 6.18 registers them. */
#define TYPE(t) BIT(BPF_PROG_TYPE_##t)
#define ALL	U32_MAX
#define CGROUP                                                                                 \
	(TYPE(CGROUP_SKB) | TYPE(CGROUP_SOCK) | TYPE(CGROUP_DEVICE) | TYPE(CGROUP_SOCK_ADDR) | \
	 TYPE(CGROUP_SOCKOPT) | TYPE(CGROUP_SYSCTL) | TYPE(SOCK_OPS))
#define TRACE (TYPE(TRACEPOINT) | TYPE(PERF_EVENT) | TYPE(TRACING) | TYPE(LSM))
#define SKB                                                                                        \
	(TYPE(SOCKET_FILTER) | TYPE(SCHED_CLS) | TYPE(SCHED_ACT) | TRACE | CGROUP | TYPE(LWT_IN) | \
	 TYPE(LWT_OUT) | TYPE(LWT_XMIT) | TYPE(LWT_SEG6LOCAL) | TYPE(SK_SKB))
#define GENERIC (TYPE(SCHED_CLS) | TYPE(XDP) | TRACE | CGROUP | TYPE(STRUCT_OPS) | TYPE(SYSCALL))

/* A socket filter only looks at its packet. */
static u64 dynptr_from_skb(u64 ctx, u64 flags, u64 ptr, u64 r4, u64 r5)
{
	if (run_current->prog_type == BPF_PROG_TYPE_SOCKET_FILTER)
		return kfunc_dynptr_from_skb_rdonly(ctx, flags, ptr, r4, r5);
	return kfunc_dynptr_from_skb(ctx, flags, ptr, r4, r5);
}

#define PACKET	      (TYPE(SCHED_CLS) | TYPE(XDP))
#define SPECIAL(what) .special = KFUNC_##what

static struct kfunc table[] = {
	/* IPsec */
	{"bpf_xdp_get_xfrm_state", kfunc_xdp_get_xfrm_state, KF_ACQUIRE | KF_RET_NULL, TYPE(XDP),
	 SPECIAL(XDP_GET_XFRM_STATE)},
	{"bpf_xdp_xfrm_state_release", kfunc_xdp_xfrm_state_release, KF_RELEASE, TYPE(XDP),
	 SPECIAL(XDP_XFRM_STATE_RELEASE)},

	/* dynptrs */
	{"bpf_dynptr_from_xdp", kfunc_dynptr_from_xdp, 0, TYPE(XDP), SPECIAL(DYNPTR_FROM_XDP)},
	{"bpf_dynptr_from_skb", dynptr_from_skb, KF_TRUSTED_ARGS, SKB, SPECIAL(DYNPTR_FROM_SKB)},
	{"bpf_dynptr_from_skb_meta", kfunc_dynptr_from_skb_meta, KF_TRUSTED_ARGS,
	 TYPE(SCHED_CLS) | TYPE(SCHED_ACT), SPECIAL(DYNPTR_FROM_SKB_META)},
	{"bpf_dynptr_slice", kfunc_dynptr_slice, KF_RET_NULL, ALL, SPECIAL(DYNPTR_SLICE)},
	{"bpf_dynptr_slice_rdwr", kfunc_dynptr_slice_rdwr, KF_RET_NULL, ALL,
	 SPECIAL(DYNPTR_SLICE_RDWR)},
	{"bpf_dynptr_adjust", kfunc_dynptr_adjust, 0, ALL},
	{"bpf_dynptr_is_null", kfunc_dynptr_is_null, 0, ALL},
	{"bpf_dynptr_is_rdonly", kfunc_dynptr_is_rdonly, 0, ALL},
	{"bpf_dynptr_size", kfunc_dynptr_size, 0, ALL},
	{"bpf_dynptr_clone", kfunc_dynptr_clone, 0, ALL, SPECIAL(DYNPTR_CLONE)},
	{"bpf_dynptr_copy", kfunc_dynptr_copy, 0, ALL},
	{"bpf_dynptr_memset", kfunc_dynptr_memset, 0, ALL},

	/* iterators */
	{"bpf_iter_num_new", kfunc_iter_num_new, KF_ITER_NEW, ALL, SPECIAL(ITER_NUM_NEW)},
	{"bpf_iter_num_next", kfunc_iter_num_next, KF_ITER_NEXT | KF_RET_NULL, ALL,
	 SPECIAL(ITER_NUM_NEXT)},
	{"bpf_iter_num_destroy", kfunc_iter_num_destroy, KF_ITER_DESTROY, ALL,
	 SPECIAL(ITER_NUM_DESTROY)},
	{"bpf_iter_bits_new", kfunc_iter_bits_new, KF_ITER_NEW, ALL},
	{"bpf_iter_bits_next", kfunc_iter_bits_next, KF_ITER_NEXT | KF_RET_NULL, ALL},
	{"bpf_iter_bits_destroy", kfunc_iter_bits_destroy, KF_ITER_DESTROY, ALL},

	/* tasks */
	{"bpf_task_acquire", kfunc_task_acquire, KF_ACQUIRE | KF_RCU | KF_RET_NULL, GENERIC},
	{"bpf_task_release", kfunc_task_release, KF_RELEASE, GENERIC},
	{"bpf_task_from_pid", kfunc_task_from_pid, KF_ACQUIRE | KF_RET_NULL, GENERIC},
	{"bpf_task_from_vpid", kfunc_task_from_pid, KF_ACQUIRE | KF_RET_NULL, GENERIC},

	/* objects of the program's own types */
	{"bpf_obj_new_impl", kfunc_obj_new, KF_ACQUIRE | KF_RET_NULL, GENERIC, SPECIAL(OBJ_NEW)},
	{"bpf_obj_drop_impl", kfunc_obj_drop, KF_RELEASE, GENERIC, SPECIAL(OBJ_DROP)},

	{"bpf_refcount_acquire_impl", kfunc_refcount_acquire, KF_ACQUIRE | KF_RET_NULL | KF_RCU,
	 GENERIC, SPECIAL(REFCOUNT_ACQUIRE)},
	{"bpf_list_push_front_impl", kfunc_list_push_front, 0, GENERIC, SPECIAL(LIST_PUSH)},
	{"bpf_list_push_back_impl", kfunc_list_push_back, 0, GENERIC, SPECIAL(LIST_PUSH)},
	{"bpf_list_pop_front", kfunc_list_pop_front, KF_ACQUIRE | KF_RET_NULL, GENERIC,
	 SPECIAL(LIST_NODE)},
	{"bpf_list_pop_back", kfunc_list_pop_back, KF_ACQUIRE | KF_RET_NULL, GENERIC,
	 SPECIAL(LIST_NODE)},
	{"bpf_list_front", kfunc_list_front, KF_RET_NULL, GENERIC, SPECIAL(LIST_NODE)},
	{"bpf_list_back", kfunc_list_back, KF_RET_NULL, GENERIC, SPECIAL(LIST_NODE)},
	{"bpf_rbtree_add_impl", kfunc_rbtree_add, 0, GENERIC, SPECIAL(RBTREE_ADD)},
	{"bpf_rbtree_remove", kfunc_rbtree_remove, KF_ACQUIRE | KF_RET_NULL, GENERIC,
	 SPECIAL(RBTREE_REMOVE)},
	{"bpf_rbtree_first", kfunc_rbtree_first, KF_RET_NULL, GENERIC, SPECIAL(RBTREE_NODE)},
	{"bpf_rbtree_root", kfunc_rbtree_root, KF_RET_NULL, GENERIC, SPECIAL(RBTREE_NODE)},
	{"bpf_rbtree_left", kfunc_rbtree_left, KF_RET_NULL, GENERIC, SPECIAL(RBTREE_NODE)},
	{"bpf_rbtree_right", kfunc_rbtree_right, KF_RET_NULL, GENERIC, SPECIAL(RBTREE_NODE)},

	/* connections, of which none is tracked here; objects of the kernel's tests */
	{"bpf_xdp_ct_alloc", kfunc_ct_alloc, KF_ACQUIRE | KF_RET_NULL, PACKET},
	{"bpf_xdp_ct_lookup", kfunc_ct_lookup, KF_ACQUIRE | KF_RET_NULL, PACKET},
	{"bpf_skb_ct_alloc", kfunc_ct_alloc, KF_ACQUIRE | KF_RET_NULL, PACKET},
	{"bpf_skb_ct_lookup", kfunc_ct_lookup, KF_ACQUIRE | KF_RET_NULL, PACKET},
	{"bpf_ct_insert_entry", kfunc_no_object, KF_ACQUIRE | KF_RET_NULL | KF_RELEASE, PACKET},
	{"bpf_ct_release", kfunc_no_object, KF_RELEASE, PACKET},
	{"bpf_ct_set_timeout", kfunc_no_object, KF_TRUSTED_ARGS, PACKET},
	{"bpf_ct_change_timeout", kfunc_no_object, KF_TRUSTED_ARGS, PACKET},
	{"bpf_ct_set_status", kfunc_no_object, KF_TRUSTED_ARGS, PACKET},
	{"bpf_ct_change_status", kfunc_no_object, KF_TRUSTED_ARGS, PACKET},
	{"bpf_ct_set_nat_info", kfunc_no_object, KF_TRUSTED_ARGS, PACKET},
	{"bpf_kfunc_call_test_release", kfunc_no_object, KF_RELEASE, TYPE(SCHED_CLS)},
	{"bpf_kfunc_call_memb_release", kfunc_no_object, KF_RELEASE, TYPE(SCHED_CLS)},

	/* locks that fail rather than wait forever */
	{"bpf_res_spin_lock", kfunc_res_spin_lock, KF_RET_NULL, ALL, SPECIAL(RES_SPIN_LOCK)},
	{"bpf_res_spin_unlock", kfunc_res_spin_unlock, 0, ALL, SPECIAL(RES_SPIN_UNLOCK)},
	{"bpf_res_spin_lock_irqsave", kfunc_res_spin_lock_irqsave, KF_RET_NULL, ALL,
	 SPECIAL(RES_SPIN_LOCK_IRQSAVE)},
	{"bpf_res_spin_unlock_irqrestore", kfunc_res_spin_unlock, 0, ALL,
	 SPECIAL(RES_SPIN_UNLOCK_IRQRESTORE)},

	/* strings in kernel memory */
	{"bpf_strcmp", kfunc_strcmp, 0, ALL},
	{"bpf_strcasecmp", kfunc_strcasecmp, 0, ALL},
	{"bpf_strchr", kfunc_strchr, 0, ALL},
	{"bpf_strchrnul", kfunc_strchrnul, 0, ALL},
	{"bpf_strnchr", kfunc_strnchr, 0, ALL},
	{"bpf_strrchr", kfunc_strrchr, 0, ALL},
	{"bpf_strlen", kfunc_strlen, 0, ALL},
	{"bpf_strnlen", kfunc_strnlen, 0, ALL},
	{"bpf_strspn", kfunc_strspn, 0, ALL},
	{"bpf_strcspn", kfunc_strcspn, 0, ALL},
	{"bpf_strstr", kfunc_strstr, 0, ALL},
	{"bpf_strnstr", kfunc_strnstr, 0, ALL},

	/* no thread runs work queues here: verified, and cannot be had */
	{"bpf_wq_init", kfunc_wq_unsupported, 0, ALL},
	{"bpf_wq_set_callback_impl", kfunc_wq_unsupported, 0, ALL, SPECIAL(WQ_SET_CALLBACK)},
	{"bpf_wq_start", kfunc_wq_unsupported, 0, ALL},

	/* interrupts; packets */
	{"bpf_local_irq_save", kfunc_local_irq_save, 0, ALL, SPECIAL(LOCAL_IRQ_SAVE)},
	{"bpf_local_irq_restore", kfunc_local_irq_restore, 0, ALL},
	{"bpf_xdp_pull_data", kfunc_xdp_pull_data, 0, TYPE(XDP), SPECIAL(XDP_PULL_DATA)},

	/* what the executor does itself: sections, casts, exceptions */
	{"bpf_rcu_read_lock", NULL, 0, ALL, SPECIAL(RCU_READ_LOCK)},
	{"bpf_rcu_read_unlock", NULL, 0, ALL, SPECIAL(RCU_READ_UNLOCK)},
	{"bpf_preempt_disable", NULL, 0, ALL, SPECIAL(PREEMPT_DISABLE)},
	{"bpf_preempt_enable", NULL, 0, ALL, SPECIAL(PREEMPT_ENABLE)},
	{"bpf_cast_to_kern_ctx", NULL, KF_FASTCALL, ALL, SPECIAL(CAST_TO_KERN_CTX)},
	{"bpf_rdonly_cast", NULL, KF_FASTCALL, ALL, SPECIAL(RDONLY_CAST)},
	{"bpf_throw", NULL, 0, GENERIC, SPECIAL(THROW)},

	/* no program is bound to a device here, so these end in the verifier */
	{"bpf_xdp_metadata_rx_timestamp", NULL, KF_TRUSTED_ARGS, TYPE(XDP), SPECIAL(DEV_BOUND)},
	{"bpf_xdp_metadata_rx_hash", NULL, KF_TRUSTED_ARGS, TYPE(XDP), SPECIAL(DEV_BOUND)},
	{"bpf_xdp_metadata_rx_vlan_tag", NULL, KF_TRUSTED_ARGS, TYPE(XDP), SPECIAL(DEV_BOUND)},
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct kfunc **by_id;
static u32 nr_ids;
static bool extended_kptrs; /* atomic */

static void resolve(const struct btf *btf, struct kfunc *kf)
{
	s32 id = btf_find(btf, kf->name, BTF_KIND_FUNC);

	/* types.c forgot it: a build error, which the unit test shows first. */
	if (id < 0) {
		fprintf(stderr, "espalier: the embedded BTF has no %s\n", kf->name);
		abort();
	}
	kf->btf_id = (u32)id;
	kf->proto_id = btf_type(btf, (u32)id)->type;
	by_id[id] = kf;
}

/* Types of the kernel's tests, of which nobody makes an object here. */
static bool is_test_object(u32 id)
{
	const char *name = btf_name(vmlinux_btf(), btf_type(vmlinux_btf(), id));

	return !strcmp(name, "prog_test_ref_kfunc") || !strcmp(name, "prog_test_member");
}

static bool kptr_has_dtor(u32 id)
{
	if (id == vmlinux_type_id(VT_TASK_STRUCT) || is_test_object(id))
		return true;
	return id == vmlinux_type_id(VT_XFRM_STATE) &&
	       __atomic_load_n(&extended_kptrs, __ATOMIC_RELAXED);
}

static void kptr_release(const struct btf_field *field, void *ptr)
{
	if (field->kptr_btf != vmlinux_btf())
		object_drop(ptr);
	else if (field->kptr_id == vmlinux_type_id(VT_XFRM_STATE))
		kfunc_xdp_xfrm_state_release((uintptr_t)ptr, 0, 0, 0, 0);
	else if (field->kptr_id == vmlinux_type_id(VT_TASK_STRUCT))
		task_put(ptr);
}

static void init(void)
{
	const struct btf *btf = vmlinux_btf();

	nr_ids = btf->nr_types;
	by_id = calloc(nr_ids, sizeof(*by_id));
	if (!by_id)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		resolve(btf, &table[i]);
	btf_kptr_has_dtor = kptr_has_dtor;
	map_kptr_release = kptr_release;
	map_graph_release = graph_drop;
}

void kfunc_init(void)
{
	pthread_once(&once, init);
}

void kfunc_set_extended(bool on)
{
	__atomic_store_n(&extended_kptrs, on, __ATOMIC_RELAXED);
}

const struct kfunc *kfunc_by_id(u32 btf_id)
{
	kfunc_init();
	return btf_id < nr_ids ? by_id[btf_id] : NULL;
}

bool kfunc_allowed(const struct kfunc *kf, enum bpf_prog_type type, bool extended)
{
	if (extended && kf->special == KFUNC_XDP_XFRM_STATE_RELEASE &&
	    type == BPF_PROG_TYPE_SCHED_CLS)
		return true;
	return (u32)type < 32 && kf->prog_types & BIT((u32)type);
}

const struct kfunc *kfunc_at(u32 i)
{
	kfunc_init();
	return i < ARRAY_SIZE(table) ? &table[i] : NULL;
}
