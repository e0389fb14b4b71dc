/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKET_SUITES_H
#define PACKET_SUITES_H

#include <check.h>
#include <errno.h>

TCase *ctxfield_case(void);
TCase *netdev_case(void);
TCase *skb_case(void);
TCase *xdp_case(void);

#endif
