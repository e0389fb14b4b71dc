// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "doctor_parts.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"
#define JIT	 "/proc/sys/net/core/bpf_jit_enable"

/* Is there a line in which @word stands? */
static enum rss_answer has_line(const char *path, const char *word)
{
	FILE *f = fopen(path, "re");
	enum rss_answer found = RSS_NO;
	char line[1024];

	if (!f)
		return RSS_UNSEEN;
	while (found == RSS_NO && fgets(line, sizeof(line), f)) {
		if (strstr(line, word))
			found = RSS_YES;
	}
	fclose(f);
	return found;
}

/* @func: of the module, if it is part of the kernel. */
static enum rss_module find_module(const char *release, const struct btf *btf, const char *name,
				   const char *func)
{
	char path[256], word[32];
	enum rss_answer listed;

	if (btf && btf__find_by_name_kind(btf, func, BTF_KIND_FUNC) > 0)
		return RSS_MODULE_THERE;
	snprintf(path, sizeof(path), "/sys/module/%s", name);
	if (!access(path, F_OK))
		return RSS_MODULE_THERE;
	snprintf(word, sizeof(word), "/%s.ko", name);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", release);
	if (has_line(path, word) == RSS_YES)
		return RSS_MODULE_THERE;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	listed = has_line(path, word);
	if (listed == RSS_YES)
		return RSS_MODULE_LOADABLE;
	/* In a container its modules may be out of sight. */
	return listed == RSS_UNSEEN && !btf ? RSS_MODULE_UNSEEN : RSS_MODULE_ABSENT;
}

/* @jit: set to RSS_YES if the kernel shows that it compiled the program. */
static enum rss_answer may_load(enum rss_answer *jit)
{
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info);

	const struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, NULL, "BSD", pass, ARRAY_SIZE(pass), NULL);

	if (fd < 0)
		return RSS_NO;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.jited_prog_len)
		*jit = RSS_YES;
	close(fd);
	return RSS_YES;
}

static enum rss_answer answer(int probed)
{
	return probed < 0 ? RSS_UNSEEN : probed ? RSS_YES : RSS_NO;
}

static enum rss_answer has_gro(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "bpf_cpu_map_entry", BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (u32)id) : NULL;

	if (!t)
		return RSS_UNSEEN;
	for (u32 i = 0; i < btf_vlen(t); i++) {
		if (!strcmp(btf__name_by_offset(btf, btf_members(t)[i].name_off), "gro"))
			return RSS_YES;
	}
	return RSS_NO;
}

static enum rss_answer has_xfrm(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? RSS_YES : errno == EPROTONOSUPPORT ? RSS_NO : RSS_UNSEEN;
}

void facts_kernel(struct rss_facts *f, const char *bpffs)
{
	struct rss_kernel_facts *k = &f->kernel;
	struct btf *btf = btf__load_vmlinux_btf();
	enum rss_answer off;
	struct utsname un;
	struct statfs fs;

	uname(&un);
	snprintf(k->release, sizeof(k->release), "%s", un.release);
	k->root = !geteuid();
	k->bpf = may_load(&k->jit);
	rss_kernel_probe(&k->has);
	if (k->bpf == RSS_YES) {
		k->cpumap = answer(libbpf_probe_bpf_map_type(BPF_MAP_TYPE_CPUMAP, NULL));
		k->raw_tracepoint =
			answer(libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_RAW_TRACEPOINT, NULL));
	} else if (!k->root) {
		facts_unseen(f, "whether BPF programs may be loaded: not without root");
	}
	k->gro = btf ? has_gro(btf) : RSS_UNSEEN;
	k->esp[0] = find_module(k->release, btf, "esp4", "esp_input");
	k->esp[1] = find_module(k->release, btf, "esp6", "esp6_input");
	btf__free(btf);
	k->xfrm = has_xfrm();
	/* The setting is shown in the first namespace only. */
	if (k->jit == RSS_UNSEEN) {
		off = has_line(JIT, "0");
		k->jit = off == RSS_UNSEEN ? RSS_UNSEEN : off == RSS_YES ? RSS_NO : RSS_YES;
	}
	k->confidential = has_line(LOCKDOWN, "[confidentiality]") == RSS_YES;
	snprintf(k->bpffs_dir, sizeof(k->bpffs_dir), "%s", bpffs ? bpffs : RSS_BPFFS);
	if (!statfs(k->bpffs_dir, &fs))
		k->bpffs = fs.f_type == BPF_FS_MAGIC ? RSS_YES : RSS_NO;
	else
		k->bpffs = errno == ENOENT ? RSS_NO : RSS_UNSEEN;
}
