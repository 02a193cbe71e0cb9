/* What a task has written in all; see canon_written.h. */
#include "analysis/canon_written.h"

#include <asm/unistd.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "analysis/canon_level.h"
#include "analysis/canon_message.h"
#include "analysis/canon_value.h"
#include "base/alloc.h"

#define BUCKETS 256

/* The argument whose object gets the bytes, or -1; *content is the one that has them, or -1. */
static int written_arg(const struct canon_call *call, int *content)
{
	*content = 1;
	switch (call->step->nr) {
	case __NR_write:
	case __NR_writev:
	case __NR_pwrite64:
	case __NR_pwritev:
	case __NR_pwritev2:
	case __NR_sendmsg:
	case __NR_sendmmsg:
	case __NR_sendto: return 0;
	}
	*content = -1;
	switch (call->step->nr) {
	case __NR_sendfile: return 0;
	case __NR_splice:
	case __NR_copy_file_range: return 2;
	}
	return -1;
}

static void written_link(struct canon_writes *writes, struct canon_written *w)
{
	w->in_bucket = writes->buckets[w->key % BUCKETS];
	writes->buckets[w->key % BUCKETS] = w;
}

static struct canon_written *written_get(struct canon_writes *writes, const struct object *object,
					 uint64_t step)
{
	uint64_t key = object->path ? XXH3_64bits(object->path, strlen(object->path)) :
				      object->serial;
	struct canon_written *w;

	if (!writes->buckets)
		writes->buckets = alloc_zeroed(BUCKETS, sizeof(struct canon_written *));
	for (w = writes->buckets[key % BUCKETS]; w; w = w->in_bucket)
		if (w->key == key && !w->removed)
			return w;
	w = alloc_zeroed(1, sizeof(*w));
	w->name = alloc_string(object->name);
	/* opened how often, and accepted before how many others were closed, does not matter here */
	if ((object->path || object->kind == OBJECT_SOCKET) && strrchr(w->name, '#'))
		*strrchr(w->name, '#') = '\0';
	w->path = object->path ? alloc_string(object->path) : NULL;
	w->key = key;
	w->step = step;
	w->sum = canon_sum_make();
	written_link(writes, w);
	if (writes->last)
		writes->last->next = w;
	else
		writes->first = w;
	writes->last = w;
	return w;
}

/* Where a server writes down which process it is. */
static bool is_pid_file(const struct canon_call *call, const struct trace_buf *buf)
{
	return buf && !buf->truncated &&
	       moments_is_pid(call->pid, buf->data.data, buf->data.length);
}

void canon_writes_add(struct canon_writes *writes, const struct canon_call *call)
{
	int content;
	int arg = written_arg(call, &content);
	const struct object *object = arg < 0 ? NULL :
						process_fd(call->process, (int)call->args[arg]);
	uint64_t bytes;
	const struct trace_buf *buf;
	struct canon_written *w;

	if (!object || object->kind == OBJECT_INTERNAL || !canon_succeeded(call))
		return;
	bytes = canon_message_bytes(call);
	w = written_get(writes, object, call->step->step);
	if (content < 0) {
		w->sum.bytes += bytes;
		return;
	}
	buf = canon_buf_find(call, (unsigned)content, DIRECTION_IN, PART_CONTENT);
	if (!w->sum.bytes && !w->sum.line.length && is_pid_file(call, buf)) {
		canon_sum_add_pid(&w->sum);
		return;
	}
	if (call->row->args[3].kind == ARG_OFFSET)
		canon_sum_add_number(call->words, &w->sum, call->args[3]);
	if (buf)
		canon_sum_add(call->words, &w->sum, buf, bytes);
	else
		w->sum.bytes += bytes;
}

/* The file's contents as far as the task wrote them; NULL when it did not. */
static struct canon_written *written_find(const struct canon_writes *writes, const char *path)
{
	uint64_t key = XXH3_64bits(path, strlen(path));
	struct canon_written *w = writes->buckets ? writes->buckets[key % BUCKETS] : NULL;

	while (w && (w->key != key || w->removed || !w->path || strcmp(w->path, path) != 0))
		w = w->in_bucket;
	return w;
}

void canon_writes_remove(struct canon_writes *writes, const char *path)
{
	struct canon_written *w = written_find(writes, path);

	if (w)
		w->removed = true;
}

void canon_writes_rename(struct canon_writes *writes, const char *from, const char *to,
			 const char *name)
{
	struct canon_written *w = written_find(writes, from), **link;

	if (!w)
		return;
	for (link = &writes->buckets[w->key % BUCKETS]; *link != w; link = &(*link)->in_bucket)
		;
	*link = w->in_bucket;
	free(w->name);
	free(w->path);
	w->name = alloc_string(name);
	w->path = alloc_string(to);
	w->key = XXH3_64bits(to, strlen(to));
	written_link(writes, w);
}

void canon_written_put(struct canon_written *w, const struct canon_words *words, struct text *out)
{
	canon_sum_end(words, &w->sum);
	text_printf(out, "writes%c%s%c%" PRIu64 " bytes", CANON_SEPARATOR, w->name, CANON_SEPARATOR,
		    w->sum.bytes);
	if (!w->removed)
		text_printf(out, " %016" PRIx64, w->sum.digest);
}

void canon_writes_finish(struct canon_writes *writes)
{
	while (writes->first) {
		struct canon_written *w = writes->first;

		writes->first = w->next;
		canon_sum_finish(&w->sum);
		free(w->name);
		free(w->path);
		free(w);
	}
	free(writes->buckets);
}
