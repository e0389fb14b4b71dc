// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attr.h"
#include "handle.h"
#include "prog_maps.h"

/* struct bpf_map_info of 6.18; Debian 12's ends with map_extra. */
struct map_info {
	struct bpf_map_info info;
	u64 hash;
	u32 hash_size;
};
_Static_assert(offsetof(struct map_info, hash) == 88, "struct bpf_map_info as in Linux 6.1");
_Static_assert(sizeof(struct bpf_prog_info) == 232, "struct bpf_prog_info as in Linux 6.18");

/*
 * The caller's structure may be shorter or longer than ours: its head is read, and written back as
 * far as it goes; what it has beyond ours must be zero.
 */
static int read_info(const union bpf_attr *attr, void *info, u32 known, u32 *len)
{
	const void *user = attr_ptr(attr->info.info);
	int err;

	if (!user && attr->info.info_len)
		return -EFAULT;
	err = check_tail_zero(user, known, attr->info.info_len);
	if (err)
		return err;
	*len = min(known, attr->info.info_len);
	memset(info, 0, known);
	if (*len)
		memcpy(info, user, *len);
	return 0;
}

static void write_info(const union bpf_attr *attr, union bpf_attr *user, const void *info, u32 len)
{
	if (len)
		memcpy(attr_ptr(attr->info.info), info, len);
	user->info.info_len = len;
}

static int map_info(struct map *map, const union bpf_attr *attr, union bpf_attr *user)
{
	struct map_info mi;
	struct bpf_map_info *info = &mi.info;
	u32 len;
	int err = read_info(attr, &mi, sizeof(mi), &len);

	if (err)
		return err;
	/* The hash of a frozen array's content serves signed loaders only. */
	if (mi.hash || mi.hash_size)
		return -EINVAL;
	memset(&mi, 0, sizeof(mi));
	info->type = map->type;
	info->id = map->obj.id;
	info->key_size = map->key_size;
	info->value_size = map->value_size;
	info->max_entries = map->max_entries;
	info->map_flags = map->flags;
	info->map_extra = map->extra;
	memcpy(info->name, map->name, sizeof(info->name));
	if (map->btf) {
		info->btf_id = map->btf->obj.id;
		info->btf_key_type_id = map->btf_key_id;
		info->btf_value_type_id = map->btf_value_id;
	}
	write_info(attr, user, &mi, len);
	return 0;
}

static int btf_info(struct btf *btf, const union bpf_attr *attr, union bpf_attr *user)
{
	struct bpf_btf_info info;
	u32 name_len = (u32)strnlen(btf->name, sizeof(btf->name) - 1);
	u32 len, room, copied;
	char *name;
	int err = read_info(attr, &info, sizeof(info), &len);

	if (err)
		return err;
	copied = min(info.btf_size, btf->data_size);
	if (copied && !info.btf)
		return -EFAULT;
	if (copied)
		memcpy(attr_ptr(info.btf), btf->data, copied);
	name = attr_ptr(info.name);
	room = info.name_len;
	if (!name != !room)
		return -EINVAL;
	if (name) {
		u32 n = min(name_len, room - 1);

		memcpy(name, btf->name, n);
		name[n] = '\0';
		err = n < name_len ? -ENOSPC : 0;
	}
	info.id = btf->obj.id;
	info.btf_size = btf->data_size;
	info.kernel_btf = btf->kernel;
	info.name_len = name_len;
	write_info(attr, user, &info, len);
	return err;
}

/* A caller that gives or asks for records must know their size; one that does neither is told. */
static int check_record_sizes(struct bpf_prog_info *info)
{
	if ((info->nr_func_info || info->func_info_rec_size) &&
	    info->func_info_rec_size != sizeof(struct bpf_func_info))
		return -EINVAL;
	if ((info->nr_line_info || info->line_info_rec_size) &&
	    info->line_info_rec_size != sizeof(struct bpf_line_info))
		return -EINVAL;
	if ((info->nr_jited_line_info || info->jited_line_info_rec_size) &&
	    info->jited_line_info_rec_size != sizeof(u64))
		return -EINVAL;
	info->func_info_rec_size = sizeof(struct bpf_func_info);
	info->line_info_rec_size = sizeof(struct bpf_line_info);
	info->jited_line_info_rec_size = sizeof(u64);
	return 0;
}

/* Copy what the caller has room for; tell how many there are. */
static int copy_records(u64 to, u32 *nr, const void *records, u32 have, u32 size)
{
	u32 n = min(*nr, have);

	*nr = have;
	if (!n)
		return 0;
	if (!to)
		return -EFAULT;
	memcpy(attr_ptr(to), records, (size_t)n * size);
	return 0;
}

/* Instructions for a dump: maps by id, since descriptors mean nothing to the reader. */
static int copy_insns(const struct prog *prog, u64 to, u32 bytes)
{
	struct bpf_insn *insns;

	if (!to)
		return -EFAULT;
	insns = malloc(prog->len * sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	memcpy(insns, prog->insns, prog->len * sizeof(*insns));
	for (u32 i = 0; i + 1 < prog->len; i++) {
		struct bpf_insn *insn = &insns[i];

		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (prog->aux[i].map && insn->src_reg != BPF_PSEUDO_FUNC) {
			bool value = insn->src_reg == BPF_PSEUDO_MAP_VALUE ||
				     insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;

			insn->src_reg = value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
			insn->imm = (s32)prog->aux[i].map->obj.id;
		}
		i++;
	}
	memcpy(attr_ptr(to), insns, bytes);
	free(insns);
	return 0;
}

static int copy_prog_records(struct prog *prog, struct bpf_prog_info *info)
{
	u32 room = info->xlated_prog_len;
	int err;

	info->xlated_prog_len = prog->len * (u32)sizeof(struct bpf_insn);
	room = min(room, info->xlated_prog_len);
	if (room) {
		err = copy_insns(prog, info->xlated_prog_insns, room);
		if (err)
			return err;
	}
	err = prog_copy_map_ids(prog, attr_ptr(info->map_ids), &info->nr_map_ids);
	if (err)
		return err;
	err = copy_records(info->func_info, &info->nr_func_info, prog->func_info,
			   prog->nr_func_info, sizeof(*prog->func_info));
	if (err)
		return err;
	err = copy_records(info->line_info, &info->nr_line_info, prog->line_info,
			   prog->nr_line_info, sizeof(*prog->line_info));
	if (err)
		return err;
	return copy_records(info->prog_tags, &info->nr_prog_tags, prog->tag, 1, sizeof(prog->tag));
}

/* Machine code: each function's address and length, and all of it in a row. */
static int copy_native(const struct prog *prog, struct bpf_prog_info *info)
{
	u32 nr = prog->executor == EXEC_JIT ? prog->nr_subprogs : 0;
	u32 room = info->jited_prog_len, ksyms = min(info->nr_jited_ksyms, nr);
	u32 lens = min(info->nr_jited_func_lens, nr);
	u32 total = 0;

	if ((ksyms && !info->jited_ksyms) || (lens && !info->jited_func_lens) ||
	    (nr && room && !info->jited_prog_insns))
		return -EFAULT;
	for (u32 i = 0; i < nr; i++) {
		const void *addr;
		u32 len = prog_native(prog, i, &addr);
		u64 ksym = (uintptr_t)addr;

		if (i < ksyms)
			memcpy((u64 *)attr_ptr(info->jited_ksyms) + i, &ksym, sizeof(ksym));
		if (i < lens)
			memcpy((u32 *)attr_ptr(info->jited_func_lens) + i, &len, sizeof(len));
		if (room > total)
			memcpy((u8 *)attr_ptr(info->jited_prog_insns) + total, addr,
			       min(len, room - total));
		total += len;
	}
	info->jited_prog_len = total;
	info->nr_jited_ksyms = nr;
	info->nr_jited_func_lens = nr;
	/* Which instruction came from which line is not kept. */
	info->nr_jited_line_info = 0;
	return 0;
}

static int prog_info(struct prog *prog, const union bpf_attr *attr, union bpf_attr *user)
{
	struct bpf_prog_info info;
	u32 len;
	int err = read_info(attr, &info, sizeof(info), &len);

	if (err)
		return err;
	err = check_record_sizes(&info);
	if (err)
		return err;
	info.type = prog->type;
	info.id = prog->obj.id;
	memcpy(info.tag, prog->tag, sizeof(info.tag));
	memcpy(info.name, prog->name, sizeof(info.name));
	info.load_time = prog->load_time;
	info.created_by_uid = getuid();
	info.gpl_compatible = prog->gpl_compatible;
	info.ifindex = 0;
	info.netns_dev = 0;
	info.netns_ino = 0;
	info.btf_id = prog->btf ? prog->btf->obj.id : 0;
	info.run_time_ns = __atomic_load_n(&prog->run_ns, __ATOMIC_RELAXED);
	info.run_cnt = __atomic_load_n(&prog->run_cnt, __ATOMIC_RELAXED);
	info.recursion_misses = 0;
	info.verified_insns = prog->verified_insns;
	info.attach_btf_obj_id = 0;
	info.attach_btf_id = 0;
	err = copy_native(prog, &info);
	if (!err)
		err = copy_prog_records(prog, &info);
	if (err)
		return err;
	write_info(attr, user, &info, len);
	return 0;
}

long cmd_obj_info(union attr *attr, union bpf_attr *user, u32 size)
{
	struct object *obj;
	int err;

	(void)size;
	err = fd_object((int)attr->uapi.info.bpf_fd, OBJECT_KINDS, &obj, NULL);
	if (err)
		return err == -EBADF ? -EBADFD : err; /* this command's own name for it */
	switch (obj->kind) {
	case OBJECT_MAP:
		err = map_info(map_of(obj), &attr->uapi, user);
		break;
	case OBJECT_PROG:
		err = prog_info(prog_of(obj), &attr->uapi, user);
		break;
	case OBJECT_BTF:
		err = btf_info(container_of(obj, struct btf, obj), &attr->uapi, user);
		break;
	default:
		err = -EINVAL;
	}
	object_put(obj);
	return err;
}
