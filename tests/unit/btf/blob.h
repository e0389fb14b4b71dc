/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_BTF_BLOB_H
#define TESTS_BTF_BLOB_H

#include "base/uapi.h"
#include "btf/btf.h"

/* A BTF blob under construction: types word by word, then blob_finish(). */
struct blob {
	u32 words[4096];
	u32 nr;
	u32 nr_types; /* including void */
	char strings[4096];
	u32 str_len;
	u8 out[40960];
	u32 size;
};

#define INFO(kind, kflag, vlen) ((u32)(kflag) << 31 | (u32)(kind) << 24 | (vlen))

void blob_init(struct blob *b);
u32 blob_str(struct blob *b, const char *text);
void blob_word(struct blob *b, u32 word);
/* The fixed part of a type; its data follows as words. Returns its id. */
u32 blob_type(struct blob *b, const char *name, u32 info, u32 size_or_type);
u32 blob_int(struct blob *b, const char *name, u32 size, u32 encoding);
u32 blob_array(struct blob *b, u32 elem, u32 index, u32 nelems);
void blob_member(struct blob *b, const char *name, u32 type, u32 bits);
u32 blob_decl_tag(struct blob *b, const char *text, u32 type, u32 component);
void blob_finish(struct blob *b);

/*
 * Load it: here, and where bpf(2) is permitted on a 6.18 kernel there too, comparing error and
 * whole log (level 1). @log gets the log; both may be NULL.
 */
int blob_load(const void *data, u32 size, struct btf **out, char *log, u32 log_size);
/* True if blob_load() has the kernel to compare with. */
bool kernel_answers(void);

#endif
