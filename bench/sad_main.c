// SPDX-License-Identifier: BSD-2-Clause
/*
 *	bench-sad [--json] [--sas N,N...] [--rounds N] [lookup|growth|resize|writer]...
 *
 * All four by default, for 1000, 10000, 100000 and 1000000 SAs.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "peer.h"
#include "sad_bench.h"

enum {
	MAX_SIZES = 16,
	MAX_SAS = 20000000
};

static const char *const names[] = {"lookup", "growth", "resize", "writer"};

static void usage(void)
{
	fputs("usage: bench-sad [--json] [--sas N,N...] [--rounds N] "
	      "[lookup|growth|resize|writer]...\n",
	      stderr);
	exit(2);
}

static u32 number(const char *text, u32 most, char **end)
{
	unsigned long v = strtoul(text, end, 10);

	if (*end == text || !v || v > most)
		usage();
	return (u32)v;
}

static u32 sizes(const char *text, u32 *sas)
{
	u32 n = 0;
	char *end;

	for (;; text = end + 1) {
		if (n == MAX_SIZES)
			usage();
		sas[n++] = number(text, MAX_SAS, &end);
		if (!*end)
			return n;
		if (*end != ',')
			usage();
	}
}

#ifdef WITH_DPDK
static u32 largest(const u32 *sas, u32 n)
{
	u32 most = 0;

	for (u32 i = 0; i < n; i++)
		most = max(most, sas[i]);
	return most;
}
#endif

static u32 chosen(int argc, char **argv)
{
	u32 set = 0;

	for (; optind < argc; optind++) {
		u32 i = 0;

		while (i < ARRAY_SIZE(names) && strcmp(names[i], argv[optind]))
			i++;
		if (i == ARRAY_SIZE(names))
			usage();
		set |= 1u << i;
	}
	return set ? set : ~0u;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"sas", required_argument, NULL, 's'},
						{"rounds", required_argument, NULL, 'r'},
						{0}};
	u32 sas[MAX_SIZES] = {1000, 10000, 100000, 1000000};
	u32 n = 4, rounds = 15, set;
	json_t *out = json_object();
	bool json = false;
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case 's':
			n = sizes(optarg, sas);
			break;
		case 'r':
			rounds = number(optarg, MAX_ROUNDS, &end);
			if (*end)
				usage();
			break;
		default:
			usage();
		}
	}
	set = chosen(argc, argv);
	/* DPDK would leave this process one CPU only: note before that there are others. */
	pin(0);
#ifdef WITH_DPDK
	if (set & 1)
		peer_init(largest(sas, n));
#endif
	if (set & 2)
		json_object_set_new(out, "growth", bench_growth(sas, n, json));
	if (set & 4)
		json_object_set_new(out, "resize", bench_resize(json));
	if (set & 8)
		json_object_set_new(out, "writer", bench_beside_writer(sas, n, rounds, json));
	if (set & 1)
		json_object_set_new(out, "lookup", bench_lookups(sas, n, rounds, json));
	if (json) {
		json_dumpf(out, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(5));
		putchar('\n');
	}
	json_decref(out);
	return 0;
}
