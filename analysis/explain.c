/* The SQL that words become; see explain.h. */
#include "analysis/explain.h"

#include <inttypes.h>
#include <string.h>

/* columns of the text before a list of names goes on in the next line */
#define LINE_COLUMNS 90

/* A string as SQL has it. */
static void add_string(struct text *out, const char *text)
{
	text_add_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			text_add_char(out, '\'');
		text_add_char(out, *text);
	}
	text_add_char(out, '\'');
}

static bool has_bit(const uint64_t *bits, int nr)
{
	return bits[nr / 64] & UINT64_C(1) << nr % 64;
}

static const char *separator(size_t *line, const struct text *out, bool first)
{
	if (first || out->length - *line < LINE_COLUMNS)
		return first ? "" : ", ";
	*line = out->length;
	return ",\n      ";
}

/* The names of calls, or of all others when those are fewer. */
static void add_names(struct text *out, const struct call_filter *filter,
		      const struct source *source)
{
	size_t named = 0, wanted = 0, line = out->length;
	bool others, first = true;

	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		named += source_syscall_name(source, nr) != NULL;
		wanted += source_syscall_name(source, nr) && has_bit(filter->syscalls, nr);
	}
	others = wanted > named / 2;
	text_add(out, others ? "name NOT IN (" : "name IN (");
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const char *name = source_syscall_name(source, nr);

		if (!name || has_bit(filter->syscalls, nr) == others)
			continue;
		text_add(out, separator(&line, out, first));
		add_string(out, name);
		first = false;
	}
	text_add_char(out, ')');
}

/* One term of the WHERE clause. */
static struct text *add_term(struct text *out, bool *any)
{
	text_add(out, *any ? "\n  AND " : "\nWHERE ");
	*any = true;
	return out;
}

static void add_filter(struct text *out, const struct call_filter *filter,
		       const struct source *source, bool *any)
{
	if (filter->by_name)
		add_names(add_term(out, any), filter, source);
	if (filter->failed_only)
		text_add(add_term(out, any), "errno IS NOT NULL");
	if (filter->successful_only)
		text_add(add_term(out, any), "errno IS NULL");
	if (filter->path) {
		text_add(add_term(out, any), "has_path(step, ");
		add_string(out, filter->path);
		text_add_char(out, ')');
	}
	if (filter->where)
		text_printf(add_term(out, any), "(%s\n  )", filter->where_sql);
}

static void add_span(struct text *out, const char *column, uint64_t first, uint64_t last)
{
	if (first == last)
		text_printf(out, "%s = %" PRIu64, column, first);
	else if (last > INT64_MAX)
		text_printf(out, "%s >= %" PRIu64, column, first);
	else
		text_printf(out, "%s BETWEEN %" PRIu64 " AND %" PRIu64, column, first, last);
}

static void add_position(struct text *out, const struct position *p, uint64_t before,
			 uint64_t after)
{
	uint64_t first = p->first > before ? p->first - before : 0;
	uint64_t last = p->last > UINT64_MAX - after ? UINT64_MAX : p->last + after;

	switch (p->kind) {
	case POSITION_STEPS:
	case POSITION_DIVERGENCE: /* resolved: its step */
		add_span(out, "step", first, last);
		break;
	case POSITION_TASK:
		text_add(out, "task = ");
		add_string(out, p->label);
		if (!first && last == UINT64_MAX)
			break;
		text_add(out, " AND ");
		add_span(out, "task_seq", first, last);
		break;
	case POSITION_TIME: add_span(out, "time_ns", p->first, p->last); break;
	}
	if (p->variant >= 0)
		text_printf(out, " AND instr(',' || variants || ',', ',%d,')", p->variant);
}

void selection_explain(struct text *out, const struct selection *s, const struct source *source)
{
	bool any = false;

	text_add(out, "SELECT step, task, text FROM v_step");
	if (s->n_positions)
		add_term(out, &any);
	for (size_t i = 0; i < s->n_positions; i++) {
		text_add(out, i ? "\n    OR " : s->n_positions > 1 ? "(" : "");
		add_position(out, &s->positions[i], s->before, s->after);
	}
	text_add(out, s->n_positions > 1 ? ")" : "");
	add_filter(out, &s->filter, source, &any);
	text_add(out, "\nORDER BY step\n");
}
