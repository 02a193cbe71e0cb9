/* How a record looks as a line of text. */
#pragma once

#include "analysis/show.h"
#include "analysis/text.h"

struct show_text;

/* Source and options must outlive it. */
struct show_text *show_text_create(struct source *source, const struct show_options *options);
void show_text_destroy(struct show_text *s);

/*
 * `#12 P0.T0 close(3) = 0`, one line for each variant the options ask for, or
 * for `variant` alone when it is not negative.
 */
void show_text_step(struct show_text *s, const struct trace_step *step, int variant,
		    struct text *out);
/* What one variant came to at a divergence: its call, or what happened instead. */
void show_text_side(const struct source *source, const struct trace_divergence_side *side,
		    struct text *out);
/* What came with a signal, as strace prints it. `name` is the signal's. */
void show_text_siginfo(const struct trace_signal *signal, const char *name, struct text *out);
/* Any other record; `number` is a divergence's. Nothing for those without a line. */
void show_text_event(struct show_text *s, const struct trace_record *record, uint64_t number,
		     struct text *out);
