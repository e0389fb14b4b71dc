// SPDX-License-Identifier: BSD-2-Clause
/*
 * iproute2 text: whatever the bytes, the importer ends, leaks nothing, says why in one line when it
 * refuses, and writes out what it took so that it takes that again.
 */
#include <errno.h>
#include <sanitizer/lsan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sad/text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
static int take(const struct sad_read_spec *read, void *arg, struct espalier_error *e)
{
	struct sad_keys *last = arg;

	(void)e;
	*last = *read->keys;
	for (int kind = 0; kind < SAD_ALGO_KINDS; kind++) {
		if (last->of[kind].len > SAD_KEY_MAX ||
		    (last->of[kind].len && !last->of[kind].given))
			abort();
	}
	return 0;
}

/* The reader that keeps keys takes no text that the one that drops them refuses the grammar of. */
static void read_keys(const char *text, size_t len, int imported)
{
	struct sad_keys last;
	struct sad_visitor v = {take, &last};
	struct espalier_error e = {0};
	int ret = sad_read("fuzz", text, len, &v, &e);

	if (ret && (!e.text[0] || strchr(e.text, '\n')))
		abort();
	if (!ret && imported == -EINVAL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char no_leak_check[] = "-detect_leaks=0";

/* Much is freed by another thread, ten milliseconds later: leaks are looked for now and then, when
 * that was waited for, rather than after each input. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char **more = calloc((size_t)*argc + 2, sizeof(*more));

	if (!more)
		abort();
	memcpy(more, *argv, (size_t)*argc * sizeof(*more));
	more[(*argc)++] = no_leak_check;
	*argv = more;
	atexit(rcu_quiesce);
	return 0;
}

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
	static unsigned int runs;
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
	read_keys((const char *)data, size, ret);
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
	if (++runs % 256)
		return 0;
	rcu_quiesce();
	if (arena_in_use() || __lsan_do_recoverable_leak_check())
		abort();
	return 0;
}
