// SPDX-License-Identifier: BSD-2-Clause
#include "suites.h"

START_TEST(layout)
{
	/* What a lookup compares and what taking a reference writes: one line. */
	ck_assert_uint_lt(offsetof(struct xfrm_state, props.replay_window), 64);
	ck_assert_uint_lt(offsetof(struct xfrm_state, refcnt), 64);
	ck_assert_uint_lt(offsetof(struct xfrm_state, pcpu_num), 64);
	/* With a window of 64. */
	ck_assert_uint_le(sizeof(struct xfrm_state) + sizeof(struct xfrm_replay_state_esn) + 8,
			  8 * 64);
}
END_TEST

/* The first lines of many states fall into all sets of a cache of 4 KiB a way. */
START_TEST(first_lines_spread)
{
	enum {
		N = 1024
	};
	struct xfrm_state *x[N];
	u32 states[64] = {0};

	for (u32 i = 0; i < N; i++) {
		x[i] = esp_state(i + 1, 0, 0);
		states[(uintptr_t)x[i] / 64 % 64]++;
	}
	for (u32 set = 0; set < 64; set++)
		ck_assert_uint_le(states[set], 2 * N / 64);
	for (u32 i = 0; i < N; i++)
		sad_state_put(x[i]);
}
END_TEST

START_TEST(hold_fails_at_zero)
{
	struct xfrm_state *x = esp_state(1, 0, 0);

	ck_assert(sad_state_hold(x));
	ck_assert_int_eq(x->refcnt.refs.counter, 2);
	sad_state_put(x);
	rcu_enter();
	sad_state_put(x);
	ck_assert(!sad_state_hold(x));
	/* Still readable, to the end of the section. */
	ck_assert_int_eq(x->id.proto, IPPROTO_ESP);
	rcu_leave();
}
END_TEST

START_TEST(legacy_window)
{
	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1 replay-window 32 replay-seq 7 "
		  "replay-oseq 9",
		  1);
	ck_assert_ptr_null(only()->replay_esn);
	ck_assert_int_eq(only()->repl_mode, XFRM_REPLAY_MODE_LEGACY);
	ck_assert_uint_eq(only()->props.replay_window, 32);
	ck_assert_uint_eq(only()->replay.seq, 7);
	ck_assert_uint_eq(only()->replay.oseq, 9);
}
END_TEST

START_TEST(esn_window)
{
	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1 replay-window 32 flag esn "
		  "replay-seq 7 replay-seq-hi 1",
		  1);
	ck_assert_ptr_nonnull(only()->replay_esn);
	ck_assert_int_eq(only()->repl_mode, XFRM_REPLAY_MODE_ESN);
	ck_assert_uint_eq(only()->props.replay_window, 0);
	ck_assert_uint_eq(only()->replay_esn->replay_window, 32);
	ck_assert_uint_eq(only()->replay_esn->bmp_len, 1);
	ck_assert_uint_eq(only()->replay_esn->seq, 7);
	ck_assert_uint_eq(only()->replay_esn->seq_hi, 1);
	ck_assert(arena_covers((u64)(uintptr_t)only()->replay_esn, 28));
}
END_TEST

START_TEST(large_window)
{
	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1 replay-window 4096", 1);
	ck_assert_int_eq(only()->repl_mode, XFRM_REPLAY_MODE_BMP);
	ck_assert_uint_eq(only()->replay_esn->bmp_len, 128);
}
END_TEST

/* header_len and trailer_len as esp_init_state() and its like reckon them. */
START_TEST(lengths)
{
	static const struct {
		const char *sa;
		int header;
		int trailer;
	} cases[] = {
		{"proto esp mode transport aead 'rfc4106(gcm(aes))' '' 128", 8 + 8, 4 + 1 + 16},
		{"proto esp mode tunnel aead 'rfc4106(gcm(aes))' '' 64", 8 + 8 + 20, 4 + 1 + 8},
		{"proto esp mode tunnel enc 'cbc(aes)' '' auth-trunc 'hmac(sha256)' '' 128",
		 8 + 16 + 20, 16 + 1 + 16},
		{"proto esp mode transport enc 'cbc(aes)' '' encap espinudp 1 2 0.0.0.0",
		 8 + 16 + 8, 16 + 1},
		{"proto ah mode transport auth 'hmac(sha1)' ''", 12 + 12, 0},
		{"proto comp mode tunnel comp deflate", 20, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char line[256];

		snprintf(line, sizeof(line),
			 "xfrm state flush\nxfrm state add dst 10.0.0.2 spi 1 %s", cases[i].sa);
		import_is(line, 1);
		ck_assert_int_eq(only()->props.header_len, cases[i].header);
		ck_assert_int_eq(only()->props.trailer_len, cases[i].trailer);
	}
}
END_TEST

START_TEST(pointers_lead_into_the_arena)
{
	const struct xfrm_state *x;

	import_is("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mode tunnel "
		  "enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff auth-trunc 'hmac(sha1)' '' 96 "
		  "encap espinudp 4500 4501 10.1.1.1 ctx 'a b' offload packet dev eth0 dir in "
		  "replay-window 64",
		  1);
	x = only();
	ck_assert(arena_covers((u64)(uintptr_t)x, sizeof(*x)));
	ck_assert(arena_covers((u64)(uintptr_t)x->encap, sizeof(*x->encap)));
	ck_assert(arena_covers((u64)(uintptr_t)x->ealg, sizeof(*x->ealg)));
	ck_assert(arena_covers((u64)(uintptr_t)x->aalg, sizeof(*x->aalg)));
	ck_assert(arena_covers((u64)(uintptr_t)x->type, sizeof(*x->type)));
	ck_assert(arena_covers((u64)(uintptr_t)x->security, sizeof(*x->security)));
	ck_assert(arena_covers((u64)(uintptr_t)x->xso.dev, sizeof(*x->xso.dev)));
	ck_assert(arena_covers((u64)(uintptr_t)x->xs_net.net, sizeof(*x->xs_net.net)));
	ck_assert_str_eq(x->ealg->alg_name, "cbc(aes)");
	ck_assert_uint_eq(x->ealg->alg_key_len, 128);
	ck_assert_uint_eq(x->aalg->alg_trunc_len, 96);
	ck_assert_uint_eq(x->props.ealgo, 12);
	ck_assert_uint_eq(x->props.aalgo, 3);
	ck_assert_str_eq(x->xso.dev->name, "eth0");
	ck_assert_uint_eq(x->xso.type, XFRM_DEV_OFFLOAD_PACKET);
	ck_assert_uint_eq(ntohs(x->encap->encap_dport), 4501);
	ck_assert_int_eq(memcmp(x->security + 1, "a b", 4), 0);
	ck_assert_uint_eq(x->type->proto, IPPROTO_ESP);
}
END_TEST

/* States that are alike in it share one copy, which goes with the last of them. */
START_TEST(shared_parts)
{
	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1 encap espinudp 1 2 0.0.0.0\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 2 encap espinudp 1 2 0.0.0.0\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 3 encap espinudp 1 3 0.0.0.0\n",
		  3);
	ck_assert_ptr_eq(sad->oldest->encap, sad_state_at(sad->oldest->newer)->encap);
	ck_assert_ptr_ne(sad->oldest->encap, sad->newest->encap);
	import_is("xfrm state delete dst 10.0.0.2 proto esp spi 1", 0);
	rcu_quiesce();
	ck_assert_uint_eq(ntohs(sad->oldest->encap->encap_dport), 2);
}
END_TEST

TCase *state_case(void)
{
	TCase *tc = tcase_create("state");

	tcase_add_checked_fixture(tc, make_sad, drop_sad);
	tcase_add_test(tc, layout);
	tcase_add_test(tc, first_lines_spread);
	tcase_add_test(tc, hold_fails_at_zero);
	tcase_add_test(tc, legacy_window);
	tcase_add_test(tc, esn_window);
	tcase_add_test(tc, large_window);
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, pointers_lead_into_the_arena);
	tcase_add_test(tc, shared_parts);
	return tc;
}
