/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XFRM_KFUNCS_H
#define XFRM_KFUNCS_H

/* What vmlinux.h does not carry: macros, and the kfuncs of older bpftools. */
#define AF_INET 2
#define AF_INET6 10
/* Enumerators in a vmlinux.h of a whole kernel, absent from a smaller one: the same number either
 * way. */
#define IPPROTO_ESP 50
#define BPF_NOEXIST 1
#define BPF_F_CURRENT_NETNS (-1)

extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer,
			      __u32 buffer__szk) __ksym;
extern struct xfrm_state *bpf_xdp_get_xfrm_state(struct xdp_md *ctx,
						 struct bpf_xfrm_state_opts *opts,
						 __u32 opts__sz) __ksym;
extern void bpf_xdp_xfrm_state_release(struct xfrm_state *x) __ksym;

#endif
