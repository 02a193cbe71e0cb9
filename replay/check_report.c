/* Forms of a report; see check_report.h. */
#include "replay/check_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/text.h"
#include "base/alloc.h"

/* GitHub shows ten annotations of a step */
#define ANNOTATIONS_MAX 10

const char *const check_form_names[CHECK_FORMS] = { "text",  "json", "markdown",
						    "junit", "tap",  "github" };

static char *copy(const char *text)
{
	return text ? alloc_string(text) : NULL;
}

void check_results_add(struct check_results *r, enum check_outcome outcome, const char *name,
		       const char *reason, const char *details)
{
	alloc_grow(&r->at, &r->capacity, r->count + 1);
	r->at[r->count++] = (struct check_result){ .outcome = outcome,
						   .name = copy(name),
						   .reason = copy(reason),
						   .details = copy(details) };
	r->outcomes[outcome]++;
}

void check_results_finish(struct check_results *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->at[i].name);
		free(r->at[i].reason);
		free(r->at[i].details);
	}
	free(r->at);
	*r = (struct check_results){ 0 };
}

/* Each line of the details behind `before`. */
static void add_details(struct text *out, const struct check_result *x, const char *before)
{
	for (const char *at = x->details; at && *at;) {
		size_t length = strcspn(at, "\n");

		text_add(out, before);
		text_add_bytes(out, at, length);
		text_add_char(out, '\n');
		at += length + (at[length] == '\n');
	}
}

static void add_text(struct text *out, const struct check_result *x)
{
	static const char *const words[] = { "PASS ", "FAIL ", "SKIP " };

	text_add(out, words[x->outcome]);
	text_add_foreign(out, x->name);
	if (x->reason) {
		text_add(out, ": ");
		text_add(out, x->reason);
	}
	text_add_char(out, '\n');
	add_details(out, x, "  ");
}

static void add_tap(struct text *out, const struct check_result *x, size_t number)
{
	cleanup_text struct text name = { 0 };

	text_add_foreign(&name, x->name);
	text_printf(out, "%sok %zu - ", x->outcome == CHECK_FAILED ? "not " : "", number);
	/* a # would start a directive */
	for (const char *at = text_get(&name); *at; at++) {
		if (*at == '#' || *at == '\\')
			text_add_char(out, '\\');
		text_add_char(out, *at);
	}
	if (x->outcome == CHECK_SKIPPED)
		text_printf(out, " # SKIP %s", x->reason ? x->reason : "");
	text_add_char(out, '\n');
	if (x->outcome == CHECK_FAILED && x->reason)
		text_printf(out, "# %s\n", x->reason);
	add_details(out, x, "# ");
}

/* NULL adds nothing. */
static void add_xml(struct text *out, const char *text)
{
	if (text)
		text_add_markup(out, text, strlen(text));
}

/* Readers show the failure's text, few its message: all of it stands there. */
static void add_junit(struct text *out, const struct check_result *x)
{
	cleanup_text struct text name = { 0 };

	text_add_foreign(&name, x->name);
	text_add(out, "  <testcase classname=\"mvx-replay\" name=\"");
	add_xml(out, text_get(&name));
	if (x->outcome == CHECK_PASSED) {
		text_add(out, "\"/>\n");
		return;
	}
	text_add(out, x->outcome == CHECK_FAILED ? "\">\n    <failure message=\"" :
						   "\">\n    <skipped message=\"");
	add_xml(out, x->reason);
	text_add(out, "\">");
	add_xml(out, x->outcome == CHECK_FAILED ? x->reason : NULL);
	if (x->details)
		text_add_char(out, '\n');
	add_xml(out, x->details);
	text_add(out, x->outcome == CHECK_FAILED ? "</failure>" : "</skipped>");
	text_add(out, "\n  </testcase>\n");
}

/* Workflow commands: % and line ends are escaped in the message, : and , in the title, too. */
static void add_command(struct text *out, const char *text, bool title)
{
	for (; text && *text; text++) {
		if (*text == '%' || *text == '\n' || (title && (*text == ':' || *text == ',')))
			text_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
		else
			text_add_char(out, *text);
	}
}

static void add_annotation(struct text *out, const struct check_result *x)
{
	cleanup_text struct text name = { 0 };

	text_add_foreign(&name, x->name);
	text_add(out, "::error title=");
	add_command(out, text_get(&name), true);
	text_add(out, "::");
	add_command(out, x->reason, false);
	if (x->details)
		text_add(out, "%0A");
	add_command(out, x->details, false);
	text_add_char(out, '\n');
}

static void add_closing(struct text *out, const struct check_results *r, const char *before)
{
	text_printf(out, "%s%zu passed, %zu failed, %zu skipped\n", before,
		    r->outcomes[CHECK_PASSED], r->outcomes[CHECK_FAILED],
		    r->outcomes[CHECK_SKIPPED]);
}

/* One object: results, rules, counts. */
static void add_json_text(struct text *out, const char *key, const char *text)
{
	text_printf(out, ", \"%s\": ", key);
	if (text)
		text_add_json(out, text, strlen(text), false);
	else
		text_add(out, "null");
}

static void add_json(struct text *out, const struct check_result *x, bool first)
{
	static const char *const words[] = { "passed", "failed", "skipped" };

	text_printf(out, "%s\n    {\"outcome\": \"%s\"", first ? "" : ",", words[x->outcome]);
	add_json_text(out, "name", x->name);
	add_json_text(out, "reason", x->reason);
	add_json_text(out, "details", x->details);
	text_add_char(out, '}');
}

/* What Markdown would take for its own is let be. */
static void add_markdown_text(struct text *out, const char *text)
{
	for (; text && *text; text++) {
		if (strchr("\\`*_{}[]<>#|!", *text))
			text_add_char(out, '\\');
		text_add_char(out, *text);
	}
}

static void add_markdown(struct text *out, const struct check_result *x)
{
	static const char *const words[] = { "passed", "**failed**", "skipped" };
	cleanup_text struct text name = { 0 };

	text_add_foreign(&name, x->name);
	text_printf(out, "- %s: ", words[x->outcome]);
	add_markdown_text(out, text_get(&name));
	if (x->reason) {
		text_add(out, ": ");
		add_markdown_text(out, x->reason);
	}
	text_add_char(out, '\n');
	if (x->details) {
		/* indented code: nothing in it can end it */
		text_add_char(out, '\n');
		add_details(out, x, "      ");
		text_add_char(out, '\n');
	}
}

static void add_rule(struct text *out, const struct rule *rule, const char *sentence,
		     enum check_form form, bool first)
{
	switch (form) {
	case CHECK_TEXT: text_printf(out, "rule %s\n", sentence); break;
	case CHECK_TAP: text_printf(out, "# rule %s\n", sentence); break;
	case CHECK_JUNIT:
		add_xml(out, sentence);
		text_add_char(out, '\n');
		break;
	case CHECK_JSON:
		text_printf(out, "%s\n    {\"rule\": ", first ? "" : ",");
		text_add_json(out, rule->name, strlen(rule->name), false);
		text_printf(out, ", \"action\": \"%s\", \"hits\": %" PRIu64 ", \"expired\": %s",
			    rule_action_names[rule->action], rule->hits,
			    rule->expired ? "true" : "false");
		add_json_text(out, "because", rule->because);
		text_add_char(out, '}');
		break;
	case CHECK_MARKDOWN:
		text_add(out, "- rule ");
		add_markdown_text(out, sentence);
		text_add_char(out, '\n');
		break;
	case CHECK_GITHUB:
		text_printf(out, "::notice title=rule %s::", rule->name);
		add_command(out, sentence, false);
		text_add_char(out, '\n');
		break;
	case CHECK_FORMS: break;
	}
}

static void add_rules(struct text *out, const struct rules *rules, enum check_form form)
{
	if (form == CHECK_JSON)
		text_add(out, "\n  ],\n  \"rules\": [");
	if (form == CHECK_JUNIT && rules->count)
		text_add(out, "  <system-out>");
	for (size_t i = 0; i < rules->count; i++) {
		cleanup_text struct text sentence = { 0 };

		rule_put(&sentence, rules, &rules->at[i]);
		add_rule(out, &rules->at[i], text_get(&sentence), form, !i);
	}
	if (form == CHECK_JUNIT && rules->count)
		text_add(out, "</system-out>\n");
}

static void add_end(struct text *out, const struct check_results *r, enum check_form form)
{
	switch (form) {
	case CHECK_JUNIT: text_add(out, "</testsuite>\n"); break;
	case CHECK_JSON:
		text_printf(out,
			    "\n  ],\n  \"passed\": %zu, \"failed\": %zu, \"skipped\": %zu\n}\n",
			    r->outcomes[CHECK_PASSED], r->outcomes[CHECK_FAILED],
			    r->outcomes[CHECK_SKIPPED]);
		break;
	case CHECK_MARKDOWN: add_closing(out, r, "\n"); break;
	case CHECK_TAP: add_closing(out, r, "# "); break;
	case CHECK_TEXT:
	case CHECK_GITHUB: add_closing(out, r, ""); break;
	case CHECK_FORMS: break;
	}
}

static void add_start(struct text *out, const struct check_results *r, enum check_form form)
{
	if (form == CHECK_TAP)
		text_printf(out, "TAP version 13\n1..%zu\n", r->count);
	if (form == CHECK_JSON)
		text_add(out, "{\n  \"results\": [");
	if (form == CHECK_JUNIT)
		text_printf(
			out,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"mvx-replay "
			"check\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
			r->count, r->outcomes[CHECK_FAILED], r->outcomes[CHECK_SKIPPED]);
}

void check_report(const struct check_results *r, const struct rules *rules, enum check_form form,
		  FILE *stream)
{
	cleanup_text struct text out = { 0 };
	size_t annotations = 0;

	add_start(&out, r, form);
	for (size_t i = 0; i < r->count; i++) {
		const struct check_result *x = &r->at[i];

		switch (form) {
		case CHECK_TEXT: add_text(&out, x); break;
		case CHECK_JSON: add_json(&out, x, !i); break;
		case CHECK_MARKDOWN: add_markdown(&out, x); break;
		case CHECK_JUNIT: add_junit(&out, x); break;
		case CHECK_TAP: add_tap(&out, x, i + 1); break;
		case CHECK_GITHUB:
			if (x->outcome == CHECK_FAILED && annotations++ < ANNOTATIONS_MAX)
				add_annotation(&out, x);
			break;
		case CHECK_FORMS: break;
		}
	}
	add_rules(&out, rules, form);
	add_end(&out, r, form);
	fputs(text_get(&out), stream);
}
