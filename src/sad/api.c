// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <espalier/sad.h>
#include <stdlib.h>
#include <string.h>

#include "sad/text.h"

/* The public face: struct espalier_sad is struct sad, seen from outside. */

static struct sad *inside(const struct espalier_sad *sad)
{
	return (struct sad *)sad;
}

int espalier_sad_new(struct espalier_sad **out)
{
	struct sad *sad;
	int err = sad_new(&sad);

	if (!err)
		*out = (struct espalier_sad *)sad;
	return err;
}

void espalier_sad_free(struct espalier_sad *sad)
{
	sad_free(inside(sad));
}

int espalier_sad_add_netns(struct espalier_sad *sad, int id)
{
	return sad_add_netns(inside(sad), id);
}

int espalier_sad_del_netns(struct espalier_sad *sad, int id)
{
	return sad_del_netns(inside(sad), id);
}

int espalier_sad_import(struct espalier_sad *sad, const char *name, const char *text, size_t len,
			int netns, struct espalier_error *e)
{
	return sad_import(inside(sad), name, text, len, netns, e);
}

int espalier_sad_export(struct espalier_sad *sad, int netns, enum espalier_sad_form form,
			char **out, size_t *len)
{
	static const enum sad_export_form forms[] = {
		[ESPALIER_SAD_BATCH] = SAD_EXPORT_BATCH,
		[ESPALIER_SAD_TEXT] = SAD_EXPORT_TEXT,
		[ESPALIER_SAD_JSON] = SAD_EXPORT_JSON,
	};
	struct strbuf b = STRBUF_INIT;
	int err;

	if ((unsigned int)form >= ARRAY_SIZE(forms))
		return -EINVAL;
	strbuf_add(&b, "", 0);
	err = sad_export(inside(sad), netns, forms[form], &b);
	if (!err && !b.text) {
		b.text = calloc(1, 1);
		err = b.text ? 0 : -ENOMEM;
	}
	if (err) {
		strbuf_free(&b);
		return err;
	}
	*out = b.text;
	if (len)
		*len = b.len;
	return 0;
}

static size_t addr_bytes(u16 family)
{
	return family == AF_INET6 ? 16 : 4;
}

static struct sad_key key_of(const struct espalier_sa_id *id)
{
	struct sad_key key = {
		.spi = htonl(id->spi),
		.netns_id = id->netns,
		.family = id->family,
		.proto = id->proto,
	};

	memcpy(&key.daddr, id->daddr, addr_bytes(id->family));
	return key;
}

static void describe(const struct xfrm_state *x, struct espalier_sa *sa)
{
	*sa = (struct espalier_sa){
		.id = {.netns = x->netns_id,
		       .family = x->props.family,
		       .proto = x->id.proto,
		       .spi = ntohl(x->id.spi),
		       .mark = x->mark.v},
		.mask = x->mark.m,
		.mode = x->props.mode,
		.flags = x->props.flags,
		.dir = x->dir,
		.reqid = x->props.reqid,
		.if_id = __atomic_load_n(&x->if_id, __ATOMIC_RELAXED),
		.pcpu_num = x->pcpu_num,
		.replay_window =
			x->replay_esn ? x->replay_esn->replay_window : x->props.replay_window,
		.bytes = x->curlft.bytes,
		.packets = x->curlft.packets,
		.references = (u32)__atomic_load_n(&x->refcnt.refs.counter, __ATOMIC_RELAXED),
	};
	memcpy(sa->id.daddr, &x->id.daddr, addr_bytes(x->props.family));
	memcpy(sa->saddr, &x->props.saddr, addr_bytes(x->props.family));
	if (x->xso.type) {
		sa->offload_type = x->xso.type;
		sa->offload_flags = sad_offload_flags(x->xso.type, x->xso.dir, x->props.family);
		sa->offload_ifindex = x->xso.dev->ifindex;
	}
	if (x->encap) {
		const struct xfrm_encap_tmpl *t = __atomic_load_n(&x->encap, __ATOMIC_ACQUIRE);

		sa->encap_type = t->encap_type;
		sa->encap_sport = ntohs(t->encap_sport);
		sa->encap_dport = ntohs(t->encap_dport);
	}
}

int espalier_sad_lookup(struct espalier_sad *sad, const struct espalier_sa_id *id,
			struct espalier_sa *sa)
{
	struct sad_key key = key_of(id);
	struct xfrm_state *x;
	int err = 0;

	rcu_enter();
	x = sad_peek(inside(sad), &key, id->mark);
	if (!x)
		err = sad_netns(inside(sad), id->netns) ? -ENOENT : -ENONET;
	else if (sa)
		describe(x, sa);
	rcu_leave();
	return err;
}

/* Up to SAD_BULK of them. */
static size_t lookup_some(const struct sad *sad, const struct espalier_sa_id *ids, u32 n,
			  struct espalier_sa *sas, int *errors)
{
	struct xfrm_state *x[SAD_BULK];
	struct sad_key keys[SAD_BULK];
	u32 marks[SAD_BULK];
	size_t found = 0;

	for (u32 i = 0; i < n; i++) {
		keys[i] = key_of(&ids[i]);
		marks[i] = ids[i].mark;
	}
	rcu_enter();
	sad_peek_bulk(sad, keys, marks, n, x);
	for (u32 i = 0; i < n && sas; i++) {
		for (u32 line = 0; line < 3 && x[i]; line++)
			__builtin_prefetch((const char *)x[i] + (size_t)line * SAD_STATE_ALIGN);
	}
	for (u32 i = 0; i < n; i++) {
		found += x[i] != NULL;
		if (x[i] && sas)
			describe(x[i], &sas[i]);
		if (errors)
			errors[i] = x[i] ? 0 : sad_netns(sad, ids[i].netns) ? -ENOENT : -ENONET;
	}
	rcu_leave();
	return found;
}

size_t espalier_sad_lookup_bulk(struct espalier_sad *sad, const struct espalier_sa_id *ids,
				size_t n, struct espalier_sa *sas, int *errors)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i += SAD_BULK)
		found += lookup_some(inside(sad), ids + i, (u32)min(n - i, (size_t)SAD_BULK),
				     sas ? sas + i : NULL, errors ? errors + i : NULL);
	return found;
}

struct walk {
	int (*visit)(const struct espalier_sa *sa, void *arg);
	void *arg;
};

static int visit(struct xfrm_state *x, void *arg)
{
	struct walk *walk = arg;
	struct espalier_sa sa;

	describe(x, &sa);
	return walk->visit(&sa, walk->arg);
}

int espalier_sad_walk(struct espalier_sad *sad, int (*f)(const struct espalier_sa *sa, void *arg),
		      void *arg)
{
	struct walk walk = {f, arg};

	return sad_walk(inside(sad), visit, &walk);
}

int espalier_sad_delete(struct espalier_sad *sad, const struct espalier_sa_id *id)
{
	struct sad_id sid = {.key = key_of(id), .mark = id->mark};

	return sad_delete(inside(sad), &sid);
}

size_t espalier_sad_flush(struct espalier_sad *sad, int netns, uint8_t proto)
{
	struct sad_filter filter = {.netns_id = netns, .proto = proto};

	return sad_flush(inside(sad), &filter);
}

void espalier_set_sad(struct espalier_sad *sad)
{
	__atomic_store_n(&sad_current, inside(sad), __ATOMIC_RELEASE);
}

size_t espalier_sad_count(const struct espalier_sad *sad)
{
	return sad_count(inside(sad));
}
