/* mvx-replay stream */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/stream.h"
#include "base/limits.h"
#include "replay/common.h"

struct stream_words {
	const char *label;
	int32_t fd;
	bool has_position;
	struct position position;
};

static int get_form(const struct invocation *inv, struct stream_options *options, struct error *err)
{
	const char *format = option_value(inv, OPTION_FORMAT);
	const char *bytes = option_value(inv, OPTION_BYTES);
	bool raw = bytes && strcmp(bytes, "raw") == 0;

	if (format && strcmp(format, "hex") == 0) {
		if (raw)
			return error_set(err, -EINVAL,
					 "--bytes=raw and --format=hex exclude each other");
		options->form = STREAM_HEX;
		return color_get(&options->output.color, inv, err);
	}
	options->form = format ? STREAM_ROWS : raw ? STREAM_RAW : STREAM_TEXT;
	return output_options_get(&options->output, inv, err);
}

static int get_direction(const struct invocation *inv, struct stream_options *options,
			 struct error *err)
{
	static const char *const names[] = { "in", "out", "both" };
	int choice = option_choice(inv, OPTION_DIRECTION, names, 3, 2, err);

	options->read = choice != 1;
	options->written = choice != 0;
	return choice < 0 ? choice : 0;
}

static int parse_words(const struct invocation *inv, struct stream_words *words, struct error *err)
{
	const char *fd = inv->operands[2];
	unsigned long number;
	char *end;

	words->label = inv->operands[1];
	errno = 0;
	number = strtoul(fd, &end, 10);
	if (!isdigit((unsigned char)fd[0]) || *end || errno || number > INT32_MAX)
		return error_set(err, -EINVAL, "no descriptor: %s (stream TRACE P0.T0 3)", fd);
	words->fd = (int32_t)number;
	words->has_position = inv->n_operands > 3;
	return words->has_position ? position_parse(&words->position, inv->operands[3], err) : 0;
}

static void say_candidates(const struct stream_words *words, const struct stream_candidates *found)
{
	say("descriptor %" PRId32 " of %s was more than one open file: add the step of one",
	    words->fd, words->label);
	for (size_t i = 0; i < found->count; i++) {
		const struct stream_candidate *c = &found->at[i];

		say("  #%" PRIu64 "  %s%s", c->step ? c->step : 1, c->name ? c->name : "",
		    c->inherited ? " (open from the start)" :
		    c->opened    ? "" :
				   " (opened before the trace tells)");
	}
	if (found->more)
		say("  ... and more");
}

static void say_none(const struct invocation *inv, struct source *source,
		     const struct stream_words *words)
{
	if (words->has_position)
		say("%s has no descriptor %" PRId32 " of %s at %s", source_path(source), words->fd,
		    words->label, inv->operands[3]);
	else
		say("%s has no descriptor %" PRId32 " of %s", source_path(source), words->fd,
		    words->label);
}

/* What is not in the trace was said in its place; here how much of it, and the status. */
static int finish_stream(const struct invocation *inv, struct source *source,
			 const struct stream_result *result, bool incomplete)
{
	int answer = result->bytes ? EXIT_YES : EXIT_NO;
	int ret = finish_answer(inv, source, answer);
	uint64_t missing = result->cut_bytes + result->passed_bytes;

	if ((ret != answer && ret != EXIT_GAP) || has_option(inv, OPTION_ALLOW_INCOMPLETE) ||
	    !(missing || incomplete))
		return ret;
	if (result->cut_bytes)
		say("%" PRIu64 " of %" PRIu64 " bytes were not recorded (mvx-monitor --payload)",
		    result->cut_bytes, result->bytes);
	if (result->passed_bytes)
		say("%" PRIu64 " of %" PRIu64 " bytes never passed the program, or no buffer of "
		    "them was kept (sendfile, splice)",
		    result->passed_bytes, result->bytes);
	if (incomplete)
		say("more descriptors are open than mvx-replay follows: something may be missing");
	return EXIT_GAP;
}

static int print_found(const struct invocation *inv, struct source *source,
		       const struct stream_candidates *found, const struct stream_options *options)
{
	struct stream_result result = { 0 };
	struct error err = { 0 };
	bool stream_failed;

	if (stream_run(source, &found->at[0], options, stdout, &result, &stream_failed, &err) < 0)
		return finish_failed(&err, stream_failed);
	return finish_stream(inv, source, &result, found->incomplete);
}

static int stream_source(const struct invocation *inv, struct source *source,
			 struct stream_words *words, const struct stream_options *options)
{
	struct stream_candidates found = { 0 };
	struct error err = { 0 };
	int ret = words->has_position ? position_resolve(&words->position, source, &err) : 1;

	if (ret > 0)
		ret = stream_find(source, words->label, words->fd,
				  words->has_position ? &words->position : NULL, &found, &err);
	if (ret < 0) {
		ret = cannot(&err);
	} else if (!found.count) {
		say_none(inv, source, words);
		ret = finish_answer(inv, source, EXIT_NO);
	} else if (found.count > 1) {
		say_candidates(words, &found);
		ret = EXIT_CANNOT;
	} else {
		ret = print_found(inv, source, &found, options);
	}
	stream_candidates_finish(&found);
	return ret;
}

int command_stream(const struct invocation *inv)
{
	struct stream_options options = { 0 };
	struct stream_words words = { 0 };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (get_form(inv, &options, &err) < 0 || get_direction(inv, &options, &err) < 0 ||
	    parse_words(inv, &words, &err) < 0)
		return cannot(&err);
	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = stream_source(inv, source, &words, &options);
	source_close(source);
	return ret;
}
