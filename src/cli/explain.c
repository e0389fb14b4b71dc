// SPDX-License-Identifier: BSD-2-Clause
#include "explain.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "verdict.h"

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

const char *short_path(const char *path, char buf[PATH_MAX])
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
	case ESPALIER_STEP_INVALID:
		return p->red;
	case ESPALIER_STEP_ACQUIRE:
	case ESPALIER_STEP_RELEASE:
	case ESPALIER_STEP_SPILL:
	case ESPALIER_STEP_VALUE:
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

/* The line as a compiler shows it, with a mark below the column where the compiler noted one. */
static void print_place(FILE *out, const struct palette *p, const char *word,
			const struct espalier_source *src)
{
	int at = fprintf(out, "  %s%s%s at %s:%u", p->bold, word, p->off, base_name(src->file),
			 src->line);
	int drawn = (int)(strlen(p->bold) + strlen(p->off));

	if (src->column)
		at += fprintf(out, ":%u", src->column);
	at += fprintf(out, ": ");
	fprintf(out, "%s\n", src->text);
	if (src->column <= src->indent || src->column - src->indent > strlen(src->text))
		return;
	fprintf(out, "%*s", at - drawn, "");
	/* Tabs stay tabs, so that the mark stands where the terminal puts the text. */
	for (uint32_t i = 0; i + 1 < src->column - src->indent; i++)
		fputc(src->text[i] == '\t' ? '\t' : ' ', out);
	fprintf(out, "%s^%s\n", p->red, p->off);
}

static void print_values(FILE *out, const struct espalier_report *r)
{
	int width = 0;

	for (uint32_t i = 0; i < r->nr_subject; i++) {
		int len = r->subject[i].name ? (int)strlen(r->subject[i].name) : 0;

		width = len > width ? len : width;
	}
	if (r->nr_subject)
		fputs("  what is known there:\n", out);
	for (uint32_t i = 0; i < r->nr_subject; i++) {
		const struct espalier_value *v = &r->subject[i];

		fprintf(out, "    %-3s %-*s%s%s", v->where, width, v->name ?: "", width ? "  " : "",
			v->words);
		if (v->ref)
			fprintf(out, " (reference %u)", v->ref);
		fputc('\n', out);
	}
}

void explain_text(FILE *out, const struct espalier_report *r, bool colour)
{
	const struct palette *p = colour ? &coloured : &plain;

	if (!r->err)
		return;
	if (r->ref_insn >= 0 && r->ref_source.file)
		print_place(out, p, "acquired", &r->ref_source);
	if (r->insn >= 0 && r->source.file)
		print_place(out, p, "rejected", &r->source);
	else if (r->insn >= 0)
		fprintf(out, "  %srejected%s at instruction %d\n", p->bold, p->off, r->insn);
	if (r->rule_text)
		fprintf(out, "  %srule%s: %s [%s]\n", p->bold, p->off, r->rule_text, r->rule);
	if (r->nr_steps > 1) {
		fputs("  the path that leads there:\n", out);
		for (uint32_t i = 0; i < r->nr_steps; i++)
			print_step(out, p, &r->steps[i], i ? &r->steps[i - 1] : NULL);
	}
	print_values(out, r);
	if (r->explanation[0])
		print_wrapped(out, r->explanation, 96);
}
