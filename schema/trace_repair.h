/*
 * A complete trace from one that was cut or damaged: the frames that can be
 * read as they are, those with damaged records without these, a new index. When
 * anything is missing the End record is a new one that is not clean, and a Mark
 * before it says what was lost. Numbers stay as they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "schema/trace_reader.h"
#include "schema/trace_writer.h"

struct trace_repair {
	bool salvage; /* keep the readable records of the torn last frame, which has no checksum */
	void (*progress)(void *data, uint64_t frames, uint64_t frames_total); /* may be NULL */
	void *data;
	/* results */
	uint64_t frames_kept, frames_lost; /* kept: with at least one record */
	uint64_t records, records_lost;    /* lost: single ones, of frames that were kept */
	uint64_t records_salvaged;
	uint64_t bytes_lost;    /* of the file: frames and what is between them */
	uint64_t steps_missing; /* of those the old end counted, if it is there */
	bool header_made;       /* the old one is lost; the new one knows the number of variants */
	bool end_kept;          /* nothing is missing */
};

/*
 * Writes to `to`, which the caller closes when this succeeds. -EBADMSG when
 * there is not one readable record.
 */
int trace_repair(struct trace_reader *from, struct trace_writer *to, struct trace_repair *repair,
		 struct error *err);
