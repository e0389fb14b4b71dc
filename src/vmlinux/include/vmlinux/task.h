/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_TASK_H
#define VMLINUX_TASK_H

#include "vmlinux/kernel.h"

struct cpumask;

struct pid {
	unsigned int level;
};

/* What a task points to: the pointers are NULL, so that root's ids and zeroes are read. */
struct cred {
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid, sgid, egid, fsgid;
	unsigned int securebits;
};

struct nsproxy {
	refcount_t count;
	struct net *net_ns;
};

struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
	u64 id;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
};

struct css_set {
	refcount_t refcount;
	struct cgroup *dfl_cgrp;
};

struct mm_struct {
	int map_count;
	atomic_t mm_users;
	unsigned long total_vm, locked_vm, data_vm, exec_vm, stack_vm;
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	struct task_struct *owner;
};

/*
 * The task that a program runs for. There are no other tasks here: pointers between tasks are NULL
 * or lead back to it.
 */
struct task_struct {
	unsigned int __state;
	unsigned int flags;
	refcount_t usage;
	refcount_t rcu_users;
	int on_cpu;
	int prio;
	int static_prio;
	int normal_prio;
	unsigned int policy;
	int nr_cpus_allowed;
	struct cpumask *cpus_ptr; /* NULL */
	int exit_state;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct task_struct *group_leader;
	struct task_struct *last_wakee;
	u64 utime;
	u64 stime;
	u64 start_time;
	u64 start_boottime;
	char comm[16];

	/* Zero and NULL. */
	struct thread_info {
		unsigned long flags;
		u32 status;
		u32 cpu;
	} thread_info;
	int recent_used_cpu;
	int wake_cpu;
	unsigned int rt_priority;
	int exit_signal;
	unsigned long nvcsw;
	unsigned long nivcsw;
	unsigned long min_flt;
	unsigned long maj_flt;
	unsigned int sessionid;
	kuid_t loginuid;
	struct pid *thread_pid;
	const struct cred *real_cred;
	const struct cred *cred;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	struct mm_struct *mm;
	struct mm_struct *active_mm;
};

#endif
