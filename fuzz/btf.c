// SPDX-License-Identifier: BSD-2-Clause
/* A BTF blob, and whatever the verifier and the maps may ask about one that was accepted. */
#include <stdint.h>
#include <stdlib.h>

#include "base/rcu.h"
#include "btf/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_type(const struct btf *btf, u32 id, struct vlog *log)
{
	const struct btf_type *t = btf_type(btf, id);
	struct btf_record *rec = NULL;
	u32 bytes, res, flags;
	const char *field;

	btf_find(btf, btf_name(btf, t), btf_kind_of(t));
	btf_pointee(btf, id, &res);
	if (btf_size(btf, id, &bytes))
		bytes = 0;
	btf_decl_tag(btf, id, 0, "contains:");
	btf_struct_record(btf, id);
	if (!btf_parse_fields(btf, id, ~0u, bytes, btf, &rec))
		btf_record_find(rec, 8, ~0u);
	free(rec);
	if (!btf_is_kind_struct(t))
		return;
	btf_is_scalar_struct(log, btf, id);
	for (u32 off = 0; off <= bytes && off < 64; off += 3) {
		for (u32 width = 0; width <= 8; width = width ? width * 2 : 1)
			btf_struct_walk(log, btf, id, off, width, &res, &flags, &field);
		btf_struct_ids_match(log, btf, id, (int)off, btf, id / 2, false);
	}
	btf_struct_walk(log, btf, id, bytes + 5, 4, &res, &flags, &field);
	btf_struct_walk(log, btf, id, U32_MAX, 8, &res, &flags, &field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[4096];
	static u32 loads;
	struct vlog log;
	struct btf *btf;

	if (size > UINT32_MAX || vlog_init(&log, 1, text, sizeof(text)))
		return 0;
	if (!btf_parse(data, (u32)size, &log, &btf)) {
		for (u32 id = 0; id < btf->nr_types && id < 512; id++)
			use_type(btf, id, &log);
		btf_put(btf);
		/* Freed memory waits for the other readers: let it not pile up. */
		if (++loads % 256 == 0)
			rcu_quiesce();
	}
	vlog_finish(&log, NULL);
	return 0;
}
