/* Bytes as they are compared; see canon_sum.h. */
#include "analysis/canon_sum.h"

#include <string.h>

/* FNV-1a: does not see how its bytes came in pieces */
#define DIGEST_START  UINT64_C(0xcbf29ce484222325)
#define DIGEST_FACTOR UINT64_C(0x100000001b3)
/* of a line that is kept until its end comes; of longer ones the parts are looked at alone */
#define LINE_BYTES_MAX 4096

struct canon_sum canon_sum_make(void)
{
	return (struct canon_sum){ .digest = DIGEST_START };
}

void canon_sum_finish(struct canon_sum *sum)
{
	text_finish(&sum->line);
}

static void digest_add(struct canon_sum *sum, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < length; i++)
		sum->digest = (sum->digest ^ at[i]) * DIGEST_FACTOR;
}

/* Names that were made up, and what tells the moment, replaced. */
static void add_whole(const struct canon_words *words, struct canon_sum *sum, const void *bytes,
		      size_t length)
{
	cleanup_text struct text named = { 0 }, content = { 0 };

	if (path_names_has_temporaries(words->names)) {
		path_names_replace(words->names, &named, bytes, length);
		bytes = text_get(&named);
		length = named.length;
	}
	moments_replace(&words->moments, &content, bytes, length);
	digest_add(sum, text_get(&content), content.length);
	sum->bytes += content.length;
}

void canon_sum_end(const struct canon_words *words, struct canon_sum *sum)
{
	if (sum->line.length)
		add_whole(words, sum, text_get(&sum->line), sum->line.length);
	text_clear(&sum->line);
}

static void add_bytes(const struct canon_words *words, struct canon_sum *sum, const char *at,
		      size_t length)
{
	const char *newline = sum->line.length ? memchr(at, '\n', length) : NULL;
	size_t head = newline ? (size_t)(newline + 1 - at) : 0;

	if (head) {
		text_add_bytes(&sum->line, at, head);
		canon_sum_end(words, sum);
		at += head;
		length -= head;
	}
	if (!sum->line.length) {
		newline = memrchr(at, '\n', length);
		head = newline ? (size_t)(newline + 1 - at) : 0;
		if (head)
			add_whole(words, sum, at, head);
		at += head;
		length -= head;
	}
	text_add_bytes(&sum->line, at, length);
	if (sum->line.length > LINE_BYTES_MAX)
		canon_sum_end(words, sum);
}

void canon_sum_add(const struct canon_words *words, struct canon_sum *sum,
		   const struct trace_buf *buf, uint64_t limit)
{
	size_t length = buf->data.length < limit ? buf->data.length : (size_t)limit;

	/* of what was not kept, the trace has a hash of its own */
	if (buf->truncated) {
		canon_sum_add_number(words, sum, buf->hash);
		canon_sum_add_number(words, sum, buf->full_length);
		sum->bytes += limit;
		return;
	}
	if (length)
		add_bytes(words, sum, (const char *)buf->data.data, length);
	sum->bytes += limit - length;
}

void canon_sum_add_pid(struct canon_sum *sum)
{
	digest_add(sum, "<pid>", strlen("<pid>"));
	sum->bytes += strlen("<pid>");
}

void canon_sum_add_number(const struct canon_words *words, struct canon_sum *sum, uint64_t number)
{
	canon_sum_end(words, sum);
	digest_add(sum, &number, sizeof(number));
}
