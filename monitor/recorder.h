/*
 * The recorder: its own thread, reading one bounded ring a tracer thread. What
 * the tracers hand it is complete; it numbers, packs, compresses and writes.
 * A slow disk slows the variants down at the full ring; no record is lost.
 */
#pragma once

#include "base/error.h"
#include "monitor/options.h"
#include "schema/trace_record.h"

struct recorder;

/*
 * Opens the trace and starts the thread. `path` NULL: no trace, and every
 * function accepts a NULL recorder. -errno and a sentence on failure.
 */
int recorder_start(struct recorder **out, const char *path, const struct options *options,
		   unsigned n_rings, struct error *err);

/*
 * Hands over one record, copied. `ring` is the calling thread's own (the
 * variant number). Waits only while the ring is full. Step numbers are given
 * by the recorder's thread.
 */
void recorder_add(struct recorder *r, unsigned ring, const struct trace_record *record);

/* Everything added so far is in the file when this returns (a divergence). */
void recorder_sync(struct recorder *r);

/* Writing has failed: the message, else NULL. */
const char *recorder_failure(struct recorder *r);

/*
 * Ends the thread after the last record; adds the End record from *end (its
 * totals filled in) and closes the trace. Accepts NULL. Frees r.
 */
int recorder_stop(struct recorder *r, struct trace_end *end, struct error *err);

/* XXH3 of bytes that are not stored whole; what a buffer becomes under --payload. */
void recorder_apply_payload(const struct options *options, struct trace_buf *buf);
