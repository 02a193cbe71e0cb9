/*
 * A run as one page of HTML for people: what happened at each divergence and
 * why it may have, then the run at a glance. No scripts, nothing loaded from
 * anywhere, bounded in size: one walk over the trace, then single steps of it.
 */
#pragma once

#include <stdio.h>

#include "analysis/export.h"
#include "analysis/source.h"

struct report_options {
	export_progress *progress; /* NULL for none; of steps */
	void *data;
};

/* -errno of the trace or of the stream, told apart by *stream_failed. */
int report_run(struct source *source, const struct report_options *options, FILE *stream,
	       bool *stream_failed, struct error *err);

/* analysis/report.css, and its hash as a Content-Security-Policy has it: 'sha256-...' */
extern const char report_style[];
extern const char report_style_hash[];
