/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_STATUS_H
#define RSS_STATUS_H

#include "rss/instance.h"
#include "rss/preflight.h"

/* What is attached and what it does, read at once: for status, top and metrics. */

/**
 * struct rss_iface_status - an interface
 * @record: what was written when it was attached
 * @attached: the program is on it
 * @asked: its namespace could be asked; else @mode and @prog_id are 0
 * @mode: how it is attached
 * @prog_id: the program that the interface shows: ours, or the dispatcher
 */
struct rss_iface_status {
	struct rss_record record;
	bool attached;
	bool asked;
	enum rss_xdp_mode mode;
	u32 prog_id;
};

/**
 * struct rss_cpu_status - a CPU
 * @open: it has a queue and takes packets
 * @policy: SAs without an owner may be given to it
 * @sas: that go there, owned ones too
 * @steered: to it
 * @queue: as the tracepoints count, if they are watched
 * @backlog: packets in its queue, likewise
 */
struct rss_cpu_status {
	u32 cpu;
	bool open;
	bool policy;
	u32 sas;
	u64 load;
	struct rss_count steered;
	struct rss_queue queue;
	u64 backlog;
};

/**
 * struct rss_sa_status - an SA that packets came for
 * @sa: counters; @sa.saddr and @sa.reqid are the SAD's where it knows the SA
 * @peer: as whose it counts, the same all its life
 * @known: it is in the SAD; false also if that could not be read
 * @idle_ns: since its last packet
 */
struct rss_sa_status {
	struct rss_sa_key key;
	struct rss_sa sa;
	struct rss_peer peer;
	bool known;
	u64 idle_ns;
};

/* SAs of a peer that are gone. */
struct rss_peer_status {
	struct rss_peer peer;
	struct rss_retired retired;
};

/* The switch, as it is at the moment. */
enum rss_state {
	RSS_STATE_OFF,
	RSS_STATE_ON,
	RSS_STATE_TRIAL,
	RSS_STATE_TRIAL_OVER,
};

/**
 * struct rss_status - all of it
 * @left_ns: RSS_STATE_TRIAL: until it is over; RSS_STATE_TRIAL_OVER: since
 * @pcpu_num: the kernel's SAs have owners
 * @queues_watched: struct rss_queue is counted
 * @daemon: espalier rss daemon runs
 * @sas: the one with the most packets first
 * @peers: with SAs that are gone
 * @sad: of all namespaces concerned
 * @sad_error: why @sad_read is false
 * @hidden: SAs that may be received and that no mark that is tried finds
 * @advice: what an operator should do something about
 */
struct rss_status {
	enum rss_state state;
	u64 left_ns;
	struct rss_settings settings;
	struct rss_meta meta;
	bool pcpu_num;
	bool queues_watched;
	bool daemon;
	u32 prog_id;
	char dir[256];
	struct rss_iface_status *ifaces;
	u32 nr_ifaces;
	struct rss_cpu_status *cpus;
	u32 nr_cpus;
	struct rss_count reasons[RSS_NR_REASONS];
	struct rss_sa_status *sas;
	u32 nr_sas;
	struct rss_peer_status *peers;
	u32 nr_peers;
	struct rss_sad sad;
	bool sad_read;
	struct espalier_error sad_error;
	const struct rss_sad_sa **hidden;
	u32 nr_hidden;
	struct rss_findings advice;
};

/**
 * rss_status_read - read it, and let SAs that are gone retire (rss_retire())
 * @bpffs: NULL: RSS_BPFFS
 * @out: freed with rss_status_free()
 *
 * Return: 0; -ENOENT: nothing is attached; -ENODATA, -EPROTO: see rss_instance_open(); -EPERM.
 */
int rss_status_read(const char *bpffs, struct rss_status **out,
		    struct espalier_error *e) __must_check;
void rss_status_free(struct rss_status *st);

/* "off", "on", "trial", "trial_over". */
const char *rss_state_name(enum rss_state state);

#define RSS_RETIRE_NS 60000000000ull

/**
 * rss_retire - forget SAs that are gone
 * @in: of pins that are open for RSS_CHANGE
 * @sad: read after @in was opened, of all namespaces that its interfaces are in
 * @idle_ns: only such as were not seen for so long, since a successor in a rekey looks for them
 *
 * Their counters are added to in->meta.retired, and their places among the SAs of a CPU are given
 * back.
 *
 * Return: how many, or -errno.
 */
int rss_retire(struct rss_instance *in, const struct rss_sad *sad, u64 idle_ns,
	       struct espalier_error *e) __must_check;

/**
 * rss_instance_sad - the SAs of all namespaces that the interfaces are in
 *
 * Return: 0; -ESTALE: the caller is in another namespace than an interface whose namespace has no
 * name; or as rss_sad_read().
 */
int rss_instance_sad(const struct rss_instance *in, struct rss_sad *sad,
		     struct espalier_error *e) __must_check;

#endif
