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
 * espalier_sad_import - read SAs from iproute2 text
 * @name: what error messages call the input
 * @text: `ip -batch` lines (xfrm state add|update|delete|flush ...) or what `ip -d xfrm state` prints
 * @len: bytes of @text
 * @netns: namespace id to put them in
 *
 * All or nothing: on an error nothing of @text is in the SAD. Key material is parsed past.
 *
 * Return: number of SAs added, or -EINVAL/-EEXIST/-ENOMEM with @e set to "NAME:LINE: WHY".
 */
ESPALIER_API int espalier_sad_import(struct espalier_sad *sad, const char *name, const char *text,
				     size_t len, int netns, struct espalier_error *e);

/* The SAD that bpf_xdp_get_xfrm_state() of programs in this process looks into. The caller keeps it
 * alive while programs run; NULL: none, every lookup is -ENOENT. */
ESPALIER_API void espalier_set_sad(struct espalier_sad *sad);

/* How many SAs there are, in all namespaces. */
ESPALIER_API size_t espalier_sad_count(const struct espalier_sad *sad);

#ifdef __cplusplus
}
#endif
#endif
