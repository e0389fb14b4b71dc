// SPDX-License-Identifier: BSD-2-Clause
#include "rss/doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_parts.h"

const char *rss_severity_name(enum rss_severity severity)
{
	static const char *const names[RSS_NR_SEVERITIES] = {
		[RSS_OK] = "ok",
		[RSS_NOTE] = "note",
		[RSS_WARNING] = "warning",
		[RSS_PROBLEM] = "problem",
	};

	return severity < RSS_NR_SEVERITIES ? names[severity] : NULL;
}

void doctor_find(struct rss_diagnosis *d, enum rss_severity severity, const char *check,
		 const char *subject, const char *mend, const char *fmt, ...)
{
	char text[sizeof(((struct rss_symptom *)0)->what) + sizeof(((struct rss_symptom *)0)->why)];
	struct rss_symptom *at = reallocarray(d->at, d->nr + 1, sizeof(*at));
	size_t what;
	va_list ap;

	if (!at) {
		d->failed = true;
		return;
	}
	d->at = at;
	at += d->nr++;
	d->count[severity]++;
	*at = (struct rss_symptom){.severity = severity};
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	what = strcspn(text, "\n");
	snprintf(at->check, sizeof(at->check), "%s", check);
	snprintf(at->subject, sizeof(at->subject), "%s", subject);
	snprintf(at->what, sizeof(at->what), "%.*s", (int)what, text);
	snprintf(at->why, sizeof(at->why), "%s", text[what] ? text + what + 1 : "");
	snprintf(at->mend, sizeof(at->mend), "%s", mend ? mend : "");
}

/* In place, and those of one severity stay in the order in which they were found. */
static void sort(struct rss_diagnosis *d)
{
	for (u32 i = 1; i < d->nr; i++) {
		struct rss_symptom one = d->at[i];
		u32 j = i;

		for (; j && d->at[j - 1].severity < one.severity; j--)
			d->at[j] = d->at[j - 1];
		d->at[j] = one;
	}
}

int rss_doctor_judge(const struct rss_facts *f, struct rss_diagnosis *d)
{
	*d = (struct rss_diagnosis){0};
	doctor_kernel(f, d);
	for (u32 i = 0; i < f->nr_dev; i++)
		doctor_device(f, &f->dev[i], d);
	doctor_steering(f, d);
	doctor_cpus(f, d);
	doctor_sad(f, d);
	doctor_xfrm(f, d);
	if (d->failed)
		return -ENOMEM;
	sort(d);
	return 0;
}

void rss_diagnosis_free(struct rss_diagnosis *d)
{
	free(d->at);
	*d = (struct rss_diagnosis){0};
}
