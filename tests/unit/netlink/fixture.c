// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <stdio.h>

void message_load(const char *name, struct message *m)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/xfrm/%s.nl", TEST_DATA, name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	m->len = fread(m->bytes, 1, sizeof(m->bytes), f);
	fclose(f);
	ck_assert_uint_gt(m->len, sizeof(m->nlh));
	ck_assert_uint_eq(m->nlh.nlmsg_len, m->len);
}

struct one {
	struct sad_spec *spec;
	struct sad_keys *keys;
	int n;
};

static int take(const struct sad_read_spec *read, void *arg, struct espalier_error *e)
{
	struct one *one = arg;

	(void)e;
	*one->spec = *read->spec;
	*one->keys = *read->keys;
	one->n++;
	return 0;
}

void text_read(const char *text, struct sad_spec *spec, struct sad_keys *keys)
{
	struct one one = {spec, keys, 0};
	struct sad_visitor v = {take, &one};
	struct espalier_error e = {0};

	ck_assert_msg(!sad_read("text", text, strlen(text), &v, &e), "%s", e.text);
	ck_assert_int_eq(one.n, 1);
}

void text_load(const char *name, struct sad_spec *spec, struct sad_keys *keys)
{
	char path[512], text[4096];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/xfrm/%s.conf", TEST_DATA, name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	text_read(text, spec, keys);
}

char *text_of(const struct sad_spec *spec, const struct sad_keys *keys)
{
	struct strbuf b = STRBUF_INIT;

	ck_assert_int_eq(sad_spec_put(spec, keys, SAD_EXPORT_BATCH, &b), 0);
	return b.text;
}
