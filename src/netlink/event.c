// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <sys/socket.h>

#include "parse.h"
#include "socket.h"

/* Room for an event is counted with what the kernel keeps around it. */
#define DEFAULT_RCVBUF (8u << 20)
#define EVENTS_AT_ONCE 256
/* More than any queue holds: a kernel that adds to it as fast as we drop must not hold us. */
#define DROPS_MAX (1u << 20)

static int read_delete(const struct nlmsghdr *nlh, size_t len, struct xfrm_nl_event *event)
{
	struct sad_spec *spec = &event->sa.spec;
	struct xfrm_usersa_id id;
	struct attrs attrs;
	int ret = xfrm_nl_read_sa(nlh, len, &event->sa, NULL);

	if (ret != -ENOMSG)
		return ret;
	event->id_only = true;
	ret = attrs_read(&attrs, nlh, len, sizeof(id));
	if (ret)
		return ret;
	memcpy(&id, mnl_nlmsg_get_payload(nlh), sizeof(id));
	if (id.family != AF_INET && id.family != AF_INET6)
		return -EBADMSG;
	spec->family = id.family;
	spec->id = (struct xfrm_id){.daddr = id.daddr, .spi = id.spi, .proto = id.proto};
	ret = attr_copy(&attrs, XFRMA_MARK, &spec->mark, sizeof(spec->mark));
	if (ret >= 0)
		ret = attr_copy(&attrs, XFRMA_SRCADDR, &spec->saddr, sizeof(spec->saddr));
	return ret < 0 ? ret : 0;
}

static int read_migrate(const struct nlmsghdr *nlh, size_t len, struct xfrm_nl_event *event)
{
	struct sad_spec *spec = &event->sa.spec;
	struct xfrm_user_migrate m;
	struct attrs attrs;
	int ret = attrs_read(&attrs, nlh, len, sizeof(struct xfrm_userpolicy_id));

	if (!ret)
		ret = attr_copy(&attrs, XFRMA_MIGRATE, &m, sizeof(m));
	if (ret < 0)
		return ret;
	if (!ret || (m.new_family != AF_INET && m.new_family != AF_INET6) ||
	    (m.old_family != AF_INET && m.old_family != AF_INET6))
		return -EBADMSG;
	event->old_family = m.old_family;
	event->old_saddr = m.old_saddr;
	event->old_daddr = m.old_daddr;
	spec->family = m.new_family;
	spec->saddr = m.new_saddr;
	spec->id.daddr = m.new_daddr;
	spec->id.proto = m.proto;
	spec->mode = m.mode;
	spec->reqid = m.reqid;
	return 0;
}

int xfrm_nl_read_event(const struct nlmsghdr *nlh, size_t len, struct xfrm_nl_event *event)
{
	struct attrs attrs;
	int ret;

	memset(event, 0, sizeof(*event));
	sad_spec_init(&event->sa.spec);
	if (len < sizeof(*nlh))
		return -EBADMSG;
	switch (nlh->nlmsg_type) {
	case XFRM_MSG_NEWSA:
		event->kind = XFRM_NL_NEW;
		return xfrm_nl_read_sa(nlh, len, &event->sa, NULL);
	case XFRM_MSG_UPDSA:
		event->kind = XFRM_NL_UPDATE;
		return xfrm_nl_read_sa(nlh, len, &event->sa, NULL);
	case XFRM_MSG_EXPIRE:
		event->kind = XFRM_NL_EXPIRE;
		ret = xfrm_nl_read_sa(nlh, len, &event->sa, NULL);
		if (!ret)
			event->hard =
				((const struct xfrm_user_expire *)mnl_nlmsg_get_payload(nlh))->hard;
		return ret;
	case XFRM_MSG_DELSA:
		event->kind = XFRM_NL_DELETE;
		return read_delete(nlh, len, event);
	case XFRM_MSG_FLUSHSA:
		event->kind = XFRM_NL_FLUSH;
		ret = attrs_read(&attrs, nlh, len, sizeof(struct xfrm_usersa_flush));
		if (!ret)
			event->proto =
				((const struct xfrm_usersa_flush *)mnl_nlmsg_get_payload(nlh))
					->proto;
		/* What the kernel calls all of IPsec's protocols. */
		if (event->proto == IPSEC_PROTO_ANY)
			event->proto = 0;
		return ret;
	case XFRM_MSG_MIGRATE:
		event->kind = XFRM_NL_MIGRATE;
		return read_migrate(nlh, len, event);
	}
	return -ENOMSG;
}

int xfrm_nl_watch(struct xfrm_nl *nl, u32 rcvbuf, struct espalier_error *e)
{
	const unsigned int groups = 1u << (XFRMNLGRP_SA - 1) | 1u << (XFRMNLGRP_EXPIRE - 1) |
				    1u << (XFRMNLGRP_MIGRATE - 1);
	int bytes = (int)(rcvbuf ? rcvbuf : DEFAULT_RCVBUF);
	int fd = mnl_socket_get_fd(nl->ev);
	int err;

	if (nl->watching)
		return 0;
	/* Beyond net.core.rmem_max with the privilege to do so, else as far as that goes. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes))) {
		err = errno;
		return fail(e, err, "room for events: %s", strerror(err));
	}
	if (mnl_socket_bind(nl->ev, groups, MNL_SOCKET_AUTOPID)) {
		err = errno;
		return fail(e, err, "listening for xfrm events: %s", strerror(err));
	}
	nl->watching = true;
	return 0;
}

int xfrm_nl_fd(const struct xfrm_nl *nl)
{
	return nl->watching ? mnl_socket_get_fd(nl->ev) : -1;
}

struct watcher {
	int (*visit)(const struct xfrm_nl_event *event, void *arg);
	void *arg;
	struct espalier_error *e;
};

/* A datagram to a group is one message. */
static int visit_datagram(struct xfrm_nl *nl, size_t len, const struct watcher *w)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)nl->buf;
	struct xfrm_nl_event event;
	int left = (int)len;
	int ret = 0;

	for (; !ret && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		ret = xfrm_nl_read_event(nlh, nlh->nlmsg_len, &event);
		if (ret == -ENOMSG) {
			ret = 0;
			continue;
		}
		if (ret)
			return fail(w->e, -ret, "a malformed xfrm event from the kernel");
		if (event.kind != XFRM_NL_FLUSH && event.kind != XFRM_NL_MIGRATE)
			xfrm_nl_name_devices(nl, &event.sa);
		ret = w->visit(&event, w->arg);
	}
	return ret;
}

int xfrm_nl_events(struct xfrm_nl *nl, int (*visit)(const struct xfrm_nl_event *event, void *arg),
		   void *arg, struct espalier_error *e)
{
	struct watcher w = {visit, arg, e};
	int ret = 0;

	for (u32 i = 0; !ret && i < EVENTS_AT_ONCE; i++) {
		ssize_t n = nl_receive(nl, nl->ev, false);

		if (n == -EAGAIN || n == -EINTR)
			return 0;
		if (n < 0)
			return fail(e, (int)-n, "xfrm events: %s",
				    n == -ENOBUFS ? "some were lost" : strerror((int)-n));
		ret = visit_datagram(nl, (size_t)n, &w);
		nl_wipe(nl, (size_t)n);
	}
	return ret;
}

int xfrm_nl_resync(struct xfrm_nl *nl, const struct xfrm_nl_visitor *v, struct espalier_error *e)
{
	for (u32 i = 0; i < DROPS_MAX; i++) {
		ssize_t n = nl_receive(nl, nl->ev, false);

		if (n == -EAGAIN)
			break;
		if (n < 0 && n != -ENOBUFS && n != -EINTR && n != -EMSGSIZE)
			return fail(e, (int)-n, "xfrm events: %s", strerror((int)-n));
		if (n > 0)
			nl_wipe(nl, (size_t)n);
	}
	return xfrm_nl_dump(nl, v, e);
}
