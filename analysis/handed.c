/* Descriptors in messages; see handed.h. */
#include "analysis/handed.h"

#include <stdlib.h>

#include "base/alloc.h"

/* descriptors under way that are remembered; those sent later stay unknown */
#define REMEMBERED_MAX 65536

struct message {
	struct message *next;
	uint64_t socket; /* serial of the end where it comes out */
	size_t count;
	struct object **objects; /* owned copies; NULL where nothing is known */
};

struct handed {
	struct message *first, **end; /* owned; in the order they were sent */
	size_t remembered;
};

struct handed *handed_create(void)
{
	struct handed *h = alloc_zeroed(1, sizeof(*h));

	h->end = &h->first;
	return h;
}

static void message_free(struct message *m)
{
	for (size_t i = 0; i < m->count; i++)
		object_drop(m->objects[i]);
	free(m->objects);
	free(m);
}

void handed_destroy(struct handed *h)
{
	if (!h)
		return;
	while (h->first) {
		struct message *m = h->first;

		h->first = m->next;
		message_free(m);
	}
	free(h);
}

void handed_learn(struct handed *h, const struct process *p, const struct object *socket,
		  const int32_t *fds, size_t count)
{
	struct message *m;

	if (!socket || !socket->peer || !count || h->remembered + count > REMEMBERED_MAX)
		return;
	m = alloc_zeroed(1, sizeof(*m));
	m->socket = socket->peer;
	m->count = count;
	m->objects = alloc_zeroed(count, sizeof(m->objects[0]));
	for (size_t i = 0; i < count; i++) {
		const struct object *object = process_fd(p, fds[i]);

		m->objects[i] = object ? object_copy(object) : NULL;
	}
	*h->end = m;
	h->end = &m->next;
	h->remembered += count;
}

void handed_place(struct handed *h, struct process *p, const struct object *socket,
		  const int32_t *fds, size_t count)
{
	struct message **link = &h->first, *m;

	if (!socket || !count)
		return;
	while (*link && (*link)->socket != socket->serial)
		link = &(*link)->next;
	m = *link;
	if (!m)
		return;
	*link = m->next;
	if (!m->next)
		h->end = link;
	/* fewer came when the receiver had no room for more: which of them is not known */
	for (size_t i = 0; m->count == count && i < count; i++) {
		if (m->objects[i])
			process_place(p, fds[i], m->objects[i]);
		m->objects[i] = NULL;
	}
	message_free(m);
}
