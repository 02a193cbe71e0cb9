/* Tails of streams; see seam.h. */
#include "analysis/seam.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* streams remembered; one that falls on another's place takes it */
#define SEAM_SLOTS 256

struct seams {
	size_t keep; /* bytes of a tail */
	struct seam_tail slots[SEAM_SLOTS];
};

struct seams *seams_create(size_t reach)
{
	struct seams *s = alloc_zeroed(1, sizeof(*s));

	s->keep = reach - 1;
	return s;
}

void seams_destroy(struct seams *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SEAM_SLOTS; i++) {
		free(s->slots[i].bytes);
		free(s->slots[i].steps);
	}
	free(s);
}

struct seam_tail *seams_get(struct seams *s, uint64_t file, enum transfer_direction direction)
{
	struct seam_tail *tail = &s->slots[(file * 2 + direction) % SEAM_SLOTS];

	if (!tail->bytes) {
		tail->bytes = alloc_zeroed(2 * s->keep + 1, 1);
		tail->steps = alloc_zeroed(s->keep + 1, sizeof(*tail->steps));
	}
	if (tail->file != file || tail->direction != direction)
		tail->length = 0;
	tail->file = file;
	tail->direction = direction;
	return tail;
}

void seam_add(const struct seams *s, struct seam_tail *tail, uint64_t step, const uint8_t *data,
	      size_t length)
{
	size_t drop;

	if (length > s->keep) {
		data += length - s->keep;
		length = s->keep;
	}
	drop = tail->length + length > s->keep ? tail->length + length - s->keep : 0;
	tail->length -= drop;
	memmove(tail->bytes, tail->bytes + drop, tail->length);
	memmove(tail->steps, tail->steps + drop, tail->length * sizeof(*tail->steps));
	for (size_t i = 0; i < length; i++, tail->length++) {
		tail->bytes[tail->length] = data[i];
		tail->steps[tail->length] = step;
	}
}

size_t seam_peek(const struct seams *s, struct seam_tail *tail, const uint8_t *data, size_t length)
{
	if (length > s->keep)
		length = s->keep;
	if (length)
		memcpy(tail->bytes + tail->length, data, length);
	return length;
}
