// SPDX-License-Identifier: BSD-2-Clause
/* The walks that programs make from a state, at the offsets of the C struct. */
#include "suites.h"

#include <errno.h>
#include <string.h>

#include "vmlinux/packet.h"
#include "vmlinux/vmlinux.h"
#include "vmlinux/xfrm.h"

static char message[512];
static u32 next_id, flags;

static int walk(enum vmlinux_type type, size_t off, u32 size)
{
	struct vlog log;
	int res;

	ck_assert_int_eq(vlog_init(&log, 1, message, sizeof(message)), 0);
	res = btf_struct_walk(&log, vmlinux_btf(), vmlinux_type_id(type), (u32)off, size, &next_id,
			      &flags, NULL);
	ck_assert_int_eq(vlog_finish(&log, NULL), 0);
	return res;
}

static int state(size_t off, u32 size)
{
	return walk(VT_XFRM_STATE, off, size);
}

static const char *next_name(void)
{
	return btf_name(vmlinux_btf(), btf_type(vmlinux_btf(), next_id));
}

#define OFF(f) offsetof(struct xfrm_state, f)

START_TEST(scalars)
{
	ck_assert_int_eq(state(OFF(id.spi), 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(state(OFF(id.proto), 1), BTF_WALK_SCALAR);
	ck_assert_int_eq(state(OFF(pcpu_num), 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(state(OFF(refcnt), 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(state(OFF(km.state), 1), BTF_WALK_SCALAR);
	ck_assert_int_eq(state(OFF(curlft.bytes), 8), BTF_WALK_SCALAR);
	ck_assert_int_eq(state(OFF(props.family), 2), BTF_WALK_SCALAR);
	ck_assert_uint_eq(flags, 0);
	/* an address is a union */
	ck_assert_int_eq(state(OFF(id.daddr), 4), BTF_WALK_SCALAR);
	ck_assert_uint_eq(flags, BTF_WALK_F_UNTRUSTED);
}
END_TEST

START_TEST(pointers)
{
	ck_assert_int_eq(state(OFF(replay_esn), 8), BTF_WALK_PTR);
	ck_assert_str_eq(next_name(), "xfrm_replay_state_esn");
	ck_assert_int_eq(state(OFF(tunnel), 8), BTF_WALK_PTR);
	ck_assert_uint_eq(next_id, vmlinux_type_id(VT_XFRM_STATE));
	ck_assert_int_eq(state(OFF(encap), 8), BTF_WALK_PTR);
	ck_assert_str_eq(next_name(), "xfrm_encap_tmpl");
	ck_assert_int_eq(state(OFF(xso.dev), 8), BTF_WALK_PTR);
	ck_assert_str_eq(next_name(), "net_device");
	ck_assert_int_eq(state(OFF(xs_net), 8), BTF_WALK_PTR);
	ck_assert_str_eq(next_name(), "net");
	ck_assert_int_eq(walk(VT_XDP_BUFF, offsetof(struct xdp_buff, rxq), 8), BTF_WALK_PTR);
	ck_assert_str_eq(next_name(), "xdp_rxq_info");
	ck_assert_int_eq(walk(VT_XDP_BUFF, offsetof(struct xdp_buff, data), 8), BTF_WALK_MEM);
}
END_TEST

START_TEST(bitmap)
{
	s32 esn = btf_find(vmlinux_btf(), "xfrm_replay_state_esn", BTF_KIND_STRUCT);
	u32 bmp = offsetof(struct xfrm_replay_state_esn, bmp);

	ck_assert_int_gt(esn, 0);
	for (u32 i = 0; i < 64; i++)
		ck_assert_int_eq(btf_struct_walk(NULL, vmlinux_btf(), (u32)esn, bmp + 4 * i, 4,
						 &next_id, &flags, NULL),
				 BTF_WALK_SCALAR);
}
END_TEST

START_TEST(beyond)
{
	ck_assert_int_eq(state(2000, 4), -EACCES);
	ck_assert_str_eq(message, "access beyond struct xfrm_state at off 2000 size 4\n");
	ck_assert_int_eq(state(OFF(replay_esn), 4), -EACCES);
	ck_assert_ptr_nonnull(strstr(message, "cannot access ptr member replay_esn with moff "));
}
END_TEST

/* What makes `release of a pointer to something else` fail the way it does. */
START_TEST(not_a_plain_struct)
{
	ck_assert(!btf_is_scalar_struct(NULL, vmlinux_btf(), vmlinux_type_id(VT_XFRM_STATE)));
	ck_assert(!btf_is_scalar_struct(NULL, vmlinux_btf(), vmlinux_type_id(VT_TASK_STRUCT)));
	ck_assert(
		btf_is_scalar_struct(NULL, vmlinux_btf(), vmlinux_type_id(VT_BPF_XFRM_STATE_OPTS)));
	ck_assert(btf_struct_ids_match(NULL, vmlinux_btf(), vmlinux_type_id(VT_SOCK), 0,
				       vmlinux_btf(), vmlinux_type_id(VT_SOCK_COMMON), false));
}
END_TEST

TCase *walk_case(void)
{
	TCase *tc = tcase_create("walk");

	tcase_add_test(tc, scalars);
	tcase_add_test(tc, pointers);
	tcase_add_test(tc, bitmap);
	tcase_add_test(tc, beyond);
	tcase_add_test(tc, not_a_plain_struct);
	return tc;
}
