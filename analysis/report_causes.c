/*
 * Causes of a divergence that mean no harm, each looked for in what the trace
 * has. What it cannot tell is said, too.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report_page.h"
#include "base/bytes.h"
#include "schema/memory_maps.h"
#include "schema/syscall_args.h"

/* hex digits of an address in text: more are none */
#define ADDRESS_DIGITS_LEAST 6
#define ADDRESS_DIGITS_MOST  16

enum answer { ANSWER_NO, ANSWER_POSSIBLE, ANSWER_LIKELY, ANSWER_UNKNOWN };

static void open_cause(struct report_page *p, enum answer answer, const char *name)
{
	static const char *const words[] = {
		[ANSWER_NO] = "<td class=\"answer no\">not found</td><td>",
		[ANSWER_POSSIBLE] = "<td class=\"answer possible\">possible</td><td>",
		[ANSWER_LIKELY] = "<td class=\"answer likely\">likely</td><td>",
		[ANSWER_UNKNOWN] = "<td class=\"answer unknown\">cannot tell</td><td>",
	};

	html_add(p->html, "<tr><th scope=\"row\">");
	html_text(p->html, name);
	html_add(p->html, "</th>");
	html_add(p->html, words[answer]);
}

static void close_cause(struct report_page *p)
{
	html_add(p->html, "</td></tr>\n");
}

/* ---- addresses ---- */

/* Is it an address of the variant's own? */
static bool is_address(const struct trace_divergence_side *side, uint64_t value, char *place)
{
	if (value < 0x10000 || !side->maps || !side->maps[0])
		return false;
	memory_maps_locate(side->maps, value, place, REPORT_PLACE_BYTES);
	return place[0] && strcmp(place, "(nowhere)") != 0;
}

static bool word_at(const struct trace_divergence_side *side, size_t at, uint64_t *value)
{
	struct bytes left = bytes_make(side->data.data, side->data.length);

	bytes_take(&left, at);
	*value = bytes_u64(&left);
	return !left.failed;
}

static bool is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The number in hex digits that the byte belongs to, as printf writes an address. */
static bool digits_at(const struct trace_divergence_side *side, size_t at, uint64_t *value)
{
	const uint8_t *data = side->data.data;
	char digits[ADDRESS_DIGITS_MOST + 1] = "";
	size_t first = at, end = at;

	if (at >= side->data.length || !is_hex_digit(data[at]))
		return false;
	while (first && is_hex_digit(data[first - 1]))
		first--;
	while (end < side->data.length && is_hex_digit(data[end]))
		end++;
	if (end - first < ADDRESS_DIGITS_LEAST || end - first > ADDRESS_DIGITS_MOST)
		return false;
	memcpy(digits, data + first, end - first);
	*value = strtoull(digits, NULL, 16);
	return true;
}

typedef bool value_getter(const struct trace_divergence_side *side, size_t at, uint64_t *value);

static bool all_are_addresses(const struct trace_divergence *d, value_getter *get, size_t at)
{
	char place[REPORT_PLACE_BYTES];
	uint64_t value;

	for (size_t i = 0; i < d->n_sides; i++)
		if (d->sides[i].arrived != ARRIVED_CALL || !get(&d->sides[i], at, &value) ||
		    !is_address(&d->sides[i], value, place))
			return false;
	return d->n_sides > 0;
}

static bool argument_value(const struct trace_divergence_side *side, size_t arg, uint64_t *value)
{
	*value = arg < SYSCALL_ARGS ? side->args[arg] : 0;
	return arg < SYSCALL_ARGS;
}

/* Where the values that differ come from, and how to get at them; NULL when they are no addresses. */
static value_getter *find_addresses(const struct trace_divergence *d, size_t *at)
{
	size_t difference = d->offset > TRACE_EXCERPT_BEFORE_BYTES ? TRACE_EXCERPT_BEFORE_BYTES :
								     (size_t)d->offset;

	if (d->kind == DIVERGENCE_ARGUMENT && d->arg >= 0) {
		*at = (size_t)d->arg;
		return all_are_addresses(d, argument_value, *at) ? argument_value : NULL;
	}
	if (d->kind != DIVERGENCE_BUFFER)
		return NULL;
	*at = difference;
	if (all_are_addresses(d, digits_at, *at))
		return digits_at;
	/* the byte that differs may be any of the eight of a word */
	for (size_t back = 0; back < sizeof(uint64_t) && back <= difference; back++) {
		*at = difference - back;
		if (all_are_addresses(d, word_at, *at))
			return word_at;
	}
	return NULL;
}

static bool add_address_cause(struct report_page *p, const struct trace_divergence *d)
{
	size_t at = 0;
	value_getter *get = find_addresses(d, &at);

	open_cause(p, get ? ANSWER_LIKELY : ANSWER_NO, "An address let out");
	if (!get) {
		html_add(p->html, d->kind == DIVERGENCE_BUFFER || d->kind == DIVERGENCE_ARGUMENT ?
					  "What differs is no address of the variants' own." :
					  "The variants do not differ in values they handed to a "
					  "call.");
		close_cause(p);
		return false;
	}
	html_add(p->html, "What differs is in each variant an address of its own, so the program "
			  "hands its addresses out (prints, sends or hashes them): ");
	for (size_t i = 0; i < d->n_sides; i++) {
		char place[REPORT_PLACE_BYTES] = "";
		uint64_t value = 0;

		get(&d->sides[i], at, &value);
		is_address(&d->sides[i], value, place);
		html_printf(p->html, "%svariant %" PRIu32 " ", i ? ", " : "", d->sides[i].variant);
		html_add(p->html, "<code>");
		html_printf(p->html, "0x%" PRIx64 " = %s", value, place);
		html_add(p->html, "</code>");
	}
	html_add(p->html, ".");
	close_cause(p);
	return true;
}

static void add_uninitialised_cause(struct report_page *p, const struct trace_divergence *d,
				    bool addresses)
{
	open_cause(p,
		   addresses                    ? ANSWER_POSSIBLE :
		   d->kind == DIVERGENCE_BUFFER ? ANSWER_UNKNOWN :
						  ANSWER_NO,
		   "Uninitialised bytes");
	if (addresses)
		html_add(p->html,
			 "Addresses where none belong are what memory that nobody wrote to "
			 "often holds: look at padding, and at ends of buffers.");
	else if (d->kind == DIVERGENCE_BUFFER)
		html_add(p->html,
			 "A trace does not tell bytes that were never written from those "
			 "that were. <code>mvx-monitor --preflight</code> shows whether they "
			 "differ without an attacker, too.");
	else
		html_add(p->html, "The variants do not differ in bytes they handed to a call.");
	close_cause(p);
}

/* ---- what is not the same for all ---- */

static void add_nondeterminism_cause(struct report_page *p, const struct report_divergence *at)
{
	uint64_t unequal = at->noted[NOTED_UNEQUAL];
	uint64_t traps = 0;

	for (size_t i = 0; i < TRAP_KIND_NAMES; i++)
		traps += p->watch->traps[i];
	open_cause(p, unequal ? ANSWER_POSSIBLE : ANSWER_UNKNOWN, "Known non-determinism");
	if (unequal) {
		html_printf(p->html,
			    "%" PRIu64
			    " call%s before it gave other results in one variant than in "
			    "another: ",
			    unequal, unequal == 1 ? "" : "s");
		html_add(p->html, "</td></tr><tr><td colspan=\"3\">");
		report_add_steps(p, &p->watch->noted[NOTED_UNEQUAL], at->step);
	} else {
		html_add(p->html,
			 "All calls before it gave the same results to all variants, times, "
			 "ids and random bytes included");
		html_printf(p->html,
			    "; %" PRIu64 " readings of the processor's clock or kind were "
			    "answered alike. ",
			    traps);
		html_add(p->html, "rdrand, rdseed and rdpid are each variant's own and leave no "
				  "record: <code>--cpuid=trap</code> hides them from programs that "
				  "ask.");
	}
	close_cause(p);
}

/* Other threads of the same process, in the leader. */
static uint64_t count_threads(struct report_page *p, const struct trace_divergence *d)
{
	const struct source_task *tasks, *own = source_task_find(p->source, d->task, NULL);
	uint64_t threads = 0;
	size_t count;

	if (!own || source_tasks(p->source, &tasks, &count, NULL) < 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		threads += tasks[i].task != d->task && tasks[i].pid[0] == own->pid[0] &&
			   report_task_is_alive(&tasks[i], d->time_ns);
	return threads;
}

static void add_race_cause(struct report_page *p, const struct trace_divergence *d)
{
	const char *options = facts_find(&p->facts, "options");
	bool parallel = options && strstr(options, "--threads=parallel");
	bool told = d->summary && strstr(d->summary, "a race between threads");
	uint64_t threads = count_threads(p, d);

	open_cause(p,
		   told                ? ANSWER_LIKELY :
		   threads && parallel ? ANSWER_POSSIBLE :
					 ANSWER_NO,
		   "A race between threads");
	if (!threads) {
		html_add(p->html, "The process had one thread.");
	} else {
		html_printf(p->html, "The process had %" PRIu64 " other thread%s. ", threads,
			    threads == 1 ? "" : "s");
		html_add(p->html,
			 told ? "The monitor holds a race for the likely cause: threads did not "
				"all run in turns." :
			 parallel ? "They ran at once (--threads=parallel): each variant takes "
				    "locks in an order of its own." :
				    "They took turns, in the same order in all variants.");
	}
	close_cause(p);
}

static void add_shared_cause(struct report_page *p, const struct report_divergence *at)
{
	uint64_t shared = at->noted[NOTED_SHARED];

	open_cause(p, shared ? ANSWER_POSSIBLE : ANSWER_NO, "Memory shared with others");
	if (!shared) {
		html_add(p->html, "No file was mapped shared before it, and no segment attached.");
		close_cause(p);
		return;
	}
	html_printf(p->html,
		    "%" PRIu64
		    " mapping%s could be changed from outside, which only variant 0 would "
		    "see:",
		    shared, shared == 1 ? "" : "s");
	html_add(p->html, "</td></tr><tr><td colspan=\"3\">");
	report_add_steps(p, &p->watch->noted[NOTED_SHARED], at->step);
	close_cause(p);
}

static void add_signal_cause(struct report_page *p, const struct report_divergence *at,
			     const struct trace_divergence *d)
{
	bool itself = d->kind == DIVERGENCE_SIGNAL;

	open_cause(p, at->n_signals || itself ? ANSWER_POSSIBLE : ANSWER_NO, "A signal between");
	if (!at->n_signals)
		html_add(p->html, itself ? "The variants parted over a signal itself." :
					   "No signal came to the task between its last call and "
					   "this one.");
	for (size_t i = 0; i < at->n_signals; i++) {
		const struct report_signal *s = &at->signals[i];
		const char *name = source_signal_name(p->source, s->signo);
		bool known = s->decision < SIGNAL_DECISION_NAMES &&
			     signal_decision_names[s->decision];

		html_printf(p->html, "%s%s before #%" PRIu64 ": %s", i ? ", " : "",
			    name ? name : "a signal", s->step,
			    known ? signal_decision_names[s->decision] : "decision not known");
	}
	if (at->n_signals)
		html_add(p->html,
			 ". Its handler ran between the same two calls in all variants; how "
			 "far a computation had come by then may differ.");
	close_cause(p);
}

static void add_time_cause(struct report_page *p, const struct trace_divergence *d)
{
	bool late = d->kind == DIVERGENCE_TIMEOUT;

	open_cause(p, late ? ANSWER_POSSIBLE : ANSWER_NO, "A machine too busy");
	html_add(p->html, late ? "One variant did not come in time: it may have been computing, or "
				 "have had no processor. <code>--timeout</code> gives it longer." :
				 "All variants came in time.");
	close_cause(p);
}

void report_add_causes(struct report_page *p, const struct report_divergence *at,
		       const struct trace_divergence *d)
{
	bool addresses;

	html_add(p->html,
		 "<section>\n<h2>Causes that mean no harm</h2>\n<div class=\"wide\"><table "
		 "class=\"causes\">\n");
	addresses = add_address_cause(p, d);
	add_uninitialised_cause(p, d, addresses);
	add_nondeterminism_cause(p, at);
	add_race_cause(p, d);
	add_shared_cause(p, at);
	add_signal_cause(p, at, d);
	add_time_cause(p, d);
	html_add(p->html,
		 "</table></div>\n<p class=\"note\">Variants of different releases or "
		 "compilers may of course differ because they are different programs.</p>\n"
		 "</section>\n");
}
