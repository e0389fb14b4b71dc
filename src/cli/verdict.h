/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include <jansson.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <espalier/bpf.h>

/* One program's verdict, from either engine. */
struct verdict {
	const char *object;
	const char *program;
	enum bpf_prog_type type;
	int err;
	char message[1024];
	uint64_t time_ns;
	uint32_t insns;
	uint32_t processed;
	const struct espalier_report *report; /* NULL: the kernel explains nothing */
};

/* "EINVAL" */
const char *errno_name(int err);
/* "acquire", "branch"... */
const char *step_word(enum espalier_step_kind kind);
/* @path as a person in this directory would write it: compilers record absolute paths with "..". */
const char *short_path(const char *path, char buf[4096]);

/* A string, whatever the bytes: names and source lines in BTF need not be UTF-8. */
json_t *text_json(const char *text);
/* The object that --json lists for a program. */
json_t *verdict_json(const struct verdict *v, bool explain);

/* SARIF 2.1.0: a document with one run; one call per program; and the whole, owned by the caller.
 */
struct sarif;
struct sarif *sarif_begin(void);
void sarif_program(struct sarif *sarif, const struct verdict *v);
json_t *sarif_end(struct sarif *sarif);

#endif
