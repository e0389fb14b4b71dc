// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "map/map.h"
#include "protos.h"

/* Which map types have which operation is the verifier's to check. */

static BPF_FN2(map_lookup_elem, struct map *, map, const void *, key)
{
	return (u64)map->ops->lookup(map, key);
}

const struct helper helper_map_lookup_elem = {
	.fn = map_lookup_elem,
	.pkt_access = true,
	.ret = RET_PTR_TO_MAP_VALUE_OR_NULL,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY},
};

static BPF_FN4(map_update_elem, struct map *, map, const void *, key, const void *, value, u64,
	       flags)
{
	return (u64)map->ops->update(map, key, value, flags);
}

const struct helper helper_map_update_elem = {
	.fn = map_update_elem,
	.pkt_access = true,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY, ARG_PTR_TO_MAP_VALUE, ARG_ANYTHING},
};

static BPF_FN2(map_delete_elem, struct map *, map, const void *, key)
{
	return (u64)map->ops->remove(map, key);
}

const struct helper helper_map_delete_elem = {
	.fn = map_delete_elem,
	.pkt_access = true,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY},
};

static BPF_FN3(map_push_elem, struct map *, map, const void *, value, u64, flags)
{
	return (u64)map->ops->push(map, value, flags);
}

const struct helper helper_map_push_elem = {
	.fn = map_push_elem,
	.pkt_access = true,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE, ARG_ANYTHING},
};

static BPF_FN2(map_pop_elem, struct map *, map, void *, value)
{
	return (u64)map->ops->pop(map, value);
}

const struct helper helper_map_pop_elem = {
	.fn = map_pop_elem,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE | MEM_UNINIT | MEM_WRITE},
};

static BPF_FN2(map_peek_elem, struct map *, map, void *, value)
{
	return (u64)map->ops->peek(map, value);
}

const struct helper helper_map_peek_elem = {
	.fn = map_peek_elem,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE | MEM_UNINIT | MEM_WRITE},
};

static BPF_FN3(map_lookup_percpu_elem, struct map *, map, const void *, key, u32, cpu)
{
	return (u64)map->ops->lookup_percpu(map, key, cpu);
}

const struct helper helper_map_lookup_percpu_elem = {
	.fn = map_lookup_percpu_elem,
	.pkt_access = true,
	.ret = RET_PTR_TO_MAP_VALUE_OR_NULL,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY, ARG_ANYTHING},
};

static BPF_FN4(for_each_map_elem, struct map *, map, u64, callback, u64, ctx, u64, flags)
{
	return (u64)map->ops->for_each(map, callback, ctx, flags);
}

const struct helper helper_for_each_map_elem = {
	.fn = for_each_map_elem,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_FUNC, ARG_PTR_TO_STACK_OR_NULL, ARG_ANYTHING},
};

/* The executor does it. */
const struct helper helper_tail_call = {
	.changes_pkt = true,
	.ret = RET_VOID,
	.arg = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING},
};
