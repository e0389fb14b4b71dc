/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_NAME_H
#define RSS_NAME_H

#include "base/types.h"

#include "esp_rss.h"

#define RSS_ADDR_TEXT 46
#define RSS_SA_TEXT   128

/* "192.0.2.1", "2001:db8::1". @addr in network byte order, as in struct rss_sa_key. */
const char *rss_addr_text(const u32 *addr, u16 family, char text[RSS_ADDR_TEXT]);
/* "SPI 0x12345678 from ADDR": how SAs are called. */
const char *rss_sa_text(const struct rss_sa_key *key, const u32 *saddr, char text[RSS_SA_TEXT]);

#endif
