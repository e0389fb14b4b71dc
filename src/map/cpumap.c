// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "base/vcpu.h"
#include "private.h"
#include "slots.h"

/* NR_CPUS as distributions configure it: larger maps are refused whatever the machine has. */
#define CPUS_MAX  8192u
#define QSIZE_MAX 16384u

/* CPUs to redirect to: how many frames may wait, and the XDP program that runs over there. */
struct cpu_entry {
	struct rcu_head rcu;
	struct bpf_cpumap_val val; /* the program as an id: what user space reads */
	struct object *prog;
};

static int cpumap_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size != sizeof(u32) ||
	    (attr->value_size != offsetofend(struct bpf_cpumap_val, qsize) &&
	     attr->value_size != offsetofend(struct bpf_cpumap_val, bpf_prog.fd)) ||
	    attr->map_flags & ~(u32)BPF_F_NUMA_NODE)
		return -EINVAL;
	return attr->max_entries > CPUS_MAX ? -E2BIG : 0;
}

static void free_entry(struct rcu_head *head)
{
	struct cpu_entry *entry = container_of(head, struct cpu_entry, rcu);

	object_put(entry->prog);
	free(entry);
}

static void drop(void *unlinked)
{
	struct cpu_entry *entry = unlinked;

	if (entry)
		rcu_defer(&entry->rcu, free_entry);
}

static void cpumap_free(struct map *map)
{
	slots_clear(map, drop);
	slots_free(map);
}

static void *cpumap_lookup(struct map *map, const void *key)
{
	struct cpu_entry *entry = slots_get(map, slots_index(key));

	return entry ? &entry->val : NULL;
}

static bool prog_fits(struct object *prog)
{
	struct prog_traits traits = {0};

	if (object_prog_traits)
		object_prog_traits(prog, &traits);
	return traits.type == BPF_PROG_TYPE_XDP && traits.expected_attach_type == BPF_XDP_CPUMAP;
}

static struct cpu_entry *make_entry(struct map *map, const struct bpf_cpumap_val *val)
{
	struct cpu_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->val.qsize = val->qsize;
	if (val->bpf_prog.fd <= 0)
		return entry;
	if (map_prog_from_fd(map, val->bpf_prog.fd, &entry->prog) || !prog_fits(entry->prog)) {
		object_put(entry->prog);
		free(entry);
		return NULL;
	}
	entry->val.bpf_prog.id = entry->prog->id;
	return entry;
}

static int cpumap_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_cpumap_val val = {0};
	struct cpu_entry *entry = NULL;
	u32 cpu = slots_index(key);

	memcpy(&val, value, map->value_size);
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (cpu >= map->max_entries)
		return -E2BIG;
	if (flags == BPF_NOEXIST)
		return -EEXIST;
	if (val.qsize > QSIZE_MAX)
		return -EOVERFLOW;
	if (cpu >= vcpu_count())
		return -ENODEV;
	/* No queue empties the slot. A program that does not fit is -ENOMEM, as in the kernel. */
	if (val.qsize) {
		entry = make_entry(map, &val);
		if (!entry)
			return -ENOMEM;
	}
	drop(slots_swap(map, cpu, entry));
	return 0;
}

static int cpumap_user_delete(struct map *map, const void *key)
{
	u32 cpu = slots_index(key);

	if (cpu >= map->max_entries)
		return -EINVAL;
	drop(slots_swap(map, cpu, NULL));
	return 0;
}

static long cpumap_redirect(struct map *map, u64 key, u64 flags)
{
	return map_redirect_to(map, slots_get(map, (u32)key), key, flags, 0);
}

bool map_cpumap_at(struct map *map, u32 cpu, struct map_cpu *out)
{
	struct cpu_entry *entry = slots_get(map, cpu);

	if (!entry)
		return false;
	*out = (struct map_cpu){.qsize = entry->val.qsize, .prog = entry->prog};
	return true;
}

const struct map_ops cpumap_ops = {
	.check = cpumap_check,
	.alloc = slots_alloc,
	.free = cpumap_free,
	.check_btf = map_no_btf,
	.lookup = cpumap_lookup,
	.user_update = cpumap_user_update,
	.user_delete = cpumap_user_delete,
	.next_key = array_next_key,
	.redirect = cpumap_redirect,
	.meta_equal = map_meta_like,
};
