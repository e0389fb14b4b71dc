/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_XFRM_H
#define VMLINUX_XFRM_H

/*
 * struct xfrm_state as programs see it. Field names and nesting are those of Linux 6.18, so that
 * CO-RE finds them; the order is ours. The types that hang off it and are UAPI come from
 * linux/xfrm.h. Every pointer is NULL or leads into the arena (base/arena.h), and what it leads to
 * lives as long as the state.
 */
#include <linux/xfrm.h>

#include "vmlinux/kernel.h"

/* x->km.state */
enum {
	XFRM_STATE_VOID,
	XFRM_STATE_ACQ,
	XFRM_STATE_VALID,
	XFRM_STATE_ERROR,
	XFRM_STATE_EXPIRED,
	XFRM_STATE_DEAD,
};

enum xfrm_replay_mode {
	XFRM_REPLAY_MODE_LEGACY,
	XFRM_REPLAY_MODE_BMP,
	XFRM_REPLAY_MODE_ESN,
};

/* x->xso.type and x->xso.dir */
enum {
	XFRM_DEV_OFFLOAD_UNSPECIFIED,
	XFRM_DEV_OFFLOAD_CRYPTO,
	XFRM_DEV_OFFLOAD_PACKET,
};

enum {
	XFRM_DEV_OFFLOAD_IN = 1,
	XFRM_DEV_OFFLOAD_OUT,
	XFRM_DEV_OFFLOAD_FWD,
};

struct xfrm_type {
	struct module *owner; /* NULL */
	u8 proto;
	u8 flags;
};

struct xfrm_mode {
	u8 encap;
	u8 family;
	u8 flags;
};

struct xfrm_type_offload {
	struct module *owner;
	u8 proto;
};

struct xfrm_mode_cbs {
	struct module *owner;
};

struct page_frag {
	union {
		void *page;
		struct {
			u32 offset, size;
		};
	};
};

struct timer_list {
	union {
		unsigned long expires;
		void (*function)(struct timer_list *timer);
		u32 flags;
	};
};

struct hrtimer {
	union {
		struct timerqueue_node {
			s64 expires;
		} node;
		s64 _softexpires;
		void (*function)(struct hrtimer *timer);
		u8 state, is_rel, is_soft, is_hard;
	};
};

struct xfrm_state_walk {
	u8 state;
	u8 dying;
	u8 proto;
	u32 seq;
};

struct xfrm_dev_offload {
	struct net_device *dev;
	struct net_device *real_dev;
	unsigned long offload_handle;
	u8 dir : 2;
	u8 type : 2;
	u8 flags : 2;
};

/*
 * The first cache line is what a lookup compares, what taking a reference writes, and what a
 * program that steers by SA reads; the lines after it go from warm to cold. A state is aligned to a
 * line, and one with a replay bitmap of its own has it right behind the struct, in the same
 * allocation.
 */
struct xfrm_state {
	struct xfrm_replay_state_esn *replay_esn;
	/* SAs that differ in nothing but the mark: first the one that a lookup tries first. */
	u32 next_mark;
	s32 netns_id;
	refcount_t refcnt;
	u32 pcpu_num;
	struct xfrm_id id;
	struct xfrm_mark mark;
	struct {
		u16 family;
		u8 mode;
		u8 replay_window;
		u32 reqid;
		/* second line */
		u8 flags;
		u8 aalgo;
		u8 ealgo;
		u8 calgo;
		u32 extra_flags;
		struct xfrm_mark smark;
		int header_len;
		int enc_hdr_len;
		int trailer_len;
		xfrm_address_t saddr;
	} props;
	u32 if_id;
	u8 dir;
	u8 doomed; /* sad/ only: a change not yet carried out deletes it */
	struct xfrm_mode inner_mode;
	struct xfrm_mode inner_mode_iaf;
	struct xfrm_mode outer_mode;
	enum xfrm_replay_mode repl_mode;
	struct xfrm_encap_tmpl *encap;

	struct xfrm_state_walk km;
	union {
		struct xfrm_replay_state replay;
		/* What was last reported to a key manager: here, where nothing moves, what is. */
		struct xfrm_replay_state preplay;
	};
	struct xfrm_stats stats;
	struct xfrm_lifetime_cur curlft;
	time64_t lastused;

	struct xfrm_lifetime_cfg lft;

	struct xfrm_selector sel;
	possible_net_t xs_net;
	const struct xfrm_type *type;
	struct xfrm_state *tunnel;
	u32 tfcpad;
	u32 nat_keepalive_interval;
	union {
		/*
		 * Always zero, since they serve the kernel's tables, timers and drivers: a program
		 * may name them. The first member makes scalars of all, pointers too...
		 */
		u64 zero[2];
		struct hlist_node gclist, bydst, dev_gclist, bysrc, byspi, byseq;
		struct hlist_node state_cache, state_cache_input;
		spinlock_t lock;
		u32 genid;
		const char *geniv;
		time64_t nat_keepalive_expiration;
		atomic_t tunnel_users;
		struct timer_list rtimer;
		struct hrtimer mtimer;
		long saved_tmo;
		struct page_frag xfrag;
		const struct xfrm_type_offload *type_offload;
		void *data;
		const struct xfrm_mode_cbs *mode_cbs;
		void *mode_data;
		u32 xflags;
		__be16 new_mapping_sport;
		u32 new_mapping, mapping_maxage;
		u32 replay_maxage, replay_maxdiff;
		/* ...until, the last reference gone, sad/ waits for readers. */
		void *rcu[2];
	};

	/* Names and sizes of the algorithms; alg_key_len is true, alg_key has no bytes. */
	struct xfrm_algo_auth *aalg;
	struct xfrm_algo *ealg;
	struct xfrm_algo *calg;
	struct xfrm_algo_aead *aead;
	xfrm_address_t *coaddr;
	struct xfrm_sec_ctx *security;
	struct xfrm_dev_offload xso;
	struct xfrm_replay_state_esn *preplay_esn;

	/* For sad/ only: neighbours in order of insertion, and the device that sel names. */
	u32 newer;
	u32 older;
	const struct net_device *sel_dev;
};

/* What bpf_xdp_get_xfrm_state() takes: UAPI-like, 36 bytes. */
struct bpf_xfrm_state_opts {
	s32 error;
	s32 netns_id;
	u32 mark;
	xfrm_address_t daddr;
	__be32 spi;
	u8 proto;
	u16 family;
};

enum {
	BPF_XFRM_STATE_OPTS_SZ = sizeof(struct bpf_xfrm_state_opts),
};

#ifndef __bpf__
_Static_assert(sizeof(struct bpf_xfrm_state_opts) == 36, "size is part of the kfunc's contract");
_Static_assert(offsetof(struct xfrm_state, props.flags) == 64, "keys fill the first line");
#endif

#endif
