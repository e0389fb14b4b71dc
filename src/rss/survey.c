// SPDX-License-Identifier: BSD-2-Clause
#include "survey.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

int rss_info_put(const struct rss_instance *in, const struct rss_sad_sa *sa)
{
	int fd = in->map[RSS_MAP_SA_INFO];
	struct rss_sa_info info, had;

	rss_sad_info(sa, &info);
	if (!bpf_map_lookup_elem(fd, &sa->key, &had)) {
		info.dying |= had.dying;
		if (!memcmp(&info, &had, sizeof(info)))
			return 0;
	}
	return bpf_map_update_elem(fd, &sa->key, &info, 0) ? -errno : 0;
}

void rss_info_delete(const struct rss_instance *in, const struct rss_sa_key *key)
{
	bpf_map_delete_elem(in->map[RSS_MAP_SA_INFO], key);
}

void rss_info_dying(const struct rss_instance *in, const struct rss_sa_key *key)
{
	struct rss_sa_info info;

	if (bpf_map_lookup_elem(in->map[RSS_MAP_SA_INFO], key, &info))
		return;
	info.dying = 1;
	bpf_map_update_elem(in->map[RSS_MAP_SA_INFO], key, &info, BPF_EXIST);
}

static bool is_inbound(const struct rss_sad *sad, const struct rss_sa_key *key)
{
	const struct rss_sad_sa *sa = rss_sad_find(sad, key);

	for (; sa && sa < sad->at + sad->nr && !memcmp(&sa->key, key, sizeof(*key)); sa++) {
		if (sa->inbound)
			return true;
	}
	return false;
}

static int fill_info(const struct rss_instance *in, const struct rss_sad *sad,
		     struct espalier_error *e)
{
	int fd = in->map[RSS_MAP_SA_INFO];
	struct rss_sa_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);
	int err;

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(fd, &key, &next);
		if (!is_inbound(sad, &key))
			rss_info_delete(in, &key);
	}
	for (u32 i = 0; i < sad->nr; i++) {
		if (!sad->at[i].inbound)
			continue;
		err = rss_info_put(in, &sad->at[i]);
		if (err)
			return fail(e, -err, "map sa_info: %s%s", strerror(-err),
				    err == -E2BIG ? " (attach --replace --max-sas)" : "");
	}
	return 0;
}

/* Where others read meanwhile, each word is one mark or another, and none beyond the count. */
static void set_marks(struct rss_config *c, const struct rss_sad *sad)
{
	struct rss_marks m = {0};

	rss_sad_marks(sad, &m);
	if (m.nr == c->nr_marks && !memcmp(m.mark, c->marks, m.nr * sizeof(m.mark[0])))
		return;
	if (m.nr < c->nr_marks)
		__atomic_store_n(&c->nr_marks, m.nr, __ATOMIC_RELEASE);
	for (u32 i = 0; i < m.nr; i++)
		__atomic_store_n(&c->marks[i], m.mark[i], __ATOMIC_RELAXED);
	__atomic_store_n(&c->nr_marks, m.nr, __ATOMIC_RELEASE);
}

int rss_survey(struct rss_instance *in, u32 *retired, struct espalier_error *e)
{
	struct rss_sad sad;
	int err = rss_instance_sad(in, &sad, e);

	if (err)
		return err;
	if (in->meta.marks_auto)
		set_marks(in->config, &sad);
	if (in->meta.lookup == RSS_LOOKUP_MAP)
		err = fill_info(in, &sad, e);
	if (!err) {
		err = rss_retire(in, &sad, RSS_RETIRE_NS, e);
		if (err > 0 && retired)
			*retired = (u32)err;
		err = min(err, 0);
	}
	rss_sad_free(&sad);
	return err;
}
