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

struct ns_common {
	unsigned int inum;
};

/* A network namespace: sad/ makes one for each that it is told of. */
struct net {
	struct ns_common ns;
	u64 net_cookie;
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
};

#endif
