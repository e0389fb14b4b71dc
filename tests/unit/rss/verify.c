// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every program of esp_rss is accepted, on every rung of the ladder, and at a cost that leaves an
 * older kernel's verifier far from its bound: for each object named on the command line. TAP. With
 * --kernel the running kernel is asked: skipped where that is not permitted.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <espalier/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/types.h"

#include "esp_rss.h"

#define SKIPPED	      77
#define LOG_STATS     4
#define MOST_INSNS    20000
#define LOG_SIZE      (1u << 20)
#define RODATA_SUFFIX ".rodata"

static int tests, failures;
static char *log_buf;

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

/* As esp_rss_maps.h has it: a word, then a byte. */
static int choose(struct bpf_object *obj, enum rss_lookup lookup, bool record)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		const char *name = bpf_map__name(map);
		size_t len = strlen(name), size;
		u8 *value;

		if (len < strlen(RODATA_SUFFIX) ||
		    strcmp(name + len - strlen(RODATA_SUFFIX), RODATA_SUFFIX))
			continue;
		value = (u8 *)bpf_map__initial_value(map, &size);
		if (!value || size < 5)
			return -1;
		memcpy(value, &(u32){lookup}, 4);
		value[4] = record;
		return bpf_map__set_initial_value(map, value, size);
	}
	return -1;
}

/* 0 or -errno; @processed: instructions that the verifier went through. */
static int load(const char *path, const char *name, enum rss_lookup lookup, bool record,
		u32 *processed)
{
	struct bpf_object *obj = bpf_object__open(path);
	struct bpf_program *prog;
	const char *line;
	int err;

	*processed = 0;
	if (!obj || choose(obj, lookup, record))
		return -1;
	bpf_object__for_each_program(prog, obj)
	{
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
		bpf_program__set_log_level(prog, LOG_STATS);
		bpf_program__set_log_buf(prog, log_buf, LOG_SIZE);
	}
	log_buf[0] = '\0';
	err = bpf_object__load(obj);
	bpf_object__close(obj);
	line = strstr(log_buf, "processed ");
	if (line)
		*processed = (u32)strtoul(line + strlen("processed "), NULL, 10);
	return err;
}

static void check(const char *path, const char *name, enum rss_lookup lookup, bool record)
{
	u32 processed;
	int err = load(path, name, lookup, record, &processed);
	bool ok = !err && processed && processed < MOST_INSNS;

	failures += !ok;
	printf("%sok %d - %s: %s, lookup by %s%s: %u instructions\n", ok ? "" : "not ", ++tests,
	       path, name, lookup == RSS_LOOKUP_MAP ? "map" : "kfunc", record ? ", recorded" : "",
	       processed);
	if (err)
		printf("# %s: %s\n", strerror(-err), log_buf);
}

int main(int argc, char **argv)
{
	int first = 1;

	libbpf_set_print(quiet);
	log_buf = malloc(LOG_SIZE);
	if (!log_buf)
		return 1;
	if (argc > 1 && !strcmp(argv[1], "--kernel")) {
		espalier_set_engine(ESPALIER_ENGINE_KERNEL);
		first = 2;
		if (bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL) < 0) {
			printf("1..0 # SKIP bpf(2) is not permitted\n");
			return SKIPPED;
		}
	}
	for (int i = first; i < argc; i++) {
		for (int k = 0; k < 4; k++)
			check(argv[i], "esp_rss", k & 1 ? RSS_LOOKUP_MAP : RSS_LOOKUP_KFUNC, k & 2);
		check(argv[i], "esp_rss_linear", RSS_LOOKUP_KFUNC, false);
		check(argv[i], "rss_enqueue", RSS_LOOKUP_KFUNC, false);
		check(argv[i], "rss_dequeue", RSS_LOOKUP_KFUNC, false);
	}
	printf("1..%d\n", tests);
	free(log_buf);
	return failures ? 1 : 0;
}
