// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <string.h>

#include "suites.h"

/* The answers in this file are those of Linux 6.18 to the same calls. */
static s64 set_key(const struct bpf_tunnel_key *key, u32 size, u64 flags)
{
	return CALL4(skb_set_tunnel_key, fx.skb, key, size, flags);
}

static s64 get_key(struct bpf_tunnel_key *key, u32 size, u64 flags)
{
	memset(key, 0x22, sizeof(*key));
	return CALL4(skb_get_tunnel_key, fx.skb, key, size, flags);
}

START_TEST(nothing_to_read)
{
	struct bpf_tunnel_key key;
	u8 opt[16] = {1};

	ck_assert_int_eq(get_key(&key, sizeof(key), 0), -EINVAL);
	ck_assert_uint_eq(key.tunnel_id, 0);
	ck_assert_int_eq(CALL3(skb_get_tunnel_opt, fx.skb, opt, 16), -ENOENT);
	ck_assert_uint_eq(opt[0], 0);
	ck_assert_int_eq(CALL3(skb_set_tunnel_opt, fx.skb, opt, 16), -EINVAL);
}
END_TEST

START_TEST(keys)
{
	struct bpf_tunnel_key key = {.tunnel_id = 5,
				     .remote_ipv4 = 1,
				     .local_ipv4 = 2,
				     .tunnel_tos = 3,
				     .tunnel_ttl = 4};
	struct bpf_tunnel_key got;

	ck_assert_int_eq(set_key(&key, sizeof(key), 0), 0);
	ck_assert_int_eq(get_key(&got, sizeof(got), 0), 0);
	ck_assert_uint_eq(got.tunnel_id, 5);
	ck_assert_uint_eq(got.remote_ipv4, 2);
	ck_assert_uint_eq(got.local_ipv4, 1);
	ck_assert_uint_eq(got.tunnel_tos, 3);
	ck_assert_uint_eq(got.tunnel_ttl, 4);
	ck_assert_uint_eq(got.remote_ipv6[1] | got.local_ipv6[3], 0);
	ck_assert_uint_eq(got.tunnel_flags, 0);
	ck_assert_int_eq(get_key(&got, sizeof(got), BPF_F_TUNINFO_IPV6), -EPROTO);
	ck_assert_int_eq(get_key(&got, sizeof(got), 2), -EINVAL);
	ck_assert_int_eq(get_key(&got, 40, 0), -EINVAL);
	ck_assert_int_eq(set_key(&key, 40, 0), -EINVAL);
	ck_assert_int_eq(set_key(&key, sizeof(key), 32), -EINVAL);
	key.tunnel_label = 1;
	ck_assert_int_eq(set_key(&key, sizeof(key), 0), -EINVAL);
	key.tunnel_label = 0x11111111;
	ck_assert_int_eq(set_key(&key, sizeof(key), BPF_F_TUNINFO_IPV6), 0);
	ck_assert_int_eq(get_key(&got, sizeof(got), BPF_F_TUNINFO_IPV6), 0);
	ck_assert_uint_eq(got.tunnel_label, 0x11111);
	ck_assert_int_eq(get_key(&got, 8, BPF_F_TUNINFO_IPV6), -EINVAL);
}
END_TEST

/* Older layouts of the struct end sooner. */
START_TEST(sizes)
{
	static const u32 sizes[] = {28, 24, 22, 8};
	struct bpf_tunnel_key key = {.tunnel_id = 9}, got;

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		ck_assert_int_eq(set_key(&key, sizes[i], 0), 0);
		ck_assert_int_eq(get_key(&got, sizes[i], 0), 0);
		ck_assert_uint_eq(got.tunnel_id, 9);
		ck_assert_uint_eq(got.local_ipv6[1], 0x22222222);
	}
}
END_TEST

START_TEST(flags)
{
	static const struct {
		u64 set;
		u16 read;
	} cases[] = {
		{0, 0x2005},
		{BPF_F_ZERO_CSUM_TX, 0x2004},
		{BPF_F_DONT_FRAGMENT, 0x2105},
		{BPF_F_SEQ_NUMBER, 0x200d},
		{BPF_F_NO_TUNNEL_KEY, 0x2001},
	};
	struct bpf_tunnel_key key = {0}, got;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_int_eq(set_key(&key, sizeof(key), cases[i].set), 0);
		ck_assert_int_eq(get_key(&got, sizeof(got), BPF_F_TUNINFO_FLAGS), 0);
		ck_assert_uint_eq(be16toh(got.tunnel_flags), cases[i].read);
	}
}
END_TEST

START_TEST(options)
{
	struct bpf_tunnel_key key = {0};
	u8 opt[256] = {7}, got[256];

	ck_assert_int_eq(set_key(&key, sizeof(key), 0), 0);
	ck_assert_int_eq(CALL3(skb_get_tunnel_opt, fx.skb, got, 16), -ENOENT);
	ck_assert_int_eq(CALL3(skb_set_tunnel_opt, fx.skb, opt, 3), -EINVAL);
	ck_assert_int_eq(CALL3(skb_set_tunnel_opt, fx.skb, opt, 256), -ENOMEM);
	ck_assert_int_eq(CALL3(skb_set_tunnel_opt, fx.skb, opt, 252), 0);
	ck_assert_int_eq(CALL3(skb_get_tunnel_opt, fx.skb, got, 248), -ENOMEM);
	ck_assert_int_eq(CALL3(skb_get_tunnel_opt, fx.skb, got, 256), 252);
	ck_assert_uint_eq(got[0], 7);
	ck_assert_int_eq(set_key(&key, sizeof(key), 0), 0);
	ck_assert_int_eq(CALL3(skb_get_tunnel_opt, fx.skb, got, 16), -ENOENT);
	fixture_load();
	ck_assert_int_eq(get_key(&key, sizeof(key), 0), -EINVAL);
}
END_TEST

TCase *tunnel_case(void)
{
	TCase *tc = tcase_create("tunnel");

	tcase_add_checked_fixture(tc, fixture_begin_skb, fixture_end);
	tcase_add_test(tc, nothing_to_read);
	tcase_add_test(tc, keys);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, options);
	return tc;
}
