// SPDX-License-Identifier: BSD-2-Clause
#include "socket.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of the acknowledgement's attributes, the text. */
#define EXTACK_MSG 1

static int open_sockets(void *arg, struct espalier_error *e)
{
	struct xfrm_nl *nl = arg;
	int on = 1;
	int err;

	nl->req = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
	if (!nl->req)
		goto fail;
	nl->ev = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
	if (!nl->ev || mnl_socket_bind(nl->req, 0, MNL_SOCKET_AUTOPID))
		goto fail;
	nl->dev_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (nl->dev_fd < 0)
		goto fail;
	/* Kernels that know neither say less, and no more than that. But an error must not bring
	 * the request back, which may hold keys. */
	mnl_socket_setsockopt(nl->req, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->req, NETLINK_CAP_ACK, &on, sizeof(on));
	return 0;
fail:
	err = errno;
	if (err == EPROTONOSUPPORT)
		return fail(e, err, "xfrm netlink: this kernel has none");
	return fail(e, err, "xfrm netlink: %s", strerror(err));
}

int xfrm_nl_open(const char *netns, struct xfrm_nl **out, struct espalier_error *e)
{
	struct xfrm_nl *nl = calloc(1, sizeof(*nl));
	int err;

	if (!nl)
		return fail(e, ENOMEM, "out of memory");
	nl->dev_fd = -1;
	err = netns_run(netns, open_sockets, nl, e);
	if (err)
		xfrm_nl_close(nl);
	else
		*out = nl;
	return err;
}

void xfrm_nl_close(struct xfrm_nl *nl)
{
	if (!nl)
		return;
	if (nl->req)
		mnl_socket_close(nl->req);
	if (nl->ev)
		mnl_socket_close(nl->ev);
	if (nl->dev_fd >= 0)
		close(nl->dev_fd);
	free(nl);
}

static void device_name(const struct xfrm_nl *nl, int ifindex, char name[IFNAMSIZ])
{
	struct ifreq req = {.ifr_ifindex = ifindex};

	name[0] = '\0';
	if (!ifindex)
		return;
	if (ioctl(nl->dev_fd, SIOCGIFNAME, &req))
		snprintf(name, IFNAMSIZ, "if%d", ifindex);
	else
		memcpy(name, req.ifr_name, IFNAMSIZ);
	name[IFNAMSIZ - 1] = '\0';
}

void xfrm_nl_name_devices(const struct xfrm_nl *nl, struct xfrm_nl_sa *sa)
{
	if (sa->spec.offload)
		device_name(nl, sa->spec.offload_ifindex, sa->spec.offload_dev);
	device_name(nl, sa->spec.sel.ifindex, sa->spec.sel_dev);
}

ssize_t nl_receive(struct xfrm_nl *nl, struct mnl_socket *socket, bool wait)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		struct iovec iov = {nl->buf, sizeof(nl->buf)};
		struct msghdr msg = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
		};
		ssize_t n = recvmsg(mnl_socket_get_fd(socket), &msg, wait ? 0 : MSG_DONTWAIT);

		if (n < 0 && errno == EINTR && wait)
			continue;
		if (n < 0)
			return -errno;
		/* Any process of the namespace with CAP_NET_ADMIN can send to a group. */
		if (from.nl_pid) {
			nl_wipe(nl, (size_t)n);
			continue;
		}
		if (msg.msg_flags & MSG_TRUNC) {
			nl_wipe(nl, (size_t)n);
			return -EMSGSIZE;
		}
		return n;
	}
}

/* The text in the attributes from @off on. */
static const char *extack_text(const struct nlmsghdr *nlh, size_t off)
{
	const char *p = (const char *)nlh;
	size_t end = nlh->nlmsg_len;

	while (off + sizeof(struct nlattr) <= end) {
		const struct nlattr *a = (const struct nlattr *)(p + off);
		size_t n = a->nla_len;

		if (n < sizeof(*a) || n > end - off)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == EXTACK_MSG &&
		    memchr(a + 1, '\0', n - sizeof(*a)))
			return (const char *)(a + 1);
		off += MNL_ALIGN(n);
	}
	return NULL;
}

static int refusal(struct espalier_error *e, int err, const char *text)
{
	return text && *text ? fail(e, err, "%.200s (%s)", text, strerror(err))
			     : fail(e, err, "%s", strerror(err));
}

/* The end of an answer, well or not. */
static int verdict(const struct nlmsghdr *nlh, struct espalier_error *e)
{
	size_t off = MNL_NLMSG_HDRLEN;
	const struct nlmsgerr *m = mnl_nlmsg_get_payload(nlh);
	int err;

	if (nlh->nlmsg_len < off + sizeof(int))
		return nlh->nlmsg_type == NLMSG_DONE
			       ? 0
			       : fail(e, EBADMSG, "xfrm netlink: an error cut short");
	err = m->error;
	if (!err)
		return 0;
	if (err > 0 || err < -4095)
		return fail(e, EBADMSG, "xfrm netlink: %d is no error", err);
	off += sizeof(int);
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		off += sizeof(struct nlmsghdr);
		if (nlh->nlmsg_len < off)
			return refusal(e, -err, NULL);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			off += MNL_ALIGN(m->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	}
	return refusal(e, -err, nlh->nlmsg_flags & NLM_F_ACK_TLVS ? extack_text(nlh, off) : NULL);
}

struct answer {
	int (*f)(const struct nlmsghdr *nlh, size_t len, void *arg);
	void *arg;
	struct espalier_error *e;
	u32 seq;
	bool over;
	bool interrupted;
	int ret;
};

static void answer_datagram(struct answer *a, const char *buf, size_t len)
{
	int left = (int)len;
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;

	for (; !a->over && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		/* Of a request that was given up. */
		if (nlh->nlmsg_seq != a->seq)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			a->interrupted = true;
		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			int err = verdict(nlh, a->ret ? NULL : a->e);

			a->over = true;
			if (!a->ret)
				a->ret = err;
		} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && a->f && !a->ret) {
			a->ret = a->f(nlh, nlh->nlmsg_len, a->arg);
		}
	}
}

int nl_request(struct xfrm_nl *nl, struct nlmsghdr *nlh,
	       int (*f)(const struct nlmsghdr *nlh, size_t len, void *arg), void *arg,
	       struct espalier_error *e)
{
	struct answer a = {.f = f, .arg = arg, .e = e, .seq = ++nl->seq};
	int err;

	nlh->nlmsg_seq = a.seq;
	if (mnl_socket_sendto(nl->req, nlh, nlh->nlmsg_len) < 0) {
		err = errno;
		return fail(e, err, "xfrm netlink: %s", strerror(err));
	}
	while (!a.over) {
		ssize_t n = nl_receive(nl, nl->req, true);

		if (n < 0)
			return fail(e, (int)-n, "xfrm netlink: %s", strerror((int)-n));
		answer_datagram(&a, nl->buf, (size_t)n);
		nl_wipe(nl, (size_t)n);
	}
	if (!a.ret && a.interrupted)
		return -EINTR;
	return a.ret;
}
