/*
 * Fuzz target: the decoder, and what is compared of a call's buffers. Input is
 * a step: number, result, flags, six arguments, then buffers until it ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "schema/syscall_args.h"
#include "schema/syscall_decode.h"

#define BUFS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t take(struct bytes *input, size_t bytes)
{
	uint64_t value = 0;

	bytes_copy(input, &value, bytes);
	return value;
}

/* In memory that ends where the bytes do. */
static void take_buffer(struct bytes *input, struct trace_buf *buf)
{
	unsigned flags = (unsigned)take(input, 1);
	size_t length = (size_t)take(input, 1);
	uint8_t *copy;

	*buf = (struct trace_buf){ .arg = flags & 7,
				   .direction = flags & 8 ? DIRECTION_OUT : DIRECTION_IN,
				   .part = flags >> 4 & 3,
				   .variants = 1 };
	/* 255: what is left is all one buffer's */
	if (length == 255 || length > input->left)
		length = input->left;
	copy = malloc(length ? length : 1);
	CHECK(copy);
	bytes_copy(input, copy, length);
	buf->data = (struct trace_blob){ copy, length };
	buf->full_length = length;
	if (flags & 64)
		buf->full_length = flags & 128 ? UINT64_MAX : length + 100;
}

static void check_text(const char *text, size_t length, size_t capacity)
{
	CHECK(length < capacity && text[length] == '\0');
	for (size_t i = 0; i < length; i++)
		CHECK(text[i] >= 0x20 && text[i] < 0x7f);
}

static void decode(const struct trace_step *step)
{
	static const size_t capacities[] = { 8192, 96, 1 };
	struct decode_options options = { 0 };

	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		/* one more byte would show */
		char *text = malloc(capacities[i]);

		CHECK(text);
		options.string_bytes = i ? 0 : 400;
		options.no_result = i == 1;
		check_text(text, syscall_decode(step, 0, &options, text, capacities[i]),
			   capacities[i]);
		free(text);
	}
}

static void canonicalise(const struct trace_step *step)
{
	const struct syscall_row *row = syscall_row_find(step->nr);

	for (size_t i = 0; row && i < step->n_bufs; i++)
		if (step->bufs[i].arg < row->argc)
			arg_canonicalise(row, step->bufs[i].arg, step->args[0],
					 (uint8_t *)step->bufs[i].data.data,
					 step->bufs[i].data.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes input = bytes_make(data, size);
	struct trace_buf bufs[BUFS_MAX];
	struct trace_step step = { .variants = 1, .bufs = bufs };
	unsigned flags;

	step.nr = (int16_t)take(&input, 2);
	step.result[0] = (int16_t)take(&input, 2);
	flags = (unsigned)take(&input, 1);
	step.no_result = flags & 1;
	step.verdict = flags & 2 ? VERDICT_DIVERGED : VERDICT_SAME;
	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		step.args[0][i] = take(&input, flags & 4 ? 8 : 2);
	while (input.left && !input.failed && step.n_bufs < BUFS_MAX)
		take_buffer(&input, &bufs[step.n_bufs++]);
	decode(&step);
	canonicalise(&step);
	decode(&step);
	for (size_t i = 0; i < step.n_bufs; i++)
		free((void *)step.bufs[i].data.data);
	return 0;
}
