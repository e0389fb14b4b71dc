/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_BTF_SUITES_H
#define TESTS_BTF_SUITES_H

#include <check.h>

TCase *parse_case(void);
TCase *malformed_case(void);
TCase *walk_case(void);
TCase *fields_case(void);
TCase *objects_case(void);
TCase *oracle_case(void);

#endif
