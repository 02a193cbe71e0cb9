/*
 * Fuzz target: two traces against each other. The first two bytes say how long
 * the first trace is; the second is what follows it, or when nothing does the
 * first once more, which then must not differ from itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/diff.h"
#include "base/check.h"
#include "tests/fuzz/trace_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	cleanup_text struct text escaped = { 0 };

	if (!text)
		return;
	text_add_foreign(&escaped, text);
	CHECK(strcmp(text_get(&escaped), text) == 0);
}

static int take(void *data, const struct canon_record *record)
{
	cleanup_text struct text shown = { 0 };

	CHECK(strlen(record->text) == record->length);
	canon_text_put(&shown, record->text);
	check_text(text_get(&shown));
	check_text(record->label);
	return 0;
}

static void compare(struct source *const sources[DIFF_SIDES], enum canon_level level, bool same)
{
	const struct diff_options options = { .level = level };
	struct error err = { 0 };
	struct diff d = { 0 };
	int ret = diff_run(&d, sources, &options, &err);

	CHECK(ret <= 0 && (ret == 0 || err.message[0]));
	CHECK(!same || ret < 0 || d.count == 0);
	for (size_t i = 0; i < d.count; i++) {
		check_text(d.findings[i].sentence);
		check_text(d.findings[i].label);
		CHECK(d.findings[i].places > 0);
	}
	diff_finish(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source *sources[DIFF_SIDES] = { NULL };
	struct error err = { 0 };
	size_t first;

	if (size < 2)
		return 0;
	first = data[0] | (size_t)data[1] << 8;
	first = first < size - 2 ? first : size - 2;
	sources[DIFF_A] = trace_input_open(data + 2, first);
	sources[DIFF_B] = first < size - 2 ? trace_input_open(data + 2 + first, size - 2 - first) :
					     trace_input_open(data + 2, first);
	if (sources[DIFF_A] && sources[DIFF_B]) {
		for (unsigned level = 0; level < CANON_LEVELS; level++) {
			canon_run(sources[DIFF_A], level, NULL, take, NULL, &err);
			compare(sources, level, first == size - 2);
		}
	}
	for (unsigned side = 0; side < DIFF_SIDES; side++)
		if (sources[side])
			trace_input_close(sources[side]);
	return 0;
}
