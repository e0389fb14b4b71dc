// SPDX-License-Identifier: BSD-2-Clause
#include "link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

static int create(int prog_fd, u32 ifindex, u32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int fd = bpf_link_create(prog_fd, (int)ifindex, BPF_XDP, &opts);

	return fd < 0 ? -errno : fd;
}

/* The driver's no, rather than that of someone who is there already. */
static bool driver_refuses(int err)
{
	return err == -EOPNOTSUPP || err == -EINVAL || err == -ERANGE || err == -ENOSPC ||
	       err == -E2BIG;
}

int rss_link_attach(struct rss_pins *pins, const char *path, int prog_fd,
		    const struct rss_device *dev, enum rss_xdp_mode mode, struct espalier_error *e)
{
	char name[IF_NAMESIZE];
	int fd, err;

	fd = create(prog_fd, dev->ifindex,
		    mode == RSS_MODE_SKB ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	if (mode == RSS_MODE_AUTO && driver_refuses(fd))
		fd = create(prog_fd, dev->ifindex, XDP_FLAGS_SKB_MODE);
	/* Which the kernel calls an invalid argument. */
	if (fd == -ENODEV || (fd < 0 && !if_indextoname(dev->ifindex, name)))
		return fail(e, ENODEV, "%s: the interface is gone", dev->name);
	if (fd == -EBUSY || fd == -EEXIST)
		return fail(e, -fd, "%s: another XDP program is attached", dev->name);
	if (fd < 0)
		return fail(e, -fd, "%s: cannot be attached to in %s mode: %s", dev->name,
			    rss_mode_name(mode), strerror(-fd));
	err = rss_pins_put(pins, fd, path, e);
	close(fd);
	return err;
}

int rss_link_ifindex(const struct rss_pins *pins, const char *path, u32 *ifindex)
{
	struct bpf_link_info info = {0};
	u32 len = sizeof(info);
	int fd = rss_pins_get(pins, path);
	int err = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		err = -errno;
	*ifindex = info.xdp.ifindex;
	close(fd);
	return err;
}

int rss_link_update(const struct rss_pins *pins, const char *path, int prog_fd)
{
	int fd = rss_pins_get(pins, path);
	int err;

	if (fd < 0)
		return fd;
	err = bpf_link_update(fd, prog_fd, NULL) ? -errno : 0;
	close(fd);
	return err == -ENOLINK ? 0 : err;
}

void rss_link_detach(const struct rss_pins *pins, const char *path)
{
	int fd = rss_pins_get(pins, path);

	if (fd < 0)
		return;
	bpf_link_detach(fd);
	close(fd);
}

int rss_watch_attach(int enqueue_fd, int dequeue_fd, int links[2])
{
	links[0] = bpf_raw_tracepoint_open("xdp_cpumap_enqueue", enqueue_fd);
	if (links[0] < 0)
		return -errno;
	links[1] = bpf_raw_tracepoint_open("xdp_cpumap_kthread", dequeue_fd);
	if (links[1] < 0) {
		int err = -errno;

		close(links[0]);
		return err;
	}
	return 0;
}
