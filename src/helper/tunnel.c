// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/uapi.h"
#include "packet/skb.h"
#include "protos.h"

/*
 * Tunnel metadata of a packet. No tunnel device exists here, so what a program reads is what it, or
 * a program before it, has set.
 */
#define FLOW_LABEL_MASK 0xfffff
/* The oldest layout of struct bpf_tunnel_key ends here. */
#define ONE_ADDRESS_KEY offsetof(struct bpf_tunnel_key, remote_ipv6[1])

/* Bits of tunnel_flags. */
#define TUNNEL_CSUM	     BIT(0)
#define TUNNEL_KEY	     BIT(2)
#define TUNNEL_SEQ	     BIT(3)
#define TUNNEL_DONT_FRAGMENT BIT(8)
#define TUNNEL_NOCACHE	     BIT(13)

static int check_key_size(u32 size)
{
	switch (size) {
	case sizeof(struct bpf_tunnel_key):
	case offsetof(struct bpf_tunnel_key, local_ipv4):
	case offsetof(struct bpf_tunnel_key, tunnel_label):
	case offsetof(struct bpf_tunnel_key, tunnel_ext):
	case ONE_ADDRESS_KEY:
		return 0;
	default:
		return -EINVAL;
	}
}

/* The packet came from where an answer would go: who was set as local is read as remote. */
static struct bpf_tunnel_key key_as_received(const struct skb_tunnel *tunnel, u64 flags)
{
	struct bpf_tunnel_key key = tunnel->key;

	memset(key.remote_ipv6, 0, sizeof(key.remote_ipv6));
	memset(key.local_ipv6, 0, sizeof(key.local_ipv6));
	if (tunnel->ipv6) {
		memcpy(key.remote_ipv6, tunnel->key.local_ipv6, sizeof(key.remote_ipv6));
		memcpy(key.local_ipv6, tunnel->key.remote_ipv6, sizeof(key.local_ipv6));
		key.tunnel_label &= FLOW_LABEL_MASK;
	} else {
		key.remote_ipv4 = tunnel->key.local_ipv4;
		key.local_ipv4 = tunnel->key.remote_ipv4;
	}
	key.tunnel_flags = flags & BPF_F_TUNINFO_FLAGS ? htobe16(tunnel->flags) : 0;
	return key;
}

static BPF_FN4(get_tunnel_key, struct skb_ctx *, ctx, void *, to, u32, size, u64, flags)
{
	const struct skb_tunnel *tunnel = &ctx->tunnel;
	struct bpf_tunnel_key key;
	int err = 0;

	if (!tunnel->set || (flags & ~(u64)(BPF_F_TUNINFO_IPV6 | BPF_F_TUNINFO_FLAGS)))
		err = -EINVAL;
	else if ((bool)(flags & BPF_F_TUNINFO_IPV6) != tunnel->ipv6)
		err = -EPROTO;
	else if (size == ONE_ADDRESS_KEY && tunnel->ipv6)
		err = -EINVAL;
	else
		err = check_key_size(size);
	if (err) {
		memset(to, 0, size);
		return (u64)(s64)err;
	}
	key = key_as_received(tunnel, flags);
	memcpy(to, &key, size);
	return 0;
}

const struct helper helper_skb_get_tunnel_key = {
	.fn = get_tunnel_key,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_OUT, ARG_CONST_SIZE, ARG_ANYTHING},
};

static u16 tunnel_flags(u64 flags)
{
	u32 bits = TUNNEL_NOCACHE;

	if (!(flags & BPF_F_ZERO_CSUM_TX))
		bits |= TUNNEL_CSUM;
	if (!(flags & BPF_F_NO_TUNNEL_KEY))
		bits |= TUNNEL_KEY;
	if (flags & BPF_F_SEQ_NUMBER)
		bits |= TUNNEL_SEQ;
	if (flags & BPF_F_DONT_FRAGMENT)
		bits |= TUNNEL_DONT_FRAGMENT;
	return (u16)bits;
}

#define SET_KEY_FLAGS                                                                       \
	(BPF_F_TUNINFO_IPV6 | BPF_F_ZERO_CSUM_TX | BPF_F_DONT_FRAGMENT | BPF_F_SEQ_NUMBER | \
	 BPF_F_NO_TUNNEL_KEY)

static BPF_FN4(set_tunnel_key, struct skb_ctx *, ctx, const void *, from, u32, size, u64, flags)
{
	struct skb_tunnel *tunnel = &ctx->tunnel;
	struct bpf_tunnel_key key = {0};

	if ((flags & ~(u64)SET_KEY_FLAGS) || check_key_size(size))
		return (u64)-EINVAL;
	memcpy(&key, from, size);
	if ((!(flags & BPF_F_TUNINFO_IPV6) && key.tunnel_label) || key.tunnel_ext)
		return (u64)-EINVAL;
	memset(tunnel, 0, sizeof(*tunnel));
	tunnel->set = true;
	tunnel->ipv6 = flags & BPF_F_TUNINFO_IPV6;
	tunnel->flags = tunnel_flags(flags);
	tunnel->key = key;
	return 0;
}

const struct helper helper_skb_set_tunnel_key = {
	.fn = set_tunnel_key,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_IN, ARG_CONST_SIZE, ARG_ANYTHING},
};

/* Returns how many bytes of options there are. */
static BPF_FN3(get_tunnel_opt, struct skb_ctx *, ctx, void *, to, u32, size)
{
	const struct skb_tunnel *tunnel = &ctx->tunnel;
	int err = 0;

	if (!tunnel->set || !tunnel->opt_len)
		err = -ENOENT;
	else if (size < tunnel->opt_len)
		err = -ENOMEM;
	memset(to, 0, size);
	if (err)
		return (u64)(s64)err;
	memcpy(to, tunnel->opt, tunnel->opt_len);
	return tunnel->opt_len;
}

const struct helper helper_skb_get_tunnel_opt = {
	.fn = get_tunnel_opt,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_OUT, ARG_CONST_SIZE},
};

static BPF_FN3(set_tunnel_opt, struct skb_ctx *, ctx, const void *, from, u32, size)
{
	struct skb_tunnel *tunnel = &ctx->tunnel;

	if (!tunnel->set || (size & 3))
		return (u64)-EINVAL;
	if (size > sizeof(tunnel->opt))
		return (u64)-ENOMEM;
	memcpy(tunnel->opt, from, size);
	tunnel->opt_len = (u8)size;
	return 0;
}

const struct helper helper_skb_set_tunnel_opt = {
	.fn = set_tunnel_opt,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_IN, ARG_CONST_SIZE},
};
