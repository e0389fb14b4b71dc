// SPDX-License-Identifier: BSD-2-Clause
/* SARIF 2.1.0 (OASIS): what code-scanning tools read. One run, a rule per kind of message. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"
#include "verdict.h"

#define SCHEMA                                                                \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	"sarif-schema-2.1.0.json"

struct sarif {
	json_t *rules;	    /* reportingDescriptor objects */
	json_t *rule_index; /* id -> index */
	json_t *results;
};

struct sarif *sarif_begin(void)
{
	struct sarif *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->rules = json_array();
	s->rule_index = json_object();
	s->results = json_array();
	return s;
}

/* A URI reference: relative to the working directory where the file lies below it. */
static json_t *uri_json(const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~/!$&'()*+,;=@";
	char buf[4096], *uri, *at;
	json_t *value;

	path = short_path(path, buf);
	uri = malloc(3 * strlen(path) + sizeof("file://"));
	if (!uri)
		return json_string("");
	at = stpcpy(uri, *path == '/' ? "file://" : "");
	for (; *path; path++) {
		if (strchr(plain, *path))
			*at++ = *path;
		else
			at += sprintf(at, "%%%02X", (unsigned char)*path);
	}
	*at = '\0';
	value = json_string(uri);
	free(uri);
	return value;
}

static json_t *message_json(const char *text)
{
	return json_pack("{s:o}", "text", text_json(text));
}

static json_t *logical_json(const struct verdict *v)
{
	return json_pack("[{s:o, s:s}]", "name", text_json(v->program), "kind", "function");
}

/* @src without a file: the object itself. */
static json_t *location_json(const struct verdict *v, const struct espalier_source *src,
			     const char *note)
{
	json_t *physical = json_pack("{s:{s:o}}", "artifactLocation", "uri",
				     uri_json(src && src->file ? src->file : v->object));
	json_t *location;

	if (src && src->file && src->line) {
		json_t *region = json_pack("{s:i}", "startLine", src->line);

		if (src->column)
			json_object_set_new(region, "startColumn", json_integer(src->column));
		json_object_set_new(region, "snippet", message_json(src->text));
		json_object_set_new(physical, "region", region);
	}
	location = json_pack("{s:o, s:o}", "physicalLocation", physical, "logicalLocations",
			     logical_json(v));
	if (note)
		json_object_set_new(location, "message", message_json(note));
	return location;
}

static json_t *flow_json(const struct verdict *v, const struct espalier_report *r)
{
	json_t *locations = json_array();

	for (uint32_t i = 0; i < r->nr_steps; i++) {
		const struct espalier_step *s = &r->steps[i];
		bool end = s->kind == ESPALIER_STEP_END || s->kind == ESPALIER_STEP_ACQUIRE;

		json_array_append_new(locations, json_pack("{s:o, s:i, s:[s], s:s}", "location",
							   location_json(v, &s->source, s->note),
							   "executionOrder", i + 1, "kinds",
							   step_word(s->kind), "importance",
							   end ? "essential" : "important"));
	}
	return json_pack("[{s:[{s:o}]}]", "threadFlows", "locations", locations);
}

static int rule_of(struct sarif *s, const char *id, const char *title)
{
	json_t *known = json_object_get(s->rule_index, id);
	int at = (int)json_array_size(s->rules);

	if (known)
		return (int)json_integer_value(known);
	json_array_append_new(s->rules, json_pack("{s:s, s:o, s:{s:s}}", "id", id,
						  "shortDescription", message_json(title),
						  "defaultConfiguration", "level", "error"));
	json_object_set_new(s->rule_index, id, json_integer(at));
	return at;
}

void sarif_program(struct sarif *s, const struct verdict *v)
{
	const struct espalier_report *r = v->report;
	const char *id = r && r->rule ? r->rule : "rejected";
	const char *title = r && r->rule ? r->rule_text : "the verifier rejects the program";
	const struct espalier_source *src = r && r->insn >= 0 ? &r->source : NULL;
	char text[4096];
	json_t *result;

	if (!v->err)
		return;
	snprintf(text, sizeof(text), "%s: %s%s%s", v->program,
		 v->message[0] ? v->message : strerror(-v->err), r && r->explanation[0] ? "\n" : "",
		 r ? r->explanation : "");
	result = json_pack("{s:s, s:i, s:s, s:o, s:[o]}", "ruleId", id, "ruleIndex",
			   rule_of(s, id, title), "level", "error", "message", message_json(text),
			   "locations", location_json(v, src, NULL));
	if (r && r->nr_steps)
		json_object_set_new(result, "codeFlows", flow_json(v, r));
	if (r && r->ref_source.file)
		json_object_set_new(
			result, "relatedLocations",
			json_pack("[o]", location_json(v, &r->ref_source, "acquired here")));
	json_object_set_new(result, "properties",
			    json_pack("{s:o, s:o, s:s, s:s}", "object", text_json(v->object),
				      "program", text_json(v->program), "type",
				      prog_type_name(v->type), "errno", errno_name(-v->err)));
	json_array_append_new(s->results, result);
}

json_t *sarif_end(struct sarif *s)
{
	json_t *driver =
		json_pack("{s:s, s:s, s:s, s:o}", "name", "espalier", "version", ESPALIER_VERSION,
			  "semanticVersion", ESPALIER_VERSION, "rules", s->rules);
	json_t *doc = json_pack("{s:s, s:s, s:[{s:{s:o}, s:s, s:o}]}", "$schema", SCHEMA, "version",
				"2.1.0", "runs", "tool", "driver", driver, "columnKind",
				"unicodeCodePoints", "results", s->results);

	json_decref(s->rule_index);
	free(s);
	return doc;
}
