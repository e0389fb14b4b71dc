/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_LINK_H
#define SAD_LINK_H

#include "sad/sad.h"

/* Changes under the lock: for sad.c and change.c. */

static inline struct sad_netns *sad_netns_of(const struct xfrm_state *x)
{
	return container_of(x->xs_net.net, struct sad_netns, net);
}

/* The state that the id means, those already doomed left out; NULL if none. How many states had to
 * be looked at is added to @visits. */
struct xfrm_state *sad_locate(const struct sad_index *ix, const struct sad_id *id, u64 *visits);
/* The id by which a change of this very state would be asked for. */
struct sad_id sad_id_of(const struct xfrm_state *x);

/* Takes over the caller's reference, unless it is -ENOMEM. */
int sad_link(struct sad *sad, struct xfrm_state *x) __must_check;
/* Gives it back. Readers may be on @x until the end of their section. */
void sad_unlink(struct sad *sad, struct xfrm_state *x);

#endif
