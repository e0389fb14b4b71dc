// SPDX-License-Identifier: BSD-2-Clause
/* Loads through pointers to kernel structs, and how far what they yield may be trusted. */
#include <errno.h>
#include <string.h>

#include "access.h"

bool is_trusted_reg(const struct reg_state *reg)
{
	/* What a reference is held on stays what it is. */
	if (reg->ref_obj_id)
		return true;
	/* Pointers of these types come from helpers and the context only. */
	switch (reg->type) {
	case PTR_TO_SOCKET:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_SOCK_COMMON:
	case CONST_PTR_TO_MAP:
		return true;
	default:
		break;
	}
	return (TYPE_FLAGS(reg->type) & (MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF)) &&
	       !(TYPE_FLAGS(reg->type) & ~(PTR_MAYBE_NULL | MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF));
}

bool is_rcu_reg(const struct reg_state *reg)
{
	return reg->type & MEM_RCU;
}

bool in_rcu_cs(const struct verifier_env *env)
{
	const struct verifier_state *st = env->cur;

	return st->active_rcu_locks || st->active_locks || !st->in_sleepable;
}

/*
 * Members whose pointer is as good as the struct it was read from: by trust, or only as long as the
 * RCU section lasts; some may be NULL.
 */
static const struct safe_member {
	const char *type;
	const char *member;
	u32 flags;
} safe_members[] = {
	{"bpf_iter_meta", "seq", PTR_TRUSTED},
	{"bpf_iter__task", "meta", PTR_TRUSTED},
	{"bpf_iter__task", "task", PTR_TRUSTED},
	{"linux_binprm", "file", PTR_TRUSTED},
	{"file", "f_inode", PTR_TRUSTED},
	{"dentry", "d_inode", PTR_TRUSTED | PTR_MAYBE_NULL},
	{"socket", "sk", PTR_TRUSTED | PTR_MAYBE_NULL},
	{"vm_area_struct", "vm_mm", PTR_TRUSTED | PTR_MAYBE_NULL},
	{"vm_area_struct", "vm_file", PTR_TRUSTED | PTR_MAYBE_NULL},
	{"task_struct", "cpus_ptr", MEM_RCU},
	{"task_struct", "cgroups", MEM_RCU},
	{"task_struct", "real_parent", MEM_RCU},
	{"task_struct", "group_leader", MEM_RCU},
	{"cgroup", "kn", MEM_RCU},
	{"css_set", "dfl_cgrp", MEM_RCU},
	{"cgroup_subsys_state", "cgroup", MEM_RCU},
	{"mm_struct", "exe_file", MEM_RCU | PTR_MAYBE_NULL},
	{"sk_buff", "sk", MEM_RCU | PTR_MAYBE_NULL},
	{"request_sock", "sk", MEM_RCU | PTR_MAYBE_NULL},
};

static u32 safe_member_flags(const char *type, const char *member)
{
	for (u32 i = 0; i < ARRAY_SIZE(safe_members); i++)
		if (!strcmp(safe_members[i].type, type) && !strcmp(safe_members[i].member, member))
			return safe_members[i].flags;
	return 0;
}

static u32 walk_flags(u32 walked)
{
	u32 flags = 0;

	if (walked & BTF_WALK_F_USER)
		flags |= MEM_USER;
	if (walked & BTF_WALK_F_PERCPU)
		flags |= MEM_PERCPU;
	if (walked & BTF_WALK_F_RCU)
		flags |= MEM_RCU;
	if (walked & BTF_WALK_F_UNTRUSTED)
		flags |= PTR_UNTRUSTED;
	return flags;
}

/* Flags of a pointer read from a member of the struct that @reg points to. */
static u32 member_flags(struct verifier_env *env, const struct reg_state *reg, u32 walked,
			const char *type, const char *member)
{
	const u32 trust = PTR_TRUSTED | PTR_UNTRUSTED | MEM_RCU;
	u32 flags = walk_flags(walked);
	u32 safe;

	if (reg->type & PTR_UNTRUSTED)
		return PTR_UNTRUSTED;
	if (!is_trusted_reg(reg) && !is_rcu_reg(reg))
		return flags & ~trust;
	safe = safe_member_flags(type, member);
	if (safe & PTR_TRUSTED)
		return flags | safe;
	if (!in_rcu_cs(env) || reg_may_be_null(reg))
		return PTR_UNTRUSTED;
	if (safe)
		return (flags & ~(u32)PTR_UNTRUSTED) | safe;
	if (flags & MEM_RCU)
		return flags | PTR_MAYBE_NULL;
	if (flags & (MEM_PERCPU | MEM_USER))
		return flags;
	/* Nothing is known of it but its type: it may be NULL or stale, and loads are probed. */
	return flags & ~trust;
}

static void load_btf_ptr(struct verifier_env *env, u32 regno, const struct btf *btf, u32 btf_id,
			 u32 flags)
{
	struct reg_state *reg = &cur_regs(env)[regno];

	mark_reg_known_zero(env, cur_regs(env), regno);
	reg->type = PTR_TO_BTF_ID | flags;
	reg->btf = btf;
	reg->btf_id = btf_id;
	if (flags & PTR_MAYBE_NULL)
		reg->id = ++env->id_gen;
}

static void load_untrusted_mem(struct verifier_env *env, u32 regno)
{
	mark_reg_known_zero(env, cur_regs(env), regno);
	cur_regs(env)[regno].type = PTR_TO_MEM | MEM_RDONLY | PTR_UNTRUSTED;
}

/* Which member a load hits, and what the loaded register becomes. */
static int walk_member(struct verifier_env *env, const struct access *a,
		       const struct reg_state *reg, const char *type)
{
	const char *member = "";
	u32 next_id = 0, walked = 0;
	int what = btf_struct_walk(env->log, reg->btf, reg->btf_id, (u32)a->off, a->size, &next_id,
				   &walked, &member);

	if (what < 0)
		return what;
	if (!access_loads(a))
		return 0;
	/* A pointer in memory that the program itself can write is a number. */
	if (reg->type & MEM_ALLOC)
		what = BTF_WALK_SCALAR;
	switch (what) {
	case BTF_WALK_PTR:
		load_btf_ptr(env, (u32)a->value_regno, reg->btf, next_id,
			     member_flags(env, reg, walked, type, member ? member : ""));
		return 0;
	case BTF_WALK_MEM:
		load_untrusted_mem(env, (u32)a->value_regno);
		return 0;
	default:
		mark_reg_unknown(env, cur_regs(env), (u32)a->value_regno);
		return 0;
	}
}

/* Locks, counts, links and owned pointers are not for loads and stores. */
static int check_special_fields(struct verifier_env *env, const struct access *a,
				const struct reg_state *reg)
{
	const struct btf_record *rec = btf_struct_record(reg->btf, reg->btf_id);

	for (u32 i = 0; rec && i < rec->nr; i++) {
		const struct btf_field *f = &rec->fields[i];

		if ((u64)a->off >= (u64)f->offset + f->size || f->offset >= (u64)a->off + a->size)
			continue;
		verbose(env, "direct access to %s is disallowed\n", btf_field_type_name(f->type));
		return -EACCES;
	}
	return 0;
}

static bool is_connection(const struct reg_state *reg, const char *type)
{
	return reg->btf->kernel && (!strcmp(type, "nf_conn") || !strcmp(type, "nf_conn___init"));
}

/* Of a tracked connection, programs may set the mark. */
static int check_connection_write(struct verifier_env *env, const struct access *a,
				  const struct reg_state *reg, const char *type)
{
	s32 id = btf_find(reg->btf, "nf_conn", BTF_KIND_STRUCT);
	const struct btf_type *t = btf_type(reg->btf, (u32)id);
	const struct btf_member *m = (const struct btf_member *)(t + 1);
	u32 off, end;

	for (u32 i = 0; i < btf_vlen_of(t) && strcmp(btf_str(reg->btf, m->name_off), "mark"); i++)
		m++;
	off = m->offset / 8;
	end = off + sizeof(u32);
	if ((u32)a->off != off) {
		verbose(env, "no write support to nf_conn at off %d\n", a->off);
		return -EACCES;
	}
	if (off + a->size > end) {
		verbose(env,
			"write access at off %d with size %u beyond the member of %s ended at %u\n",
			a->off, a->size, type, end);
		return -EACCES;
	}
	return 0;
}

static int check_btf_ptr(struct verifier_env *env, const struct access *a,
			 const struct reg_state *reg, const char *type)
{
	if (!env->prog->gpl_compatible && reg->btf->kernel) {
		verbose(env, "Cannot access kernel 'struct %s' from non-GPL compatible program\n",
			type);
		return -EINVAL;
	}
	if (a->off < 0) {
		verbose(env, "R%u is ptr_%s invalid negative access: off=%d\n", a->regno, type,
			a->off);
		return -EACCES;
	}
	if (!tnum_equals_const(reg->var_off, 0)) {
		verbose(env, "R%u is ptr_%s invalid variable offset: off=%d, var_off=", a->regno,
			type, a->off);
		log_tnum(env, reg->var_off);
		verbose(env, "\n");
		return -EACCES;
	}
	if (reg->type & MEM_USER) {
		verbose(env, "R%u is ptr_%s access user memory: off=%d\n", a->regno, type, a->off);
		return -EACCES;
	}
	if (reg->type & MEM_PERCPU) {
		verbose(env, "R%u is ptr_%s access percpu memory: off=%d\n", a->regno, type,
			a->off);
		return -EACCES;
	}
	if (a->kind == ACCESS_WRITE && is_connection(reg, type))
		return check_connection_write(env, a, reg, type);
	if (a->kind == ACCESS_WRITE && (!(reg->type & MEM_ALLOC) || reg->type & PTR_UNTRUSTED)) {
		verbose(env, "only read is supported\n");
		return -EACCES;
	}
	if (reg->type & MEM_ALLOC && !(reg->type & (NON_OWN_REF | MEM_RCU)) && !reg->ref_obj_id)
		return verifier_bug(env, "ref_obj_id for allocated object must be non-zero");
	return reg->type & MEM_ALLOC ? check_special_fields(env, a, reg) : 0;
}

static void probe_at(struct verifier_env *env, const struct access *a)
{
	if (a->kind == ACCESS_READ)
		env->prog->aux[a->insn_idx].access = ACCESS_PROBE;
}

int access_btf(struct verifier_env *env, const struct access *a)
{
	/* A copy: the load may overwrite the pointer. */
	const struct reg_state reg = *access_reg(env, a);
	const char *type = btf_name(reg.btf, btf_type(reg.btf, reg.btf_id));
	int err = check_btf_ptr(env, a, &reg, type);

	if (err)
		return err;
	probe_at(env, a);
	return walk_member(env, a, &reg, type);
}

/* What the kernel's struct for a map type is called; each begins with struct bpf_map. */
static const char *map_struct_name(enum bpf_map_type type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
		return "bpf_array";
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return "bpf_htab";
	case BPF_MAP_TYPE_LPM_TRIE:
		return "lpm_trie";
	case BPF_MAP_TYPE_RINGBUF:
		return "bpf_ringbuf_map";
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
		return "bpf_queue_stack";
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
		return "bpf_dtab";
	case BPF_MAP_TYPE_CPUMAP:
		return "bpf_cpu_map";
	case BPF_MAP_TYPE_XSKMAP:
		return "xsk_map";
	default:
		return "bpf_map";
	}
}

/* struct bpf_map as programs may read it, e.g. map->max_entries. */
int access_map_ptr(struct verifier_env *env, const struct access *a)
{
	struct reg_state map_struct = *access_reg(env, a);
	const char *type = map_struct_name(map_struct.map->type);

	if (a->off < 0) {
		verbose(env, "R%u is %s invalid negative access: off=%d\n", a->regno, type, a->off);
		return -EACCES;
	}
	if (a->kind == ACCESS_WRITE) {
		verbose(env, "only read from %s is supported\n", type);
		return -EACCES;
	}
	map_struct.type = PTR_TO_BTF_ID;
	map_struct.btf = env->kernel_btf;
	map_struct.btf_id = vmlinux_type_id(VT_BPF_MAP);
	/* No probe: a map's address is what it says it is, and the map outlives the run. */
	return walk_member(env, a, &map_struct, type);
}

/* ------------------------------------------------------------------------- kptrs in map values */

/* Objects that stay readable until the end of an RCU section in which they were reachable. */
static bool is_rcu_protected(const struct btf_field *field)
{
	static const char *const types[] = {"task_struct", "cgroup", "bpf_cpumask"};
	const char *name = btf_name(field->kptr_btf, btf_type(field->kptr_btf, field->kptr_id));

	if (!field->kptr_btf->kernel)
		return true;
	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], name))
			return true;
	return false;
}

static u32 kptr_load_flags(const struct verifier_env *env, const struct btf_field *field)
{
	u32 flags = PTR_MAYBE_NULL | MEM_RCU;

	if (field->type == BTF_FIELD_KPTR_UNREF || !is_rcu_protected(field) || !in_rcu_cs(env))
		return PTR_MAYBE_NULL | PTR_UNTRUSTED;
	if (field->type == BTF_FIELD_KPTR_PERCPU)
		flags |= MEM_PERCPU;
	else if (!field->kptr_btf->kernel)
		flags |= MEM_ALLOC | NON_OWN_REF;
	return flags;
}

static int store_kptr(struct verifier_env *env, const struct access *a,
		      const struct btf_field *field)
{
	const struct bpf_insn *insn = &env->prog->insns[a->insn_idx];
	const struct reg_state *value;

	if (field->type != BTF_FIELD_KPTR_UNREF) {
		verbose(env, "store to referenced kptr disallowed\n");
		return -EACCES;
	}
	if (a->value_regno < 0) {
		if (!insn->imm)
			return 0;
		verbose(env, "BPF_ST imm must be 0 when storing to kptr at off=%u\n",
			field->offset);
		return -EACCES;
	}
	value = &cur_regs(env)[a->value_regno];
	if (reg_is_null(value))
		return 0;
	return kptr_match_type(env, field, value, (u32)a->value_regno) ? -EACCES : 0;
}

int access_map_kptr(struct verifier_env *env, const struct access *a, const struct btf_field *field)
{
	switch (isa_op_of(&env->prog->insns[a->insn_idx])->cls) {
	case ISA_LOAD:
		load_btf_ptr(env, (u32)a->value_regno, field->kptr_btf, field->kptr_id,
			     kptr_load_flags(env, field));
		return 0;
	case ISA_STORE:
	case ISA_STORE_IMM:
		return store_kptr(env, a, field);
	default:
		verbose(env, "kptr in map can only be accessed using BPF_MEM instruction mode\n");
		return -EACCES;
	}
}
