/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_INTERN_H
#define SAD_INTERN_H

#include "base/types.h"

/*
 * One copy, in the arena, of small things that many states have alike: encapsulations, algorithms,
 * devices. A copy is constant and lives as long as somebody has a reference. The last one must not
 * be given back before readers that may have walked to it are gone.
 */

/* A reference to a copy of @size bytes at @data; NULL: out of memory. */
const void *intern_get(const void *data, size_t size);
/* Give it back; @size as it was got with. NULL is allowed. */
void intern_put(const void *copy, size_t size);

#endif
