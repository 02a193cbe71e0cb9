/*
 * Bytes taken from one variant's memory for one call: the contents of its
 * input buffers at entry, or of its output buffers at exit. The storage is
 * reused from call to call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/trace_record.h"

#define CAPTURE_BUFS 40

struct capture_buf {
	uint8_t arg;    /* 0-based */
	uint8_t part;   /* enum trace_buf_part */
	uint8_t format; /* enum arg_format: which bytes mean something */
	bool faulted;   /* the memory was not there: the kernel will say EFAULT too */
	bool is_text;   /* a string, whose NUL (if it has one: not faulted) stands behind it */
	uint64_t addr;  /* where it is in the variant; 0 for a vector */
	size_t offset;  /* into capture.data */
	size_t length;
};

/* One element of an iovec: where the variant has it. */
struct capture_vector {
	uint64_t addr;
	uint64_t length;
};

struct capture {
	uint8_t *data;
	size_t capacity, used;
	unsigned n_bufs;
	struct capture_buf bufs[CAPTURE_BUFS];
	uint8_t value_args; /* mask: irregular arguments that are plain values here, to be compared */
	struct capture_vector *vector; /* of the call's one vector argument */
	size_t vector_capacity, n_vector;
};

void capture_reset(struct capture *c);
void capture_finish(struct capture *c);

/* Adds a buffer of `length` bytes, uninitialised, and returns where to write them. */
uint8_t *capture_add(struct capture *c, unsigned arg, unsigned part, unsigned format, uint64_t addr,
		     size_t length);
/* Shortens the newest buffer. */
void capture_trim(struct capture *c, size_t length);
/* The buffer of an argument's part, or NULL. */
const struct capture_buf *capture_find(const struct capture *c, unsigned arg, unsigned part);

static inline uint8_t *capture_bytes(const struct capture *c, const struct capture_buf *buf)
{
	return c->data + buf->offset;
}
