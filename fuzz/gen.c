// SPDX-License-Identifier: BSD-2-Clause
/*
 * A generator's specification: whatever the text, it is refused in one line or taken, and then
 * frames are no longer than promised and hold together in bursts of any size.
 */
#include "dataplane/gen.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAME_MAX (65535 + 64)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct espalier_error e = {0};
	struct frame frames[16];
	char *spec = malloc(size + 1);
	struct gen *g;
	u32 nr;
	int err;

	if (!spec)
		return 0;
	memcpy(spec, data, size);
	spec[size] = '\0';
	/* Millions of SAs are memory and time, nothing else. */
	err = strstr(spec, "sas") ? -EINVAL : gen_open(spec, NULL, &g, &e);
	free(spec);
	if (err) {
		if (strchr(e.text, '\n'))
			abort();
		return 0;
	}
	for (u32 i = 0; i < 20; i++) {
		nr = gen_burst(g, frames, i % 16 + 1);
		for (u32 k = 0; k < nr; k++) {
			u32 sum = 0;

			if (frames[k].len < 42 || frames[k].len > FRAME_MAX)
				abort();
			for (u32 b = 0; b < frames[k].len; b++)
				sum += frames[k].data[b];
			if (!sum)
				abort();
		}
	}
	gen_close(g);
	return 0;
}
