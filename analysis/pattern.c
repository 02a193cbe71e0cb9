/* Patterns of bytes; see pattern.h. */
#include "analysis/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/text.h"
#include "base/alloc.h"
#include "base/check.h"

/* bytes looked at in one go, plus the reach: glibc needs memory in proportion */
#define WINDOW_BYTES 65536

/*
 * As regcomp(3) with REG_EXTENDED and REG_NEWLINE has it, but . matches NUL.
 * GNU's own interface takes patterns and subjects by length, NULs included.
 */
#define BYTE_SYNTAX \
	((RE_SYNTAX_POSIX_EXTENDED & ~RE_DOT_NOT_NULL & ~RE_DOT_NEWLINE) | RE_HAT_LISTS_NOT_NEWLINE)

struct pattern {
	enum pattern_kind kind;
	bool ignore_case;
	struct text bytes; /* folded when case is ignored */
	uint8_t *window;   /* owned; folded bytes of what is searched */
	struct re_pattern_buffer regex;
	struct re_registers registers;
};

/* ---- escapes ---- */

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* What stands behind a backslash: its byte, and *at behind it; -1 when it is no escape. */
static int take_escape(const char **at)
{
	static const char letters[] = "abefnrtv", values[] = "\a\b\033\f\n\r\t\v";
	const char *letter = **at ? strchr(letters, **at) : NULL;
	int value;

	if (letter) {
		++*at;
		return (unsigned char)values[letter - letters];
	}
	if (**at == 'x' && hex_digit((*at)[1]) >= 0) {
		value = hex_digit(*++*at);
		if (hex_digit(*++*at) >= 0)
			value = value * 16 + hex_digit(*(*at)++);
		return value;
	}
	if (**at < '0' || **at > '7')
		return -1;
	value = 0;
	for (int i = 0; i < 3 && **at >= '0' && **at <= '7' && value * 8 + **at - '0' < 256; i++)
		value = value * 8 + *(*at)++ - '0';
	return value;
}

static int parse_fixed(struct text *out, const char *text, struct error *err)
{
	while (*text) {
		int byte;

		if (*text != '\\') {
			text_add_char(out, *text++);
			continue;
		}
		text++;
		if (*text && strchr("\\\"'?", *text))
			byte = (unsigned char)*text++;
		else
			byte = take_escape(&text);
		if (byte < 0)
			return error_set(err, -EINVAL,
					 "no escape in a pattern: \\%s (\\\\ is a backslash)",
					 *text ? (char[]){ *text, '\0' } : "");
		text_add_char(out, (char)byte);
	}
	return 0;
}

static int parse_hex(struct text *out, const char *text, struct error *err)
{
	while (*text) {
		int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (isspace((unsigned char)*text) || *text == ':') {
			text++;
			continue;
		}
		if (low < 0)
			return error_set(err, -EINVAL, "no bytes in hex: %s (7f 45 4c 46)", text);
		text_add_char(out, (char)(high * 16 + low));
		text += 2;
	}
	return 0;
}

/* Behind a [: to its ], with the escapes of bytes replaced. */
static void add_brackets(struct text *out, const char **at)
{
	bool first = true;

	if (**at == '^')
		text_add_char(out, *(*at)++);
	for (; **at && (**at != ']' || first); first = false) {
		const char *behind = *at + 1;
		int byte = **at == '\\' ? take_escape(&behind) : -1;

		if (**at == '[' && (*at)[1] && strchr(":.=", (*at)[1])) {
			const char *end = strchr(*at + 2, (*at)[1]);
			size_t length = end && end[1] == ']' ? (size_t)(end + 2 - *at) : 1;

			text_add_bytes(out, *at, length);
			*at += length;
		} else if (byte >= 0) {
			text_add_char(out, (char)byte);
			*at = behind;
		} else {
			text_add_char(out, *(*at)++);
		}
	}
}

/* C's escapes become bytes; those that regular expressions have (\b, \w, \1) stay. */
static void parse_regex(struct text *out, const char *text)
{
	while (*text) {
		const char *behind = text + 1;
		int byte;

		text_add_char(out, *text);
		if (*text++ == '[') {
			add_brackets(out, &text);
			continue;
		}
		if (behind[-1] != '\\' || !*behind)
			continue;
		byte = strchr("aefnrtvx0", *behind) ? take_escape(&behind) : -1;
		if (byte < 0) {
			text_add_char(out, *text++);
			continue;
		}
		/* a byte that means something in expressions keeps the backslash */
		if (!byte || !strchr(".[]{}()*+?|^$\\", byte))
			out->length--;
		text_add_char(out, (char)byte);
		text = behind;
	}
}

static int compile_regex(struct pattern *p, struct error *err)
{
	reg_syntax_t before = re_set_syntax(BYTE_SYNTAX | (p->ignore_case ? RE_ICASE : 0));
	const char *complaint;

	p->regex.fastmap = alloc_zeroed(UINT8_MAX + 1, 1); /* bytes a match may begin with */
	complaint = re_compile_pattern(p->bytes.at, p->bytes.length, &p->regex);
	re_set_syntax(before);
	if (complaint)
		return error_set(err, -EINVAL, "regular expression: %s", complaint);
	return 0;
}

static void fold(uint8_t *to, const uint8_t *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = from[i] >= 'A' && from[i] <= 'Z' ? from[i] | 0x20 : from[i];
}

static int prepare(struct pattern *p, const char *text, struct error *err)
{
	int ret = 0;

	if (p->kind == PATTERN_HEX)
		ret = parse_hex(&p->bytes, text, err);
	else if (p->kind == PATTERN_FIXED)
		ret = parse_fixed(&p->bytes, text, err);
	else
		parse_regex(&p->bytes, text);
	if (ret < 0)
		return ret;
	if (!p->bytes.length)
		return error_set(err, -EINVAL, "the pattern is empty");
	if (p->bytes.length > PATTERN_REACH_BYTES)
		return error_set(err, -EINVAL, "the pattern is longer than %d bytes",
				 PATTERN_REACH_BYTES);
	if (p->kind == PATTERN_REGEX)
		return compile_regex(p, err);
	if (p->ignore_case) {
		fold((uint8_t *)p->bytes.at, (const uint8_t *)p->bytes.at, p->bytes.length);
		p->window = alloc_zeroed(WINDOW_BYTES + PATTERN_REACH_BYTES, 1);
	}
	return 0;
}

int pattern_create(struct pattern **out, const char *text, enum pattern_kind kind, bool ignore_case,
		   struct error *err)
{
	struct pattern *p = alloc_zeroed(1, sizeof(*p));
	int ret;

	p->kind = kind;
	p->ignore_case = ignore_case;
	ret = prepare(p, text, err);
	if (ret < 0) {
		pattern_destroy(p);
		return ret;
	}
	*out = p;
	return 0;
}

void pattern_destroy(struct pattern *p)
{
	if (!p)
		return;
	text_finish(&p->bytes);
	free(p->window);
	regfree(&p->regex);
	free(p->registers.start);
	free(p->registers.end);
	free(p);
}

size_t pattern_reach(const struct pattern *p)
{
	return p->kind == PATTERN_REGEX ? PATTERN_REACH_BYTES : p->bytes.length;
}

/* ---- search ---- */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool find_fixed(const struct pattern *p, const uint8_t *data, size_t length, size_t *at)
{
	const uint8_t *found = memmem(data, length, p->bytes.at, p->bytes.length);

	if (found)
		*at = (size_t)(found - data);
	return found;
}

static bool find_folded(const struct pattern *p, const uint8_t *data, size_t length, size_t *at)
{
	for (size_t start = 0; start < length; start += WINDOW_BYTES) {
		size_t window = smaller(length - start, WINDOW_BYTES + p->bytes.length - 1);

		fold(p->window, data + start, window);
		if (find_fixed(p, p->window, window, at)) {
			*at += start;
			return true;
		}
	}
	return false;
}

/* One window; the byte before it tells ^ and \b where they are. */
static bool find_in_window(struct pattern *p, const uint8_t *data, size_t length, size_t start,
			   size_t *at, size_t *found_length)
{
	size_t before = start > 0, starts = smaller(length - start, WINDOW_BYTES);
	size_t window = smaller(length - start, WINDOW_BYTES + PATTERN_REACH_BYTES);
	const char *text = (const char *)data + start - before;

	p->regex.not_eol = start + window < length;
	for (size_t from = 0; from < starts;) {
		regoff_t found = re_search(&p->regex, text, (regoff_t)(before + window),
					   (regoff_t)(before + from), (regoff_t)(starts - from - 1),
					   &p->registers);

		CHECK(found >= -1); /* -2 is out of memory, as in alloc.h */
		if (found < 0)
			return false;
		*at = start + (size_t)found - before;
		*found_length = (size_t)(p->registers.end[0] - p->registers.start[0]);
		if (*found_length)
			return true;
		from = (size_t)found - before + 1;
	}
	return false;
}

void pattern_find(struct pattern *p, const uint8_t *data, size_t length, size_t start,
		  size_t *found_at, size_t *found_length)
{
	bool found = false;

	*found_length = 0;
	if (start >= length)
		return;
	if (p->kind == PATTERN_REGEX) {
		for (; start < length; start += WINDOW_BYTES)
			if (find_in_window(p, data, length, start, found_at, found_length))
				return;
		*found_length = 0;
		return;
	}
	if (p->ignore_case)
		found = find_folded(p, data + start, length - start, found_at);
	else
		found = find_fixed(p, data + start, length - start, found_at);
	if (found) {
		*found_at += start;
		*found_length = p->bytes.length;
	}
}
