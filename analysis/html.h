/*
 * A page of HTML on its way to a stream. Markup is what literals of ours say;
 * everything else is text, and gets in through one function that escapes it as
 * on every other way out (text.h) and then for HTML. Well-formed as XML, too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/text.h"

struct html {
	FILE *stream; /* stays the caller's */
	int error;    /* 0, or the first -errno of the stream: then nothing more is written */
	struct text out, scratch;
	uint64_t *anchors; /* steps that have their place in the page; ascending */
	size_t n_anchors, capacity;
};

void html_init(struct html *h, FILE *stream);
void html_finish(struct html *h);
/* Hands on what is held back. 0 or -errno. */
int html_flush(struct html *h);

/* Markup: a literal, no byte of it out of a trace. */
void html_add(struct html *h, const char *markup);
/* The same with holes for numbers. */
void html_add_numbers(struct html *h, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Text that may hold anything; NULL adds nothing. */
void html_text(struct html *h, const char *foreign);
/* What the format gives is text as well. */
void html_printf(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes that are no text: what is not printable ASCII as \xNN, a backslash doubled. */
void html_bytes(struct html *h, const void *foreign, size_t length);

/* "#700", which is the step's place in the page the first time, then a link to it. */
void html_step(struct html *h, uint64_t step);
/* A link to where the page tells more of it, further down. */
void html_step_link(struct html *h, uint64_t step);

/* <tr> with a heading and one cell of text, for tables of two columns. */
void html_fact(struct html *h, const char *name, const char *foreign);
