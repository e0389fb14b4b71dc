/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ESPALIER_XDP_H
#define ESPALIER_XDP_H

#include <stdint.h>

#include <espalier/bpf.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A frame buffer bound to an XDP program: what one thread of a packet path needs to run it. */
struct espalier_xdp;

/**
 * espalier_xdp_new - bind a loaded XDP program
 * @prog_fd: from espalier_bpf(BPF_PROG_LOAD); may be closed afterwards
 * @max_len: longest packet, bytes (at most 256 KiB)
 * @out: owned by the caller; used by one thread at a time
 *
 * Return: 0; -EBADF no program of ours; -EINVAL not an XDP program, or @max_len; -ENOMEM.
 */
ESPALIER_API int espalier_xdp_new(int prog_fd, uint32_t max_len, struct espalier_xdp **out)
	__attribute__((warn_unused_result));
ESPALIER_API void espalier_xdp_free(struct espalier_xdp *xdp);

/* Where a packet came in. */
struct espalier_rx {
	uint32_t ifindex; /* 1: the loopback device that always exists */
	uint32_t queue;
};

/**
 * struct espalier_verdict - what the program decided
 * @action: enum xdp_action
 * @data: the packet as the program left it; valid until the next run
 * @len: its length in bytes
 * @redirect_map_type: for XDP_REDIRECT through a map: enum bpf_map_type; 0: by interface index
 * @redirect_index: key in that map (a CPU for a CPUMAP, a slot for others), or the ifindex
 */
struct espalier_verdict {
	uint32_t action;
	const void *data;
	uint32_t len;
	uint32_t redirect_map_type;
	uint64_t redirect_index;
};

/**
 * espalier_xdp_run - run the program on one packet
 * @packet: copied into the frame
 * @len: bytes, at most max_len
 * @rx: NULL for interface 1, queue 0
 * @out: the verdict
 *
 * The calling thread leases a virtual CPU if it has none (see espalier_lease_cpu()).
 *
 * Return: 0 or -EMSGSIZE.
 */
ESPALIER_API int espalier_xdp_run(struct espalier_xdp *xdp, const void *packet, uint32_t len,
				  const struct espalier_rx *rx, struct espalier_verdict *out)
	__attribute__((warn_unused_result));

/**
 * espalier_lease_cpu - choose the virtual CPU that the calling thread runs programs on
 * @cpu: below the number of virtual CPUs; -1: give the lease back
 *
 * Return: 0, -EINVAL, -EBUSY if another thread holds it.
 */
ESPALIER_API int espalier_lease_cpu(int cpu);

/**
 * espalier_set_clock - stop the clocks that programs see
 * @ns: what bpf_ktime_get_ns(), its boot, coarse and TAI kin show from now on, in nanoseconds;
 * bpf_jiffies64() follows. 0: the machine's clocks again
 *
 * For whoever replays packets and moves time along with them. For the whole process; any thread,
 * any time: a program that runs meanwhile may see both times. What is measured of programs
 * themselves (BPF_ENABLE_STATS, PROG_TEST_RUN's duration) stays real time.
 */
ESPALIER_API void espalier_set_clock(uint64_t ns);

#ifdef __cplusplus
}
#endif
#endif
