// SPDX-License-Identifier: BSD-2-Clause
#include "larval.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SA_PCPU 35 /* XFRMA_SA_PCPU, Linux 6.13 */
#define BATCH	64
#define EXPIRES "/proc/sys/net/core/xfrm_acq_expires"

int larval_begin(void)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = open(EXPIRES, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, "86400", 5) != 5) {
		close(fd);
		return -EIO;
	}
	close(fd);
	return 0;
}

static void put_mark(struct nlmsghdr *nlh, const struct twin_state *s)
{
	struct xfrm_mark mark = {s->mark, s->mask};

	if (s->mask)
		mnl_attr_put(nlh, XFRMA_MARK, sizeof(mark), &mark);
}

static void put_alloc(struct nlmsghdr *nlh, const struct twin_state *s)
{
	struct xfrm_userspi_info *p;

	nlh->nlmsg_type = XFRM_MSG_ALLOCSPI;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	p = mnl_nlmsg_put_extra_header(nlh, sizeof(*p));
	memcpy(&p->info.id.daddr, s->key.daddr, sizeof(p->info.id.daddr));
	memcpy(&p->info.saddr, s->info.saddr, sizeof(p->info.saddr));
	p->info.id.proto = s->key.proto;
	p->info.family = s->key.family;
	p->info.mode = s->info.mode;
	p->info.reqid = s->info.reqid;
	p->min = p->max = ntohl(s->key.spi);
	put_mark(nlh, s);
	if (s->info.if_id)
		mnl_attr_put_u32(nlh, XFRMA_IF_ID, s->info.if_id);
	if (s->info.pcpu_num != RSS_NO_CPU)
		mnl_attr_put_u32(nlh, SA_PCPU, s->info.pcpu_num);
}

static void put_delete(struct nlmsghdr *nlh, const struct twin_state *s)
{
	struct xfrm_usersa_id *p;

	nlh->nlmsg_type = XFRM_MSG_DELSA;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	p = mnl_nlmsg_put_extra_header(nlh, sizeof(*p));
	memcpy(&p->daddr, s->key.daddr, sizeof(p->daddr));
	p->spi = s->key.spi;
	p->family = s->key.family;
	p->proto = s->key.proto;
	put_mark(nlh, s);
}

/* Takes @n answers. 0, or the first error. */
static int receive(struct mnl_socket *nl, u32 n)
{
	char buf[8192];
	int err = 0;

	while (n) {
		ssize_t got = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		const struct nlmsghdr *nlh = (const void *)buf;
		int len = (int)got;

		if (got < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);

				if (e->error && !err)
					err = e->error;
			}
			n--;
		}
	}
	return err;
}

static int talk(const struct twin_state *states, u32 n,
		void (*put)(struct nlmsghdr *nlh, const struct twin_state *s))
{
	char buf[BATCH * 512];
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_XFRM, SOCK_CLOEXEC);
	u32 len, sent;
	int err = 0;

	if (!nl)
		return -errno;
	for (u32 i = 0; i < n && !err; i += sent) {
		len = 0;
		for (sent = 0; sent < BATCH && i + sent < n; sent++) {
			struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + len);

			nlh->nlmsg_seq = i + sent + 1;
			put(nlh, &states[i + sent]);
			len += MNL_ALIGN(nlh->nlmsg_len);
		}
		if (mnl_socket_sendto(nl, buf, len) < 0)
			err = -errno;
		else
			err = receive(nl, sent);
	}
	mnl_socket_close(nl);
	return err;
}

int larval_add(const struct twin_state *states, u32 n)
{
	return talk(states, n, put_alloc);
}

int larval_delete(const struct twin_state *state)
{
	return talk(state, 1, put_delete);
}
