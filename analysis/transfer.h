/*
 * The bytes a call moved between the program and open files, as far as the
 * trace has them: what a read returned, not what its buffer had room for.
 */
#pragma once

#include <stdbool.h>

#include "schema/trace_record.h"

enum transfer_direction { TRANSFER_READ, TRANSFER_WRITTEN };

struct transfer {
	int32_t fd;
	enum transfer_direction direction;
	uint64_t bytes; /* moved */
	struct trace_blob
		data; /* the first of them; what was cut, or never passed the program, lacks */
	const struct trace_buf *buf; /* that holds data; NULL for none */
};

/* sendfile moves bytes out of one file and into another */
#define TRANSFERS_MAX 2

/*
 * What variant v's part of a step moved: 0 to TRANSFERS_MAX of them. None for
 * calls that failed, moved nothing, or only peeked (MSG_PEEK).
 */
size_t transfers_get(const struct trace_step *step, unsigned v, struct transfer out[TRANSFERS_MAX]);
