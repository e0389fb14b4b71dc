/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_MACHINE_H
#define CLI_MACHINE_H

#include <jansson.h>

/* What the running kernel offers: {"kernel", "machine", "bpf_permitted", "btf", "xfrm_kfuncs"}. */
json_t *machine_facts(void);

#endif
