// SPDX-License-Identifier: BSD-2-Clause
#include "sad/sad.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "link.h"

struct sad *sad_current;

/* What the kernel gives the initial namespace; those after it are made up from it. */
#define FIRST_INUM 0xf0000000u

static int netns_new(s32 id, struct sad_netns **out)
{
	struct sad_netns *net = arena_alloc(sizeof(*net), 64);

	if (!net)
		return -ENOMEM;
	net->net.ns.inum = FIRST_INUM + (u32)id;
	net->net.net_cookie = (u64)id + 1;
	net->id = id;
	net->refs = 1;
	*out = net;
	return 0;
}

void sad_netns_put(struct sad_netns *net)
{
	if (!__atomic_sub_fetch(&net->refs, 1, __ATOMIC_ACQ_REL))
		arena_free(net, sizeof(*net));
}

static void netns_put_rcu(struct rcu_head *head)
{
	sad_netns_put(container_of(head, struct sad_netns, rcu));
}

static void nets_free_rcu(struct rcu_head *head)
{
	free(container_of(head, struct sad_nets, rcu));
}

static struct sad_nets *nets_new(u32 n)
{
	struct sad_nets *nets = malloc(sizeof(*nets) + n * sizeof(struct sad_netns *));

	if (nets)
		nets->n = n;
	return nets;
}

/* Position of @id, or where it would be. */
static u32 nets_find(const struct sad_nets *nets, s32 id)
{
	u32 lo = 0, hi = nets->n;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (nets->at[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct sad_netns *sad_netns(const struct sad *sad, s32 id)
{
	const struct sad_nets *nets = __atomic_load_n(&sad->nets, __ATOMIC_ACQUIRE);
	u32 i = nets_find(nets, id);

	return i < nets->n && nets->at[i]->id == id ? nets->at[i] : NULL;
}

static void nets_publish(struct sad *sad, struct sad_nets *nets)
{
	struct sad_nets *old = sad->nets;

	__atomic_store_n(&sad->nets, nets, __ATOMIC_RELEASE);
	rcu_defer(&old->rcu, nets_free_rcu);
}

static int add_netns_locked(struct sad *sad, s32 id)
{
	u32 i = nets_find(sad->nets, id);
	struct sad_nets *nets;
	int err;

	if (i < sad->nets->n && sad->nets->at[i]->id == id)
		return -EEXIST;
	nets = nets_new(sad->nets->n + 1);
	if (!nets)
		return -ENOMEM;
	memcpy(nets->at, sad->nets->at, i * sizeof(nets->at[0]));
	memcpy(nets->at + i + 1, sad->nets->at + i, (sad->nets->n - i) * sizeof(nets->at[0]));
	err = netns_new(id, &nets->at[i]);
	if (err) {
		free(nets);
		return err;
	}
	nets_publish(sad, nets);
	return 0;
}

int sad_add_netns(struct sad *sad, s32 id)
{
	int err;

	if (id < 0)
		return -EINVAL;
	pthread_mutex_lock(&sad->lock);
	err = add_netns_locked(sad, id);
	pthread_mutex_unlock(&sad->lock);
	return err;
}

int sad_new(struct sad **out)
{
	struct sad *sad = aligned_alloc(__alignof__(*sad), sizeof(*sad));
	int err;

	if (!sad)
		return -ENOMEM;
	memset(sad, 0, sizeof(*sad));
	err = sad_index_init(&sad->index);
	if (err)
		goto free_sad;
	err = -ENOMEM;
	sad->nets = nets_new(1);
	if (!sad->nets)
		goto free_index;
	err = netns_new(0, &sad->nets->at[0]);
	if (err)
		goto free_nets;
	pthread_mutex_init(&sad->lock, NULL);
	*out = sad;
	return 0;

free_nets:
	free(sad->nets);
free_index:
	sad_index_fini(&sad->index);
free_sad:
	free(sad);
	return err;
}

static void sad_free_rcu(struct rcu_head *head)
{
	struct sad *sad = container_of(head, struct sad, rcu);

	for (u32 i = 0; i < sad->nets->n; i++)
		sad_netns_put(sad->nets->at[i]);
	free(sad->nets);
	sad_index_fini(&sad->index);
	pthread_mutex_destroy(&sad->lock);
	free(sad);
}

void sad_free(struct sad *sad)
{
	struct xfrm_state *x, *newer;

	if (!sad)
		return;
	/* Readers may still be inside: the index is let go of as a whole, after them. */
	pthread_mutex_lock(&sad->lock);
	for (x = sad->oldest; x; x = newer) {
		newer = sad_state_at(x->newer);
		__atomic_store_n(&x->km.state, XFRM_STATE_DEAD, __ATOMIC_RELAXED);
		sad_state_put(x);
	}
	pthread_mutex_unlock(&sad->lock);
	rcu_defer(&sad->rcu, sad_free_rcu);
}

struct xfrm_state *sad_locate(const struct sad_index *ix, const struct sad_id *id, u64 *visits)
{
	bool by_spi = sad_proto_has_spi(id->key.proto);
	struct xfrm_state *x;

	for (x = sad_index_find(ix, &id->key); x; x = sad_state_at(x->next_mark)) {
		++*visits;
		if (x->doomed || !sad_mark_fits(x, id->mark))
			continue;
		if (by_spi || !memcmp(&x->props.saddr, &id->saddr, sizeof(id->saddr)))
			return x;
	}
	return NULL;
}

struct sad_id sad_id_of(const struct xfrm_state *x)
{
	return (struct sad_id){sad_key_of(x), x->props.saddr, x->mark.v & x->mark.m};
}

int sad_link(struct sad *sad, struct xfrm_state *x)
{
	int err = sad_index_insert(&sad->index, x);

	if (err)
		return err;
	x->older = sad_state_no(sad->newest);
	if (sad->newest)
		__atomic_store_n(&sad->newest->newer, sad_state_no(x), __ATOMIC_RELEASE);
	else
		__atomic_store_n(&sad->oldest, x, __ATOMIC_RELEASE);
	sad->newest = x;
	__atomic_fetch_add(&sad->count, 1, __ATOMIC_RELAXED);
	return 0;
}

void sad_unlink(struct sad *sad, struct xfrm_state *x)
{
	struct xfrm_state *older = sad_state_at(x->older);
	struct xfrm_state *newer = sad_state_at(x->newer);

	sad_index_remove(&sad->index, x);
	/* x->newer stays for a walk that is on x. */
	if (older)
		__atomic_store_n(&older->newer, x->newer, __ATOMIC_RELEASE);
	else
		__atomic_store_n(&sad->oldest, newer, __ATOMIC_RELEASE);
	if (newer)
		newer->older = x->older;
	else
		sad->newest = older;
	__atomic_fetch_sub(&sad->count, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&x->km.state, XFRM_STATE_DEAD, __ATOMIC_RELAXED);
	sad_state_put(x);
}

int sad_insert(struct sad *sad, struct xfrm_state *x)
{
	struct sad_id id = sad_id_of(x);
	int err = -EEXIST;
	u64 visits = 0;

	pthread_mutex_lock(&sad->lock);
	if (sad_netns(sad, x->netns_id) != sad_netns_of(x))
		err = -ENOENT;
	else if (!sad_locate(&sad->index, &id, &visits))
		err = sad_link(sad, x);
	pthread_mutex_unlock(&sad->lock);
	return err;
}

static bool is_same(const struct xfrm_state *x, const struct xfrm_state *y)
{
	if (x->mark.v != y->mark.v || x->mark.m != y->mark.m)
		return false;
	if (x->id.spi)
		return true;
	/* Several may wait for an SPI, or have none by their protocol. */
	return x->km.seq == y->km.seq &&
	       !memcmp(&x->props.saddr, &y->props.saddr, sizeof(x->props.saddr));
}

static struct xfrm_state *locate_same(const struct sad *sad, const struct xfrm_state *like)
{
	struct sad_key key = sad_key_of(like);
	struct xfrm_state *x = sad_index_find(&sad->index, &key);

	while (x && !is_same(x, like))
		x = sad_state_at(x->next_mark);
	return x;
}

int sad_replace(struct sad *sad, struct xfrm_state *x)
{
	struct xfrm_state *old;
	int err = -ENOENT;

	pthread_mutex_lock(&sad->lock);
	if (sad_netns(sad, x->netns_id) == sad_netns_of(x)) {
		old = locate_same(sad, x);
		err = sad_link(sad, x);
		if (!err && old)
			sad_unlink(sad, old);
	}
	pthread_mutex_unlock(&sad->lock);
	return err;
}

int sad_delete_same(struct sad *sad, const struct xfrm_state *like)
{
	struct xfrm_state *x;

	pthread_mutex_lock(&sad->lock);
	x = locate_same(sad, like);
	if (x)
		sad_unlink(sad, x);
	pthread_mutex_unlock(&sad->lock);
	return x ? 0 : -ESRCH;
}

int sad_delete(struct sad *sad, const struct sad_id *id)
{
	struct xfrm_state *x;
	u64 visits = 0;

	pthread_mutex_lock(&sad->lock);
	x = sad_locate(&sad->index, id, &visits);
	if (x)
		sad_unlink(sad, x);
	pthread_mutex_unlock(&sad->lock);
	return x ? 0 : -ESRCH;
}

static bool prefix_fits(const xfrm_address_t *a, const xfrm_address_t *b, u32 bits)
{
	u32 bytes = bits / 8;
	u8 mask = (u8)(0xff00 >> bits % 8);

	if (memcmp(a, b, bytes))
		return false;
	return !(bits % 8) || !((((const u8 *)a)[bytes] ^ ((const u8 *)b)[bytes]) & mask);
}

bool sad_filter_fits(const struct sad_filter *f, const struct xfrm_state *x)
{
	return x->netns_id == f->netns_id && (!f->family || f->family == x->props.family) &&
	       (!f->proto || f->proto == x->id.proto) &&
	       (!f->flags || (f->flags & x->props.flags)) &&
	       (!f->has_mode || f->mode == x->props.mode) && (!f->has_spi || f->spi == x->id.spi) &&
	       (!f->has_reqid || f->reqid == x->props.reqid) &&
	       prefix_fits(&f->saddr, &x->props.saddr, f->src_plen) &&
	       prefix_fits(&f->daddr, &x->id.daddr, f->dst_plen);
}

static size_t flush_locked(struct sad *sad, const struct sad_filter *filter)
{
	struct xfrm_state *x, *newer;
	size_t n = 0;

	for (x = sad->oldest; x; x = newer) {
		newer = sad_state_at(x->newer);
		if (!sad_filter_fits(filter, x))
			continue;
		sad_unlink(sad, x);
		n++;
	}
	return n;
}

size_t sad_flush(struct sad *sad, const struct sad_filter *filter)
{
	size_t n;

	pthread_mutex_lock(&sad->lock);
	n = flush_locked(sad, filter);
	pthread_mutex_unlock(&sad->lock);
	return n;
}

int sad_del_netns(struct sad *sad, s32 id)
{
	struct sad_filter all = {.netns_id = id};
	struct sad_nets *nets;
	struct sad_netns *net;
	u32 i;

	pthread_mutex_lock(&sad->lock);
	net = sad_netns(sad, id);
	nets = net ? nets_new(sad->nets->n - 1) : NULL;
	if (!nets) {
		pthread_mutex_unlock(&sad->lock);
		return net ? -ENOMEM : -ENOENT;
	}
	i = nets_find(sad->nets, id);
	memcpy(nets->at, sad->nets->at, i * sizeof(nets->at[0]));
	memcpy(nets->at + i, sad->nets->at + i + 1, (nets->n - i) * sizeof(nets->at[0]));
	nets_publish(sad, nets);
	flush_locked(sad, &all);
	pthread_mutex_unlock(&sad->lock);
	rcu_defer(&net->rcu, netns_put_rcu);
	return 0;
}

int sad_walk(struct sad *sad, int (*visit)(struct xfrm_state *x, void *arg), void *arg)
{
	struct xfrm_state *x;
	int ret = 0;

	rcu_enter();
	for (x = __atomic_load_n(&sad->oldest, __ATOMIC_ACQUIRE); x && !ret;
	     x = sad_state_at(__atomic_load_n(&x->newer, __ATOMIC_ACQUIRE)))
		ret = visit(x, arg);
	rcu_leave();
	return ret;
}

struct xfrm_state *sad_peek_rest(const struct sad *sad, const struct sad_probe *p,
				 const struct sad_key *key, u32 mark)
{
	u64 ref = sad_index_search(&sad->index, p, key);
	struct xfrm_state *x;

	if (!ref)
		return NULL;
	x = sad_ref_state(ref);
	/* Without a mark it fits, and need not be looked at. */
	if (!(ref & SAD_MARKED))
		return x;
	while (x && !sad_mark_fits(x, mark))
		x = sad_next_mark(x);
	return x;
}

struct xfrm_state *sad_lookup_rest(const struct sad *sad, const struct sad_key *key, u32 mark)
{
	struct xfrm_state *x;

	/*
	 * Somebody deleted the state that was found. It left the index before its last reference
	 * went, so this search finds another, or none; if that one goes too, look behind it.
	 */
	x = sad_peek(sad, key, mark);
	while (x && !(sad_mark_fits(x, mark) && sad_state_hold(x)))
		x = sad_next_mark(x);
	return x;
}

struct xfrm_state *sad_peek_alive_rest(const struct sad *sad, const struct sad_key *key, u32 mark)
{
	struct xfrm_state *x;

	/* As sad_lookup_rest(). */
	x = sad_peek(sad, key, mark);
	while (x && !(sad_mark_fits(x, mark) && sad_state_alive(x)))
		x = sad_next_mark(x);
	return x;
}

static void probe_all(const struct sad_index *ix, const struct sad_key *keys, u32 n,
		      struct sad_probe *p)
{
	const struct sad_table *t = __atomic_load_n(&ix->table, __ATOMIC_ACQUIRE);

	for (u32 i = 0; i < n; i++) {
		p[i] = sad_probe_of(ix, &keys[i]);
		__builtin_prefetch(&t->bucket[sad_bucket_no(t, p[i].hash)]);
	}
}

void sad_prefetch(const struct sad *sad, const struct sad_key *keys, u32 n)
{
	const struct sad_table *t = __atomic_load_n(&sad->index.table, __ATOMIC_ACQUIRE);
	struct sad_probe p[SAD_BULK];

	probe_all(&sad->index, keys, n, p);
	for (u32 i = 0; i < n; i++) {
		const struct sad_bucket *b = &t->bucket[sad_bucket_no(t, p[i].hash)];
		u32 hits = sad_bucket_scan(b, p[i].key);

		/* A guess is good enough; what is elsewhere is few. */
		if (likely(hits))
			__builtin_prefetch(sad_ref_state(
				__atomic_load_n(&b->ref[__builtin_ctz(hits)], __ATOMIC_RELAXED)));
	}
}

void sad_peek_bulk(const struct sad *sad, const struct sad_key *keys, const u32 *marks, u32 n,
		   struct xfrm_state **out)
{
	struct sad_probe p[SAD_BULK];

	probe_all(&sad->index, keys, n, p);
	for (u32 i = 0; i < n; i++)
		out[i] = sad_peek_probed(sad, &p[i], &keys[i], marks[i]);
}
