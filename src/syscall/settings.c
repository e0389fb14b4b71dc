// SPDX-License-Identifier: BSD-2-Clause
#include <espalier/bpf.h>

#include "base/vcpu.h"
#include "vmlinux/vmlinux.h"

int espalier_set_cpus(unsigned int n)
{
	return vcpu_set_count(n);
}

const void *espalier_vmlinux_btf(size_t *size)
{
	*size = vmlinux_btf_size;
	return vmlinux_btf_data;
}
