// SPDX-License-Identifier: BSD-2-Clause
#include "results.h"

#include <bpf/bpf.h>
#include <jansson.h>
#include <stdlib.h>

#include "value.h"

#define MAP_ENTRIES_MAX 1024

static double ns_per_packet(const struct runner *r)
{
	return r->ran ? (double)r->ns / (double)r->ran : 0;
}

static void set_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

static json_t *verdicts_json(enum bpf_prog_type type, const uint64_t *known, uint64_t other)
{
	json_t *o = json_object();

	for (uint32_t i = 0; i < VERDICTS_MAX; i++) {
		if (known[i])
			set_count(o, verdict_name(type, i), known[i]);
	}
	if (other)
		set_count(o, "other", other);
	return o;
}

static json_t *cpus_json(const struct runner *r)
{
	json_t *cpus = json_array();

	for (uint32_t i = 0; i < r->cpus; i++) {
		json_t *o = json_pack("{s:i}", "cpu", i);

		set_count(o, "packets", r->cpu[i].packets);
		set_count(o, "redirected", r->cpu[i].redirected);
		if (r->live)
			set_count(o, "dropped", r->cpu[i].dropped);
		json_array_append_new(cpus, o);
	}
	return cpus;
}

static const char *executed_by(const struct results *res)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	bpf_obj_get_info_by_fd(bpf_program__fd(res->prog), &info, &len);
	return info.jited_prog_len ? "jit" : "interp";
}

static json_t *ports_json(const struct results *res)
{
	json_t *ports = json_array();

	for (uint32_t i = 0; i < res->nr_ports; i++) {
		struct port *port = res->ports[i];
		json_t *o = json_pack("{s:s}", "port", port->name);

		if (port->device.ifindex)
			set_count(o, "ifindex", port->device.ifindex);
		set_count(o, "rx", port->rx);
		set_count(o, "tx", port->tx);
		set_count(o, "rx_dropped", port_lost(port));
		set_count(o, "tx_dropped", port->tx_dropped);
		json_array_append_new(ports, o);
	}
	return ports;
}

/* What only a run between ports has. */
static void add_live(json_t *o, const struct results *res)
{
	const struct runner *r = res->runner;
	json_t *dropped = json_object();

	json_object_set_new(o, "ports", ports_json(res));
	for (uint32_t i = 0; i < PATH_DROPS; i++) {
		if (r->dropped[i])
			set_count(dropped, path_drop_names[i], r->dropped[i]);
	}
	json_object_set_new(o, "dropped", dropped);
	json_object_set_new(
		o, "map_program_verdicts",
		verdicts_json(BPF_PROG_TYPE_XDP, r->map_verdict, r->other_map_verdicts));
}

void results_print_json(const struct results *res)
{
	const struct runner *r = res->runner;
	json_t *o = json_pack(
		"{s:s, s:s, s:s, s:I, s:o, s:f, s:o, s:o, s:o}", "program",
		bpf_program__name(res->prog), "engine", res->engine, "exec", executed_by(res),
		"packets", (json_int_t)r->ran, "verdicts",
		verdicts_json(bpf_program__type(res->prog), r->verdict, r->other_verdicts),
		"ns_per_packet", ns_per_packet(r), "globals", value_globals(res->obj), "maps",
		value_maps(res->obj, MAP_ENTRIES_MAX), "cpus", cpus_json(r));

	if (r->truncated)
		set_count(o, "truncated_packets", r->truncated);
	if (r->live)
		add_live(o, res);
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void print_value(const char *name, json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	printf("  %s = %s\n", name, text ? text : "?");
	free(text);
}

static void print_maps(json_t *maps)
{
	const char *name;
	json_t *map, *entry;
	size_t i;

	json_object_foreach(maps, name, map)
	{
		json_t *entries = json_object_get(map, "entries");

		printf("map %s (%s, %zu entries)\n", name,
		       json_string_value(json_object_get(map, "type")), json_array_size(entries));
		json_array_foreach(entries, i, entry)
		{
			char *key = json_dumps(json_object_get(entry, "key"),
					       JSON_ENCODE_ANY | JSON_COMPACT);

			if (i == 16) {
				printf("  ... (--json prints more)\n");
				free(key);
				break;
			}
			print_value(key ? key : "?", json_object_get(entry, "value"));
			free(key);
		}
	}
}

static void print_verdicts(enum bpf_prog_type type, const uint64_t *known, uint64_t other)
{
	for (uint32_t i = 0; i < VERDICTS_MAX; i++) {
		if (known[i])
			printf("  %-16s %llu\n", verdict_name(type, i),
			       (unsigned long long)known[i]);
	}
	if (other)
		printf("  %-16s %llu\n", "other", (unsigned long long)other);
}

static void print_cpus(const struct runner *r)
{
	for (uint32_t i = 0; r->cpus > 1 && i < r->cpus; i++) {
		printf("cpu %-3u received %llu, redirected to it %llu", i,
		       (unsigned long long)r->cpu[i].packets,
		       (unsigned long long)r->cpu[i].redirected);
		if (r->cpu[i].dropped)
			printf(", dropped %llu", (unsigned long long)r->cpu[i].dropped);
		putchar('\n');
	}
}

static void print_live(const struct results *res)
{
	const struct runner *r = res->runner;
	uint64_t any = r->other_map_verdicts;

	for (uint32_t i = 0; i < VERDICTS_MAX; i++)
		any += r->map_verdict[i];
	if (any)
		printf("programs of map entries\n");
	print_verdicts(BPF_PROG_TYPE_XDP, r->map_verdict, r->other_map_verdicts);
	for (uint32_t i = 0; i < res->nr_ports; i++) {
		struct port *port = res->ports[i];
		uint64_t lost = port_lost(port);

		printf("port %s: received %llu, sent %llu", port->name,
		       (unsigned long long)port->rx, (unsigned long long)port->tx);
		if (lost || port->tx_dropped)
			printf(", dropped %llu on the way in, %llu on the way out",
			       (unsigned long long)lost, (unsigned long long)port->tx_dropped);
		putchar('\n');
	}
	for (uint32_t i = 0; i < PATH_DROPS; i++) {
		if (r->dropped[i])
			printf("dropped: %s %llu\n", path_drop_names[i],
			       (unsigned long long)r->dropped[i]);
	}
}

void results_print(const struct results *res)
{
	enum bpf_prog_type type = bpf_program__type(res->prog);
	json_t *globals = value_globals(res->obj), *maps = value_maps(res->obj, MAP_ENTRIES_MAX);
	const struct runner *r = res->runner;
	const char *name;
	json_t *value;

	printf("%s: %llu packets", bpf_program__name(res->prog), (unsigned long long)r->ran);
	/* Of a handful of packets the time is that of cold caches. */
	if (r->ran >= 1000)
		printf(", %.1f ns each", ns_per_packet(r));
	printf(" (%s engine, %s)\n", res->engine, executed_by(res));
	print_verdicts(type, r->verdict, r->other_verdicts);
	if (r->truncated)
		printf("  %llu of the capture's packets were cut short when they were captured\n",
		       (unsigned long long)r->truncated);
	print_cpus(r);
	if (r->live)
		print_live(res);
	if (json_object_size(globals))
		printf("globals\n");
	json_object_foreach(globals, name, value) print_value(name, value);
	print_maps(maps);
	json_decref(globals);
	json_decref(maps);
}
