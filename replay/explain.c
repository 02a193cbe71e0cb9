/* What a command would choose, as SQL; see explain.h. */
#include "replay/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analysis/explain.h"
#include "replay/common.h"
#include "replay/selected.h"

/* The number of TRACE among the operands: words before it that are no options. */
static size_t trace_operand(const struct command *command)
{
	const char *at = command->arguments;
	size_t number = 0;

	while (*at && strncmp(at, "TRACE", 5) != 0) {
		size_t length = strcspn(at, " ");

		number += at[0] != '-';
		at += length + (at[length] == ' ');
	}
	return number;
}

/* Those of show count steps around its positions. */
static int get_context(const struct invocation *inv, struct selection *selection, struct error *err)
{
	struct context context;
	int ret = context_get(&context, inv, err);

	if (ret == 0 && selection->n_positions) {
		selection->before = context.before;
		selection->after = context.after;
	}
	return ret;
}

static int explain_source(const struct invocation *inv, struct source *source,
			  struct selection *selection, size_t first)
{
	cleanup_text struct text sql = { 0 };
	struct error err = { 0 };
	int ret = selection_get(selection, inv, source, first, &err);

	if (ret == EXIT_CANNOT)
		return ret;
	if (ret == EXIT_NO)
		return finish_answer(inv, source, ret);
	if (get_context(inv, selection, &err) < 0)
		return cannot(&err);
	selection_explain(&sql, selection, source);
	fputs(text_get(&sql), stdout);
	return finish_answer(inv, NULL, EXIT_YES);
}

int explain(const struct invocation *inv)
{
	size_t trace = trace_operand(inv->command);
	struct selection selection = { 0 };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (inv->n_operands <= trace) {
		error_set(&err, -EINVAL, "--explain needs TRACE, whose names it uses");
		return cannot(&err);
	}
	if (source_open(&source, inv->operands[trace], &err) < 0)
		return cannot(&err);
	ret = explain_source(inv, source, &selection, trace + 1);
	selection_finish(&selection);
	source_close(source);
	return ret;
}
