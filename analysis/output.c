/* Seven formats behind one interface; see output.h. */
#include "analysis/output.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/text.h"
#include "base/alloc.h"

/* Rows a table looks at to find its widths; later ones may stick out. Keeps memory constant. */
#define TABLE_HELD_ROWS 500
/* bytes of cells a table holds back at most, for the same reason */
#define TABLE_HELD_BYTES (4u << 20)
/* beyond it a double, and so most JSON readers, cannot tell integers apart */
#define JSON_INTEGER_MAX (INT64_C(1) << 53)

struct held_cell {
	size_t start, length; /* in output.held */
	bool number;
};

struct output {
	FILE *stream;
	struct output_options options;
	char **names;
	size_t n_columns;
	uint64_t rows;
	struct text line; /* the row being built */
	/* table: rows held back until the widths are known */
	struct text held;
	struct held_cell *cells;
	size_t n_cells, cells_capacity;
	size_t *widths;
	bool *right; /* only numbers so far */
	bool widths_fixed;
};

static const char *const format_names[] = {
	[OUTPUT_TABLE] = "table",       [OUTPUT_TSV] = "tsv",       [OUTPUT_CSV] = "csv",
	[OUTPUT_JSON] = "json",         [OUTPUT_NDJSON] = "ndjson", [OUTPUT_LINE] = "line",
	[OUTPUT_MARKDOWN] = "markdown",
};
#define N_FORMATS (sizeof(format_names) / sizeof(format_names[0]))

int output_format_parse(enum output_format *out, const char *name, struct error *err)
{
	for (size_t i = 0; i < N_FORMATS; i++) {
		if (strcmp(format_names[i], name) == 0) {
			*out = (enum output_format)i;
			return 0;
		}
	}
	return error_set(err, -EINVAL,
			 "no format %s: table, tsv, csv, json, ndjson, line or markdown", name);
}

static int stream_put(struct output *o, struct text *t)
{
	errno = 0;
	if (t->length && fwrite(t->at, 1, t->length, o->stream) != t->length)
		return errno ? -errno : -EIO;
	text_clear(t);
	return 0;
}

static bool is_json(const struct output *o)
{
	return o->options.format == OUTPUT_JSON || o->options.format == OUTPUT_NDJSON;
}

static void add_real(struct text *t, double real)
{
	char digits[40];

	if (!isfinite(real)) {
		text_add(t, isnan(real) ? "nan" : real < 0 ? "-inf" : "inf");
		return;
	}
	snprintf(digits, sizeof(digits), "%.15g", real);
	if (strtod(digits, NULL) != real)
		snprintf(digits, sizeof(digits), "%.17g", real);
	text_add(t, digits);
	if (!strpbrk(digits, ".e"))
		text_add(t, ".0");
}

/*
 * Is it a command to whoever reads the output? Spreadsheets take a cell of CSV
 * that starts so for a formula; runners of workflows take a line that starts
 * with :: or ##[ for an order of theirs, and a cell may start a line.
 */
static bool starts_command(const struct output *o, const struct cell *cell)
{
	const char *text = cell->data;

	if (!cell->length)
		return false;
	if (o->options.format == OUTPUT_CSV && text[0] && strchr("=+-@", text[0]))
		return true;
	return (cell->length >= 2 && memcmp(text, "::", 2) == 0) ||
	       (cell->length >= 3 && memcmp(text, "##[", 3) == 0);
}

/* Bytes in a text format. TSV and CSV can be read back, the others are for eyes. */
static void add_bytes(struct text *t, const struct output *o, const struct cell *cell)
{
	unsigned how = ESCAPE_SCREEN;

	if (o->options.raw) {
		text_add_bytes(t, cell->data, cell->length);
		return;
	}
	if (o->options.format == OUTPUT_TSV || o->options.format == OUTPUT_CSV)
		how |= ESCAPE_BACKSLASH;
	if (cell->type == CELL_BLOB)
		how |= ESCAPE_BACKSLASH | ESCAPE_HIGH;
	if (starts_command(o, cell)) {
		text_printf(t, "\\x%02x", *(const uint8_t *)cell->data);
		text_add_escaped(t, (const uint8_t *)cell->data + 1, cell->length - 1, how);
	} else {
		text_add_escaped(t, cell->data, cell->length, how);
	}
}

static void add_cell(struct text *t, const struct output *o, const struct cell *cell)
{
	switch (cell->type) {
	case CELL_NULL:
		if (o->options.format == OUTPUT_TSV)
			text_add(t, "\\N");
		else if (o->options.format != OUTPUT_CSV)
			text_add(t, "NULL");
		break;
	case CELL_INTEGER: text_printf(t, "%" PRId64, cell->integer); break;
	case CELL_ADDRESS: text_printf(t, "0x%" PRIx64, (uint64_t)cell->integer); break;
	case CELL_REAL: add_real(t, cell->real); break;
	case CELL_TEXT:
	case CELL_BLOB: add_bytes(t, o, cell); break;
	}
}

static void add_json_cell(struct text *t, const struct cell *cell)
{
	bool large = cell->integer > JSON_INTEGER_MAX || cell->integer < -JSON_INTEGER_MAX;

	switch (cell->type) {
	case CELL_NULL: text_add(t, "null"); break;
	case CELL_INTEGER:
		text_printf(t, large ? "\"%" PRId64 "\"" : "%" PRId64, cell->integer);
		break;
	case CELL_ADDRESS: text_printf(t, "\"0x%" PRIx64 "\"", (uint64_t)cell->integer); break;
	case CELL_REAL:
		if (isfinite(cell->real))
			add_real(t, cell->real);
		else
			text_add(t, "null");
		break;
	case CELL_TEXT:
	case CELL_BLOB: text_add_json(t, cell->data, cell->length, cell->type == CELL_BLOB); break;
	}
}

static void add_json_row(struct output *o, const struct cell *cells)
{
	struct text *t = &o->line;

	if (o->options.format == OUTPUT_JSON)
		text_add(t, o->rows ? ",\n" : "");
	text_add_char(t, '{');
	for (size_t i = 0; i < o->n_columns; i++) {
		text_add(t, i ? "," : "");
		text_add(t, o->names[i]); /* quoted, with its colon */
		add_json_cell(t, &cells[i]);
	}
	text_add(t, o->options.format == OUTPUT_JSON ? "}" : "}\n");
}

/* RFC 4180: quotes where a reader needs them, and for "" so that it is not NULL. */
static void add_csv_text(struct text *t, const char *text, size_t length, bool is_null)
{
	if (!is_null && (!length || memchr(text, ',', length) || memchr(text, '"', length) ||
			 memchr(text, '\n', length) || memchr(text, '\r', length))) {
		text_add_char(t, '"');
		for (size_t i = 0; i < length; i++) {
			if (text[i] == '"')
				text_add_char(t, '"');
			text_add_char(t, text[i]);
		}
		text_add_char(t, '"');
	} else {
		text_add_bytes(t, text, length);
	}
}

static void add_markdown_text(struct text *t, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr("\\|<>&`*_[]", text[i]) && text[i])
			text_add_char(t, '\\');
		text_add_char(t, text[i]);
	}
}

static void add_separated_row(struct output *o, const struct cell *cells)
{
	cleanup_text struct text cell = { 0 };
	struct text *t = &o->line;
	enum output_format format = o->options.format;

	text_add(t, format == OUTPUT_MARKDOWN ? "| " : "");
	for (size_t i = 0; i < o->n_columns; i++) {
		if (i)
			text_add(t, format == OUTPUT_TSV ? "\t" :
				    format == OUTPUT_CSV ? "," :
							   " | ");
		text_clear(&cell);
		add_cell(&cell, o, &cells[i]);
		if (format == OUTPUT_CSV)
			add_csv_text(t, text_get(&cell), cell.length, cells[i].type == CELL_NULL);
		else if (format == OUTPUT_MARKDOWN)
			add_markdown_text(t, text_get(&cell), cell.length);
		else
			text_add_bytes(t, text_get(&cell), cell.length);
	}
	text_add(t, format == OUTPUT_MARKDOWN ? " |\n" : "\n");
}

static void add_line_row(struct output *o, const struct cell *cells)
{
	size_t widest = 0;

	for (size_t i = 0; i < o->n_columns; i++) {
		size_t width = text_width(o->names[i], strlen(o->names[i]));

		widest = width > widest ? width : widest;
	}
	text_add(&o->line, o->rows ? "\n" : "");
	for (size_t i = 0; i < o->n_columns; i++) {
		text_pad(&o->line, ' ', widest - text_width(o->names[i], strlen(o->names[i])));
		text_add(&o->line, o->names[i]);
		text_add(&o->line, " = ");
		add_cell(&o->line, o, &cells[i]);
		text_add_char(&o->line, '\n');
	}
}

static bool is_number(const struct cell *cell)
{
	return cell->type == CELL_INTEGER || cell->type == CELL_REAL || cell->type == CELL_ADDRESS;
}

static void hold_row(struct output *o, const struct cell *cells)
{
	for (size_t i = 0; i < o->n_columns; i++) {
		struct held_cell *held;
		size_t width;

		alloc_grow(&o->cells, &o->cells_capacity, o->n_cells + 1);
		held = &o->cells[o->n_cells++];
		held->start = o->held.length;
		add_cell(&o->held, o, &cells[i]);
		held->length = o->held.length - held->start;
		held->number = is_number(&cells[i]);
		width = text_width(text_get(&o->held) + held->start, held->length);
		if (!o->widths_fixed && width > o->widths[i])
			o->widths[i] = width;
		if (!o->widths_fixed && !held->number && cells[i].type != CELL_NULL)
			o->right[i] = false;
	}
}

static void add_table_cell(struct output *o, size_t column, const char *text, size_t length)
{
	size_t width = text_width(text, length);
	size_t fill = o->widths[column] > width ? o->widths[column] - width : 0;
	bool last = column + 1 == o->n_columns;

	text_add(&o->line, column ? "  " : "");
	if (o->right[column])
		text_pad(&o->line, ' ', fill);
	text_add_bytes(&o->line, text, length);
	if (!o->right[column] && !last)
		text_pad(&o->line, ' ', fill);
}

static void add_table_head(struct output *o)
{
	text_add(&o->line, o->options.color ? "\033[1m" : "");
	for (size_t i = 0; i < o->n_columns; i++)
		add_table_cell(o, i, o->names[i], strlen(o->names[i]));
	text_add(&o->line, o->options.color ? "\033[0m\n" : "\n");
	for (size_t i = 0; i < o->n_columns; i++) {
		text_add(&o->line, i ? "  " : "");
		text_pad(&o->line, '-', o->widths[i]);
	}
	text_add_char(&o->line, '\n');
}

/* Writes the rows held back; the first time, with the widths they turned out to need. */
static int table_flush(struct output *o)
{
	int ret;

	if (!o->widths_fixed)
		add_table_head(o);
	o->widths_fixed = true;
	for (size_t i = 0; i < o->n_cells; i++) {
		size_t column = i % o->n_columns;

		add_table_cell(o, column, text_get(&o->held) + o->cells[i].start,
			       o->cells[i].length);
		if (column + 1 < o->n_columns)
			continue;
		text_add_char(&o->line, '\n');
		ret = stream_put(o, &o->line);
		if (ret < 0)
			return ret;
	}
	o->n_cells = 0;
	text_clear(&o->held);
	return stream_put(o, &o->line);
}

static int table_row(struct output *o, const struct cell *cells)
{
	hold_row(o, cells);
	if (o->widths_fixed || o->n_cells >= TABLE_HELD_ROWS * o->n_columns ||
	    o->held.length >= TABLE_HELD_BYTES)
		return table_flush(o);
	return 0;
}

static void add_head(struct output *o)
{
	struct cell *cells = alloc_zeroed(o->n_columns, sizeof(*cells));
	bool raw = o->options.raw;

	for (size_t i = 0; i < o->n_columns; i++)
		cells[i] = (struct cell){ .type = CELL_TEXT,
					  .data = o->names[i],
					  .length = strlen(o->names[i]) };
	o->options.raw = true; /* names are escaped already */
	add_separated_row(o, cells);
	o->options.raw = raw;
	if (o->options.format == OUTPUT_MARKDOWN) {
		for (size_t i = 0; i < o->n_columns; i++)
			text_add(&o->line, "|---");
		text_add(&o->line, "|\n");
	}
	free(cells);
}

struct output *output_create(FILE *stream, const struct output_options *options,
			     const char *const *names, size_t n_columns)
{
	struct output *o = alloc_zeroed(1, sizeof(*o));

	o->stream = stream;
	o->options = *options;
	o->n_columns = n_columns;
	o->names = alloc_zeroed(n_columns, sizeof(*o->names));
	o->widths = alloc_zeroed(n_columns, sizeof(*o->widths));
	o->right = alloc_zeroed(n_columns, sizeof(*o->right));
	for (size_t i = 0; i < n_columns; i++) {
		cleanup_text struct text name = { 0 };

		/* a column's name may quote SQL text, and with it anything */
		if (is_json(o)) {
			text_add_json(&name, names[i], strlen(names[i]), false);
			text_add_char(&name, ':');
		} else {
			text_add_foreign(&name, names[i]);
		}
		o->names[i] = alloc_string(text_get(&name));
		o->widths[i] = text_width(o->names[i], strlen(o->names[i]));
		o->right[i] = true;
	}
	switch (options->format) {
	case OUTPUT_TSV:
	case OUTPUT_CSV:
	case OUTPUT_MARKDOWN: add_head(o); break;
	case OUTPUT_JSON: text_add(&o->line, "["); break;
	case OUTPUT_TABLE:
	case OUTPUT_NDJSON:
	case OUTPUT_LINE: break;
	}
	return o;
}

int output_row(struct output *o, const struct cell *cells)
{
	int ret = 0;

	switch (o->options.format) {
	case OUTPUT_TABLE: ret = table_row(o, cells); break;
	case OUTPUT_JSON:
	case OUTPUT_NDJSON:
		add_json_row(o, cells);
		ret = stream_put(o, &o->line);
		break;
	case OUTPUT_LINE:
		add_line_row(o, cells);
		ret = stream_put(o, &o->line);
		break;
	case OUTPUT_TSV:
	case OUTPUT_CSV:
	case OUTPUT_MARKDOWN:
		add_separated_row(o, cells);
		ret = stream_put(o, &o->line);
		break;
	}
	o->rows++;
	return ret;
}

int output_end(struct output *o)
{
	int ret = 0;

	if (o->options.format == OUTPUT_TABLE)
		ret = table_flush(o);
	if (o->options.format == OUTPUT_JSON)
		text_add(&o->line, "]\n");
	return ret < 0 ? ret : stream_put(o, &o->line);
}

void output_destroy(struct output *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n_columns; i++)
		free(o->names[i]);
	free(o->names);
	free(o->widths);
	free(o->right);
	free(o->cells);
	text_finish(&o->line);
	text_finish(&o->held);
	free(o);
}
