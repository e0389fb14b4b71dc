/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include <jansson.h>

/* What the running kernel offers: {"kernel", "machine", "bpf_permitted", "btf", "xfrm_kfuncs",
 * "tap", "af_xdp"}: the last two, whether ports of these kinds may be opened. */
json_t *machine_facts(void);

#endif
