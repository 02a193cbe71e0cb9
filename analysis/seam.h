/*
 * What the last buffers of a stream ended in, so that a match that begins in
 * one read of a file and ends in the next is found. Of the files used last
 * only, a few KiB of each: constant memory.
 */
#pragma once

#include "analysis/descriptors.h"
#include "analysis/transfer.h"

struct seam_tail {
	uint64_t file; /* open_file.number, 0 for none */
	enum transfer_direction direction;
	size_t length;
	uint8_t *bytes; /* owned; room for twice the reach: the tail, and the head of what follows */
	uint64_t *steps; /* owned; that brought each byte of the tail */
};

struct seams;

/* Keeps up to reach - 1 bytes of each stream. */
struct seams *seams_create(size_t reach);
/* Accepts NULL. */
void seams_destroy(struct seams *s);

/* The stream's tail; empty when there is none. Valid until the next call. */
struct seam_tail *seams_get(struct seams *s, uint64_t file, enum transfer_direction direction);
/* Adds bytes of a step behind the tail; what is older than the reach goes. */
void seam_add(const struct seams *s, struct seam_tail *tail, uint64_t step, const uint8_t *data,
	      size_t length);
/* Puts up to reach - 1 bytes behind the tail, for a search; returns how many. */
size_t seam_peek(const struct seams *s, struct seam_tail *tail, const uint8_t *data, size_t length);
