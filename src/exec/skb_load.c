// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <linux/filter.h>
#include <string.h>

#include "code.h"
#include "packet/skb.h"

/* Offset from skb->data of what a classic BPF offset means. False: from a header not there. */
static bool data_offset(const struct sk_buff *skb, s32 off, s64 *pos)
{
	const unsigned char *base;

	if (off >= 0) {
		*pos = off;
		return true;
	}
	if (off >= SKF_NET_OFF) {
		base = skb->head + skb->network_header;
		off -= SKF_NET_OFF;
	} else if (off >= SKF_LL_OFF && skb->mac_header != UINT16_MAX) {
		base = skb->head + skb->mac_header;
		off -= SKF_LL_OFF;
	} else {
		return false;
	}
	*pos = base - skb->data + off;
	return true;
}

bool skb_load(const struct skb_ctx *ctx, s32 off, u32 size, u64 *value)
{
	const struct sk_buff *skb = &ctx->skb;
	const unsigned char *at;
	s64 pos;
	u16 half;
	u32 word;

	if (!data_offset(skb, off, &pos) || pos < -(s64)skb_headroom(skb) ||
	    pos + size > (s64)skb->len)
		return false;
	at = skb->data + pos;
	switch (size) {
	case 1:
		*value = *at;
		return true;
	case 2:
		memcpy(&half, at, sizeof(half));
		*value = be16toh(half);
		return true;
	default:
		memcpy(&word, at, sizeof(word));
		*value = be32toh(word);
		return true;
	}
}
