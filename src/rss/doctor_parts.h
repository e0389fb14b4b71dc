/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_DOCTOR_PARTS_H
#define RSS_DOCTOR_PARTS_H

#include "rss/doctor.h"

/* What the doctor's own files share. */

/* Append a finding; what it says is "what", or "what\nwhy". @mend may be NULL. */
void doctor_find(struct rss_diagnosis *d, enum rss_severity severity, const char *check,
		 const char *subject, const char *mend, const char *fmt, ...) __printf_like(6, 7);

/* Each appends what its facts mean. */
void doctor_kernel(const struct rss_facts *f, struct rss_diagnosis *d);
void doctor_device(const struct rss_facts *f, const struct rss_device_facts *dev,
		   struct rss_diagnosis *d);
void doctor_cpus(const struct rss_facts *f, struct rss_diagnosis *d);
void doctor_sad(const struct rss_facts *f, struct rss_diagnosis *d);
void doctor_xfrm(const struct rss_facts *f, struct rss_diagnosis *d);
void doctor_steering(const struct rss_facts *f, struct rss_diagnosis *d);

/* Each reads its part. */
void facts_kernel(struct rss_facts *f, const char *bpffs);
void facts_device(struct rss_facts *f, struct rss_device_facts *dev);
void facts_xfrm(struct rss_facts *f);
void facts_unseen(struct rss_facts *f, const char *fmt, ...) __printf_like(2, 3);

#endif
