// SPDX-License-Identifier: BSD-2-Clause
#include "protos.h"

/* The reference changes hands with the pointer: what came out is the program's to release. */
static BPF_FN2(kptr_xchg, u64 *, slot, u64, ptr)
{
	return __atomic_exchange_n(slot, ptr, __ATOMIC_ACQ_REL);
}

const struct helper helper_kptr_xchg = {
	.fn = kptr_xchg,
	.ret = RET_PTR_TO_BTF_ID_OR_NULL,
	.arg = {ARG_KPTR_XCHG_DEST, ARG_PTR_TO_BTF_ID_OR_NULL | OBJ_RELEASE},
};
