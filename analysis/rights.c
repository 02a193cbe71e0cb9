/* Descriptors in control messages; see rights.h. */
#include "analysis/rights.h"

#include <sys/socket.h>

/* struct cmsghdr, and how what follows is aligned (cmsg(3)) */
#define HEADER_BYTES 16
#define ALIGN(n)     (((n) + 7u) & ~UINT64_C(7))

struct rights rights_make(const void *control, size_t length)
{
	return (struct rights){ .control = bytes_make(length ? control : "", length) };
}

static void skip_bytes(struct bytes *b, uint64_t count)
{
	bytes_take(b, count < b->left ? (size_t)count : b->left);
}

/* The next message that has descriptors. */
static bool next_message(struct rights *r)
{
	skip_bytes(&r->control, r->rest + r->skip);
	while (r->control.left >= HEADER_BYTES) {
		uint64_t length = bytes_u64(&r->control);
		uint32_t level = bytes_u32(&r->control), type = bytes_u32(&r->control);

		if (length < HEADER_BYTES || length - HEADER_BYTES > r->control.left)
			return false;
		r->rest = length - HEADER_BYTES;
		r->skip = ALIGN(r->rest) - r->rest;
		if (level == SOL_SOCKET && type == SCM_RIGHTS && r->rest >= sizeof(int32_t))
			return true;
		skip_bytes(&r->control, r->rest + r->skip);
	}
	return false;
}

bool rights_next(struct rights *r, int32_t *fd)
{
	if (r->rest < sizeof(*fd) && !next_message(r)) {
		*r = (struct rights){ .control = bytes_make("", 0) };
		return false;
	}
	*fd = (int32_t)bytes_u32(&r->control);
	r->rest -= sizeof(*fd);
	return true;
}
