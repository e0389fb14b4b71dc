// SPDX-License-Identifier: BSD-2-Clause
#include "ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(int sock, const char *name, void *cmd)
{
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_data = cmd;
	return ioctl(sock, SIOCETHTOOL, &ifr);
}

static u32 nr_features(int sock, const char *name)
{
	struct {
		struct ethtool_sset_info info;
		u32 nr;
	} q = {{.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES}};

	return ask(sock, name, &q) || !q.info.sset_mask ? 0 : q.nr;
}

/* Features by name: their numbers differ from kernel to kernel. */
static void read_features(int sock, struct rss_device *dev)
{
	const struct {
		const char *name;
		bool *set;
		bool *possible;
	} wanted[] = {
		{"rx-vlan-hw-parse", &dev->rx_vlan, NULL},
		{"rx-lro", &dev->lro, NULL},
		{"rx-gro-hw", &dev->gro_hw, NULL},
		{"rx-ntuple-filter", &dev->ntuple, &dev->ntuple_possible},
		{"esp-hw-offload", &dev->esp_offload, NULL},
	};
	u32 nr = nr_features(sock, dev->name);
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *is;

	if (!nr)
		return;
	names = calloc(1, sizeof(*names) + (size_t)nr * ETH_GSTRING_LEN);
	is = calloc(1, sizeof(*is) + (nr + 31) / 32 * sizeof(is->features[0]));
	if (names && is) {
		*names = (struct ethtool_gstrings){
			.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES, .len = nr};
		*is = (struct ethtool_gfeatures){.cmd = ETHTOOL_GFEATURES, .size = (nr + 31) / 32};
		if (ask(sock, dev->name, names) || ask(sock, dev->name, is))
			nr = 0;
		for (u32 i = 0; i < nr; i++) {
			const char *text = (const char *)names->data + i * ETH_GSTRING_LEN;

			for (u32 w = 0; w < ARRAY_SIZE(wanted); w++) {
				if (strncmp(text, wanted[w].name, ETH_GSTRING_LEN))
					continue;
				*wanted[w].set = is->features[i / 32].active & BIT(i % 32);
				if (wanted[w].possible)
					*wanted[w].possible =
						is->features[i / 32].available & BIT(i % 32);
			}
		}
	}
	free(names);
	free(is);
}

/* The first four bytes behind the IP header are the SPI. */
static bool hashes_spi(int sock, const char *name, u32 flow)
{
	struct ethtool_rxnfc q = {.cmd = ETHTOOL_GRXFH, .flow_type = flow};
	u64 spi = RXH_L4_B_0_1 | RXH_L4_B_2_3;

	return !ask(sock, name, &q) && (q.data & spi) == spi;
}

void ethtool_read(struct rss_device *dev)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return;
	if (!ask(sock, dev->name, &driver)) {
		snprintf(dev->driver, sizeof(dev->driver), "%.31s", driver.driver);
		snprintf(dev->bus, sizeof(dev->bus), "%.31s", driver.bus_info);
	}
	if (!ask(sock, dev->name, &channels)) {
		dev->channels = channels.combined_count + channels.rx_count;
		dev->max_channels = channels.max_combined + channels.max_rx;
	}
	dev->spi_hash4 = hashes_spi(sock, dev->name, ESP_V4_FLOW);
	dev->spi_hash6 = hashes_spi(sock, dev->name, ESP_V6_FLOW);
	read_features(sock, dev);
	close(sock);
}
