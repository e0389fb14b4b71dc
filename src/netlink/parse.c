// SPDX-License-Identifier: BSD-2-Clause
#include "parse.h"

#include <errno.h>
#include <libmnl/libmnl.h>

int attrs_read(struct attrs *attrs, const struct nlmsghdr *nlh, size_t len, size_t head)
{
	const char *p = (const char *)nlh;
	size_t off = MNL_NLMSG_HDRLEN + MNL_ALIGN(head);
	size_t end;

	memset(attrs, 0, sizeof(*attrs));
	if (len < sizeof(*nlh) || nlh->nlmsg_len > len || nlh->nlmsg_len < MNL_NLMSG_HDRLEN + head)
		return -EBADMSG;
	end = nlh->nlmsg_len;
	while (off + sizeof(struct nlattr) <= end) {
		const struct nlattr *a = (const struct nlattr *)(p + off);
		u32 type = a->nla_type & NLA_TYPE_MASK;

		if (a->nla_len < sizeof(*a) || a->nla_len > end - off)
			return -EBADMSG;
		if (type <= XFRM_A_MAX)
			attrs->at[type] = a;
		off += MNL_ALIGN(a->nla_len);
	}
	return 0;
}

int attr_copy(const struct attrs *attrs, u32 type, void *out, size_t size)
{
	const struct nlattr *a = attrs->at[type];

	if (!a)
		return 0;
	if (mnl_attr_get_payload_len(a) < size)
		return -EBADMSG;
	memcpy(out, mnl_attr_get_payload(a), size);
	return 1;
}

/* struct xfrm_algo, xfrm_algo_auth and xfrm_algo_aead begin alike. */
struct algo_head {
	char name[64];
	u32 key_bits;
	u32 icv_bits; /* the latter two */
};
_Static_assert(sizeof(struct algo_head) == sizeof(struct xfrm_algo_auth) &&
		       sizeof(struct algo_head) == sizeof(struct xfrm_algo_aead) &&
		       offsetof(struct algo_head, icv_bits) == sizeof(struct xfrm_algo),
	       "algorithms of linux/xfrm.h");

struct reading {
	const struct attrs *attrs;
	struct xfrm_nl_sa *sa;
	struct sad_keys *keys;
};

static int read_algo(struct reading *r, u32 type, enum sad_algo_kind kind)
{
	bool has_icv = type == XFRMA_ALG_AUTH_TRUNC || type == XFRMA_ALG_AEAD;
	size_t head = has_icv ? sizeof(struct algo_head) : sizeof(struct xfrm_algo);
	const struct nlattr *a = r->attrs->at[type];
	struct sad_algo_use *use = &r->sa->spec.algo[kind];
	struct algo_head h = {0};
	int ret = attr_copy(r->attrs, type, &h, head);
	size_t bytes = (size_t)h.key_bits / 8 + (h.key_bits % 8 != 0);

	if (ret <= 0)
		return ret;
	if (!memchr(h.name, '\0', sizeof(h.name)) || bytes > SAD_KEY_MAX ||
	    mnl_attr_get_payload_len(a) < head + bytes)
		return -EBADMSG;
	use->algo = sad_algo_find(kind, h.name, h.icv_bits);
	if (!use->algo) {
		memcpy(r->sa->unknown_algo, h.name, sizeof(h.name));
		return 0;
	}
	use->key_bits = h.key_bits;
	use->icv_bits = has_icv ? h.icv_bits : use->algo->icv;
	if (r->keys) {
		r->keys->of[kind].given = true;
		r->keys->of[kind].len = (u16)bytes;
		memcpy(r->keys->of[kind].key, (const char *)mnl_attr_get_payload(a) + head, bytes);
	}
	return 0;
}

static int read_algos(struct reading *r)
{
	/* The kernel sends authentication twice, for programs older than the truncated length. */
	bool trunc = r->attrs->at[XFRMA_ALG_AUTH_TRUNC];
	int err = read_algo(r, trunc ? XFRMA_ALG_AUTH_TRUNC : XFRMA_ALG_AUTH, SAD_ALGO_AUTH);

	if (!err)
		err = read_algo(r, XFRMA_ALG_AEAD, SAD_ALGO_AEAD);
	if (!err)
		err = read_algo(r, XFRMA_ALG_CRYPT, SAD_ALGO_ENC);
	if (!err)
		err = read_algo(r, XFRMA_ALG_COMP, SAD_ALGO_COMP);
	return err;
}

static int read_replay(const struct attrs *attrs, struct sad_spec *spec)
{
	struct xfrm_replay_state_esn esn;
	struct xfrm_replay_state legacy;
	int ret = attr_copy(attrs, XFRMA_REPLAY_ESN_VAL, &esn, sizeof(esn));
	size_t bytes;

	if (ret < 0)
		return ret;
	if (!ret) {
		ret = attr_copy(attrs, XFRMA_REPLAY_VAL, &legacy, sizeof(legacy));
		if (ret > 0) {
			spec->replay.oseq = legacy.oseq;
			spec->replay.seq = legacy.seq;
			spec->bmp[0] = legacy.bitmap;
		}
		return ret < 0 ? ret : 0;
	}
	bytes = (size_t)esn.bmp_len * sizeof(u32);
	if (esn.bmp_len > SAD_BMP_MAX || esn.replay_window > esn.bmp_len * 32)
		return -EBADMSG;
	/* Who makes an SA may leave out a bitmap of zeroes. */
	if (mnl_attr_get_payload_len(attrs->at[XFRMA_REPLAY_ESN_VAL]) == sizeof(esn))
		bytes = 0;
	else if (mnl_attr_get_payload_len(attrs->at[XFRMA_REPLAY_ESN_VAL]) < sizeof(esn) + bytes)
		return -EBADMSG;
	memcpy(&spec->replay, &esn, sizeof(esn));
	spec->replay_window = esn.replay_window;
	memcpy(spec->bmp,
	       (const char *)mnl_attr_get_payload(attrs->at[XFRMA_REPLAY_ESN_VAL]) + sizeof(esn),
	       bytes);
	return 0;
}

static int read_marks(const struct attrs *attrs, struct sad_spec *spec)
{
	int ret = attr_copy(attrs, XFRMA_MARK, &spec->mark, sizeof(spec->mark));

	if (ret < 0)
		return ret;
	ret = attr_copy(attrs, XFRMA_SET_MARK, &spec->smark.v, sizeof(u32));
	/* Kernels that do not say the mask have none: all of the mark is set. */
	if (ret > 0)
		spec->smark.m = U32_MAX;
	if (ret >= 0)
		ret = attr_copy(attrs, XFRMA_SET_MARK_MASK, &spec->smark.m, sizeof(u32));
	return ret < 0 ? ret : 0;
}

static int read_offload(const struct attrs *attrs, struct sad_spec *spec)
{
	struct xfrm_user_offload o;
	int ret = attr_copy(attrs, XFRMA_OFFLOAD_DEV, &o, sizeof(o));

	if (ret <= 0)
		return ret;
	spec->offload =
		o.flags & SAD_OFFLOAD_PACKET ? XFRM_DEV_OFFLOAD_PACKET : XFRM_DEV_OFFLOAD_CRYPTO;
	spec->offload_dir =
		o.flags & XFRM_OFFLOAD_INBOUND ? XFRM_DEV_OFFLOAD_IN : XFRM_DEV_OFFLOAD_OUT;
	spec->offload_ifindex = o.ifindex;
	return 0;
}

/* Attributes that are one value. */
static int read_values(const struct attrs *attrs, struct sad_spec *spec)
{
	const struct {
		u32 type;
		void *to;
		size_t size;
	} values[] = {
		{XFRMA_SA_EXTRA_FLAGS, &spec->extra_flags, sizeof(u32)},
		{XFRMA_IF_ID, &spec->if_id, sizeof(u32)},
		{XFRMA_TFCPAD, &spec->tfcpad, sizeof(u32)},
		{XFRMA_LASTUSED, &spec->lastused, sizeof(u64)},
		{XFRM_A_SA_DIR, &spec->dir, sizeof(u8)},
		{XFRM_A_SA_PCPU, &spec->pcpu_num, sizeof(u32)},
		{XFRM_A_NAT_KEEPALIVE_INTERVAL, &spec->nat_keepalive_interval, sizeof(u32)},
	};
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		ret = attr_copy(attrs, values[i].type, values[i].to, values[i].size);
		if (ret < 0)
			return ret;
	}
	if (spec->dir > XFRM_SA_DIR_OUT)
		return -EBADMSG;
	ret = attr_copy(attrs, XFRMA_ENCAP, &spec->encap, sizeof(spec->encap));
	if (ret < 0)
		return ret;
	spec->has_encap = ret;
	ret = attr_copy(attrs, XFRMA_COADDR, &spec->coaddr, sizeof(spec->coaddr));
	if (ret < 0)
		return ret;
	spec->has_coaddr = ret;
	return 0;
}

static int read_info(const struct xfrm_usersa_info *info, struct sad_spec *spec)
{
	if (info->family != AF_INET && info->family != AF_INET6)
		return -EBADMSG;
	if (info->sel.family && info->sel.family != AF_INET && info->sel.family != AF_INET6)
		return -EBADMSG;
	spec->family = info->family;
	spec->mode = info->mode;
	spec->flags = info->flags;
	spec->id = info->id;
	spec->saddr = info->saddr;
	spec->reqid = info->reqid;
	spec->seq = info->seq;
	spec->replay_window = info->replay_window;
	spec->sel = info->sel;
	spec->lft = info->lft;
	spec->curlft = info->curlft;
	spec->stats = info->stats;
	return 0;
}

static int read_parts(const struct xfrm_usersa_info *info, const struct attrs *attrs,
		      struct xfrm_nl_sa *sa, struct sad_keys *keys)
{
	struct reading r = {attrs, sa, keys};
	int err = read_info(info, &sa->spec);

	if (!err)
		err = read_marks(attrs, &sa->spec);
	if (!err)
		err = read_replay(attrs, &sa->spec);
	if (!err)
		err = read_offload(attrs, &sa->spec);
	if (!err)
		err = read_values(attrs, &sa->spec);
	if (!err)
		err = read_algos(&r);
	return err;
}

int xfrm_nl_read_sa(const struct nlmsghdr *nlh, size_t len, struct xfrm_nl_sa *sa,
		    struct sad_keys *keys)
{
	struct xfrm_usersa_info info;
	struct attrs attrs;
	size_t head = sizeof(info);
	int ret;

	if (keys)
		memset(keys, 0, sizeof(*keys));
	memset(sa, 0, sizeof(*sa));
	sad_spec_init(&sa->spec);
	if (len < sizeof(*nlh))
		return -EBADMSG;
	switch (nlh->nlmsg_type) {
	case XFRM_MSG_NEWSA:
	case XFRM_MSG_UPDSA:
		break;
	case XFRM_MSG_EXPIRE:
		head = sizeof(struct xfrm_user_expire);
		break;
	case XFRM_MSG_DELSA:
		head = sizeof(struct xfrm_usersa_id);
		break;
	default:
		return -ENOMSG;
	}
	ret = attrs_read(&attrs, nlh, len, head);
	if (ret)
		return ret;
	if (nlh->nlmsg_type == XFRM_MSG_DELSA) {
		ret = attr_copy(&attrs, XFRMA_SA, &info, sizeof(info));
		if (ret <= 0)
			return ret ? ret : -ENOMSG;
	} else {
		memcpy(&info, mnl_nlmsg_get_payload(nlh), sizeof(info));
	}
	return read_parts(&info, &attrs, sa, keys);
}

void xfrm_nl_describe(const struct xfrm_nl_sa *sa, int netns, struct espalier_sa *out)
{
	const struct sad_spec *spec = &sa->spec;
	size_t bytes = spec->family == AF_INET6 ? 16 : 4;

	*out = (struct espalier_sa){
		.id = {.netns = netns,
		       .family = spec->family,
		       .proto = spec->id.proto,
		       .spi = ntohl(spec->id.spi),
		       .mark = spec->mark.v},
		.mask = spec->mark.m,
		.mode = spec->mode,
		.flags = spec->flags,
		.dir = spec->dir,
		.reqid = spec->reqid,
		.if_id = spec->if_id,
		.pcpu_num = spec->pcpu_num,
		.replay_window = spec->replay_window,
		.bytes = spec->curlft.bytes,
		.packets = spec->curlft.packets,
	};
	memcpy(out->id.daddr, &spec->id.daddr, bytes);
	memcpy(out->saddr, &spec->saddr, bytes);
	if (spec->has_encap) {
		out->encap_type = spec->encap.encap_type;
		out->encap_sport = ntohs(spec->encap.encap_sport);
		out->encap_dport = ntohs(spec->encap.encap_dport);
	}
	if (spec->offload) {
		out->offload_type = spec->offload;
		out->offload_flags =
			sad_offload_flags(spec->offload, spec->offload_dir, spec->family);
		out->offload_ifindex = spec->offload_ifindex;
	}
}
