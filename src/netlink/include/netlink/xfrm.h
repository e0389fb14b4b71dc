/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETLINK_XFRM_H
#define NETLINK_XFRM_H

#include <espalier/sad.h>

#include "base/error.h"
#include "sad/sad.h"

/*
 * The SA database of a kernel, by its netlink protocol for xfrm. All of it needs CAP_NET_ADMIN in
 * the user namespace that owns the network namespace.
 *
 * Functions return 0 or -errno, and with an error one line in @e. What the kernel refuses comes
 * with the kernel's own text where it gives one.
 */
struct nlmsghdr;
struct xfrm_nl;

/**
 * xfrm_nl_open - open a network namespace's SA database
 * @netns: a name below /run/netns, or a path; NULL: the caller's
 * @out: for one thread at a time
 *
 * The caller stays in its own namespace: another thread goes there and comes back with the sockets.
 * Only the network namespace is entered, so that bpffs and files are the caller's.
 *
 * Return: 0; -EPERM; -ENOENT (no such namespace); -EINVAL (not one); -EPROTONOSUPPORT (a kernel
 * without xfrm); or what else the system says.
 */
int xfrm_nl_open(const char *netns, struct xfrm_nl **out, struct espalier_error *e) __must_check;
void xfrm_nl_close(struct xfrm_nl *nl);

/**
 * struct xfrm_nl_sa - one SA as a message described it
 * @spec: as the kernel has it, hence not judged by sad_spec_check(); names of devices are empty
 *	unless xfrm_nl_name_devices() was asked
 * @unknown_algo: name of an algorithm that this library does not know, and which @spec lacks; else
 *	empty
 */
struct xfrm_nl_sa {
	struct sad_spec spec;
	char unknown_algo[64];
};

/**
 * xfrm_nl_read_sa - read XFRM_MSG_NEWSA, UPDSA, DELSA or EXPIRE
 * @nlh: @len readable bytes, of whatever origin
 * @keys: gets the keys, the caller wipes it; NULL: they are passed over
 *
 * Pure: asks nobody.
 *
 * Return: 0; -EBADMSG: malformed; -ENOMSG: another kind of message, or a DELSA that tells no more
 * than the identity.
 */
int xfrm_nl_read_sa(const struct nlmsghdr *nlh, size_t len, struct xfrm_nl_sa *sa,
		    struct sad_keys *keys) __must_check;

/* The copy that espalier_sad_lookup() would give, if the SA were in namespace @netns of a SAD. */
void xfrm_nl_describe(const struct xfrm_nl_sa *sa, int netns, struct espalier_sa *out);

/* Fill the names of the devices in, as the namespace has them now. */
void xfrm_nl_name_devices(const struct xfrm_nl *nl, struct xfrm_nl_sa *sa);

/**
 * struct xfrm_nl_visitor - who is told of SAs
 * @begin: a dump begins; what it told before, if anything, is void. May be NULL.
 * @visit: one SA, the newest first; @keys is NULL unless @want_keys. Nonzero ends the dump, and is
 *	what it returns.
 */
struct xfrm_nl_visitor {
	void (*begin)(void *arg);
	int (*visit)(const struct xfrm_nl_sa *sa, const struct sad_keys *keys, void *arg);
	void *arg;
	bool want_keys;
};

/**
 * xfrm_nl_dump - visit all SAs
 *
 * Begun again when the kernel says that its SAs changed in a way that made the dump inconsistent.
 *
 * Return: 0, what @v->visit returned, -EAGAIN (they change faster than they can be dumped), or what
 * the kernel says.
 */
int xfrm_nl_dump(struct xfrm_nl *nl, const struct xfrm_nl_visitor *v,
		 struct espalier_error *e) __must_check;

/* The SA that @id means; @id->netns is not looked at. -ESRCH if there is none. */
int xfrm_nl_get(struct xfrm_nl *nl, const struct espalier_sa_id *id, struct xfrm_nl_sa *sa,
		struct espalier_error *e) __must_check;

/**
 * xfrm_nl_load - dump into a database
 * @sad: should have no SAs of @netns: what is there and not in the kernel stays
 *
 * While events are watched this is also the way to begin anew, with an empty database, after
 * -ENOBUFS or a MIGRATE: as with xfrm_nl_resync() older events are dropped, and those that come
 * are for xfrm_nl_apply().
 *
 * Return: number of SAs; -ENOENT: no namespace @netns in @sad; -ENOMEM; as xfrm_nl_dump().
 */
int xfrm_nl_load(struct xfrm_nl *nl, struct espalier_sad *sad, int netns,
		 struct espalier_error *e) __must_check;

/*
 * Events.
 */
enum xfrm_nl_kind {
	XFRM_NL_NEW,
	XFRM_NL_UPDATE,
	XFRM_NL_DELETE,
	XFRM_NL_EXPIRE,
	XFRM_NL_FLUSH,
	XFRM_NL_MIGRATE,
};

/**
 * struct xfrm_nl_event - what happened
 * @hard: EXPIRE: the SA is gone; otherwise it is to be replaced soon
 * @id_only: DELETE: @sa.spec holds identity and mark only
 * @proto: FLUSH: of this protocol; 0: of all
 * @sa: not for FLUSH and MIGRATE
 *
 * MIGRATE: SAs moved to other addresses, old to new, which the kernel reports in no other way: who
 * keeps a copy has to dump. @sa.spec has the new addresses, protocol, mode and reqid of the first.
 */
struct xfrm_nl_event {
	enum xfrm_nl_kind kind;
	bool hard;
	bool id_only;
	u8 proto;
	xfrm_address_t old_saddr;
	xfrm_address_t old_daddr;
	u16 old_family;
	struct xfrm_nl_sa sa;
};

/* Read one message. Pure. 0; -EBADMSG: malformed; -ENOMSG: none of these events. */
int xfrm_nl_read_event(const struct nlmsghdr *nlh, size_t len,
		       struct xfrm_nl_event *event) __must_check;

/**
 * xfrm_nl_watch - begin to collect events
 * @rcvbuf: bytes that the kernel may queue; 0: some thousand events
 *
 * Watch first and dump then, and nothing is missed.
 */
int xfrm_nl_watch(struct xfrm_nl *nl, u32 rcvbuf, struct espalier_error *e) __must_check;

/* For poll(2): readable when xfrm_nl_events() has something to say. -1 before xfrm_nl_watch(). */
int xfrm_nl_fd(const struct xfrm_nl *nl);

/**
 * xfrm_nl_events - visit the events that are queued; does not wait
 * @visit: nonzero ends the visits, and is what this returns; that event counts as visited
 *
 * What others than the kernel send to the socket is dropped. Not more than some hundred are
 * visited, so that a caller in poll(2) gets to do other things.
 *
 * Return: 0; what @visit returned; -ENOBUFS: events were lost, see xfrm_nl_resync().
 */
int xfrm_nl_events(struct xfrm_nl *nl, int (*visit)(const struct xfrm_nl_event *event, void *arg),
		   void *arg, struct espalier_error *e) __must_check;

/**
 * xfrm_nl_resync - after -ENOBUFS or a MIGRATE: dump again
 *
 * What is still queued is older than the dump, and dropped. Events that come during the dump are
 * kept for xfrm_nl_events(), so they may tell what the dump has told already.
 *
 * Return: as xfrm_nl_dump().
 */
int xfrm_nl_resync(struct xfrm_nl *nl, const struct xfrm_nl_visitor *v,
		   struct espalier_error *e) __must_check;

/**
 * xfrm_nl_apply - carry an event out in a database
 *
 * Return: 0, also if it says what is known already; -EAGAIN: a MIGRATE, load anew; -ENOENT: no
 * namespace @netns in @sad; -ENOMEM.
 */
int xfrm_nl_apply(struct espalier_sad *sad, int netns,
		  const struct xfrm_nl_event *event) __must_check;

/*
 * Changes.
 */

/**
 * xfrm_nl_add - XFRM_MSG_NEWSA
 * @keys: for the algorithms that @spec names
 *
 * Devices are found by name if @spec has names.
 */
int xfrm_nl_add(struct xfrm_nl *nl, const struct sad_spec *spec, const struct sad_keys *keys,
		struct espalier_error *e) __must_check;

/**
 * xfrm_nl_add_larval - XFRM_MSG_ALLOCSPI for that very SPI
 * @lives: seconds until the kernel drops it (net.core.xfrm_acq_expires); may be NULL
 *
 * An SA without algorithms, which kernels without its protocol have, too. Of @spec it has
 * addresses, protocol, SPI, mode, reqid, mark, if_id, dir and pcpu_num; the rest is left out.
 */
int xfrm_nl_add_larval(struct xfrm_nl *nl, const struct sad_spec *spec, u64 *lives,
		       struct espalier_error *e) __must_check;

/* XFRM_MSG_DELSA of the SA that @spec identifies. -ESRCH if there is none. */
int xfrm_nl_delete(struct xfrm_nl *nl, const struct sad_spec *spec,
		   struct espalier_error *e) __must_check;

/*
 * A batch of additions, all or nothing.
 */
struct xfrm_nl_batch;

int xfrm_nl_batch_new(bool larval, struct xfrm_nl_batch **out) __must_check;
/* Wipes what it holds: there may be keys. NULL is allowed. */
void xfrm_nl_batch_free(struct xfrm_nl_batch *b);

/**
 * xfrm_nl_batch_read - append the SAs of an iproute2 text
 * @nl: where devices are looked up by name
 *
 * Return: 0, or as sad_read() with @e set to "NAME:LINE: WHY"; then @b is only good for freeing.
 */
int xfrm_nl_batch_read(struct xfrm_nl_batch *b, const struct xfrm_nl *nl, const char *name,
		       const char *text, size_t len, struct espalier_error *e) __must_check;

/**
 * xfrm_nl_batch_add - add them all
 * @lives: larval: as for xfrm_nl_add_larval()
 *
 * When one cannot be added, those before it are deleted again; @e is "NAME:LINE: WHY".
 *
 * Return: number of SAs added, or what the kernel says of the one.
 */
int xfrm_nl_batch_add(struct xfrm_nl_batch *b, struct xfrm_nl *nl, u64 *lives,
		      struct espalier_error *e) __must_check;

#endif
