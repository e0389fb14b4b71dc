// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "env.h"

/*
 * What an instruction refers to outside the program: maps by descriptor, kernel symbols by BTF id.
 * And whether it is an instruction at all.
 */
static int bad_fields(struct verifier_env *env, const char *what)
{
	verbose(env, "%s uses reserved fields\n", what);
	return -EINVAL;
}

/* An object of @kind behind @fd: 0, -EBADF when @fd is no descriptor, -EINVAL when another thing.
 */
static int object_behind_fd(int fd, enum object_kind kind, struct object **out)
{
	struct object *obj = object_from_fd ? object_from_fd(fd) : NULL;

	*out = NULL;
	if (!obj)
		return fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
	if (obj->kind != kind) {
		object_put(obj);
		return -EINVAL;
	}
	*out = obj;
	return 0;
}

static bool is_tracing_type(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_TRACEPOINT || type == BPF_PROG_TYPE_RAW_TRACEPOINT;
}

static int check_map_fits_prog(struct verifier_env *env, const struct map *map)
{
	const u32 locks = BTF_FIELD_SPIN_LOCK | BTF_FIELD_RES_SPIN_LOCK;
	const u32 graph = BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT;

	if (map->record && (map->record->mask & locks) &&
	    env->prog->type == BPF_PROG_TYPE_SOCKET_FILTER) {
		verbose(env, "socket filter progs cannot use bpf_spin_lock yet\n");
		return -EINVAL;
	}
	if (map->record && is_tracing_type(env->prog->type)) {
		const char *what = map->record->mask & graph		 ? "bpf_{list_head,rb_root}"
				   : map->record->mask & locks		 ? "bpf_spin_lock"
				   : map->record->mask & BTF_FIELD_TIMER ? "bpf_timer"
				   : map->record->mask & BTF_FIELD_WORKQUEUE ? "bpf_wq"
									     : NULL;

		if (what) {
			verbose(env, "tracing progs cannot use %s yet\n", what);
			return -EINVAL;
		}
	}
	if (map->type == BPF_MAP_TYPE_STRUCT_OPS) {
		verbose(env, "bpf_struct_ops map cannot be used in prog\n");
		return -EINVAL;
	}
	return 0;
}

/* Takes over the caller's reference to @map, whatever it returns. */
static int add_used_map(struct verifier_env *env, struct map *map)
{
	struct prog *prog = env->prog;
	int err;

	for (u32 i = 0; i < prog->nr_used_maps; i++) {
		if (prog->used_maps[i] == map) {
			map_put(map);
			return 0;
		}
	}
	if (prog->nr_used_maps >= MAX_USED_MAPS) {
		verbose(env, "The total number of maps per program has reached the limit of %u\n",
			MAX_USED_MAPS);
		map_put(map);
		return -E2BIG;
	}
	err = check_map_fits_prog(env, map);
	if (err) {
		map_put(map);
		return err;
	}
	if (!prog->used_maps) {
		prog->used_maps = calloc(MAX_USED_MAPS, sizeof(*prog->used_maps));
		if (!prog->used_maps) {
			map_put(map);
			return -ENOMEM;
		}
	}
	prog->used_maps[prog->nr_used_maps++] = map;
	return 0;
}

static int use_map_fd(struct verifier_env *env, int fd, struct map **out)
{
	struct object *obj;
	int err = object_behind_fd(fd, OBJECT_MAP, &obj);

	if (err) {
		verbose(env, "fd %d is not pointing to valid bpf_map\n", fd);
		return err;
	}
	*out = map_of(obj);
	return add_used_map(env, *out);
}

/* With fd_array_cnt given, every descriptor must be a map, which is bound to the program, or BTF.
 */
int bind_fd_array(struct verifier_env *env)
{
	for (u32 i = 0; i < env->fd_array_cnt; i++) {
		int fd = env->fd_array[i];
		struct object *obj;
		int err = object_behind_fd(fd, OBJECT_MAP, &obj);

		if (!err) {
			err = add_used_map(env, map_of(obj));
			if (err)
				return err;
			continue;
		}
		if (!object_behind_fd(fd, OBJECT_BTF, &obj)) {
			object_put(obj);
			continue;
		}
		verbose(env, "fd %d is not pointing to valid bpf_map or btf\n", fd);
		return err;
	}
	return 0;
}

/* The address of a kernel symbol. Ours are kfuncs: enough for a program to ask if one exists. */
static int resolve_ksym(struct verifier_env *env, u32 idx)
{
	const struct bpf_insn *insn = &env->prog->insns[idx];
	u32 id = (u32)insn->imm;
	const struct btf_type *t;
	const struct kfunc *kf;

	if (insn[1].imm) {
		verbose(env, "invalid module BTF object FD specified.\n");
		return -EINVAL;
	}
	t = btf_type(env->kernel_btf, id);
	if (!t) {
		verbose(env, "ldimm64 insn specifies invalid btf_id %d.\n", (s32)id);
		return -ENOENT;
	}
	if (btf_kind_of(t) != BTF_KIND_VAR && btf_kind_of(t) != BTF_KIND_FUNC) {
		verbose(env, "pseudo btf_id %d in ldimm64 isn't KIND_VAR or KIND_FUNC\n", (s32)id);
		return -EINVAL;
	}
	kf = btf_kind_of(t) == BTF_KIND_FUNC ? kfunc_by_id(id) : NULL;
	if (!kf) {
		verbose(env, "ldimm64 failed to find the address for kernel symbol '%s'.\n",
			btf_name(env->kernel_btf, t));
		return -ENOENT;
	}
	/* Some kfuncs have no body, since the executor stands in for them; all have a descriptor.
	 */
	env->prog->aux[idx].imm64 = (u64)(uintptr_t)kf;
	env->insns[idx].ptr_type = PTR_TO_MEM | MEM_RDONLY;
	return 0;
}

static int map_fd_of_insn(struct verifier_env *env, const struct bpf_insn *insn, int *fd)
{
	bool by_index =
		insn->src_reg == BPF_PSEUDO_MAP_IDX || insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;

	if (!by_index) {
		*fd = insn->imm;
		return 0;
	}
	if (!env->fd_array) {
		verbose(env, "fd_idx without fd_array is invalid\n");
		return -EPROTO;
	}
	/* Without a count the array's length is the caller's word, as with the kernel. */
	if (insn->imm < 0 || (env->fd_array_cnt && (u32)insn->imm >= env->fd_array_cnt))
		return -EFAULT;
	*fd = env->fd_array[insn->imm];
	return 0;
}

static int resolve_map(struct verifier_env *env, u32 idx)
{
	const struct bpf_insn *insn = &env->prog->insns[idx];
	struct insn_aux *aux = &env->prog->aux[idx];
	u32 off = (u32)insn[1].imm;
	struct map *map;
	bool value;
	int fd, err;

	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		value = true;
		break;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		value = false;
		if (!off)
			break;
		/* fallthrough */
	default:
		verbose(env, "unrecognized bpf_ld_imm64 insn\n");
		return -EINVAL;
	}
	err = map_fd_of_insn(env, insn, &fd);
	if (!err)
		err = use_map_fd(env, fd, &map);
	if (err)
		return err;
	aux->map = map;
	if (!value) {
		aux->imm64 = (u64)(uintptr_t)map;
		return 0;
	}
	if (off >= MAX_VAR_OFF) {
		verbose(env, "direct value offset of %u is not allowed\n", off);
		return -EINVAL;
	}
	if (map->type != BPF_MAP_TYPE_ARRAY) {
		verbose(env, "no direct value access support for this map type\n");
		return -EINVAL;
	}
	/* -ENOTSUPP: an array of more than one. */
	err = map_direct_value(map, off, &aux->imm64);
	if (err)
		verbose(env, "invalid access to map value pointer, value_size=%u off=%u\n",
			map->value_size, off);
	return err;
}

static int resolve_ld_imm64(struct verifier_env *env, u32 idx)
{
	const struct bpf_insn *insn = &env->prog->insns[idx];
	struct insn_aux *aux = &env->prog->aux[idx];

	if (idx + 1 == env->prog->len || insn[1].code || insn[1].dst_reg || insn[1].src_reg ||
	    insn[1].off) {
		verbose(env, "invalid bpf_ld_imm64 insn\n");
		return -EINVAL;
	}
	switch (insn->src_reg) {
	case 0:
		aux->imm64 = isa_imm64(insn);
		return 0;
	case BPF_PSEUDO_BTF_ID:
		return resolve_ksym(env, idx);
	case BPF_PSEUDO_FUNC:
		aux->is_func = true;
		aux->imm64 = (u64)find_subprog(env, idx + (u32)insn->imm + 1);
		env->insns[idx].ptr_type = PTR_TO_FUNC;
		return 0;
	default:
		return resolve_map(env, idx);
	}
}

int resolve_pseudo_ldimm64(struct verifier_env *env)
{
	for (u32 i = 0; i < env->prog->len; i++) {
		const struct bpf_insn *insn = &env->prog->insns[i];
		u8 mode = BPF_MODE(insn->code);
		int err;

		if (BPF_CLASS(insn->code) == BPF_LDX &&
		    ((mode != BPF_MEM && mode != BPF_MEMSX) || insn->imm))
			return bad_fields(env, "BPF_LDX");
		if (isa_is_ld_imm64(insn)) {
			err = resolve_ld_imm64(env, i);
			if (err)
				return err;
			i++;
			continue;
		}
		if (isa_op_of(insn)->cls == ISA_INVALID) {
			verbose(env, "unknown opcode %02x\n", insn->code);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_mov_fields(struct verifier_env *env, const struct bpf_insn *insn)
{
	bool wide = BPF_CLASS(insn->code) == BPF_ALU64;
	s16 off = insn->off;
	bool known;

	if (BPF_SRC(insn->code) == BPF_K)
		return insn->src_reg || off ? bad_fields(env, "BPF_MOV") : 0;
	if (wide && off == BPF_ADDR_SPACE_CAST) {
		if (insn->imm != 1 && insn->imm != 1 << 16) {
			verbose(env,
				"addr_space_cast insn can only convert between address space 1 "
				"and 0\n");
			return -EINVAL;
		}
		verbose(env, "addr_space_cast insn can only be used in a program that has an "
			     "associated arena\n");
		return -EINVAL;
	}
	known = off == 0 || off == 8 || off == 16 || (wide && off == 32);
	return known && !insn->imm ? 0 : bad_fields(env, "BPF_MOV");
}

static int check_end_fields(struct verifier_env *env, const struct bpf_insn *insn)
{
	bool known = insn->imm == 16 || insn->imm == 32 || insn->imm == 64;

	if (insn->src_reg || insn->off || !known ||
	    (BPF_CLASS(insn->code) == BPF_ALU64 && BPF_SRC(insn->code) != BPF_TO_LE))
		return bad_fields(env, "BPF_END");
	return 0;
}

static int check_alu_fields(struct verifier_env *env, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	bool by_reg = BPF_SRC(insn->code) == BPF_X;
	bool division = op == BPF_DIV || op == BPF_MOD;

	if (op == BPF_MOV)
		return check_mov_fields(env, insn);
	if (op == BPF_NEG)
		return by_reg || insn->src_reg || insn->off || insn->imm
			       ? bad_fields(env, "BPF_NEG")
			       : 0;
	/* An offset of one makes a division signed. */
	if (insn->off && !(insn->off == 1 && division))
		return bad_fields(env, "BPF_ALU");
	if (by_reg ? insn->imm : insn->src_reg)
		return bad_fields(env, "BPF_ALU");
	return 0;
}

static int check_call_fields(struct verifier_env *env, const struct bpf_insn *insn)
{
	bool kfunc = insn->src_reg == BPF_PSEUDO_KFUNC_CALL;

	if (insn->dst_reg || (insn->off && !kfunc) ||
	    (insn->src_reg && insn->src_reg != BPF_PSEUDO_CALL && !kfunc))
		return bad_fields(env, "BPF_CALL");
	return 0;
}

static int check_ja_fields(struct verifier_env *env, const struct bpf_insn *insn)
{
	bool is_long = BPF_CLASS(insn->code) == BPF_JMP32;

	if (insn->src_reg || insn->dst_reg || (is_long ? insn->off : insn->imm))
		return bad_fields(env, "BPF_JA");
	return 0;
}

static int check_ld_abs_fields(struct verifier_env *env, const struct bpf_insn *insn)
{
	enum bpf_prog_type type = env->prog->type;

	if (type != BPF_PROG_TYPE_SCHED_CLS && type != BPF_PROG_TYPE_SOCKET_FILTER) {
		verbose(env, "BPF_LD_[ABS|IND] instructions not allowed for this program type\n");
		return -EINVAL;
	}
	if (insn->dst_reg || insn->off || (BPF_MODE(insn->code) == BPF_ABS && insn->src_reg))
		return bad_fields(env, "BPF_LD_[ABS|IND]");
	return 0;
}

int check_insn_fields(struct verifier_env *env, const struct bpf_insn *insn)
{
	switch (isa_op_of(insn)->cls) {
	case ISA_ALU:
		return check_alu_fields(env, insn);
	case ISA_END:
		return check_end_fields(env, insn);
	case ISA_STORE:
		return insn->imm ? bad_fields(env, "BPF_STX") : 0;
	case ISA_STORE_IMM:
		return insn->src_reg ? bad_fields(env, "BPF_ST") : 0;
	case ISA_LD_IMM64:
		return insn->off ? bad_fields(env, "BPF_LD_IMM64") : 0;
	case ISA_LD_ABS:
	case ISA_LD_IND:
		return check_ld_abs_fields(env, insn);
	case ISA_JA:
		return check_ja_fields(env, insn);
	case ISA_CALL:
		return check_call_fields(env, insn);
	case ISA_EXIT:
		return insn->imm || insn->src_reg || insn->dst_reg ? bad_fields(env, "BPF_EXIT")
								   : 0;
	default:
		return 0;
	}
}

int check_sleepable(struct verifier_env *env)
{
	if (!(env->prog->load_flags & BPF_F_SLEEPABLE))
		return 0;
	verbose(env,
		"Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be "
		"sleepable\n");
	return -EINVAL;
}
