/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_VERIFIER_H
#define VERIFIER_VERIFIER_H

#include <espalier/bpf.h>

#include "base/vlog.h"
#include "exec/prog.h"

/**
 * verifier_check - decide whether a program may run
 * @prog: as PROG_LOAD filled it in; on success aux, subprogs, used_maps and exception_cb are set
 * @fd_array: attr->fd_array, or NULL
 * @fd_array_cnt: attr->fd_array_cnt
 * @log: messages as the kernel writes them
 * @report: filled in for accepted and rejected programs alike, in detail if @report->detailed; may
 *          be NULL. report_free() frees what it then points to
 *
 * Runs in the caller's context; no state is kept. Bounded by the kernel's limit of one million
 * processed instructions, in time and (a few hundred MB at the very most) in memory.
 *
 * Return: 0 accepted, else the kernel's error: -EINVAL, -EACCES, -E2BIG, -EPERM, -EFAULT, ...
 */
int verifier_check(struct prog *prog, const int *fd_array, u32 fd_array_cnt, struct vlog *log,
		   struct espalier_report *report) __must_check;

/* Frees what a report points to, not the report. */
void report_free(struct espalier_report *report);

#endif
