// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a capture cut away: if rss_headers_read() says that enough is there, no padding changes what
 * esp_rss decides; and it reads nothing but what was captured.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "planner_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct rss_bench bench;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct rss_planner_options o = {.nr_cpus = 2, .nr_ports = 1, .ports = {htons(4500)}};
	struct rss_marks marks = {.nr = 1};
	struct espalier_error e;

	(void)argc;
	(void)argv;
	if (espalier_set_cpus(2) || rss_bench_open(&bench, &o, RSS_BALANCE, &marks, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	return 0;
}

static struct rss_decision decide(const u8 *captured, u32 nr, u32 len, int pad)
{
	const struct rss_decision *d;
	struct espalier_error e;
	u8 *frame = malloc(len + 1);

	if (!frame)
		abort();
	memset(frame, pad, len);
	memcpy(frame, captured, nr);
	if (rss_bench_run(&bench, frame, len, &d, &e))
		abort();
	free(frame);
	return *d;
}

/* Two bytes: how much was captured, of the frame that follows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u16 port = 0x9411;
	struct rss_decision a, b;
	struct rss_headers h;
	u32 len, captured;
	u8 *exact;

	if (size < 2)
		return 0;
	len = (u32)size - 2;
	captured = (u32)(data[0] << 8 | data[1]) % (len + 1);
	exact = malloc(captured + !captured);
	if (!exact)
		abort();
	memcpy(exact, data + 2, captured);
	rss_headers_read(exact, captured, len, &port, 1, &h);
	if (h.usable > captured)
		abort();
	if (h.extent == RSS_EXTENT_ENOUGH) {
		a = decide(exact, h.usable, len, 0);
		b = decide(exact, captured, len, 0xff);
		if (a.reason != b.reason || a.cpu != b.cpu)
			abort();
		if (a.reason != RSS_FRAGMENT && memcmp(&a.key, &b.key, sizeof(a.key)))
			abort();
	}
	free(exact);
	return 0;
}
