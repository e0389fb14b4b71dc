// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>

#include "suites.h"

struct sad *sad;
struct espalier_error import_error;

static size_t in_use_before;

void make_sad(void)
{
	in_use_before = arena_in_use();
	ck_assert_int_eq(sad_new(&sad), 0);
}

void drop_sad(void)
{
	sad_free(sad);
	rcu_quiesce();
	ck_assert_uint_eq(arena_in_use(), in_use_before);
}

int import(const char *text)
{
	import_error.text[0] = '\0';
	return sad_import(sad, "t", text, strlen(text), 0, &import_error);
}

void import_is(const char *text, int want)
{
	int got = import(text);

	ck_assert_msg(got == want, "%d instead of %d (%s) for: %s", got, want, import_error.text,
		      text);
}

struct sad_key esp_key(u32 spi)
{
	struct sad_key key = {.spi = htonl(spi), .family = AF_INET, .proto = IPPROTO_ESP};

	inet_pton(AF_INET, "10.0.0.2", &key.daddr);
	return key;
}

struct xfrm_state *esp_state(u32 spi, u32 mark, u32 mask)
{
	struct sad_key key = esp_key(spi);
	struct xfrm_state *x;
	struct sad_spec spec;

	sad_spec_init(&spec);
	spec.id.daddr = key.daddr;
	spec.id.spi = key.spi;
	spec.id.proto = key.proto;
	spec.mark = (struct xfrm_mark){mark, mask};
	must(!sad_state_new(&spec, sad_netns(sad, 0), &x));
	return x;
}

struct xfrm_state *only(void)
{
	ck_assert_uint_eq(sad_count(sad), 1);
	ck_assert_ptr_eq(sad->oldest, sad->newest);
	return sad->oldest;
}

char *read_data(const char *name, size_t *len)
{
	char path[512];
	char *text = malloc(1 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	*len = fread(text, 1, (1 << 20) - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}
