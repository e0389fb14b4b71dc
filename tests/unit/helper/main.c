// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "suites.h"

struct fixture fx;

static bool everything_is_readable(struct run *run, u64 addr, size_t size)
{
	(void)run, (void)size;
	return addr >= 4096;
}

/* A "BPF function" of the tests is a C function. */
static u64 call_back(struct run *run, u64 func, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	(void)run;
	return ((helper_fn)func)(a1, a2, a3, a4, a5);
}

static const struct run_ops ops = {.callback = call_back, .readable = everything_is_readable};

void fixture_load(void)
{
	xdp_ctx_load(fx.xdp, fx.packet, PACKET_LEN);
	ck_assert_int_eq(skb_ctx_load(fx.skb, fx.packet, PACKET_LEN, true), 0);
}

static void begin(enum bpf_prog_type type)
{
	for (u32 i = 0; i < PACKET_LEN; i++)
		fx.packet[i] = (u8)i;
	fx.packet[0] = 0x02;
	fx.packet[12] = 0x08;
	fx.packet[13] = 0x00;
	fx.packet[14] = 0x45;
	fx.packet[15] = 0x01;
	fx.packet[23] = 17;
	ck_assert_int_eq(xdp_ctx_new(PACKET_LEN, &fx.xdp), 0);
	ck_assert_int_eq(skb_ctx_new(PACKET_LEN, &fx.skb), 0);
	fixture_load();
	fx.run = (struct run){.ops = &ops, .prog_type = type, .cpu = 3};
	fx.run.ctx = type == BPF_PROG_TYPE_XDP ? (void *)fx.xdp : (void *)fx.skb;
	run_current = &fx.run;
}

void fixture_begin_xdp(void)
{
	begin(BPF_PROG_TYPE_XDP);
}

void fixture_begin_skb(void)
{
	begin(BPF_PROG_TYPE_SCHED_CLS);
}

void fixture_end(void)
{
	run_current = NULL;
	xdp_ctx_free(fx.xdp);
	skb_ctx_free(fx.skb);
}

s64 call_helper(u32 func, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	const struct helper *helper = helper_for(func, fx.run.prog_type);

	ck_assert_msg(helper && helper->fn, "%s", helper_name(func));
	return (s64)helper->fn(r1, r2, r3, r4, r5);
}

int main(void)
{
	Suite *suite = suite_create("helper");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, csum_case());
	suite_add_tcase(suite, kernel_case());
	suite_add_tcase(suite, map_case());
	suite_add_tcase(suite, misc_case());
	suite_add_tcase(suite, printf_case());
	suite_add_tcase(suite, redirect_tc_case());
	suite_add_tcase(suite, redirect_xdp_case());
	suite_add_tcase(suite, room_case());
	suite_add_tcase(suite, skb_case());
	suite_add_tcase(suite, string_case());
	suite_add_tcase(suite, tunnel_case());
	suite_add_tcase(suite, vlan_case());
	suite_add_tcase(suite, xdp_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
