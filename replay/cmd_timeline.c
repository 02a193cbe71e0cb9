/* mvx-replay timeline */
#include <ctype.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analysis/timeline.h"
#include "replay/common.h"
#include "replay/selected.h"

static size_t screen_width(void)
{
	const char *columns = getenv("COLUMNS");
	bool given = columns && isdigit((unsigned char)columns[0]);
	unsigned long width = given ? strtoul(columns, NULL, 10) : 0;
	struct winsize size;

	if (!width && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		width = size.ws_col;
	if (!width)
		width = TIMELINE_WIDTH_DEFAULT;
	if (width < TIMELINE_WIDTH_MIN)
		width = TIMELINE_WIDTH_MIN;
	return width < TIMELINE_WIDTH_MAX ? width : TIMELINE_WIDTH_MAX;
}

/* The user's locale, without making it the program's: numbers and letters stay C's. */
static bool locale_is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

	if (locale)
		freelocale(locale);
	return utf8;
}

static int get_options(const struct invocation *inv, struct timeline_options *options,
		       struct error *err)
{
	const char *variants = option_value(inv, OPTION_VARIANTS);

	options->width = screen_width();
	options->longest = TIMELINE_LONGEST;
	options->ascii = has_option(inv, OPTION_ASCII) || !locale_is_utf8();
	options->leader_only = !variants || strcmp(variants, "leader") == 0;
	if (!options->leader_only && strcmp(variants, "all") != 0)
		return error_set(err, -EINVAL, "--variants: leader or all, not %s", variants);
	return color_get(&options->color, inv, err);
}

static int print(const struct invocation *inv, struct source *source, const struct timeline *t,
		 const struct timeline_options *options, const struct output_options *output)
{
	struct error err = { 0 };
	uint64_t rows = 0;
	int ret;

	if (option_value(inv, OPTION_FORMAT)) {
		ret = timeline_rows(t, output, stdout, &rows);
		if (ret == 0 && t->lanes_left)
			say("only the first %d lanes have rows", TIMELINE_LANES_MAX);
	} else {
		ret = timeline_draw(t, options, stdout);
	}
	if (ret == 0)
		return finish_answer(inv, source, EXIT_YES);
	error_set(&err, ret, "cannot write standard output: %s", strerror(-ret));
	return finish_failed(&err, true);
}

static int timeline_source(const struct invocation *inv, struct source *source,
			   struct timeline_options *options, const struct output_options *output)
{
	struct timeline timeline = { 0 };
	struct error err = { 0 };
	int ret = selection_get(&options->selection, inv, source, 1, &err);

	if (ret == EXIT_CANNOT)
		return ret;
	if (ret == EXIT_NO)
		return finish_answer(inv, source, ret);
	if (timeline_gather(&timeline, source, options, &err) < 0) {
		ret = cannot(&err);
	} else if (timeline.n_lanes || selection_is_all(&options->selection)) {
		ret = print(inv, source, &timeline, options, output);
	} else {
		say("%s has nothing there", source_path(source));
		ret = finish_answer(inv, source, EXIT_NO);
	}
	timeline_finish(&timeline);
	return ret;
}

int command_timeline(const struct invocation *inv)
{
	struct timeline_options options = { 0 };
	struct output_options output;
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (output_options_get(&output, inv, &err) < 0 || get_options(inv, &options, &err) < 0)
		return cannot(&err);
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = timeline_source(inv, source, &options, &output);
	selection_finish(&options.selection);
	source_close(source);
	return ret;
}
