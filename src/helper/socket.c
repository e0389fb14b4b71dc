// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "map/map.h"
#include "object/run.h"
#include "packet/skb.h"
#include "protos.h"

/*
 * No socket exists here: a lookup finds none, a packet has none. What takes a socket therefore
 * never runs, but the verifier tracks references to sockets, so the prototypes matter.
 */
#define OVERFLOW_UID 65534

static BPF_FN0(no_socket)
{
	return 0;
}

const struct helper helper_sk_lookup = {
	.fn = no_socket,
	.pkt_access = true,
	.ret = RET_PTR_TO_SOCKET_OR_NULL,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_IN, ARG_CONST_SIZE, ARG_ANYTHING, ARG_ANYTHING},
};

const struct helper helper_skc_lookup_tcp = {
	.fn = no_socket,
	.pkt_access = true,
	.ret = RET_PTR_TO_SOCK_COMMON_OR_NULL,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_IN, ARG_CONST_SIZE, ARG_ANYTHING, ARG_ANYTHING},
};

const struct helper helper_sk_release = {
	.fn = no_socket,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_BTF_ID_SOCK_COMMON | OBJ_RELEASE},
};

const struct helper helper_sk_fullsock = {
	.fn = no_socket,
	.ret = RET_PTR_TO_SOCKET_OR_NULL,
	.arg = {ARG_PTR_TO_SOCK_COMMON},
};

const struct helper helper_tcp_sock = {
	.fn = no_socket,
	.ret = RET_PTR_TO_TCP_SOCK_OR_NULL,
	.arg = {ARG_PTR_TO_SOCK_COMMON},
};

const struct helper helper_get_listener_sock = {
	.fn = no_socket,
	.ret = RET_PTR_TO_SOCKET_OR_NULL,
	.arg = {ARG_PTR_TO_SOCK_COMMON},
};

static BPF_FN0(invalid_socket)
{
	return (u64)-EINVAL;
}

const struct helper helper_tcp_syncookie = {
	.fn = invalid_socket,
	.gpl_only = true,
	.pkt_access = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_BTF_ID_SOCK_COMMON, ARG_MEM_IN, ARG_CONST_SIZE, ARG_MEM_IN,
		ARG_CONST_SIZE},
};

const struct helper helper_sk_assign = {
	.fn = invalid_socket,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_PTR_TO_BTF_ID_SOCK_COMMON, ARG_ANYTHING},
};

const struct helper helper_sk_storage_get = {
	.fn = no_socket,
	.ret = RET_PTR_TO_MAP_VALUE_OR_NULL,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_BTF_ID_SOCK_COMMON,
		ARG_PTR_TO_MAP_VALUE | PTR_MAYBE_NULL, ARG_ANYTHING},
};

const struct helper helper_sk_storage_delete = {
	.fn = invalid_socket,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_BTF_ID_SOCK_COMMON},
};

/* As a kernel without SYN cookies. */
static BPF_FN0(no_cookies)
{
	return (u64)-EPROTONOSUPPORT;
}

#define IPV4_SIZE 20
#define IPV6_SIZE 40
#define TCP_SIZE  20

#define GEN_COOKIE(name, size)                                              \
	const struct helper name = {                                        \
		.fn = no_cookies,                                           \
		.gpl_only = true,                                           \
		.pkt_access = true,                                         \
		.ret = RET_INTEGER,                                         \
		.arg = {ARG_PTR_TO_FIXED_SIZE_MEM | MEM_RDONLY, ARG_MEM_IN, \
			ARG_CONST_SIZE_OR_ZERO},                            \
		.arg_size = {size},                                         \
	}
GEN_COOKIE(helper_tcp_raw_gen_syncookie_ipv4, IPV4_SIZE);
GEN_COOKIE(helper_tcp_raw_gen_syncookie_ipv6, IPV6_SIZE);

#define CHECK_COOKIE(name, size)                                 \
	const struct helper name = {                             \
		.fn = no_cookies,                                \
		.gpl_only = true,                                \
		.pkt_access = true,                              \
		.ret = RET_INTEGER,                              \
		.arg = {ARG_PTR_TO_FIXED_SIZE_MEM | MEM_RDONLY,  \
			ARG_PTR_TO_FIXED_SIZE_MEM | MEM_RDONLY}, \
		.arg_size = {size, TCP_SIZE},                    \
	}
CHECK_COOKIE(helper_tcp_raw_check_syncookie_ipv4, IPV4_SIZE);
CHECK_COOKIE(helper_tcp_raw_check_syncookie_ipv6, IPV6_SIZE);

/* The type that each returns is set when the registry is made. */
#define SKC_TO(type)                                    \
	struct helper helper_skc_to_##type = {          \
		.fn = no_socket,                        \
		.ret = RET_PTR_TO_BTF_ID_OR_NULL,       \
		.arg = {ARG_PTR_TO_BTF_ID_SOCK_COMMON}, \
	}
SKC_TO(tcp_sock);
SKC_TO(tcp6_sock);
SKC_TO(tcp_timewait_sock);
SKC_TO(tcp_request_sock);
SKC_TO(udp6_sock);
SKC_TO(unix_sock);
/* The kernel's prototype of this one names the wider argument type. */
struct helper helper_skc_to_mptcp_sock = {
	.fn = no_socket,
	.ret = RET_PTR_TO_BTF_ID_OR_NULL,
	.arg = {ARG_PTR_TO_SOCK_COMMON},
};

static BPF_FN0(no_such_socket)
{
	return (u64)-ENOENT;
}

const struct helper helper_skb_under_cgroup = {
	.fn = no_such_socket,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING},
};

/* The map is empty. */
static BPF_FN2(current_task_under_cgroup, struct map *, map, u32, index)
{
	return (u64)(index >= map->max_entries ? -E2BIG : -EAGAIN);
}

const struct helper helper_current_task_under_cgroup = {
	.fn = current_task_under_cgroup,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_ANYTHING},
};

/* Cookie, cgroup id or class of the packet's socket: 0 where there is none. */
const struct helper helper_skb_socket_id = {
	.fn = no_socket,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};

const struct helper helper_skb_ancestor_cgroup_id = {
	.fn = no_socket,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

static BPF_FN0(get_socket_uid)
{
	return OVERFLOW_UID;
}

const struct helper helper_get_socket_uid = {
	.fn = get_socket_uid,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};
