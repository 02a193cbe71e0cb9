/* A walk that stops where it is told; see follow.h. */
#include "analysis/follow.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/facts.h"
#include "analysis/scan.h"
#include "base/alloc.h"

struct follow *follow_create(struct source *source, bool with_mappings)
{
	struct follow *f = alloc_zeroed(1, sizeof(*f));

	f->source = source;
	f->descriptors = descriptors_create(source);
	f->mappings = with_mappings ? mappings_create(source) : NULL;
	return f;
}

void follow_destroy(struct follow *f)
{
	if (!f)
		return;
	scan_destroy(f->scan);
	descriptors_destroy(f->descriptors);
	mappings_destroy(f->mappings);
	free(f);
}

static int start_scan(struct follow *f, struct error *err)
{
	struct scan_filter filter = scan_filter_all(
		SCAN_KIND(TRACE_STEP) | SCAN_KIND(TRACE_TASK_START) | SCAN_KIND(TRACE_TASK_END) |
		SCAN_KIND(TRACE_VARIANT_START));
	int ret = scan_create(&f->scan, f->source, err);

	if (ret == 0)
		scan_start(f->scan, &filter);
	return ret;
}

int follow_next(struct follow *f, struct error *err)
{
	const struct trace_record *record;
	int ret = 0;

	if (f->ended)
		return 0;
	if (!f->scan)
		ret = start_scan(f, err);
	if (ret < 0)
		return ret;
	ret = scan_next(f->scan, &record, err);
	f->ended = ret <= 0;
	if (f->ended) {
		scan_destroy(f->scan);
		f->scan = NULL;
		return ret;
	}
	source_learn(f->source, record);
	if (f->mappings)
		mappings_learn(f->mappings, f->descriptors, record);
	descriptors_learn(f->descriptors, record);
	if (record->kind == TRACE_STEP)
		f->step = record->step.step;
	return 1;
}

int follow_to(struct follow *f, uint64_t step, struct error *err)
{
	int ret = 1;

	while (f->step < step && ret > 0)
		ret = follow_next(f, err);
	return ret < 0 ? ret : f->step == step;
}

void text_add_process(struct text *t, struct source *source, uint32_t task)
{
	const char *thread;

	text_add_task(t, source, task);
	thread = strrchr(text_get(t), '.');
	if (thread && thread[1] == 'T')
		t->length = (size_t)(thread - t->at);
	if (t->length)
		t->at[t->length] = '\0';
}
