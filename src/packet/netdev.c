// SPDX-License-Identifier: BSD-2-Clause
#include "packet/netdev.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/rcu.h"

#define LOOPBACK_MTU 65536
#define ETHER_MTU    1500
#define ETHER_HEADER 14

struct netdev {
	struct net_device dev; /* first: net_device pointers are cast back */
	u8 addr[6];
	int netns;
	void (*xmit)(struct net_device *dev, const void *frame, u32 len, bool ingress, void *arg);
	void *arg;
	struct netdev *next;
	struct rcu_head rcu;
};

/* Few devices, rarely changed: a list that writers lock and readers walk under RCU. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t loopback_once = PTHREAD_ONCE_INIT;
static struct netdev *devices;
static u32 last_index = NETDEV_LOOPBACK;

static struct netdev *netdev_of(const struct net_device *dev)
{
	return (struct netdev *)dev;
}

static void netdev_free_rcu(struct rcu_head *head)
{
	struct netdev *nd = container_of(head, struct netdev, rcu);

	arena_free(nd, sizeof(*nd));
}

static struct netdev *find_index(u32 ifindex)
{
	struct netdev *nd = rcu_dereference(devices);

	while (nd && (u32)nd->dev.ifindex != ifindex)
		nd = rcu_dereference(nd->next);
	return nd;
}

static struct netdev *find_name(const char *name)
{
	struct netdev *nd = rcu_dereference(devices);

	while (nd && strcmp(nd->dev.name, name))
		nd = rcu_dereference(nd->next);
	return nd;
}

static struct netdev *netdev_new(const struct netdev_config *config)
{
	struct netdev *nd = arena_alloc(sizeof(*nd), 64);
	u32 queues = config->queues ? config->queues : 1;

	if (!nd)
		return NULL;
	memset(nd, 0, sizeof(*nd));
	strcpy(nd->dev.name, config->name);
	nd->dev.mtu = config->mtu ? config->mtu : ETHER_MTU;
	nd->dev.flags = IFF_UP | IFF_BROADCAST | IFF_MULTICAST;
	nd->dev.type = ARPHRD_ETHER;
	nd->dev.hard_header_len = ETHER_HEADER;
	nd->dev.addr_len = sizeof(nd->addr);
	nd->dev.num_tx_queues = nd->dev.real_num_tx_queues = queues;
	nd->dev.num_rx_queues = nd->dev.real_num_rx_queues = queues;
	nd->dev.dev_addr = nd->addr;
	if (config->addr)
		memcpy(nd->addr, config->addr, sizeof(nd->addr));
	nd->netns = config->netns;
	nd->dev.nd_net.net = config->net;
	nd->xmit = config->xmit;
	nd->arg = config->arg;
	return nd;
}

static void add_loopback(void)
{
	struct netdev_config config = {.name = "lo", .mtu = LOOPBACK_MTU};
	struct netdev *nd = netdev_new(&config);

	if (!nd)
		return;
	nd->dev.ifindex = NETDEV_LOOPBACK;
	nd->dev.flags = IFF_UP | IFF_LOOPBACK;
	nd->dev.type = ARPHRD_LOOPBACK;
	rcu_assign_pointer(devices, nd);
}

int netdev_add(const struct netdev_config *config, struct net_device **out)
{
	struct netdev *nd;
	u32 index;
	int err = 0;

	if (!config->name || !config->name[0] || strlen(config->name) >= NETDEV_NAME_MAX ||
	    config->ifindex > S32_MAX)
		return -EINVAL;
	pthread_once(&loopback_once, add_loopback);
	nd = netdev_new(config);
	if (!nd)
		return -ENOMEM;
	pthread_mutex_lock(&lock);
	index = config->ifindex;
	if (!index) {
		index = last_index + 1;
		while (find_index(index))
			index++;
		last_index = index;
	}
	if (find_index(index) || find_name(config->name)) {
		err = -EEXIST;
	} else {
		nd->dev.ifindex = (int)index;
		nd->next = devices;
		rcu_assign_pointer(devices, nd);
	}
	pthread_mutex_unlock(&lock);
	if (err) {
		arena_free(nd, sizeof(*nd));
		return err;
	}
	if (out)
		*out = &nd->dev;
	return 0;
}

int netdev_remove(u32 ifindex)
{
	struct netdev **at, *nd;

	if (ifindex == NETDEV_LOOPBACK)
		return -EBUSY;
	pthread_mutex_lock(&lock);
	for (at = &devices; *at && (u32)(*at)->dev.ifindex != ifindex; at = &(*at)->next)
		;
	nd = *at;
	if (nd)
		rcu_assign_pointer(*at, nd->next);
	pthread_mutex_unlock(&lock);
	if (!nd)
		return -ENODEV;
	rcu_defer(&nd->rcu, netdev_free_rcu);
	return 0;
}

struct net_device *netdev_by_index(u32 ifindex)
{
	struct netdev *nd;

	pthread_once(&loopback_once, add_loopback);
	nd = find_index(ifindex);
	return nd ? &nd->dev : NULL;
}

struct net_device *netdev_by_name(const char *name)
{
	struct netdev *nd;

	pthread_once(&loopback_once, add_loopback);
	nd = find_name(name);
	return nd ? &nd->dev : NULL;
}

int netdev_netns(const struct net_device *dev)
{
	return netdev_of(dev)->netns;
}

void netdev_xmit(struct net_device *dev, const void *frame, u32 len, bool ingress)
{
	struct netdev *nd = netdev_of(dev);

	if (nd->xmit)
		nd->xmit(dev, frame, len, ingress, nd->arg);
}
