/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RSS_LARVAL_H
#define TEST_RSS_LARVAL_H

#include "twin.h"

/*
 * SAs in the running kernel's SAD, without keys or algorithms: larval ones, which XFRM_MSG_ALLOCSPI
 * makes and bpf_xdp_get_xfrm_state() finds. For a network namespace of the test's own.
 */

/* Enters a new network namespace in which larval SAs stay. 0 or -errno. */
int larval_begin(void);
/* Adds @n SAs, many to a message. 0 or -errno of the first that was refused. */
int larval_add(const struct twin_state *states, u32 n);
int larval_delete(const struct twin_state *state);

#endif
