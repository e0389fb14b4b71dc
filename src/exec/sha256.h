/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_SHA256_H
#define EXEC_SHA256_H

#include "base/types.h"

#define SHA256_SIZE 32

/* FIPS 180-4 digest of @len bytes. */
void sha256(const void *data, size_t len, u8 digest[SHA256_SIZE]);

#endif
