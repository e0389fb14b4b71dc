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

/**
 * struct sad_read_spec - an SA as sad_read() found it
 * @spec: checked
 * @keys: wiped when the visit is over
 * @newest_first: ip printed it; of a run of such SAs the last is to be added first
 * @line: where it begins
 */
struct sad_read_spec {
	const struct sad_spec *spec;
	const struct sad_keys *keys;
	bool newest_first;
	u32 line;
};

/* @visit: 0, or -errno with @e set to the reason. */
struct sad_visitor {
	int (*visit)(const struct sad_read_spec *read, void *arg, struct espalier_error *e);
	void *arg;
};

/**
 * sad_read - read what sad_import() reads, for a kernel instead of a database
 *
 * The one way in which keys come out of a text. A line that is neither an SA nor "xfrm state add"
 * is an error: what deletes or updates cannot be taken back.
 *
 * Return: 0; -EINVAL, -ENOMEM or what @visitor returned, with @e set to "NAME:LINE: WHY".
 */
int sad_read(const char *name, const char *text, size_t len, const struct sad_visitor *visitor,
	     struct espalier_error *e) __must_check;

enum sad_export_form {
	SAD_EXPORT_BATCH, /* `ip -batch` lines that sad_import() reads; keys are empty */
	SAD_EXPORT_TEXT,  /* a line per SA, for people */
	SAD_EXPORT_JSON,  /* an array of objects */
};

/* Write the SAs of a namespace (-1: of all), oldest first. 0 or -ENOMEM. */
int sad_export(struct sad *sad, s32 netns_id, enum sad_export_form form,
	       struct strbuf *out) __must_check;

/**
 * sad_spec_put - write one SA that is in no database
 * @keys: for SAD_EXPORT_BATCH: they are written out; NULL: left empty
 * @out: JSON has neither brackets nor a newline, the other forms are a line
 *
 * Return: 0 or -ENOMEM.
 */
int sad_spec_put(const struct sad_spec *spec, const struct sad_keys *keys,
		 enum sad_export_form form, struct strbuf *out) __must_check;

#endif
