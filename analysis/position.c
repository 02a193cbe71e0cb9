/* Parsing and finding places; see position.h. */
#include "analysis/position.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/schema.h"

static int not_a_position(const char *text, struct error *err)
{
	return error_set(err, -EINVAL,
			 "no position: %s (#700, 690..710, 700.v1, d1, P0.T0:454 or +1.5s..+2s)",
			 text);
}

/* Decimal digits; false when there are none or too many. */
static bool take_number(const char **at, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)**at))
		return false;
	errno = 0;
	*number = strtoull(*at, &end, 10);
	*at = end;
	return errno == 0;
}

/* "690", "690..710", "690..", after an optional #. */
static bool take_range(const char **at, uint64_t *first, uint64_t *last)
{
	if (**at == '#')
		++*at;
	*first = 0;
	if (strncmp(*at, "..", 2) != 0 && !take_number(at, first))
		return false;
	*last = *first;
	if (strncmp(*at, "..", 2) != 0)
		return true;
	*at += 2;
	*last = UINT64_MAX;
	if (**at == '#')
		++*at;
	return !isdigit((unsigned char)**at) || take_number(at, last);
}

/* "+1.5s", "+20ms", "+7us", "+9ns"; seconds without a unit. */
static bool take_time(const char **at, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = {
		{ "ms", 1e6 }, { "us", 1e3 }, { "ns", 1 }, { "s", 1e9 }, { "", 1e9 },
	};
	double value;
	char *end;

	if (**at == '+')
		++*at;
	if (!isdigit((unsigned char)**at))
		return false;
	value = strtod(*at, &end);
	/* "1..2" is 1 up to 2, though strtod reads "1." */
	if (end > *at && end[-1] == '.' && *end == '.')
		end--;
	*at = end;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t length = strlen(units[i].unit);

		if (strncmp(*at, units[i].unit, length) != 0)
			continue;
		*at += length;
		*ns = value * units[i].factor < 1.8e19 ? (uint64_t)(value * units[i].factor) :
							 UINT64_MAX;
		return true;
	}
	return false;
}

static int parse_time(struct position *p, const char *text, struct error *err)
{
	const char *at = text;

	p->kind = POSITION_TIME;
	if (!take_time(&at, &p->first) || strncmp(at, "..", 2) != 0)
		return error_set(err, -EINVAL, "no stretch of time: %s (+1.5s..+2s, +200ms..)",
				 text);
	at += 2;
	p->last = UINT64_MAX;
	if (*at && (!take_time(&at, &p->last) || *at))
		return error_set(err, -EINVAL, "no stretch of time: %s (+1.5s..+2s, +200ms..)",
				 text);
	return 0;
}

static int parse_task(struct position *p, const char *text, struct error *err)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : strlen(text);

	p->kind = POSITION_TASK;
	if (length >= sizeof(p->label))
		return not_a_position(text, err);
	memcpy(p->label, text, length);
	p->label[length] = '\0';
	p->first = 0;
	p->last = UINT64_MAX;
	if (!colon)
		return 0;
	colon++;
	if (!take_range(&colon, &p->first, &p->last) || *colon)
		return not_a_position(text, err);
	return 0;
}

int position_parse(struct position *out, const char *text, struct error *err)
{
	const char *at = text;
	uint64_t variant;

	*out = (struct position){ .variant = -1 };
	if (*text == '+')
		return parse_time(out, text, err);
	if (*text == 'P')
		return parse_task(out, text, err);
	if (*text == 'd' && isdigit((unsigned char)text[1])) {
		out->kind = POSITION_DIVERGENCE;
		at++;
		if (!take_number(&at, &out->first) || *at)
			return not_a_position(text, err);
		out->last = out->first;
		return 0;
	}
	out->kind = POSITION_STEPS;
	if (!*text || !take_range(&at, &out->first, &out->last))
		return not_a_position(text, err);
	if (strncmp(at, ".v", 2) == 0) {
		at += 2;
		if (!take_number(&at, &variant) || variant >= LIMIT_VARIANTS)
			return not_a_position(text, err);
		out->variant = (int)variant;
	}
	if (*at)
		return not_a_position(text, err);
	if (out->first > out->last)
		return error_set(err, -EINVAL, "%s ends before it starts", text);
	return 0;
}

static int resolve_divergence(struct position *p, struct source *source, struct error *err)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_DIVERGENCE));
	const struct trace_record *record;
	uint64_t number = 0;
	struct scan *scan;
	int ret = scan_create(&scan, source, err);

	if (ret < 0)
		return ret;
	scan_start(scan, &filter);
	while ((ret = scan_next(scan, &record, err)) > 0 && ++number < p->first)
		;
	if (ret > 0 && number != p->first)
		ret = 0; /* d0 */
	if (ret > 0) {
		p->kind = POSITION_STEPS;
		p->first = record->divergence.step;
		p->last = record->divergence.step;
	}
	scan_destroy(scan);
	return ret;
}

static int resolve_task(struct position *p, struct source *source, struct error *err)
{
	const struct source_task *tasks;
	size_t count;
	int ret = source_tasks(source, &tasks, &count, err);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < count; i++) {
		if (tasks[i].label && strcmp(tasks[i].label, p->label) == 0) {
			p->task = tasks[i].task;
			return 1;
		}
	}
	return 0;
}

int position_resolve(struct position *position, struct source *source, struct error *err)
{
	switch (position->kind) {
	case POSITION_STEPS:
	case POSITION_TIME: return 1;
	case POSITION_DIVERGENCE: return resolve_divergence(position, source, err);
	case POSITION_TASK: return resolve_task(position, source, err);
	}
	return 0;
}

static uint64_t reach_back(uint64_t first, uint64_t before)
{
	return first > before ? first - before : 0;
}

static uint64_t reach_on(uint64_t last, uint64_t after)
{
	return last > UINT64_MAX - after ? UINT64_MAX : last + after;
}

bool position_spans(const struct position *p, uint64_t number, uint64_t before, uint64_t after)
{
	return number >= reach_back(p->first, before) && number <= reach_on(p->last, after);
}

bool position_has_step(const struct position *p, const struct trace_step *step, uint64_t before,
		       uint64_t after)
{
	unsigned leader = mask_variant(step->variants, 0);

	switch (p->kind) {
	case POSITION_STEPS: return position_spans(p, step->step, before, after);
	case POSITION_TASK:
		return step->task == p->task && position_spans(p, step->task_seq, before, after);
	case POSITION_TIME:
		return leader < LIMIT_VARIANTS && position_spans(p, step->entry_ns[leader], 0, 0);
	case POSITION_DIVERGENCE: return false; /* resolved to steps before */
	}
	return false;
}

static void widen(uint64_t *first, uint64_t *last, uint64_t low, uint64_t high)
{
	if (low < *first)
		*first = low;
	if (high > *last)
		*last = high;
}

void positions_narrow(const struct position *positions, size_t count, uint64_t before,
		      uint64_t after, struct scan_filter *filter)
{
	uint64_t first = UINT64_MAX, last = 0, first_ns = UINT64_MAX, last_ns = 0;

	if (!count)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct position *p = &positions[i];
		bool steps = p->kind == POSITION_STEPS, time = p->kind == POSITION_TIME;

		widen(&first, &last, steps ? reach_back(p->first, before) : 0,
		      steps ? reach_on(p->last, after) : UINT64_MAX);
		widen(&first_ns, &last_ns, time ? p->first : 0, time ? p->last : UINT64_MAX);
	}
	filter->first_step = first;
	filter->last_step = last;
	filter->first_ns = first_ns;
	filter->last_ns = last_ns;
}
