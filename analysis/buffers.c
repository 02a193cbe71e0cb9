/* Buffers of steps; see buffers.h. */
#include "analysis/buffers.h"

#include "analysis/schema.h"

const char *const buffer_where_names[WHERE_BOTH + 1] = {
	[0] = "", [WHERE_IN] = "in", [WHERE_OUT] = "out", [WHERE_BOTH] = "both"
};

bool buffer_is_wanted(const struct trace_buf *buf, enum buffer_where where, int variant,
		      struct buffers_cut *cut)
{
	if (!(buf->direction & where) || buf->part == PART_LAYOUT ||
	    (variant >= 0 && !(buf->variants & 1u << variant)))
		return false;
	if (buf->full_length > buf->data.length) {
		cut->buffers++;
		cut->bytes += buf->full_length - buf->data.length;
	}
	return true;
}

unsigned buffer_variant(const struct trace_buf *buf, const struct trace_step *step)
{
	unsigned leader = mask_variant(step->variants, 0);
	unsigned v = mask_variant(buf->variants & step->variants, 0);

	return v < LIMIT_VARIANTS ? v : leader;
}
