// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dispatcher.h"
#include "link.h"
#include "rss/attach.h"
#include "rss/netns.h"

/* Id of a pinned settings map, by which our programs behind a dispatcher are known; 0: none. */
static u32 settings_id(const struct rss_pins *pins, const char *path)
{
	struct bpf_map_info info = {0};
	u32 len = sizeof(info);
	int fd = rss_pins_get(pins, path);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.id = 0;
	close(fd);
	return info.id;
}

static int undispatch(struct rss_pins *pins, const struct rss_record *r, struct espalier_error *e)
{
	static const char *const settings[] = {"cur/config", "next/config"};
	int back, err;
	u32 id;

	/* A namespace that is gone took its interfaces along. */
	err = rss_record_enter(r, &back, e);
	if (err)
		return err == -ENOENT ? 0 : err;
	for (u32 i = 0; i < ARRAY_SIZE(settings) && !err; i++) {
		id = settings_id(pins, settings[i]);
		if (id)
			err = rss_dispatcher_detach(r->iface, r->ifindex, id, e);
	}
	rss_netns_leave(back);
	return err;
}

int rss_detach_iface(struct rss_pins *pins, const char *pin, struct espalier_error *e)
{
	char path[RSS_PIN_NAME + 32];
	struct rss_record r;
	int err = 0;

	if (!rss_record_read(pins, pin, &r) && r.dispatched)
		err = undispatch(pins, &r, e);
	if (err)
		return err;
	snprintf(path, sizeof(path), "ifaces/%s/link", pin);
	rss_link_detach(pins, path);
	err = rss_pins_remove(pins, path, e);
	if (err)
		return err;
	snprintf(path, sizeof(path), "ifaces/%s", pin);
	return rss_pins_remove(pins, path, e);
}

/* Those for which @match says so; NULL: all. */
static int detach_some(struct rss_pins *pins, bool (*match)(const struct rss_record *r, void *arg),
		       void *arg, void (*done)(const struct rss_record *r),
		       struct espalier_error *e)
{
	struct rss_record r;
	char **names;
	u32 nr;
	int err = rss_pins_list(pins, "ifaces", &names, &nr);

	if (err)
		return fail(e, -err, "%s/ifaces: %s", rss_pins_dir(pins), strerror(-err));
	for (u32 i = 0; i < nr && !err; i++) {
		bool known = !rss_record_read(pins, names[i], &r);

		if (match && !(known && match(&r, arg)))
			continue;
		err = rss_detach_iface(pins, names[i], e);
		if (!err && known && done)
			done(&r);
	}
	rss_pins_list_free(names, nr);
	return err;
}

int rss_detach_all(struct rss_pins *pins, void (*done)(const struct rss_record *r),
		   struct espalier_error *e)
{
	int err = detach_some(pins, NULL, NULL, done, e);

	return err ? err : rss_instance_remove(pins, e);
}

struct wanted {
	const char *name;
	const char *netns;
	u32 found;
	char elsewhere[64]; /* a namespace in which there is one of that name */
};

static bool is_wanted(const struct rss_record *r, void *arg)
{
	struct wanted *w = arg;
	if (strcmp(r->iface, w->name) && strcmp(r->asked, w->name))
		return false;
	if (strcmp(r->netns, w->netns)) {
		memcpy(w->elsewhere, r->netns, sizeof(w->elsewhere));
		return false;
	}
	w->found++;
	return true;
}

static bool none_left(const struct rss_pins *pins)
{
	char **names;
	u32 nr;

	if (rss_pins_list(pins, "ifaces", &names, &nr))
		return false;
	rss_pins_list_free(names, nr);
	return !nr;
}

int rss_detach(const char *bpffs, const char *const *ifaces, u32 nr, const char *netns,
	       void (*done)(const struct rss_record *r), struct espalier_error *e)
{
	struct espalier_error missing = {0};
	struct rss_pins *pins;
	int err;

	err = rss_pins_open(bpffs, RSS_CHANGE, &pins, e);
	if (err)
		return err;
	if (!rss_pins_has(pins, ".")) {
		fail(e, ENOENT, "%s: nothing is attached", nr ? ifaces[0] : rss_pins_dir(pins));
		rss_pins_close(pins);
		return -ENOENT;
	}
	if (!nr) {
		err = rss_detach_all(pins, done, e);
		rss_pins_close(pins);
		return err;
	}
	/* A replacement that was cut short is finished, so that others go on as one. */
	err = rss_instance_recover(pins, e);
	for (u32 i = 0; i < nr && !err; i++) {
		struct wanted w = {.name = ifaces[i], .netns = netns ? netns : ""};

		err = detach_some(pins, is_wanted, &w, done, e);
		if (!err && !w.found)
			fail(&missing, ENOENT, "%s: is not attached%s%s", ifaces[i],
			     w.elsewhere[0] ? " here, but with --netns " : "", w.elsewhere);
	}
	if (!err && none_left(pins))
		err = rss_instance_remove(pins, e);
	rss_pins_close(pins);
	if (!err && missing.text[0])
		err = fail(e, ENOENT, "%s", missing.text);
	return err;
}
