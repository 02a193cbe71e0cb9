/* Forms of a report; see check_report.h. */
#include "replay/check_report.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/text.h"
#include "base/alloc.h"

/* GitHub shows ten annotations of a step */
#define ANNOTATIONS_MAX 10

const char *const check_form_names[CHECK_FORMS] = { "text", "junit", "tap", "github" };

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

static void add_start(struct text *out, const struct check_results *r, enum check_form form)
{
	if (form == CHECK_TAP)
		text_printf(out, "TAP version 13\n1..%zu\n", r->count);
	if (form == CHECK_JUNIT)
		text_printf(
			out,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"mvx-replay "
			"check\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
			r->count, r->outcomes[CHECK_FAILED], r->outcomes[CHECK_SKIPPED]);
}

void check_report(const struct check_results *r, enum check_form form, FILE *stream)
{
	cleanup_text struct text out = { 0 };
	size_t annotations = 0;

	add_start(&out, r, form);
	for (size_t i = 0; i < r->count; i++) {
		const struct check_result *x = &r->at[i];

		switch (form) {
		case CHECK_TEXT: add_text(&out, x); break;
		case CHECK_JUNIT: add_junit(&out, x); break;
		case CHECK_TAP: add_tap(&out, x, i + 1); break;
		case CHECK_GITHUB:
			if (x->outcome == CHECK_FAILED && annotations++ < ANNOTATIONS_MAX)
				add_annotation(&out, x);
			break;
		case CHECK_FORMS: break;
		}
	}
	if (form == CHECK_JUNIT)
		text_add(&out, "</testsuite>\n");
	else
		add_closing(&out, r, form == CHECK_TAP ? "# " : "");
	fputs(text_get(&out), stream);
}
