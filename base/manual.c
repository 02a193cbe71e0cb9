/* Manual pages; see manual.h. */
#include "base/manual.h"

#include <ctype.h>
#include <string.h>

/*
 * Plain ASCII in, roff out (groff_char(7)): quotes, carets and dashes have
 * forms of their own, and a command line must survive being copied.
 */
static void put_text(FILE *out, const char *text, size_t length)
{
	static const struct {
		char plain;
		const char *roff;
	} escapes[] = { { '\\', "\\e" },  { '-', "\\-" },   { '\'', "\\(aq" }, { '`', "\\(ga" },
			{ '^', "\\(ha" }, { '~', "\\(ti" }, { '"', "\\(dq" } };

	for (size_t i = 0; i < length; i++) {
		const char *roff = NULL;

		for (size_t e = 0; e < sizeof(escapes) / sizeof(escapes[0]); e++)
			if (escapes[e].plain == text[i])
				roff = escapes[e].roff;
		if (roff)
			fputs(roff, out);
		else
			fputc(text[i], out);
	}
}

/* A line of output; one that begins with a dot would be a request. */
static void put_line(FILE *out, const char *text, size_t length)
{
	if (length && (text[0] == '.' || text[0] == '\''))
		fputs("\\&", out);
	put_text(out, text, length);
	fputc('\n', out);
}

static void put_bold(FILE *out, const char *text)
{
	fputs("\\fB", out);
	put_text(out, text, strlen(text));
	fputs("\\fR", out);
}

void manual_begin(FILE *out, const char *name, int section, const char *summary)
{
	fputs(".\\\" Written by scripts/man from the program's own tables: change those.\n.TH ",
	      out);
	for (const char *at = name; *at; at++) {
		char upper = (char)toupper((unsigned char)*at);

		put_text(out, &upper, 1);
	}
	fprintf(out, " %d \"\" \"mvx %s\" \"mvx manual\"\n.nh\n.ad l\n.SH NAME\n", section,
		MVX_VERSION);
	put_text(out, name, strlen(name));
	fputs(" \\- ", out);
	put_line(out, summary, strlen(summary));
}

void manual_section(FILE *out, const char *title)
{
	fputs(".SH ", out);
	put_line(out, title, strlen(title));
}

void manual_subsection(FILE *out, const char *title)
{
	fputs(".SS ", out);
	put_line(out, title, strlen(title));
}

void manual_synopsis(FILE *out, const char *name, const char *rest)
{
	fputs(".HP\n", out);
	put_bold(out, name);
	if (rest[0])
		fputc(' ', out);
	put_text(out, rest, strlen(rest));
	fputc('\n', out);
}

void manual_text(FILE *out, const char *text)
{
	fputs(".PP\n", out);
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (length)
			put_line(out, text, length);
		else
			fputs(".PP\n", out);
		text += length + (text[length] == '\n');
	}
}

static void put_sentence(FILE *out, const char *text)
{
	size_t length = strlen(text);

	if (length && (text[0] == '.' || text[0] == '\''))
		fputs("\\&", out);
	put_text(out, text, length);
	fputs(length && strchr(".:", text[length - 1]) ? "\n" : ".\n", out);
}

void manual_item(FILE *out, const char *term, const char *text)
{
	fputs(".TP\n", out);
	put_bold(out, term);
	fputc('\n', out);
	put_sentence(out, text);
}

void manual_row(FILE *out, const char *name, const char *kind, const char *text)
{
	fputs(".PD 0\n.TP 28\n", out);
	put_bold(out, name);
	fputs(" \\fI", out);
	put_text(out, kind, strlen(kind));
	fputs("\\fR\n", out);
	put_line(out, text, strlen(text));
	fputs(".PD\n", out);
}

static void put_argument(FILE *out, char before, const char *argument)
{
	fprintf(out, "%c\\fI", before);
	put_text(out, argument, strlen(argument));
	fputs("\\fR", out);
}

static void put_option(FILE *out, const struct cli_option *option)
{
	char term[64];

	fputs(".TP\n", out);
	if (option->letter) {
		snprintf(term, sizeof(term), "-%c", option->letter);
		put_bold(out, term);
		if (option->argument)
			put_argument(out, ' ', option->argument);
	}
	if (option->name) {
		snprintf(term, sizeof(term), "--%s", option->name);
		fputs(option->letter ? ", " : "", out);
		put_bold(out, term);
		if (option->argument)
			put_argument(out, '=', option->argument);
	}
	fputc('\n', out);
	put_sentence(out, option->text);
}

void manual_options(FILE *out, const struct cli_option *options, size_t count)
{
	const char *group = NULL;

	for (size_t i = 0; i < count; i++) {
		if (options[i].group && options[i].group != group)
			manual_subsection(out, options[i].group);
		group = options[i].group;
		put_option(out, &options[i]);
	}
}

void manual_lines(FILE *out, const char *lines)
{
	fputs(".PP\n.RS 4\n.nf\n", out);
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		put_line(out, lines, length);
		lines += length + (lines[length] == '\n');
	}
	fputs(".fi\n.RE\n", out);
}

/* "mvx-replay(1)": the name in bold. */
static void put_reference(FILE *out, const char *page)
{
	size_t length = strcspn(page, "(");

	fputs("\\fB", out);
	put_text(out, page, length);
	fprintf(out, "\\fR%s", page + length);
}

void manual_see_also(FILE *out, const char *const *pages)
{
	manual_section(out, "SEE ALSO");
	for (size_t i = 0; pages[i]; i++) {
		put_reference(out, pages[i]);
		fputs(pages[i + 1] ? ",\n" : "\n", out);
	}
}
