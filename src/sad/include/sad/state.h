/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_STATE_H
#define SAD_STATE_H

#include <netinet/in.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/types.h"
#include "vmlinux/xfrm.h"

/*
 * The life of a struct xfrm_state. One reference belongs to the database while the state is linked;
 * every program that holds it has one more. At zero the state is no longer linked, and it and what
 * it points to are freed a grace period later: a pointer walked inside a read-side section stays
 * readable to the end of the section, whatever was released meanwhile.
 */

/*
 * All lie in the arena, at a multiple of this from its start, and refer to each other by that, in
 * half a pointer. 0: none.
 */
#define SAD_STATE_ALIGN 64

static inline u32 sad_state_no(const struct xfrm_state *x)
{
	return x ? (u32)(((uintptr_t)x - arena_base) / SAD_STATE_ALIGN) : 0;
}

static inline struct xfrm_state *sad_state_at(u32 no)
{
	return no ? (struct xfrm_state *)(arena_base + (uintptr_t)no * SAD_STATE_ALIGN) : NULL;
}

/* Algorithms as the kernel's xfrm knows them: see algo.c. */
enum sad_algo_kind {
	SAD_ALGO_AEAD,
	SAD_ALGO_AUTH,
	SAD_ALGO_ENC,
	SAD_ALGO_COMP,
	SAD_ALGO_KINDS,
};

/**
 * struct sad_algo - one algorithm
 * @kind: what it is for
 * @name: as the kernel's crypto API and `ip xfrm` write it
 * @alias: short name that the kernel also takes; NULL if none
 * @id: SADB_AALG_*, SADB_EALG_* or SADB_X_CALG_*, what x->props.aalgo and its like hold
 * @iv: bytes of IV in the packet
 * @block: bytes that the ciphertext is a multiple of
 * @icv: bits of the check value: of the truncated one for SAD_ALGO_AUTH
 * @digest: bits of the whole digest, for SAD_ALGO_AUTH
 */
struct sad_algo {
	enum sad_algo_kind kind;
	const char *name;
	const char *alias;
	u8 id;
	u8 iv;
	u8 block;
	u16 icv;
	u16 digest;
};

/* The algorithm of that kind and name or alias; @icv tells AEADs of one name apart. NULL: unknown.
 */
const struct sad_algo *sad_algo_find(enum sad_algo_kind kind, const char *name, u32 icv);
/* True if there is one of that name, whatever the ICV. */
bool sad_algo_known(enum sad_algo_kind kind, const char *name);

/* An algorithm as an SA uses it. There is no room for a key, on purpose. */
struct sad_algo_use {
	const struct sad_algo *algo; /* NULL: none */
	u32 key_bits;
	u32 icv_bits; /* aead: length of the ICV; auth: truncated length */
};

#define SAD_KEY_MAX 512

/*
 * The keys of one SA, for the time it takes to hand them from a text to a kernel or back. Nothing
 * in a database leads here. Whoever has one wipes it with sad_keys_wipe() when it has served.
 */
struct sad_keys {
	struct {
		bool given; /* there was a key; it may be empty */
		u16 len;    /* bytes */
		u8 key[SAD_KEY_MAX];
	} of[SAD_ALGO_KINDS];
};

static inline void sad_keys_wipe(struct sad_keys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

#define SAD_CTX_MAX 256
#define SAD_BMP_MAX (XFRMA_REPLAY_ESN_MAX / 32)

/**
 * struct sad_spec - what an SA is to be
 *
 * Plain data, filled in by an importer. sad_spec_init() gives what iproute2 leaves out.
 */
struct sad_spec {
	u16 family;
	u8 mode;
	u8 flags;
	struct xfrm_id id;
	xfrm_address_t saddr;
	struct xfrm_mark mark;
	struct xfrm_mark smark;
	u32 extra_flags;
	u32 reqid;
	__be32 seq; /* as x->km.seq */
	u32 if_id;
	u32 tfcpad;
	u32 pcpu_num;
	u8 dir; /* 0, XFRM_SA_DIR_IN, XFRM_SA_DIR_OUT */
	u32 nat_keepalive_interval;

	u32 replay_window;
	struct xfrm_replay_state_esn replay; /* the numbers; its bmp_len 0: as the window needs */
	u32 bmp[SAD_BMP_MAX];

	struct xfrm_selector sel;
	char sel_dev[16];
	struct xfrm_lifetime_cfg lft;
	struct xfrm_lifetime_cur curlft; /* add_time 0: now */
	struct xfrm_stats stats;
	time64_t lastused;

	struct sad_algo_use algo[SAD_ALGO_KINDS];

	bool has_encap;
	struct xfrm_encap_tmpl encap;
	bool has_coaddr;
	xfrm_address_t coaddr;
	char ctx[SAD_CTX_MAX + 1];

	u8 offload; /* XFRM_DEV_OFFLOAD_* */
	u8 offload_dir;
	char offload_dev[16];
	int offload_ifindex; /* 0: only the name is known */
};

/* x->dir and sad_spec::dir; linux/xfrm.h of 6.1 lacks them. */
#define XFRM_SA_DIR_IN	1
#define XFRM_SA_DIR_OUT 2
#define SAD_MODE_IPTFS	5

/* The flags of struct xfrm_user_offload; XFRM_OFFLOAD_PACKET is younger than some headers. */
#define SAD_OFFLOAD_PACKET 4
static inline u8 sad_offload_flags(u8 type, u8 dir, u16 family)
{
	return (u8)((type == XFRM_DEV_OFFLOAD_PACKET ? SAD_OFFLOAD_PACKET : 0) |
		    (dir == XFRM_DEV_OFFLOAD_IN ? XFRM_OFFLOAD_INBOUND : 0) |
		    (family == AF_INET6 ? XFRM_OFFLOAD_IPV6 : 0));
}

void sad_spec_init(struct sad_spec *spec);

/**
 * sad_spec_check - would Linux 6.18 take it?
 * @e: why not, one line
 *
 * The rules are those of XFRM_MSG_NEWSA but for two: algorithms may be left out, since no packet is
 * ever decrypted here, and pcpu_num may exceed this machine's CPUs, since the database may be that
 * of another one.
 *
 * Return: 0 or -EINVAL.
 */
int sad_spec_check(const struct sad_spec *spec, struct espalier_error *e) __must_check;

struct sad_netns;

/**
 * sad_state_new - make the state that a checked spec describes
 * @net: the namespace it will be in; a reference is taken
 * @out: unlinked, with one reference owned by the caller
 *
 * Return: 0 or -ENOMEM.
 */
int sad_state_new(const struct sad_spec *spec, struct sad_netns *net,
		  struct xfrm_state **out) __must_check;

/**
 * sad_state_hold - take a reference unless the count is zero
 *
 * Inside a read-side section, or while another reference is held.
 */
static inline bool sad_state_hold(struct xfrm_state *x)
{
	int refs = __atomic_load_n(&x->refcnt.refs.counter, __ATOMIC_RELAXED);

	while (likely(refs > 0)) {
		if (__atomic_compare_exchange_n(&x->refcnt.refs.counter, &refs, refs + 1, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* Would sad_state_hold() succeed? Inside a read-side section. */
static inline bool sad_state_alive(const struct xfrm_state *x)
{
	return likely(__atomic_load_n(&x->refcnt.refs.counter, __ATOMIC_RELAXED) > 0);
}

/* The last reference is gone: for sad_state_put(). */
void sad_state_destroy(struct xfrm_state *x);

/* Give a reference back. */
static inline void sad_state_put(struct xfrm_state *x)
{
	if (unlikely(__atomic_sub_fetch(&x->refcnt.refs.counter, 1, __ATOMIC_ACQ_REL) == 0))
		sad_state_destroy(x);
}

/**
 * sad_state_update - carry out what XFRM_MSG_UPDSA changes in a valid state
 * @x: linked; programs may be reading it
 * @with: made of the update's spec; not linked, still owned by the caller
 *
 * Encapsulation (if both have one), care-of address, lifetimes, output mark, if_id, and the
 * selector of protocols without an SPI.
 */
void sad_state_update(struct xfrm_state *x, struct xfrm_state *with);

static inline bool sad_proto_has_spi(u8 proto)
{
	return proto == IPPROTO_ESP || proto == IPPROTO_AH || proto == IPPROTO_COMP;
}

#endif
