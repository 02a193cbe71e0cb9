/*
 * A growing piece of text, and the only ways bytes from a trace get into one:
 * escaped. What cannot be seen, what is not UTF-8 and what turns the direction
 * of writing becomes \xNN, so that no trace can speak to a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *at;      /* owned; NUL-terminated once anything was added */
	size_t length; /* bytes, without the NUL */
	size_t capacity;
};

#define cleanup_text __attribute__((cleanup(text_finish)))

void text_finish(struct text *t);
void text_clear(struct text *t);
/* What was added so far; "" for nothing. Valid until the next change. */
const char *text_get(const struct text *t);

/* Trusted text. */
void text_add(struct text *t, const char *trusted);
void text_add_bytes(struct text *t, const void *trusted, size_t length);
void text_add_char(struct text *t, char c);
void text_pad(struct text *t, char c, size_t count);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum escape {
	ESCAPE_SCREEN = 0,         /* for eyes: a backslash stays a backslash */
	ESCAPE_BACKSLASH = 1 << 0, /* reversible: a backslash is doubled */
	ESCAPE_HIGH = 1 << 1,      /* bytes, not text: everything above 0x7e, too */
};

/* Foreign bytes, as \t \n \r \xNN where they need it. `how` is a mask of enum escape. */
void text_add_escaped(struct text *t, const void *foreign, size_t length, unsigned how);
/* Foreign text for a sentence or a table: ESCAPE_SCREEN; NULL adds nothing. */
void text_add_foreign(struct text *t, const char *foreign);
/*
 * A JSON string with its quotes. Bytes that JSON cannot hold become the text
 * \xNN; with `is_blob` all that is not printable ASCII does, and backslashes
 * are doubled first, so that the bytes can be had back.
 */
void text_add_json(struct text *t, const void *foreign, size_t length, bool is_blob);

/* For HTML and XML, attributes in quotes included: text that is escaped as above, or ours. */
void text_add_markup(struct text *t, const char *clean, size_t length);

/*
 * What of `text` equal beginnings and equal ends with `other` leave over, in
 * whole code points: from *first to before *end.
 */
void text_find_difference(const char *text, const char *other, size_t *first, size_t *end);
/* Columns a terminal needs: code points, not bytes. */
size_t text_width(const char *text, size_t length);
