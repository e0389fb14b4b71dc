/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_SUITES_H
#define HELPER_SUITES_H

#include <check.h>
#include <errno.h>

#include "helper/helper.h"
#include "object/run.h"
#include "packet/skb.h"
#include "packet/xdp.h"

TCase *csum_case(void);
TCase *kernel_case(void);
TCase *map_case(void);
TCase *misc_case(void);
TCase *printf_case(void);
TCase *redirect_tc_case(void);
TCase *redirect_xdp_case(void);
TCase *room_case(void);
TCase *skb_case(void);
TCase *string_case(void);
TCase *tunnel_case(void);
TCase *vlan_case(void);
TCase *xdp_case(void);

/*
 * A run that looks like one of a program: run_current, a packet of sixty bytes (0x02, 1, 2, 3...,
 * IPv4 without options, UDP) as XDP and as SCHED_CLS see it.
 */
#define PACKET_LEN 60
struct fixture {
	struct run run;
	struct xdp_ctx *xdp;
	struct skb_ctx *skb;
	u8 packet[PACKET_LEN];
};
extern struct fixture fx;

void fixture_begin_xdp(void);
void fixture_begin_skb(void);
void fixture_end(void);
/* Puts fx.packet, changed by the test, into both contexts again. */
void fixture_load(void);

/* Calls the helper as the run's program type may; the test fails if it may not. */
s64 call_helper(u32 func, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
#define CALL0(f)	     call_helper(BPF_FUNC_##f, 0, 0, 0, 0, 0)
#define CALL1(f, a)	     call_helper(BPF_FUNC_##f, (u64)(a), 0, 0, 0, 0)
#define CALL2(f, a, b)	     call_helper(BPF_FUNC_##f, (u64)(a), (u64)(b), 0, 0, 0)
#define CALL3(f, a, b, c)    call_helper(BPF_FUNC_##f, (u64)(a), (u64)(b), (u64)(c), 0, 0)
#define CALL4(f, a, b, c, d) call_helper(BPF_FUNC_##f, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0)
#define CALL5(f, a, b, c, d, e) \
	call_helper(BPF_FUNC_##f, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e))

#endif
