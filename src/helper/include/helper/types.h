/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_TYPES_H
#define HELPER_TYPES_H

/* The vocabulary lives lower down, where packet/ and kfunc/ can see it too. */
#include "object/types.h"

#endif
