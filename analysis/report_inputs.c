/*
 * What came in before a divergence. A value that one of the variants held when
 * they parted (where it went, a register, an argument) and that stands byte by
 * byte in an input is the best hint there is at who decided.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report_page.h"
#include "analysis/transfer.h"
#include "base/alloc.h"
#include "base/bytes.h"

/* bytes of one input looked into */
#define INPUT_BYTES 65536
/* rows of a dump that are always shown, and around a match; and rows in all */
#define ROWS_SHOWN  12
#define ROWS_AROUND 1
#define ROWS_MOST   40
#define ROW_BYTES   16
/* a value that short stands anywhere by chance */
#define VALUE_BYTES_LEAST 4
#define MATCHES_MOST      16
#define VALUES_MOST       256

/* struct user_regs_struct: those that a program computes with, by number */
static const struct {
	unsigned number;
	const char *name;
} registers[] = {
	{ 4, "rbp" },  { 5, "rbx" },  { 10, "rax" }, { 11, "rcx" },
	{ 12, "rdx" }, { 13, "rsi" }, { 14, "rdi" }, { 9, "r8" },
	{ 8, "r9" },   { 7, "r10" },  { 6, "r11" },  { 3, "r12" },
	{ 2, "r13" },  { 1, "r14" },  { 0, "r15" },  { 19, "the stack pointer" },
};

struct value {
	uint64_t value;
	uint32_t variant;
	bool is_place; /* in the code, to which it went */
	const char *name;
};

struct match {
	const struct value *value;
	size_t offset, length;
};

struct input {
	const struct report_input *about;
	uint8_t *data; /* owned; the head of what came in */
	size_t length, capacity;
	struct match matches[MATCHES_MOST];
	size_t n_matches;
};

struct report_inputs {
	struct report_page *page;
	struct value values[VALUES_MOST];
	size_t n_values;
	struct input at[REPORT_INPUTS]; /* latest first */
	size_t count;
	size_t payload; /* the one that most probably matters */
};

/* ---- values ---- */

static size_t significant_bytes(uint64_t value)
{
	return value ? (size_t)(71 - __builtin_clzll(value)) / 8 : 0;
}

static void add_value(struct report_inputs *in, struct value value)
{
	if (significant_bytes(value.value) < VALUE_BYTES_LEAST ||
	    value.value >= UINT64_MAX - 4096 || in->n_values == VALUES_MOST)
		return;
	for (size_t i = 0; i < in->n_values; i++)
		if (in->values[i].value == value.value)
			return;
	in->values[in->n_values++] = value;
}

static void collect_registers(struct report_inputs *in, const struct trace_divergence_side *side)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		struct bytes left = bytes_make(side->registers.data, side->registers.length);

		bytes_take(&left, registers[i].number * sizeof(uint64_t));
		add_value(in, (struct value){ .value = bytes_u64(&left),
					      .variant = side->variant,
					      .name = registers[i].name });
	}
}

/* Where it went first: of equal values, and of matches, the first counts. */
static void collect_values(struct report_inputs *in, const struct trace_divergence *d)
{
	for (size_t i = 0; i < d->n_sides; i++) {
		const struct trace_divergence_side *side = &d->sides[i];
		struct value place = { side->ip, side->variant, true, "the instruction pointer" };

		add_value(in, place);
		place.name = "a return address";
		for (size_t k = 0; k < side->n_frames; k++) {
			place.value = side->frames[k];
			add_value(in, place);
		}
	}
	for (size_t i = 0; i < d->n_sides; i++) {
		const struct trace_divergence_side *side = &d->sides[i];

		collect_registers(in, side);
		for (size_t k = 0; side->arrived == ARRIVED_CALL && k < SYSCALL_ARGS; k++)
			add_value(in, (struct value){ .value = side->args[k],
						      .variant = side->variant,
						      .name = "an argument" });
	}
}

/* ---- matches ---- */

static void find_matches(const struct report_inputs *in, struct input *input)
{
	for (size_t i = 0; i < in->n_values && input->n_matches < MATCHES_MOST; i++) {
		uint64_t value = in->values[i].value;
		size_t length = significant_bytes(value);
		const uint8_t *at = input->length ?
					    memmem(input->data, input->length, &value, length) :
					    NULL;

		if (at)
			input->matches[input->n_matches++] = (struct match){
				&in->values[i], (size_t)(at - input->data), length
			};
	}
}

static bool is_matched(const struct input *input, size_t at)
{
	for (size_t i = 0; i < input->n_matches; i++)
		if (at >= input->matches[i].offset &&
		    at < input->matches[i].offset + input->matches[i].length)
			return true;
	return false;
}

static void take_bytes(struct input *input, const struct trace_step *step)
{
	unsigned v = mask_variant(step->variants, 0);
	struct transfer transfers[TRANSFERS_MAX];
	size_t count = v < LIMIT_VARIANTS ? transfers_get(step, v, transfers) : 0;

	for (size_t i = 0; i < count; i++) {
		const struct trace_blob *data = &transfers[i].data;
		size_t room = INPUT_BYTES - input->length;
		size_t length = data->length < room ? data->length : room;

		if (transfers[i].direction != TRANSFER_READ ||
		    transfers[i].fd != input->about->fd || !length)
			continue;
		alloc_grow(&input->data, &input->capacity, input->length + length);
		memcpy(input->data + input->length, data->data, length);
		input->length += length;
	}
}

static void read_input(struct report_page *p, struct input *input)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_STEP));
	const struct trace_record *record;
	int ret = 0;

	filter.first_step = input->about->first;
	filter.last_step = input->about->step;
	scan_start(p->lookup, &filter);
	while (!p->error && (ret = scan_next(p->lookup, &record, p->err)) > 0)
		if (record->step.task == input->about->task)
			take_bytes(input, &record->step);
	if (ret < 0)
		p->error = ret;
}

/* From the earliest on: the walk then goes forward. */
static void read_inputs(struct report_inputs *in, const struct report_divergence *at)
{
	in->count = at->n_inputs;
	for (size_t i = in->count; i-- > 0;) {
		in->at[i].about = &at->inputs[i];
		read_input(in->page, &in->at[i]);
		find_matches(in, &in->at[i]);
	}
}

/* The one that decided something, else the last of the same task, else the last. */
static size_t probable_payload(const struct report_inputs *in, uint32_t task)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->at[i].n_matches)
			return i;
	for (size_t i = 0; i < in->count; i++)
		if (in->at[i].about->task == task)
			return i;
	return 0;
}

/* ---- the page ---- */

static void add_matches(struct report_page *p, const struct input *input)
{
	if (!input->n_matches)
		return;
	html_add(p->html, "<ul class=\"matches\">\n");
	for (size_t i = 0; i < input->n_matches; i++) {
		const struct match *m = &input->matches[i];

		html_add(p->html, "<li><strong>Found again:</strong> ");
		html_printf(p->html, "%s of variant %" PRIu32 ", ", m->value->name,
			    m->value->variant);
		html_add(p->html, "<code>");
		html_printf(p->html, "0x%" PRIx64, m->value->value);
		html_add(p->html, "</code>");
		html_printf(p->html, ", stands in these bytes at offset %zu.", m->offset);
		html_add(p->html, "</li>\n");
	}
	html_add(p->html, "</ul>\n");
}

static bool row_is_shown(const struct input *input, size_t row)
{
	if (row < ROWS_SHOWN)
		return true;
	for (size_t i = 0; i < input->n_matches; i++) {
		size_t first = input->matches[i].offset / ROW_BYTES;
		size_t last = (input->matches[i].offset + input->matches[i].length) / ROW_BYTES;

		if (row + ROWS_AROUND >= first && row <= last + ROWS_AROUND)
			return true;
	}
	return false;
}

static void add_byte(struct report_page *p, const struct input *input, size_t at, bool as_text)
{
	uint8_t byte = at < input->length ? input->data[at] : ' ';
	bool matched = is_matched(input, at);

	html_add(p->html, matched ? "<mark>" : "");
	if (as_text)
		html_printf(p->html, "%c", byte >= 0x20 && byte < 0x7f ? byte : '.');
	else if (at < input->length)
		html_printf(p->html, "%02x", byte);
	else
		html_add(p->html, "  ");
	html_add(p->html, matched ? "</mark>" : "");
	if (!as_text)
		html_add(p->html, at % ROW_BYTES == ROW_BYTES / 2 - 1 ? "  " : " ");
}

static void add_row(struct report_page *p, const struct input *input, size_t row)
{
	html_printf(p->html, "%08zx  ", row * ROW_BYTES);
	for (size_t i = 0; i < ROW_BYTES; i++)
		add_byte(p, input, row * ROW_BYTES + i, false);
	html_add(p->html, " ");
	for (size_t i = 0; i < ROW_BYTES && row * ROW_BYTES + i < input->length; i++)
		add_byte(p, input, row * ROW_BYTES + i, true);
	html_add(p->html, "\n");
}

static void add_dump(struct report_page *p, const struct input *input)
{
	size_t rows = (input->length + ROW_BYTES - 1) / ROW_BYTES, shown = 0;
	bool gap = false;

	html_add(p->html, "<div class=\"wide\"><pre class=\"hex\">");
	for (size_t row = 0; row < rows && shown < ROWS_MOST; row++) {
		if (!row_is_shown(input, row)) {
			gap = true;
			continue;
		}
		html_add(p->html, gap ? "...\n" : "");
		gap = false;
		add_row(p, input, row);
		shown++;
	}
	html_add(p->html, gap || shown == ROWS_MOST ? "..." : "");
	html_add(p->html, "</pre></div>\n");
}

static void add_origin(struct report_page *p, const struct report_input *about)
{
	html_add(p->html, "<p>");
	if (about->first != about->step) {
		html_step(p->html, about->first);
		html_add(p->html, " to ");
	}
	html_step(p->html, about->step);
	html_add(p->html, ", ");
	report_add_task(p, about->task);
	html_add(p->html, ": ");
	report_add_count(p, about->bytes, "byte");
	if (about->reads > 1)
		html_printf(p->html, " in %" PRIu64 " reads", about->reads);
	html_printf(p->html, " from descriptor %" PRId32 ", ", about->fd);
	html_add(p->html, "<code>");
	html_text(p->html, about->name[0] ? about->name : "of which the trace has no opening");
	html_add(p->html, "</code>");
	html_add(p->html, about->inherited   ? ", open since the start." :
			  about->is_received ? ", received from another process." :
					       ".");
	html_add(p->html, "</p>\n");
}

static void add_input(struct report_page *p, const struct input *input, bool payload)
{
	const struct report_input *about = input->about;

	html_add(p->html, payload ? "<div class=\"card payload\"><h3>Probable payload</h3>\n" :
				    "<div class=\"card\">\n");
	add_origin(p, about);
	add_matches(p, input);
	if (input->length)
		add_dump(p, input);
	else
		html_add(p->html, "<p class=\"note\">The trace does not have these bytes.</p>\n");
	if (input->length && input->length < about->bytes && input->length < INPUT_BYTES)
		html_printf(p->html, "Only the first %zu bytes were recorded.", input->length);
	html_add(p->html, "</div>\n");
}

void report_add_inputs(struct report_page *p, const struct report_inputs *in)
{
	html_add(p->html, "<section>\n<h2>The last input before it</h2>\n");
	if (in->count)
		add_input(p, &in->at[in->payload], true);
	else
		html_add(p->html, "<p>Nothing was read or received before it.</p>\n");
	if (in->count > 1)
		html_add(p->html,
			 "<details><summary>Other input before it, latest first</summary>\n");
	for (size_t i = 0; i < in->count; i++)
		if (i != in->payload)
			add_input(p, &in->at[i], false);
	html_add(p->html, in->count > 1 ? "</details>\n" : "");
	html_add(p->html, "</section>\n");
}

/* Registers and arguments hold input in harmless programs, too; where it went does not. */
void report_add_input_hint(struct report_page *p, const struct report_inputs *in)
{
	const struct input *input = in->count ? &in->at[in->payload] : NULL;
	const struct match *m = input && input->n_matches ? &input->matches[0] : NULL;

	if (!m || !m->value->is_place)
		return;
	html_add(p->html, "<p class=\"lead hint\"><strong>Input decided where it went:</strong> ");
	html_printf(p->html, "%s of variant %" PRIu32 ", ", m->value->name, m->value->variant);
	html_add(p->html, "<code>");
	html_printf(p->html, "0x%" PRIx64, m->value->value);
	html_add(p->html, "</code>, stands byte by byte in what ");
	html_step_link(p->html, input->about->step);
	html_add(p->html, " read. That is how an attack looks.</p>\n");
}

struct report_inputs *report_inputs_read(struct report_page *p, const struct report_divergence *at,
					 const struct trace_divergence *d)
{
	struct report_inputs *in = alloc_zeroed(1, sizeof(*in));

	in->page = p;
	collect_values(in, d);
	read_inputs(in, at);
	in->payload = probable_payload(in, d->task);
	return in;
}

void report_inputs_destroy(struct report_inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->at[i].data);
	free(in);
}
