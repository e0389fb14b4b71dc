/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_STATUS_ADVICE_H
#define RSS_STATUS_ADVICE_H

#include "rss/status.h"

/* Fills st->advice in from the rest. */
void status_advise(struct rss_status *st);

#endif
