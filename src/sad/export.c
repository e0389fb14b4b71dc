// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "fields.h"
#include "sad/text.h"

/*
 * Lines that sad_import() takes, and `ip -batch` as far as it goes: where there was a key there is
 * an empty one, so ip would hand the kernel an SA that it refuses rather than one with a wrong key.
 */

struct export
{
	struct strbuf *out;
	s32 netns_id;
	enum sad_export_form form;
	bool any;
};

static void put_addr(struct strbuf *b, const char *before, u16 family, const xfrm_address_t *a)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family == AF_INET6 ? AF_INET6 : AF_INET, a, text, sizeof(text));
	strbuf_addf(b, "%s%s", before, text);
}

static void put_proto(struct strbuf *b, u8 proto)
{
	const char *name = xfrm_proto_name(proto);

	if (name)
		strbuf_addf(b, "%s", name);
	else
		strbuf_addf(b, "%u", proto);
}

static void put_u32(struct strbuf *b, const char *name, u32 v)
{
	if (v)
		strbuf_addf(b, " %s %u", name, v);
}

static void put_flags(struct strbuf *b, const char *before, const struct flag_name *names,
		      u32 flags)
{
	u32 known = 0;

	for (const struct flag_name *f = names; f->name; f++)
		known |= f->bit;
	if (flags & ~known) {
		strbuf_addf(b, "%s 0x%x", before, flags);
		return;
	}
	if (flags)
		strbuf_addf(b, "%s", before);
	for (; names->name; names++) {
		if (flags & names->bit)
			strbuf_addf(b, " %s", names->name);
	}
}

static void put_key(struct strbuf *b, const struct sad_keys *keys, enum sad_algo_kind kind)
{
	if (!keys || !keys->of[kind].len) {
		strbuf_addf(b, " ''");
		return;
	}
	strbuf_addf(b, " 0x");
	for (u32 i = 0; i < keys->of[kind].len; i++)
		strbuf_addf(b, "%02x", keys->of[kind].key[i]);
}

static void put_algos(struct strbuf *b, const struct xfrm_state *x, const struct sad_keys *keys)
{
	if (x->aalg) {
		strbuf_addf(b, " auth-trunc '%s'", x->aalg->alg_name);
		put_key(b, keys, SAD_ALGO_AUTH);
		strbuf_addf(b, " %u", x->aalg->alg_trunc_len);
	}
	if (x->aead) {
		strbuf_addf(b, " aead '%s'", x->aead->alg_name);
		put_key(b, keys, SAD_ALGO_AEAD);
		strbuf_addf(b, " %u", x->aead->alg_icv_len);
	}
	if (x->ealg) {
		strbuf_addf(b, " enc '%s'", x->ealg->alg_name);
		put_key(b, keys, SAD_ALGO_ENC);
	}
	if (x->calg)
		strbuf_addf(b, " comp %s", x->calg->alg_name);
}

static void put_replay(struct strbuf *b, const struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *esn = x->replay_esn;

	put_u32(b, "replay-window", esn ? esn->replay_window : x->props.replay_window);
	put_u32(b, "replay-seq", esn ? esn->seq : x->replay.seq);
	put_u32(b, "replay-oseq", esn ? esn->oseq : x->replay.oseq);
	put_u32(b, "replay-seq-hi", esn ? esn->seq_hi : 0);
	put_u32(b, "replay-oseq-hi", esn ? esn->oseq_hi : 0);
}

static void put_upper(struct strbuf *b, const struct xfrm_selector *sel)
{
	const char *name = ip_proto_name(sel->proto);

	if (name)
		strbuf_addf(b, " proto %s", name);
	else if (sel->proto)
		strbuf_addf(b, " proto %u", sel->proto);
	switch (sel->proto) {
	case IPPROTO_GRE:
		if (sel->sport_mask || sel->dport_mask)
			strbuf_addf(b, " key %u", (u32)ntohs(sel->sport) << 16 | ntohs(sel->dport));
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
	case IPPROTO_MH:
		if (sel->sport_mask)
			strbuf_addf(b, " type %u", ntohs(sel->sport));
		if (sel->dport_mask)
			strbuf_addf(b, " code %u", ntohs(sel->dport));
		break;
	default:
		if (sel->sport_mask)
			strbuf_addf(b, " sport %u", ntohs(sel->sport));
		if (sel->dport_mask)
			strbuf_addf(b, " dport %u", ntohs(sel->dport));
	}
}

static void put_sel(struct strbuf *b, const struct xfrm_state *x)
{
	const struct xfrm_selector *sel = &x->sel;

	if (!sel->family && !sel->proto && !x->sel_dev)
		return;
	strbuf_addf(b, " sel");
	if (sel->family) {
		put_addr(b, " src ", sel->family, &sel->saddr);
		strbuf_addf(b, "/%u", sel->prefixlen_s);
		put_addr(b, " dst ", sel->family, &sel->daddr);
		strbuf_addf(b, "/%u", sel->prefixlen_d);
	}
	if (x->sel_dev)
		strbuf_addf(b, " dev %s", x->sel_dev->name);
	put_upper(b, sel);
}

static void put_limit(struct strbuf *b, const char *name, u64 v, u64 none)
{
	if (v != none)
		strbuf_addf(b, " limit %s %llu", name, (unsigned long long)v);
}

static void put_limits(struct strbuf *b, const struct xfrm_lifetime_cfg *lft)
{
	put_limit(b, "time-soft", lft->soft_add_expires_seconds, 0);
	put_limit(b, "time-hard", lft->hard_add_expires_seconds, 0);
	put_limit(b, "time-use-soft", lft->soft_use_expires_seconds, 0);
	put_limit(b, "time-use-hard", lft->hard_use_expires_seconds, 0);
	put_limit(b, "byte-soft", lft->soft_byte_limit, XFRM_INF);
	put_limit(b, "byte-hard", lft->hard_byte_limit, XFRM_INF);
	put_limit(b, "packet-soft", lft->soft_packet_limit, XFRM_INF);
	put_limit(b, "packet-hard", lft->hard_packet_limit, XFRM_INF);
}

static void put_encap(struct strbuf *b, const struct xfrm_state *x)
{
	const struct xfrm_encap_tmpl *t = x->encap;
	const char *name = t ? encap_type_name(t->encap_type) : NULL;

	if (!name)
		return;
	strbuf_addf(b, " encap %s %u %u", name, ntohs(t->encap_sport), ntohs(t->encap_dport));
	put_addr(b, " ", x->props.family, &t->encap_oa);
}

static void put_offload(struct strbuf *b, const struct xfrm_state *x)
{
	if (!x->xso.type)
		return;
	strbuf_addf(b, " offload %s", x->xso.type == XFRM_DEV_OFFLOAD_PACKET ? "packet" : "crypto");
	if (x->xso.dev->name[0])
		strbuf_addf(b, " dev %s", x->xso.dev->name);
	strbuf_addf(b, " dir %s", x->xso.dir == XFRM_DEV_OFFLOAD_IN ? "in" : "out");
}

static void put_marks(struct strbuf *b, const struct xfrm_state *x)
{
	if (x->mark.m)
		strbuf_addf(b, " mark 0x%x mask 0x%x", x->mark.v, x->mark.m);
	if (x->props.smark.v)
		strbuf_addf(b, " output-mark 0x%x mask 0x%x", x->props.smark.v, x->props.smark.m);
}

static void put_id(struct strbuf *b, const struct xfrm_state *x)
{
	const char *mode = mode_name(x->props.mode);

	put_addr(b, "src ", x->props.family, &x->props.saddr);
	put_addr(b, " dst ", x->props.family, &x->id.daddr);
	strbuf_addf(b, " proto ");
	put_proto(b, x->id.proto);
	if (sad_proto_has_spi(x->id.proto))
		strbuf_addf(b, " spi 0x%08x", ntohl(x->id.spi));
	put_u32(b, "reqid", x->props.reqid);
	strbuf_addf(b, " mode %s", mode ? mode : "?");
}

static void put_batch(struct strbuf *b, const struct xfrm_state *x, const struct sad_keys *keys)
{
	strbuf_addf(b, "xfrm state add ");
	put_id(b, x);
	put_marks(b, x);
	put_algos(b, x, keys);
	if (x->km.seq)
		strbuf_addf(b, " seq %u", ntohl(x->km.seq));
	put_replay(b, x);
	put_flags(b, " flag", state_flags, x->props.flags);
	put_flags(b, " extra-flag", state_extra_flags, x->props.extra_flags);
	put_encap(b, x);
	if (x->coaddr)
		put_addr(b, " coa ", x->props.family, x->coaddr);
	if (x->security)
		strbuf_addf(b, " ctx '%s'", x->security->ctx_str);
	put_limits(b, &x->lft);
	put_offload(b, x);
	if (x->if_id)
		strbuf_addf(b, " if_id 0x%x", x->if_id);
	put_u32(b, "tfcpad", x->tfcpad);
	put_u32(b, "nat_keepalive_interval", x->nat_keepalive_interval);
	if (x->dir)
		strbuf_addf(b, " dir %s", x->dir == XFRM_SA_DIR_IN ? "in" : "out");
	if (x->pcpu_num != U32_MAX)
		strbuf_addf(b, " pcpu-num %u", x->pcpu_num);
	/* Last: it takes in whatever follows that it knows. */
	put_sel(b, x);
	strbuf_addf(b, "\n");
}

/* One line for a person: the identity, and what sets this SA apart. */
static void put_text(struct strbuf *b, const struct xfrm_state *x)
{
	put_id(b, x);
	put_marks(b, x);
	put_replay(b, x);
	put_flags(b, " flag", state_flags, x->props.flags);
	put_encap(b, x);
	put_offload(b, x);
	if (x->if_id)
		strbuf_addf(b, " if_id 0x%x", x->if_id);
	if (x->dir)
		strbuf_addf(b, " dir %s", x->dir == XFRM_SA_DIR_IN ? "in" : "out");
	if (x->pcpu_num != U32_MAX)
		strbuf_addf(b, " pcpu-num %u", x->pcpu_num);
	put_sel(b, x);
	put_u32(b, "netns", (u32)x->netns_id);
	strbuf_addf(b, "\n");
}

static void put_json_string(struct strbuf *b, const char *name, const char *text)
{
	strbuf_addf(b, ", \"%s\": \"", name);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			strbuf_addf(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			strbuf_addf(b, "\\u%04x", c);
		else
			strbuf_addf(b, "%c", c);
	}
	strbuf_addf(b, "\"");
}

static void put_json_flags(struct strbuf *b, const struct xfrm_state *x)
{
	const char *sep = "";

	strbuf_addf(b, ", \"flags\": [");
	for (const struct flag_name *f = state_flags; f->name; f++) {
		if (!(x->props.flags & f->bit))
			continue;
		strbuf_addf(b, "%s\"%s\"", sep, f->name);
		sep = ", ";
	}
	strbuf_addf(b, "]");
}

static void put_json_replay(struct strbuf *b, const struct xfrm_state *x)
{
	const struct xfrm_replay_state_esn *esn = x->replay_esn;
	u64 seq = esn ? (u64)esn->seq_hi << 32 | esn->seq : x->replay.seq;
	u64 oseq = esn ? (u64)esn->oseq_hi << 32 | esn->oseq : x->replay.oseq;

	strbuf_addf(b, ", \"replay_window\": %u, \"esn\": %s, \"seq\": %llu, \"oseq\": %llu",
		    esn ? esn->replay_window : x->props.replay_window,
		    x->props.flags & XFRM_STATE_ESN ? "true" : "false", (unsigned long long)seq,
		    (unsigned long long)oseq);
}

static void put_json(struct strbuf *b, const struct xfrm_state *x)
{
	const char *mode = mode_name(x->props.mode);

	put_addr(b, "{\"src\": \"", x->props.family, &x->props.saddr);
	put_addr(b, "\", \"dst\": \"", x->props.family, &x->id.daddr);
	strbuf_addf(b, "\", \"proto\": \"");
	put_proto(b, x->id.proto);
	strbuf_addf(b, "\", \"spi\": %u, \"reqid\": %u, \"mode\": \"%s\", \"netns\": %d",
		    ntohl(x->id.spi), x->props.reqid, mode ? mode : "?", x->netns_id);
	strbuf_addf(b, ", \"mark\": %u, \"mask\": %u, \"output_mark\": %u, \"output_mask\": %u",
		    x->mark.v, x->mark.m, x->props.smark.v, x->props.smark.m);
	put_json_replay(b, x);
	put_json_flags(b, x);
	strbuf_addf(b, ", \"if_id\": %u", x->if_id);
	if (x->dir)
		put_json_string(b, "dir", x->dir == XFRM_SA_DIR_IN ? "in" : "out");
	if (x->pcpu_num != U32_MAX)
		strbuf_addf(b, ", \"pcpu_num\": %u", x->pcpu_num);
	if (x->encap) {
		const char *name = encap_type_name(x->encap->encap_type);

		put_json_string(b, "encap", name ? name : "?");
		strbuf_addf(b, ", \"encap_sport\": %u, \"encap_dport\": %u",
			    ntohs(x->encap->encap_sport), ntohs(x->encap->encap_dport));
	}
	if (x->aead)
		put_json_string(b, "aead", x->aead->alg_name);
	if (x->ealg)
		put_json_string(b, "enc", x->ealg->alg_name);
	if (x->aalg)
		put_json_string(b, "auth", x->aalg->alg_name);
	if (x->calg)
		put_json_string(b, "comp", x->calg->alg_name);
	if (x->xso.type) {
		put_json_string(b, "offload",
				x->xso.type == XFRM_DEV_OFFLOAD_PACKET ? "packet" : "crypto");
		put_json_string(b, "offload_dev", x->xso.dev->name);
	}
	strbuf_addf(b, ", \"bytes\": %llu, \"packets\": %llu}", (unsigned long long)x->curlft.bytes,
		    (unsigned long long)x->curlft.packets);
}

static void put(struct strbuf *b, const struct xfrm_state *x, const struct sad_keys *keys,
		enum sad_export_form form)
{
	switch (form) {
	case SAD_EXPORT_BATCH:
		put_batch(b, x, keys);
		break;
	case SAD_EXPORT_TEXT:
		put_text(b, x);
		break;
	case SAD_EXPORT_JSON:
		put_json(b, x);
		break;
	}
}

static int visit(struct xfrm_state *x, void *arg)
{
	struct export *ex = arg;

	if (ex->netns_id >= 0 && x->netns_id != ex->netns_id)
		return 0;
	if (ex->form == SAD_EXPORT_JSON && ex->any)
		strbuf_addf(ex->out, ",\n ");
	put(ex->out, x, NULL, ex->form);
	ex->any = true;
	return ex->out->failed;
}

int sad_export(struct sad *sad, s32 netns_id, enum sad_export_form form, struct strbuf *out)
{
	struct export ex = {.out = out, .netns_id = netns_id, .form = form};

	if (form == SAD_EXPORT_JSON)
		strbuf_addf(out, "[");
	sad_walk(sad, visit, &ex);
	if (form == SAD_EXPORT_JSON)
		strbuf_addf(out, "]\n");
	return out->failed ? -ENOMEM : 0;
}

int sad_spec_put(const struct sad_spec *spec, const struct sad_keys *keys,
		 enum sad_export_form form, struct strbuf *out)
{
	/* A state needs a namespace; this one is nobody's. */
	struct sad_netns *net = arena_alloc(sizeof(*net), _Alignof(struct sad_netns));
	struct xfrm_state *x;
	int err;

	if (!net)
		return -ENOMEM;
	net->refs = 1;
	err = sad_state_new(spec, net, &x);
	if (!err) {
		put(out, x, keys, form);
		sad_state_put(x);
	}
	sad_netns_put(net);
	return err ? err : out->failed ? -ENOMEM : 0;
}
