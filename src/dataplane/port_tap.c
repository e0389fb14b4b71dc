// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port_kinds.h"

/* An interface's largest frame: MTU 65521, Ethernet header and two VLAN tags. */
#define TAP_FRAME_MAX (65521 + 14 + 8)

/*
 * A TAP device. One that was there before stays; one made here is gone as soon as its descriptor
 * is, however the process ends.
 */
struct tap_port {
	struct port port;
	int fd;
	u32 lost_before;
	u8 burst[PORT_BURST][TAP_FRAME_MAX];
};

static struct tap_port *tap_of(const struct port *port)
{
	return container_of(port, struct tap_port, port);
}

static int open_tun(const char *name, struct espalier_error *e)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd, err;

	if (!*name || strlen(name) >= IFNAMSIZ || strchr(name, '%') || strchr(name, '/'))
		return fail(e, EINVAL, "tap:%s: not a name that an interface can have", name);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return fail(e, EOPNOTSUPP, "tap:%s: this kernel has no TAP devices (/dev/net/tun)",
			    name);
	if (fd < 0)
		return fail(e, errno, "tap:%s: /dev/net/tun: %s", name, strerror(errno));
	strcpy(ifr.ifr_name, name);
	if (!ioctl(fd, TUNSETIFF, &ifr))
		return fd;
	err = errno;
	close(fd);
	if (err == EINVAL)
		return fail(e, err, "tap:%s: there is an interface of that name that is no TAP",
			    name);
	return fail(e, err, "tap:%s: %s", name,
		    err == EBUSY ? "another process has it" : strerror(err));
}

/* Up, and what it is like. */
static int set_up(const char *name, struct port_device *dev, struct espalier_error *e)
{
	struct ifreq ifr = {0};
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (sock < 0)
		return fail(e, errno, "tap:%s: %s", name, strerror(errno));
	strcpy(ifr.ifr_name, name);
	if (ioctl(sock, SIOCGIFFLAGS, &ifr))
		goto failed;
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &ifr) || ioctl(sock, SIOCGIFINDEX, &ifr))
		goto failed;
	dev->ifindex = (u32)ifr.ifr_ifindex;
	if (ioctl(sock, SIOCGIFMTU, &ifr))
		goto failed;
	dev->mtu = (u32)ifr.ifr_mtu;
	if (ioctl(sock, SIOCGIFHWADDR, &ifr))
		goto failed;
	memcpy(dev->addr, ifr.ifr_hwaddr.sa_data, sizeof(dev->addr));
	strcpy(dev->name, name);
	dev->queues = 1;
	close(sock);
	return 0;
failed:
	err = errno;
	close(sock);
	return fail(e, err, "tap:%s: %s", name, strerror(err));
}

/* What the host could not put into the device's queue, since the device was made. */
static u32 queue_drops(const char *name)
{
	struct ifaddrs *all, *at;
	u32 drops = 0;

	if (getifaddrs(&all))
		return 0;
	for (at = all; at; at = at->ifa_next) {
		const struct rtnl_link_stats *stats = at->ifa_data;

		if (at->ifa_addr && at->ifa_addr->sa_family == AF_PACKET && stats &&
		    !strcmp(at->ifa_name, name))
			drops = stats->tx_dropped;
	}
	freeifaddrs(all);
	return drops;
}

static int tap_open(const char *name, struct espalier_sad *sad, struct port **out,
		    struct espalier_error *e)
{
	struct tap_port *p = malloc(sizeof(*p));
	int err;

	(void)sad;
	if (!p)
		return fail(e, ENOMEM, "tap:%s: out of memory", name);
	p->port = (struct port){0};
	p->fd = open_tun(name, e);
	err = p->fd < 0 ? p->fd : set_up(name, &p->port.device, e);
	if (err) {
		if (p->fd >= 0)
			close(p->fd);
		free(p);
		return err;
	}
	p->lost_before = queue_drops(name);
	*out = &p->port;
	return 0;
}

static int tap_recv(struct port *port, struct frame *frames, u32 max, struct espalier_error *e)
{
	struct tap_port *p = tap_of(port);
	u32 nr = 0;

	while (nr < min(max, (u32)PORT_BURST)) {
		ssize_t len = read(p->fd, p->burst[nr], TAP_FRAME_MAX);

		if (len < 0 && errno == EINTR)
			continue;
		/* EIO: somebody has set it down, and may set it up again. */
		if (len < 0 && (errno == EAGAIN || errno == EIO))
			break;
		if (len < 0)
			return fail(e, errno, "%s: %s", port->name, strerror(errno));
		frames[nr] =
			(struct frame){.data = p->burst[nr], .len = (u32)len, .wire_len = (u32)len};
		nr++;
	}
	return (int)nr;
}

static u32 tap_send(struct port *port, const struct frame *frames, u32 nr)
{
	struct tap_port *p = tap_of(port);
	u32 sent = 0;

	for (u32 i = 0; i < nr; i++)
		sent += write(p->fd, frames[i].data, frames[i].len) == (ssize_t)frames[i].len;
	return sent;
}

static u64 tap_lost(struct port *port)
{
	return queue_drops(port->device.name) - tap_of(port)->lost_before;
}

static u32 tap_fds(struct port *port, struct pollfd *fds, u32 max)
{
	if (max)
		fds[0] = (struct pollfd){.fd = tap_of(port)->fd, .events = POLLIN};
	return max ? 1 : 0;
}

static void tap_close(struct port *port)
{
	struct tap_port *p = tap_of(port);

	close(p->fd);
	free(p);
}

const struct port_ops port_tap = {
	.kind = "tap",
	.live = true,
	.open = tap_open,
	.recv = tap_recv,
	.send = tap_send,
	.lost = tap_lost,
	.fds = tap_fds,
	.close = tap_close,
};
