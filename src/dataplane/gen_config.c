// SPDX-License-Identifier: BSD-2-Clause
#include "gen_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX 1024

static const char *const kinds[] = {
	[GEN_ESP] = "esp", [GEN_ESP_UDP] = "esp-udp",	[GEN_AH] = "ah",
	[GEN_UDP] = "udp", [GEN_TCP] = "tcp",		[GEN_IKE] = "ike",
	[GEN_MIX] = "mix", [GEN_IKE_NATT] = "ike-natt", [GEN_KEEPALIVE] = "keepalive",
};
static const char *const dists[] = {"roundrobin", "uniform", "zipf"};

/* What has to be known of the other keys before a value makes sense. */
struct parse {
	struct gen_config *c;
	struct espalier_error *e;
	bool has_sas;
	bool has_family;
	const char *src;
	const char *dst;
};

static int number(struct parse *p, const char *key, const char *text, u64 least, u64 most, u64 *out)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || text[0] < '0' || text[0] > '9' || v < least || v > most)
		return fail(p->e, EINVAL, "gen: %s=%s: not a number from %llu to %llu", key, text,
			    (unsigned long long)least, (unsigned long long)most);
	*out = v;
	return 0;
}

static int number32(struct parse *p, const char *key, const char *text, u64 least, u64 most,
		    u32 *out)
{
	u64 v;
	int err = number(p, key, text, least, most, &v);

	if (!err)
		*out = (u32)v;
	return err;
}

static int word(struct parse *p, const char *key, const char *text, const char *const *words,
		u32 nr, u32 *out)
{
	char all[128] = "";

	for (u32 i = 0; i < nr; i++) {
		if (!strcmp(text, words[i])) {
			*out = i;
			return 0;
		}
		if (i)
			strncat(all, ", ", sizeof(all) - strlen(all) - 1);
		strncat(all, words[i], sizeof(all) - strlen(all) - 1);
	}
	return fail(p->e, EINVAL, "gen: %s=%s: not one of %s", key, text, all);
}

static int take_kind(struct parse *p, const char *text)
{
	u32 kind;
	int err = word(p, "kind", text, kinds, ARRAY_SIZE(kinds), &kind);

	if (err)
		return err;
	p->c->kind = (enum gen_kind)kind;
	p->c->has_kind = true;
	return 0;
}

static int take_family(struct parse *p, const char *text)
{
	if (strcmp(text, "4") && strcmp(text, "6"))
		return fail(p->e, EINVAL, "gen: family=%s: neither 4 nor 6", text);
	p->c->family = (u32)text[0] - '0';
	p->has_family = true;
	return 0;
}

/* N, N-M or imix. */
static int take_size(struct parse *p, char *text)
{
	char *dash = strchr(text, '-');
	int err;

	if (!strcmp(text, "imix")) {
		p->c->imix = true;
		return 0;
	}
	p->c->imix = false;
	if (dash)
		*dash++ = '\0';
	err = number32(p, "size", text, GEN_SIZE_MIN, GEN_SIZE_MAX, &p->c->size_min);
	if (!err)
		err = number32(p, "size", dash ? dash : text, p->c->size_min, GEN_SIZE_MAX,
			       &p->c->size_max);
	return err;
}

static int take_sas(struct parse *p, const char *text)
{
	p->has_sas = true;
	if (!strcmp(text, "sad")) {
		p->c->sas = 0;
		return 0;
	}
	return number32(p, "sas", text, 1, GEN_SAS_MAX, &p->c->sas);
}

/* roundrobin, uniform, zipf or zipf:EXPONENT. */
static int take_dist(struct parse *p, char *text)
{
	char *colon = strchr(text, ':'), *end;
	u32 dist;
	int err;

	if (colon)
		*colon++ = '\0';
	err = word(p, "dist", text, dists, ARRAY_SIZE(dists), &dist);
	if (err)
		return err;
	p->c->dist = (enum gen_dist)dist;
	if (!colon)
		return 0;
	if (dist != GEN_ZIPF)
		return fail(p->e, EINVAL, "gen: dist=%s:%s: only zipf has an exponent", text,
			    colon);
	p->c->zipf = strtod(colon, &end);
	if (end == colon || *end || !(p->c->zipf > 0 && p->c->zipf <= 10))
		return fail(p->e, EINVAL, "gen: dist=zipf:%s: not a number above 0, up to 10",
			    colon);
	return 0;
}

/* ID or OUTER.INNER. */
static int take_vlan(struct parse *p, char *text)
{
	char *dot = strchr(text, '.');
	u32 id;
	int err;

	p->c->vlans = 0;
	if (dot)
		*dot++ = '\0';
	for (; text; text = dot, dot = NULL) {
		err = number32(p, "vlan", text, 0, 4094, &id);
		if (err)
			return err;
		p->c->vlan[p->c->vlans++] = (u16)id;
	}
	return 0;
}

static int take(struct parse *p, const char *key, char *text)
{
	struct gen_config *c = p->c;

	if (!strcmp(key, "kind"))
		return take_kind(p, text);
	if (!strcmp(key, "family"))
		return take_family(p, text);
	if (!strcmp(key, "size"))
		return take_size(p, text);
	if (!strcmp(key, "sas"))
		return take_sas(p, text);
	if (!strcmp(key, "dist"))
		return take_dist(p, text);
	if (!strcmp(key, "vlan"))
		return take_vlan(p, text);
	if (!strcmp(key, "src")) {
		p->src = text;
		return 0;
	}
	if (!strcmp(key, "dst")) {
		p->dst = text;
		return 0;
	}
	if (!strcmp(key, "spi"))
		return number32(p, key, text, 1, U32_MAX, &c->spi);
	if (!strcmp(key, "seq"))
		return number32(p, key, text, 0, U32_MAX, &c->seq);
	if (!strcmp(key, "frag"))
		return number32(p, key, text, 0, 100, &c->frag);
	if (!strcmp(key, "seed"))
		return number(p, key, text, 0, U64_MAX, &c->seed);
	if (!strcmp(key, "count"))
		return number(p, key, text, 1, U64_MAX, &c->count);
	if (!strcmp(key, "rate"))
		return number(p, key, text, 1, 1000000000, &c->rate);
	return fail(
		p->e, EINVAL,
		"gen: %s: no such key (kind, family, size, sas, dist, vlan, src, dst, spi, seq, "
		"frag, seed, count, rate)",
		key);
}

/* An address tells the family, unless the other one was asked for. */
static int take_address(struct parse *p, const char *key, const char *text, u8 *out, bool *given)
{
	u32 family = strchr(text, ':') ? 6 : 4;

	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, text, out) != 1)
		return fail(p->e, EINVAL, "gen: %s=%s: not an IP address", key, text);
	if (p->has_family && p->c->family != family)
		return fail(p->e, EINVAL, "gen: %s=%s: not an address of family %u", key, text,
			    p->c->family);
	p->c->family = family;
	p->has_family = *given = true;
	return 0;
}

static int settle(struct parse *p, bool has_sad)
{
	struct gen_config *c = p->c;
	bool own = p->has_family || p->src || p->dst || c->spi;
	int err = 0;

	if (p->src)
		err = take_address(p, "src", p->src, c->src, &c->has_src);
	if (!err && p->dst)
		err = take_address(p, "dst", p->dst, c->dst, &c->has_dst);
	if (err)
		return err;
	if (!p->has_sas)
		c->sas = has_sad && !own ? 0 : 1;
	if (!c->sas && !has_sad)
		return fail(p->e, EINVAL,
			    "gen: sas=sad: there are no SAs (name a file with --sad)");
	if (!c->sas && own)
		return fail(p->e, EINVAL,
			    "gen: sas=sad: family, src, dst and spi are those of the SAs");
	if (!c->has_kind && !c->sas)
		c->kind = GEN_BY_SA;
	if (!c->spi)
		c->spi = 0x100; /* the first that is not reserved */
	if ((u64)c->spi + c->sas > 1ull << 32)
		return fail(p->e, EINVAL, "gen: spi=0x%x: no room for %u SPIs from there on",
			    c->spi, c->sas);
	return 0;
}

int gen_config_parse(const char *spec, bool has_sad, struct gen_config *c, struct espalier_error *e)
{
	struct parse p = {.c = c, .e = e};
	char text[SPEC_MAX], *rest = text, *pair;
	int err;

	*c = (struct gen_config){.family = 4,
				 .size_min = 200,
				 .size_max = 200,
				 .zipf = 1,
				 .seq = 1,
				 .seed = 1,
				 .count = 100000,
				 .rate = 1000000};
	if (strlen(spec) >= sizeof(text))
		return fail(e, EINVAL, "gen: the specification is longer than %d characters",
			    SPEC_MAX - 1);
	/* Errors quote it, and are one line. */
	for (const char *at = spec; *at; at++) {
		if (*at < ' ' || *at > '~')
			return fail(e, EINVAL, "gen: the specification is not plain ASCII text");
	}
	strcpy(text, spec);
	while ((pair = strsep(&rest, ","))) {
		char *value = strchr(pair, '=');

		if (!*pair && !*spec)
			break;
		if (!value || value == pair)
			return fail(e, EINVAL, "gen: \"%s\": not KEY=VALUE", pair);
		*value++ = '\0';
		err = take(&p, pair, value);
		if (err)
			return err;
	}
	return settle(&p, has_sad);
}
