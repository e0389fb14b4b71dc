/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_KERNEL_H
#define VMLINUX_KERNEL_H

/*
 * Small kernel types that the structs programs walk are made of. Headers of this room compile
 * twice: for the host, where the code that fills the structs lives, and with `clang -target bpf
 * -g`, which makes the BTF that programs see (types.c).
 */
#include <linux/types.h>

#ifdef __bpf__
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#else
#include "base/types.h"
#endif

typedef long long time64_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

/* Never taken: programs only read. */
typedef struct spinlock {
	struct raw_spinlock {
		struct qspinlock {
			atomic_t val;
		} raw_lock;
	} rlock;
} spinlock_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct module {
	char name[56];
};

struct proc_ns_operations {
	const char *name;
};

struct ns_common {
	const struct proc_ns_operations *ops; /* NULL */
	unsigned int inum;
	refcount_t __ns_ref;
};

/* The kernel's hash tables of states: here they are sad/'s own, and these stay zero. */
struct netns_xfrm {
	unsigned int state_hmask;
	unsigned int state_num;
};

struct net_device;

/* A network namespace: sad/ makes one for each that it is told of. */
struct net {
	struct ns_common ns;
	u64 net_cookie;
	u32 ifindex;
	u32 hash_mix;
	struct net_device *loopback_dev; /* NULL */
	struct netns_xfrm xfrm;
};

typedef struct {
	struct net *net;
} possible_net_t;

/* A virtual network device: packet/netdev.h makes them. */
struct net_device {
	char name[16];
	int ifindex;
	unsigned int mtu;
	unsigned int flags;   /* IFF_* */
	unsigned short type;  /* ARPHRD_* */
	unsigned short hard_header_len;
	unsigned char addr_len;
	const unsigned char *dev_addr;
	unsigned int num_tx_queues;
	unsigned int real_num_tx_queues;
	unsigned int num_rx_queues;
	unsigned int real_num_rx_queues;
	possible_net_t nd_net;

	/* Zero: a virtual device has no use for them. */
	unsigned long state;
	u64 features;
	u64 hw_features;
	unsigned int min_mtu;
	unsigned int max_mtu;
	unsigned int gso_max_size;
	unsigned int gro_max_size;
	u16 gso_max_segs;
	unsigned short needed_headroom;
	unsigned short needed_tailroom;
	unsigned short dev_id;
	unsigned short dev_port;
	unsigned int operstate;
	unsigned int promiscuity;
	unsigned int allmulti;
	unsigned int tx_queue_len;
	int group;
	int irq;
	u8 reg_state;
	u32 xdp_features;
	unsigned char perm_addr[32];
	unsigned char broadcast[32];
};

#endif
