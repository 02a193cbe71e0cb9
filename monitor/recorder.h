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
 * `options` stay the caller's until recorder_stop. `n_rings` is 1 to
 * LIMIT_VARIANTS.
 */
int recorder_start(struct recorder **out, const char *path, const struct options *options,
		   unsigned n_rings, struct error *err);

/* The same with rings of another size: a power of two, at least 1 KiB. For tests. */
int recorder_start_sized(struct recorder **out, const char *path, const struct options *options,
			 unsigned n_rings, size_t ring_bytes, struct error *err);

/*
 * Hands over one record, copied. `ring` is the calling thread's own (the
 * variant number). Waits only while the ring is full, and for HEADER,
 * VARIANT_START and DIVERGENCE until they are with the writer. Step numbers
 * are given by the recorder's thread, and the `step` of SIGNAL, TRAP and
 * DIVERGENCE with them: a divergence gets the last step of its own ring, so
 * that step is added just before it.
 *
 * --payload is applied here, to what calls read and write. Paths, names and
 * fixed structures (stat, sigset ...) are kept whole.
 *
 * Once writing has failed, records are dropped.
 */
void recorder_add(struct recorder *r, unsigned ring, const struct trace_record *record);

/* Everything added so far is in the file when this returns (a divergence). */
void recorder_sync(struct recorder *r);

/* Writing has failed, or a record could not be written: the message, else NULL. Valid until stop. */
const char *recorder_failure(struct recorder *r);

/*
 * Ends the thread after the last record; adds the End record from *end (its
 * totals filled in) and closes the trace. Accepts NULL. Frees r. Returns what
 * recorder_failure tells, too. No other thread may be adding.
 */
int recorder_stop(struct recorder *r, struct trace_end *end, struct error *err);
