/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_BATCH_H
#define SAD_BATCH_H

#include "change.h"
#include "words.h"

/* Read one line of `ip -batch`, cut into words, into an operation. 0, -EINVAL or -ENOMEM. */
int batch_read(struct words *w, struct sad_netns *net, struct change *c) __must_check;

/* Check a spec and append its state to the change. */
int add_spec(struct words *w, const struct sad_spec *spec, enum change_kind kind, u32 line,
	     struct sad_netns *net, struct change *c) __must_check;

#endif
