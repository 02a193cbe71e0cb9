/* Growing text and escaping; see text.h. */
#include "analysis/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

void text_finish(struct text *t)
{
	if (!t)
		return;
	free(t->at);
	*t = (struct text){ 0 };
}

void text_clear(struct text *t)
{
	t->length = 0;
	if (t->at)
		t->at[0] = '\0';
}

const char *text_get(const struct text *t)
{
	return t->at ? t->at : "";
}

static char *text_room(struct text *t, size_t more)
{
	CHECK(more < SIZE_MAX - t->length - 1);
	alloc_grow(&t->at, &t->capacity, t->length + more + 1);
	return t->at + t->length;
}

void text_add_bytes(struct text *t, const void *trusted, size_t length)
{
	char *to = text_room(t, length);

	if (length)
		memcpy(to, trusted, length);
	t->length += length;
	t->at[t->length] = '\0';
}

void text_add(struct text *t, const char *trusted)
{
	text_add_bytes(t, trusted, strlen(trusted));
}

void text_add_char(struct text *t, char c)
{
	text_add_bytes(t, &c, 1);
}

void text_pad(struct text *t, char c, size_t count)
{
	memset(text_room(t, count), c, count);
	t->length += count;
	t->at[t->length] = '\0';
}

void text_printf(struct text *t, const char *format, ...)
{
	char small[128]; /* enough for a number, and no second round */
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(small, sizeof(small), format, args);
	CHECK(length >= 0);
	if ((size_t)length < sizeof(small)) {
		text_add_bytes(t, small, (size_t)length);
	} else {
		vsnprintf(text_room(t, (size_t)length), (size_t)length + 1, format, again);
		t->length += (size_t)length;
	}
	va_end(again);
	va_end(args);
}

/* Length of the well-formed UTF-8 sequence at `at` (RFC 3629), 0 when there is none. */
static size_t utf8_decode(const uint8_t *at, size_t left, uint32_t *point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = at[0] < 0x80 ? 1 :
			at[0] < 0xc2 ? 0 :
			at[0] < 0xe0 ? 2 :
			at[0] < 0xf0 ? 3 :
			at[0] < 0xf5 ? 4 :
				       0;
	uint32_t value;

	if (!length || length > left)
		return 0;
	value = length == 1 ? at[0] : at[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	*point = value;
	return length;
}

/*
 * Code points that show nothing or change how their neighbours are shown:
 * controls (Unicode Cc), zero width and bidi controls (UAX #9), line and
 * paragraph separators, interlinear annotation, language tags.
 */
static bool is_deceptive(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

static void add_escapes(struct text *t, const uint8_t *at, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		switch (at[i]) {
		case '\t': text_add(t, "\\t"); break;
		case '\n': text_add(t, "\\n"); break;
		case '\r': text_add(t, "\\r"); break;
		default: text_printf(t, "\\x%02x", at[i]);
		}
	}
}

/* Bytes at the start that need no escape: the usual case, copied at once. */
static size_t plain_run(const uint8_t *at, size_t left)
{
	size_t n = 0;

	while (n < left && at[n] >= 0x20 && at[n] < 0x7f && at[n] != '\\' && at[n] != '"')
		n++;
	return n;
}

void text_add_escaped(struct text *t, const void *foreign, size_t length, unsigned how)
{
	const uint8_t *at = foreign;

	for (size_t i = 0, n; i < length; i += n) {
		uint32_t point = 0;

		n = plain_run(at + i, length - i);
		if (n) {
			text_add_bytes(t, at + i, n);
			continue;
		}
		n = utf8_decode(at + i, length - i, &point);
		if (!n || is_deceptive(point) || ((how & ESCAPE_HIGH) && point >= 0x80)) {
			n = n ? n : 1;
			add_escapes(t, at + i, n);
		} else if (point == '\\' && (how & ESCAPE_BACKSLASH)) {
			text_add(t, "\\\\");
		} else {
			text_add_bytes(t, at + i, n);
		}
	}
}

void text_add_foreign(struct text *t, const char *foreign)
{
	if (foreign)
		text_add_escaped(t, foreign, strlen(foreign), ESCAPE_SCREEN);
}

static void add_json_point(struct text *t, const uint8_t *at, size_t n, uint32_t point)
{
	if (point == '"' || point == '\\')
		text_printf(t, "\\%c", (char)point);
	else if (point == '\n')
		text_add(t, "\\n");
	else if (point == '\t')
		text_add(t, "\\t");
	else if (is_deceptive(point) && point >= 0x10000)
		text_printf(t, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
			    0xdc00 + ((point - 0x10000) & 0x3ff));
	else if (is_deceptive(point))
		text_printf(t, "\\u%04x", point);
	else
		text_add_bytes(t, at, n);
}

void text_add_json(struct text *t, const void *foreign, size_t length, bool is_blob)
{
	const uint8_t *at = foreign;
	cleanup_text struct text printable = { 0 };

	if (is_blob) {
		text_add_escaped(&printable, foreign, length, ESCAPE_BACKSLASH | ESCAPE_HIGH);
		at = (const uint8_t *)text_get(&printable);
		length = printable.length;
	}
	text_add_char(t, '"');
	for (size_t i = 0, n; i < length; i += n) {
		uint32_t point = 0;

		n = plain_run(at + i, length - i);
		if (n) {
			text_add_bytes(t, at + i, n);
			continue;
		}
		n = utf8_decode(at + i, length - i, &point);
		if (n)
			add_json_point(t, at + i, n, point);
		else
			text_printf(t, "\\\\x%02x", at[i]), n = 1;
	}
	text_add_char(t, '"');
}

void text_add_markup(struct text *t, const char *clean, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		switch (clean[i]) {
		case '<': text_add(t, "&lt;"); break;
		case '>': text_add(t, "&gt;"); break;
		case '&': text_add(t, "&amp;"); break;
		case '"': text_add(t, "&quot;"); break;
		case '\'': text_add(t, "&#39;"); break;
		default: text_add_char(t, clean[i]);
		}
	}
}

/* Not the first byte of a code point. */
static bool continues(char c)
{
	return ((uint8_t)c & 0xc0) == 0x80;
}

void text_find_difference(const char *text, const char *other, size_t *first, size_t *end)
{
	size_t length = strlen(text), other_length = strlen(other), tail = 0;

	*first = 0;
	while (*first < length && *first < other_length && text[*first] == other[*first])
		++*first;
	while (*first && continues(text[*first]))
		--*first;
	while (tail < length - *first && tail < other_length - *first &&
	       text[length - 1 - tail] == other[other_length - 1 - tail])
		tail++;
	while (tail && continues(text[length - tail]))
		tail--;
	*end = length - tail;
}

size_t text_width(const char *text, size_t length)
{
	size_t width = 0;

	for (size_t i = 0; i < length; i++)
		width += !continues(text[i]);
	return width;
}
