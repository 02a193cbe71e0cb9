/* mvx-replay diff */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/diff.h"
#include "base/cleanup.h"
#include "replay/canon_options.h"
#include "replay/common.h"
#include "replay/ruled.h"
#include "replay/selected.h"

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

enum { SEVERITY, CHANGE, FINDING, PLACES, TASK, STEP_A, STEP_B, TEXT_A, TEXT_B, COLUMNS };

static const char *const columns[COLUMNS] = {
	[SEVERITY] = "severity", [CHANGE] = "change", [FINDING] = "finding",
	[PLACES] = "places",     [TASK] = "task",     [STEP_A] = "step_a",
	[STEP_B] = "step_b",     [TEXT_A] = "text_a", [TEXT_B] = "text_b",
};

static struct cell text_cell(const char *text)
{
	return (struct cell){ .type = text ? CELL_TEXT : CELL_NULL,
			      .data = text,
			      .length = text ? strlen(text) : 0 };
}

static struct cell step_cell(const struct diff_finding *f, enum diff_side side)
{
	return (struct cell){ .type = f->text[side] ? CELL_INTEGER : CELL_NULL,
			      .integer = (int64_t)f->step[side] };
}

static int put_row(struct output *output, const struct diff_finding *f)
{
	cleanup_text struct text a = { 0 }, b = { 0 };
	struct cell cells[COLUMNS] = {
		[SEVERITY] = text_cell(canon_weight_names[f->weight]),
		[CHANGE] = text_cell(diff_change_names[f->change]),
		[FINDING] = text_cell(f->sentence),
		[PLACES] = { .type = CELL_INTEGER, .integer = (int64_t)f->places },
		[TASK] = text_cell(f->label),
		[STEP_A] = step_cell(f, DIFF_A),
		[STEP_B] = step_cell(f, DIFF_B),
	};

	if (f->text[DIFF_A])
		canon_text_put(&a, f->text[DIFF_A]);
	if (f->text[DIFF_B])
		canon_text_put(&b, f->text[DIFF_B]);
	cells[TEXT_A] = text_cell(f->text[DIFF_A] ? text_get(&a) : NULL);
	cells[TEXT_B] = text_cell(f->text[DIFF_B] ? text_get(&b) : NULL);
	return output_row(output, cells);
}

/* What a rule did is a row, too: whoever reads the rows shall know what is not among them. */
static int put_rule(struct output *output, const struct rules *rules, const struct rule *rule)
{
	cleanup_text struct text sentence = { 0 };
	struct cell cells[COLUMNS] = {
		[SEVERITY] = text_cell("none"),
		[CHANGE] = text_cell("rule"),
		[PLACES] = { .type = CELL_INTEGER, .integer = (int64_t)rule->hits },
	};

	rule_put(&sentence, rules, rule);
	cells[FINDING] = text_cell(text_get(&sentence));
	return output_row(output, cells);
}

static int print_rows(const struct output_options *options, const struct diff *d,
		      const struct rules *rules)
{
	struct output *output = output_create(stdout, options, columns, COLUMNS);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < d->count; i++)
		ret = put_row(output, &d->findings[i]);
	for (size_t i = 0; ret == 0 && i < rules->count; i++)
		ret = put_rule(output, rules, &rules->at[i]);
	if (ret == 0)
		ret = output_end(output);
	output_destroy(output);
	return ret;
}

/* ---- for eyes ---- */

static void add_color(struct text *out, bool color, const char *code)
{
	if (color)
		text_add(out, code);
}

static void add_side(struct text *out, const struct diff_finding *f, enum diff_side side,
		     bool color)
{
	if (f->text[side]) {
		add_color(out, color, side == DIFF_A ? RED : GREEN);
		text_printf(out, "  %c #%" PRIu64 " %s ", side == DIFF_A ? '-' : '+', f->step[side],
			    f->label);
		canon_text_put(out, f->text[side]);
	} else if (f->step[side]) {
		text_printf(out, "  %c nothing after #%" PRIu64, side == DIFF_A ? '-' : '+',
			    f->step[side]);
	} else {
		return;
	}
	add_color(out, color && f->text[side], PLAIN);
	text_add_char(out, '\n');
}

static int print_finding(const struct diff_finding *f, bool color)
{
	enum diff_side first = f->text[DIFF_A] ? DIFF_A : DIFF_B;
	cleanup_text struct text line = { 0 };

	add_color(&line, color, BOLD);
	text_printf(&line, "%s: ", canon_weight_names[f->weight]);
	text_add(&line, f->sentence);
	add_color(&line, color, PLAIN);
	if (f->places > 1)
		text_printf(&line, ", %" PRIu64 " places, first at #%" PRIu64, f->places,
			    f->step[first]);
	text_add_char(&line, '\n');
	add_side(&line, f, DIFF_A, color);
	add_side(&line, f, DIFF_B, color);
	return fwrite(text_get(&line), 1, line.length, stdout) == line.length ? 0 : -errno;
}

/* "--- run.mvx: ls -l, 120 records in 1 task" */
static void add_heading(struct text *out, const char *mark, struct source *source, uint64_t records,
			uint64_t tasks)
{
	const struct source_variant *variants;

	text_printf(out, "%s ", mark);
	text_add_foreign(out, source_path(source));
	if (source_variants(source, &variants, NULL) == 0 && variants[0].command_line) {
		text_add(out, ": ");
		text_add_foreign(out, variants[0].command_line);
	}
	text_printf(out, ", %" PRIu64 " record%s in %" PRIu64 " task%s\n", records,
		    records == 1 ? "" : "s", tasks, tasks == 1 ? "" : "s");
}

static void add_counts(struct text *out, const struct diff *d)
{
	uint64_t counts[CANON_WEIGHTS] = { 0 };
	const char *separator = ": ";

	for (size_t i = 0; i < d->count; i++)
		counts[d->findings[i].weight]++;
	text_printf(out, "%zu finding%s", d->count, d->count == 1 ? "" : "s");
	for (int w = CANON_WEIGHTS - 1; w >= 0; w--) {
		if (!counts[w])
			continue;
		text_printf(out, "%s%" PRIu64 " %s", separator, counts[w], canon_weight_names[w]);
		separator = ", ";
	}
}

static void add_rules(struct text *out, const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		text_add(out, "rule ");
		rule_put(out, rules, &rules->at[i]);
		text_add_char(out, '\n');
	}
}

static int print_text(struct source *const sources[], const struct diff *d,
		      const struct rules *rules, enum canon_level level, bool color)
{
	cleanup_text struct text head = { 0 }, tail = { 0 };
	int ret = 0;

	add_rules(&tail, rules);
	if (d->count) {
		add_heading(&head, "--- A", sources[DIFF_A], d->records[DIFF_A], d->tasks[DIFF_A]);
		add_heading(&head, "+++ B", sources[DIFF_B], d->records[DIFF_B], d->tasks[DIFF_B]);
		add_counts(&tail, d);
	} else {
		text_printf(&tail, "same: %" PRIu64 " record%s in %" PRIu64 " task%s",
			    d->records[DIFF_A], d->records[DIFF_A] == 1 ? "" : "s",
			    d->tasks[DIFF_A], d->tasks[DIFF_A] == 1 ? "" : "s");
	}
	text_printf(&tail, " (level %s)\n", canon_level_names[level]);
	errno = 0;
	if (fwrite(text_get(&head), 1, head.length, stdout) != head.length)
		ret = -errno;
	for (size_t i = 0; ret == 0 && i < d->count; i++)
		ret = print_finding(&d->findings[i], color);
	if (ret == 0 && fwrite(text_get(&tail), 1, tail.length, stdout) != tail.length)
		ret = -errno;
	return ret;
}

static void say_limits(const struct diff *d)
{
	if (d->gave_up)
		say("the traces have so little in common that the search for a shortest list of "
		    "differences was given up: there may be a shorter one");
	if (d->untold)
		say("%" PRIu64 " more records differ: too many to tell them all", d->untold);
}

static int answer(const struct invocation *inv, struct source *const sources[],
		  const struct diff *d, const struct rules *rules, enum canon_level level)
{
	struct output_options options = { 0 };
	struct error err = { 0 };
	int status = d->count || d->untold ? EXIT_NO : EXIT_YES, gap, ret;

	if (output_options_get(&options, inv, &err) < 0)
		return cannot(&err);
	ret = option_value(inv, OPTION_FORMAT) ?
		      print_rows(&options, d, rules) :
		      print_text(sources, d, rules, level, options.color);
	if (ret < 0) {
		error_set(&err, ret, "cannot write standard output: %s", strerror(-ret));
		return finish_failed(&err, true);
	}
	say_limits(d);
	gap = finish_answer(inv, sources[DIFF_A], status);
	ret = finish_answer(inv, sources[DIFF_B], status);
	return gap == status ? ret : gap;
}

static int compare(const struct invocation *inv, struct source *const sources[],
		   struct diff_options *options, struct call_filter *filters, struct rules *rules)
{
	struct error err = { 0 };
	struct diff d = { 0 };
	int ret;

	if (canon_level_get(&options->level, inv, &err) < 0 || rules_get(rules, inv, &err) < 0)
		return cannot(&err);
	for (size_t side = 0; side < DIFF_SIDES; side++) {
		if (filter_get(&filters[side], inv, sources[side], &err) < 0 ||
		    rules_view_get(&options->views[side], rules, sources[side], &err) < 0)
			return cannot(&err);
		options->filters[side] = &filters[side];
	}
	if (diff_run(&d, sources, options, &err) < 0)
		ret = cannot(&err);
	else
		ret = answer(inv, sources, &d, rules, options->level);
	diff_finish(&d);
	return ret;
}

static int diff_sources(const struct invocation *inv, struct source *const sources[])
{
	struct call_filter filters[DIFF_SIDES] = { 0 };
	struct diff_options options = { 0 };
	cleanup_rules struct rules rules = { 0 };
	int ret = compare(inv, sources, &options, filters, &rules);

	for (size_t side = 0; side < DIFF_SIDES; side++) {
		rules_view_destroy(options.views[side]);
		call_filter_finish(&filters[side]);
	}
	return ret;
}

int command_diff(const struct invocation *inv)
{
	struct source *sources[DIFF_SIDES] = { NULL };
	struct error err = { 0 };
	int ret = EXIT_CANNOT;

	if (source_open(&sources[DIFF_A], inv->operands[0], &err) < 0 ||
	    source_open(&sources[DIFF_B], inv->operands[1], &err) < 0)
		cannot(&err);
	else
		ret = diff_sources(inv, sources);
	source_close(sources[DIFF_A]);
	source_close(sources[DIFF_B]);
	return ret;
}
