/*
 * Writes a trace: frames, checksums, seek table, statistics (trace(5)).
 * One thread uses one writer.
 */
#pragma once

#include "base/error.h"
#include "schema/trace_format.h"
#include "schema/trace_record.h"

struct trace_writer;

/*
 * Creates `path` exclusively, mode 0600, O_CLOEXEC, takes a write lease on
 * nothing but holds an flock so that readers can tell "recording" from
 * "incomplete". *out is the caller's to close. Returns 0 or -errno.
 */
int trace_writer_open(struct trace_writer **out, const char *path, struct error *err);

/*
 * For what is derived from a trace: writes to a file that is there and empty
 * (fd stays the caller's; path is for messages), unlocked, with the feature
 * words of the trace the frames come from.
 */
int trace_writer_open_copy(struct trace_writer **out, int fd, const char *path,
			   struct trace_features features, struct error *err);

/*
 * Adds one record to the current frame; closes the frame when it is full, and
 * behind the header and every divergence. A caller that must not lose more
 * than a second's records calls trace_writer_flush once a second.
 * `record->step.step` and friends are written as they are: the caller numbers.
 * -EINVAL, -E2BIG: this record cannot be written, others can. -ENOSPC, -EIO
 * ...: the file is still a valid trace up to the last whole frame, and every
 * later call fails alike.
 */
int trace_writer_add(struct trace_writer *w, const struct trace_record *record, struct error *err);

/* Ends the current frame, if it has content, and writes it out. */
int trace_writer_flush(struct trace_writer *w, struct error *err);

/*
 * Adds a frame made elsewhere: its content, what of it is counted, and how it
 * is stored (empty: it is compressed here). Records added so far come before.
 */
int trace_writer_add_frame(struct trace_writer *w, struct trace_blob content,
			   struct trace_blob stored, const struct trace_frame_stat *counts,
			   struct error *err);

/* Bytes written to the file so far, frames not yet flushed excluded. */
uint64_t trace_writer_size(const struct trace_writer *w);

/* Flushes, writes statistics frame and seek table, closes. Accepts NULL. Frees w in any case. */
int trace_writer_close(struct trace_writer *w, struct error *err);

/* Frees w and closes the file as it is, as a crash would leave it. Accepts NULL. */
void trace_writer_abandon(struct trace_writer *w);
