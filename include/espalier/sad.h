/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ESPALIER_SAD_H
#define ESPALIER_SAD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <espalier/bpf.h>
#include <espalier/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A Security Association database (RFC 4301): opaque, holds any number of network namespaces. */
struct espalier_sad;

/* An empty SAD with namespace 0, the one packets are in unless told otherwise. 0 or -ENOMEM. */
ESPALIER_API int espalier_sad_new(struct espalier_sad **out) __attribute__((warn_unused_result));
/* Unlinks every SA; the memory goes when the last holder and reader is gone. NULL is allowed. */
ESPALIER_API void espalier_sad_free(struct espalier_sad *sad);

/**
 * espalier_sad_add_netns - make the database know a network namespace
 * @id: what struct bpf_xfrm_state_opts calls it, 0 or more
 *
 * Return: 0, -EINVAL, -EEXIST or -ENOMEM.
 */
ESPALIER_API int espalier_sad_add_netns(struct espalier_sad *sad, int id)
	__attribute__((warn_unused_result));
/* Forget it, with its SAs. 0, -ENOENT or -ENOMEM. */
ESPALIER_API int espalier_sad_del_netns(struct espalier_sad *sad, int id)
	__attribute__((warn_unused_result));

/**
 * espalier_sad_import - read SAs from iproute2 text
 * @name: what error messages call the input
 * @text: `ip -batch` lines (xfrm state add|update|delete|deleteall|flush ...) or what `ip xfrm
 * state` prints, with any of -s, -d, -o and nokeys
 * @len: bytes of @text
 * @netns: namespace id to put them in
 *
 * All or nothing: on an error nothing of @text is in the SAD. Key material is parsed past: it is
 * neither stored nor quoted in an error.
 *
 * Return: number of SAs added, or -EINVAL (malformed), -EEXIST, -ESRCH (deletes or updates what is
 * not there), -ENOENT (no such namespace), -E2BIG (thousands of flushes, or of SAs that differ in
 * the mark only), -ENOMEM with @e set to "NAME:LINE: WHY".
 */
ESPALIER_API int espalier_sad_import(struct espalier_sad *sad, const char *name, const char *text,
				     size_t len, int netns, struct espalier_error *e);

enum espalier_sad_form {
	ESPALIER_SAD_BATCH, /* `ip -batch` lines that espalier_sad_import() reads; keys are empty */
	ESPALIER_SAD_TEXT,  /* a line per SA, for people */
	ESPALIER_SAD_JSON,  /* an array of objects */
};

/**
 * espalier_sad_export - write the SAs out, oldest first
 * @netns: of this namespace; -1: of all
 * @out: NUL-terminated text, the caller's to free()
 * @len: its length; may be NULL
 *
 * Return: 0, -EINVAL for an unknown form, or -ENOMEM.
 */
ESPALIER_API int espalier_sad_export(struct espalier_sad *sad, int netns,
				     enum espalier_sad_form form, char **out, size_t *len)
	__attribute__((warn_unused_result));

/**
 * struct espalier_sa_id - by what an SA is looked up
 * @netns: namespace id
 * @family: AF_INET or AF_INET6
 * @proto: IPPROTO_ESP, IPPROTO_AH or IPPROTO_COMP
 * @spi: in host byte order
 * @mark: of the packet
 * @daddr: destination in network byte order, 4 or 16 bytes
 */
struct espalier_sa_id {
	int netns;
	uint16_t family;
	uint8_t proto;
	uint32_t spi;
	uint32_t mark;
	uint8_t daddr[16];
};

/**
 * struct espalier_sa - what the database says of an SA: a copy
 * @id: as above; its mark is the value that the SA's mark has
 * @mask: of the mark
 * @saddr: source in network byte order, 4 or 16 bytes
 * @mode: XFRM_MODE_* of linux/xfrm.h
 * @flags: XFRM_STATE_* of linux/xfrm.h
 * @dir: 0 not said, 1 in, 2 out
 * @reqid: as given
 * @if_id: as given; 0: none
 * @pcpu_num: CPU that the SA belongs to (RFC 9611); UINT32_MAX: none
 * @replay_window: in packets
 * @encap_type: UDP_ENCAP_ESPINUDP...; 0: none
 * @encap_sport: in host byte order
 * @encap_dport: in host byte order
 * @offload_type: what of it the NIC does: 0 nothing, 1 the cryptography, 2 all (packet mode)
 * @offload_flags: XFRM_OFFLOAD_* of linux/xfrm.h (IPV6 1, INBOUND 2, PACKET 4); of an SA for the
 * cryptography of outbound IPv4 none is set
 * @offload_ifindex: of the NIC; 0 if a text named it, or if there is none
 * @bytes: so far, as the source of the SA said
 * @packets: the same
 * @references: the database's and every program's; 0 if the SA is in no database
 */
struct espalier_sa {
	struct espalier_sa_id id;
	uint32_t mask;
	uint8_t saddr[16];
	uint8_t mode;
	uint8_t flags;
	uint8_t dir;
	uint32_t reqid;
	uint32_t if_id;
	uint32_t pcpu_num;
	uint32_t replay_window;
	uint16_t encap_type;
	uint16_t encap_sport;
	uint16_t encap_dport;
	uint8_t offload_type;
	uint8_t offload_flags;
	int offload_ifindex;
	uint64_t bytes;
	uint64_t packets;
	uint32_t references;
};

/**
 * espalier_sad_lookup - what a program's bpf_xdp_get_xfrm_state() would find
 * @sa: filled in when found; may be NULL
 *
 * Any thread; takes no lock.
 *
 * Return: 0, -ENOENT, or -ENONET if there is no such namespace.
 */
ESPALIER_API int espalier_sad_lookup(struct espalier_sad *sad, const struct espalier_sa_id *id,
				     struct espalier_sa *sa);

/**
 * espalier_sad_lookup_bulk - espalier_sad_lookup() for several
 * @n: any number; by 32 or more, the waits for memory overlap, which in a large database is nearly
 *     all of the time
 * @sas: @n of them, filled in where an SA is found; may be NULL
 * @errors: @n of them, each what espalier_sad_lookup() returns; may be NULL
 *
 * Any thread; takes no lock. The database may change between one and the next.
 *
 * Return: how many were found.
 */
ESPALIER_API size_t espalier_sad_lookup_bulk(struct espalier_sad *sad,
					     const struct espalier_sa_id *ids, size_t n,
					     struct espalier_sa *sas, int *errors);

/**
 * espalier_sad_walk - visit the SAs of all namespaces, oldest first
 * @visit: nonzero ends the walk; may change the SAD, and must not wait for readers
 *
 * Return: what the last @visit returned, or 0.
 */
ESPALIER_API int espalier_sad_walk(struct espalier_sad *sad,
				   int (*visit)(const struct espalier_sa *sa, void *arg),
				   void *arg);

/* Delete what espalier_sad_lookup() finds. 0 or -ESRCH. A program that holds the SA keeps it. */
ESPALIER_API int espalier_sad_delete(struct espalier_sad *sad, const struct espalier_sa_id *id);

/* Delete all SAs of a namespace with that protocol (0: any). Return: how many. */
ESPALIER_API size_t espalier_sad_flush(struct espalier_sad *sad, int netns, uint8_t proto);

/* The SAD that bpf_xdp_get_xfrm_state() of programs in this process looks into. The caller keeps it
 * alive while programs run; NULL: none, every lookup is -ENOENT. */
ESPALIER_API void espalier_set_sad(struct espalier_sad *sad);

/* How many SAs there are, in all namespaces. */
ESPALIER_API size_t espalier_sad_count(const struct espalier_sad *sad);

#ifdef __cplusplus
}
#endif
#endif
