/* mvx-replay check */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/golden.h"
#include "base/alloc.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "replay/check_report.h"
#include "replay/common.h"
#include "replay/derived.h"
#include "replay/ruled.h"

#define GOLDEN_SUFFIX ".golden"
#define NEW_SUFFIX    ".golden.new"

struct check {
	const struct invocation *inv;
	const char *folder;
	struct rules rules;
	struct check_results results;
	bool cannot, gap;
};

static bool ends_with(const char *text, size_t length, const char *suffix)
{
	size_t n = strlen(suffix);

	return length > n && memcmp(text + length - n, suffix, n) == 0;
}

/* runs/ls.mvx.zst is called ls. The caller frees it. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = alloc_string(slash ? slash + 1 : path);

	if (ends_with(name, strlen(name), ".zst"))
		name[strlen(name) - 4] = '\0';
	if (ends_with(name, strlen(name), ".mvx"))
		name[strlen(name) - 4] = '\0';
	return name;
}

static void put_path(struct text *out, const char *folder, const char *name, const char *suffix)
{
	text_add(out, folder);
	text_add_char(out, '/');
	text_add(out, name);
	text_add(out, suffix);
}

static void add_failure(struct check *c, const char *name, const struct error *err)
{
	cleanup_text struct text reason = { 0 };

	text_add_foreign(&reason, err->message);
	check_results_add(&c->results, CHECK_FAILED, name, text_get(&reason), NULL);
	c->cannot = true;
}

/* ---- one trace ---- */

/* Writes or, when it is not needed, removes the new golden. */
static int update(const struct check *c, const char *name, struct source *source,
		  const struct golden *run, bool needed, struct error *err)
{
	cleanup_text struct text path = { 0 };
	cleanup_derived struct derived file = { .fd = -1 };
	int ret;

	put_path(&path, c->folder, name, NEW_SUFFIX);
	if (!needed) {
		unlink(text_get(&path));
		return 0;
	}
	ret = derived_open(&file, text_get(&path), source_path(source), true, err);
	if (ret == 0)
		ret = golden_write(run, source, file.fd, err);
	return ret == 0 ? derived_commit(&file, err) : ret;
}

/* The outcome of comparing; a missing golden is one, too. */
static int judge(struct check *c, const char *name, const struct golden *run, bool *same,
		 struct error *err)
{
	cleanup_golden struct golden golden = { 0 };
	cleanup_text struct text path = { 0 }, details = { 0 }, reason = { 0 };
	bool ci = has_option(c->inv, OPTION_CI);
	size_t differing;
	int ret;

	*same = false;
	put_path(&path, c->folder, name, GOLDEN_SUFFIX);
	ret = golden_read(&golden, text_get(&path), err);
	if (ret == -ENOENT) {
		check_results_add(&c->results, ci ? CHECK_FAILED : CHECK_SKIPPED, name,
				  "there is no golden yet: --update writes one", NULL);
		return 0;
	}
	if (ret < 0)
		return ret;
	if (golden.version != CANON_VERSION) {
		text_printf(&reason, "the golden has canonical form %u, this program makes %d",
			    golden.version, CANON_VERSION);
		check_results_add(&c->results, CHECK_FAILED, name, text_get(&reason), NULL);
		return 0;
	}
	differing = golden_compare(&golden, run, &details);
	*same = !differing;
	text_printf(&reason, "%zu line%s not as in the golden%s", differing,
		    differing == 1 ? " is" : "s are",
		    golden.rules == run->rules ? "" : ", which was made with other rules");
	check_results_add(&c->results, *same ? CHECK_PASSED : CHECK_FAILED, name,
			  *same ? NULL : text_get(&reason), *same ? NULL : text_get(&details));
	return 0;
}

static int make_golden(struct check *c, struct golden *run, struct source *source,
		       struct error *err)
{
	struct rules_view *view;
	int ret = rules_view_get(&view, &c->rules, source, err);

	if (ret == 0)
		ret = golden_make(run, source, &c->rules, view, err);
	rules_view_destroy(view);
	return ret;
}

static int check_source(struct check *c, const char *name, struct source *source, struct error *err)
{
	cleanup_golden struct golden run = { 0 };
	char gap[1024];
	bool same = false;
	int ret = make_golden(c, &run, source, err);

	if (ret < 0)
		return ret;
	if (source_gap_describe(source, gap, sizeof(gap)) &&
	    !has_option(c->inv, OPTION_ALLOW_INCOMPLETE)) {
		say("%s", gap);
		c->gap = true;
	}
	ret = judge(c, name, &run, &same, err);
	if (ret == 0 && has_option(c->inv, OPTION_UPDATE))
		ret = update(c, name, source, &run, !same, err);
	return ret;
}

static void check_trace(struct check *c, const char *path)
{
	cleanup_free char *name = name_of(path);
	struct source *source = NULL;
	struct error err = { 0 };

	for (size_t i = 0; i < c->results.count; i++) {
		if (strcmp(c->results.at[i].name, name) == 0) {
			error_set(&err, -EINVAL, "two traces are called %s", name);
			add_failure(c, name, &err);
			return;
		}
	}
	if (source_open(&source, path, &err) < 0 || check_source(c, name, source, &err) < 0)
		add_failure(c, name, &err);
	source_close(source);
}

/* ---- the folder ---- */

static bool has_result(const struct check *c, const char *name, size_t length)
{
	for (size_t i = 0; i < c->results.count; i++)
		if (strlen(c->results.at[i].name) == length &&
		    memcmp(c->results.at[i].name, name, length) == 0)
			return true;
	return false;
}

static int accept_one(const struct check *c, const char *name, struct error *err)
{
	cleanup_text struct text from = { 0 }, to = { 0 }, line = { 0 };

	put_path(&from, c->folder, name, NEW_SUFFIX);
	put_path(&to, c->folder, name, GOLDEN_SUFFIX);
	if (rename(text_get(&from), text_get(&to)))
		return error_set(err, -errno, "cannot rename %s: %s", text_get(&from),
				 strerror(errno));
	text_add(&line, "accepted ");
	text_add_foreign(&line, text_get(&to));
	puts(text_get(&line));
	return 0;
}

/* Calls `each` with the names of all files that have the suffix. */
static int walk_folder(struct check *c, const char *suffix,
		       int (*each)(struct check *c, const char *name, struct error *err),
		       struct error *err)
{
	DIR *folder;
	struct dirent *entry;
	int ret = 0;

	CHECK(c->folder); /* check_words has seen to that */
	folder = opendir(c->folder);
	if (!folder)
		return error_set(err, -errno, "cannot open %s: %s", c->folder, strerror(errno));
	while (ret == 0 && (entry = readdir(folder))) {
		size_t length = strlen(entry->d_name);

		if (!ends_with(entry->d_name, length, suffix))
			continue;
		entry->d_name[length - strlen(suffix)] = '\0';
		ret = each(c, entry->d_name, err);
	}
	closedir(folder);
	return ret;
}

static int accept_each(struct check *c, const char *name, struct error *err)
{
	return accept_one(c, name, err);
}

static int find_stale(struct check *c, const char *name, struct error *err)
{
	(void)err;
	if (!has_result(c, name, strlen(name)))
		check_results_add(&c->results, CHECK_FAILED, name,
				  "there is a golden and no trace of that name", NULL);
	return 0;
}

static int accept_all(struct check *c)
{
	struct error err = { 0 };
	int ret = 0;

	if (!c->inv->n_operands)
		ret = walk_folder(c, NEW_SUFFIX, accept_each, &err);
	for (size_t i = 0; ret == 0 && i < c->inv->n_operands; i++) {
		cleanup_free char *name = name_of(c->inv->operands[i]);

		ret = accept_one(c, name, &err);
	}
	return ret < 0 ? cannot(&err) : finish_answer(c->inv, NULL, EXIT_YES);
}

static int check_all(struct check *c, enum check_form form)
{
	struct error err = { 0 };
	int ret = 0, status;

	for (size_t i = 0; i < c->inv->n_operands; i++)
		check_trace(c, c->inv->operands[i]);
	if (has_option(c->inv, OPTION_CI))
		ret = walk_folder(c, GOLDEN_SUFFIX, find_stale, &err);
	if (ret < 0)
		return cannot(&err);
	check_report(&c->results, &c->rules, form, stdout);
	status = c->cannot                         ? EXIT_CANNOT :
		 c->results.outcomes[CHECK_FAILED] ? EXIT_NO :
		 c->gap                            ? EXIT_GAP :
						     EXIT_YES;
	return finish_answer(c->inv, NULL, status);
}

static int get_form(enum check_form *out, const struct invocation *inv, struct error *err)
{
	const char *value = option_value(inv, OPTION_REPORT);

	*out = CHECK_TEXT;
	for (size_t i = 0; value && i < CHECK_FORMS; i++) {
		if (strcmp(value, check_form_names[i]) == 0) {
			*out = (enum check_form)i;
			return 0;
		}
	}
	return value ? error_set(err, -EINVAL,
				 "--report: text, json, markdown, junit, tap or github, not %s",
				 value) :
		       0;
}

static int check_words(const struct invocation *inv, struct error *err)
{
	bool accept = has_option(inv, OPTION_ACCEPT), updates = has_option(inv, OPTION_UPDATE);

	if (!option_value(inv, OPTION_GOLDEN))
		return error_set(err, -EINVAL, "check needs --golden FOLDER");
	if (!accept && !inv->n_operands)
		return error_set(err, -EINVAL, "check needs a TRACE");
	if (accept + updates + has_option(inv, OPTION_CI) > 1)
		return error_set(err, -EINVAL, "only one of --update, --accept and --ci");
	return 0;
}

int command_check(const struct invocation *inv)
{
	struct check c = { .inv = inv };
	struct error err = { 0 };
	enum check_form form;
	int ret;

	if (check_words(inv, &err) < 0 || get_form(&form, inv, &err) < 0)
		return cannot(&err);
	c.folder = option_value(inv, OPTION_GOLDEN);
	if (rules_get(&c.rules, inv, &err) < 0) {
		rules_finish(&c.rules);
		return cannot(&err);
	}
	ret = has_option(inv, OPTION_ACCEPT) ? accept_all(&c) : check_all(&c, form);
	check_results_finish(&c.results);
	rules_finish(&c.rules);
	return ret;
}
