// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/types.h"
#include "verifier/verifier.h"

/* One per thread that loads programs, freed when it exits. */
static _Thread_local struct espalier_report *last;
static _Thread_local int detailed;
static pthread_key_t exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void drop(void *p)
{
	struct espalier_report *report = p;

	report_free(report);
	free(report);
}

static void make_key(void)
{
	/* Without a key a report outlives its thread: a leak, and nothing worse. */
	(void)!pthread_key_create(&exit_key, drop);
}

struct espalier_report *report_begin(const union bpf_attr *attr)
{
	if (!attr->prog_name[0] && !attr->log_buf)
		return NULL;
	pthread_once(&once, make_key);
	if (!last) {
		last = calloc(1, sizeof(*last));
		pthread_setspecific(exit_key, last);
	} else {
		report_free(last);
		memset(last, 0, sizeof(*last));
	}
	if (!last)
		return NULL;
	last->ref_insn = -1;
	last->explanation = "";
	last->detailed = detailed;
	return last;
}

const struct espalier_report *espalier_last_report(void)
{
	return last;
}

void espalier_set_detailed_reports(int on)
{
	detailed = on;
}
