// SPDX-License-Identifier: BSD-2-Clause
#include "blob.h"

#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

static const char strings[] =
	"\0u32\0bpf_spin_lock\0val\0locked\0a\0lock\0b\0xfrm_state\0kptr\0holder\0"
	"x\0c\0plain\0u64\0g\0.bss\0alias";

static u32 str(const char *name)
{
	for (u32 i = 0; i < sizeof(strings); i += (u32)strlen(strings + i) + 1) {
		if (!strcmp(strings + i, name))
			return i;
	}
	abort();
}

#define INFO(kind, vlen) ((u32)(kind) << 24 | (vlen))

void *btf_blob(u32 *size, bool kptr)
{
	/* clang-format off */
	const u32 types[] = {
		/* 1 */ str("u32"), INFO(BTF_KIND_INT, 0), 4, 32,
		/* 2 */ str("bpf_spin_lock"), INFO(BTF_KIND_STRUCT, 1), 4,
			str("val"), 1, 0,
		/* 3 */ str("locked"), INFO(BTF_KIND_STRUCT, 3), 12,
			str("a"), 1, 0, str("lock"), 2, 32, str("b"), 1, 64,
		/* 4 */ str("xfrm_state"), INFO(BTF_KIND_STRUCT, 0), 0,
		/* 5 */ str("kptr"), INFO(BTF_KIND_TYPE_TAG, 0), 4,
		/* 6 */ 0, INFO(BTF_KIND_PTR, 0), kptr ? 5 : 4,
		/* 7 */ str("holder"), INFO(BTF_KIND_STRUCT, 4), 24,
			str("a"), 9, 0, str("x"), 6, 64, str("b"), 1, 128, str("c"), 1, 160,
		/* 8 */ str("plain"), INFO(BTF_KIND_STRUCT, 3), 12,
			str("a"), 1, 0, str("b"), 1, 32, str("c"), 1, 64,
		/* 9 */ str("u64"), INFO(BTF_KIND_INT, 0), 8, 64,
		/* 10 */ str("g"), INFO(BTF_KIND_VAR, 0), 1, BTF_VAR_GLOBAL_ALLOCATED,
		/* 11 */ str(".bss"), INFO(BTF_KIND_DATASEC, 1), 4, 10, 0, 4,
		/* 12 */ str("alias"), INFO(BTF_KIND_TYPEDEF, 0), 1,
	};
	/* clang-format on */
	struct btf_header hdr = {.magic = BTF_MAGIC,
				 .version = 1,
				 .hdr_len = sizeof(hdr),
				 .type_len = sizeof(types),
				 .str_off = sizeof(types),
				 .str_len = sizeof(strings)};
	unsigned char *blob = malloc(sizeof(hdr) + sizeof(types) + sizeof(strings));

	if (!blob)
		abort();
	memcpy(blob, &hdr, sizeof(hdr));
	memcpy(blob + sizeof(hdr), types, sizeof(types));
	memcpy(blob + sizeof(hdr) + sizeof(types), strings, sizeof(strings));
	*size = sizeof(hdr) + sizeof(types) + sizeof(strings);
	return blob;
}
