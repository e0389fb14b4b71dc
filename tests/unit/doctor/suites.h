/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DOCTOR_SUITES_H
#define DOCTOR_SUITES_H

#include <check.h>

TCase *doctor_case(void);
TCase *speed_case(void);

#endif
