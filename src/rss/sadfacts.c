// SPDX-License-Identifier: BSD-2-Clause
#include "rss/sadfacts.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netlink/xfrm.h"

#define NETNS_DIR "/run/netns"

struct reading {
	struct rss_sad *sad;
	struct rss_locals locals;
};

void rss_locals_read(s32 netns_id, struct rss_locals *l)
{
	struct ifaddrs *all, *a;
	u32 room = 0;

	*l = (struct rss_locals){.any = netns_id >= 0};
	if (l->any || getifaddrs(&all))
		return;
	for (a = all; a; a = a->ifa_next)
		room++;
	l->at = calloc(room ? room : 1, sizeof(*l->at));
	for (a = all; a && l->at; a = a->ifa_next) {
		if (!a->ifa_addr)
			continue;
		if (a->ifa_addr->sa_family == AF_INET)
			memcpy(l->at[l->nr++], &((struct sockaddr_in *)a->ifa_addr)->sin_addr, 4);
		else if (a->ifa_addr->sa_family == AF_INET6)
			memcpy(l->at[l->nr++], &((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr,
			       16);
	}
	freeifaddrs(all);
}

void rss_locals_free(struct rss_locals *l)
{
	free(l->at);
	*l = (struct rss_locals){0};
}

static bool is_local(const struct rss_locals *l, const u32 *daddr)
{
	if (l->any)
		return true;
	for (u32 i = 0; i < l->nr; i++) {
		if (!memcmp(l->at[i], daddr, sizeof(l->at[i])))
			return true;
	}
	return false;
}

static void begin(void *arg)
{
	struct reading *r = arg;

	r->sad->nr = 0;
}

static bool is_larval(const struct xfrm_nl_sa *nl_sa)
{
	for (u32 i = 0; i < SAD_ALGO_KINDS; i++) {
		if (nl_sa->spec.algo[i].algo)
			return false;
	}
	return !nl_sa->unknown_algo[0];
}

/* The kernel tells when it happens, and not again: as it decides (xfrm_lifetime_cfg), by its clock.
 */
static bool is_dying(const struct sad_spec *s)
{
	const struct xfrm_lifetime_cfg *limit = &s->lft;
	const struct xfrm_lifetime_cur *cur = &s->curlft;
	u64 now = (u64)time(NULL);

	return cur->bytes > limit->soft_byte_limit || cur->packets > limit->soft_packet_limit ||
	       (limit->soft_add_expires_seconds && cur->add_time &&
		now >= cur->add_time + limit->soft_add_expires_seconds) ||
	       (limit->soft_use_expires_seconds && cur->use_time &&
		now >= cur->use_time + limit->soft_use_expires_seconds);
}

bool rss_sad_describe(const struct xfrm_nl_sa *nl_sa, const struct rss_locals *l,
		      struct rss_sad_sa *sa)
{
	const struct sad_spec *s = &nl_sa->spec;
	size_t len = s->family == AF_INET ? 4 : 16;

	if (s->id.proto != IPPROTO_ESP && s->id.proto != IPPROTO_AH)
		return false;
	*sa = (struct rss_sad_sa){
		.key = {.spi = s->id.spi, .family = s->family, .proto = s->id.proto},
		.reqid = s->reqid,
		.if_id = s->if_id,
		.mark = s->mark.v,
		.mask = s->mark.m,
		.pcpu_num = s->pcpu_num,
		.mode = s->mode,
		.offloaded = s->offload,
		.larval = is_larval(nl_sa),
		.esn = s->flags & XFRM_STATE_ESN,
		.replay_window = s->replay_window,
		.late = s->stats.replay_window,
		.repeated = s->stats.replay,
		.broken = s->stats.integrity_failed,
		.packets = s->curlft.packets,
		.bytes = s->curlft.bytes,
		.added = s->curlft.add_time,
		.dying = is_dying(s),
	};
	memcpy(sa->key.daddr, &s->id.daddr, len);
	memcpy(sa->saddr, &s->saddr, len);
	sa->inbound = s->dir ? s->dir == XFRM_SA_DIR_IN : is_local(l, sa->key.daddr);
	return true;
}

static int visit(const struct xfrm_nl_sa *nl_sa, const struct sad_keys *keys, void *arg)
{
	struct reading *r = arg;
	struct rss_sad_sa *more;

	(void)keys;
	/* Room for a power of two at a time: an SAD may have a hundred thousand. */
	if (!(r->sad->nr & (r->sad->nr - 1))) {
		more = reallocarray(r->sad->at, r->sad->nr ? 2ul * r->sad->nr : 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		r->sad->at = more;
	}
	r->sad->nr += rss_sad_describe(nl_sa, &r->locals, &r->sad->at[r->sad->nr]);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return memcmp(&((const struct rss_sad_sa *)a)->key, &((const struct rss_sad_sa *)b)->key,
		      sizeof(struct rss_sa_key));
}

static int read_id(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			*(s32 *)arg = (s32)mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

/* What the caller's namespace calls the one behind @fd; -1: nothing. */
static s32 id_of(struct mnl_socket *nl, int fd)
{
	char buf[4096];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtgenmsg *rt;
	s32 id = -1;
	ssize_t n;

	nlh->nlmsg_type = RTM_GETNSID;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	rt->rtgen_family = AF_UNSPEC;
	mnl_attr_put_u32(nlh, NETNSA_FD, (u32)fd);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -1;
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(nl), read_id, &id) < 0)
		return -1;
	return id;
}

static int name_of(s32 netns_id, char *name, size_t room, struct espalier_error *e)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	DIR *dir = opendir(NETNS_DIR);
	bool found = false;
	struct dirent *d;

	if (nl && dir && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0) {
		while (!found && (d = readdir(dir))) {
			int fd = openat(dirfd(dir), d->d_name, O_RDONLY | O_CLOEXEC);

			if (d->d_name[0] != '.' && fd >= 0)
				found = id_of(nl, fd) == netns_id;
			if (fd >= 0)
				close(fd);
			if (found)
				snprintf(name, room, "%s", d->d_name);
		}
	}
	if (dir)
		closedir(dir);
	if (nl)
		mnl_socket_close(nl);
	return found ? 0
		     : fail(e, ENOENT,
			    "network namespace id %d: no name below " NETNS_DIR " has it",
			    netns_id);
}

int rss_sad_open(s32 netns_id, struct xfrm_nl **nl, struct espalier_error *e)
{
	char name[256];
	int err = netns_id >= 0 ? name_of(netns_id, name, sizeof(name), e) : 0;

	return err ? err : xfrm_nl_open(netns_id >= 0 ? name : NULL, nl, e);
}

int rss_sad_read(s32 netns_id, struct rss_sad *sad, struct espalier_error *e)
{
	struct reading r = {.sad = sad};
	const struct xfrm_nl_visitor v = {.begin = begin, .visit = visit, .arg = &r};
	struct xfrm_nl *nl;
	int err;

	*sad = (struct rss_sad){0};
	err = rss_sad_open(netns_id, &nl, e);
	if (err)
		return err;
	rss_locals_read(netns_id, &r.locals);
	err = xfrm_nl_dump(nl, &v, e);
	if (err == -ENOMEM)
		fail(e, ENOMEM, "out of memory");
	xfrm_nl_close(nl);
	rss_locals_free(&r.locals);
	if (err)
		rss_sad_free(sad);
	else
		rss_sad_sort(sad);
	return err;
}

void rss_sad_sort(struct rss_sad *sad)
{
	if (sad->nr)
		qsort(sad->at, sad->nr, sizeof(*sad->at), compare);
}

void rss_sad_free(struct rss_sad *sad)
{
	free(sad->at);
	*sad = (struct rss_sad){0};
}

const struct rss_sad_sa *rss_sad_find(const struct rss_sad *sad, const struct rss_sa_key *key)
{
	u32 low = 0, high = sad->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (memcmp(&sad->at[mid].key, key, sizeof(*key)) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low < sad->nr && !memcmp(&sad->at[low].key, key, sizeof(*key)) ? &sad->at[low]
									      : NULL;
}

bool rss_sad_found_by(const struct rss_sad_sa *sa, const u32 *marks, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		if ((marks[i] & sa->mask) == sa->mark)
			return true;
	}
	return false;
}

void rss_sad_marks(const struct rss_sad *sad, struct rss_marks *marks)
{
	*marks = (struct rss_marks){0};
	for (u32 i = 0; i < sad->nr; i++) {
		if (sad->at[i].inbound)
			rss_marks_add(marks, sad->at[i].mark, sad->at[i].mask);
	}
	rss_marks_finish(marks);
}

void rss_sad_info(const struct rss_sad_sa *sa, struct rss_sa_info *info)
{
	*info = (struct rss_sa_info){
		.pcpu_num = sa->pcpu_num,
		.reqid = sa->reqid,
		.if_id = sa->if_id,
		.mode = sa->mode,
		.offloaded = sa->offloaded,
		.dying = sa->dying,
	};
	memcpy(info->saddr, sa->saddr, sizeof(info->saddr));
}
