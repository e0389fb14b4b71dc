// SPDX-License-Identifier: BSD-2-Clause
#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"

/* src, dst, proto, spi: each once, anywhere before the words that take over some of these names. */
struct id_words {
	struct field_addr src;
	struct field_addr dst;
	bool has_src;
	bool has_dst;
	bool has_proto;
	bool has_spi;
	u8 proto;
	__be32 spi;
	u16 family; /* of the addresses; AF_UNSPEC: none given */
};

/* 1: read something; 0: not a word of an id. */
static int id_word(struct words *w, struct id_words *id)
{
	bool src = words_is(w, "src");
	u32 spi;
	int err;

	if (src || words_is(w, "dst")) {
		if (src ? id->has_src : id->has_dst)
			return words_fail_at(w, "given twice");
		w->at++;
		err = field_addr(w, id->family, src ? &id->src : &id->dst);
		*(src ? &id->has_src : &id->has_dst) = true;
		if (!id->family)
			id->family = src ? id->src.family : id->dst.family;
	} else if (words_is(w, "proto")) {
		if (id->has_proto)
			return words_fail_at(w, "given twice");
		w->at++;
		err = field_xfrm_proto(w, &id->proto);
		id->has_proto = true;
	} else if (words_is(w, "spi")) {
		if (id->has_spi)
			return words_fail_at(w, "given twice");
		w->at++;
		err = field_u32(w, "spi", &spi);
		if (err)
			return err;
		id->spi = htonl(spi);
		id->has_spi = true;
	} else {
		return 0;
	}
	return err ? err : 1;
}

static bool shortened(const struct field_addr *a)
{
	return a->has_plen && a->plen != (a->family == AF_INET ? 32 : 128);
}

/* An id that names one SA. */
static int id_check(struct words *w, const struct id_words *id)
{
	if (!id->has_proto)
		return words_fail(w, "proto is missing");
	if (shortened(&id->src) || shortened(&id->dst))
		return words_fail(w, "src and dst are addresses, not networks");
	if (id->spi && !sad_proto_has_spi(id->proto))
		return words_fail(w, "proto route2 and hao have no spi");
	if (id->proto == IPPROTO_COMP && ntohl(id->spi) >= 0x10000)
		return words_fail(w, "the spi of proto comp is below 0x10000");
	return 0;
}

/* mark V [mask M]. As ip has it, a mask of zero is no mark at all. */
static int mark_words(struct words *w, struct xfrm_mark *mark)
{
	bool has_mask;
	int err = field_mark(w, "mark", mark, &has_mask);

	if (!err && !has_mask && words_take(w, "mask"))
		err = field_u32(w, "mask", &mark->m);
	if (!mark->m)
		mark->v = 0;
	return err;
}

/* output-mark V [mask M]: no value, or no mask, is as if it were not given. */
static int output_mark_words(struct words *w, struct xfrm_mark *mark)
{
	bool has_mask;
	int err = field_mark(w, "output-mark", mark, &has_mask);

	if (!err && !has_mask && words_take(w, "mask"))
		err = field_u32(w, "mask", &mark->m);
	if (!mark->m)
		mark->m = U32_MAX;
	if (!mark->v)
		mark->m = 0;
	return err;
}

static int flag_words(struct words *w, const struct flag_name *names, u32 max, u32 *out)
{
	const char *word = words_peek(w);
	const char *end;
	u64 v;

	if (word && !strncmp(word, "0x", 2)) {
		if (!number_at(word, max, &v, &end) || *end)
			return words_fail_at(w, "not flags");
		*out = (u32)v;
		w->at++;
		return 0;
	}
	if (!take_flag(w, names, out))
		return words_fail_at(w, "unknown flag");
	while (take_flag(w, names, out))
		;
	return 0;
}

static int limit_words(struct words *w, struct xfrm_lifetime_cfg *lft)
{
	const struct {
		const char *name;
		__u64 *value;
	} limits[] = {
		{"time-soft", &lft->soft_add_expires_seconds},
		{"time-hard", &lft->hard_add_expires_seconds},
		{"time-use-soft", &lft->soft_use_expires_seconds},
		{"time-use-hard", &lft->hard_use_expires_seconds},
		{"byte-soft", &lft->soft_byte_limit},
		{"byte-hard", &lft->hard_byte_limit},
		{"packet-soft", &lft->soft_packet_limit},
		{"packet-hard", &lft->hard_packet_limit},
	};
	u64 v;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int err;

		if (!words_take(w, limits[i].name))
			continue;
		err = field_u64(w, limits[i].name, &v);
		if (!err)
			*limits[i].value = v;
		return err;
	}
	return words_fail_at(w, "unknown limit");
}

/* encap TYPE SPORT DPORT OADDR */
static int encap_words(struct words *w, struct sad_spec *spec)
{
	struct field_addr oa;
	u16 type, sport, dport;
	int err = field_encap_type(w, &type);

	if (!err)
		err = field_u16(w, "sport of encap", &sport);
	if (!err)
		err = field_u16(w, "dport of encap", &dport);
	if (!err)
		err = field_addr(w, AF_UNSPEC, &oa);
	if (err)
		return err;
	spec->has_encap = true;
	spec->encap = (struct xfrm_encap_tmpl){
		.encap_type = type,
		.encap_sport = htons(sport),
		.encap_dport = htons(dport),
		.encap_oa = oa.addr,
	};
	return 0;
}

/* offload [crypto | packet] dev DEV dir DIR */
static int offload_words(struct words *w, struct sad_spec *spec)
{
	int err;

	spec->offload = XFRM_DEV_OFFLOAD_CRYPTO;
	if (words_take(w, "packet"))
		spec->offload = XFRM_DEV_OFFLOAD_PACKET;
	else
		words_take(w, "crypto");
	if (words_take(w, "dev")) {
		err = field_dev(w, spec->offload_dev);
		if (err)
			return err;
	}
	if (!words_take(w, "dir"))
		return words_fail_at(w, "dir is missing after offload");
	return field_dir(w, &spec->offload_dir);
}

static int ctx_word(struct words *w, struct sad_spec *spec)
{
	const char *ctx = words_next(w);

	if (!ctx || !*ctx || strlen(ctx) > SAD_CTX_MAX)
		return words_fail(w, "ctx is not a security context of up to %d bytes",
				  SAD_CTX_MAX);
	strcpy(spec->ctx, ctx);
	return 0;
}

/* KIND NAME KEY [BITS]. The key is looked at for its length and passed over. */
static int algo_words(struct words *w, enum sad_algo_kind kind, bool trunc, struct sad_spec *spec)
{
	struct sad_algo_use *use = &spec->algo[kind];
	const char *name, *key;
	int err;

	w->at++;
	name = words_peek(w);
	err = field_algo_name(w, kind, use);
	if (err || kind == SAD_ALGO_COMP)
		return err;
	key = words_next(w);
	if (!key)
		return words_fail(w, "the key is missing");
	err = key_bits(w, key, kind, &use->key_bits);
	if (!err && trunc)
		err = field_u32(w, "the length of the ICV", &use->icv_bits);
	if (err || kind != SAD_ALGO_AEAD)
		return err;
	err = field_u32(w, "the length of the ICV", &use->icv_bits);
	if (err)
		return err;
	use->algo = sad_algo_find(kind, name, use->icv_bits);
	if (!use->algo)
		return words_fail(w, "that aead algorithm has no ICV of %u bits", use->icv_bits);
	return 0;
}

/* Options of one number. 1: read one; 0: not one of them. */
static int number_option(struct words *w, struct sad_spec *spec)
{
	u32 seq = ntohl(spec->seq);
	const struct {
		const char *name;
		u32 *value;
	} options[] = {
		{"reqid", &spec->reqid},
		{"seq", &seq},
		{"replay-window", &spec->replay_window},
		{"replay-seq", &spec->replay.seq},
		{"replay-oseq", &spec->replay.oseq},
		{"replay-seq-hi", &spec->replay.seq_hi},
		{"replay-oseq-hi", &spec->replay.oseq_hi},
		{"if_id", &spec->if_id},
		{"tfcpad", &spec->tfcpad},
		{"pcpu-num", &spec->pcpu_num},
		{"nat_keepalive_interval", &spec->nat_keepalive_interval},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		int err;

		if (!words_take(w, options[i].name))
			continue;
		err = field_u32(w, options[i].name, options[i].value);
		spec->seq = htonl(seq);
		return err ? err : 1;
	}
	return 0;
}

static int coa_word(struct words *w, u16 family, struct sad_spec *spec)
{
	struct field_addr coa;
	int err;

	if (spec->has_coaddr)
		return words_fail(w, "coa is given twice");
	err = field_addr(w, family, &coa);
	if (err)
		return err;
	spec->has_coaddr = true;
	spec->coaddr = coa.addr;
	return 0;
}

/* One option of add or update, with what belongs to it. */
static int option(struct words *w, const struct id_words *id, struct sad_spec *spec)
{
	bool trunc;
	u32 flags = 0;
	int kind, ret;

	ret = number_option(w, spec);
	if (ret)
		return ret < 0 ? ret : 0;
	if (words_take(w, "mode"))
		return field_mode(w, true, &spec->mode);
	if (words_take(w, "mark"))
		return mark_words(w, &spec->mark);
	if (words_take(w, "output-mark"))
		return output_mark_words(w, &spec->smark);
	if (words_take(w, "flag")) {
		ret = flag_words(w, state_flags, UINT8_MAX, &flags);
		spec->flags |= (u8)flags;
		return ret;
	}
	if (words_take(w, "extra-flag"))
		return flag_words(w, state_extra_flags, U32_MAX, &spec->extra_flags);
	if (words_take(w, "sel"))
		return field_selector(w, AF_UNSPEC, spec);
	if (words_take(w, "limit"))
		return limit_words(w, &spec->lft);
	if (words_take(w, "encap"))
		return encap_words(w, spec);
	if (words_take(w, "coa"))
		return coa_word(w, id->family, spec);
	if (words_take(w, "ctx"))
		return ctx_word(w, spec);
	if (words_take(w, "offload"))
		return offload_words(w, spec);
	if (words_take(w, "dir"))
		return field_dir(w, &spec->dir);
	kind = algo_kind(words_peek(w), &trunc);
	if (kind >= 0)
		return algo_words(w, (enum sad_algo_kind)kind, trunc, spec);
	return words_fail_at(w, "unknown word");
}

int add_spec(struct words *w, const struct sad_spec *spec, enum change_kind kind, u32 line,
	     struct sad_netns *net, struct change *c)
{
	struct change_op op = {.kind = kind, .line = line};
	struct espalier_error why;
	int err = sad_spec_check(spec, &why);

	if (err)
		return fail(w->e, EINVAL, "%.100s:%u: %.380s", w->name, line, why.text);
	if (c->take)
		return c->take(w, spec, line, c->take_arg);
	err = sad_state_new(spec, net, &op.x);
	return err ? err : change_append(c, &op);
}

static int read_modify(struct words *w, enum change_kind kind, struct sad_netns *net,
		       struct change *c)
{
	struct id_words id = {0};
	struct sad_spec spec;
	int ret;

	sad_spec_init(&spec);
	while (w->at < w->n) {
		ret = id_word(w, &id);
		if (!ret)
			ret = option(w, &id, &spec);
		if (ret < 0)
			return ret;
	}
	ret = id_check(w, &id);
	if (ret)
		return ret;
	if (id.family)
		spec.family = id.family;
	spec.saddr = id.src.addr;
	spec.id.daddr = id.dst.addr;
	spec.id.spi = id.spi;
	spec.id.proto = id.proto;
	return add_spec(w, &spec, kind, w->word[0].line, net, c);
}

static int read_delete(struct words *w, struct sad_netns *net, struct change *c)
{
	struct change_op op = {.kind = CHANGE_DELETE, .line = w->word[0].line};
	struct xfrm_mark mark = {0, 0};
	struct id_words id = {0};
	int ret;

	while (w->at < w->n) {
		ret = id_word(w, &id);
		if (!ret)
			ret = words_take(w, "mark") ? mark_words(w, &mark)
						    : words_fail_at(w, "unknown word");
		if (ret < 0)
			return ret;
	}
	ret = id_check(w, &id);
	if (ret)
		return ret;
	op.id = malloc(sizeof(*op.id));
	if (!op.id)
		return -ENOMEM;
	*op.id = (struct sad_id){
		.key = {id.dst.addr, id.spi, net->id, id.family ? id.family : AF_INET, id.proto},
		.saddr = id.src.addr,
		.mark = mark.v & mark.m,
	};
	return change_append(c, &op);
}

/* 1: read something; 0: not a word of a filter. */
static int filter_word(struct words *w, struct sad_filter *f, u32 *flags)
{
	int err;

	if (words_take(w, "mode")) {
		err = field_mode(w, true, &f->mode);
		f->has_mode = true;
	} else if (words_take(w, "reqid")) {
		err = field_u32(w, "reqid", &f->reqid);
		f->has_reqid = true;
	} else if (words_take(w, "flag")) {
		err = flag_words(w, state_flags, UINT8_MAX, flags);
	} else {
		return 0;
	}
	return err ? err : 1;
}

static int read_deleteall(struct words *w, struct sad_netns *net, struct change *c)
{
	struct change_op op = {.kind = CHANGE_FLUSH, .line = w->word[0].line};
	struct sad_filter f = {.netns_id = net->id};
	struct id_words id = {0};
	u32 flags = 0;
	int ret;

	while (w->at < w->n) {
		ret = id_word(w, &id);
		if (!ret)
			ret = filter_word(w, &f, &flags);
		if (!ret)
			ret = words_fail_at(w, "unknown word");
		if (ret < 0)
			return ret;
	}
	f.family = id.family;
	f.saddr = id.src.addr;
	f.daddr = id.dst.addr;
	f.src_plen = id.src.plen;
	f.dst_plen = id.dst.plen;
	f.proto = id.proto;
	f.has_spi = id.has_spi;
	f.spi = id.spi;
	f.flags = (u8)flags;
	op.filter = malloc(sizeof(f));
	if (!op.filter)
		return -ENOMEM;
	*op.filter = f;
	return change_append(c, &op);
}

static int read_flush(struct words *w, struct sad_netns *net, struct change *c)
{
	struct change_op op = {.kind = CHANGE_FLUSH, .line = w->word[0].line};
	struct sad_filter f = {.netns_id = net->id};
	int err = 0;

	if (words_take(w, "proto") && !words_take(w, "ipsec-any"))
		err = field_xfrm_proto(w, &f.proto);
	if (!err && w->at < w->n)
		err = words_fail_at(w, "unknown word");
	if (err)
		return err;
	op.filter = malloc(sizeof(f));
	if (!op.filter)
		return -ENOMEM;
	*op.filter = f;
	return change_append(c, &op);
}

/* Commands may be shortened; the first that fits, in ip's order, is meant. */
static bool take_command(struct words *w, const char *name)
{
	const char *word = words_peek(w);

	if (!word || !*word || strncmp(name, word, strlen(word)))
		return false;
	w->at++;
	return true;
}

int batch_read(struct words *w, struct sad_netns *net, struct change *c)
{
	words_take(w, "ip");
	if (!take_command(w, "xfrm") || !(take_command(w, "state") || take_command(w, "sa")))
		return words_fail_at(
			w, "neither \"xfrm state\" nor the beginning of what ip xfrm state prints");
	if (take_command(w, "add"))
		return read_modify(w, CHANGE_ADD, net, c);
	if (c->take)
		return words_fail_at(w, "only add can be done here, all or nothing");
	if (take_command(w, "update"))
		return read_modify(w, CHANGE_UPDATE, net, c);
	if (words_is(w, "allocspi"))
		return words_fail_at(w, "an SA without a fixed SPI cannot be imported");
	if (take_command(w, "delete"))
		return read_delete(w, net, c);
	if (take_command(w, "deleteall"))
		return read_deleteall(w, net, c);
	if (take_command(w, "flush"))
		return read_flush(w, net, c);
	return words_fail_at(w, "not one of add, update, delete, deleteall, flush");
}
