/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_VMLINUX_SUITES_H
#define TESTS_VMLINUX_SUITES_H

#include <check.h>

TCase *blob_case(void);
TCase *layout_case(void);
TCase *walk_case(void);

#endif
