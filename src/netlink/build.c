// SPDX-License-Identifier: BSD-2-Clause
#include "build.h"

#include <errno.h>
#include <libmnl/libmnl.h>

static void *begin(struct build *b, u16 type, u16 flags, size_t head)
{
	struct nlmsghdr *nlh;

	memset(b, 0, sizeof(*b));
	nlh = mnl_nlmsg_put_header(b->bytes);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (u16)(NLM_F_REQUEST | flags);
	return mnl_nlmsg_put_extra_header(nlh, head);
}

static void put_u32(struct build *b, u16 type, u32 v, u32 none)
{
	if (v != none)
		mnl_attr_put_u32(&b->nlh, type, v);
}

static void put_mark(struct build *b, const struct xfrm_mark *mark)
{
	if (mark->v || mark->m)
		mnl_attr_put(&b->nlh, XFRMA_MARK, sizeof(*mark), mark);
}

static void put_owner(struct build *b, const struct sad_spec *spec)
{
	put_mark(b, &spec->mark);
	put_u32(b, XFRMA_IF_ID, spec->if_id, 0);
	if (spec->dir)
		mnl_attr_put_u8(&b->nlh, XFRM_A_SA_DIR, spec->dir);
	put_u32(b, XFRM_A_SA_PCPU, spec->pcpu_num, U32_MAX);
}

static void fill_info(struct xfrm_usersa_info *info, const struct sad_spec *spec)
{
	info->sel = spec->sel;
	info->id.daddr = spec->id.daddr;
	info->id.spi = spec->id.spi;
	info->id.proto = spec->id.proto;
	info->saddr = spec->saddr;
	info->lft = spec->lft;
	info->seq = spec->seq;
	info->reqid = spec->reqid;
	info->family = spec->family;
	info->mode = spec->mode;
	info->flags = spec->flags;
}

static int put_algo(struct build *b, const struct sad_spec *spec, const struct sad_keys *keys,
		    enum sad_algo_kind kind, u16 type, struct espalier_error *e)
{
	const struct sad_algo_use *use = &spec->algo[kind];
	bool has_icv = type == XFRMA_ALG_AUTH_TRUNC || type == XFRMA_ALG_AEAD;
	struct {
		struct xfrm_algo_auth head; /* aead's is the same, the others' lacks the last */
		u8 key[SAD_KEY_MAX];
	} a = {0};
	size_t head = has_icv ? sizeof(a.head) : sizeof(struct xfrm_algo);
	size_t len = 0;

	if (!use->algo)
		return 0;
	if (kind != SAD_ALGO_COMP) {
		if (!keys->of[kind].given)
			return fail(e, EINVAL, "the key of %s is not there", use->algo->name);
		len = keys->of[kind].len;
	}
	strcpy(a.head.alg_name, use->algo->name);
	a.head.alg_key_len = (u32)len * 8;
	a.head.alg_trunc_len = has_icv ? use->icv_bits : 0;
	memcpy((char *)&a + head, keys->of[kind].key, len);
	mnl_attr_put(&b->nlh, type, head + len, &a);
	explicit_bzero(&a, sizeof(a));
	return 0;
}

static int put_algos(struct build *b, const struct sad_spec *spec, const struct sad_keys *keys,
		     struct espalier_error *e)
{
	int err = put_algo(b, spec, keys, SAD_ALGO_AEAD, XFRMA_ALG_AEAD, e);

	if (!err)
		err = put_algo(b, spec, keys, SAD_ALGO_AUTH, XFRMA_ALG_AUTH_TRUNC, e);
	if (!err)
		err = put_algo(b, spec, keys, SAD_ALGO_ENC, XFRMA_ALG_CRYPT, e);
	if (!err)
		err = put_algo(b, spec, keys, SAD_ALGO_COMP, XFRMA_ALG_COMP, e);
	return err;
}

/* As for the SAD, see sad/replay.h: which of the two forms is a matter of window and ESN. */
static void put_replay(struct build *b, struct xfrm_usersa_info *info, const struct sad_spec *spec)
{
	struct {
		struct xfrm_replay_state_esn head;
		u32 bmp[SAD_BMP_MAX];
	} esn = {.head = spec->replay};
	struct xfrm_replay_state legacy = {spec->replay.oseq, spec->replay.seq, spec->bmp[0]};
	u32 any = 0;

	if (spec->replay_window <= 32 && !(spec->flags & XFRM_STATE_ESN)) {
		info->replay_window = (u8)spec->replay_window;
		if (legacy.oseq || legacy.seq || legacy.bitmap)
			mnl_attr_put(&b->nlh, XFRMA_REPLAY_VAL, sizeof(legacy), &legacy);
		return;
	}
	esn.head.replay_window = spec->replay_window;
	if (!esn.head.bmp_len)
		esn.head.bmp_len = (spec->replay_window + 31) / 32;
	memcpy(esn.bmp, spec->bmp, esn.head.bmp_len * sizeof(u32));
	for (u32 i = 0; i < esn.head.bmp_len; i++)
		any |= esn.bmp[i];
	/* One of zeroes may be left out. */
	mnl_attr_put(&b->nlh, XFRMA_REPLAY_ESN_VAL,
		     sizeof(esn.head) + (any ? esn.head.bmp_len * sizeof(u32) : 0), &esn);
}

static void put_ctx(struct build *b, const struct sad_spec *spec)
{
	struct {
		struct xfrm_user_sec_ctx head;
		char text[SAD_CTX_MAX + 1];
	} ctx = {0};
	u16 len = (u16)strlen(spec->ctx);

	if (!len)
		return;
	ctx.head.exttype = XFRMA_SEC_CTX;
	ctx.head.len = (u16)(sizeof(ctx.head) + len);
	ctx.head.ctx_doi = XFRM_SC_DOI_LSM;
	ctx.head.ctx_alg = XFRM_SC_ALG_SELINUX;
	ctx.head.ctx_len = len;
	memcpy(ctx.text, spec->ctx, len);
	mnl_attr_put(&b->nlh, XFRMA_SEC_CTX, ctx.head.len, &ctx);
}

static void put_rest(struct build *b, const struct sad_spec *spec)
{
	struct xfrm_user_offload offload;
	struct xfrm_encap_tmpl encap;

	/* Set to zero as a whole: what is between the members goes to the kernel, too. */
	memset(&offload, 0, sizeof(offload));
	offload.ifindex = spec->offload_ifindex;
	offload.flags = sad_offload_flags(spec->offload, spec->offload_dir, spec->family);
	memset(&encap, 0, sizeof(encap));
	encap.encap_type = spec->encap.encap_type;
	encap.encap_sport = spec->encap.encap_sport;
	encap.encap_dport = spec->encap.encap_dport;
	encap.encap_oa = spec->encap.encap_oa;
	if (spec->has_encap)
		mnl_attr_put(&b->nlh, XFRMA_ENCAP, sizeof(encap), &encap);
	if (spec->has_coaddr)
		mnl_attr_put(&b->nlh, XFRMA_COADDR, sizeof(spec->coaddr), &spec->coaddr);
	put_u32(b, XFRMA_SA_EXTRA_FLAGS, spec->extra_flags, 0);
	put_u32(b, XFRMA_TFCPAD, spec->tfcpad, 0);
	if (spec->smark.v || spec->smark.m) {
		mnl_attr_put_u32(&b->nlh, XFRMA_SET_MARK, spec->smark.v);
		mnl_attr_put_u32(&b->nlh, XFRMA_SET_MARK_MASK, spec->smark.m);
	}
	if (spec->offload)
		mnl_attr_put(&b->nlh, XFRMA_OFFLOAD_DEV, sizeof(offload), &offload);
	put_u32(b, XFRM_A_NAT_KEEPALIVE_INTERVAL, spec->nat_keepalive_interval, 0);
	put_ctx(b, spec);
}

int build_new(struct build *b, const struct sad_spec *spec, const struct sad_keys *keys,
	      struct espalier_error *e)
{
	struct xfrm_usersa_info *info =
		begin(b, XFRM_MSG_NEWSA, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(*info));
	int err;

	fill_info(info, spec);
	put_replay(b, info, spec);
	err = put_algos(b, spec, keys, e);
	if (err) {
		build_wipe(b);
		return err;
	}
	put_owner(b, spec);
	put_rest(b, spec);
	return 0;
}

int build_larval(struct build *b, const struct sad_spec *spec, struct espalier_error *e)
{
	struct xfrm_userspi_info *spi;

	if (!sad_proto_has_spi(spec->id.proto) || !spec->id.spi)
		return fail(e, EINVAL, "a larval SA is one with an SPI");
	spi = begin(b, XFRM_MSG_ALLOCSPI, NLM_F_ACK, sizeof(*spi));
	spi->info.id.daddr = spec->id.daddr;
	spi->info.id.proto = spec->id.proto;
	spi->info.saddr = spec->saddr;
	spi->info.reqid = spec->reqid;
	spi->info.family = spec->family;
	spi->info.mode = spec->mode;
	/* The kernel is asked for whichever SPI is free in a range, here of one. */
	spi->min = spi->max = ntohl(spec->id.spi);
	put_owner(b, spec);
	return 0;
}

struct build_id build_id_of(const struct sad_spec *spec)
{
	return (struct build_id){
		.id = {.daddr = spec->id.daddr,
		       .spi = spec->id.spi,
		       .family = spec->family,
		       .proto = spec->id.proto},
		.saddr = spec->saddr,
		.mark = spec->mark,
	};
}

void build_by_id(struct build *b, u16 type, const struct build_id *id)
{
	struct xfrm_usersa_id *to = begin(b, type, NLM_F_ACK, sizeof(*to));

	to->daddr = id->id.daddr;
	to->spi = id->id.spi;
	to->family = id->id.family;
	to->proto = id->id.proto;
	put_mark(b, &id->mark);
	if (!sad_proto_has_spi(id->id.proto))
		mnl_attr_put(&b->nlh, XFRMA_SRCADDR, sizeof(id->saddr), &id->saddr);
}

void build_dump(struct build *b)
{
	/* The kernel reads the attributes of a dump behind such a struct, though it uses none. */
	begin(b, XFRM_MSG_GETSA, NLM_F_DUMP, sizeof(struct xfrm_usersa_id));
}
