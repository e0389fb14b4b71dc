// SPDX-License-Identifier: BSD-2-Clause
#include "change.h"

#include <errno.h>
#include <net/if.h>
#include <sys/ioctl.h>

#define DUMPS_MAX 16

static int device_number(const struct xfrm_nl *nl, const char name[16], int *out,
			 struct espalier_error *e)
{
	struct ifreq req = {0};

	memcpy(req.ifr_name, name, sizeof(req.ifr_name));
	if (ioctl(nl->dev_fd, SIOCGIFINDEX, &req))
		return fail(e, ENODEV, "there is no device %.16s", name);
	*out = req.ifr_ifindex;
	return 0;
}

int change_find_devices(const struct xfrm_nl *nl, struct sad_spec *spec, struct espalier_error *e)
{
	int err = 0;

	if (spec->offload && !spec->offload_dev[0] && !spec->offload_ifindex)
		return fail(e, ENODEV, "an offload to no device");
	if (spec->offload && spec->offload_dev[0])
		err = device_number(nl, spec->offload_dev, &spec->offload_ifindex, e);
	if (!err && spec->sel_dev[0])
		err = device_number(nl, spec->sel_dev, &spec->sel.ifindex, e);
	return err;
}

int change_add(struct xfrm_nl *nl, struct nlmsghdr *nlh, struct espalier_error *e)
{
	int err = nl_request(nl, nlh, NULL, NULL, e);

	/* Of this the kernel gives no reason. */
	if (err == -EEXIST)
		fail(e, EEXIST, "an SA of that dst, proto, spi and mark is there already (%s)",
		     strerror(EEXIST));
	return err;
}

static int take_one(const struct nlmsghdr *nlh, size_t len, void *arg)
{
	return xfrm_nl_read_sa(nlh, len, arg, NULL);
}

/*
 * An SPI that is taken does not keep the kernel from making the SA: it stays, without an SPI, and
 * cannot be named to be deleted. Asked for any SPI, the kernel gives it to that very SA.
 */
static void take_larval_back(struct xfrm_nl *nl, struct nlmsghdr *nlh)
{
	struct xfrm_userspi_info *spi = mnl_nlmsg_get_payload(nlh);
	bool comp = spi->info.id.proto == IPPROTO_COMP;
	struct xfrm_nl_sa sa = {0};
	u32 wanted = spi->min;
	struct build_id id;

	spi->min = 0x100;
	spi->max = comp ? 0xffff : U32_MAX;
	if (!nl_request(nl, nlh, take_one, &sa, NULL) && sa.spec.id.spi) {
		id = build_id_of(&sa.spec);
		change_delete(nl, &id, NULL);
	}
	spi->min = spi->max = wanted;
}

int change_add_larval(struct xfrm_nl *nl, struct nlmsghdr *nlh, u64 *lives,
		      struct espalier_error *e)
{
	struct espalier_error why = {0};
	struct xfrm_nl_sa sa = {0};
	/* The kernel answers with the SA that it made. */
	int err = nl_request(nl, nlh, take_one, &sa, &why);

	if (err == -ENOENT) {
		take_larval_back(nl, nlh);
		return fail(e, EEXIST, "an SA of that proto and spi is there already (%.200s)",
			    why.text);
	}
	if (err)
		return fail(e, -err, "%s", why.text);
	if (lives)
		*lives = sa.spec.lft.hard_add_expires_seconds;
	return 0;
}

int change_delete(struct xfrm_nl *nl, const struct build_id *id, struct espalier_error *e)
{
	struct build b;

	build_by_id(&b, XFRM_MSG_DELSA, id);
	return nl_request(nl, &b.nlh, NULL, NULL, e);
}

int xfrm_nl_add(struct xfrm_nl *nl, const struct sad_spec *spec, const struct sad_keys *keys,
		struct espalier_error *e)
{
	struct sad_spec found = *spec;
	struct build b;
	int err = change_find_devices(nl, &found, e);

	if (!err)
		err = build_new(&b, &found, keys, e);
	if (err)
		return err;
	err = change_add(nl, &b.nlh, e);
	build_wipe(&b);
	return err;
}

int xfrm_nl_add_larval(struct xfrm_nl *nl, const struct sad_spec *spec, u64 *lives,
		       struct espalier_error *e)
{
	struct build b;
	int err = build_larval(&b, spec, e);

	return err ? err : change_add_larval(nl, &b.nlh, lives, e);
}

int xfrm_nl_delete(struct xfrm_nl *nl, const struct sad_spec *spec, struct espalier_error *e)
{
	struct build_id id = build_id_of(spec);

	return change_delete(nl, &id, e);
}

int xfrm_nl_get(struct xfrm_nl *nl, const struct espalier_sa_id *id, struct xfrm_nl_sa *sa,
		struct espalier_error *e)
{
	struct build_id by = {
		.id = {.spi = htonl(id->spi), .family = id->family, .proto = id->proto},
		.mark = {id->mark, id->mark ? U32_MAX : 0},
	};
	struct build b;
	int err;

	memcpy(&by.id.daddr, id->daddr, id->family == AF_INET6 ? 16 : 4);
	build_by_id(&b, XFRM_MSG_GETSA, &by);
	err = nl_request(nl, &b.nlh, take_one, sa, e);
	if (!err)
		xfrm_nl_name_devices(nl, sa);
	return err;
}

struct dump {
	const struct xfrm_nl *nl;
	const struct xfrm_nl_visitor *v;
	struct espalier_error *e;
};

static int take_dumped(const struct nlmsghdr *nlh, size_t len, void *arg)
{
	struct dump *d = arg;
	struct xfrm_nl_sa sa;
	struct sad_keys keys;
	int ret = xfrm_nl_read_sa(nlh, len, &sa, d->v->want_keys ? &keys : NULL);

	if (ret) {
		ret = fail(d->e, EBADMSG, "a malformed SA from the kernel");
	} else {
		xfrm_nl_name_devices(d->nl, &sa);
		ret = d->v->visit(&sa, d->v->want_keys ? &keys : NULL, d->v->arg);
	}
	if (d->v->want_keys)
		sad_keys_wipe(&keys);
	return ret;
}

int xfrm_nl_dump(struct xfrm_nl *nl, const struct xfrm_nl_visitor *v, struct espalier_error *e)
{
	struct dump d = {nl, v, e};
	struct build b;

	for (u32 i = 0; i < DUMPS_MAX; i++) {
		int ret;

		if (v->begin)
			v->begin(v->arg);
		build_dump(&b);
		ret = nl_request(nl, &b.nlh, take_dumped, &d, e);
		if (ret != -EINTR)
			return ret;
	}
	return fail(e, EAGAIN, "the SAs change faster than the kernel can tell them");
}
