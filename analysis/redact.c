/* Redacted traces, record by record; see redact.h. */
#include "analysis/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/redact_bufs.h"
#include "analysis/rewrite.h"
#include "analysis/scan.h"
#include "base/alloc.h"

struct redact {
	struct source *source;
	const struct redact_options *options;
	struct redact_arena arena; /* strings of the record at hand */
	struct rewrite rewrite;
};

/* ---- strings ---- */

static const char *word(struct redact *r, const char *text)
{
	struct text *out = redact_arena_text(&r->arena);

	pseudonym_put_word(&r->options->names, out, text, strlen(text));
	return text_get(out);
}

static const char *path(struct redact *r, const char *text)
{
	struct text *out = redact_arena_text(&r->arena);

	pseudonym_put_path(&r->options->names, out, text, strlen(text));
	return text_get(out);
}

static struct trace_blob word_blob(struct redact *r, struct trace_blob blob)
{
	struct text *out = redact_arena_text(&r->arena);

	pseudonym_put_word(&r->options->names, out, blob.data, blob.length);
	return (struct trace_blob){ (const uint8_t *)text_get(out), out->length };
}

static struct trace_blob *word_blobs(struct redact *r, const struct trace_blob *from, size_t count)
{
	struct trace_blob *list = redact_arena_take(&r->arena, count, sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = word_blob(r, from[i]);
	return list;
}

static uint64_t rehash(const struct redact *r, uint64_t hash)
{
	return hash ? pseudonym_hash(&r->options->names, &hash, sizeof(hash)) : 0;
}

/* ---- the header ---- */

/* Of the environment only where home and temporary files are: paths are read by them. */
static void redact_environment(struct redact *r, struct trace_header *h)
{
	static const char *const kept[] = { "HOME=", "TMPDIR=" };
	struct trace_blob *list = redact_arena_take(&r->arena, 2, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < h->n_environment && count < 2; i++) {
		for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++) {
			const struct trace_blob *pair = &h->environment[i];
			size_t n = strlen(kept[k]);
			struct text *out;

			if (pair->length <= n || memcmp(pair->data, kept[k], n) != 0 || count >= 2)
				continue;
			out = redact_arena_text(&r->arena);
			text_add(out, kept[k]);
			pseudonym_put_path(&r->options->names, out, pair->data + n,
					   pair->length - n);
			list[count++] = (struct trace_blob){ (const uint8_t *)text_get(out),
							     out->length };
		}
	}
	h->environment = list;
	h->n_environment = count;
}

/* "-n" says nothing; "-pSECRET" and what stands alone may. */
static bool is_plain_option(const struct trace_blob *word)
{
	return word->length == 2 && word->data[0] == '-';
}

static void redact_options_words(struct redact *r, struct trace_header *h)
{
	struct trace_blob *list = redact_arena_take(&r->arena, h->n_options, sizeof(*list));

	for (size_t i = 0; i < h->n_options; i++)
		list[i] = is_plain_option(&h->options[i]) ? h->options[i] :
							    word_blob(r, h->options[i]);
	h->options = list;
}

/* "pipe:[1234]" is no path, and its number nobody's name. */
static const char *inherited_path(struct redact *r, const char *text)
{
	static const char *const made[] = { "pipe:[", "socket:[" };

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		size_t n = strlen(made[i]);

		if (strncmp(text, made[i], n) == 0 &&
		    strcmp(text + n + strspn(text + n, "0123456789"), "]") == 0)
			return text;
	}
	return path(r, text);
}

static void redact_descriptors(struct redact *r, struct trace_header *h)
{
	struct trace_inherited_fd *list = redact_arena_take(&r->arena, h->n_fds, sizeof(*list));

	for (size_t i = 0; i < h->n_fds; i++) {
		list[i] = h->fds[i];
		list[i].path = inherited_path(r, h->fds[i].path);
	}
	h->fds = list;
}

/* What was said of earlier derivations may be paths and patterns. */
static void redact_derivations(struct redact *r, struct trace_header *h)
{
	struct trace_derivation *list = redact_arena_take(&r->arena, h->n_derived, sizeof(*list));

	for (size_t i = 0; i < h->n_derived; i++) {
		list[i] = h->derived[i];
		list[i].how = strcmp(list[i].how, "slice") == 0 ? "slice" : "redact";
		list[i].what = "(redacted)";
	}
	h->derived = list;
}

static int write_header(struct redact *r, uint64_t of_hash, struct error *err)
{
	const struct trace_header *known = source_header(r->source);
	struct trace_header h = { .variants = source_variant_count(r->source) };
	struct trace_derivation derivation = { .how = "redact",
					       .what = r->options->what,
					       .of_hash = of_hash };

	if (known) {
		h = *known;
		h.hostname = word(r, known->hostname);
		h.cwd = path(r, known->cwd);
		h.payload_mode = r->options->no_hashes ? PAYLOAD_NONE : PAYLOAD_HASH;
		h.payload_head_bytes = 0;
		redact_environment(r, &h);
		redact_options_words(r, &h);
		redact_descriptors(r, &h);
		redact_derivations(r, &h);
	}
	return rewrite_begin_with(&r->rewrite, &h, &derivation, err);
}

/* ---- other records ---- */

static void redact_variant(struct redact *r, struct trace_variant_start *v)
{
	v->argv = word_blobs(r, v->argv, v->n_argv);
	v->path = path(r, v->path);
	/* stack protectors are made of them */
	v->at_random = (struct trace_blob){ 0 };
	v->hash = rehash(r, v->hash);
}

static void redact_step(struct redact *r, struct trace_step *step)
{
	struct trace_buf *bufs = redact_arena_take(&r->arena, step->n_bufs, sizeof(*bufs));

	for (size_t i = 0; i < step->n_bufs; i++) {
		bufs[i] = step->bufs[i];
		redact_buf(&r->options->names, r->options->no_hashes, &r->arena, step, &bufs[i]);
	}
	step->bufs = bufs;
}

/* Names in a memory map that no file has. */
static bool is_kernels_name(const char *name, size_t length)
{
	static const char *const names[] = { "[stack]", "[heap]",     "[vdso]",
					     "[vvar]",  "[vsyscall]", "[vvar_vclock]" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return true;
	return false;
}

/* "7f..-7f.. r-xp 0000 08:01 1234   /path": the path, behind five words. */
static void put_map_line(struct redact *r, struct text *out, const char *line, size_t length)
{
	size_t at = 0;

	for (unsigned words = 0; words < 5 && at < length; words++) {
		at += strcspn(line + at, " \n");
		at += strspn(line + at, " ");
	}
	at = at < length ? at : length;
	/* what is no map is no line of one */
	if (strspn(line, "0123456789abcdef-rwxps: ") < at)
		at = 0;
	text_add_bytes(out, line, at);
	if (is_kernels_name(line + at, length - at))
		text_add_bytes(out, line + at, length - at);
	else if (at < length)
		pseudonym_put_path(&r->options->names, out, line + at, length - at);
	text_add_char(out, '\n');
}

static const char *redact_maps(struct redact *r, const char *maps)
{
	struct text *out = redact_arena_text(&r->arena);

	while (*maps) {
		size_t length = strcspn(maps, "\n");

		put_map_line(r, out, maps, length);
		maps += length + (maps[length] == '\n');
	}
	return text_get(out);
}

/* "libc.so.6+0x1234 (symbol)": the image by its pseudonym, and where in it. */
static const char *redact_location(struct redact *r, const char *location)
{
	const char *offset = strstr(location, "+0x");
	struct text *out = redact_arena_text(&r->arena);

	pseudonym_put_word(&r->options->names, out, location,
			   offset ? (size_t)(offset - location) : strlen(location));
	if (offset)
		text_add_bytes(out, offset, 3 + strspn(offset + 3, "0123456789abcdef"));
	return text_get(out);
}

static const char *side_text(struct redact *r, const struct trace_divergence_side *side)
{
	const char *name = source_syscall_name(r->source, side->nr);
	struct text *out = redact_arena_text(&r->arena);

	switch (side->arrived) {
	case ARRIVED_CALL: text_printf(out, "%s(...)", name ? name : "a call"); break;
	case ARRIVED_FOREIGN: text_add(out, "a call of another ABI"); break;
	case ARRIVED_FAULT: text_add(out, "a fault"); break;
	case ARRIVED_END: text_add(out, "an end"); break;
	case ARRIVED_SIGNAL: text_add(out, "a signal"); break;
	default: text_add(out, "(redacted)"); break;
	}
	return text_get(out);
}

static void redact_divergence(struct redact *r, struct trace_divergence *d)
{
	struct trace_divergence_side *sides = redact_arena_take(&r->arena, d->n_sides,
								sizeof(*sides));

	d->summary = "(redacted)";
	d->action = strcmp(d->action, "killed") == 0 ? "killed" : "(redacted)";
	for (size_t i = 0; i < d->n_sides; i++) {
		sides[i] = d->sides[i];
		sides[i].text = side_text(r, &d->sides[i]);
		sides[i].location = redact_location(r, d->sides[i].location);
		sides[i].maps = redact_maps(r, d->sides[i].maps);
		sides[i].registers = sides[i].data = (struct trace_blob){ 0 };
	}
	d->sides = sides;
}

static void redact_record(struct redact *r, struct trace_record *record)
{
	switch (record->kind) {
	case TRACE_VARIANT_START: redact_variant(r, &record->variant_start); break;
	case TRACE_STEP: redact_step(r, &record->step); break;
	/* si_value is whatever the sender liked */
	case TRACE_SIGNAL: record->signal.siginfo = (struct trace_blob){ 0 }; break;
	case TRACE_DIVERGENCE: redact_divergence(r, &record->divergence); break;
	case TRACE_FILE_IDENTITY:
		record->file_identity.path = path(r, record->file_identity.path);
		record->file_identity.hash = rehash(r, record->file_identity.hash);
		break;
	case TRACE_MARK: record->mark.text = word(r, record->mark.text); break;
	case TRACE_TASK_START:
		record->task_start.label = redact_label(record->task_start.label);
		break;
	case TRACE_HEADER:
	case TRACE_TASK_END:
	case TRACE_TRAP:
	case TRACE_END: break;
	}
}

static int write_records(struct redact *r, struct error *err)
{
	struct scan_filter everything = scan_filter_all(SCAN_ALL_KINDS);
	const struct trace_record *record;
	struct scan *scan;
	int ret = scan_create(&scan, r->source, err);

	if (ret < 0)
		return ret;
	scan_start(scan, &everything);
	while ((ret = scan_next(scan, &record, err)) > 0) {
		struct trace_record changed = *record;

		if (record->kind == TRACE_HEADER || record->kind == TRACE_END)
			continue;
		redact_record(r, &changed);
		ret = rewrite_add(&r->rewrite, &changed, err);
		redact_arena_clear(&r->arena);
		if (ret < 0)
			break;
	}
	scan_destroy(scan);
	return ret;
}

int redact_write(struct source *source, const struct redact_options *options, uint64_t of_hash,
		 struct trace_writer *writer, struct error *err)
{
	struct redact r = { .source = source, .options = options, .rewrite = { .writer = writer } };
	int ret = write_header(&r, of_hash, err);

	redact_arena_clear(&r.arena);
	if (ret == 0)
		ret = write_records(&r, err);
	if (ret == 0)
		ret = rewrite_end(&r.rewrite, source, err);
	redact_arena_finish(&r.arena);
	return ret;
}
