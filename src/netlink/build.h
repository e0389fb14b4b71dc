/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NETLINK_BUILD_H
#define NETLINK_BUILD_H

#include "netlink/xfrm.h"
#include "uapi.h"

/*
 * Requests as bytes: pure, so that they can be checked where no kernel takes them. Flags are set,
 * the sequence number is not.
 */

/* Enough for any of them: three keys of SAD_KEY_MAX, a bitmap, a context, and the small ones. */
#define BUILD_MAX 4096

struct build {
	union {
		struct nlmsghdr nlh;
		_Alignas(8) char bytes[BUILD_MAX];
	};
};

static inline void build_wipe(struct build *b)
{
	explicit_bzero(b, sizeof(*b));
}

/* XFRM_MSG_NEWSA. Devices by number: of @spec's names nothing is used. -EINVAL: a key is missing.
 */
int build_new(struct build *b, const struct sad_spec *spec, const struct sad_keys *keys,
	      struct espalier_error *e) __must_check;
/* XFRM_MSG_ALLOCSPI for one SPI. -EINVAL: a protocol without one, or the SPI is 0. */
int build_larval(struct build *b, const struct sad_spec *spec,
		 struct espalier_error *e) __must_check;

/* What identifies an SA to the kernel. */
struct build_id {
	struct xfrm_usersa_id id;
	xfrm_address_t saddr;
	struct xfrm_mark mark;
};
struct build_id build_id_of(const struct sad_spec *spec);
/* XFRM_MSG_DELSA or XFRM_MSG_GETSA */
void build_by_id(struct build *b, u16 type, const struct build_id *id);
/* XFRM_MSG_GETSA for all */
void build_dump(struct build *b);

#endif
