/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLANNER_SUITES_H
#define PLANNER_SUITES_H

#include <check.h>

#include "frames.h"

TCase *cut_case(void);
TCase *sequence_case(void);
TCase *load_case(void);
TCase *tools_case(void);
TCase *chart_case(void);
TCase *planner_case(void);

#endif
