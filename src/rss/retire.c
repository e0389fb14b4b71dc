// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rss/netns.h"
#include "rss/status.h"

/* An array with the keys of all SAs that packets came for. */
static int list_keys(int fd, u32 max, struct rss_sa_key **keys, u32 *nr)
{
	struct rss_sa_key *list = NULL, *more, *last = NULL;
	u32 n = 0;

	*keys = NULL;
	*nr = 0;
	/* Entries that come meanwhile must not keep us here. */
	while (n < max) {
		if (!(n & (n - 1))) {
			more = reallocarray(list, n ? 2ul * n : 1, sizeof(*list));
			if (!more) {
				free(list);
				return -ENOMEM;
			}
			list = more;
			last = n ? &list[n - 1] : NULL;
		}
		if (bpf_map_get_next_key(fd, last, &list[n]))
			break;
		last = &list[n++];
	}
	*keys = list;
	*nr = n;
	return 0;
}

static void give_back(struct rss_instance *in, const struct rss_sa *sa)
{
	if (in->cpus && sa->counted < in->meta.nr_cpus)
		__atomic_fetch_sub(&in->cpus[sa->counted].sas, 1, __ATOMIC_RELAXED);
}

static void add_up(struct rss_retired *r, const struct rss_sa *sa)
{
	r->sas++;
	r->packets += sa->packets;
	r->bytes += sa->bytes;
	r->fragments += sa->fragments;
	r->changes += sa->changes;
}

static void add_to_peer(struct rss_instance *in, const struct rss_sa_key *key,
			const struct rss_sa *sa)
{
	struct rss_peer peer = {.reqid = sa->reqid, .family = key->family};
	struct rss_retired r = {0};

	memcpy(peer.saddr, sa->saddr, sizeof(peer.saddr));
	(void)bpf_map_lookup_elem(in->retired_fd, &peer, &r);
	add_up(&r, sa);
	(void)bpf_map_update_elem(in->retired_fd, &peer, &r, 0);
}

/* Takes the entry out together with its last count. */
static int take(int fd, const struct rss_sa_key *key, struct rss_sa *sa)
{
	if (!bpf_map_lookup_and_delete_elem(fd, key, sa))
		return 0;
	/* Kernels before 5.14 do not for hashes. */
	if (errno == ENOENT || bpf_map_lookup_elem(fd, key, sa) || bpf_map_delete_elem(fd, key))
		return -errno;
	return 0;
}

int rss_retire(struct rss_instance *in, const struct rss_sad *sad, u64 idle_ns,
	       struct espalier_error *e)
{
	int fd = in->map[RSS_MAP_SAS], retired = 0, err;
	struct rss_sa_key *keys;
	struct rss_sa sa;
	u64 now = rss_now();
	u32 nr;

	err = list_keys(fd, in->meta.max_sas, &keys, &nr);
	if (err)
		return fail(e, -err, "map sas: %s", strerror(-err));
	for (u32 i = 0; i < nr; i++) {
		if (rss_sad_find(sad, &keys[i]) || bpf_map_lookup_elem(fd, &keys[i], &sa))
			continue;
		if (now - (sa.last_seen ? sa.last_seen : sa.first_seen) < idle_ns)
			continue;
		if (take(fd, &keys[i], &sa))
			continue;
		give_back(in, &sa);
		add_to_peer(in, &keys[i], &sa);
		add_up(&in->meta.retired, &sa);
		retired++;
	}
	free(keys);
	if (!retired)
		return 0;
	in->meta.retired_at = (u64)time(NULL);
	err = rss_instance_write_meta(in, e);
	return err ? err : retired;
}

static int append(struct rss_sad *all, const struct rss_sad *some)
{
	struct rss_sad_sa *more;

	if (!some->nr)
		return 0;
	more = reallocarray(all->at, (size_t)all->nr + some->nr, sizeof(*more));
	if (!more)
		return -ENOMEM;
	memcpy(more + all->nr, some->at, some->nr * sizeof(*more));
	all->at = more;
	all->nr += some->nr;
	return 0;
}

static int read_one(const struct rss_instance *in, const struct rss_record *r, struct rss_sad *all,
		    struct espalier_error *e)
{
	struct rss_sad some;
	int back, err;

	err = rss_record_enter(r, &back, e);
	if (err)
		return err;
	err = rss_sad_read(in->config->netns_id, &some, e);
	rss_netns_leave(back);
	if (err)
		return err;
	err = append(all, &some);
	rss_sad_free(&some);
	return err ? fail(e, -err, "out of memory") : 0;
}

int rss_instance_sad(const struct rss_instance *in, struct rss_sad *sad, struct espalier_error *e)
{
	struct rss_record *seen;
	u32 nr, nr_seen = 0;
	char **names;
	int err;

	*sad = (struct rss_sad){0};
	err = rss_pins_list(in->pins, "ifaces", &names, &nr);
	seen = err ? NULL : calloc(nr + 1, sizeof(*seen));
	if (!seen) {
		if (!err)
			rss_pins_list_free(names, nr);
		return fail(e, err ? -err : ENOMEM, "interfaces: %s",
			    strerror(err ? -err : ENOMEM));
	}
	for (u32 i = 0; i < nr && !err; i++) {
		struct rss_record *r = &seen[nr_seen];
		bool again = false;

		if (rss_record_read(in->pins, names[i], r))
			continue;
		for (u32 j = 0; j < nr_seen; j++)
			again |= seen[j].netns_ino == r->netns_ino &&
				 seen[j].netns_dev == r->netns_dev;
		if (again)
			continue;
		nr_seen++;
		err = read_one(in, r, sad, e);
	}
	free(seen);
	rss_pins_list_free(names, nr);
	if (err)
		rss_sad_free(sad);
	else if (nr_seen > 1)
		rss_sad_sort(sad);
	return err;
}
