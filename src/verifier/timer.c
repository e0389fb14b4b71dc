// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/* Timers and work queues: fields of map values that call a function of the program, later. */
static int check_field(struct verifier_env *env, u32 regno, enum btf_field_type type)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	const char *name = btf_field_type_name(type);
	const struct map *map = reg->map;
	s64 off = (s64)reg->var_off.value + reg->off;
	u32 i;

	if (!tnum_is_const(reg->var_off)) {
		verbose(env,
			"R%u doesn't have constant offset. %s has to be at the constant offset\n",
			regno, name);
		return -EINVAL;
	}
	if (!map->btf) {
		verbose(env, "map '%s' has to have BTF in order to use %s\n", map->name, name);
		return -EINVAL;
	}
	if (!map->record || !(map->record->mask & type)) {
		verbose(env, "map '%s' has no valid %s\n", map->name, name);
		return -EINVAL;
	}
	for (i = 0; map->record->fields[i].type != type; i++)
		;
	if (off != map->record->fields[i].offset) {
		verbose(env, "off %lld doesn't point to 'struct %s' that is at %u\n",
			(long long)off, name, map->record->fields[i].offset);
		return -EINVAL;
	}
	return 0;
}

int process_timer_arg(struct verifier_env *env, u32 regno, struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	int err = check_field(env, regno, BTF_FIELD_TIMER);

	if (err)
		return err;
	meta->map_uid = reg->map_uid;
	meta->map = reg->map;
	return 0;
}

int process_wq_arg(struct verifier_env *env, u32 regno, u32 arg, struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	int err;

	if (reg->type != PTR_TO_MAP_VALUE) {
		verbose(env, "arg#%u doesn't point to a map value\n", arg);
		return -EINVAL;
	}
	err = check_field(env, regno, BTF_FIELD_WORKQUEUE);
	if (err)
		return err;
	meta->map_uid = reg->map_uid;
	meta->map = reg->map;
	return 0;
}
