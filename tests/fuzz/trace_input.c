/* Fuzz input as a trace; see trace_input.h. */
#include "tests/fuzz/trace_input.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "analysis/text.h"
#include "base/check.h"
#include "schema/trace_format.h"

uint8_t *trace_input_make(const uint8_t *data, size_t size, size_t *length)
{
	size_t bound = TRACE_SIGNATURE_BYTES + ZSTD_compressBound(size);
	uint8_t *file = malloc(bound);
	size_t stored;

	CHECK(file);
	if (size >= 4 && trace_load_u32(data) == TRACE_OWN_MAGIC) {
		memcpy(file, data, size);
		*length = size;
		return file;
	}
	trace_signature_encode(file, (struct trace_features){ 0 });
	stored = ZSTD_compress(file + TRACE_SIGNATURE_BYTES, bound - TRACE_SIGNATURE_BYTES, data,
			       size, 1);
	CHECK(!ZSTD_isError(stored));
	*length = TRACE_SIGNATURE_BYTES + stored;
	return file;
}

void trace_input_mend(uint8_t *file, size_t length)
{
	uint32_t entries, stats_bytes;
	size_t table_bytes;

	if (length < SEEK_FOOTER_BYTES || trace_load_u32(file + length - 4) != SEEK_FOOTER_MAGIC)
		return;
	entries = trace_load_u32(file + length - SEEK_FOOTER_BYTES);
	table_bytes = SKIPPABLE_HEAD_BYTES + (size_t)entries * SEEK_ENTRY_BYTES + SEEK_FOOTER_BYTES;
	if (entries < 2 || table_bytes > length)
		return;
	stats_bytes = trace_load_u32(file + length - SEEK_FOOTER_BYTES - SEEK_ENTRY_BYTES);
	if (stats_bytes < TRACE_STAT_HEAD_BYTES + TRACE_STAT_TAIL_BYTES ||
	    stats_bytes > length - table_bytes)
		return;
	file += length - table_bytes - stats_bytes;
	for (unsigned shift = 0; shift < 64; shift += 8)
		file[stats_bytes - 8 + shift / 8] = (uint8_t)(XXH3_64bits(file, stats_bytes - 8) >>
							      shift);
}

struct source *trace_input_open(const uint8_t *data, size_t size)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	struct source *source = NULL;
	struct error err = { 0 };
	uint8_t *file;
	char path[64];
	size_t length;

	CHECK(fd >= 0);
	file = trace_input_make(data, size, &length);
	trace_input_mend(file, length);
	CHECK(write(fd, file, length) == (ssize_t)length);
	free(file);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (source_open(&source, path, &err)) {
		CHECK(err.code && err.message[0]);
		source = NULL;
	}
	if (!source)
		close(fd);
	return source;
}

void trace_input_close(struct source *source)
{
	int fd = atoi(source_path(source) + strlen("/proc/self/fd/"));

	source_close(source);
	close(fd);
}

void trace_input_check_output(FILE *stream, char *const *text, const size_t *length)
{
	struct text escaped = { 0 };

	CHECK(fflush(stream) == 0);
	/* What needs an escape beside the ends of lines and columns is longer afterwards. */
	for (size_t i = 0, end; i < *length; i = end + 1) {
		for (end = i; end < *length && (*text)[end] != '\n' && (*text)[end] != '\t';)
			end++;
		text_clear(&escaped);
		text_add_escaped(&escaped, *text + i, end - i, ESCAPE_SCREEN);
		CHECK(escaped.length == end - i);
	}
	text_finish(&escaped);
	rewind(stream);
}
