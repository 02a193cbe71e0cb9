/* sendmmsg, recvmmsg: what many messages hold, as one buffer for each part of them. */
#include "monitor/calls/messages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"

/* The vector that says where there is room: for each message these, then its own vector. */
enum { ROOM_HEADER, ROOM_NAME, ROOM_CONTROL, ROOM_PLACES };

/* elements of all vectors of one recvmmsg */
#define ROOM_LIMIT 65536

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
	size_t before = all->content.used, control;

	if (!content_append(g, &all->content, message) ||
	    (message->msg_name &&
	     !part_append(g, &all->names, (uint64_t)message->msg_name, message->msg_namelen)) ||
	    (message->msg_control && !part_append(g, &all->controls, (uint64_t)message->msg_control,
						  message->msg_controllen)))
		return false;
	control = message->msg_control ? message->msg_controllen : 0;
	if (control)
		gather_clear_padding(all->controls.bytes + all->controls.used - control, control);
	layout_append(&all->layout, all->content.used - before);
	layout_append(&all->layout, message->msg_name ? message->msg_namelen : 0);
	layout_append(&all->layout, control);
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

/* Does this message's room fit, and is it known? */
static bool room_append(const struct gather *g, struct part *layout, size_t i)
{
	struct capture *c = g->to;
	struct mmsghdr one;
	struct iovec vector[LIMIT_IOVECS];
	const struct msghdr *message = &one.msg_hdr;
	size_t name, control;

	if (gather_read(g, message_addr(g, i), &one, sizeof(one)) < 0 ||
	    message->msg_iovlen > LIMIT_IOVECS ||
	    c->n_vector + ROOM_PLACES + message->msg_iovlen > ROOM_LIMIT ||
	    (message->msg_iovlen && gather_read(g, (uint64_t)message->msg_iov, vector,
						message->msg_iovlen * sizeof(vector[0])) < 0))
		return false;
	name = message->msg_name ? message->msg_namelen : 0;
	control = message->msg_control ? message->msg_controllen : 0;
	alloc_grow(&c->vector, &c->vector_capacity,
		   c->n_vector + ROOM_PLACES + message->msg_iovlen);
	c->vector[c->n_vector++] = (struct capture_vector){ message_addr(g, i),
							    message->msg_iovlen };
	c->vector[c->n_vector++] = (struct capture_vector){ (uint64_t)message->msg_name, name };
	c->vector[c->n_vector++] = (struct capture_vector){ (uint64_t)message->msg_control,
							    control };
	layout_append(layout, name);
	layout_append(layout, control);
	for (size_t k = 0; k < message->msg_iovlen; k++) {
		c->vector[c->n_vector++] = (struct capture_vector){ (uint64_t)vector[k].iov_base,
								    vector[k].iov_len };
		layout_append(layout, vector[k].iov_len);
	}
	return true;
}

void messages_gather_room(const struct gather *g)
{
	size_t count = (uint32_t)g->args[2];
	struct part layout = { 0 };
	bool whole = count <= LIMIT_IOVECS;

	for (size_t i = 0; i < count && whole; i++)
		whole = room_append(g, &layout, i);
	part_keep(g, PART_LAYOUT, &layout);
	g->to->bufs[g->to->n_bufs - 1].faulted = !whole;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What one message's vector holds of `length` bytes; their number. */
static uint64_t received_content(const struct gather *g, struct part *to,
				 const struct capture_vector *vector, size_t count, uint64_t length)
{
	uint64_t done = 0;

	for (size_t i = 0; i < count && done < length; i++) {
		uint64_t piece = smaller(vector[i].length, length - done);

		if (!part_append(g, to, vector[i].addr, piece))
			break;
		done += piece;
	}
	return done;
}

static bool received_append(const struct gather *g, struct parts *all, size_t i,
			    const struct capture_vector *room)
{
	struct mmsghdr one;
	uint64_t content, name, control;

	if (gather_read(g, message_addr(g, i), &one, sizeof(one)) < 0)
		return false;
	name = smaller(one.msg_hdr.msg_namelen, room[ROOM_NAME].length);
	control = smaller(one.msg_hdr.msg_controllen, room[ROOM_CONTROL].length);
	if (!part_append(g, &all->names, room[ROOM_NAME].addr, name) ||
	    !part_append(g, &all->controls, room[ROOM_CONTROL].addr, control))
		return false;
	content = received_content(g, &all->content, room + ROOM_PLACES, room[ROOM_HEADER].length,
				   one.msg_len);
	layout_append(&all->layout, content);
	layout_append(&all->layout, name);
	layout_append(&all->layout, control);
	layout_append(&all->layout, one.msg_hdr.msg_namelen);
	layout_append(&all->layout, (uint32_t)one.msg_hdr.msg_flags);
	layout_append(&all->layout, one.msg_len);
	return true;
}

void messages_gather_received(const struct gather *g, int64_t result)
{
	struct parts all = { { 0 } };
	const struct capture *entry = g->entry;

	for (size_t i = 0, at = 0; i < (size_t)result && at < entry->n_vector; i++) {
		if (!received_append(g, &all, i, &entry->vector[at]))
			break;
		at += ROOM_PLACES + entry->vector[at].length;
	}
	part_keep(g, PART_LAYOUT, &all.layout);
	part_keep(g, PART_NAME, &all.names);
	part_keep(g, PART_CONTROL, &all.controls);
	part_keep(g, PART_CONTENT, &all.content);
}

/* Lengths and flags into a message's header; its pointers stay. */
static void deliver_header(const uint64_t *scalars, uint64_t addr, messages_put_fn *put,
			   void *context)
{
	struct mmsghdr one;

	one.msg_hdr.msg_namelen = (socklen_t)scalars[MESSAGES_NAME_LENGTH];
	one.msg_hdr.msg_controllen = scalars[MESSAGES_CONTROL];
	one.msg_hdr.msg_flags = (int)scalars[MESSAGES_FLAGS];
	one.msg_len = (unsigned)scalars[MESSAGES_LENGTH];
	put(context, addr + offsetof(struct mmsghdr, msg_hdr.msg_namelen), &one.msg_hdr.msg_namelen,
	    sizeof(one.msg_hdr.msg_namelen));
	put(context, addr + offsetof(struct mmsghdr, msg_hdr.msg_controllen),
	    &one.msg_hdr.msg_controllen, sizeof(one.msg_hdr.msg_controllen));
	put(context, addr + offsetof(struct mmsghdr, msg_hdr.msg_flags), &one.msg_hdr.msg_flags,
	    sizeof(one.msg_hdr.msg_flags));
	put(context, addr + offsetof(struct mmsghdr, msg_len), &one.msg_len, sizeof(one.msg_len));
}

static const uint8_t *part_bytes(const struct capture *c, unsigned kind, size_t *length)
{
	const struct capture_buf *buf = capture_find(c, 1, kind);

	*length = buf ? buf->length : 0;
	return buf ? capture_bytes(c, buf) : NULL;
}

void messages_deliver(const struct capture *in, const struct capture *out, messages_put_fn *put,
		      void *context)
{
	size_t length, unused, at = 0;
	const uint8_t *layout = part_bytes(out, PART_LAYOUT, &length);
	const uint8_t *names = part_bytes(out, PART_NAME, &unused);
	const uint8_t *controls = part_bytes(out, PART_CONTROL, &unused);
	const uint8_t *content = part_bytes(out, PART_CONTENT, &unused);
	uint64_t scalars[MESSAGES_RECEIVED_SCALARS];

	for (; length >= sizeof(scalars) && at < in->n_vector; length -= sizeof(scalars)) {
		const struct capture_vector *room = &in->vector[at];
		uint64_t left;

		memcpy(scalars, layout, sizeof(scalars));
		layout += sizeof(scalars);
		left = scalars[MESSAGES_CONTENT];
		deliver_header(scalars, room[ROOM_HEADER].addr, put, context);
		put(context, room[ROOM_NAME].addr, names, scalars[MESSAGES_NAME]);
		put(context, room[ROOM_CONTROL].addr, controls, scalars[MESSAGES_CONTROL]);
		for (size_t i = 0; i < room[ROOM_HEADER].length && left; i++) {
			uint64_t piece = smaller(room[ROOM_PLACES + i].length, left);

			put(context, room[ROOM_PLACES + i].addr, content, piece);
			content += piece;
			left -= piece;
		}
		names += scalars[MESSAGES_NAME];
		controls += scalars[MESSAGES_CONTROL];
		at += ROOM_PLACES + room[ROOM_HEADER].length;
	}
}

/* In a layout of `width` scalars a message, of which one is the length of its control data. */
static const uint8_t *control_find(const struct capture *c, size_t width, size_t scalar, size_t i,
				   size_t *length)
{
	size_t layout_length, controls_length;
	const uint8_t *layout = part_bytes(c, PART_LAYOUT, &layout_length);
	const uint8_t *control = part_bytes(c, PART_CONTROL, &controls_length);
	uint64_t own = 0;

	if ((i + 1) * width * sizeof(own) > layout_length || !control)
		return NULL;
	for (size_t k = 0; k <= i; k++) {
		control += own;
		memcpy(&own, layout + (k * width + scalar) * sizeof(own), sizeof(own));
	}
	*length = own;
	return control;
}

const uint8_t *messages_sent_control(const struct capture *in, size_t i, size_t *length)
{
	return control_find(in, MESSAGES_SENT_SCALARS, MESSAGES_CONTROL, i, length);
}

const uint8_t *messages_received_control(const struct capture *out, size_t i, size_t *length)
{
	return control_find(out, MESSAGES_RECEIVED_SCALARS, MESSAGES_CONTROL, i, length);
}
