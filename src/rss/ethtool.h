/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_ETHTOOL_H
#define RSS_ETHTOOL_H

#include "rss/device.h"

/* Driver, bus, channels and offloads of dev->name. What the driver does not tell stays 0. */
void ethtool_read(struct rss_device *dev);

#endif
