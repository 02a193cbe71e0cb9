/* mvx-replay slice */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "analysis/slice.h"
#include "analysis/text.h"
#include "replay/common.h"
#include "replay/derive.h"
#include "replay/selected.h"

struct slicing {
	const struct invocation *inv;
	struct selection selection;
	struct slice_result result;
};

/* The words that chose: positions, filters, context. */
static void put_words(struct text *out, const struct invocation *inv)
{
	for (size_t i = 1; i < inv->n_operands; i++) {
		text_add(out, out->length ? " " : "");
		text_add(out, inv->operands[i]);
	}
	for (size_t i = 0; i < inv->n_uses; i++) {
		const struct cli_option *option = &option_defs[inv->uses[i].id];

		if (!option->letter || strchr("fho", option->letter))
			continue;
		text_printf(out, "%s-%c", out->length ? " " : "", option->letter);
		if (inv->uses[i].value)
			text_printf(out, " %s", inv->uses[i].value);
	}
	if (!out->length)
		text_add(out, "all");
}

static int write_slice(void *data, struct source *source, uint64_t of_hash,
		       struct trace_writer *writer, bool *none, struct error *err)
{
	struct slicing *s = data;
	cleanup_text struct text words = { 0 };
	int ret;

	put_words(&words, s->inv);
	ret = slice_write(source, &s->selection, text_get(&words), of_hash, writer, &s->result,
			  err);
	*none = !s->result.steps;
	return ret;
}

/* Without other variants a step is not what was recorded. */
static int refuse_variants(const struct selection *selection, struct error *err)
{
	for (size_t i = 0; i < selection->n_positions; i++)
		if (selection->positions[i].variant >= 0)
			return error_set(err, -EINVAL,
					 "a slice has all variants of a step: no .v in positions");
	return 0;
}

static void tell(const struct slicing *s)
{
	const struct slice_result *r = &s->result;

	if (!r->steps) {
		say("%s has no such step", s->inv->operands[0]);
		return;
	}
	say("%s: %" PRIu64 " step%s from #%" PRIu64 " to #%" PRIu64 ", and %" PRIu64
	    " that made what was open, mapped and entered then",
	    option_value(s->inv, OPTION_OUTPUT), r->steps, r->steps == 1 ? "" : "s", r->first_step,
	    r->last_step, r->prologue);
	if (!r->complete)
		say("more was open or mapped than is followed: a name may be missing");
}

static int slice_source(struct slicing *s, struct source *source)
{
	struct derive_job job = { write_slice, s };
	struct context context;
	struct error err = { 0 };
	int ret = selection_get(&s->selection, s->inv, source, 1, &err);

	if (ret != EXIT_YES)
		return ret;
	if (context_get(&context, s->inv, &err) < 0 || refuse_variants(&s->selection, &err) < 0)
		return cannot(&err);
	s->selection.before = context.before;
	s->selection.after = context.after;
	ret = derive_trace(s->inv, source, &job);
	if (ret == EXIT_CANNOT)
		return ret;
	tell(s);
	return finish_answer(s->inv, source, ret);
}

int command_slice(const struct invocation *inv)
{
	struct slicing s = { .inv = inv };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (source_open(&source, inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = slice_source(&s, source);
	selection_finish(&s.selection);
	source_close(source);
	return ret;
}
