// SPDX-License-Identifier: BSD-2-Clause
#include "dispatcher.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <xdp/libxdp.h>

/* Behind those that filter, whose usual priority is 50 or less: what they drop is not steered. */
#define RUN_PRIO 90
#define MAX_MAPS 64

static char complaint[256];

/* libxdp and libbpf warn on their own; the first warning is nearest to the cause. */
static int remember(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBXDP_WARN || complaint[0])
		return 0;
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	complaint[strcspn(complaint, "\n")] = '\0';
	return 0;
}

static const char *reason(int err)
{
	return complaint[0] ? complaint : strerror(-err);
}

static void listen_to_libxdp(void)
{
	complaint[0] = '\0';
	libxdp_set_print(remember);
}

bool rss_dispatcher_usable(bool kernel)
{
	const char *dir = getenv("LIBXDP_BPFFS");
	struct statfs st;

	return kernel && !statfs(dir ? dir : "/sys/fs/bpf", &st) &&
	       (unsigned long)st.f_type == BPF_FS_MAGIC;
}

static bool uses_map(int prog_fd, u32 map_id)
{
	u32 ids[MAX_MAPS];
	struct bpf_prog_info info = {.nr_map_ids = MAX_MAPS, .map_ids = (uintptr_t)ids};
	u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return false;
	for (u32 i = 0; i < info.nr_map_ids && i < MAX_MAPS; i++) {
		if (ids[i] == map_id)
			return true;
	}
	return false;
}

/* The programs behind the dispatcher of an interface; NULL: none, or one without a dispatcher. */
static struct xdp_multiprog *stack_of(u32 ifindex)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex((int)ifindex);

	if (libxdp_get_error(mp))
		return NULL;
	if (mp && xdp_multiprog__is_legacy(mp)) {
		xdp_multiprog__close(mp);
		return NULL;
	}
	return mp;
}

static struct xdp_program *find(struct xdp_multiprog *mp, u32 map_id)
{
	struct xdp_program *p = NULL;

	while ((p = xdp_multiprog__next_prog(p, mp))) {
		if (uses_map(xdp_program__fd(p), map_id))
			return p;
	}
	return NULL;
}

static int attach(struct xdp_program *p, const struct rss_device *dev, enum rss_xdp_mode mode)
{
	struct xdp_multiprog *mp;
	int err;

	xdp_program__set_run_prio(p, RUN_PRIO);
	err = xdp_program__attach(p, (int)dev->ifindex,
				  mode == RSS_MODE_SKB ? XDP_MODE_SKB : XDP_MODE_NATIVE, 0);
	if (err)
		return err;
	/* Where libxdp finds the kernel wanting it attaches the program alone, by netlink. */
	mp = stack_of(dev->ifindex);
	if (mp) {
		xdp_multiprog__close(mp);
		return 0;
	}
	xdp_program__detach(p, (int)dev->ifindex,
			    mode == RSS_MODE_SKB ? XDP_MODE_SKB : XDP_MODE_NATIVE, 0);
	return -EOPNOTSUPP;
}

int rss_dispatcher_attach(const struct rss_prog_options *o, const struct rss_device *dev,
			  enum rss_xdp_mode mode, struct espalier_error *e)
{
	enum rss_xdp_mode first;
	struct xdp_program *p;
	struct rss_prog *prog;
	int err;

	/* A dispatcher that is there stays in its mode. */
	if (mode == RSS_MODE_AUTO)
		mode = dev->prog_mode;
	first = mode == RSS_MODE_AUTO ? RSS_MODE_NATIVE : mode;

	listen_to_libxdp();
	for (enum rss_xdp_mode m = first;; m = RSS_MODE_SKB) {
		/* An object is loaded once, so each attempt has its own. */
		err = rss_prog_open(o, &prog, e);
		if (err)
			return err;
		DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .obj = rss_prog_object(prog),
				    .prog_name = bpf_program__name(rss_prog_program(prog)));
		p = xdp_program__create(&opts);
		err = (int)libxdp_get_error(p);
		if (!err) {
			err = attach(p, dev, m);
			xdp_program__close(p);
		}
		rss_prog_free(prog);
		if (err != -EOPNOTSUPP || mode != RSS_MODE_AUTO || m == RSS_MODE_SKB)
			break;
	}
	if (!err)
		return 0;
	return fail(e, -err, "%s: libxdp: %s", dev->name, reason(err));
}

int rss_dispatcher_detach(const char *name, u32 ifindex, u32 map_id, struct espalier_error *e)
{
	struct xdp_multiprog *mp;
	struct xdp_program *p;
	int err = 0;

	listen_to_libxdp();
	while (!err) {
		mp = stack_of(ifindex);
		if (!mp)
			break;
		p = find(mp, map_id);
		if (p)
			err = xdp_program__detach(p, (int)ifindex, xdp_multiprog__attach_mode(mp),
						  0);
		xdp_multiprog__close(mp);
		if (!p)
			break;
	}
	/* Pins of dispatchers whose interface is gone, or which nobody runs any more. */
	libxdp_clean_references((int)ifindex);
	if (err)
		return fail(e, -err, "%s: libxdp: cannot detach: %s", name, reason(err));
	return 0;
}

bool rss_dispatcher_has(u32 ifindex, u32 map_id)
{
	struct xdp_multiprog *mp;
	bool has;

	listen_to_libxdp();
	mp = stack_of(ifindex);
	if (!mp)
		return false;
	has = find(mp, map_id);
	xdp_multiprog__close(mp);
	return has;
}
