// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/libbpf.h>
#include <jansson.h>
#include <string.h>

#include <espalier/bpf.h>

#include "base/uapi.h"
#include "cli.h"
#include "helper/helper.h"
#include "kfunc/kfunc.h"
#include "machine.h"
#include "object.h"
#include "options.h"

static const enum bpf_prog_type prog_types[] = {BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_SCHED_CLS,
						BPF_PROG_TYPE_SOCKET_FILTER};

static json_t *list_helpers(enum bpf_prog_type type)
{
	json_t *list = json_array();

	for (u32 i = 1; i < HELPER_MAX; i++) {
		if (helper_for(i, type))
			json_array_append_new(list, json_string(helper_name(i)));
	}
	return list;
}

static json_t *list_kfuncs(enum bpf_prog_type type)
{
	const struct kfunc *kf;
	json_t *list = json_array();

	for (u32 i = 0; (kf = kfunc_at(i)); i++) {
		if (kfunc_allowed(kf, type, false))
			json_array_append_new(list, json_string(kf->name));
	}
	return list;
}

static json_t *list_map_types(void)
{
	json_t *list = json_array();

	for (int t = 1; t < 40; t++) {
		const char *name = libbpf_bpf_map_type_str((enum bpf_map_type)t);

		if (name && libbpf_probe_bpf_map_type((enum bpf_map_type)t, NULL) == 1)
			json_array_append_new(list, json_string(name));
	}
	return list;
}

static json_t *list_executors(void)
{
	json_t *list = json_pack("[s]", "interp");

	if (!espalier_set_exec(ESPALIER_EXEC_JIT))
		json_array_append_new(list, json_string("jit"));
	espalier_set_exec(ESPALIER_EXEC_DEFAULT);
	return list;
}

static json_t *build_facts(void)
{
	json_t *types = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(prog_types); i++)
		json_object_set_new(types, prog_type_name(prog_types[i]),
				    json_pack("{s:o, s:o}", "helpers", list_helpers(prog_types[i]),
					      "kfuncs", list_kfuncs(prog_types[i])));
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "version", ESPALIER_VERSION, "semantics",
			 "Linux 6.18", "executors", list_executors(), "program_types", types,
			 "map_types", list_map_types());
}

static void print_list(const char *what, const json_t *list)
{
	size_t i, column;
	json_t *item;

	column = (size_t)printf("    %s (%zu):", what, json_array_size(list));
	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);

		if (column + strlen(text) + 1 > 98)
			column = (size_t)printf("\n     ") - 1;
		column += (size_t)printf(" %s", text);
	}
	putchar('\n');
}

static const char *yes(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key)) ? "yes" : "no";
}

static void print_text(const json_t *build, const json_t *machine)
{
	const char *name;
	json_t *type;

	printf("espalier %s, semantics of %s\n", ESPALIER_VERSION,
	       json_string_value(json_object_get(build, "semantics")));
	print_list("executors", json_object_get(build, "executors"));
	json_object_foreach(json_object_get(build, "program_types"), name, type)
	{
		printf("  %s programs\n", name);
		print_list("helpers", json_object_get(type, "helpers"));
		print_list("kfuncs", json_object_get(type, "kfuncs"));
	}
	print_list("map types", json_object_get(build, "map_types"));
	printf("this machine: Linux %s, %s\n",
	       json_string_value(json_object_get(machine, "kernel")),
	       json_string_value(json_object_get(machine, "machine")));
	printf("  bpf(2) permitted: %s; BTF: %s; xfrm kfuncs: %s\n", yes(machine, "bpf_permitted"),
	       yes(machine, "btf"), yes(machine, "xfrm_kfuncs"));
	printf("  TAP devices: %s; AF_XDP: %s\n", yes(machine, "tap"), yes(machine, "af_xdp"));
}

int cmd_info(int argc, char **argv)
{
	bool json = false;
	const struct option_row rows[] = {
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &json, 0, 0,
		 NULL},
		{0},
	};
	const struct command_help help = {
		"info [--json]",
		"Tells what this build supports and what this machine's kernel offers.",
	};
	json_t *build, *machine;
	int first, ret = options_parse(argc, argv, rows, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first < argc)
		return complain(EXIT_BAD_INPUT, "info: %s: no operand expected", argv[first]);
	engine_choose(ENGINE_USER);
	build = build_facts();
	machine = machine_facts();
	if (json) {
		json_t *o = json_pack("{s:O, s:O}", "build", build, "machine", machine);

		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	} else {
		print_text(build, machine);
	}
	json_decref(build);
	json_decref(machine);
	return EXIT_DONE;
}
