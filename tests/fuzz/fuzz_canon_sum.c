/*
 * Fuzz target: written bytes as they are compared. The first byte says in what
 * pieces the others come, which must not matter.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/canon_sum.h"
#include "base/check.h"

/* what a line may have, so that none is cut */
#define BYTES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each piece exactly as large as it is: what lies behind shows. */
static void add_piece(const struct canon_words *words, struct canon_sum *sum, const uint8_t *data,
		      size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);
	struct trace_buf buf = { .data = { copy, length }, .full_length = length };

	CHECK(copy);
	memcpy(copy, data, length);
	canon_sum_add(words, sum, &buf, length);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t pids[5000];
	cleanup_canon_sum struct canon_sum whole = canon_sum_make(), pieces = canon_sum_make();
	struct canon_words words = {
		.moments = { .start_wall_s = 1709251190, .pids = pids, .n_pids = 5000 }
	};
	size_t piece;

	if (size < 2 || size > BYTES_MAX)
		return 0;
	piece = data[0] % 64 + 1u;
	pids[4242] = pids[42] = 1;
	words.names = path_names_create(NULL);
	path_names_add_temporary(words.names, "/tmp/aXb0Q7", "P0.T0");
	add_piece(&words, &whole, data + 1, size - 1);
	for (size_t at = 1; at < size; at += piece)
		add_piece(&words, &pieces, data + at, size - at < piece ? size - at : piece);
	canon_sum_end(&words, &whole);
	canon_sum_end(&words, &pieces);
	CHECK(whole.digest == pieces.digest && whole.bytes == pieces.bytes);
	path_names_destroy(words.names);
	return 0;
}
