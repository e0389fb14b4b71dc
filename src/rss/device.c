// SPDX-License-Identifier: BSD-2-Clause
#include "rss/device.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ethtool.h"

/* linux/netdev.h, since 6.3. */
#define NETDEV_FAMILY	      "netdev"
#define NETDEV_VERSION	      1
#define NETDEV_GET	      1
#define NETDEV_A_IFINDEX      1
#define NETDEV_A_XDP_FEATURES 3

#define REPLY_SIZE 32768

/* One line of the interface table. */
struct link {
	char name[IF_NAMESIZE];
	char kind[16];
	u32 ifindex;
	u32 lower;
	u32 master;
	u32 mtu;
	bool up;
	bool loopback;
};

struct links {
	struct link *at;
	u32 nr;
	bool failed;
};

const char *rss_mode_name(enum rss_xdp_mode mode)
{
	static const char *const names[] = {
		[RSS_MODE_AUTO] = "auto",
		[RSS_MODE_NATIVE] = "native",
		[RSS_MODE_SKB] = "skb",
	};

	return mode < ARRAY_SIZE(names) ? names[mode] : NULL;
}

/* Sends @nlh and hands each answer to @cb. 0 or -errno. */
static int ask(int family, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	struct mnl_socket *nl = mnl_socket_open2(family, SOCK_CLOEXEC);
	static _Thread_local char buf[REPLY_SIZE];
	u32 port;
	int ret = -1;
	ssize_t n;

	if (!nl)
		return -errno;
	nlh->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0 &&
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) >= 0) {
		port = mnl_socket_get_portid(nl);
		do {
			n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
			ret = n < 0 ? -1 : mnl_cb_run(buf, (size_t)n, 1, port, cb, arg);
		} while (ret > 0);
	}
	ret = ret < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return ret;
}

static void copy_text(char *to, size_t room, const struct nlattr *attr)
{
	snprintf(to, room, "%.*s", (int)mnl_attr_get_payload_len(attr),
		 (const char *)mnl_attr_get_payload(attr));
}

static int read_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct links *links = arg;
	const struct nlattr *attr, *info;
	bool lower_is_here = true;
	struct link *l;

	l = reallocarray(links->at, links->nr + 1, sizeof(*l));
	if (!l) {
		links->failed = true;
		return MNL_CB_STOP;
	}
	links->at = l;
	l += links->nr++;
	memset(l, 0, sizeof(*l));
	l->ifindex = (u32)ifi->ifi_index;
	l->up = ifi->ifi_flags & IFF_UP;
	l->loopback = ifi->ifi_flags & IFF_LOOPBACK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			copy_text(l->name, sizeof(l->name), attr);
			break;
		case IFLA_MTU:
			l->mtu = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK:
			l->lower = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINK_NETNSID:
			lower_is_here = false;
			break;
		case IFLA_MASTER:
			l->master = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINKINFO:
			mnl_attr_for_each_nested(info, attr)
			{
				if (mnl_attr_get_type(info) == IFLA_INFO_KIND)
					copy_text(l->kind, sizeof(l->kind), info);
			}
			break;
		default:
			break;
		}
	}
	if (!lower_is_here || l->lower == l->ifindex)
		l->lower = 0;
	return MNL_CB_OK;
}

static int read_links(struct links *links, struct espalier_error *e)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	int err;

	*links = (struct links){0};
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	err = ask(NETLINK_ROUTE, nlh, read_link, links);
	if (!err && links->failed)
		err = -ENOMEM;
	if (!err)
		return 0;
	free(links->at);
	return fail(e, -err, "interfaces: cannot be listed: %s", strerror(-err));
}

static const struct link *by_name(const struct links *links, const char *name)
{
	for (u32 i = 0; i < links->nr; i++) {
		if (!strcmp(links->at[i].name, name))
			return &links->at[i];
	}
	return NULL;
}

/*
 * xdp_features: which generic netlink family "netdev" is, then what it says of the interface.
 */
static int read_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(u16 *)arg = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

static int read_features(const struct nlmsghdr *nlh, void *arg)
{
	struct rss_device *dev = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == NETDEV_A_XDP_FEATURES) {
			dev->xdp_known = true;
			dev->xdp_features = mnl_attr_get_u64(attr);
		}
	}
	return MNL_CB_OK;
}

static struct nlmsghdr *genl_request(char *buf, u16 type, u8 cmd, u8 version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/* A kernel without the family leaves xdp_known false. */
static void ask_features(struct rss_device *dev)
{
	char buf[256];
	struct nlmsghdr *nlh = genl_request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	u16 family = 0;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
	if (ask(NETLINK_GENERIC, nlh, read_family, &family) || !family)
		return;
	nlh = genl_request(buf, family, NETDEV_GET, NETDEV_VERSION);
	mnl_attr_put_u32(nlh, NETDEV_A_IFINDEX, dev->ifindex);
	if (ask(NETLINK_GENERIC, nlh, read_features, dev))
		dev->xdp_known = false;
}

int rss_device_program(struct rss_device *dev)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info);
	int err, fd;

	dev->prog_id = 0;
	dev->prog_mode = RSS_MODE_AUTO;
	dev->prog_name[0] = '\0';
	err = bpf_xdp_query((int)dev->ifindex, 0, &query);
	if (err)
		return err;
	if (query.drv_prog_id) {
		dev->prog_id = query.drv_prog_id;
		dev->prog_mode = RSS_MODE_NATIVE;
	} else if (query.skb_prog_id) {
		dev->prog_id = query.skb_prog_id;
		dev->prog_mode = RSS_MODE_SKB;
	} else {
		dev->prog_id = query.hw_prog_id;
	}
	if (!dev->prog_id)
		return 0;
	fd = bpf_prog_get_fd_by_id(dev->prog_id);
	if (fd < 0)
		return 0;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(dev->prog_name, sizeof(dev->prog_name), "%s", info.name);
	close(fd);
	return 0;
}

static u32 count_vlans(const struct links *links, const struct link *l)
{
	u32 nr = 0;

	for (u32 i = 0; i < links->nr; i++) {
		const struct link *v = &links->at[i];

		if (!strcmp(v->kind, "vlan") && v->lower &&
		    (v->lower == l->ifindex || v->lower == l->master))
			nr++;
	}
	return nr;
}

int rss_device_read(const char *name, struct rss_device *dev, struct espalier_error *e)
{
	const struct link *l;
	struct links links;
	int err = read_links(&links, e);

	if (err)
		return err;
	*dev = (struct rss_device){0};
	l = by_name(&links, name);
	if (!l) {
		free(links.at);
		return fail(e, ENODEV, "%s: no such interface", name);
	}
	memcpy(dev->name, l->name, sizeof(dev->name));
	memcpy(dev->kind, l->kind, sizeof(dev->kind));
	dev->ifindex = l->ifindex;
	dev->lower = l->lower;
	dev->master = l->master;
	dev->mtu = l->mtu;
	dev->up = l->up;
	dev->nr_vlans = count_vlans(&links, l);
	free(links.at);
	ethtool_read(dev);
	ask_features(dev);
	err = rss_device_program(dev);
	return err ? fail(e, -err, "%s: XDP programs cannot be listed: %s", name, strerror(-err))
		   : 0;
}

/* Devices whose packets have been decrypted, or never had an outer header. */
static bool sees_no_esp(const char *kind)
{
	static const char *const kinds[] = {"xfrm", "vti", "vti6", "wireguard", "tun",
					    "ipip", "gre", "sit",  "ip6tnl"};

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kind, kinds[i]))
			return true;
	}
	return false;
}

static int add_lower(const struct links *links, const struct link *l, int depth,
		     char names[RSS_MAX_DEVICES][IF_NAMESIZE], u32 *nr, struct espalier_error *e)
{
	u32 before = *nr;
	int err;

	if (sees_no_esp(l->kind))
		return fail(e, EINVAL,
			    "%s: is of kind %s: name the device through which ESP comes in",
			    l->name, l->kind);
	if (!strcmp(l->kind, "vlan") || !strcmp(l->kind, "bond") || !strcmp(l->kind, "team")) {
		for (u32 i = 0; depth && i < links->nr; i++) {
			const struct link *below = &links->at[i];

			if (!strcmp(l->kind, "vlan") ? below->ifindex != l->lower
						     : below->master != l->ifindex)
				continue;
			err = add_lower(links, below, depth - 1, names, nr, e);
			if (err)
				return err;
		}
		if (*nr == before && !strcmp(l->kind, "vlan"))
			return fail(e, EINVAL,
				    "%s: the device below it is in another network namespace: "
				    "attach to that one",
				    l->name);
		if (*nr == before)
			return fail(e, EINVAL, "%s: a %s without devices: nothing to attach to",
				    l->name, l->kind);
		return 0;
	}
	for (u32 i = 0; i < *nr; i++) {
		if (!strcmp(names[i], l->name))
			return 0;
	}
	if (*nr == RSS_MAX_DEVICES)
		return fail(e, E2BIG, "%s: more than %d interfaces", l->name, RSS_MAX_DEVICES);
	memcpy(names[(*nr)++], l->name, IF_NAMESIZE);
	return 0;
}

int rss_device_lower(const char *name, char names[RSS_MAX_DEVICES][IF_NAMESIZE], u32 *nr,
		     struct espalier_error *e)
{
	const struct link *l;
	struct links links;
	int err = read_links(&links, e);

	if (err)
		return err;
	l = by_name(&links, name);
	if (!l)
		err = fail(e, ENODEV, "%s: no such interface", name);
	else
		err = add_lower(&links, l, 4, names, nr, e);
	free(links.at);
	return err;
}

int rss_device_list(char names[RSS_MAX_DEVICES][IF_NAMESIZE], u32 *nr, struct espalier_error *e)
{
	struct links links;
	int err = read_links(&links, e);

	*nr = 0;
	if (err)
		return err;
	for (u32 i = 0; i < links.nr && *nr < RSS_MAX_DEVICES; i++) {
		const struct link *l = &links.at[i];

		if (l->up && !l->loopback && !l->kind[0])
			memcpy(names[(*nr)++], l->name, IF_NAMESIZE);
	}
	free(links.at);
	return 0;
}
