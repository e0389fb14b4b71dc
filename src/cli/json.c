// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "verdict.h"

const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	/* The one number that the kernel lets out although it has no name in user space. */
	return name ? name : err == 524 ? "ENOTSUPP" : "unknown error";
}

const char *step_word(enum espalier_step_kind kind)
{
	static const char *const words[] = {
		[ESPALIER_STEP_BRANCH] = "branch",   [ESPALIER_STEP_ACQUIRE] = "acquire",
		[ESPALIER_STEP_RELEASE] = "release", [ESPALIER_STEP_LOSE] = "lose",
		[ESPALIER_STEP_CALL] = "call",	     [ESPALIER_STEP_RETURN] = "return",
		[ESPALIER_STEP_END] = "end",	     [ESPALIER_STEP_SPILL] = "spill",
		[ESPALIER_STEP_VALUE] = "value",     [ESPALIER_STEP_INVALID] = "invalid",
	};

	return words[kind];
}

json_t *text_json(const char *text)
{
	json_t *value = json_string(text);
	char *ascii = value ? NULL : strdup(text);

	for (char *p = ascii; p && *p; p++) {
		if (*p & 0x80)
			*p = '?';
	}
	if (!value)
		value = json_string(ascii ?: "");
	free(ascii);
	return value;
}

static json_t *json_source(const struct espalier_source *src)
{
	return json_pack("{s:o, s:i, s:i, s:o}", "file", text_json(src->file), "line", src->line,
			 "column", src->column, "text", text_json(src->text));
}

static json_t *json_path(const struct espalier_report *r)
{
	json_t *path = json_array();

	for (uint32_t i = 0; i < r->nr_steps; i++) {
		const struct espalier_step *s = &r->steps[i];
		json_t *step = json_pack("{s:s, s:i, s:o}", "kind", step_word(s->kind), "insn",
					 s->insn, "note", text_json(s->note));

		if (s->kind == ESPALIER_STEP_BRANCH)
			json_object_set_new(step, "taken", json_boolean(s->taken));
		if (s->source.file)
			json_object_set_new(step, "source", json_source(&s->source));
		json_array_append_new(path, step);
	}
	return path;
}

static json_t *json_values(const struct espalier_report *r)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < r->nr_subject; i++) {
		const struct espalier_value *v = &r->subject[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s?, s:s, s:s}", "where", v->where, "name",
						v->name, "words", v->words, "log", v->log));
	}
	return list;
}

json_t *verdict_json(const struct verdict *v, bool explain)
{
	const struct espalier_report *r = v->report;
	json_t *o = json_pack("{s:o, s:o, s:s, s:b, s:o, s:i, s:i, s:i, s:f}", "object",
			      text_json(v->object), "program", text_json(v->program), "type",
			      prog_type_name(v->type), "accepted", !v->err, "message",
			      text_json(v->message), "errno", -v->err, "insns", v->insns,
			      "processed", v->processed, "time_us", (double)v->time_ns / 1e3);
	bool placed = r && v->err && r->insn >= 0;

	json_object_set_new(o, "insn", placed ? json_integer(r->insn) : json_null());
	json_object_set_new(o, "source",
			    placed && r->source.file ? json_source(&r->source) : json_null());
	if (r && v->err && r->ref_source.file)
		json_object_set_new(o, "acquired", json_source(&r->ref_source));
	if (!explain)
		return o;
	json_object_set_new(o, "explanation", text_json(r ? r->explanation : ""));
	if (!r || !v->err)
		return o;
	json_object_set_new(o, "rule", r->rule ? json_string(r->rule) : json_null());
	json_object_set_new(o, "path", json_path(r));
	json_object_set_new(o, "values", json_values(r));
	return o;
}
