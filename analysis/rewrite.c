/* Derived traces; see rewrite.h. */
#include "analysis/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* the status of a monitor that nobody saw end */
#define EXIT_STATUS_UNKNOWN (-1)

int rewrite_begin_with(struct rewrite *r, const struct trace_header *header,
		       const struct trace_derivation *derivation, struct error *err)
{
	struct trace_record record = { .kind = TRACE_HEADER, .header = *header };
	struct trace_header *h = &record.header;
	int ret;

	/* with the schema of what is written, not of what was read */
	h->descriptor_set = (struct trace_blob){ 0 };
	h->derived = alloc_zeroed(header->n_derived + 1, sizeof(*h->derived));
	if (header->n_derived)
		memcpy(h->derived, header->derived, header->n_derived * sizeof(*h->derived));
	h->derived[h->n_derived++] = *derivation;
	ret = trace_writer_add(r->writer, &record, err);
	free(h->derived);
	return ret;
}

int rewrite_begin(struct rewrite *r, struct source *source,
		  const struct trace_derivation *derivation, struct error *err)
{
	const struct trace_header *known = source_header(source);
	struct trace_header lost = { .variants = source_variant_count(source) };

	return rewrite_begin_with(r, known ? known : &lost, derivation, err);
}

int rewrite_add(struct rewrite *r, const struct trace_record *record, struct error *err)
{
	struct trace_frame_stat stat = { 0 };

	trace_stat_count(&stat, record);
	r->steps += stat.calls;
	r->signals += stat.signals;
	r->divergences += stat.divergences;
	r->tasks += record->kind == TRACE_TASK_START;
	if (stat.last_ns > r->last_ns)
		r->last_ns = stat.last_ns;
	return trace_writer_add(r->writer, record, err);
}

int rewrite_end(struct rewrite *r, struct source *source, struct error *err)
{
	const struct trace_end *known = source_end(source);
	struct trace_record record = { .kind = TRACE_END };
	struct trace_end *end = &record.end;
	char gap[1024];

	if (known)
		*end = *known;
	else
		end->exit_status = EXIT_STATUS_UNKNOWN;
	end->clean = known && known->clean && !source_gap_describe(source, gap, sizeof(gap));
	end->time_ns = r->last_ns;
	end->steps = r->steps;
	end->signals = r->signals;
	end->divergences = r->divergences;
	end->tasks = r->tasks;
	return trace_writer_add(r->writer, &record, err);
}
