// SPDX-License-Identifier: BSD-2-Clause
#include "explain.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define TEXT_COLUMNS 56

struct palette {
	const char *bold, *red, *yellow, *dim, *off;
};

static const struct palette plain = {"", "", "", "", ""};
static const struct palette coloured = {"\033[1m", "\033[1;31m", "\033[33m", "\033[2m", "\033[0m"};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* As a person in this directory would write it: compilers record absolute paths with "..". */
static const char *short_path(const char *path, char buf[PATH_MAX])
{
	char cwd[PATH_MAX];
	size_t len;

	if (!realpath(path, buf) || !getcwd(cwd, sizeof(cwd)))
		return path;
	len = strlen(cwd);
	if (!strncmp(buf, cwd, len) && buf[len] == '/')
		return buf + len + 1;
	return buf;
}

static bool same_line(const struct espalier_source *a, const struct espalier_source *b)
{
	return a->file && b->file && a->line == b->line && !strcmp(a->file, b->file);
}

static const char *step_colour(const struct palette *p, enum espalier_step_kind kind)
{
	switch (kind) {
	case ESPALIER_STEP_END:
	case ESPALIER_STEP_LOSE:
		return p->red;
	case ESPALIER_STEP_ACQUIRE:
	case ESPALIER_STEP_RELEASE:
		return p->yellow;
	default:
		return p->dim;
	}
}

static void print_step(FILE *out, const struct palette *p, const struct espalier_step *step,
		       const struct espalier_step *before)
{
	const struct espalier_source *src = &step->source;
	const char *colour = step_colour(p, step->kind);
	char path[PATH_MAX];
	int len;

	if (!src->file) {
		fprintf(out, "  %6s | insn %-5u %s%s%s\n", "", step->insn, colour, step->note,
			p->off);
		return;
	}
	if (before && same_line(src, &before->source)) {
		fprintf(out, "  %6s | %-*s %s%s%s\n", "", TEXT_COLUMNS, "", colour, step->note,
			p->off);
		return;
	}
	if (!before || !before->source.file || strcmp(src->file, before->source.file))
		fprintf(out, "  %s%s%s\n", p->dim, short_path(src->file, path), p->off);
	len = (int)strlen(src->text);
	/* A long line keeps its end out of the way of the notes' column. */
	if (len > TEXT_COLUMNS)
		fprintf(out, "  %6u | %s\n  %6s | %-*s %s%s%s\n", src->line, src->text, "",
			TEXT_COLUMNS, "", colour, step->note, p->off);
	else
		fprintf(out, "  %6u | %-*s %s%s%s\n", src->line, TEXT_COLUMNS, src->text, colour,
			step->note, p->off);
}

/* Words of @text at most @width columns a line. */
static void print_wrapped(FILE *out, const char *text, int width)
{
	int column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column && column + 1 + (int)word > width) {
			fputc('\n', out);
			column = 0;
		}
		column += fprintf(out, "%s%.*s", column ? " " : "  ", (int)word, text);
		text += word;
		while (*text == ' ')
			text++;
	}
	fputc('\n', out);
}

void explain_text(FILE *out, const struct espalier_report *r, bool colour)
{
	const struct palette *p = colour ? &coloured : &plain;

	if (!r->err)
		return;
	if (r->ref_insn >= 0 && r->ref_source.file)
		fprintf(out, "  %sacquired%s at %s:%u: %s\n", p->bold, p->off,
			base_name(r->ref_source.file), r->ref_source.line, r->ref_source.text);
	if (r->insn >= 0 && r->source.file)
		fprintf(out, "  %srejected%s at %s:%u: %s\n", p->bold, p->off,
			base_name(r->source.file), r->source.line, r->source.text);
	else if (r->insn >= 0)
		fprintf(out, "  %srejected%s at instruction %d\n", p->bold, p->off, r->insn);
	if (r->nr_steps > 1) {
		fputs("  the path that leads there:\n", out);
		for (uint32_t i = 0; i < r->nr_steps; i++)
			print_step(out, p, &r->steps[i], i ? &r->steps[i - 1] : NULL);
	}
	if (r->explanation[0])
		print_wrapped(out, r->explanation, 96);
}
