/* sendmmsg: what many messages hold, as one buffer for each part of them. */
#include "monitor/calls/messages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"

struct part {
	uint8_t *bytes;
	size_t used, capacity;
};

struct parts {
	struct part layout, names, controls, content;
};

/* Appends what stands at addr; false when it is not there, or too much. */
static bool part_append(const struct gather *g, struct part *p, uint64_t addr, uint64_t length)
{
	if (length > LIMIT_CALL_BYTES / 4 || p->used + length > LIMIT_CALL_BYTES / 4)
		return false;
	if (!length)
		return true;
	alloc_grow(&p->bytes, &p->capacity, p->used + length);
	if (gather_read(g, addr, p->bytes + p->used, length) < 0)
		return false;
	p->used += length;
	return true;
}

static void layout_append(struct part *p, uint64_t value)
{
	alloc_grow(&p->bytes, &p->capacity, p->used + sizeof(value));
	memcpy(p->bytes + p->used, &value, sizeof(value));
	p->used += sizeof(value);
}

static bool content_append(const struct gather *g, struct part *p, const struct msghdr *message)
{
	struct iovec vector[LIMIT_IOVECS];

	if (message->msg_iovlen > LIMIT_IOVECS ||
	    (message->msg_iovlen && gather_read(g, (uint64_t)message->msg_iov, vector,
						message->msg_iovlen * sizeof(vector[0])) < 0))
		return false;
	for (size_t i = 0; i < message->msg_iovlen; i++)
		if (!part_append(g, p, (uint64_t)vector[i].iov_base, vector[i].iov_len))
			return false;
	return true;
}

static bool message_append(const struct gather *g, struct parts *all, const struct msghdr *message)
{
	size_t before = all->content.used;

	if (!content_append(g, &all->content, message) ||
	    (message->msg_name &&
	     !part_append(g, &all->names, (uint64_t)message->msg_name, message->msg_namelen)) ||
	    (message->msg_control && !part_append(g, &all->controls, (uint64_t)message->msg_control,
						  message->msg_controllen)))
		return false;
	layout_append(&all->layout, all->content.used - before);
	layout_append(&all->layout, message->msg_name ? message->msg_namelen : 0);
	layout_append(&all->layout, message->msg_control ? message->msg_controllen : 0);
	return true;
}

static void part_keep(const struct gather *g, unsigned kind, struct part *p)
{
	uint8_t *to = capture_add(g->to, 1, kind, FORMAT_NONE,
				  kind == PART_CONTENT ? 0 : g->args[1], p->used);

	if (p->used)
		memcpy(to, p->bytes, p->used);
	free(p->bytes);
}

static uint64_t message_addr(const struct gather *g, size_t i)
{
	return g->args[1] + i * sizeof(struct mmsghdr);
}

void messages_gather(const struct gather *g)
{
	size_t count = (uint32_t)g->args[2];
	struct parts all = { { 0 } };
	struct mmsghdr one;
	bool whole = true;

	if (count > LIMIT_IOVECS)
		count = LIMIT_IOVECS; /* as the kernel does (sendmmsg(2)) */
	alloc_grow(&g->to->vector, &g->to->vector_capacity, count + 1);
	for (size_t i = 0; i < count && whole; i++) {
		whole = gather_read(g, message_addr(g, i), &one, sizeof(one)) == 0 &&
			message_append(g, &all, &one.msg_hdr);
		g->to->vector[i].addr = message_addr(g, i) + offsetof(struct mmsghdr, msg_len);
		g->to->vector[i].length = sizeof(one.msg_len);
	}
	g->to->n_vector = count;
	part_keep(g, PART_LAYOUT, &all.layout);
	g->to->bufs[g->to->n_bufs - 1].faulted = !whole;
	part_keep(g, PART_NAME, &all.names);
	part_keep(g, PART_CONTROL, &all.controls);
	part_keep(g, PART_CONTENT, &all.content);
}

void messages_gather_lengths(const struct gather *g, int64_t result)
{
	size_t bytes = (size_t)result * sizeof(uint32_t);
	uint8_t *to = capture_add(g->to, 1, PART_CONTENT, FORMAT_NONE, 0, bytes);

	for (size_t i = 0; i < (size_t)result; i++)
		if (gather_read(g, message_addr(g, i) + offsetof(struct mmsghdr, msg_len),
				to + i * sizeof(uint32_t), sizeof(uint32_t)) < 0)
			memset(to + i * sizeof(uint32_t), 0, sizeof(uint32_t));
}
