/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETLINK_PARSE_H
#define NETLINK_PARSE_H

#include "netlink/xfrm.h"
#include "uapi.h"

/* The attributes of a message, by type; NULL where there is none. */
struct attrs {
	const struct nlattr *at[XFRM_A_MAX + 1];
};

/**
 * attrs_read - find a message's attributes
 * @nlh: aligned to 4 bytes
 * @len: readable bytes
 * @head: bytes of the struct before them
 *
 * Return: 0; -EBADMSG: @nlh, what is before the attributes, or one of them is cut short.
 */
int attrs_read(struct attrs *attrs, const struct nlmsghdr *nlh, size_t len,
	       size_t head) __must_check;

/* Copy @size bytes of an attribute that has no less. 1; 0: there is none; -EBADMSG. */
int attr_copy(const struct attrs *attrs, u32 type, void *out, size_t size) __must_check;

#endif
