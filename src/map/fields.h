/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_FIELDS_H
#define MAP_FIELDS_H

#include "map/map.h"

/* Check the map's BTF types against its sizes and find the special fields of its value. */
int map_check_types(struct map *map) __hidden;

/* True if two records (either may be NULL) describe the same fields. */
bool map_records_equal(const struct btf_record *a, const struct btf_record *b) __hidden;

#endif
