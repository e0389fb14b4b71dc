// SPDX-License-Identifier: BSD-2-Clause
/* Captures: whatever the bytes, every frame handed out is readable and the reader ends. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dataplane/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct espalier_error e = {0};
	struct capture *cap;
	struct frame f;
	char path[32];
	u32 sum = 0;
	int fd = memfd_create("capture", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!capture_open(path, &cap, &e)) {
		int ret;

		while ((ret = capture_next(cap, &f, &e)) == 1) {
			if (f.wire_len < f.len)
				abort();
			for (u32 i = 0; i < f.len; i++)
				sum += f.data[i];
		}
		if (ret && !e.text[0])
			abort();
		capture_close(cap);
	} else if (!e.text[0]) {
		abort();
	}
	/* The sum only makes the reads happen. */
	__asm__ volatile("" : : "r"(sum));
	close(fd);
	return 0;
}
