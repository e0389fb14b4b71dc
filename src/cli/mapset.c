// SPDX-License-Identifier: BSD-2-Clause
#include "mapset.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct entry {
	const char *text; /* all of it */
	struct bpf_map *map;
	char key[64];
	char value[128];
	struct bpf_program *prog; /* or NULL */
};

static bool takes_program(const struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);

	return type == BPF_MAP_TYPE_CPUMAP || type == BPF_MAP_TYPE_DEVMAP ||
	       type == BPF_MAP_TYPE_DEVMAP_HASH;
}

static int parse(struct bpf_object *obj, const char *path, const char *text, struct entry *e)
{
	char name[64] = "", prog[64] = "", end;
	char *comma;

	memset(e, 0, sizeof(*e));
	e->text = text;
	if (sscanf(text, "%63[^[][%63[^]]]=%127s%c", name, e->key, e->value, &end) != 3)
		return complain(EXIT_BAD_INPUT, "--map %s: not MAP[KEY]=VALUE", text);
	e->map = bpf_object__find_map_by_name(obj, name);
	if (!e->map)
		return complain(EXIT_BAD_INPUT, "%s: --map %s: no map of that name", path, text);
	comma = strchr(e->value, ',');
	if (!comma)
		return EXIT_DONE;
	*comma = '\0';
	snprintf(prog, sizeof(prog), "%s", comma + 1);
	if (!takes_program(e->map))
		return complain(EXIT_BAD_INPUT,
				"%s: --map %s: only CPUMAP and DEVMAP entries have a program", path,
				text);
	e->prog = bpf_object__find_program_by_name(obj, prog);
	if (!e->prog)
		return complain(EXIT_BAD_INPUT, "%s: --map %s: no program named %s", path, text,
				prog);
	return EXIT_DONE;
}

int mapset_prepare(struct bpf_object *obj, const char *path, const struct text_list *entries,
		   bool *programs)
{
	struct entry e;
	int status;

	*programs = false;
	for (int i = 0; i < entries->nr; i++) {
		status = parse(obj, path, entries->at[i], &e);
		if (status)
			return status;
		if (!e.prog)
			continue;
		bpf_program__set_autoload(e.prog, true);
		*programs = true;
	}
	return EXIT_DONE;
}

/* An integer of @size bytes. */
static int number(const char *path, const struct entry *e, const char *text, uint32_t size,
		  void *out)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		return complain(EXIT_BAD_INPUT, "%s: --map %s: %s is not a number", path, e->text,
				text);
	if (size > 8)
		return complain(EXIT_BAD_INPUT, "%s: --map %s: %u bytes are not an integer", path,
				e->text, size);
	if (size < 8 && v >> 8 * size)
		return complain(EXIT_BAD_INPUT, "%s: --map %s: %s does not fit %u bytes", path,
				e->text, text, size);
	memcpy(out, &v, size);
	return EXIT_DONE;
}

static int cpu_value(const char *path, const struct entry *e, struct bpf_cpumap_val *val)
{
	val->bpf_prog.fd = e->prog ? bpf_program__fd(e->prog) : -1;
	return number(path, e, e->value, sizeof(val->qsize), &val->qsize);
}

static int device_value(const char *path, const struct entry *e, struct bpf_devmap_val *val)
{
	val->bpf_prog.fd = e->prog ? bpf_program__fd(e->prog) : -1;
	if (e->value[0] >= '0' && e->value[0] <= '9')
		return number(path, e, e->value, sizeof(val->ifindex), &val->ifindex);
	val->ifindex = if_nametoindex(e->value);
	if (!val->ifindex)
		return complain(EXIT_BAD_INPUT, "%s: --map %s: no such interface", path, e->text);
	return EXIT_DONE;
}

static int make_value(const char *path, const struct entry *e, void *out)
{
	if (bpf_map__type(e->map) == BPF_MAP_TYPE_CPUMAP)
		return cpu_value(path, e, out);
	if (takes_program(e->map))
		return device_value(path, e, out);
	return number(path, e, e->value, bpf_map__value_size(e->map), out);
}

static int apply(struct bpf_object *obj, const char *path, const char *text)
{
	union {
		struct bpf_cpumap_val cpu;
		struct bpf_devmap_val dev;
		uint64_t number;
	} value = {0};
	uint64_t key = 0;
	struct entry e;
	int status = parse(obj, path, text, &e);

	if (!status)
		status = number(path, &e, e.key, bpf_map__key_size(e.map), &key);
	if (!status)
		status = make_value(path, &e, &value);
	if (!status && e.prog && bpf_map__value_size(e.map) < sizeof(value.cpu))
		return complain(EXIT_BAD_INPUT,
				"%s: --map %s: the map's values have no room for a program", path,
				text);
	if (!status && bpf_map_update_elem(bpf_map__fd(e.map), &key, &value, BPF_ANY))
		return complain(status_of_errno(errno), "%s: --map %s: %s", path, text,
				strerror(errno));
	return status;
}

int mapset_apply(struct bpf_object *obj, const char *path, const struct text_list *entries)
{
	int status = EXIT_DONE;

	for (int i = 0; i < entries->nr && !status; i++)
		status = apply(obj, path, entries->at[i]);
	return status;
}
