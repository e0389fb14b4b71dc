/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_KFUNC_H
#define KFUNC_KFUNC_H

#include "base/uapi.h"
#include "btf/btf.h"

/* Flags, as the kernel's KF_*. */
#define KF_ACQUIRE	 BIT(0)
#define KF_RELEASE	 BIT(1)
#define KF_RET_NULL	 BIT(2)
#define KF_TRUSTED_ARGS	 BIT(4)
#define KF_SLEEPABLE	 BIT(5)
#define KF_RCU		 BIT(7)
#define KF_ITER_NEW	 BIT(8)
#define KF_ITER_NEXT	 BIT(9)
#define KF_ITER_DESTROY	 BIT(10)
#define KF_RCU_PROTECTED BIT(11)
#define KF_FASTCALL	 BIT(12)

/* Kfuncs whose meaning the verifier or the executor must know. */
enum kfunc_special {
	KFUNC_ORDINARY,
	KFUNC_XDP_GET_XFRM_STATE,
	KFUNC_XDP_XFRM_STATE_RELEASE,
	KFUNC_DYNPTR_FROM_SKB,
	KFUNC_DYNPTR_FROM_XDP,
	KFUNC_DYNPTR_SLICE,
	KFUNC_DYNPTR_SLICE_RDWR,
	KFUNC_DYNPTR_CLONE,
	KFUNC_RCU_READ_LOCK,
	KFUNC_RCU_READ_UNLOCK,
	KFUNC_PREEMPT_DISABLE,
	KFUNC_PREEMPT_ENABLE,
	KFUNC_CAST_TO_KERN_CTX,
	KFUNC_RDONLY_CAST,
	KFUNC_THROW,
	KFUNC_ITER_NUM_NEW,
	KFUNC_ITER_NUM_NEXT,
	KFUNC_ITER_NUM_DESTROY,
	KFUNC_OBJ_NEW,
	KFUNC_OBJ_DROP,
	KFUNC_REFCOUNT_ACQUIRE,
	KFUNC_LIST_PUSH,  /* front or back: takes the object */
	KFUNC_LIST_NODE,  /* gives an element, or looks at one */
	KFUNC_RBTREE_ADD, /* takes the object, and calls less() */
	KFUNC_RBTREE_REMOVE,
	KFUNC_WQ_SET_CALLBACK,
	KFUNC_RBTREE_NODE, /* looks at an element */
	KFUNC_DYNPTR_FROM_SKB_META,
	KFUNC_LOCAL_IRQ_SAVE,
	KFUNC_RES_SPIN_LOCK,
	KFUNC_RES_SPIN_UNLOCK,
	KFUNC_RES_SPIN_LOCK_IRQSAVE,
	KFUNC_RES_SPIN_UNLOCK_IRQRESTORE,
	KFUNC_DEV_BOUND,     /* only for programs bound to a device, which none is here */
	KFUNC_XDP_PULL_DATA, /* invalidates packet pointers */
};

/**
 * struct kfunc - a kernel function that programs may call by BTF id
 * @name: of the FUNC in the vmlinux BTF, which also gives the prototype. Its arguments' names, with
 *        the suffixes that mean something to the verifier, are those of 6.18
 * @fn: u64 (u64 r1..r5); run_current tells about the run. NULL where the executor does it itself
 * @flags: KF_*
 * @prog_types: bit (1u << BPF_PROG_TYPE_x) for each type that it is registered for
 * @special: see above
 * @btf_id: FUNC id in the vmlinux BTF; filled in by kfunc_init()
 * @proto_id: its FUNC_PROTO
 */
struct kfunc {
	const char *name;
	u64 (*fn)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
	u32 flags;
	u32 prog_types;
	enum kfunc_special special;
	u32 btf_id;
	u32 proto_id;
};

/*
 * Resolve the table against the vmlinux BTF, and tell btf/ and map/ which kernel pointers maps can
 * keep. Idempotent and thread-safe; the functions below do it too, but what is loaded before it
 * cannot use referenced kptrs.
 */
void kfunc_init(void);

/*
 * Whether BTFs loaded from now on may keep referenced xfrm_state pointers in maps: the seed's table
 * needs it, Linux 6.18 has no destructor for them. Off until told otherwise.
 */
void kfunc_set_extended(bool on);

/* The kfunc with that FUNC id in the vmlinux BTF, whatever the program type; NULL if none. */
const struct kfunc *kfunc_by_id(u32 btf_id);

/* True if programs of that type may call it (@extended: the seed's table, see
 * docs/compatibility.md). */
bool kfunc_allowed(const struct kfunc *kf, enum bpf_prog_type type, bool extended);

/* For tests and `espalier info`: the i-th registered kfunc, NULL past the end. */
const struct kfunc *kfunc_at(u32 i);

#endif
