/*
 * What is said of a divergence, in the making: what each variant came to, as
 * text, where in its code, and the bytes that differ. For divergence.c and the
 * files named report_; the leader's thread.
 */
#pragma once

#include "monitor/compare.h"
#include "monitor/location.h"
#include "monitor/session.h"
#include "schema/decode_text.h"

struct symbols;

/* bytes of a decoded call, a sentence, a location */
#define SIDE_TEXT_BYTES     1024
#define SENTENCE_BYTES      2048
#define LOCATION_TEXT_BYTES 320
/* bytes recorded around the first difference */
#define EXCERPT_BYTES 64

/* The order of system calls is the leader's for all; that of locks in memory is each variant's own. */
#define RACE_TEXT                                                                            \
	"a race between threads, whose locks each variant takes in an order of its own (or " \
	"an attack on one of them)"

struct report {
	struct session *session;
	struct lane *lane;
	const struct rendezvous *r;
	const struct mismatch *m;
	uint64_t task_seq;
	uint32_t calls;   /* mask: stand before a call */
	uint32_t faults;  /* mask: raised a signal */
	uint32_t ends;    /* mask: gone */
	uint32_t foreign; /* mask: stand before a call of another ABI */
	uint32_t absent;  /* mask: did not come */
	int buf;          /* BUFFER: which of the captured ones; -1 for none */
	struct trace_divergence_side sides[LIMIT_VARIANTS];
	char text[LIMIT_VARIANTS][SIDE_TEXT_BYTES];
	char location[LIMIT_VARIANTS][LOCATION_TEXT_BYTES];
	struct symbols *symbols[LIMIT_VARIANTS];
	char *maps[LIMIT_VARIANTS];
	uint64_t frames[LIMIT_VARIANTS][LOCATION_FRAMES];
};

/* --- collecting --- */

/* Everything but task_seq; buf must be -1. `arrived` as in divergence_report. */
void report_collect(struct report *report, uint32_t arrived);
/* Frees it. */
void report_finish(struct report *report);
/* With its result, where each variant has made the call. */
bool report_is_made(const struct report *report);
/* A variant's own of the buffers that differ, or NULL. */
const struct capture_buf *report_side_buffer(const struct report *report, unsigned v);
/* At most `limit` of a variant's bytes, from `from` on; they are the slot's. */
struct trace_blob report_side_bytes(const struct report *report, unsigned v, uint64_t from,
				    size_t limit);
/* Do they differ in nothing but that one variant's memory ends where its bytes do? */
bool report_differs_in_fault(const struct report *report);
/* Offset of the first byte that is shown. */
uint64_t report_excerpt_start(const struct report *report);

/* --- words --- */

bool report_is_for_signal(const struct slot *slot);
void report_put_call_name(struct decode_text *t, int64_t nr);
/* "variant 1", "variants 0, 2" */
void report_put_variants(struct decode_text *t, uint32_t mask);
void report_put_timeout(struct decode_text *t, const struct report *report);
void report_put_end(struct decode_text *t, int status);
void report_put_fault(struct decode_text *t, const struct slot *slot);
void report_put_trap(struct decode_text *t, const struct slot *slot);
void report_put_foreign(struct decode_text *t, const struct slot *slot);
void report_put_signal(struct decode_text *t, const struct slot *slot);

/* --- sentences --- */

/* One sentence for the record. */
void report_put_summary(struct decode_text *t, const struct report *report);
/* Why the run ends, for the first line. */
void report_put_cause(struct decode_text *t, const struct report *report);
/* Do copies part in this way without an attacker, too, where they decide by what differs in them? */
bool report_may_be_benign(const struct report *report);
/* RACE_TEXT is to be said, too. */
bool report_may_be_race(const struct report *report);

/* --- telling --- */

/* A few readable lines on standard error. */
void report_tell(const struct report *report);
