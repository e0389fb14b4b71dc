/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_TEXT_H
#define SAD_TEXT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "sad/sad.h"

/**
 * sad_import - read SAs from iproute2 text
 * @name: what error messages call the input
 * @text: `ip -batch` lines ([ip] xfrm state add|update|delete|deleteall|flush ...), what `ip xfrm
 *        state` prints (with or without -s, -d, -o, nokeys), or both
 * @netns_id: namespace they are about
 *
 * All or nothing. SAs that ip printed, newest first, are added oldest first, so that of several
 * that a packet's mark fits the same one is found as on the machine they came from. Key material is
 * parsed past: it is not stored, and no error quotes it.
 *
 * Return: number of SAs added; -EINVAL, -EEXIST, -ESRCH, -ENOENT (no such namespace), -E2BIG (it
 * would look at too many SAs too often), -ENOMEM with @e set to "NAME:LINE: WHY".
 */
int sad_import(struct sad *sad, const char *name, const char *text, size_t len, s32 netns_id,
	       struct espalier_error *e) __must_check;

enum sad_export_form {
	SAD_EXPORT_BATCH, /* `ip -batch` lines that sad_import() reads; keys are empty */
	SAD_EXPORT_TEXT,  /* a line per SA, for people */
	SAD_EXPORT_JSON,  /* an array of objects */
};

/* Write the SAs of a namespace (-1: of all), oldest first. 0 or -ENOMEM. */
int sad_export(struct sad *sad, s32 netns_id, enum sad_export_form form,
	       struct strbuf *out) __must_check;

#endif
