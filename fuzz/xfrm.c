// SPDX-License-Identifier: BSD-2-Clause
/*
 * XFRM netlink messages: whatever the bytes, the parser ends and reads nothing beyond them; what it
 * takes can be described, shown and put into a database; and what could be added to a kernel is,
 * built into a request and read again, the same SA.
 */
#include <errno.h>
#include <sanitizer/lsan_interface.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "build.h"
#include "netlink/xfrm.h"
#include "sad/text.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char no_leak_check[] = "-detect_leaks=0";

/* As for fuzz-sad_text: leaks are looked for now and then, when deferred frees were waited for. */
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

static char *line_of(const struct sad_spec *spec, const struct sad_keys *keys,
		     enum sad_export_form form)
{
	struct strbuf b = STRBUF_INIT;

	if (sad_spec_put(spec, keys, form, &b) || !b.len)
		abort();
	return b.text;
}

static void round_trip(const struct xfrm_nl_sa *sa, const struct sad_keys *keys)
{
	struct espalier_error e = {0};
	struct xfrm_nl_sa again;
	struct sad_keys again_keys;
	struct build b;
	char *before, *after;

	if (sa->unknown_algo[0] || sad_spec_check(&sa->spec, &e))
		return;
	if (build_new(&b, &sa->spec, keys, &e) ||
	    xfrm_nl_read_sa(&b.nlh, b.nlh.nlmsg_len, &again, &again_keys))
		abort();
	before = line_of(&sa->spec, keys, SAD_EXPORT_BATCH);
	after = line_of(&again.spec, &again_keys, SAD_EXPORT_BATCH);
	if (strcmp(before, after))
		abort();
	free(before);
	free(after);
}

static void one_sa(const struct nlmsghdr *nlh, size_t size)
{
	struct espalier_sa out;
	struct xfrm_nl_sa sa;
	struct sad_keys keys;

	if (xfrm_nl_read_sa(nlh, size, &sa, &keys))
		return;
	xfrm_nl_describe(&sa, 0, &out);
	free(line_of(&sa.spec, NULL, SAD_EXPORT_TEXT));
	free(line_of(&sa.spec, NULL, SAD_EXPORT_JSON));
	/* The kernel says "given" of comp too, which has no key. */
	keys.of[SAD_ALGO_COMP].given = false;
	keys.of[SAD_ALGO_COMP].len = 0;
	round_trip(&sa, &keys);
}

static void one_event(const struct nlmsghdr *nlh, size_t size)
{
	struct xfrm_nl_event event;
	struct espalier_sad *sad;
	size_t n;

	if (xfrm_nl_read_event(nlh, size, &event))
		return;
	if (espalier_sad_new(&sad))
		abort();
	for (int i = 0; i < 2; i++) {
		if (xfrm_nl_apply(sad, 0, &event) != (event.kind == XFRM_NL_MIGRATE ? -EAGAIN : 0))
			abort();
	}
	n = event.kind == XFRM_NL_NEW || event.kind == XFRM_NL_UPDATE;
	if (espalier_sad_count(sad) != n)
		abort();
	event.kind = XFRM_NL_DELETE;
	if (xfrm_nl_apply(sad, 0, &event) || espalier_sad_count(sad))
		abort();
	espalier_sad_free(sad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned int runs;
	/* A copy of that very size, aligned as a receive buffer is. */
	struct nlmsghdr *nlh = malloc(size ? size : 1);

	if (!nlh)
		abort();
	memcpy(nlh, data, size);
	one_sa(nlh, size);
	one_event(nlh, size);
	free(nlh);
	if (++runs % 256)
		return 0;
	rcu_quiesce();
	if (arena_in_use() || __lsan_do_recoverable_leak_check())
		abort();
	return 0;
}
