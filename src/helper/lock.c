// SPDX-License-Identifier: BSD-2-Clause
#include "map/lock.h"

#include "protos.h"

static BPF_FN1(spin_lock, u32 *, lock)
{
	word_lock(lock);
	return 0;
}

const struct helper helper_spin_lock = {
	.fn = spin_lock,
	.ret = RET_VOID,
	.arg = {ARG_PTR_TO_SPIN_LOCK},
};

static BPF_FN1(spin_unlock, u32 *, lock)
{
	word_unlock(lock);
	return 0;
}

const struct helper helper_spin_unlock = {
	.fn = spin_unlock,
	.ret = RET_VOID,
	.arg = {ARG_PTR_TO_SPIN_LOCK},
};
