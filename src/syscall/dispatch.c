// SPDX-License-Identifier: BSD-2-Clause
#include <espalier/bpf.h>

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "attr.h"
#include "handle.h"
#include "kfunc/kfunc.h"
#include "perf.h"

/* bpf(2) refuses attributes beyond a page before it looks at them. */
#define ATTR_MAX 4096

/**
 * struct command - how a number of enum bpf_cmd is carried out
 * @run: NULL: not here, and @err says so as a kernel without that feature does
 * @end: attributes from here on must be zero
 * @creates: may hand out a descriptor, so it first takes in those that were closed
 */
struct command {
	command_fn run;
	u16 end;
	s16 err;
	bool creates;
};

/* Attaching, links and iterators need a kernel's hooks; there are none here to attach to. */
static const struct command commands[] = {
	[BPF_MAP_CREATE] = {cmd_map_create, attr_end(map.excl_prog_hash_size), .creates = true},
	[BPF_MAP_LOOKUP_ELEM] = {cmd_map_lookup, attr_end(uapi.flags)},
	[BPF_MAP_UPDATE_ELEM] = {cmd_map_update, attr_end(uapi.flags)},
	[BPF_MAP_DELETE_ELEM] = {cmd_map_delete, attr_end(uapi.key)},
	[BPF_MAP_GET_NEXT_KEY] = {cmd_map_next_key, attr_end(uapi.next_key)},
	[BPF_PROG_LOAD] = {cmd_prog_load, attr_end(prog.keyring_id), .creates = true},
	[BPF_OBJ_PIN] = {cmd_obj_pin, attr_end(obj.path_fd), .creates = true},
	[BPF_OBJ_GET] = {cmd_obj_get, attr_end(obj.path_fd), .creates = true},
	[BPF_PROG_ATTACH] = {.err = EINVAL},
	[BPF_PROG_DETACH] = {.err = EINVAL},
	[BPF_PROG_TEST_RUN] = {cmd_prog_test_run, attr_end(uapi.test.batch_size)},
	[BPF_PROG_GET_NEXT_ID] = {cmd_prog_next_id, attr_end(uapi.next_id), .creates = true},
	[BPF_MAP_GET_NEXT_ID] = {cmd_map_next_id, attr_end(uapi.next_id), .creates = true},
	[BPF_PROG_GET_FD_BY_ID] = {cmd_prog_fd_by_id, attr_end(uapi.prog_id), .creates = true},
	[BPF_MAP_GET_FD_BY_ID] = {cmd_map_fd_by_id, attr_end(uapi.open_flags), .creates = true},
	[BPF_OBJ_GET_INFO_BY_FD] = {cmd_obj_info, attr_end(uapi.info.info)},
	[BPF_PROG_QUERY] = {.err = EINVAL},
	[BPF_RAW_TRACEPOINT_OPEN] = {.err = EINVAL},
	[BPF_BTF_LOAD] = {cmd_btf_load, attr_end(btf.btf_token_fd), .creates = true},
	[BPF_BTF_GET_FD_BY_ID] = {cmd_btf_fd_by_id, attr_end(by_id.token_fd), .creates = true},
	[BPF_TASK_FD_QUERY] = {.err = EINVAL},
	[BPF_MAP_LOOKUP_AND_DELETE_ELEM] = {cmd_map_lookup_and_delete, attr_end(uapi.flags)},
	[BPF_MAP_FREEZE] = {cmd_map_freeze, attr_end(uapi.map_fd)},
	[BPF_BTF_GET_NEXT_ID] = {cmd_btf_next_id, attr_end(uapi.next_id), .creates = true},
	[BPF_MAP_LOOKUP_BATCH] = {cmd_map_lookup_batch, attr_end(uapi.batch.flags)},
	[BPF_MAP_LOOKUP_AND_DELETE_BATCH] = {cmd_map_lookup_and_delete_batch,
					     attr_end(uapi.batch.flags)},
	[BPF_MAP_UPDATE_BATCH] = {cmd_map_update_batch, attr_end(uapi.batch.flags)},
	[BPF_MAP_DELETE_BATCH] = {cmd_map_delete_batch, attr_end(uapi.batch.flags)},
	[BPF_LINK_CREATE] = {.err = EINVAL},
	[BPF_LINK_UPDATE] = {.err = EINVAL},
	[BPF_LINK_GET_FD_BY_ID] = {cmd_link_by_id, attr_end(uapi.link_id)},
	[BPF_LINK_GET_NEXT_ID] = {cmd_link_by_id, attr_end(uapi.next_id)},
	[BPF_ENABLE_STATS] = {cmd_enable_stats, attr_end(uapi.enable_stats.type), .creates = true},
	[BPF_ITER_CREATE] = {.err = EINVAL},
	[BPF_LINK_DETACH] = {.err = EINVAL},
	[BPF_PROG_BIND_MAP] = {cmd_prog_bind_map, attr_end(uapi.prog_bind_map.flags)},
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

int check_tail_zero(const void *data, size_t known, size_t actual)
{
	const u8 *bytes = data;

	if (actual > ATTR_MAX)
		return -E2BIG;
	for (size_t i = known; i < actual; i++) {
		if (bytes[i])
			return -E2BIG;
	}
	return 0;
}

int copy_object_name(char dst[16], const char src[16])
{
	size_t len = strnlen(src, 16);

	if (len == 16)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (!isascii(src[i]) || (!isalnum(src[i]) && src[i] != '_' && src[i] != '.'))
			return -EINVAL;
	}
	memset(dst, 0, 16);
	memcpy(dst, src, len);
	return 0;
}

static struct object *any_object(int fd)
{
	struct object *obj;

	return fd_object(fd, OBJECT_KINDS, &obj, NULL) ? NULL : obj;
}

static void prog_traits(const struct object *obj, struct prog_traits *out)
{
	const struct prog *prog = prog_of((struct object *)obj);

	*out = (struct prog_traits){
		.type = prog->type,
		.expected_attach_type = prog->expected_attach_type,
		.jited = prog->executor == EXEC_JIT,
		.xdp_has_frags = prog->load_flags & BPF_F_XDP_HAS_FRAGS,
	};
}

/* What lower rooms ask of this one; and the BTF of the kernel, which has the first id. */
static void first_use(void)
{
	object_from_fd = any_object;
	object_prog_traits = prog_traits;
	perf_init();
	kfunc_init();
}

long espalier_bpf(int cmd, union bpf_attr *user, unsigned int size)
{
	const struct command *c;
	union attr attr = {0};
	long ret;
	int err;

	pthread_once(&once, first_use);
	if (!user && size)
		return -EFAULT;
	err = check_tail_zero(user, sizeof(attr), size);
	if (err)
		return err;
	memcpy(&attr, user, min((size_t)size, sizeof(attr)));
	if (cmd < 0 || (size_t)cmd >= ARRAY_SIZE(commands))
		return -EINVAL;
	c = &commands[cmd];
	if (!c->run)
		return -c->err;
	for (size_t i = c->end; i < sizeof(attr); i++) {
		if (attr.bytes[i])
			return -EINVAL;
	}
	if (!c->creates)
		return c->run(&attr, user, size);
	fd_collect();
	ret = c->run(&attr, user, size);
	/* Objects let go of a moment ago keep the descriptors of their memory for a grace period.
	 */
	if (ret == -EMFILE) {
		rcu_quiesce();
		ret = c->run(&attr, user, size);
	}
	return ret;
}
