/* The formats of export that go record by record: what export.c walks, they print. */
#pragma once

#include "analysis/export.h"
#include "analysis/text.h"

struct export_walk {
	struct source *source;
	const struct export_options *options;
	FILE *stream;
	bool stream_failed;
	struct text out;       /* what is printed next */
	const char *separator; /* chrome: before the next event */
	uint64_t count;        /* lines or events so far, names aside */
	uint64_t divergences;  /* so far, for their numbers */
	char *decoded;         /* owned; the last call decoded */
	size_t capacity;
};

struct export_style {
	int (*begin)(struct export_walk *w, struct error *err);
	/* `variants` is never 0: those that took part and are asked for. */
	void (*step)(struct export_walk *w, const struct trace_step *step, uint32_t variants);
	/* Any other record. */
	void (*event)(struct export_walk *w, const struct trace_record *record);
	void (*end)(struct export_walk *w);
};

extern const struct export_style export_strace, export_chrome;

/* Hands `out` to the stream, now; walking does so after each record. */
int export_put(struct export_walk *w, struct error *err);
/* Of a mask, those that are asked for. */
uint32_t export_variants(const struct export_walk *w, uint32_t variants);
/* The call of one variant, as the decoder shows it; valid until the next one. */
const char *export_decode(struct export_walk *w, const struct trace_step *step, unsigned variant);
/* exit - entry; false when it did not come back. */
bool export_duration(const struct trace_step *step, unsigned variant, uint64_t *ns);
