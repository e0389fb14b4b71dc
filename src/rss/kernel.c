// SPDX-License-Identifier: BSD-2-Clause
#include "rss/kernel.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>

static bool has_member(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t;

	if (id < 0)
		return false;
	t = btf__type_by_id(btf, (u32)id);
	for (u32 i = 0; i < btf_vlen(t); i++) {
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), member))
			return true;
	}
	return false;
}

void rss_kernel_probe(struct rss_kernel *k)
{
	struct btf *btf = btf__load_vmlinux_btf();

	*k = (struct rss_kernel){.btf = btf};
	if (!btf)
		return;
	k->kfunc = btf__find_by_name_kind(btf, "bpf_xdp_get_xfrm_state", BTF_KIND_FUNC) > 0 &&
		   btf__find_by_name_kind(btf, "bpf_xdp_xfrm_state_release", BTF_KIND_FUNC) > 0;
	k->pcpu_num = has_member(btf, "xfrm_state", "pcpu_num");
	btf__free(btf);
	k->dispatcher = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) > 0;
}

const char *rss_lookup_text(enum rss_lookup lookup, bool pcpu_num)
{
	if (lookup == RSS_LOOKUP_MAP)
		return "a map that espalier rss daemon keeps";
	return pcpu_num ? "kfunc, with the owners of SAs"
			: "kfunc; this kernel's SAs have no owners";
}
