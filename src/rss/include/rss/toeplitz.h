/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_TOEPLITZ_H
#define RSS_TOEPLITZ_H

#include "rss/headers.h"

/*
 * The receive-side scaling hash of NICs: Toeplitz, with the key that its specification uses in the
 * examples ("Verifying the RSS Hash Calculation") and many drivers took over.
 */

/* Entries of the indirection table, which a driver fills with queue numbers in turn. */
#define RSS_INDIRECTION 128

/**
 * rss_toeplitz - the hash
 * @h: with addresses
 * @ports: hash the ports too, where there are any
 */
u32 rss_toeplitz(const struct rss_headers *h, bool ports);

#endif
