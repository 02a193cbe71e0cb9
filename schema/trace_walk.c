/* Walking through a frame's content; see trace_walk.h. */
#include "schema/trace_walk.h"

void trace_walk_init(struct trace_walk *w)
{
	*w = (struct trace_walk){ 0 };
	trace_decoder_init(&w->decoder);
}

void trace_walk_finish(struct trace_walk *w)
{
	trace_decoder_finish(&w->decoder);
}

void trace_walk_start(struct trace_walk *w, struct trace_blob content)
{
	w->left = bytes_make(content.data, content.length);
	w->number = 0;
}

enum walk_item trace_walk_next(struct trace_walk *w)
{
	struct bytes body;
	int kind, status;

	w->at = w->left.at;
	status = trace_decode_split(&w->left, &body, &kind, &w->reason);
	if (!status)
		return WALK_END;
	w->number++;
	if (status < 0) {
		w->left = bytes_make(NULL, 0);
		return WALK_LOST;
	}
	w->length = (size_t)(w->left.at - w->at);
	if (!kind)
		return WALK_UNKNOWN;
	return trace_decode_body(&w->decoder, kind, body, &w->record, &w->reason) ? WALK_DAMAGED :
										    WALK_RECORD;
}
