// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "doctor_parts.h"

static void judge_load(const struct rss_kernel_facts *k, struct rss_diagnosis *d)
{
	char mend[200];

	if (k->bpf == RSS_NO && k->root)
		doctor_find(d, RSS_PROBLEM, "permission", "kernel",
			    "run outside of the container, or give it CAP_BPF, CAP_NET_ADMIN and "
			    "CAP_PERFMON",
			    "XDP programs may not be loaded, although you are root\n"
			    "Nothing can be attached.");
	if (!k->has.btf)
		doctor_find(d, RSS_PROBLEM, "btf", "kernel",
			    "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y",
			    "no BTF at /sys/kernel/btf/vmlinux\n"
			    "The program finds the kernel's structures by it, and cannot be "
			    "loaded.");
	if (k->cpumap == RSS_NO)
		doctor_find(d, RSS_PROBLEM, "cpumap", "kernel",
			    "boot a kernel built with CONFIG_BPF_SYSCALL=y (Linux 4.15)",
			    "no CPUMAP\nPackets cannot be handed to another CPU.");
	if (k->jit == RSS_NO)
		doctor_find(d, k->has.kfunc ? RSS_PROBLEM : RSS_WARNING, "jit", "kernel",
			    "sysctl net.core.bpf_jit_enable=1",
			    "BPF is interpreted, not compiled\n%s",
			    k->has.kfunc ? "Kernel functions can be called by compiled programs "
					   "only: the lookup of SAs is not to be had."
					 : "Each packet costs several times as much.");
	if (k->bpffs == RSS_NO) {
		snprintf(mend, sizeof(mend), "mount -t bpf bpf %s", k->bpffs_dir);
		doctor_find(d, RSS_PROBLEM, "bpffs", "kernel", mend,
			    "no bpf file system at %s\n"
			    "What is attached is pinned there, so that it outlives the command.",
			    k->bpffs_dir);
	}
}

static void judge_lookup(const struct rss_kernel_facts *k, struct rss_diagnosis *d)
{
	if (!k->has.btf)
		return;
	if (!k->has.kfunc)
		doctor_find(
			d, RSS_WARNING, "lookup", "kernel",
			"espalier rss daemon (or Linux 6.8 and later)",
			"no bpf_xdp_get_xfrm_state() in BTF\n"
			"SAs are found in a map, which a process has to keep: while it does not "
			"run, new SAs are not steered.");
	else if (!k->has.pcpu_num)
		doctor_find(d, RSS_NOTE, "owners", "kernel",
			    "Linux 6.13 and later, for per-CPU SAs (RFC 9611)",
			    "SAs have no owning CPU: no xfrm_state::pcpu_num in BTF\n"
			    "Each SA goes to a CPU that the policy chooses.");
}

static void judge_esp(const struct rss_kernel_facts *k, struct rss_diagnosis *d)
{
	bool four = k->esp[0] == RSS_MODULE_ABSENT, six = k->esp[1] == RSS_MODULE_ABSENT;

	if (k->xfrm == RSS_NO)
		doctor_find(d, RSS_PROBLEM, "xfrm", "kernel",
			    "boot a kernel built with CONFIG_XFRM_USER",
			    "no IPsec: there is no XFRM netlink\nThere are no SAs to steer by.");
	else if (four || six)
		doctor_find(d, RSS_WARNING, "esp", "kernel",
			    "install the kernel's modules, or a kernel with CONFIG_INET_ESP and "
			    "CONFIG_INET6_ESP",
			    "no ESP for %s: neither in the kernel nor as a module\n"
			    "Packets can be steered, but not decrypted.",
			    four && six ? "IPv4 and IPv6"
			    : four	? "IPv4"
					: "IPv6");
}

static void judge_extras(const struct rss_kernel_facts *k, struct rss_diagnosis *d)
{
	if (k->raw_tracepoint == RSS_NO || k->confidential)
		doctor_find(d, RSS_NOTE, "tracing", "kernel", NULL,
			    "%s\nQueues are not watched: drops and backlog are not counted, and an "
			    "SA changes its CPU after a quiet time alone.",
			    k->confidential ? "lockdown is at confidentiality"
					    : "no programs at tracepoints");
	if (k->bpf == RSS_YES && !k->has.dispatcher)
		doctor_find(d, RSS_NOTE, "dispatcher", "kernel", NULL,
			    "no BPF_PROG_TYPE_EXT\n"
			    "libxdp's dispatcher cannot work: an interface takes one XDP program.");
	if (k->gro == RSS_NO)
		doctor_find(
			d, RSS_NOTE, "gro", "kernel", "Linux 6.15 and later",
			"no GRO behind the CPUMAP: bpf_cpu_map_entry has no gro in BTF\n"
			"What XDP redirects reaches the stack packet by packet, which costs more "
			"per packet after decryption.");
}

void doctor_kernel(const struct rss_facts *f, struct rss_diagnosis *d)
{
	const struct rss_kernel_facts *k = &f->kernel;
	u32 bad = d->count[RSS_PROBLEM];

	judge_load(k, d);
	judge_lookup(k, d);
	judge_esp(k, d);
	judge_extras(k, d);
	if (d->count[RSS_PROBLEM] == bad && k->has.kfunc)
		doctor_find(d, RSS_OK, "kernel", "kernel", NULL,
			    "Linux %s: BTF, SA lookup by kfunc%s%s%s", k->release,
			    k->has.pcpu_num ? " with owners" : "",
			    k->cpumap == RSS_YES ? ", CPUMAP" : "",
			    k->gro == RSS_YES ? ", GRO behind it" : "");
}
