// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "base/rcu.h"
#include "netlink/xfrm.h"

static struct sad *inside(struct espalier_sad *sad)
{
	return (struct sad *)sad;
}

static int state_of(struct sad *sad, int netns, const struct sad_spec *spec,
		    struct xfrm_state **out)
{
	struct sad_netns *net;
	int err = -ENOENT;

	rcu_enter();
	net = sad_netns(sad, netns);
	if (net)
		err = sad_state_new(spec, net, out);
	rcu_leave();
	return err;
}

/* The kernel tells the newest first, and a database takes the oldest first: of several SAs that a
 * packet's mark fits, the order decides. */
struct load {
	struct sad *sad;
	int netns;
	struct xfrm_state **at;
	size_t n;
	size_t room;
};

static void forget(void *arg)
{
	struct load *load = arg;

	while (load->n)
		sad_state_put(load->at[--load->n]);
}

static int keep(const struct xfrm_nl_sa *sa, const struct sad_keys *keys, void *arg)
{
	struct load *load = arg;
	int err;

	(void)keys;
	if (load->n == load->room) {
		size_t room = load->room ? load->room * 2 : 256;
		struct xfrm_state **more = realloc(load->at, room * sizeof(struct xfrm_state *));

		if (!more)
			return -ENOMEM;
		load->at = more;
		load->room = room;
	}
	err = state_of(load->sad, load->netns, &sa->spec, &load->at[load->n]);
	if (!err)
		load->n++;
	return err;
}

int xfrm_nl_load(struct xfrm_nl *nl, struct espalier_sad *sad, int netns, struct espalier_error *e)
{
	struct load load = {.sad = inside(sad), .netns = netns};
	struct xfrm_nl_visitor v = {.begin = forget, .visit = keep, .arg = &load};
	int n = 0;
	int err = xfrm_nl_fd(nl) < 0 ? xfrm_nl_dump(nl, &v, e) : xfrm_nl_resync(nl, &v, e);

	while (!err && load.n) {
		err = sad_replace(load.sad, load.at[load.n - 1]);
		if (!err) {
			load.n--;
			n++;
		}
	}
	if (err == -ENOMEM)
		fail(e, ENOMEM, "out of memory");
	else if (err == -ENOENT)
		fail(e, ENOENT, "there is no namespace %d", netns);
	forget(&load);
	free(load.at);
	return err ? err : n;
}

static int add(struct sad *sad, int netns, const struct sad_spec *spec)
{
	struct xfrm_state *x;
	int err = state_of(sad, netns, spec, &x);

	if (err)
		return err;
	err = sad_replace(sad, x);
	if (err)
		sad_state_put(x);
	return err;
}

static int drop(struct sad *sad, int netns, const struct sad_spec *spec)
{
	struct xfrm_state *x;
	int err = state_of(sad, netns, spec, &x);

	if (err)
		return err;
	/* What is not there was deleted before the dump that this follows. */
	sad_delete_same(sad, x);
	sad_state_put(x);
	return 0;
}

int xfrm_nl_apply(struct espalier_sad *sad, int netns, const struct xfrm_nl_event *event)
{
	struct sad_filter filter = {.netns_id = netns, .proto = event->proto};

	switch (event->kind) {
	case XFRM_NL_NEW:
	case XFRM_NL_UPDATE:
		return add(inside(sad), netns, &event->sa.spec);
	case XFRM_NL_DELETE:
		return drop(inside(sad), netns, &event->sa.spec);
	case XFRM_NL_EXPIRE:
		return event->hard ? drop(inside(sad), netns, &event->sa.spec) : 0;
	case XFRM_NL_FLUSH:
		sad_flush(inside(sad), &filter);
		return 0;
	case XFRM_NL_MIGRATE:
		return -EAGAIN;
	}
	return -EINVAL;
}
