/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <bpf/libbpf.h>
#include <jansson.h>

/* The value of @type_id of @btf at @data (@size bytes) as JSON: numbers, arrays, objects by member
 * name; char arrays as strings where they are text. Null for what has no plain value. */
json_t *value_json(const struct btf *btf, int type_id, const void *data, size_t size);

/* Bytes as a string of hexadecimal digits. */
json_t *value_hex(const void *data, size_t size);

/* {"NAME": value...} of all global variables of @obj that its BTF describes (not constants). */
json_t *value_globals(struct bpf_object *obj);

/* {"MAP": {"type", "key_size", ..., "entries": [{"key", "value"}...]}...} of the maps of @obj that
 * are no global data. At most @max_entries each; "truncated" says where there are more. */
json_t *value_maps(struct bpf_object *obj, unsigned int max_entries);

/**
 * value_set - give a global variable its initial value, before the object is loaded
 * @assignment: "VAR=NUMBER"
 *
 * Return: an exit status, with the line already printed where it is not EXIT_DONE.
 */
int value_set(struct bpf_object *obj, const char *path, const char *assignment);

#endif
