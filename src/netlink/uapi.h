/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETLINK_UAPI_H
#define NETLINK_UAPI_H

#include <linux/ipsec.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>

/* What linux/xfrm.h of Linux 6.18 has and that of 6.1 lacks; there they are enumerators. */
#define XFRM_A_SA_DIR		      33 /* u8: XFRM_SA_DIR_* */
#define XFRM_A_NAT_KEEPALIVE_INTERVAL 34 /* u32, seconds */
#define XFRM_A_SA_PCPU		      35 /* u32 */
#define XFRM_A_MAX		      35

#endif
