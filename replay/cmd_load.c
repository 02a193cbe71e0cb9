/* mvx-replay load */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/load.h"
#include "analysis/text.h"
#include "replay/common.h"
#include "replay/derived.h"
#include "replay/progress.h"

static void show_progress(void *data, const char *what, uint64_t rows, uint64_t rows_estimate)
{
	progress_show(data, what, "rows", rows, rows_estimate);
}

/* What SQLite keeps beside an open database would be taken for the new one's. */
static int check_companions(const char *path, struct error *err)
{
	static const char *const suffixes[] = { "-journal", "-wal", "-shm" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		cleanup_text struct text name = { 0 };

		text_add(&name, path);
		text_add(&name, suffixes[i]);
		if (access(text_get(&name), F_OK) == 0)
			return error_set(err, -EBUSY,
					 "%s is there: the database is open elsewhere, "
					 "or was left in the middle of a change",
					 text_get(&name));
	}
	return 0;
}

static int load_source(const struct invocation *inv, struct source *source, const char *path)
{
	cleanup_derived struct derived derived = { .fd = -1 };
	struct progress progress;
	struct error err = { 0 };
	uint64_t rows;
	int ret;

	if (derived_open(&derived, path, source_path(source), has_option(inv, OPTION_FORCE), &err) <
	    0)
		return cannot(&err);
	progress_init(&progress);
	ret = load_run(source, derived.temporary, !has_option(inv, OPTION_NO_INDEX), show_progress,
		       &progress, &rows, &err);
	progress_finish(&progress);
	if (ret == 0)
		ret = derived_commit(&derived, &err);
	if (ret < 0)
		return cannot(&err);
	if (progress.enabled)
		say("%s: %" PRIu64 " rows in %.1f s", path, rows, progress_seconds(&progress));
	return finish_answer(inv, source, EXIT_YES);
}

int command_load(const struct invocation *inv)
{
	const char *path = option_value(inv, OPTION_OUTPUT);
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (!path) {
		error_set(&err, -EINVAL, "load needs -o FILE (mvx-replay help load)");
		return cannot(&err);
	}
	if (check_companions(path, &err) < 0 || source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = load_source(inv, source, path);
	source_close(source);
	return ret;
}
