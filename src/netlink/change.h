/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETLINK_CHANGE_H
#define NETLINK_CHANGE_H

#include "build.h"
#include "socket.h"

/* Give the devices that @spec names their numbers. -ENODEV. */
int change_find_devices(const struct xfrm_nl *nl, struct sad_spec *spec,
			struct espalier_error *e) __must_check;
/* Send a request to add. */
int change_add(struct xfrm_nl *nl, struct nlmsghdr *nlh, struct espalier_error *e) __must_check;
/* Send one made by build_larval(). @lives: see xfrm_nl_add_larval(); may be NULL. */
int change_add_larval(struct xfrm_nl *nl, struct nlmsghdr *nlh, u64 *lives,
		      struct espalier_error *e) __must_check;
/* Whoever takes something back need not care that it is gone already. */
int change_delete(struct xfrm_nl *nl, const struct build_id *id, struct espalier_error *e);

#endif
