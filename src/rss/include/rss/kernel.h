/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_KERNEL_H
#define RSS_KERNEL_H

#include "base/error.h"

#include "esp_rss.h"

/**
 * struct rss_kernel - what the running kernel has of what steering uses, by its BTF
 * @btf: it has BTF at all, without which the program cannot be loaded
 * @kfunc: bpf_xdp_get_xfrm_state() and its release (Linux 6.8)
 * @pcpu_num: SAs have owners (Linux 6.12)
 * @dispatcher: programs can be stacked by replacing functions (BPF_PROG_TYPE_EXT)
 */
struct rss_kernel {
	bool btf;
	bool kfunc;
	bool pcpu_num;
	bool dispatcher;
};

void rss_kernel_probe(struct rss_kernel *k);

/* A word on the rung of the ladder, for people. */
const char *rss_lookup_text(enum rss_lookup lookup, bool pcpu_num);

#endif
