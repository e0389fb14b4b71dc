/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETLINK_SOCKET_H
#define NETLINK_SOCKET_H

#include <libmnl/libmnl.h>

#include "netlink/xfrm.h"
#include "uapi.h"

/* A dump comes in pieces of up to 32 KiB, and an SA with the longest replay bitmap has 2. */
#define NL_BUFFER (1 << 16)

struct xfrm_nl {
	struct mnl_socket *req; /* requests and their answers */
	struct mnl_socket *ev;	/* events */
	bool watching;
	int dev_fd; /* a socket of the namespace, to ask for devices */
	u32 seq;
	_Alignas(8) char buf[NL_BUFFER];
};

/**
 * nl_receive - one datagram from the kernel
 * @wait: or -EAGAIN
 *
 * Return: bytes in nl->buf; -EAGAIN, -ENOBUFS, -EMSGSIZE (longer than the buffer)...
 */
ssize_t nl_receive(struct xfrm_nl *nl, struct mnl_socket *socket, bool wait) __must_check;

/* What is in the buffer may be a key. */
static inline void nl_wipe(struct xfrm_nl *nl, size_t len)
{
	explicit_bzero(nl->buf, len);
}

/**
 * nl_request - send a request, read what comes to its end
 * @nlh: its sequence number is set here
 * @answer: for each message that is part of the answer; nonzero: the rest is read, and dropped.
 *	May be NULL.
 *
 * Return: 0; what @answer returned; -EINTR: an inconsistent dump; or what the kernel says, with @e
 * its text.
 */
int nl_request(struct xfrm_nl *nl, struct nlmsghdr *nlh,
	       int (*answer)(const struct nlmsghdr *nlh, size_t len, void *arg), void *arg,
	       struct espalier_error *e) __must_check;

/* Run @f in a namespace, by another thread; directly if @netns is NULL. 0, -errno, or its result.
 */
int netns_run(const char *netns, int (*f)(void *arg, struct espalier_error *e), void *arg,
	      struct espalier_error *e) __must_check;

#endif
