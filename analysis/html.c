/* HTML out of literals and escaped text; see html.h. */
#include "analysis/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/lower_bound.h"

/* bytes held back before they are written */
#define HELD_BYTES 65536
/* bytes of a piece of formatted text: a sentence; longer text goes in by itself */
#define PIECE_BYTES 1024

void html_init(struct html *h, FILE *stream)
{
	*h = (struct html){ .stream = stream };
}

void html_finish(struct html *h)
{
	text_finish(&h->out);
	text_finish(&h->scratch);
	free(h->anchors);
	*h = (struct html){ 0 };
}

int html_flush(struct html *h)
{
	errno = 0;
	if (!h->error && h->out.length &&
	    fwrite(h->out.at, 1, h->out.length, h->stream) != h->out.length)
		h->error = errno ? -errno : -EIO;
	text_clear(&h->out);
	return h->error;
}

static void hold(struct html *h)
{
	if (h->out.length >= HELD_BYTES)
		html_flush(h);
}

void html_add(struct html *h, const char *markup)
{
	text_add(&h->out, markup);
	hold(h);
}

void html_add_numbers(struct html *h, const char *format, ...)
{
	char piece[PIECE_BYTES];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	CHECK(length >= 0 && (size_t)length < sizeof(piece)); /* half a tag is none */
	html_add(h, piece);
}

/* The only way for what is not ours. */
static void add_escaped(struct html *h, const void *foreign, size_t length, unsigned how)
{
	text_clear(&h->scratch);
	text_add_escaped(&h->scratch, foreign, length, how);
	text_add_markup(&h->out, text_get(&h->scratch), h->scratch.length);
	hold(h);
}

void html_text(struct html *h, const char *foreign)
{
	if (foreign)
		add_escaped(h, foreign, strlen(foreign), ESCAPE_SCREEN);
}

void html_printf(struct html *h, const char *format, ...)
{
	char piece[PIECE_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	html_text(h, piece);
}

void html_bytes(struct html *h, const void *foreign, size_t length)
{
	add_escaped(h, foreign, length, ESCAPE_BACKSLASH | ESCAPE_HIGH);
}

/* True when the step has no place yet, and now has this one. */
static bool take_anchor(struct html *h, uint64_t step)
{
	size_t at = lower_bound(h->n_anchors, i, h->anchors[i] < step);

	if (at < h->n_anchors && h->anchors[at] == step)
		return false;
	alloc_grow(&h->anchors, &h->capacity, h->n_anchors + 1);
	memmove(&h->anchors[at + 1], &h->anchors[at], (h->n_anchors - at) * sizeof(h->anchors[0]));
	h->anchors[at] = step;
	h->n_anchors++;
	return true;
}

void html_step(struct html *h, uint64_t step)
{
	if (take_anchor(h, step))
		html_add_numbers(h,
				 "<a class=\"step\" id=\"%" PRIu64 "\" href=\"#%" PRIu64
				 "\">#%" PRIu64 "</a>",
				 step, step, step);
	else
		html_step_link(h, step);
}

void html_step_link(struct html *h, uint64_t step)
{
	html_add_numbers(h, "<a class=\"step\" href=\"#%" PRIu64 "\">#%" PRIu64 "</a>", step, step);
}

void html_fact(struct html *h, const char *name, const char *foreign)
{
	html_add(h, "<tr><th scope=\"row\">");
	html_text(h, name);
	html_add(h, "</th><td>");
	html_text(h, foreign);
	html_add(h, "</td></tr>\n");
}
