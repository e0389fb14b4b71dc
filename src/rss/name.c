// SPDX-License-Identifier: BSD-2-Clause
#include "rss/name.h"

#include <arpa/inet.h>
#include <stdio.h>

const char *rss_addr_text(const u32 *addr, u16 family, char text[RSS_ADDR_TEXT])
{
	if (!inet_ntop(family, addr, text, RSS_ADDR_TEXT))
		snprintf(text, RSS_ADDR_TEXT, "?");
	return text;
}

const char *rss_sa_text(const struct rss_sa_key *key, const u32 *saddr, char text[RSS_SA_TEXT])
{
	char from[RSS_ADDR_TEXT];

	snprintf(text, RSS_SA_TEXT, "SPI 0x%08x from %s", ntohl(key->spi),
		 rss_addr_text(saddr, key->family, from));
	return text;
}
