/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_REPORT_H
#define SYSCALL_REPORT_H

#include <espalier/bpf.h>

/* The calling thread's report, emptied for a new PROG_LOAD; NULL if that is to have none, or if
 * there is no memory for one. */
struct espalier_report *report_begin(const union bpf_attr *attr);

#endif
