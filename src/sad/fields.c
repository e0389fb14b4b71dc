// SPDX-License-Identifier: BSD-2-Clause
#include "fields.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/udp.h>
#include <stdio.h>
#include <string.h>

#ifndef TCP_ENCAP_ESPINTCP
#define TCP_ENCAP_ESPINTCP 7
#endif

bool number_at(const char *s, u64 max, u64 *out, const char **end)
{
	unsigned int base = 10;
	const char *first;
	u64 v = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s[0] == '0') {
		base = 8; /* the 0 itself is a digit, too */
	}
	for (first = s; isxdigit((unsigned char)*s); s++) {
		unsigned int d = isdigit((unsigned char)*s)
					 ? (unsigned int)(*s - '0')
					 : (unsigned int)(tolower(*s) - 'a') + 10;

		if (d >= base)
			break;
		if (v > (max - d) / base)
			return false;
		v = v * base + d;
	}
	*out = v;
	*end = s;
	return s != first;
}

static int field_number(struct words *w, const char *what, u64 max, u64 *out)
{
	const char *word = words_peek(w);
	char why[96];
	const char *end;

	if (!word || !number_at(word, max, out, &end) || *end) {
		snprintf(why, sizeof(why), "%s is not a number up to %llu", what,
			 (unsigned long long)max);
		return words_fail_at(w, why);
	}
	w->at++;
	return 0;
}

int field_u64(struct words *w, const char *what, u64 *out)
{
	return field_number(w, what, U64_MAX, out);
}

int field_u32(struct words *w, const char *what, u32 *out)
{
	u64 v;
	int err = field_number(w, what, U32_MAX, &v);

	if (!err)
		*out = (u32)v;
	return err;
}

int field_u16(struct words *w, const char *what, u16 *out)
{
	u64 v;
	int err = field_number(w, what, UINT16_MAX, &v);

	if (!err)
		*out = (u16)v;
	return err;
}

int field_u8(struct words *w, const char *what, u8 *out)
{
	u64 v;
	int err = field_number(w, what, UINT8_MAX, &v);

	if (!err)
		*out = (u8)v;
	return err;
}

static bool is_any(const char *s)
{
	return !strcmp(s, "any") || !strcmp(s, "all") || !strcmp(s, "default");
}

/* As ip has it, octets may be missing at the end, and each is in any notation: 10 is 10.0.0.0. */
static bool parse_ipv4(const char *s, xfrm_address_t *out)
{
	u8 octet[4] = {0};

	for (u32 i = 0; i < 4; i++) {
		u64 v;

		if (!number_at(s, 255, &v, &s))
			return false;
		octet[i] = (u8)v;
		if (!*s) {
			memcpy(&out->a4, octet, sizeof(octet));
			return true;
		}
		if (*s++ != '.')
			return false;
	}
	return false;
}

static bool parse_addr(const char *s, u16 family, struct field_addr *out)
{
	const char *slash = strchr(s, '/');
	size_t len = slash ? (size_t)(slash - s) : strlen(s);
	char text[INET6_ADDRSTRLEN];
	const char *end;
	u64 plen;

	*out = (struct field_addr){0};
	if (len >= sizeof(text))
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	if (is_any(text)) {
		out->family = family;
	} else if (family != AF_INET6 && parse_ipv4(text, &out->addr)) {
		out->family = AF_INET;
		out->plen = 32;
	} else if (family != AF_INET && inet_pton(AF_INET6, text, &out->addr) == 1) {
		out->family = AF_INET6;
		out->plen = 128;
	} else {
		return false;
	}
	if (!slash)
		return true;
	if (!number_at(slash + 1, out->plen, &plen, &end) || *end)
		return false;
	out->plen = (u8)plen;
	out->has_plen = true;
	return true;
}

int field_addr(struct words *w, u16 family, struct field_addr *out)
{
	const char *word = words_peek(w);

	if (word && parse_addr(word, family, out)) {
		w->at++;
		return 0;
	}
	if (family == AF_INET)
		return words_fail_at(w, "not an IPv4 address");
	if (family == AF_INET6)
		return words_fail_at(w, "not an IPv6 address");
	return words_fail_at(w, "not an IP address");
}

struct number_name {
	u32 value;
	const char *name;
};

static const char *name_of(const struct number_name *names, size_t n, u32 value)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].value == value)
			return names[i].name;
	}
	return NULL;
}

static const struct number_name *find_name(const struct number_name *names, size_t n,
					   const char *word, bool prefix)
{
	size_t len = word ? strlen(word) : 0;

	for (size_t i = 0; len && i < n; i++) {
		if (prefix ? !strncmp(names[i].name, word, len) : !strcmp(names[i].name, word))
			return &names[i];
	}
	return NULL;
}

static const struct number_name xfrm_protos[] = {
	{IPPROTO_ESP, "esp"},	     {IPPROTO_AH, "ah"},       {IPPROTO_COMP, "comp"},
	{IPPROTO_ROUTING, "route2"}, {IPPROTO_DSTOPTS, "hao"},
};

int field_xfrm_proto(struct words *w, u8 *out)
{
	const struct number_name *p =
		find_name(xfrm_protos, ARRAY_SIZE(xfrm_protos), words_peek(w), false);

	if (!p)
		return words_fail_at(w, "proto is not one of esp, ah, comp, route2, hao");
	*out = (u8)p->value;
	w->at++;
	return 0;
}

const char *xfrm_proto_name(u8 proto)
{
	return name_of(xfrm_protos, ARRAY_SIZE(xfrm_protos), proto);
}

/* In the order in which ip tries them, which tells what a shortened one means. */
static const struct number_name modes[] = {
	{XFRM_MODE_TRANSPORT, "transport"},
	{XFRM_MODE_TUNNEL, "tunnel"},
	{XFRM_MODE_ROUTEOPTIMIZATION, "ro"},
	{XFRM_MODE_IN_TRIGGER, "in_trigger"},
	{XFRM_MODE_BEET, "beet"},
	{SAD_MODE_IPTFS, "iptfs"},
};

int field_mode(struct words *w, bool prefix, u8 *out)
{
	const struct number_name *m = find_name(modes, ARRAY_SIZE(modes), words_peek(w), prefix);

	if (!m)
		return words_fail_at(
			w, "mode is not one of transport, tunnel, beet, iptfs, ro, in_trigger");
	*out = (u8)m->value;
	w->at++;
	return 0;
}

const char *mode_name(u8 mode)
{
	return name_of(modes, ARRAY_SIZE(modes), mode);
}

const struct flag_name state_flags[] = {
	{XFRM_STATE_NOECN, "noecn"},
	{XFRM_STATE_DECAP_DSCP, "decap-dscp"},
	{XFRM_STATE_NOPMTUDISC, "nopmtudisc"},
	{XFRM_STATE_WILDRECV, "wildrecv"},
	{XFRM_STATE_ICMP, "icmp"},
	{XFRM_STATE_AF_UNSPEC, "af-unspec"},
	{XFRM_STATE_ALIGN4, "align4"},
	{XFRM_STATE_ESN, "esn"},
	{0, NULL},
};

const struct flag_name state_extra_flags[] = {
	{XFRM_SA_XFLAG_DONT_ENCAP_DSCP, "dont-encap-dscp"},
	{XFRM_SA_XFLAG_OSEQ_MAY_WRAP, "oseq-may-wrap"},
	{0, NULL},
};

bool take_flag(struct words *w, const struct flag_name *names, u32 *out)
{
	for (; names->name; names++) {
		if (!words_take(w, names->name))
			continue;
		*out |= names->bit;
		return true;
	}
	return false;
}

/* The protocols that a selector is likely to name, as /etc/protocols has them. */
static const struct number_name ip_protos[] = {
	{1, "icmp"},
	{2, "igmp"},
	{4, "ipencap"},
	{6, "tcp"},
	{8, "egp"},
	{9, "igp"},
	{17, "udp"},
	{33, "dccp"},
	{41, "ipv6"},
	{43, "ipv6-route"},
	{44, "ipv6-frag"},
	{46, "rsvp"},
	{47, "gre"},
	{50, "esp"},
	{51, "ah"},
	{58, "ipv6-icmp"},
	{59, "ipv6-nonxt"},
	{60, "ipv6-opts"},
	{88, "eigrp"},
	{89, "ospf"},
	{94, "ipip"},
	{97, "etherip"},
	{98, "encap"},
	{103, "pim"},
	{108, "ipcomp"},
	{112, "vrrp"},
	{115, "l2tp"},
	{132, "sctp"},
	{135, "mobility-header"},
	{136, "udplite"},
	{137, "mpls-in-ip"},
};

const char *ip_proto_name(u8 proto)
{
	return name_of(ip_protos, ARRAY_SIZE(ip_protos), proto);
}

static int field_ip_proto(struct words *w, u8 *out)
{
	const char *word = words_peek(w);
	const struct number_name *p = find_name(ip_protos, ARRAY_SIZE(ip_protos), word, false);
	const char *end;
	u64 v;

	if (words_take(w, "any")) {
		*out = 0;
		return 0;
	}
	if (p) {
		*out = (u8)p->value;
	} else if (word && number_at(word, UINT8_MAX, &v, &end) && !*end) {
		*out = (u8)v;
	} else {
		return words_fail_at(w, "not an IP protocol");
	}
	w->at++;
	return 0;
}

/* Which parts of a selector's upper layer were given. */
#define UP_PORT BIT(0)
#define UP_TYPE BIT(1)
#define UP_KEY	BIT(2)

static int gre_key(struct words *w, struct xfrm_selector *sel)
{
	const char *word = words_peek(w);
	struct in_addr quad;
	u32 key;
	int err;

	if (word && strchr(word, '.')) {
		if (inet_pton(AF_INET, word, &quad) != 1)
			return words_fail_at(w, "not a key");
		key = ntohl(quad.s_addr);
		w->at++;
	} else {
		err = field_u32(w, "key", &key);
		if (err)
			return err;
	}
	sel->sport = htons((u16)(key >> 16));
	sel->dport = htons((u16)key);
	sel->sport_mask = 0xffff;
	sel->dport_mask = 0xffff;
	return 0;
}

static int upper_port(struct words *w, const char *what, bool zero_is_any, u16 max, __be16 *port,
		      __be16 *mask)
{
	u16 v;
	int err = field_u16(w, what, &v);

	if (err)
		return err;
	if (v > max)
		return words_fail(w, "%s is over %u", what, max);
	*port = htons(v);
	if (v || !zero_is_any)
		*mask = 0xffff;
	return 0;
}

/* 1: read something; 0: the word is not of the upper layer. */
static int upper_word(struct words *w, struct xfrm_selector *sel, u32 *given)
{
	int err;

	if (words_take(w, "proto")) {
		err = field_ip_proto(w, &sel->proto);
	} else if (words_take(w, "sport")) {
		*given |= UP_PORT;
		err = upper_port(w, "sport", true, 0xffff, &sel->sport, &sel->sport_mask);
	} else if (words_take(w, "dport")) {
		*given |= UP_PORT;
		err = upper_port(w, "dport", true, 0xffff, &sel->dport, &sel->dport_mask);
	} else if (words_take(w, "type")) {
		*given |= UP_TYPE;
		err = upper_port(w, "type", false, 0xff, &sel->sport, &sel->sport_mask);
	} else if (words_take(w, "code")) {
		*given |= UP_TYPE;
		err = upper_port(w, "code", false, 0xff, &sel->dport, &sel->dport_mask);
	} else if (words_take(w, "key")) {
		*given |= UP_KEY;
		err = gre_key(w, sel);
	} else {
		return 0;
	}
	return err ? err : 1;
}

static int upper_check(struct words *w, const struct xfrm_selector *sel, u32 given)
{
	if ((given & UP_PORT) && sel->proto != IPPROTO_TCP && sel->proto != IPPROTO_UDP &&
	    sel->proto != IPPROTO_SCTP && sel->proto != IPPROTO_DCCP)
		return words_fail(w, "sport and dport go with proto tcp, udp, sctp or dccp");
	if ((given & UP_TYPE) && sel->proto != IPPROTO_ICMP && sel->proto != IPPROTO_ICMPV6 &&
	    sel->proto != IPPROTO_MH)
		return words_fail(w,
				  "type and code go with proto icmp, ipv6-icmp or mobility-header");
	if ((given & UP_KEY) && sel->proto != IPPROTO_GRE)
		return words_fail(w, "key goes with proto gre");
	return 0;
}

int field_selector(struct words *w, u16 family, struct sad_spec *spec)
{
	struct xfrm_selector *sel = &spec->sel;
	u32 first = w->at;
	u32 given = 0;
	struct field_addr a;
	int ret;

	while (w->at < w->n) {
		if (words_take(w, "src")) {
			ret = field_addr(w, sel->family ? sel->family : family, &a);
			if (ret)
				return ret;
			sel->family = a.family;
			sel->saddr = a.addr;
			sel->prefixlen_s = a.plen;
		} else if (words_take(w, "dst")) {
			ret = field_addr(w, sel->family ? sel->family : family, &a);
			if (ret)
				return ret;
			sel->family = a.family;
			sel->daddr = a.addr;
			sel->prefixlen_d = a.plen;
		} else if (words_take(w, "dev")) {
			ret = field_dev(w, spec->sel_dev);
			if (ret)
				return ret;
		} else {
			ret = upper_word(w, sel, &given);
			if (ret < 0)
				return ret;
			if (!ret)
				break;
		}
	}
	if (w->at == first)
		return words_fail_at(w, "a selector is missing");
	return upper_check(w, sel, given);
}

int field_dir(struct words *w, u8 *out)
{
	if (words_take(w, "in"))
		*out = XFRM_SA_DIR_IN;
	else if (words_take(w, "out"))
		*out = XFRM_SA_DIR_OUT;
	else
		return words_fail_at(w, "dir is neither in nor out");
	return 0;
}

int field_dev(struct words *w, char out[16])
{
	const char *word = words_peek(w);

	if (!word || !*word || strlen(word) > 15 || strchr(word, '/'))
		return words_fail_at(w, "not a name for a device");
	memset(out, 0, 16);
	strcpy(out, word);
	w->at++;
	return 0;
}

static const struct number_name encap_types[] = {
	{UDP_ENCAP_ESPINUDP_NON_IKE, "espinudp-nonike"},
	{UDP_ENCAP_ESPINUDP, "espinudp"},
	{TCP_ENCAP_ESPINTCP, "espintcp"},
};

int field_encap_type(struct words *w, u16 *out)
{
	const struct number_name *t =
		find_name(encap_types, ARRAY_SIZE(encap_types), words_peek(w), false);

	if (!t)
		return words_fail_at(w, "encap is not one of espinudp, espinudp-nonike, espintcp");
	*out = (u16)t->value;
	w->at++;
	return 0;
}

const char *encap_type_name(u16 type)
{
	return name_of(encap_types, ARRAY_SIZE(encap_types), type);
}

int field_mark(struct words *w, const char *what, struct xfrm_mark *out, bool *has_mask)
{
	const char *word = words_peek(w);
	const char *end;
	u64 v, m = U32_MAX;
	char why[64];

	*has_mask = false;
	if (!word || !number_at(word, U32_MAX, &v, &end))
		goto bad;
	if (*end == '/') {
		*has_mask = true;
		if (!number_at(end + 1, U32_MAX, &m, &end))
			goto bad;
	}
	if (*end)
		goto bad;
	*out = (struct xfrm_mark){(u32)v, (u32)m};
	w->at++;
	return 0;
bad:
	snprintf(why, sizeof(why), "%s is not a number or NUMBER/MASK", what);
	return words_fail_at(w, why);
}

int algo_kind(const char *word, bool *trunc)
{
	static const struct number_name kinds[] = {
		{SAD_ALGO_AEAD, "aead"}, {SAD_ALGO_AUTH, "auth"}, {SAD_ALGO_AUTH, "auth-trunc"},
		{SAD_ALGO_ENC, "enc"},	 {SAD_ALGO_COMP, "comp"},
	};
	const struct number_name *k = find_name(kinds, ARRAY_SIZE(kinds), word, false);

	*trunc = k && !strcmp(k->name, "auth-trunc");
	return k ? (int)k->value : -1;
}

int field_algo_name(struct words *w, enum sad_algo_kind kind, struct sad_algo_use *use)
{
	static const char *const names[] = {"aead", "auth", "enc", "comp"};
	const char *word = words_peek(w);

	w->secret = true;
	if (!word)
		return words_fail(w, "the name of the %s algorithm is missing", names[kind]);
	if (!sad_algo_known(kind, word))
		return words_fail(w, "unknown %s algorithm", names[kind]);
	if (use->algo)
		return words_fail(w, "a second %s algorithm", names[kind]);
	/* For AEADs, which of them is known when the ICV length is. */
	for (u32 icv = 0; !use->algo; icv++)
		use->algo = sad_algo_find(kind, word, icv);
	use->icv_bits = use->algo->icv;
	w->at++;
	return 0;
}

static u8 hex_digit(char c)
{
	return (u8)(isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10);
}

/* As ip reads it: of an odd number of digits, the first stands alone. */
static void key_store(struct sad_keys *keys, enum sad_algo_kind kind, const char *key, bool hex,
		      size_t len)
{
	u8 *to = keys->of[kind].key;

	keys->of[kind].given = true;
	keys->of[kind].len = (u16)len;
	if (!hex) {
		memcpy(to, key, len);
		return;
	}
	key += 2;
	if (strlen(key) % 2)
		*to++ = hex_digit(*key++);
	for (; *key; key += 2)
		*to++ = (u8)(hex_digit(key[0]) << 4 | hex_digit(key[1]));
}

int key_bits(struct words *w, const char *key, enum sad_algo_kind kind, u32 *bits)
{
	size_t len = strlen(key);
	bool hex = len > 2 && !strncmp(key, "0x", 2);

	if (hex) {
		if (strspn(key + 2, "0123456789abcdefABCDEF") != len - 2)
			return words_fail(w, "a key that begins with 0x is not hexadecimal");
		len = (len - 1) / 2;
	}
	if (len > SAD_KEY_MAX)
		return words_fail(w, "a key is over %d bytes", SAD_KEY_MAX);
	if (w->keys)
		key_store(w->keys, kind, key, hex, len);
	*bits = (u32)len * 8;
	return 0;
}
