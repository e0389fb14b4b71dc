// SPDX-License-Identifier: BSD-2-Clause
#include "user.h"

#include "map/map.h"
#include "ringbuf_fd.h"

void user_get(struct object *obj)
{
	object_get(obj);
	if (obj->kind == OBJECT_MAP)
		map_user_get(map_of(obj));
}

void user_put(struct object *obj)
{
	if (obj->kind == OBJECT_MAP) {
		struct map *map = map_of(obj);

		map_user_put(map);
		if (map->type == BPF_MAP_TYPE_RINGBUF || map->type == BPF_MAP_TYPE_USER_RINGBUF)
			ringbuf_forget(map);
	}
	object_put(obj);
}
