// SPDX-License-Identifier: BSD-2-Clause
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "object.h"

struct page {
	FILE *rows;	/* the table of verdicts */
	FILE *articles; /* the rejected programs */
	char *rows_text, *articles_text;
	size_t rows_len, articles_len;
	uint32_t nr;
	uint32_t nr_rejected;
};

/* Everything that comes from an object goes through here. */
static void put(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			/* Control characters are no characters of HTML. */
			fputc((unsigned char)*text < ' ' && *text != '\t' ? ' ' : *text, out);
		}
	}
}

static void put_place(FILE *out, const struct espalier_source *src, uint32_t insn)
{
	const char *slash = src->file ? strrchr(src->file, '/') : NULL;

	if (!src->file) {
		fprintf(out, "instruction %u", insn);
		return;
	}
	put(out, slash ? slash + 1 : src->file);
	fprintf(out, ":%u", src->line);
}

/* JSON in a script element: no "<" may stand there, and none needs to. */
static void put_json(FILE *out, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);

	for (const char *p = text ?: "null"; *p; p++) {
		if (*p == '<' || *p == '>' || *p == '&')
			fprintf(out, "\\u%04x", *p);
		else
			fputc(*p, out);
	}
	free(text);
}

static json_t *moment_json(const struct espalier_moment *m)
{
	json_t *changes = json_array(), *refs = json_array();

	for (uint32_t i = 0; i < m->nr_changes; i++) {
		const struct espalier_value *v = &m->changes[i];
		json_t *o = json_pack("{s:s, s:i}", "where", v->where, "frame", v->frame);

		if (v->log) {
			json_object_set_new(o, "log", text_json(v->log));
			json_object_set_new(o, "words", text_json(v->words));
		}
		if (v->name)
			json_object_set_new(o, "name", text_json(v->name));
		if (v->ref)
			json_object_set_new(o, "ref", json_integer(v->ref));
		json_array_append_new(changes, o);
	}
	for (uint32_t i = 0; i < m->nr_refs; i++)
		json_array_append_new(refs, json_integer(m->refs[i]));
	return json_pack("{s:i, s:i, s:o, s:o}", "insn", m->insn, "frame", m->frame, "changes",
			 changes, "refs", refs);
}

static void put_moments(FILE *out, const struct espalier_report *r)
{
	json_t *moments = json_array(), *notes = json_object(), *all;

	for (uint32_t i = 0; i < r->nr_moments; i++)
		json_array_append_new(moments, moment_json(&r->moments[i]));
	for (uint32_t i = 0; i < r->nr_steps; i++) {
		const struct espalier_step *s = &r->steps[i];
		char key[16];
		json_t *list;

		if (s->moment < 0)
			continue;
		snprintf(key, sizeof(key), "%d", s->moment);
		list = json_object_get(notes, key);
		if (!list) {
			list = json_array();
			json_object_set_new(notes, key, list);
		}
		json_array_append_new(list, text_json(s->note));
	}
	all = json_pack("{s:o, s:o}", "moments", moments, "notes", notes);
	fputs("<script type=\"application/json\" class=\"moments\">", out);
	put_json(out, all);
	fputs("</script>\n", out);
	json_decref(all);
}

static void put_story(FILE *out, const struct espalier_report *r, uint32_t number)
{
	if (!r->nr_steps)
		return;
	fputs("<h3>The path that leads there</h3>\n<ol class=\"story\">\n", out);
	for (uint32_t i = 0; i < r->nr_steps; i++) {
		const struct espalier_step *s = &r->steps[i];

		fprintf(out, "<li class=\"%s\"", step_word(s->kind));
		if (s->moment >= 0)
			fprintf(out, " data-moment=\"%d\"", s->moment);
		fputs("><span class=\"at\">", out);
		if (s->moment >= 0)
			fprintf(out, "<a href=\"#p=%u&amp;step=%d\">", number, s->moment + 1);
		put_place(out, &s->source, s->insn);
		if (s->moment >= 0)
			fputs("</a>", out);
		fputs("</span><code>", out);
		if (s->source.file)
			put(out, s->source.text);
		fputs("</code><span class=\"note\">", out);
		put(out, s->note);
		fputs("</span></li>\n", out);
	}
	fputs("</ol>\n", out);
}

static void put_values(FILE *out, const struct espalier_report *r)
{
	if (!r->nr_subject)
		return;
	fputs("<h3>What is known there</h3>\n<table>\n", out);
	for (uint32_t i = 0; i < r->nr_subject; i++) {
		const struct espalier_value *v = &r->subject[i];

		fputs("<tr><td class=\"mono\">", out);
		put(out, v->where);
		fputs("</td><td class=\"mono\">", out);
		put(out, v->name ?: "");
		fputs("</td><td>", out);
		put(out, v->words);
		fputs("</td><td class=\"mono\">", out);
		put(out, v->log);
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n", out);
}

/* Source lines of the listing, each once, by file and line. */
static int by_line(const void *a, const void *b)
{
	const struct espalier_source *x = a, *y = b;
	int files = strcmp(x->file, y->file);

	if (files)
		return files;
	return x->line < y->line ? -1 : x->line > y->line;
}

static struct espalier_source *source_lines(const struct espalier_report *r, uint32_t *nr)
{
	struct espalier_source *lines = calloc((size_t)r->nr_listing + 1, sizeof(*lines));
	uint32_t n = 0, kept = 0;

	for (uint32_t i = 0; lines && i < r->nr_listing; i++) {
		/* Line 0 is code that the compiler made up. */
		if (r->listing[i].source.file && r->listing[i].source.line)
			lines[n++] = r->listing[i].source;
	}
	if (lines)
		qsort(lines, n, sizeof(*lines), by_line);
	for (uint32_t i = 0; i < n; i++) {
		if (!kept || by_line(&lines[kept - 1], &lines[i]))
			lines[kept++] = lines[i];
	}
	*nr = kept;
	return lines;
}

static const char *place_class(const struct espalier_source *at, const struct espalier_source *bad,
			       const struct espalier_source *ref)
{
	if (bad->file && !by_line(at, bad))
		return " failed";
	return ref->file && !by_line(at, ref) ? " acquired" : "";
}

static void put_panes(FILE *out, const struct espalier_report *r, uint32_t number)
{
	uint32_t nr = 0;
	struct espalier_source *lines = source_lines(r, &nr);
	const char *file = "";
	char path[4096];

	fputs("<div class=\"panes\">\n<div class=\"pane source\"><h3>Source</h3>\n", out);
	if (!nr)
		fputs("<p class=\"head\">The object has no line information (clang -g).</p>", out);
	for (uint32_t i = 0; i < nr; i++) {
		if (strcmp(file, lines[i].file)) {
			file = lines[i].file;
			fputs("<div class=\"head\">", out);
			put(out, short_path(file, path));
			fputs("</div>\n", out);
		}
		fprintf(out,
			"<div class=\"row%s\" id=\"p%u-l%u\"><span class=\"n\">%u</span><span>",
			place_class(&lines[i], &r->source, &r->ref_source), number, i,
			lines[i].line);
		put(out, lines[i].text - lines[i].indent);
		fputs("</span></div>\n", out);
	}
	fputs("</div>\n<div class=\"pane code\"><h3>Instructions</h3>\n", out);
	for (uint32_t i = 0; i < r->nr_listing; i++) {
		const struct espalier_insn *insn = &r->listing[i];
		const struct espalier_source *hit =
			insn->source.file
				? bsearch(&insn->source, lines, nr, sizeof(*lines), by_line)
				: NULL;

		if (insn->func) {
			fputs("<div class=\"head\">", out);
			put(out, insn->func);
			fputs("()</div>\n", out);
		}
		fprintf(out, "<div class=\"row%s\" data-insn=\"%u\"",
			(int32_t)insn->insn == r->insn	     ? " failed"
			: (int32_t)insn->insn == r->ref_insn ? " acquired"
							     : "",
			insn->insn);
		if (hit)
			fprintf(out, " data-line=\"p%u-l%u\"", number, (uint32_t)(hit - lines));
		fprintf(out, "><span class=\"n\">%u</span><span>", insn->insn);
		put(out, insn->text);
		fputs("</span></div>\n", out);
	}
	fputs("</div>\n<div class=\"pane state\"></div>\n</div>\n", out);
	free(lines);
}

static void put_stepper(FILE *out)
{
	static const struct {
		const char *act, *label, *title;
	} buttons[] = {
		{"first", "|◀", "to the first instruction (Home)"},
		{"event-back", "◀◀", "to the event before (p)"},
		{"back", "◀", "one instruction back (left)"},
		{"next", "▶", "one instruction on (right)"},
		{"event-next", "▶▶", "to the next event (n)"},
		{"last", "▶|", "to the rejection (End)"},
	};

	fputs("<div class=\"stepper\">", out);
	for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++)
		fprintf(out,
			"<button type=\"button\" data-act=\"%s\" title=\"%s\" aria-label=\"%s\">%s"
			"</button>",
			buttons[i].act, buttons[i].title, buttons[i].title, buttons[i].label);
	fputs("<input type=\"range\" min=\"1\" aria-label=\"step\"><span class=\"count\"></span>"
	      "<span class=\"keys\">keys: ← → instruction, p n event, Home End</span>"
	      "<span class=\"here\"></span></div>\n",
	      out);
}

static void put_heading(FILE *out, const struct verdict *v)
{
	put(out, v->object);
	fputs(": ", out);
	put(out, v->program);
	fprintf(out, " <span class=\"tag\">%s</span> <span class=\"tag %s\">%s</span>",
		prog_type_name(v->type), v->err ? "bad" : "good", v->err ? "rejected" : "accepted");
}

static void put_rejected(FILE *out, const struct verdict *v, uint32_t number)
{
	const struct espalier_report *r = v->report;

	fprintf(out, "<article id=\"p%u\" data-program=\"%u\">\n<h2>", number, number);
	put_heading(out, v);
	fputs("</h2>\n<div class=\"message mono\">", out);
	put(out, v->message[0] ? v->message : strerror(-v->err));
	fprintf(out, " (%s)</div>\n", errno_name(-v->err));
	if (!r) {
		fputs("<p>The kernel decided, and explains nothing.</p>\n</article>\n", out);
		return;
	}
	if (r->rule_text) {
		fputs("<p class=\"rule\">Rule: ", out);
		put(out, r->rule_text);
		fputs(" <span class=\"tag\">", out);
		put(out, r->rule);
		fputs("</span></p>\n", out);
	}
	fputs("<p class=\"advice\">", out);
	put(out, r->explanation);
	fputs("</p>\n", out);
	put_story(out, r, number);
	put_values(out, r);
	if (r->nr_listing) {
		fputs("<h3>Step by step</h3>\n<p class=\"nojs\">With JavaScript this part steps "
		      "through the path and shows what is known at each instruction.</p>\n",
		      out);
		put_stepper(out);
		put_panes(out, r, number);
		put_moments(out, r);
	}
	fputs("</article>\n", out);
}

struct page *page_begin(void)
{
	struct page *page = calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->rows = open_memstream(&page->rows_text, &page->rows_len);
	page->articles = open_memstream(&page->articles_text, &page->articles_len);
	if (page->rows && page->articles)
		return page;
	if (page->rows)
		fclose(page->rows);
	if (page->articles)
		fclose(page->articles);
	free(page);
	return NULL;
}

void page_program(struct page *page, const struct verdict *v)
{
	FILE *out = page->rows;

	page->nr++;
	fputs("<tr><td>", out);
	put(out, v->object);
	fputs("</td><td>", out);
	if (v->err)
		fprintf(out, "<a href=\"#p%u\">", page->nr);
	put(out, v->program);
	fprintf(out, "%s</td><td>%s</td><td><span class=\"tag %s\">%s</span></td>",
		v->err ? "</a>" : "", prog_type_name(v->type), v->err ? "bad" : "good",
		v->err ? "rejected" : "accepted");
	fprintf(out,
		"<td class=\"num\">%u</td><td class=\"num\">%u</td><td class=\"num\">%.0f</td>",
		v->insns, v->processed, (double)v->time_ns / 1e3);
	fputs("<td class=\"mono\">", out);
	put(out, v->message);
	fputs("</td></tr>\n", out);
	if (!v->err)
		return;
	page->nr_rejected++;
	put_rejected(page->articles, v, page->nr);
}

void page_end(struct page *page, FILE *out)
{
	fclose(page->rows);
	fclose(page->articles);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<title>espalier verify</title>\n<style>\n",
	      out);
	fputs(page_css, out);
	fprintf(out,
		"</style>\n</head>\n<body>\n<main>\n<h1>%u program%s verified, %u rejected</h1>\n"
		"<article>\n<table class=\"verdicts\">\n<tr><th>object</th><th>program</th>"
		"<th>type</th><th>verdict</th><th class=\"num\">instructions</th>"
		"<th class=\"num\">processed</th><th class=\"num\">µs</th><th>message</th></tr>\n",
		page->nr, page->nr == 1 ? "" : "s", page->nr_rejected);
	fwrite(page->rows_text, 1, page->rows_len, out);
	fputs("</table>\n</article>\n", out);
	fwrite(page->articles_text, 1, page->articles_len, out);
	fputs("</main>\n<script>\n", out);
	fputs(page_js, out);
	fputs("</script>\n</body>\n</html>\n", out);
	free(page->rows_text);
	free(page->articles_text);
	free(page);
}
