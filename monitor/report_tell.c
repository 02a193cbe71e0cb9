/*
 * The lines on standard error, a variant each, those that are alike together.
 * Programs choose their bytes and file names: both are escaped here or by the
 * decoder before they come near a terminal.
 */
#include "monitor/report.h"

#include <string.h>

#include "base/log.h"
#include "monitor/options.h"
#include "monitor/symbols.h"
#include "schema/memory_maps.h"
#include "schema/syscall_decode.h"

/* bytes shown of what differs */
#define SHOWN_DIFFERENCE_BYTES 24

/* File names may hold any byte. */
static void put_escaped(struct decode_text *t, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f && c != '\\')
			decode_put_bytes(t, text, 1);
		else
			decode_putf(t, "\\x%02x", c);
	}
}

static void put_quoted(struct decode_text *t, const uint8_t *data, size_t length)
{
	char quoted[4 * EXCERPT_BYTES + 8];

	decode_quoted(data, length, length, length ? length : 1, quoted, sizeof(quoted));
	decode_put(t, quoted);
}

/* Do they come in one line? Those like the leader do, whatever their addresses. */
static bool is_same_side(const struct report *report, unsigned a, unsigned b)
{
	const struct trace_divergence_side *x = &report->sides[a], *y = &report->sides[b];
	bool odd = report->m->odd & 1u << a;

	if (x->arrived != y->arrived || odd != !!(report->m->odd & 1u << b))
		return false;
	if (!odd && x->arrived != ARRIVED_SIGNAL)
		return true;
	return strcmp(x->text, y->text) == 0 && x->data.length == y->data.length &&
	       (!x->data.length || memcmp(x->data.data, y->data.data, x->data.length) == 0);
}

/* The mask of those that are told together with v; 0 when an earlier variant's line has it. */
static uint32_t side_group(const struct report *report, unsigned v)
{
	uint32_t mask = 0;

	for (unsigned other = 0; other < report->session->n_variants; other++)
		if (is_same_side(report, v, other))
			mask |= 1u << other;
	return mask & ((1u << v) - 1) ? 0 : mask;
}

/* The image of a location is what stands before its offset. */
static bool is_same_image(const char *a, const char *b)
{
	const char *end_a = strstr(a, "+0x"), *end_b = strstr(b, "+0x");

	return end_a && end_b && end_a - a == end_b - b && memcmp(a, b, (size_t)(end_a - a)) == 0;
}

/* Where it stands, and where in another image that came from: seldom is libc to blame. */
static void put_place(struct decode_text *t, const struct report *report, unsigned v)
{
	const struct trace_divergence_side *side = &report->sides[v];

	if (!side->location || !side->location[0])
		return;
	decode_put(t, "   at ");
	put_escaped(t, side->location);
	for (size_t i = 1; i < side->n_frames; i++) {
		char from[LOCATION_TEXT_BYTES];

		memory_maps_locate(side->maps, side->frames[i], from, sizeof(from));
		if (is_same_image(from, side->location))
			continue;
		/* A return address: the call is before it. */
		symbols_append(report->symbols[v], side->frames[i] - 1, from, sizeof(from));
		decode_put(t, ", from ");
		put_escaped(t, from);
		return;
	}
}

static void log_side(const struct report *report, unsigned v, uint32_t group)
{
	char line[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(line, sizeof(line));

	decode_put(&t, "  ");
	report_put_variants(&t, group);
	decode_put(&t, ": ");
	decode_put(&t, report->sides[v].text);
	put_place(&t, report, v);
	decode_text_finish(&t);
	log_line(LOG_NORMAL, "%s", line);
}

/* Variant 0 and the first that differs, from the first differing byte on. */
static void log_bytes(const struct report *report)
{
	uint64_t offset = report->m->offset, start = report_excerpt_start(report);
	char line[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(line, sizeof(line));

	decode_put(&t, "             first differing bytes:");
	for (unsigned v = 0; v < report->session->n_variants; v++) {
		struct trace_blob bytes = report_side_bytes(report, v, offset,
							    SHOWN_DIFFERENCE_BYTES);
		const struct capture_buf *buf = report_side_buffer(report, v);

		if (!buf || !side_group(report, v))
			continue;
		decode_putf(&t, "%s %u ", v ? " /" : "", v);
		if (!bytes.length)
			decode_put(&t, buf->faulted ? "unreadable" : "ended");
		else
			put_quoted(&t, bytes.data, bytes.length);
		if (buf->length > offset + bytes.length)
			decode_put(&t, "...");
	}
	if (offset > 0) {
		struct trace_blob before = report_side_bytes(report, LEADER, start,
							     (size_t)(offset - start));

		decode_put(&t, ", after ");
		decode_put(&t, start ? "..." : "");
		put_quoted(&t, before.data, before.length);
	}
	decode_text_finish(&t);
	log_line(LOG_NORMAL, "%s", line);
}

static void log_end(const struct report *report)
{
	if (report_is_made(report))
		log_line(LOG_NORMAL, "  the call was made; all variants were stopped");
	else if (report->calls | report->foreign)
		log_line(LOG_NORMAL, "  the call was not made; all variants were stopped");
	else
		log_line(LOG_NORMAL, "  all variants were stopped");
	if (report_may_be_race(report))
		log_line(LOG_NORMAL, "  likely cause: " RACE_TEXT);
	else if (report_may_be_benign(report) && !report->session->options->trace_none)
		log_line(LOG_NORMAL,
			 "  if it does so on good input, too: mvx-monitor --preflight tells "
			 "what makes its copies differ");
}

void report_tell(const struct report *report)
{
	char cause[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(cause, sizeof(cause));

	report_put_cause(&t, report);
	decode_text_finish(&t);
	log_line(LOG_NORMAL, "divergence in %s at step-in-task %llu: %s", report->lane->label,
		 (unsigned long long)report->task_seq, cause);
	for (unsigned v = 0; v < report->session->n_variants; v++) {
		uint32_t group = side_group(report, v);

		if (group)
			log_side(report, v, group);
	}
	if (report->buf >= 0 && !report_differs_in_fault(report))
		log_bytes(report);
	log_end(report);
}
