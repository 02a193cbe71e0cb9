/* Manual pages and completions: what means something to roff or a shell comes out as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/completion.h"
#include "base/manual.h"

struct page {
	FILE *out;
	char *text;
	size_t size;
};

static void page_begin(struct page *page)
{
	*page = (struct page){ 0 };
	page->out = open_memstream(&page->text, &page->size);
	assert_non_null(page->out);
}

static void page_expect(struct page *page, const char *want)
{
	fclose(page->out);
	assert_string_equal(page->text, want);
	free(page->text);
}

static void page_expect_part(struct page *page, const char *want)
{
	fclose(page->out);
	if (!strstr(page->text, want))
		fail_msg("\"%s\" is not in \"%s\"", want, page->text);
	free(page->text);
}

static void test_text_is_no_roff(void **state)
{
	struct page page;

	page_begin(&page);
	manual_text(page.out, ".TH it's\n'x \\n \"-a\"\n\n~ ^ `");
	page_expect(&page, ".PP\n\\&.TH it\\(aqs\n\\&\\(aqx \\en \\(dq\\-a\\(dq\n.PP\n"
			   "\\(ti \\(ha \\(ga\n");
	page_begin(&page);
	manual_lines(page.out, ".so x\n\ny\n");
	page_expect(&page, ".PP\n.RS 4\n.nf\n\\&.so x\n\ny\n.fi\n.RE\n");
}

static void test_sentences_end_once(void **state)
{
	struct page page;

	page_begin(&page);
	manual_item(page.out, "a", "one");
	manual_item(page.out, "b", "two.");
	page_expect(&page, ".TP\n\\fBa\\fR\none.\n.TP\n\\fBb\\fR\ntwo.\n");
}

static void test_options_by_group(void **state)
{
	static const char first[] = "First", second[] = "Second";
	static const struct cli_option options[] = {
		{ 'n', NULL, "N", "how many", .group = first },
		{ 'o', "output", "FILE", "where to", .group = first },
		{ 0, "quiet", NULL, "nothing", .group = second },
	};
	struct page page;

	page_begin(&page);
	manual_options(page.out, options, 3);
	page_expect(&page,
		    ".SS First\n.TP\n\\fB\\-n\\fR \\fIN\\fR\nhow many.\n"
		    ".TP\n\\fB\\-o\\fR \\fIFILE\\fR, \\fB\\-\\-output\\fR=\\fIFILE\\fR\nwhere to.\n"
		    ".SS Second\n.TP\n\\fB\\-\\-quiet\\fR\nnothing.\n");
}

static void test_head_and_references(void **state)
{
	static const char *const pages[] = { "a-b(1)", "c(5)", NULL };
	struct page page;

	page_begin(&page);
	manual_begin(page.out, "a-b", 1, "it's");
	page_expect_part(&page, "\n.TH A\\-B 1 \"\" \"mvx " MVX_VERSION
				"\" \"mvx manual\"\n.nh\n.ad l\n.SH NAME\na\\-b \\- it\\(aqs\n");
	page_begin(&page);
	manual_see_also(page.out, pages);
	page_expect(&page, ".SH SEE ALSO\n\\fBa\\-b\\fR(1),\n\\fBc\\fR(5)\n");
}

static const struct cli_option odd_options[] = {
	{ 'x', "odd", "K:V", "it's [odd]: \\", "a: it's" },
};

static const struct cli_program odd_program = {
	.name = "an-odd-one",
	.self = { .name = "", .options = odd_options, .n_options = 1, .operand = CLI_FILE },
};

static void test_shells_get_what_they_quote(void **state)
{
	struct page page;

	page_begin(&page);
	completion_print(page.out, COMPLETION_BASH, &odd_program);
	page_expect_part(&page, "\t\t-x | --odd) kind= values='a: it'\\''s' ;;\n");
	page_begin(&page);
	completion_print(page.out, COMPLETION_ZSH, &odd_program);
	page_expect_part(&page, "'*--odd=[it'\\''s \\[odd\\]\\: \\\\]:K\\:V:{compadd -S \"\" -- ");
	page_begin(&page);
	completion_print(page.out, COMPLETION_BASH, &odd_program);
	page_expect_part(&page, "complete -F _an_odd_one an-odd-one\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_no_roff),
		cmocka_unit_test(test_sentences_end_once),
		cmocka_unit_test(test_options_by_group),
		cmocka_unit_test(test_head_and_references),
		cmocka_unit_test(test_shells_get_what_they_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
