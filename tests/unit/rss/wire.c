// SPDX-License-Identifier: BSD-2-Clause
#include "wire.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BURST = 32
};

int wire_open(struct wire *w)
{
	static const char setup[] =
		"echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; "
		"ip link add rss-out type veth peer name rss-in 2>/dev/null && "
		"ip link set rss-out mtu 9000 up && ip link set rss-in mtu 9000 up";
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	int yes = 1;

	*w = (struct wire){.sender = -1, .link = -1};
	if (system(setup))
		return -EOPNOTSUPP;
	w->ifindex = (int)if_nametoindex("rss-in");
	to.sll_ifindex = (int)if_nametoindex("rss-out");
	w->sender = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (w->sender < 0 || bind(w->sender, (void *)&to, sizeof(to)) ||
	    setsockopt(w->sender, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes))) {
		int err = -errno;

		wire_close(w);
		return err;
	}
	return 0;
}

int wire_attach(struct wire *w, int prog_fd, u32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	if (w->link >= 0)
		close(w->link);
	w->link = bpf_link_create(prog_fd, w->ifindex, BPF_XDP, &opts);
	return w->link < 0 ? -errno : 0;
}

void wire_close(struct wire *w)
{
	if (w->link >= 0)
		close(w->link);
	if (w->sender >= 0)
		close(w->sender);
	if (system("ip link delete rss-out"))
		fprintf(stderr, "rss-out: not deleted\n");
	*w = (struct wire){.sender = -1, .link = -1};
}

void wire_pin(u32 cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

u64 wire_send(const struct wire *w, const struct wire_frame *frames, u32 nr, u64 n)
{
	u64 sent = 0;

	for (u64 i = 0; i < n;) {
		struct mmsghdr msgs[BURST] = {0};
		struct iovec iov[BURST];
		u32 burst = 0;
		int took;

		for (; burst < BURST && i + burst < n; burst++) {
			const struct wire_frame *f = &frames[(i + burst) % nr];

			iov[burst] = (struct iovec){(void *)f->data, f->len};
			msgs[burst].msg_hdr.msg_iov = &iov[burst];
			msgs[burst].msg_hdr.msg_iovlen = 1;
		}
		took = sendmmsg(w->sender, msgs, burst, 0);
		took = took < 0 ? 0 : took;
		sent += (u64)took;
		/* One that found no room is not sent again. */
		i += (u64)took + ((u32)took < burst);
	}
	return sent;
}

u64 wire_dropped(void)
{
	unsigned long long drop = 0;
	char line[512], *at;
	FILE *f = fopen("/proc/self/net/dev", "re");

	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, "rss-out:");
		if (at)
			sscanf(at + strlen("rss-out:"),
			       "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu", &drop);
	}
	if (f)
		fclose(f);
	return drop;
}
