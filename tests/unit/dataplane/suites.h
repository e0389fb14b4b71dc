/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_SUITES_H
#define DATAPLANE_SUITES_H

#include <check.h>
#include <errno.h>

TCase *gen_case(void);
TCase *gen_spec_case(void);
TCase *ring_case(void);

#endif
