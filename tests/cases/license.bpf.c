// SPDX-License-Identifier: BSD-2-Clause
#include "kfuncs.h"

SEC("xdp") REJECT(EINVAL, "cannot call kernel function from non-GPL compatible program")
int not_gpl_compatible(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

char _license[] SEC("license") = "BSD";
