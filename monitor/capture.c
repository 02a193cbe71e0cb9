/* Growing storage for captured bytes; keeps its memory between calls. */
#include "monitor/capture.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/limits.h"

/* bytes: past this, storage is given back after the call that needed it */
#define CAPTURE_KEEP_BYTES (4u << 20)

void capture_reset(struct capture *c)
{
	if (c->capacity > CAPTURE_KEEP_BYTES) {
		free(c->data);
		c->data = NULL;
		c->capacity = 0;
	}
	c->used = 0;
	c->n_bufs = 0;
	c->n_vector = 0;
	c->value_args = 0;
}

void capture_finish(struct capture *c)
{
	free(c->data);
	free(c->vector);
	*c = (struct capture){ 0 };
}

/*
 * Nothing is zeroed: a program may name 2 GiB of which a page is there, and what
 * is not read must cost nothing.
 */
static void storage_grow(struct capture *c, size_t needed)
{
	size_t wanted = c->capacity + c->capacity / 2;

	if (needed <= c->capacity)
		return;
	if (wanted < needed)
		wanted = needed;
	c->data = realloc(c->data, wanted);
	CHECK(c->data);
	c->capacity = wanted;
}

uint8_t *capture_add(struct capture *c, unsigned arg, unsigned part, unsigned format, uint64_t addr,
		     size_t length)
{
	struct capture_buf *buf;

	CHECK(c->n_bufs < CAPTURE_BUFS);
	CHECK(length <= LIMIT_CALL_BYTES && c->used <= LIMIT_CALL_BYTES);
	storage_grow(c, c->used + length + 256);
	buf = &c->bufs[c->n_bufs++];
	*buf = (struct capture_buf){
		.arg = (uint8_t)arg,
		.part = (uint8_t)part,
		.format = (uint8_t)format,
		.addr = addr,
		.offset = c->used,
		.length = length,
	};
	c->used += length;
	return c->data + buf->offset;
}

void capture_trim(struct capture *c, size_t length)
{
	struct capture_buf *buf = &c->bufs[c->n_bufs - 1];

	CHECK(c->n_bufs && length <= buf->length);
	c->used -= buf->length - length;
	buf->length = length;
}

const struct capture_buf *capture_find(const struct capture *c, unsigned arg, unsigned part)
{
	for (unsigned i = 0; i < c->n_bufs; i++)
		if (c->bufs[i].arg == arg && c->bufs[i].part == part)
			return &c->bufs[i];
	return NULL;
}
