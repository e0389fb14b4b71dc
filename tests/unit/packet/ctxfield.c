// SPDX-License-Identifier: BSD-2-Clause
#include "packet/ctxfield.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/skb.h"
#include "packet/xdp.h"
#include "suites.h"

/*
 * What Linux 6.18 answered when every offset, width and direction was tried in a program of its
 * own: the offsets accepted, "a-b" in steps of the width, with the type of pointer that a load
 * yields.
 */
struct answer {
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	u32 flags;
	u32 size;
	const char *offsets;
};

#define CLS    BPF_PROG_TYPE_SCHED_CLS, 0
#define ACT    BPF_PROG_TYPE_SCHED_ACT, 0
#define SF     BPF_PROG_TYPE_SOCKET_FILTER, 0
#define XDP    BPF_PROG_TYPE_XDP, 0
#define DEVMAP BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP
#define RAW    BPF_PROG_TYPE_RAW_TRACEPOINT, 0
#define W      CTX_F_WRITE
#define S      CTX_F_SIGNED

static const struct answer answers[] = {
	{CLS, 0, 1, "0-75 84-87 160-167 176-180"},
	{CLS, 0, 2, "0-74 84-86 160-166 176-178"},
	{CLS, 0, 4, "0-72 76:pkt 80:end 84 140:meta 160-164 176"},
	{CLS, 0, 8, "48-56 152 168:sock 184"},
	{CLS, S, 1, "0-75 84-87 160-167 176-180"},
	{CLS, S, 2, "0-74 84-86 160-166 176-178"},
	{CLS, S, 4, "0-72 84 160-164 176"},
	{CLS, W, 1, "48-67"},
	{CLS, W, 2, "48-66"},
	{CLS, W, 4, "8-12 32 44-64 72"},
	{CLS, W, 8, "48-56 152"},
	{ACT, 0, 4, "0-72 76:pkt 80:end 84 140:meta 160-164 176"},
	{ACT, W, 4, "8-12 32 44-64 72"},
	{SF, 0, 1, "0-71 84-87 164-167 176-179"},
	{SF, 0, 2, "0-70 84-86 164-166 176-178"},
	{SF, 0, 4, "0-68 84 164 176"},
	{SF, 0, 8, "48-56 168:sock"},
	{SF, S, 1, "0-71 84-87 164-167 176-179"},
	{SF, S, 2, "0-70 84-86 164-166 176-178"},
	{SF, S, 4, "0-68 84 164 176"},
	{SF, W, 1, "48-67"},
	{SF, W, 2, "48-66"},
	{SF, W, 4, "48-64"},
	{SF, W, 8, "48-56"},
	{XDP, 0, 1, ""},
	{XDP, 0, 2, ""},
	{XDP, 0, 4, "0:pkt 4:end 8:meta 12-16"},
	{XDP, 0, 8, ""},
	{XDP, S, 4, "12-16"},
	{XDP, W, 4, ""},
	{DEVMAP, 0, 4, "0:pkt 4:end 8:meta 12-20"},
	{DEVMAP, S, 4, "12-20"},
	{RAW, 0, 1, "0-95"},
	{RAW, 0, 2, "0-94"},
	{RAW, 0, 4, "0-92"},
	{RAW, 0, 8, "0-88"},
	{RAW, W, 8, ""},
};

#define REFUSED 0xffffffffu

static u32 type_of_word(const char *word)
{
	if (!strcmp(word, "pkt"))
		return PTR_TO_PACKET;
	if (!strcmp(word, "end"))
		return PTR_TO_PACKET_END;
	if (!strcmp(word, "meta"))
		return PTR_TO_PACKET_META;
	if (!strcmp(word, "sock"))
		return PTR_TO_SOCK_COMMON | PTR_MAYBE_NULL;
	return SCALAR_VALUE;
}

static void expand(const struct answer *a, u32 *expected, u32 nr)
{
	char text[128], *save, *item;

	for (u32 i = 0; i < nr; i++)
		expected[i] = REFUSED;
	snprintf(text, sizeof(text), "%s", a->offsets);
	for (item = strtok_r(text, " ", &save); item; item = strtok_r(NULL, " ", &save)) {
		char word[8] = "";
		u32 first, last;

		if (sscanf(item, "%u-%u", &first, &last) != 2) {
			ck_assert_int_ge(sscanf(item, "%u:%7s", &first, word), 1);
			last = first;
		}
		for (u32 off = first; off <= last; off += a->size)
			expected[off] = type_of_word(word);
	}
}

START_TEST(same_as_the_kernel)
{
	const struct answer *a = &answers[_i];
	u32 expected[220];

	expand(a, expected, ARRAY_SIZE(expected));
	for (s32 off = 0; off < (s32)ARRAY_SIZE(expected); off++) {
		struct ctx_access got = {0};
		int err = ctx_access_lookup(a->type, a->attach, off, a->size, a->flags, &got);
		u32 type = err ? REFUSED : got.reg_type;

		ck_assert_msg(type == expected[off], "type %d off %d size %u flags %u: %x, not %x",
			      a->type, off, a->size, a->flags, type, expected[off]);
	}
	ck_assert_int_eq(
		ctx_access_lookup(a->type, a->attach, -(s32)a->size, a->size, a->flags, NULL),
		-EACCES);
}
END_TEST

START_TEST(other_types_have_no_context)
{
	ck_assert_int_eq(ctx_access_lookup(BPF_PROG_TYPE_KPROBE, 0, 0, 8, 0, NULL), -EACCES);
}
END_TEST

START_TEST(where_fields_are)
{
	struct ctx_access got;

	ck_assert_int_eq(ctx_access_lookup(XDP, 4, 4, 0, &got), 0);
	ck_assert_uint_eq(got.native_off, offsetof(struct xdp_ctx, buff.data_end));
	ck_assert_uint_eq(got.native_size, 8);
	/* the third byte of mark */
	ck_assert_int_eq(ctx_access_lookup(CLS, 10, 1, 0, &got), 0);
	ck_assert_uint_eq(got.native_off, offsetof(struct skb_ctx, skb.mark) + 2);
	ck_assert_uint_eq(got.native_size, 1);
	/* tc_index is 16 bits wide: stores are cut, loads read zeroes behind it */
	ck_assert_int_eq(ctx_access_lookup(CLS, 44, 4, W, &got), 0);
	ck_assert_uint_eq(got.native_size, 2);
	ck_assert_uint_eq(got.store, CTX_STORE_PLAIN);
	ck_assert_int_eq(ctx_access_lookup(CLS, 44, 4, 0, &got), 0);
	ck_assert_uint_eq(got.native_size, 4);
	ck_assert_int_eq(ctx_access_lookup(CLS, 12, 4, W, &got), 0);
	ck_assert_uint_eq(got.native_size, 2);
	ck_assert_uint_eq(got.store, CTX_STORE_BELOW_16);
	ck_assert_int_eq(ctx_access_lookup(CLS, 56, 8, W, &got), 0);
	ck_assert_uint_eq(got.native_size, 8);
	ck_assert_uint_eq(got.native_off,
			  offsetof(struct skb_ctx, skb.cb) + offsetof(struct skb_cb, data) + 8);
}
END_TEST

static bool listed(const char *list, s32 off)
{
	char text[256], *save, *item;

	snprintf(text, sizeof(text), "%s", list);
	for (item = strtok_r(text, " ", &save); item; item = strtok_r(NULL, " ", &save))
		if (atoi(item) == off)
			return true;
	return false;
}

#define SOCK_ANY                                                                  \
	"4 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 48 49 " \
	"52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 76"
#define SOCK_ANY_2 "4 24 26 28 30 32 34 36 38 40 42 44 48 52 54 56 58 60 62 64 66 68 70 72 76"
#define SOCK_ANY_4 "0 4 24 28 32 36 40 44 48 52 56 60 64 68 72 76"

static const struct {
	u32 base;
	u32 size;
	const char *offsets;
} sock_answers[] = {
	{PTR_TO_SOCK_COMMON, 1, SOCK_ANY},
	{PTR_TO_SOCK_COMMON, 2, SOCK_ANY_2},
	{PTR_TO_SOCK_COMMON, 4, SOCK_ANY_4},
	{PTR_TO_SOCK_COMMON, 8, ""},
	{PTR_TO_SOCKET, 1, SOCK_ANY " 8 12"},
	{PTR_TO_SOCKET, 2, SOCK_ANY_2 " 8 12"},
	{PTR_TO_SOCKET, 4, SOCK_ANY_4 " 8 12 16 20"},
	{PTR_TO_SOCKET, 8, ""},
	{PTR_TO_TCP_SOCK, 1, ""},
	{PTR_TO_TCP_SOCK, 2, ""},
	{PTR_TO_TCP_SOCK, 4,
	 "0 4 8 12 16 20 24 28 32 36 40 44 48 52 56 60 64 68 72 76 96 100 104 108"},
	{PTR_TO_TCP_SOCK, 8, "80 88"},
	{PTR_TO_XDP_SOCK, 4, "0"},
};

START_TEST(sockets_same_as_the_kernel)
{
	for (s32 off = -4; off < 140; off++)
		ck_assert_msg(sock_access_ok(sock_answers[_i].base, off, sock_answers[_i].size) ==
				      listed(sock_answers[_i].offsets, off),
			      "base %u off %d size %u", sock_answers[_i].base, off,
			      sock_answers[_i].size);
}
END_TEST

TCase *ctxfield_case(void)
{
	TCase *tc = tcase_create("ctxfield");

	tcase_add_loop_test(tc, same_as_the_kernel, 0, ARRAY_SIZE(answers));
	tcase_add_test(tc, other_types_have_no_context);
	tcase_add_test(tc, where_fields_are);
	tcase_add_loop_test(tc, sockets_same_as_the_kernel, 0, ARRAY_SIZE(sock_answers));
	return tc;
}
