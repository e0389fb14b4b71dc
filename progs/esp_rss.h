/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROGS_ESP_RSS_H
#define PROGS_ESP_RSS_H

/*
 * What esp_rss.bpf.c and user space agree on: the layout of its maps and of its settings. Included
 * on both sides.
 *
 * Pinned maps outlive programs and tools: whoever changes a layout here changes RSS_LAYOUT too.
 */
#define RSS_LAYOUT 2

#ifndef __bpf__ /* there vmlinux.h has the types */
#include <linux/types.h>
#endif

#define RSS_MAX_TAGS	8      /* VLAN tags that are looked behind */
#define RSS_MAX_EXTHDRS 8      /* IPv6 extension headers, likewise */
#define RSS_MAX_MARKS	4      /* marks that are tried on a lookup */
#define RSS_MAX_PORTS	8      /* UDP ports that carry ESP, 4500 among them */
#define RSS_MAX_OFFSET	0x3fff /* a header that begins later is not looked at */
#define RSS_COUNTS_HOLD 20     /* times quiet_ns: how long counts of a queue are believed */
#define RSS_MAX_CPUS	1024
#define RSS_NO_CPU	0xffffffffu /* as in xfrm_state::pcpu_num: no owner */

/* Why a packet went where it went; each packet counts under exactly one. */
enum rss_reason {
	RSS_OWNER,	       /* to the CPU that its SA belongs to (RFC 9611) */
	RSS_OWNER_UNAVAILABLE, /* that CPU is offline or beyond the map: by policy */
	RSS_OFFLOADED,	       /* the NIC decrypts it: passed */
	RSS_POLICY,	       /* an SA that belongs to no CPU: by policy */
	RSS_IKE,	       /* passed */
	RSS_KEEPALIVE,	       /* NAT keepalive (RFC 3948): passed */
	RSS_NOT_IPSEC,	       /* passed */
	RSS_FRAGMENT,	       /* of an ESP or AH packet: by source and destination */
	RSS_UNKNOWN_SA,	       /* ESP or AH that the SAD does not know: passed */
	RSS_MALFORMED,	       /* passed */
	RSS_TOO_MANY_TAGS,     /* passed */
	RSS_SWITCHED_OFF,      /* looked at no further: passed */
	RSS_NR_REASONS,
};

/* How an SA without an owner gets a CPU. */
enum rss_policy {
	RSS_BALANCE,	  /* at first sight, the CPU with the fewest SAs */
	RSS_HASH,	  /* SPI and addresses */
	RSS_LEAST_LOADED, /* at first sight, the CPU with the lowest rss_cpu::load */
	RSS_FIXED,	  /* rss_config::fixed_cpu */
	RSS_PASS,	  /* none: the packet passes */
};

/* How an SA is found: a rung of the ladder. Chosen before the program is loaded. */
enum rss_lookup {
	RSS_LOOKUP_MAP,	  /* sa_info, kept by a process that follows XFRM netlink */
	RSS_LOOKUP_KFUNC, /* bpf_xdp_get_xfrm_state() */
};

/* rss_config::steer_until: off, on; anything else is a trial that ends by itself. */
#define RSS_OFF 0ull
#define RSS_ON	(~0ull)

/**
 * struct rss_config - settings that may change while the program runs
 * @layout: RSS_LAYOUT
 * @steer_until: in nanoseconds of CLOCK_MONOTONIC: past it everything passes; written at once, as
 *	one aligned word
 * @policy: enum rss_policy
 * @fixed_cpu: for RSS_FIXED
 * @nr_policy_cpus: how many entries of policy_cpus are in use
 * @nr_ports: of @ports
 * @ports: UDP ports with encapsulated ESP, in network byte order
 * @nr_marks: of @marks; at least 1
 * @marks: that lookups are tried with, in this order
 * @netns_id: of the SAs, as struct bpf_xfrm_state_opts has it; -1: the device's own
 * @hash_seed: for RSS_HASH and fragments
 * @cpu_map_id: of the cpumap whose tracepoints are counted
 * @queues_watched: 1: the counts of struct rss_queue are kept
 * @wish_round: an SA that has not heeded this round looks whether there is a wish for it; raised
 *after wishes were written
 * @quiet_ns: an SA that is to change its CPU does so only after not having been seen for so long,
 *	and, if queues are watched, with its old queue empty, or unseen RSS_COUNTS_HOLD times as
 *long
 */
struct rss_config {
	__u32 layout;
	__u32 policy;
	__u64 steer_until;
	__u32 fixed_cpu;
	__u32 nr_policy_cpus;
	__u32 nr_ports;
	__u16 ports[RSS_MAX_PORTS];
	__u32 nr_marks;
	__u32 marks[RSS_MAX_MARKS];
	__s32 netns_id;
	__u32 hash_seed;
	__u32 cpu_map_id;
	__u32 queues_watched;
	__u32 wish_round;
	__u64 quiet_ns;
};

/**
 * struct rss_sa_key - by what an SA is known: map keys, so that every byte counts
 * @daddr: network byte order; IPv4 in the first word, the others 0
 * @spi: network byte order
 * @family: AF_INET or AF_INET6
 * @proto: IPPROTO_ESP or IPPROTO_AH
 */
struct rss_sa_key {
	__u32 daddr[4];
	__u32 spi;
	__u16 family;
	__u8 proto;
	__u8 zero;
};

/**
 * struct rss_sa - value of sas: the CPU that an SA is on, and its counters
 * @cpu: where its packets go; RSS_NO_CPU: none had to yet. Changed by compare-and-swap
 * @want: where the policy would have it go; RSS_NO_CPU: not asked yet. The program's alone: user
 * space, which cannot change part of a value, has the map wishes
 * @owner: pcpu_num at the last packet
 * @flags: RSS_SA_*
 * @packets: steered, fragments not included
 * @bytes: likewise
 * @last_seen: CLOCK_MONOTONIC_COARSE, nanoseconds
 * @first_seen: likewise
 * @changes: how often @cpu changed
 * @fragments: first fragments that named this SA
 * @reqid: of the state; 0 where the lookup does not tell
 * @saddr: of the state, else of the first packet
 * @tick: jiffies at @last_seen
 * @counted: the CPU among whose rss_cpu::sas it is; RSS_NO_CPU: none. Changed by exchange, so that
 * whoever takes a CPU out of it counts that one down
 * @wish_round: the last rss_config::wish_round that it heeded
 */
struct rss_sa {
	__u32 cpu;
	__u32 want;
	__u32 owner;
	__u32 flags;
	__u64 packets;
	__u64 bytes;
	__u64 last_seen;
	__u64 first_seen;
	__u64 changes;
	__u64 fragments;
	__u32 reqid;
	__u32 saddr[4];
	__u32 tick;
	__u32 counted;
	__u32 wish_round;
};
#define RSS_SA_SUCCEEDED \
	1u /* in a rekey another SA took over @want; it counts in rss_cpu::sas no more */

/* Key and value of groups: SAs that could be one another's successors in a rekey. */
struct rss_group_key {
	__u32 saddr[4];
	__u32 daddr[4];
	__u32 reqid;
	__u32 if_id;
	__u16 family;
	__u8 proto;
	__u8 mode;
};
#define RSS_GROUP_MEMBERS 8
struct rss_group {
	__u32 next;		      /* the slot that is overwritten next */
	__u32 spi[RSS_GROUP_MEMBERS]; /* network byte order; 0: free */
};

/* Value of sa_info (RSS_LOOKUP_MAP): what the kfunc would have told. */
struct rss_sa_info {
	__u32 pcpu_num;
	__u32 reqid;
	__u32 if_id;
	__u32 saddr[4];
	__u8 mode;
	__u8 offloaded;
	__u8 dying;
	__u8 zero;
};

/**
 * struct rss_cpu - value of cpus
 * @flags: RSS_CPU_*
 * @sas: SAs that go there, their owners' and the policy's alike, or will as soon as they can
 *change; succeeded ones are not among them
 * @load: what user space makes of its traffic, any unit; for RSS_LEAST_LOADED
 */
struct rss_cpu {
	__u32 flags;
	__u32 sas;
	__u64 load;
};
#define RSS_CPU_ONLINE 1u /* its cpumap entry is there and it takes packets */

/* Per-CPU counters: value of reasons (by reason) and of targets (by the CPU that packets went to).
 */
struct rss_count {
	__u64 packets;
	__u64 bytes;
};

/**
 * struct rss_queue - value of queues, by CPU: kept by the programs at the cpumap's tracepoints
 * @enqueued: packets that the queue took
 * @dropped: packets that found it full
 * @dequeued: packets that its kthread took out
 * @kthread_dropped: of those, what the kthread could not make an skb of
 */
struct rss_queue {
	__u64 enqueued;
	__u64 dropped;
	__u64 dequeued;
	__u64 kthread_dropped;
};

/* What the program decided of the last packet, written only if record_decision is set. */
struct rss_decision {
	__u32 reason;
	__u32 cpu;     /* RSS_NO_CPU: passed */
	__u32 headers; /* bytes of the packet that were looked at */
	__u32 has_key;
	struct rss_sa_key key;
	__u32 changed;	 /* the SA changed its CPU with this packet */
	__u32 source[4]; /* of the packet */
};

#endif
