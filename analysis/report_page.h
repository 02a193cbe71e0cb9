/* What the sections of a report share. */
#pragma once

#include "analysis/facts.h"
#include "analysis/html.h"
#include "analysis/report_watch.h"
#include "analysis/scan.h"
#include "analysis/summary.h"
#include "analysis/timeline.h"

/* bytes of a decoded call */
#define REPORT_CALL_BYTES 4096
/* bytes of a string in it */
#define REPORT_STRING_BYTES 96
/* bytes of "libc.so.6+0x2a1f0" */
#define REPORT_PLACE_BYTES 320
/* rows of a table that could have any number of them */
#define REPORT_ROWS 25

struct report_page {
	struct source *source;
	struct html *html;
	struct report_watch *watch;
	struct timeline timeline;
	struct summary *calls, *files; /* by system call, by file */
	struct facts facts;
	struct scan *lookup; /* single steps */
	struct error *err;
	int error; /* the first -errno of the trace while the page was written */
	char decoded[REPORT_CALL_BYTES];
};

/* ---- pieces ---- */

/* A step looked up again, valid until the next; NULL when it is not there (any more). */
const struct trace_step *report_step_find(struct report_page *p, uint64_t step);
/* The call as text: of one variant, as far as it took part. */
void report_add_call(struct report_page *p, const struct trace_step *step, unsigned variant);
void report_add_task(struct report_page *p, uint32_t task);
void report_add_duration(struct report_page *p, uint64_t ns);
/* "12 calls" */
void report_add_count(struct report_page *p, uint64_t count, const char *what);
/* <h2 or h3> with an id of ours. */
void report_add_heading(struct report_page *p, unsigned level, const char *id, const char *text);
/* The listed steps up to one as a table of calls; false, and nothing written, for none. */
bool report_add_steps(struct report_page *p, const struct report_steps *steps, uint64_t until);
/* The record of a divergence by its number, from `scan`; NULL when it is not there. */
const struct trace_divergence *report_divergence_find(struct report_page *p, struct scan *scan,
						      uint64_t number);

bool report_task_is_alive(const struct source_task *task, uint64_t time_ns);

/* ---- sections ---- */

/* All about one divergence: verdict to surroundings. */
void report_add_divergence(struct report_page *p, const struct report_divergence *at);
/* Variants side by side: calls, arguments, bytes, registers; and where in the code they are. */
void report_add_sides(struct report_page *p, const struct trace_divergence *d);
void report_add_places(struct report_page *p, const struct trace_divergence *d);
/* The last input before, and what of it is found again at the divergence. */
struct report_inputs;

struct report_inputs *report_inputs_read(struct report_page *p, const struct report_divergence *at,
					 const struct trace_divergence *d);
void report_inputs_destroy(struct report_inputs *in);
/* One sentence for the verdict, when there is one. */
void report_add_input_hint(struct report_page *p, const struct report_inputs *in);
void report_add_inputs(struct report_page *p, const struct report_inputs *in);
/* What may have caused it without anybody meaning harm. */
void report_add_causes(struct report_page *p, const struct report_divergence *at,
		       const struct trace_divergence *d);
/* Open files, peers, credentials, other tasks. */
void report_add_surroundings(struct report_page *p, const struct report_divergence *at,
			     const struct trace_divergence *d);

void report_add_overview(struct report_page *p);
/* Pictures: lanes of calls, delays of signals. */
void report_add_timeline(struct report_page *p);
void report_add_delays(struct report_page *p, const uint64_t delays[REPORT_DELAYS]);
/* A bar for a table: share from 0 to 1. */
void report_add_bar(struct report_page *p, double share);
/* Programs, hashes, build-ids, who recorded it where. */
void report_add_provenance(struct report_page *p);
