/*
 * Finds the frames of a trace: from statistics and seek table when they are
 * there and undamaged, else by walking from frame to frame. Does not look
 * inside data frames. trace_reader.c uses it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "schema/trace_format.h"
#include "schema/trace_reader.h"

/* A file, or bytes that stand for one. */
struct trace_file {
	int fd;              /* -1 for memory; borrowed */
	const uint8_t *data; /* borrowed */
	uint64_t bytes;
};

struct trace_index {
	struct trace_frame_stat *frames; /* owned */
	size_t n_frames, frames_capacity;
	struct trace_hole *holes; /* owned */
	size_t n_holes, holes_capacity;
	struct trace_features features;
	bool has_signature; /* undamaged; features are meant only then */
	bool has_index;     /* statistics and seek table are there and agree */
	bool has_stats;     /* frames come from an undamaged statistics frame */
	bool torn; /* the file ends within a frame: the last hole of the walk is that one */
	uint64_t torn_offset;
};

/* Exactly length bytes at offset: 0, -ENODATA when the file is shorter, or -errno. */
int trace_file_read(const struct trace_file *file, uint64_t offset, void *to, size_t length);

/*
 * Fills index, which trace_index_finish releases in any case. A damaged index
 * is a hole, not an error; -EINVAL for what is not a trace, -ENOTSUP for an
 * unknown feature.
 */
int trace_index_init(struct trace_index *index, const struct trace_file *file, struct error *err);
void trace_index_finish(struct trace_index *index);
/* The file has grown: the frames it got. Those that are known keep their numbers. */
void trace_index_extend(struct trace_index *index, const struct trace_file *file);

/* Remembers what could not be read; one hole per offset, the first reason stays. */
void trace_index_add_hole(struct trace_index *index, uint64_t offset, uint64_t bytes,
			  const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * The size in the file of the zstd frame at offset, by its header and block
 * headers, and the size of its content as declared. False when that is not a
 * frame such as a trace has. *work is a budget that the walk uses up.
 */
bool trace_frame_measure(const struct trace_file *file, uint64_t offset, uint64_t *stored_bytes,
			 uint64_t *raw_bytes, uint64_t *work);
