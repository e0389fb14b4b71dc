/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_ATTR_H
#define SYSCALL_ATTR_H

#include "base/uapi.h"
#include "base/types.h"

/*
 * union bpf_attr as Linux 6.18 has it: the header that we are built against may end earlier. The
 * members here are those that 6.1 has not got; all else is reached through @uapi.
 */
union attr {
	union bpf_attr uapi;
	struct {
		u8 upto_map_extra[72];
		s32 value_type_btf_obj_fd;
		s32 map_token_fd;
		u64 excl_prog_hash;
		u32 excl_prog_hash_size;
	} map;
	struct {
		u8 upto_core_relo_rec_size[140];
		u32 log_true_size;
		s32 prog_token_fd;
		u32 fd_array_cnt;
		u64 signature;
		u32 signature_size;
		s32 keyring_id;
	} prog;
	struct {
		u8 upto_file_flags[16];
		s32 path_fd;
	} obj;
	struct {
		u8 upto_open_flags[12];
		s32 token_fd;
	} by_id;
	struct {
		u8 upto_btf_log_level[28];
		u32 btf_log_true_size;
		u32 btf_flags;
		s32 btf_token_fd;
	} btf;
	u8 bytes[168];
};

#define ATTR_SIZE 168
_Static_assert(sizeof(union attr) == ATTR_SIZE, "union bpf_attr of Linux 6.18 is 168 bytes");
_Static_assert(offsetof(union attr, prog.keyring_id) == 164, "keyring_id is its last member");
_Static_assert(offsetof(union attr, map.excl_prog_hash_size) == 88, "layout of MAP_CREATE");

/* One past the last byte of a member: what a command reads ends there. */
#define attr_end(member) (offsetof(union attr, member) + sizeof(((union attr *)0)->member))

/*
 * One command. @attr is our copy, zero-extended; @user is the caller's, written where bpf(2) writes
 * it, and @size says how much of it there is. Returns what bpf(2) returns, or -errno.
 */
typedef long (*command_fn)(union attr *attr, union bpf_attr *user, u32 size);

long cmd_map_create(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_lookup(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_update(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_delete(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_next_key(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_lookup_and_delete(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_freeze(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_lookup_batch(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_lookup_and_delete_batch(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_update_batch(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_delete_batch(union attr *attr, union bpf_attr *user, u32 size);
long cmd_prog_load(union attr *attr, union bpf_attr *user, u32 size);
long cmd_prog_test_run(union attr *attr, union bpf_attr *user, u32 size);
long cmd_prog_bind_map(union attr *attr, union bpf_attr *user, u32 size);
long cmd_btf_load(union attr *attr, union bpf_attr *user, u32 size);
long cmd_obj_pin(union attr *attr, union bpf_attr *user, u32 size);
long cmd_obj_get(union attr *attr, union bpf_attr *user, u32 size);
long cmd_obj_info(union attr *attr, union bpf_attr *user, u32 size);
long cmd_prog_next_id(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_next_id(union attr *attr, union bpf_attr *user, u32 size);
long cmd_btf_next_id(union attr *attr, union bpf_attr *user, u32 size);
long cmd_prog_fd_by_id(union attr *attr, union bpf_attr *user, u32 size);
long cmd_map_fd_by_id(union attr *attr, union bpf_attr *user, u32 size);
long cmd_btf_fd_by_id(union attr *attr, union bpf_attr *user, u32 size);
long cmd_link_by_id(union attr *attr, union bpf_attr *user, u32 size);
long cmd_enable_stats(union attr *attr, union bpf_attr *user, u32 size);

static inline void *attr_ptr(u64 address)
{
	return (void *)(uintptr_t)address;
}

/* -E2BIG unless the bytes of [known, actual) at @data, which the caller knows and we do not, are
 * zero. */
int check_tail_zero(const void *data, size_t known, size_t actual) __must_check;

/* A name as MAP_CREATE and PROG_LOAD take it: letters, digits, '_' and '.', terminated. 0 or
 * -EINVAL. */
int copy_object_name(char dst[16], const char src[16]) __must_check;

#endif
