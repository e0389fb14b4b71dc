// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port_kinds.h"
#include "xsk_attach.h"
#include "xsk_queue.h"

/* Some or all receive queues of a network interface, by AF_XDP. */
struct xdp_port {
	struct port port;
	struct xsk_attach attach;
	u32 nr;
	u32 next; /* queue that is asked first */
	struct xsk_queue *queues;
};

/* What is behind "xdp:". */
struct xdp_name {
	char interface[IFNAMSIZ];
	bool some; /* only these queues: */
	u32 first;
	u32 last;
};

static struct xdp_port *xdp_of(const struct port *port)
{
	return container_of(port, struct xdp_port, port);
}

static int parse_name(const char *arg, struct xdp_name *n, struct espalier_error *e)
{
	const char *colon = strchr(arg, ':');
	size_t len = colon ? (size_t)(colon - arg) : strlen(arg);
	char end;
	int got;

	if (!len || len >= sizeof(n->interface))
		return fail(e, EINVAL, "xdp:%s: not a name that an interface can have", arg);
	memcpy(n->interface, arg, len);
	n->interface[len] = '\0';
	n->some = colon;
	if (!colon)
		return 0;
	got = sscanf(colon + 1, "%5u-%5u%c", &n->first, &n->last, &end);
	if (got == 1)
		n->last = n->first;
	if (colon[1] >= '0' && colon[1] <= '9' && n->first <= n->last &&
	    ((got == 1 && !colon[1 + strspn(colon + 1, "0123456789")]) || got == 2))
		return 0;
	return fail(e, EINVAL, "xdp:%s: \"%s\" is no queue: N or FIRST-LAST", arg, colon + 1);
}

/* For drivers that do not tell their channels. */
static u32 queues_in_sysfs(const char *interface)
{
	char path[64];
	struct dirent *entry;
	u32 nr = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/net/%s/queues", interface);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		nr += !strncmp(entry->d_name, "rx-", 3);
	if (dir)
		closedir(dir);
	return max(nr, 1u);
}

static int look_at(const char *interface, struct port_device *dev)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ifreq ifr = {0};
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (sock < 0)
		return -errno;
	strcpy(ifr.ifr_name, interface);
	if (ioctl(sock, SIOCGIFINDEX, &ifr))
		goto failed;
	dev->ifindex = (u32)ifr.ifr_ifindex;
	if (ioctl(sock, SIOCGIFMTU, &ifr))
		goto failed;
	dev->mtu = (u32)ifr.ifr_mtu;
	if (ioctl(sock, SIOCGIFHWADDR, &ifr))
		goto failed;
	memcpy(dev->addr, ifr.ifr_hwaddr.sa_data, sizeof(dev->addr));
	strcpy(dev->name, interface);
	ifr.ifr_data = (void *)&channels;
	if (ioctl(sock, SIOCETHTOOL, &ifr) == 0)
		dev->queues = max(channels.rx_count, channels.combined_count);
	if (!dev->queues)
		dev->queues = queues_in_sysfs(interface);
	close(sock);
	return 0;
failed:
	err = -errno;
	close(sock);
	return err;
}

static int open_queues(struct xdp_port *p, const struct xdp_name *n, struct espalier_error *e)
{
	u32 first = n->some ? n->first : 0;
	u32 nr = n->some ? n->last - n->first + 1 : p->port.device.queues;
	int err;

	p->queues = calloc(nr, sizeof(*p->queues));
	if (!p->queues)
		return fail(e, ENOMEM, "xdp:%s: out of memory", n->interface);
	for (u32 i = 0; i < nr; i++) {
		err = xsk_queue_open(&p->queues[i], n->interface, first + i, p->attach.native);
		if (err == -EAFNOSUPPORT)
			return fail(e, EOPNOTSUPP, "xdp:%s: this kernel has no AF_XDP",
				    n->interface);
		if (err)
			return fail(e, -err, "xdp:%s: queue %u: %s", n->interface, first + i,
				    err == -EBUSY ? "another process has it" : strerror(-err));
		p->nr++;
	}
	/* No frame comes before all sockets are there. */
	for (u32 i = 0; i < nr; i++) {
		err = xsk_attach_socket(&p->attach, first + i, xsk_socket__fd(p->queues[i].socket));
		if (err)
			return fail(e, -err, "xdp:%s: queue %u: %s", n->interface, first + i,
				    strerror(-err));
	}
	return 0;
}

static void xdp_close(struct port *port)
{
	struct xdp_port *p = xdp_of(port);

	/* The program first: frames go up the stack again. */
	xsk_attach_close(&p->attach);
	for (u32 i = 0; i < p->nr; i++)
		xsk_queue_close(&p->queues[i]);
	free(p->queues);
	free(p);
}

static int xdp_open(const char *arg, struct espalier_sad *sad, struct port **out,
		    struct espalier_error *e)
{
	struct xdp_port *p;
	struct xdp_name n = {0};
	int err;

	(void)sad;
	err = parse_name(arg, &n, e);
	if (err)
		return err;
	p = calloc(1, sizeof(*p));
	if (!p)
		return fail(e, ENOMEM, "xdp:%s: out of memory", arg);
	p->attach.map = p->attach.link = -1;
	err = look_at(n.interface, &p->port.device);
	if (err)
		fail(e, -err, "xdp:%s: %s", n.interface,
		     err == -ENODEV ? "no such interface" : strerror(-err));
	else if (n.some && n.last >= p->port.device.queues)
		err = fail(e, EINVAL, "xdp:%s: queue %u is out of range: %s has %u", arg, n.last,
			   n.interface, p->port.device.queues);
	if (!err && (n.some ? n.last - n.first + 1 : p->port.device.queues) > PORT_FDS_MAX)
		err = fail(e, EINVAL, "xdp:%s: more than %u queues: name some (xdp:%s:0-%u)", arg,
			   PORT_FDS_MAX, n.interface, PORT_FDS_MAX - 1);
	if (!err)
		err = xsk_attach_open(&p->attach, n.interface, p->port.device.ifindex,
				      p->port.device.queues, e);
	if (!err)
		err = open_queues(p, &n, e);
	if (err) {
		xdp_close(&p->port);
		return err;
	}
	*out = &p->port;
	return 0;
}

static int xdp_recv(struct port *port, struct frame *frames, u32 max, struct espalier_error *e)
{
	struct xdp_port *p = xdp_of(port);
	u32 nr = 0;

	(void)e;
	/* All are asked, since that gives back the frames of the last call; another one first each
	 * time. */
	for (u32 i = 0; i < p->nr; i++)
		nr += xsk_queue_recv(&p->queues[(p->next + i) % p->nr], frames + nr, max - nr);
	p->next = (p->next + 1) % p->nr;
	return (int)nr;
}

/* Out of the queue of the same number, where there is one. */
static u32 xdp_send(struct port *port, const struct frame *frames, u32 nr)
{
	struct xdp_port *p = xdp_of(port);
	u32 sent = 0;

	for (u32 i = 0; i < nr; i++)
		sent += xsk_queue_send(&p->queues[frames[i].queue % p->nr], &frames[i]);
	return sent;
}

static void xdp_flush(struct port *port)
{
	struct xdp_port *p = xdp_of(port);

	for (u32 i = 0; i < p->nr; i++)
		xsk_queue_flush(&p->queues[i]);
}

static u64 xdp_lost(struct port *port)
{
	struct xdp_port *p = xdp_of(port);
	u64 lost = 0;

	for (u32 i = 0; i < p->nr; i++)
		lost += xsk_queue_lost(&p->queues[i]);
	return lost;
}

static u32 xdp_fds(struct port *port, struct pollfd *fds, u32 max)
{
	struct xdp_port *p = xdp_of(port);
	u32 nr = min(p->nr, max);

	for (u32 i = 0; i < nr; i++)
		fds[i] = (struct pollfd){.fd = xsk_socket__fd(p->queues[i].socket),
					 .events = POLLIN};
	return nr;
}

const struct port_ops port_xdp = {
	.kind = "xdp",
	.live = true,
	.open = xdp_open,
	.recv = xdp_recv,
	.send = xdp_send,
	.flush = xdp_flush,
	.lost = xdp_lost,
	.fds = xdp_fds,
	.close = xdp_close,
};
