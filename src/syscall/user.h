/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_USER_H
#define SYSCALL_USER_H

#include "object/object.h"

/*
 * A reference that user space holds, by a descriptor or a pin. When a map's last one is gone, what
 * only served user space goes too, though programs may still hold the map.
 */
void user_get(struct object *obj);
void user_put(struct object *obj);

#endif
