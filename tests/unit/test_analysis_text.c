/* Escaping and the formats: nothing a trace holds reaches a terminal as it is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/expression.h"
#include "analysis/html.h"
#include "analysis/output.h"
#include "analysis/position.h"
#include "analysis/text.h"

struct escape_case {
	const char *in;
	size_t length;
	unsigned how;
	const char *out;
};

#define CASE(in, how, out)                   \
	{                                    \
		in, sizeof(in) - 1, how, out \
	}

static void text_escapes_what_cannot_be_seen(void **state)
{
	static const struct escape_case cases[] = {
		CASE("plain", ESCAPE_SCREEN, "plain"),
		CASE("a\tb\nc\rd", ESCAPE_SCREEN, "a\\tb\\nc\\rd"),
		CASE("\033[2J", ESCAPE_SCREEN, "\\x1b[2J"),
		CASE("nul\0end", ESCAPE_SCREEN, "nul\\x00end"),
		CASE("\x7f", ESCAPE_SCREEN, "\\x7f"),
		CASE("back\\slash", ESCAPE_SCREEN, "back\\slash"),
		CASE("back\\slash", ESCAPE_BACKSLASH, "back\\\\slash"),
		CASE("gr\xc3\xbc\xc3\x9f", ESCAPE_SCREEN, "gr\xc3\xbc\xc3\x9f"),
		CASE("gr\xc3\xbc", ESCAPE_HIGH, "gr\\xc3\\xbc"),
		/* C1 control CSI, well-formed as U+009B and as a lone byte */
		CASE("\xc2\x9b", ESCAPE_SCREEN, "\\xc2\\x9b"),
		CASE("\x9b", ESCAPE_SCREEN, "\\x9b"),
		/* right-to-left override, zero width space, language tag */
		CASE("a\xe2\x80\xae"
		     "b",
		     ESCAPE_SCREEN, "a\\xe2\\x80\\xaeb"),
		CASE("\xe2\x80\x8b", ESCAPE_SCREEN, "\\xe2\\x80\\x8b"),
		CASE("\xf3\xa0\x81\x81", ESCAPE_SCREEN, "\\xf3\\xa0\\x81\\x81"),
		/* overlong, surrogate, beyond Unicode, cut off */
		CASE("\xc0\xaf", ESCAPE_SCREEN, "\\xc0\\xaf"),
		CASE("\xe0\x80\xaf", ESCAPE_SCREEN, "\\xe0\\x80\\xaf"),
		CASE("\xed\xa0\x80", ESCAPE_SCREEN, "\\xed\\xa0\\x80"),
		CASE("\xf4\x90\x80\x80", ESCAPE_SCREEN, "\\xf4\\x90\\x80\\x80"),
		CASE("x\xe2\x82", ESCAPE_SCREEN, "x\\xe2\\x82"),
		CASE("\xf0\x9f\x98\x80", ESCAPE_SCREEN, "\xf0\x9f\x98\x80"),
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_text struct text t = { 0 };

		text_add_escaped(&t, cases[i].in, cases[i].length, cases[i].how);
		assert_string_equal(text_get(&t), cases[i].out);
	}
}

static void json_is_always_json(void **state)
{
	static const struct {
		const char *in;
		size_t length;
		bool blob;
		const char *out;
	} cases[] = {
		{ "a\"b\\c\n\t\x01", 8, false, "\"a\\\"b\\\\c\\n\\t\\u0001\"" },
		{ "\xe2\x80\xae", 3, false, "\"\\u202e\"" },
		{ "\xf3\xa0\x81\x81", 4, false, "\"\\udb40\\udc41\"" },
		{ "\xff", 1, false, "\"\\\\xff\"" },
		{ "a\\\xff\0", 4, true, "\"a\\\\\\\\\\\\xff\\\\x00\"" },
		{ "", 0, false, "\"\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_text struct text t = { 0 };

		text_add_json(&t, cases[i].in, cases[i].length, cases[i].blob);
		assert_string_equal(text_get(&t), cases[i].out);
	}
}

/* Two rows of every type, written in one format. The caller frees it. */
static char *write_rows(enum output_format format, bool raw)
{
	static const char *const names[] = { "n", "t", "b\033" };
	struct output_options options = { .format = format, .raw = raw };
	struct cell first[] = { { .type = CELL_INTEGER, .integer = INT64_C(9007199254740993) },
				{ .type = CELL_TEXT, .data = "x|y,\t\"\n\033", .length = 8 },
				{ .type = CELL_BLOB, .data = "\xc3\xbc\\", .length = 3 } };
	struct cell second[] = { { .type = CELL_ADDRESS, .integer = -1 },
				 { .type = CELL_NULL },
				 { .type = CELL_REAL, .real = 0.1 } };
	struct output *output;
	char *written = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&written, &length);

	assert_non_null(stream);
	output = output_create(stream, &options, names, 3);
	assert_int_equal(output_row(output, first), 0);
	assert_int_equal(output_row(output, second), 0);
	assert_int_equal(output_end(output), 0);
	output_destroy(output);
	fclose(stream);
	return written;
}

static void every_format_escapes(void **state)
{
	static const struct {
		enum output_format format;
		const char *out;
	} cases[] = {
		{ OUTPUT_TSV, "n\tt\tb\\x1b\n"
			      "9007199254740993\tx|y,\\t\"\\n\\x1b\t\\xc3\\xbc\\\\\n"
			      "0xffffffffffffffff\t\\N\t0.1\n" },
		{ OUTPUT_CSV, "n,t,b\\x1b\n"
			      "9007199254740993,\"x|y,\\t\"\"\\n\\x1b\",\\xc3\\xbc\\\\\n"
			      "0xffffffffffffffff,,0.1\n" },
		{ OUTPUT_JSON, "[{\"n\":\"9007199254740993\",\"t\":\"x|y,\\t\\\"\\n\\u001b\","
			       "\"b\\u001b\":\"\\\\xc3\\\\xbc\\\\\\\\\"},\n"
			       "{\"n\":\"0xffffffffffffffff\",\"t\":null,\"b\\u001b\":0.1}]\n" },
		{ OUTPUT_NDJSON, "{\"n\":\"9007199254740993\",\"t\":\"x|y,\\t\\\"\\n\\u001b\","
				 "\"b\\u001b\":\"\\\\xc3\\\\xbc\\\\\\\\\"}\n"
				 "{\"n\":\"0xffffffffffffffff\",\"t\":null,\"b\\u001b\":0.1}\n" },
		{ OUTPUT_LINE, "    n = 9007199254740993\n    t = x|y,\\t\"\\n\\x1b\n"
			       "b\\x1b = \\xc3\\xbc\\\\\n\n"
			       "    n = 0xffffffffffffffff\n    t = NULL\nb\\x1b = 0.1\n" },
		{ OUTPUT_MARKDOWN,
		  "| n | t | b\\\\x1b |\n|---|---|---|\n"
		  "| 9007199254740993 | x\\|y,\\\\t\"\\\\n\\\\x1b | \\\\xc3\\\\xbc\\\\\\\\ |\n"
		  "| 0xffffffffffffffff | NULL | 0.1 |\n" },
		{ OUTPUT_TABLE, "                 n  t              b\\x1b\n"
				"------------------  -------------  ----------\n"
				"  9007199254740993  x|y,\\t\"\\n\\x1b  \\xc3\\xbc\\\\\n"
				"0xffffffffffffffff  NULL           0.1\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *written = write_rows(cases[i].format, false);

		assert_string_equal(written, cases[i].out);
		free(written);
	}
}

static void raw_is_raw(void **state)
{
	char *written = write_rows(OUTPUT_TSV, true);

	assert_non_null(strstr(written, "x|y,\t\"\n\033\t\xc3\xbc\\\n"));
	free(written);
}

/* A table keeps a constant number of rows; those that come later are not lost. */
static void tables_stream(void **state)
{
	static const char *const names[] = { "n" };
	struct output_options options = { .format = OUTPUT_TABLE };
	struct output *output;
	char *written = NULL;
	size_t length = 0, lines = 0;
	FILE *stream = open_memstream(&written, &length);

	output = output_create(stream, &options, names, 1);
	for (int64_t i = 0; i < 2000; i++) {
		struct cell cell = { .type = CELL_INTEGER, .integer = i };

		assert_int_equal(output_row(output, &cell), 0);
	}
	assert_int_equal(output_end(output), 0);
	output_destroy(output);
	fclose(stream);
	for (size_t i = 0; i < length; i++)
		lines += written[i] == '\n';
	assert_int_equal(lines, 2002);
	assert_non_null(strstr(written, "\n1999\n"));
	free(written);
}

static void full_streams_are_told(void **state)
{
	static const char *const names[] = { "n" };
	struct output_options options = { .format = OUTPUT_TSV };
	struct cell cell = { .type = CELL_INTEGER };
	FILE *stream = fopen("/dev/full", "we");
	struct output *output;
	int ret;

	assert_non_null(stream);
	setvbuf(stream, NULL, _IONBF, 0);
	output = output_create(stream, &options, names, 1);
	ret = output_row(output, &cell);
	assert_int_equal(ret, -28); /* ENOSPC */
	output_destroy(output);
	fclose(stream);
}

static void positions_have_one_syntax(void **state)
{
	static const struct {
		const char *text;
		enum position_kind kind;
		uint64_t first, last;
		int variant;
	} cases[] = {
		{ "#700", POSITION_STEPS, 700, 700, -1 },
		{ "700", POSITION_STEPS, 700, 700, -1 },
		{ "690..710", POSITION_STEPS, 690, 710, -1 },
		{ "#690..#710", POSITION_STEPS, 690, 710, -1 },
		{ "690..", POSITION_STEPS, 690, UINT64_MAX, -1 },
		{ "..710", POSITION_STEPS, 0, 710, -1 },
		{ "700.v1", POSITION_STEPS, 700, 700, 1 },
		{ "d1", POSITION_DIVERGENCE, 1, 1, -1 },
		{ "P0.T0:454", POSITION_TASK, 454, 454, -1 },
		{ "P0.T0:4..6", POSITION_TASK, 4, 6, -1 },
		{ "P0.2.T1", POSITION_TASK, 0, UINT64_MAX, -1 },
		{ "+1.5s..+2s", POSITION_TIME, 1500000000, 2000000000, -1 },
		{ "+1..2", POSITION_TIME, 1000000000, 2000000000, -1 },
		{ "+200ms..+1s", POSITION_TIME, 200000000, 1000000000, -1 },
		{ "+7us..", POSITION_TIME, 7000, UINT64_MAX, -1 },
	};
	static const char *const wrong[] = { "",      "#",         "x",
					     "7x",    "d",         "d1x",
					     "700.v", "700.v16",   "9..8",
					     "+1s",   "P0.T0:",    "P0.T0:x",
					     "+..",   "700.v1.v2", "99999999999999999999999" };
	struct position p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(position_parse(&p, cases[i].text, NULL), 0);
		assert_int_equal(p.kind, cases[i].kind);
		assert_int_equal(p.first, cases[i].first);
		assert_int_equal(p.last, cases[i].last);
		assert_int_equal(p.variant, cases[i].variant);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_true(position_parse(&p, wrong[i], NULL) < 0);
}

static void differences_are_whole_characters(void **state)
{
	static const struct {
		const char *text, *other;
		size_t first, end;
	} cases[] = {
		{ "same", "same", 4, 4 },
		{ "", "", 0, 0 },
		{ "abXcd", "abYcd", 2, 3 },
		{ "abcd", "abXcd", 2, 2 },
		{ "aaa", "aa", 2, 3 },
		/* u and o with two dots share their first byte, those of the second line their last */
		{ "a\xc3\xbc"
		  "b",
		  "a\xc3\xb6"
		  "b",
		  1, 3 },
		{ "a\xc3\xbc"
		  "b",
		  "a\xc4\xbc"
		  "b",
		  1, 3 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t first, end;

		text_find_difference(cases[i].text, cases[i].other, &first, &end);
		assert_int_equal(first, cases[i].first);
		assert_int_equal(end, cases[i].end);
	}
}

static char *html_of(void (*add)(struct html *h))
{
	char *page = NULL;
	size_t length;
	FILE *stream = open_memstream(&page, &length);
	struct html h;

	html_init(&h, stream);
	add(&h);
	assert_int_equal(html_flush(&h), 0);
	html_finish(&h);
	fclose(stream);
	return page;
}

static void add_texts(struct html *h)
{
	html_add(h, "<p title=\"");
	html_text(h, "\"><script>'&\033[2J\xe2\x80\xae\xff");
	html_add(h, "\">");
	html_text(h, NULL);
	html_printf(h, "%s %d", "</p>", 7);
	html_bytes(h, "\\<\xc3\xbc\0", 5);
	html_add_numbers(h, "<i>%d</i></p>", 8);
}

static void html_takes_text_as_text(void **state)
{
	char *page = html_of(add_texts);

	assert_string_equal(page,
			    "<p title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\\x1b[2J\\xe2\\x80\\xae"
			    "\\xff\">&lt;/p&gt; 7\\\\&lt;\\xc3\\xbc\\x00<i>8</i></p>");
	free(page);
}

static void add_step_numbers(struct html *h)
{
	static const uint64_t steps[] = { 700, 3, 700, 12, 3 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		html_step(h, steps[i]);
}

static void a_step_has_one_place(void **state)
{
	char *page = html_of(add_step_numbers);
	const char *at = page;
	size_t ids = 0, links = 0;

	for (const char *id = page; (id = strstr(id, "id=\"")); id++)
		ids++;
	while ((at = strstr(at, "href=\"#"))) {
		links++;
		at++;
	}
	assert_int_equal(ids, 3);
	assert_int_equal(links, 5);
	assert_non_null(strstr(page, "id=\"700\" href=\"#700\">#700</a>"));
	free(page);
}

static void html_tells_of_a_full_disk(void **state)
{
	FILE *stream = fopen("/dev/full", "we");
	struct html h;

	html_init(&h, stream);
	setvbuf(stream, NULL, _IONBF, 0);
	html_add(&h, "<p>");
	assert_int_equal(html_flush(&h), -ENOSPC);
	html_add(&h, "</p>");
	assert_int_equal(html_flush(&h), -ENOSPC);
	html_finish(&h);
	fclose(stream);
}

static void test_expressions(void **state)
{
	static const char *const good[] = { "",
					    "^a+b*(c|d){2,3}$",
					    "[]x]+",
					    "[^]]{1,64}",
					    "(a+)+b",
					    "\\(+",
					    "open|read|(mm|stat)+[a-z]{1,3}\\(" };
	static const char *const large[] = {
		"a++++++++++++++++++++++++++++++",
		"((((((((a{9}){9}){9}){9}){9}){9}){9}){9})",
		"((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)",
		"(a{250}){250}",
		"a{4294967296}",
		"a*****",
		"a**?+*",
		"((((a*)*)*)*)*",
		"(a*){1500}",
	};
	struct error err = { 0 };
	regex_t regex;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(expression_compile(&regex, good[i], REG_NOSUB, &err), 0);
		regfree(&regex);
	}
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		assert_int_equal(expression_compile(&regex, large[i], REG_NOSUB, &err), -EINVAL);
		assert_string_equal(err.message, "it repeats repetitions until it is too large");
	}
	assert_int_equal(expression_compile(&regex, "(", 0, &err), -EINVAL);
	assert_non_null(strstr(err.message, "Unmatched"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_escapes_what_cannot_be_seen),
		cmocka_unit_test(json_is_always_json),
		cmocka_unit_test(every_format_escapes),
		cmocka_unit_test(raw_is_raw),
		cmocka_unit_test(tables_stream),
		cmocka_unit_test(full_streams_are_told),
		cmocka_unit_test(positions_have_one_syntax),
		cmocka_unit_test(differences_are_whole_characters),
		cmocka_unit_test(html_takes_text_as_text),
		cmocka_unit_test(a_step_has_one_place),
		cmocka_unit_test(html_tells_of_a_full_disk),
		cmocka_unit_test(test_expressions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
