// SPDX-License-Identifier: BSD-2-Clause
/*
 * iproute2 text: whatever the bytes, the importer ends, leaks nothing, says why in one line when it
 * refuses, and writes out what it took so that it takes that again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sad/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *export(struct sad *sad, size_t *len)
{
	struct strbuf b = STRBUF_INIT;

	if (sad_export(sad, 0, SAD_EXPORT_JSON, &b) || !b.len)
		abort();
	strbuf_free(&b);
	if (sad_export(sad, 0, SAD_EXPORT_BATCH, &b))
		abort();
	*len = b.len;
	return b.text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct espalier_error e = {0};
	struct sad *sad, *copy;
	size_t len, again_len;
	char *text, *again;
	int ret;

	if (sad_new(&sad) || sad_new(&copy))
		abort();
	ret = sad_import(sad, "fuzz", (const char *)data, size, 0, &e);
	if (ret < 0 && (!e.text[0] || strchr(e.text, '\n') || sad_count(sad)))
		abort();
	text = export(sad, &len);
	ret = sad_import(copy, "copy", text ? text : "", len, 0, &e);
	if (ret < 0 || sad_count(copy) != sad_count(sad))
		abort();
	again = export(copy, &again_len);
	if (again_len != len || (len && memcmp(text, again, len)))
		abort();
	free(text);
	free(again);
	sad_free(sad);
	sad_free(copy);
	rcu_quiesce();
	return 0;
}
