/*
 * Reads a trace and believes nothing in it. Every length meets a limit before
 * malloc; a damaged frame costs that frame and is reported as a hole.
 */
#pragma once

#include "base/error.h"
#include "schema/trace_format.h"
#include "schema/trace_record.h"

struct trace_reader;

enum trace_state {
	TRACE_COMPLETE,   /* an End record and a seek table */
	TRACE_INCOMPLETE, /* the end is missing: crash, kill -9, cut */
	TRACE_RECORDING,  /* its writer lives */
};

/* What is missing: a damaged frame, a damaged record in it, or a damaged index. */
struct trace_hole {
	uint64_t offset; /* in the file; of the frame, for a record */
	uint64_t bytes;  /* of the file that could not be read, or not fully */
	char reason[160];
};

/*
 * Opens a file (never a directory or a device). -EINVAL with a sentence for
 * what is not a trace; -ENOTSUP naming the bit for an unknown incompatible
 * feature. *out is the caller's to close.
 */
int trace_reader_open(struct trace_reader **out, const char *path, struct error *err);
/* The same over bytes in memory, which stay the caller's: fuzzing and tests. */
int trace_reader_open_memory(struct trace_reader **out, const void *data, size_t length,
			     struct error *err);
void trace_reader_close(struct trace_reader *r);

/*
 * The next record: 1, or 0 at the end, or -errno when nothing more can be
 * read. Damaged frames are skipped and remembered as holes. *out and all it
 * points to are valid until the next call on r.
 */
int trace_reader_next(struct trace_reader *r, struct trace_record *out, struct error *err);

/*
 * Go to the first record, to a frame by index (-ERANGE beyond the last), or to
 * the first frame that can hold a step (the end, when none can). The last one
 * must count through the frames of a trace without statistics, once.
 */
int trace_reader_rewind(struct trace_reader *r, struct error *err);
int trace_reader_seek_frame(struct trace_reader *r, size_t frame, struct error *err);
int trace_reader_seek_step(struct trace_reader *r, uint64_t step, struct error *err);

/*
 * Looks again at a file that is being written: the frames it has got since, and
 * whether it is complete now, or its writer is gone. For whoever has read all
 * there was. With `like` (NULL for none), another reader of the same file, just
 * what that one has seen. -errno when the file cannot be looked at.
 */
int trace_reader_refresh(struct trace_reader *r, const struct trace_reader *like,
			 struct error *err);

/* The header record, read at open; NULL when the first frame is damaged. Valid until close. */
const struct trace_header *trace_reader_header(const struct trace_reader *r);
/* The End record, if the trace is complete; NULL otherwise. Valid until close. */
const struct trace_end *trace_reader_end(struct trace_reader *r);

enum trace_state trace_reader_state(const struct trace_reader *r);
const struct trace_frame_stat *trace_reader_frames(const struct trace_reader *r, size_t *count);
/* The frame whose records trace_reader_next is giving out now. */
size_t trace_reader_frame(const struct trace_reader *r);
/* Holes met so far; a full pass meets all. */
const struct trace_hole *trace_reader_holes(const struct trace_reader *r, size_t *count);
/* Whole file: size and, when the statistics frame is there, the final chain hash (else 0). */
uint64_t trace_reader_file_bytes(const struct trace_reader *r);
uint64_t trace_reader_chain_hash(const struct trace_reader *r);

/*
 * For those who look at the file itself: verify and repair.
 *
 * One frame as it is stored, and its content; both valid until the next call
 * on r. -EBADMSG when it is damaged, which is a hole then.
 * trace_reader_next goes on behind it.
 */
int trace_reader_load_frame(struct trace_reader *r, size_t frame, struct trace_blob *stored,
			    struct trace_blob *content, struct error *err);
/* False when the signature is damaged. */
bool trace_reader_features(const struct trace_reader *r, struct trace_features *out);
/* Statistics come from the file, not from a walk over its frames. */
bool trace_reader_has_stats(const struct trace_reader *r);
/* The file ends within a frame: the hole that is all of it. NULL otherwise. */
const struct trace_hole *trace_reader_torn(const struct trace_reader *r);
/* Bytes of the file, exactly length: 0, -ENODATA or another -errno. */
int trace_reader_read_bytes(const struct trace_reader *r, uint64_t offset, void *to, size_t length);
