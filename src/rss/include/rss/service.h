/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SERVICE_H
#define RSS_SERVICE_H

#include "base/types.h"

/* What a process needs to run under a service manager: its log and its word on how it is. */

enum rss_log_level { /* as syslog(3) and sd-daemon(3) number them */
	RSS_LOG_ERR = 3,
	RSS_LOG_WARNING = 4,
	RSS_LOG_NOTICE = 5,
};

/* One line to standard error: with "<LEVEL>" where that is the journal, else with our name. */
void rss_log(enum rss_log_level level, const char *fmt, ...) __printf_like(2, 3);

/* sd_notify(3): "READY=1" and the like; nothing where nobody listens ($NOTIFY_SOCKET). */
void rss_notify(const char *fmt, ...) __printf_like(1, 2);

/* How often the manager wants to hear "WATCHDOG=1", in nanoseconds; 0: never. */
u64 rss_watchdog_ns(void);

#endif
