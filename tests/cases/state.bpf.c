// SPDX-License-Identifier: BSD-2-Clause
/* Every field of a state that a program can use, by the kernel's name: CO-RE finds each here. */
#include "kfuncs.h"

#include <bpf/bpf_core_read.h>

u64 seen;

#define READS(name, field)                             \
	SEC("xdp") ACCEPT int name(struct xdp_md *xdp) \
	{                                              \
		struct xfrm_state *x = get(xdp);       \
                                                       \
		if (!x)                                \
			return XDP_PASS;               \
		seen = (u64)x->field;                  \
		bpf_xdp_xfrm_state_release(x);         \
		return XDP_PASS;                       \
	}

READS(id_spi, id.spi)
READS(id_proto, id.proto)
READS(id_daddr4, id.daddr.a4)
READS(id_daddr6, id.daddr.a6[3])
READS(sel_daddr, sel.daddr.a4)
READS(sel_saddr, sel.saddr.a6[1])
READS(sel_dport, sel.dport)
READS(sel_sport_mask, sel.sport_mask)
READS(sel_family, sel.family)
READS(sel_prefixlen_d, sel.prefixlen_d)
READS(sel_proto, sel.proto)
READS(sel_ifindex, sel.ifindex)
READS(mark_v, mark.v)
READS(mark_m, mark.m)
READS(if_id, if_id)
READS(tfcpad, tfcpad)
READS(genid, genid)
READS(km_state, km.state)
READS(km_dying, km.dying)
READS(km_seq, km.seq)
READS(props_reqid, props.reqid)
READS(props_mode, props.mode)
READS(props_replay_window, props.replay_window)
READS(props_aalgo, props.aalgo)
READS(props_flags, props.flags)
READS(props_family, props.family)
READS(props_saddr, props.saddr.a4)
READS(props_header_len, props.header_len)
READS(props_trailer_len, props.trailer_len)
READS(props_extra_flags, props.extra_flags)
READS(props_smark, props.smark.v)
READS(lft_soft_byte_limit, lft.soft_byte_limit)
READS(lft_hard_packet_limit, lft.hard_packet_limit)
READS(lft_hard_use_expires, lft.hard_use_expires_seconds)
READS(curlft_bytes, curlft.bytes)
READS(curlft_add_time, curlft.add_time)
READS(stats_replay, stats.replay)
READS(stats_integrity_failed, stats.integrity_failed)
READS(aalg_name, aalg->alg_name[0])
READS(aalg_trunc_len, aalg->alg_trunc_len)
READS(ealg_key_len, ealg->alg_key_len)
READS(aead_icv_len, aead->alg_icv_len)
READS(geniv, geniv)
READS(encap_type, encap->encap_type)
READS(encap_sport, encap->encap_sport)
READS(encap_oa, encap->encap_oa.a4)
READS(nat_keepalive_interval, nat_keepalive_interval)
READS(coaddr, coaddr->a4)
READS(tunnel_spi, tunnel->id.spi)
READS(tunnel_of_tunnel, tunnel->tunnel->props.reqid)
READS(tunnel_users, tunnel_users.counter)
READS(replay_seq, replay.seq)
READS(replay_bitmap, replay.bitmap)
READS(replay_esn, replay_esn)
READS(replay_esn_window, replay_esn->replay_window)
READS(replay_esn_seq_hi, replay_esn->seq_hi)
READS(replay_esn_first, replay_esn->bmp[0])
READS(replay_esn_last, replay_esn->bmp[127])
READS(preplay_seq, preplay.seq)
READS(repl_mode, repl_mode)
READS(xflags, xflags)
READS(replay_maxage, replay_maxage)
READS(xso_dev, xso.dev)
READS(xso_dev_ifindex, xso.dev->ifindex)
READS(xso_offload_handle, xso.offload_handle)
READS(saved_tmo, saved_tmo)
READS(lastused, lastused)
READS(type_proto, type->proto)
READS(type_offload, type_offload)
READS(inner_mode_encap, inner_mode.encap)
READS(outer_mode_family, outer_mode.family)
READS(security_ctx_len, security->ctx_len)
READS(data, data)
READS(dir, dir)
READS(mode_cbs, mode_cbs)
READS(net_inum, xs_net.net->ns.inum)
READS(net_cookie, xs_net.net->net_cookie)
READS(refcount, refcnt.refs.counter)
READS(pcpu_num, pcpu_num)
READS(lock, lock.rlock.raw_lock.val.counter)
READS(byspi, byspi.next)
READS(state_cache_input, state_cache_input.pprev)
READS(rtimer_expires, rtimer.expires)
READS(mtimer_expires, mtimer.node.expires)
READS(page_frag_offset, xfrag.offset)

SEC("xdp") ACCEPT int bit_fields(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	seen = BPF_CORE_READ_BITFIELD(x, xso.dir) + BPF_CORE_READ_BITFIELD(x, xso.type);
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int by_probe_read(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	seen = BPF_CORE_READ(x, replay_esn, replay_window) + BPF_CORE_READ(x, tunnel, id.spi);
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

/* A program made for another kernel: what is missing is asked for, or spoils it. */
struct xfrm_state___other {
	u32 pcpu_num;
	u32 not_in_this_kernel;
} __attribute__((preserve_access_index));

SEC("xdp") ACCEPT int asks_for_a_field(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	struct xfrm_state___other *other = (void *)x;

	if (!x)
		return XDP_PASS;
	seen = bpf_core_field_exists(other->not_in_this_kernel) ? other->not_in_this_kernel
								: other->pcpu_num;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp")
REJECT(EINVAL, "failed to resolve CO-RE relocation *.not_in_this_kernel "
	       "*") int takes_a_field_for_granted(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	struct xfrm_state___other *other = (void *)x;

	if (!x)
		return XDP_PASS;
	seen = other->not_in_this_kernel;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int sizes_and_values(struct xdp_md *xdp)
{
	if (!bpf_core_type_exists(struct xfrm_state) ||
	    !bpf_core_enum_value_exists(enum xdp_action, XDP_TX))
		return XDP_ABORTED;
	seen = bpf_core_type_size(struct bpf_xfrm_state_opts);
	return bpf_core_enum_value(enum xdp_action, XDP_PASS);
}

char _license[] SEC("license") = "Dual BSD/GPL";
