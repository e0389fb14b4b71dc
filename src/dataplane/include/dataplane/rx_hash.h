/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_RX_HASH_H
#define DATAPLANE_RX_HASH_H

#include "base/types.h"

/*
 * Which CPU's queue a NIC would put the frame into: it hashes the addresses, the same for both
 * directions. All ESP between two hosts is one flow. What is not IP goes to the first.
 */
u32 rx_cpu(const u8 *frame, u32 len, u32 cpus);

#endif
