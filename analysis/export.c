/* The formats there are, and the walk they share; see export.h. */
#include "analysis/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/export_style.h"
#include "analysis/query.h"
#include "analysis/schema.h"
#include "base/alloc.h"
#include "schema/syscall_decode.h"

/* bytes of a decoded call beside its strings: six arguments, vectors of structures included */
#define DECODED_EXTRA_BYTES 16384
/* strings a decoded call may show: 32 of a vector and some; each byte may take four: \ooo */
#define DECODED_STRINGS 40
/* records between two calls of progress: a few milliseconds */
#define PROGRESS_RECORDS 4096
/* the decoder's own default for a string */
#define STRING_BYTES_DEFAULT 32

static const char *const format_names[] = {
	[EXPORT_NDJSON] = "ndjson", [EXPORT_CSV] = "csv",
	[EXPORT_TSV] = "tsv",       [EXPORT_STRACE] = "strace",
	[EXPORT_CHROME] = "chrome", [EXPORT_CLICKHOUSE_DDL] = "clickhouse-ddl",
};

int export_format_parse(enum export_format *out, const char *name, struct error *err)
{
	for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
		if (strcmp(format_names[i], name) == 0) {
			*out = (enum export_format)i;
			return 0;
		}
	}
	return error_set(err, -EINVAL,
			 "no format %s: ndjson, csv, tsv, strace, chrome or clickhouse-ddl", name);
}

bool export_format_has_rows(enum export_format format)
{
	return format == EXPORT_NDJSON || format == EXPORT_CSV || format == EXPORT_TSV;
}

/* ---- rows ---- */

/* The table, or the one a view's rows come from. */
static const struct table *base_table_find(const char *name)
{
	for (size_t i = 0; schema_views[i].name; i++)
		if (strcmp(schema_views[i].name, name) == 0)
			return schema_views[i].base;
	for (size_t i = 0; schema_tables[i]; i++)
		if (strcmp(schema_tables[i]->name, name) == 0)
			return schema_tables[i];
	return NULL;
}

int export_table_check(const char *name, const struct selection *selection, struct error *err)
{
	const struct table *table = base_table_find(name);

	if (!table)
		return error_set(err, -ENOENT, "no table %s: mvx-replay schema lists them", name);
	if (!call_filter_is_empty(&selection->filter) && table->kind != TRACE_STEP)
		return error_set(err, -EINVAL,
				 "-e, -P, -z, -Z and --where choose calls, and %s has none", name);
	if (selection->n_positions && (!table->kind || table->kind == TRACE_FILE_IDENTITY))
		return error_set(err, -EINVAL, "a position chooses steps, and %s has none", name);
	return 0;
}

struct row_watch {
	const struct export_options *options;
	const uint64_t *rows;
	uint64_t total;
};

static void watch_rows(void *data)
{
	const struct row_watch *watch = data;

	watch->options->progress(watch->options->data, *watch->rows, watch->total);
}

static int export_rows(struct source *source, enum export_format format,
		       const struct export_options *options, FILE *stream, uint64_t *count,
		       bool *stream_failed, struct error *err)
{
	static const enum output_format formats[] = {
		[EXPORT_NDJSON] = OUTPUT_NDJSON, [EXPORT_CSV] = OUTPUT_CSV, [EXPORT_TSV] = OUTPUT_TSV
	};
	struct output_options output = { .format = formats[format] };
	struct query_limits limits = { .selection = &options->selection };
	struct row_watch watch = { .options = options, .rows = count };
	cleanup_text struct text sql = { 0 };
	struct query *query;
	int ret;

	if (selection_is_all(&options->selection)) {
		limits.selection = NULL;
		watch.total = options->table ? 0 : source_steps_estimate(source);
	}
	if (options->progress) {
		limits.watch = watch_rows;
		limits.data = &watch;
	}
	ret = query_open(&query, source, &limits, err);
	if (ret < 0)
		return ret;
	text_printf(&sql, "SELECT * FROM %s", options->table ? options->table : "step");
	ret = query_run(query, text_get(&sql), stream, &output, count, stream_failed, err);
	query_close(query);
	return ret;
}

/* ---- records ---- */

const char *export_decode(struct export_walk *w, const struct trace_step *step, unsigned variant)
{
	struct decode_options options = { .string_bytes = w->options->string_bytes };

	syscall_decode(step, variant, &options, w->decoded, w->capacity);
	return w->decoded;
}

bool export_duration(const struct trace_step *step, unsigned variant, uint64_t *ns)
{
	if (step->no_result || !step->exit_ns[variant] ||
	    step->exit_ns[variant] < step->entry_ns[variant])
		return false;
	*ns = step->exit_ns[variant] - step->entry_ns[variant];
	return true;
}

int export_put(struct export_walk *w, struct error *err)
{
	errno = 0;
	if (w->out.length && fwrite(w->out.at, 1, w->out.length, w->stream) != w->out.length) {
		int code = errno ? -errno : -EIO;

		w->stream_failed = true;
		return error_set(err, code, "cannot write: %s", strerror(-code));
	}
	text_clear(&w->out);
	return 0;
}

uint32_t export_variants(const struct export_walk *w, uint32_t variants)
{
	const uint32_t all = (1u << LIMIT_VARIANTS) - 1;

	return variants & (w->options->leader_only ? 1u : all);
}

static void print_step(struct export_walk *w, const struct export_style *style,
		       const struct trace_step *step)
{
	const struct selection *selection = &w->options->selection;
	uint32_t variants;
	int variant;

	if (!selection_has_place(selection, step, &variant) ||
	    !call_filter_matches(&selection->filter, step))
		return;
	variants = variant < 0 ? export_variants(w, step->variants) :
				 step->variants & 1u << variant;
	if (variants)
		style->step(w, step, variants);
}

static int walk(struct export_walk *w, const struct export_style *style, struct scan *scan,
		struct error *err)
{
	const struct trace_record *record;
	uint64_t step = 0, records = 0;
	int ret;

	while ((ret = scan_next(scan, &record, err)) > 0) {
		source_learn(w->source, record);
		if (++records % PROGRESS_RECORDS == 0 && w->options->progress)
			w->options->progress(w->options->data, w->count, 0);
		w->divergences += record->kind == TRACE_DIVERGENCE;
		if (record->kind == TRACE_STEP) {
			step = record->step.step;
			print_step(w, style, &record->step);
		} else if (selection_has_event(&w->options->selection, record, step)) {
			style->event(w, record);
		}
		ret = export_put(w, err);
		if (ret < 0)
			return ret;
	}
	return ret;
}

static int export_records(struct export_walk *w, const struct export_style *style,
			  struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_ALL_KINDS);
	struct scan *scan;
	int ret = scan_create(&scan, w->source, err);

	if (ret < 0)
		return ret;
	selection_narrow(&w->options->selection, &filter);
	ret = style->begin(w, err);
	scan_start(scan, &filter);
	w->divergences = scan_divergences_before(scan);
	if (ret == 0)
		ret = walk(w, style, scan, err);
	scan_destroy(scan);
	if (ret < 0)
		return ret;
	style->end(w);
	return export_put(w, err);
}

int export_run(struct source *source, enum export_format format,
	       const struct export_options *options, FILE *stream, uint64_t *count,
	       bool *stream_failed, struct error *err)
{
	const struct export_style *style = format == EXPORT_STRACE ? &export_strace :
								     &export_chrome;
	size_t bytes = options->string_bytes ? options->string_bytes : STRING_BYTES_DEFAULT;
	struct export_walk w = { .source = source, .options = options, .stream = stream };
	int ret;

	*stream_failed = false;
	if (export_format_has_rows(format))
		return export_rows(source, format, options, stream, count, stream_failed, err);
	w.capacity = DECODED_EXTRA_BYTES + 4 * DECODED_STRINGS * bytes;
	w.decoded = alloc_zeroed(w.capacity, 1);
	ret = export_records(&w, style, err);
	*stream_failed = w.stream_failed;
	*count = w.count;
	free(w.decoded);
	text_finish(&w.out);
	return ret;
}
