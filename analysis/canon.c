/*
 * The walk that makes canonical records: who is who, what is open, which
 * pieces belong together; see canon.h. How one call reads is in canon_call.c.
 */
#include "analysis/canon.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <xxhash.h>

#include "analysis/canon_call.h"
#include "analysis/facts.h"
#include "analysis/scan.h"
#include "analysis/schema.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "schema/syscall_args.h"
#include "schema/syscall_flags.h"

#define BUCKETS 256

const char *const canon_level_names[CANON_LEVELS] = { "effects", "calls", "args", "all" };
const char *const canon_weight_names[CANON_WEIGHTS] = {
	"cosmetic", "timing", "order", "extra", "behaviour", "effect", "security",
};

/* What a task has written to one file or peer. */
struct written {
	char *name, *path; /* owned; path is NULL for what has none */
	uint64_t key;      /* hash of the path, or the object's serial */
	uint64_t step, bytes, digest;
	bool removed; /* the file: what was in it nobody sees */
	struct written *next, *in_bucket;
};

/* Reads or writes of one object, one after the other. */
struct fold {
	bool active, output, outside;
	uint64_t serial, step, bytes, digest;
	char *name; /* owned */
};

struct canon_task {
	uint32_t number;
	int32_t pid;
	char *label; /* escaped; owned */
	struct process *process;
	struct fold fold;
	uint64_t signals; /* bit signo-1: came at some time */
	uint64_t last_step;
	struct written *first, *last;
	struct written **buckets; /* BUCKETS of them once something was written */
};

struct canon {
	struct source *source;
	enum canon_level level;
	const struct call_filter *filter;
	canon_take take;
	void *data;
	struct objects *objects;
	struct path_names *names;
	struct canon_task **tasks; /* by number; owned */
	size_t n_tasks;
	uint32_t *pids; /* CANON_PIDS */
	struct text line;
	int status; /* of the last take */
	/* canon_steps: calls one by one */
	bool single, wanted; /* this one is */
	int variant;         /* whose; -1 for the leader's */
	uint64_t wanted_step;
};

/* ---- records ---- */

static bool is_filtered(const struct canon *c)
{
	return c->filter && !call_filter_is_empty(c->filter);
}

static void emit(struct canon *c, const struct canon_task *t, uint64_t step,
		 enum canon_weight weight)
{
	struct canon_record record = { .label = t->label,
				       .task = t->number,
				       .step = step,
				       .weight = weight,
				       .text = text_get(&c->line),
				       .length = c->line.length };

	record.hash = XXH3_64bits(record.text, record.length);
	if (c->status == 0 && (!c->single || c->wanted))
		c->status = c->take(c->data, &record);
	text_clear(&c->line);
}

void canon_text_put(struct text *out, const char *text)
{
	const char *separator = strchr(text, CANON_SEPARATOR);
	bool open = false;

	while (separator) {
		text_add_bytes(out, text, (size_t)(separator - text));
		text = separator + 1;
		separator = strchr(text, CANON_SEPARATOR);
		if (!separator && text[0] == '=') {
			text_add(out, open ? ") " : "() ");
			open = false;
		} else {
			text_add(out, open ? ", " : "(");
			open = true;
		}
	}
	text_add(out, text);
	if (open)
		text_add_char(out, ')');
}

/* ---- pieces of a stream ---- */

static bool gives_random_bytes(const char *name)
{
	return strncmp(name, "file:/dev/urandom#", 18) == 0 ||
	       strncmp(name, "file:/dev/random#", 17) == 0;
}

static void fold_end(struct canon *c, struct canon_task *t)
{
	struct fold *f = &t->fold;

	if (!f->active)
		return;
	f->active = false;
	text_printf(&c->line, "%s%c%s%c", f->output ? "write" : "read", CANON_SEPARATOR, f->name,
		    CANON_SEPARATOR);
	/* how much there is to read in /proc is a matter of the moment */
	if (!f->output && strncmp(f->name, "file:/proc/", 11) == 0 && c->level < CANON_ALL)
		text_add_char(&c->line, '_');
	else
		text_printf(&c->line, "%" PRIu64 " bytes", f->bytes);
	if (f->output || (c->level >= CANON_ARGS && !gives_random_bytes(f->name)))
		text_printf(&c->line, " %016" PRIx64, f->digest);
	emit(c, t, f->step, f->outside ? WEIGHT_EFFECT : WEIGHT_BEHAVIOUR);
}

/* The argument that moves bytes in order, or -1: reads and writes at the file's own position. */
static int stream_arg(const struct canon_call *call, bool *output)
{
	*output = false;
	switch (call->step->nr) {
	case __NR_read:
	case __NR_readv: return 1;
	case __NR_recvfrom: return call->args[4] ? -1 : 1;
	case __NR_getdents64: return 1;
	}
	*output = true;
	switch (call->step->nr) {
	case __NR_write:
	case __NR_writev: return 1;
	case __NR_sendto: return call->args[4] ? -1 : 1;
	}
	return -1;
}

static uint64_t digest_moved(const struct canon_call *call, uint64_t digest, unsigned arg,
			     bool output, uint64_t bytes)
{
	const struct trace_buf *buf = canon_buf_find(
		call, arg, output ? DIRECTION_IN : DIRECTION_OUT, PART_CONTENT);

	return buf ? canon_digest_buf(call, digest, buf, bytes) : digest;
}

/* True when the call is part of a stream, and went into it. */
static bool fold_add(struct canon *c, struct canon_task *t, const struct canon_call *call)
{
	const struct object *object = process_fd(t->process, (int)call->args[0]);
	struct fold *f = &t->fold;
	bool output;
	int arg = stream_arg(call, &output);
	uint64_t bytes;

	if (arg < 0 || !object || !canon_call_succeeded(call))
		return false;
	if (!f->active || f->serial != object->serial || f->output != output) {
		fold_end(c, t);
		free(f->name);
		*f = (struct fold){ .active = true,
				    .output = output,
				    .outside = output && object->kind != OBJECT_INTERNAL,
				    .serial = object->serial,
				    .step = call->step->step,
				    .digest = CANON_DIGEST_START,
				    .name = alloc_string(object->name) };
	}
	bytes = (uint64_t)call->step->result[call->variant];
	f->bytes += bytes;
	f->digest = digest_moved(call, f->digest, (unsigned)arg, output, bytes);
	return true;
}

/* ---- what was written in all ---- */

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

static void written_link(struct canon_task *t, struct written *w)
{
	w->in_bucket = t->buckets[w->key % BUCKETS];
	t->buckets[w->key % BUCKETS] = w;
}

static struct written *written_get(struct canon_task *t, const struct object *object, uint64_t step)
{
	uint64_t key = object->path ? XXH3_64bits(object->path, strlen(object->path)) :
				      object->serial;
	struct written *w;

	if (!t->buckets)
		t->buckets = alloc_zeroed(BUCKETS, sizeof(struct written *));
	for (w = t->buckets[key % BUCKETS]; w; w = w->in_bucket)
		if (w->key == key && !w->removed)
			return w;
	w = alloc_zeroed(1, sizeof(*w));
	w->name = alloc_string(object->name);
	/* opened how often does not matter here */
	if (object->path && strrchr(w->name, '#'))
		*strrchr(w->name, '#') = '\0';
	w->path = object->path ? alloc_string(object->path) : NULL;
	w->key = key;
	w->step = step;
	w->digest = CANON_DIGEST_START;
	written_link(t, w);
	if (t->last)
		t->last->next = w;
	else
		t->first = w;
	t->last = w;
	return w;
}

static void written_add(struct canon_task *t, const struct canon_call *call)
{
	int content;
	int arg = written_arg(call, &content);
	const struct object *object = arg < 0 ? NULL : process_fd(t->process, (int)call->args[arg]);
	uint64_t bytes;
	struct written *w;

	if (!object || object->kind == OBJECT_INTERNAL || !canon_call_succeeded(call))
		return;
	bytes = (uint64_t)call->step->result[call->variant];
	w = written_get(t, object, call->step->step);
	w->bytes += bytes;
	if (content < 0)
		return;
	if (call->row->args[3].kind == ARG_OFFSET)
		w->digest = canon_digest(w->digest, &call->args[3], sizeof(call->args[3]));
	w->digest = digest_moved(call, w->digest, (unsigned)content, true, bytes);
}

static void written_forget(struct canon_task *t)
{
	while (t->first) {
		struct written *w = t->first;

		t->first = w->next;
		free(w->name);
		free(w->path);
		free(w);
	}
	t->last = NULL;
}

static void written_emit(struct canon *c, struct canon_task *t)
{
	for (const struct written *w = t->first; w; w = w->next) {
		text_printf(&c->line, "writes%c%s%c%" PRIu64 " bytes", CANON_SEPARATOR, w->name,
			    CANON_SEPARATOR, w->bytes);
		if (!w->removed)
			text_printf(&c->line, " %016" PRIx64, w->digest);
		emit(c, t, w->step, WEIGHT_EFFECT);
	}
	written_forget(t);
}

/* The file's contents as far as the task wrote them; NULL when it did not. */
static struct written *written_find(const struct canon_task *t, const char *path)
{
	uint64_t key = XXH3_64bits(path, strlen(path));
	struct written *w = t && t->buckets ? t->buckets[key % BUCKETS] : NULL;

	while (w && (w->key != key || w->removed || !w->path || strcmp(w->path, path) != 0))
		w = w->in_bucket;
	return w;
}

/* What was in a file that is gone again nobody sees. */
static void mark_removed(struct canon *c, const char *path)
{
	for (size_t i = 0; i < c->n_tasks; i++) {
		struct written *w = written_find(c->tasks[i], path);

		if (w)
			w->removed = true;
	}
}

/* What was written under a drawn name counts for the name it gets at last. */
static void mark_renamed(struct canon *c, const char *from, const char *to)
{
	cleanup_text struct text name = { 0 };

	text_add(&name, "file:");
	path_names_put(c->names, &name, to);
	for (size_t i = 0; i < c->n_tasks; i++) {
		struct written *w = written_find(c->tasks[i], from), **link;

		if (!w)
			continue;
		for (link = &c->tasks[i]->buckets[w->key % BUCKETS]; *link != w;
		     link = &(*link)->in_bucket)
			;
		*link = w->in_bucket;
		free(w->name);
		free(w->path);
		w->name = alloc_string(text_get(&name));
		w->path = alloc_string(to);
		w->key = XXH3_64bits(to, strlen(to));
		written_link(c->tasks[i], w);
	}
}

/* ---- tasks ---- */

static struct canon_task *task_find(const struct canon *c, uint32_t number)
{
	return number < c->n_tasks ? c->tasks[number] : NULL;
}

static void add_inherited(struct canon *c, struct process *p, const struct trace_header *h)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };

	for (size_t i = 0; h && i < h->n_fds; i++) {
		cleanup_text struct text stem = { 0 };
		int32_t fd = h->fds[i].fd;

		if (fd >= 0 && fd < 3)
			text_add(&stem, names[fd]);
		else
			text_printf(&stem, "inherited:%d", fd);
		process_open(c->objects, p, fd, OBJECT_INHERITED, text_get(&stem), NULL, NULL);
	}
	if (h && h->cwd && h->cwd[0] == '/')
		process_chdir(p, h->cwd);
}

static struct process *process_for(struct canon *c, const struct trace_task_start *start)
{
	struct canon_task *parent = task_find(c, start->parent);
	struct process *p;

	if (parent && start->clone_flags & (CLONE_THREAD | CLONE_FILES))
		return process_share(parent->process);
	p = process_create(parent ? parent->process : NULL);
	if (!parent)
		add_inherited(c, p, source_header(c->source));
	return p;
}

static void task_free(struct canon *c, uint32_t number)
{
	struct canon_task *t = c->tasks[number];

	if (!t)
		return;
	c->tasks[number] = NULL;
	written_forget(t);
	process_release(t->process);
	free(t->buckets);
	free(t->fold.name);
	free(t->label);
	free(t);
}

static struct canon_task *task_add(struct canon *c, const struct trace_task_start *start)
{
	unsigned v = mask_variant(start->variants, 0);
	cleanup_text struct text label = { 0 };
	struct canon_task *t;
	size_t capacity = c->n_tasks;

	if (start->task >= LIMIT_TASKS)
		return NULL;
	if (start->task >= c->n_tasks) {
		alloc_grow(&c->tasks, &capacity, (size_t)start->task + 1);
		c->n_tasks = capacity;
	}
	task_free(c, start->task);
	t = alloc_zeroed(1, sizeof(*t));
	t->number = start->task;
	if (start->label && start->label[0])
		text_add_foreign(&label, start->label);
	else
		text_printf(&label, "T?%" PRIu32, start->task);
	t->label = alloc_string(text_get(&label));
	t->process = process_for(c, start);
	c->tasks[start->task] = t;
	if (v < LIMIT_VARIANTS) {
		t->pid = start->pid[v];
		if (start->pid[v] > 0 && start->pid[v] < CANON_PIDS &&
		    start->pid[v] == start->tid[v])
			c->pids[start->pid[v]] = start->task;
		if (start->tid[v] > 0 && start->tid[v] < CANON_PIDS)
			c->pids[start->tid[v]] = start->task;
	}
	return t;
}

/* A trace whose beginning is lost has calls of tasks that never started. */
static struct canon_task *task_get(struct canon *c, uint32_t number)
{
	struct canon_task *t = task_find(c, number);
	struct trace_task_start unknown = { .task = number };

	return t ? t : task_add(c, &unknown);
}

/* Signals come when they come: which ones a task saw is compared, not where. */
static void signals_emit(struct canon *c, struct canon_task *t)
{
	if (!t->signals || c->level < CANON_CALLS || is_filtered(c))
		return;
	text_add(&c->line, "gets signals");
	for (unsigned signo = 1; signo <= 64; signo++) {
		const char *name = source_signal_name(c->source, signo);

		if (!(t->signals >> (signo - 1) & 1))
			continue;
		text_add_char(&c->line, CANON_SEPARATOR);
		if (name)
			text_add_foreign(&c->line, name);
		else
			text_printf(&c->line, "signal %u", signo);
	}
	emit(c, t, t->last_step, WEIGHT_TIMING);
}

static bool is_main_thread(const struct canon_task *t)
{
	const char *thread = strrchr(t->label, '.');

	return !thread || strcmp(thread, ".T0") == 0;
}

static void task_end(struct canon *c, struct canon_task *t, const int32_t *status)
{
	fold_end(c, t);
	written_emit(c, t);
	signals_emit(c, t);
	if (status && is_main_thread(t) && !is_filtered(c)) {
		text_printf(&c->line, "ends%c", CANON_SEPARATOR);
		text_add_status(&c->line, c->source, *status);
		emit(c, t, t->last_step, WEIGHT_EFFECT);
	}
	task_free(c, t->number);
}

/* ---- what a call changes ---- */

static void open_plain(struct canon *c, struct canon_task *t, int64_t fd, enum object_kind kind,
		       const char *name)
{
	cleanup_text struct text stem = { 0 };

	text_add(&stem, name);
	if (strcmp(t->label, "P0.T0") != 0)
		text_printf(&stem, "@%s", t->label);
	process_open(c->objects, t->process, fd, kind, text_get(&stem), NULL, NULL);
}

static void open_file(struct canon *c, struct canon_task *t, const struct canon_call *call,
		      unsigned path_arg, int64_t fd)
{
	cleanup_text struct text path = { 0 }, stem = { 0 };

	if (!canon_path_get(call, path_arg, &path)) {
		open_plain(c, t, fd, OBJECT_FILE, "file");
		return;
	}
	text_add(&stem, "file:");
	path_names_put(c->names, &stem, text_get(&path));
	process_open(c->objects, t->process, fd, OBJECT_FILE, text_get(&stem), NULL,
		     text_get(&path));
}

static void open_pair(struct canon *c, struct canon_task *t, const struct canon_call *call,
		      unsigned arg, const char *name)
{
	static const char *const suffixes[] = { ".r", ".w" };
	const struct trace_buf *buf = canon_buf_find(call, arg, DIRECTION_OUT, PART_CONTENT);
	bool pipe = strcmp(name, "pipe") == 0;
	cleanup_text struct text stem = { 0 };
	struct bytes cursor;

	if (!buf)
		return;
	text_add(&stem, name);
	if (strcmp(t->label, "P0.T0") != 0)
		text_printf(&stem, "@%s", t->label);
	cursor = bytes_make(buf->data.data, buf->data.length);
	for (unsigned i = 0; i < 2 && cursor.left >= 4; i++)
		process_open(c->objects, t->process, (int32_t)bytes_u32(&cursor), OBJECT_INTERNAL,
			     text_get(&stem), pipe ? suffixes[i] : NULL, NULL);
}

static void open_socket(struct canon *c, struct canon_task *t, const struct canon_call *call,
			int64_t fd)
{
	bool kernel = call->args[0] == AF_NETLINK;

	open_plain(c, t, fd, kernel ? OBJECT_INTERNAL : OBJECT_SOCKET,
		   kernel ? "sock:netlink" : "sock");
}

static void open_made(struct canon *c, struct canon_task *t, const struct canon_call *call,
		      int64_t fd)
{
	cleanup_text struct text name = { 0 };

	text_add(&name, call->row->name[0] ? call->row->name : "fd");
	open_plain(c, t, fd, OBJECT_INTERNAL, text_get(&name));
}

/* A socket is known by its address once it has one. */
static void name_socket(struct canon *c, struct canon_task *t, const struct canon_call *call)
{
	cleanup_text struct text stem = { 0 };

	text_add(&stem, call->step->nr == __NR_bind ? "sock:at:" : "sock:");
	if (canon_address_put(call, 1, &stem))
		process_rename(t->process, (int)call->args[0], text_get(&stem));
}

static void open_accepted(struct canon *c, struct canon_task *t, const struct canon_call *call,
			  int64_t fd)
{
	const struct object *listener = process_fd(t->process, (int)call->args[0]);
	cleanup_text struct text stem = { 0 };

	text_printf(&stem, "accepted:%s", listener ? listener->name : "sock");
	process_open(c->objects, t->process, fd, OBJECT_SOCKET, text_get(&stem), NULL, NULL);
}

static int path_arg_of(const struct syscall_row *row)
{
	for (int i = 0; i < SYSCALL_ARGS; i++)
		if (row->args[i].kind == ARG_PATH)
			return i;
	return -1;
}

/* A new descriptor as the call's result. */
static void follow_new_fd(struct canon *c, struct canon_task *t, const struct canon_call *call,
			  int64_t fd)
{
	int path = path_arg_of(call->row);

	switch (call->step->nr) {
	case __NR_dup:
	case __NR_dup2:
	case __NR_dup3: process_dup(t->process, (int)call->args[0], fd); return;
	case __NR_socket: open_socket(c, t, call, fd); return;
	case __NR_accept:
	case __NR_accept4: open_accepted(c, t, call, fd); return;
	}
	if (path >= 0)
		open_file(c, t, call, (unsigned)path, fd);
	else
		open_made(c, t, call, fd);
}

/* Whether the new descriptor goes at an exec: each call has its own flag for that. */
static bool asks_for_cloexec(const struct canon_call *call)
{
	for (unsigned i = 0; i < call->row->argc; i++) {
		const struct trace_buf *how;

		switch (call->row->args[i].format) {
		case FORMAT_OPEN_FLAGS:
		case FORMAT_FD_CLOEXEC_FLAGS:
		case FORMAT_SOCKET_TYPE:
		case FORMAT_SOCK_FLAGS:
		case FORMAT_EVENTFD_FLAGS:
		case FORMAT_EPOLL_FLAGS: return call->args[i] & O_CLOEXEC;
		case FORMAT_MEMFD_FLAGS: return call->args[i] & 1;
		case FORMAT_OPEN_HOW:
			how = canon_buf_find(call, i, DIRECTION_IN, PART_CONTENT);
			return how && how->data.length >= 4 &&
			       (how->data.data[2] & (O_CLOEXEC >> 16));
		}
	}
	return false;
}

static void follow_fcntl(struct canon *c, struct canon_task *t, const struct canon_call *call,
			 int64_t result)
{
	uint32_t command = (uint32_t)call->args[1];

	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {
		process_dup(t->process, (int)call->args[0], result);
		process_set_cloexec(t->process, result, command == F_DUPFD_CLOEXEC);
	} else if (command == F_SETFD) {
		process_set_cloexec(t->process, (int)call->args[0], call->args[2] & FD_CLOEXEC);
	}
}

static void follow_mmap(struct canon *c, struct canon_task *t, const struct canon_call *call,
			uint64_t address)
{
	const struct object *object = call->args[3] & MAP_ANONYMOUS ?
					      NULL :
					      process_fd(t->process, (int)call->args[4]);
	const char *slash = object && object->path ? strrchr(object->path, '/') : NULL;
	cleanup_text struct text name = { 0 };

	(void)c;
	if (slash)
		text_add_escaped(&name, slash + 1, strlen(slash + 1),
				 ESCAPE_BACKSLASH | ESCAPE_HIGH);
	process_map(t->process, address, call->args[1], slash ? text_get(&name) : NULL);
}

static void follow_directory(struct canon_task *t, const struct canon_call *call)
{
	const struct object *object = process_fd(t->process, (int)call->args[0]);
	cleanup_text struct text path = { 0 };

	if (call->step->nr == __NR_chdir && canon_path_get(call, 0, &path))
		process_chdir(t->process, text_get(&path));
	else if (call->step->nr == __NR_fchdir && object && object->path)
		process_chdir(t->process, object->path);
}

static void follow_close_range(struct canon *c, struct canon_task *t, const struct canon_call *call)
{
	uint32_t first = (uint32_t)call->args[0], last = (uint32_t)call->args[1];

	if (call->args[2] & CLOSE_RANGE_CLOEXEC)
		process_set_cloexec_range(t->process, first, last);
	else
		process_close_range(t->process, first, last);
}

/* After the record of the call's arguments was made. */
static void follow(struct canon *c, struct canon_task *t, const struct canon_call *call)
{
	int64_t result = call->step->result[call->variant];

	/* the call that closes has closed even when it says EINTR or EIO (close(2)) */
	if (call->step->nr == __NR_close && !call->step->no_result && result != -EBADF)
		process_close(t->process, (int)call->args[0]);
	if (call->step->nr == __NR_connect && result == -EINPROGRESS)
		name_socket(c, t, call);
	if (!canon_call_succeeded(call))
		return;
	switch (call->step->nr) {
	case __NR_execve:
	case __NR_execveat: process_exec(t->process); return;
	case __NR_pipe:
	case __NR_pipe2: open_pair(c, t, call, 0, "pipe"); return;
	case __NR_socketpair: open_pair(c, t, call, 3, "socketpair"); return;
	case __NR_connect:
	case __NR_bind: name_socket(c, t, call); return;
	case __NR_fcntl: follow_fcntl(c, t, call, result); return;
	case __NR_mmap: follow_mmap(c, t, call, (uint64_t)result); return;
	case __NR_munmap: process_unmap(t->process, call->args[0], call->args[1]); return;
	case __NR_chdir:
	case __NR_fchdir: follow_directory(t, call); return;
	case __NR_close_range: follow_close_range(c, t, call); return;
	}
	if (call->row->result == RESULT_FD) {
		follow_new_fd(c, t, call, result);
		process_set_cloexec(t->process, result, asks_for_cloexec(call));
	}
}

/* ---- names that were made up ---- */

/* Before the record: the name reads `<tmp#1>` from here on. */
static void note_temporary(struct canon *c, const struct canon_task *t,
			   const struct canon_call *call)
{
	int arg = path_arg_of(call->row);
	bool directory = call->step->nr == __NR_mkdir || call->step->nr == __NR_mkdirat;
	cleanup_text struct text path = { 0 };
	enum path_maker maker = PATH_PUBLIC;
	uint64_t flags = 0, mode = 0;

	if (arg < 0 || arg + 2 >= SYSCALL_ARGS || !canon_call_succeeded(call))
		return;
	if (directory) {
		mode = call->args[arg + 1];
	} else if (call->row->args[arg + 1].format == FORMAT_OPEN_FLAGS) {
		flags = call->args[arg + 1];
		mode = call->args[arg + 2];
	}
	if (!directory && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		return;
	if (!(mode & 077) || !(mode & 0222)) /* git's are for reading only */
		maker = flags & O_RDWR ? PATH_MKSTEMP : PATH_PRIVATE;
	if (canon_path_get(call, (unsigned)arg, &path) &&
	    path_is_temporary(c->names, text_get(&path), maker, t->pid))
		path_names_add_temporary(c->names, text_get(&path), t->label);
}

/* Names that files lose and get. */
static void note_names(struct canon *c, const struct canon_call *call)
{
	cleanup_text struct text path = { 0 }, to = { 0 };
	bool at = call->row->args[0].kind == ARG_DIRFD;
	unsigned first = at ? 1 : 0, second = at ? 3 : 1;

	if (c->level != CANON_EFFECTS || !canon_call_succeeded(call))
		return;
	switch (call->step->nr) {
	case __NR_unlink:
	case __NR_unlinkat:
		if (canon_path_get(call, first, &path))
			mark_removed(c, text_get(&path));
		return;
	case __NR_rename:
	case __NR_renameat:
	case __NR_renameat2:
	case __NR_link:
	case __NR_linkat:
		if (!canon_path_get(call, first, &path) || !canon_path_get(call, second, &to))
			return;
		mark_removed(c, text_get(&to));
		mark_renamed(c, text_get(&path), text_get(&to));
		return;
	}
}

/* ---- the walk ---- */

static void take_call(struct canon *c, struct canon_task *t, struct canon_call *call)
{
	enum canon_level level = canon_call_level(call);
	bool shown = c->single ? c->wanted :
				 level <= c->level &&
					 (!c->filter || call_filter_matches(c->filter, call->step));
	cleanup_text struct text head = { 0 };

	if (c->level == CANON_EFFECTS && (!c->filter || call_filter_matches(c->filter, call->step)))
		written_add(t, call);
	if (shown && c->level > CANON_EFFECTS && !c->single && fold_add(c, t, call))
		return;
	if (shown)
		canon_call_put(call, &head);
	follow(c, t, call);
	if (!shown)
		return;
	fold_end(c, t);
	text_add_bytes(&c->line, text_get(&head), head.length);
	canon_call_put_result(call, &c->line);
	emit(c, t, call->step->step, canon_call_weight(call, level));
}

static void take_step(struct canon *c, const struct trace_step *step)
{
	static const struct syscall_row unknown = { .result = RESULT_PLAIN,
						    .level = LEVEL_CONTROL,
						    .run = RUN_EACH };
	struct canon_task *t = task_get(c, step->task);
	unsigned v = c->variant >= 0 ? (unsigned)c->variant : mask_variant(step->variants, 0);
	struct canon_call call;

	if (!t || v >= LIMIT_VARIANTS || !(step->variants & 1u << v))
		return;
	c->wanted = step->step == c->wanted_step;
	t->last_step = step->step;
	call = (struct canon_call){ .step = step,
				    .row = syscall_row_find(step->nr),
				    .args = step->args[v],
				    .variant = v,
				    .level = c->level,
				    .source = c->source,
				    .names = c->names,
				    .process = t->process,
				    .pids = c->pids };
	if (!call.row)
		call.row = &unknown;
	note_temporary(c, t, &call);
	take_call(c, t, &call);
	note_names(c, &call);
	c->wanted = false;
}

static void take_signal(struct canon *c, const struct trace_signal *g)
{
	struct canon_task *t = task_get(c, g->task);
	const char *name = source_signal_name(c->source, g->signo);

	if (!t || !g->signo || g->signo > 64)
		return;
	if (g->decision == SIGNAL_DELIVERED)
		t->signals |= UINT64_C(1) << (g->signo - 1);
	if ((g->decision != SIGNAL_FAULT && g->decision != SIGNAL_FATAL) || is_filtered(c))
		return;
	fold_end(c, t);
	text_printf(&c->line, "%s%c", g->decision == SIGNAL_FAULT ? "faults" : "gets fatal",
		    CANON_SEPARATOR);
	text_add_foreign(&c->line, name ? name : "signal");
	emit(c, t, g->step, WEIGHT_EFFECT);
}

static void take_divergence(struct canon *c, const struct trace_divergence *d)
{
	struct canon_task *t = task_get(c, d->task);

	if (!t)
		return;
	fold_end(c, t);
	text_printf(&c->line, "variants diverge%c", CANON_SEPARATOR);
	if (d->kind < DIVERGENCE_KIND_NAMES && divergence_kind_names[d->kind])
		text_add(&c->line, divergence_kind_names[d->kind]);
	else
		text_printf(&c->line, "%u", d->kind);
	emit(c, t, d->step, WEIGHT_SECURITY);
}

static void take_task_end(struct canon *c, const struct trace_task_end *end)
{
	struct canon_task *t = task_find(c, end->task);
	unsigned v = mask_variant(end->variants, 0);

	if (t)
		task_end(c, t, v < LIMIT_VARIANTS ? &end->status[v] : NULL);
}

static void take_record(struct canon *c, const struct trace_record *record)
{
	source_learn(c->source, record);
	switch (record->kind) {
	case TRACE_TASK_START: task_add(c, &record->task_start); break;
	case TRACE_STEP: take_step(c, &record->step); break;
	case TRACE_SIGNAL: take_signal(c, &record->signal); break;
	case TRACE_DIVERGENCE: take_divergence(c, &record->divergence); break;
	case TRACE_TASK_END: take_task_end(c, &record->task_end); break;
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_TRAP:
	case TRACE_FILE_IDENTITY:
	case TRACE_MARK:
	case TRACE_END: break;
	}
}

static int walk(struct canon *c, struct scan *scan, struct error *err)
{
	const struct trace_record *record;
	int ret;

	while ((ret = scan_next(scan, &record, err)) > 0) {
		take_record(c, record);
		if (c->status < 0)
			return c->status;
	}
	/* tasks whose end was not recorded */
	for (size_t i = 0; ret == 0 && i < c->n_tasks; i++)
		if (c->tasks[i])
			task_end(c, c->tasks[i], NULL);
	return ret < 0 ? ret : c->status;
}

static void canon_init(struct canon *c, struct source *source, enum canon_level level,
		       canon_take take, void *data)
{
	*c = (struct canon){
		.source = source, .level = level, .take = take, .data = data, .variant = -1
	};
	c->objects = objects_create();
	c->names = path_names_create(source_header(source));
	c->pids = alloc_zeroed(CANON_PIDS, sizeof(*c->pids));
}

static void canon_finish(struct canon *c)
{
	for (size_t i = 0; i < c->n_tasks; i++)
		task_free(c, (uint32_t)i);
	free(c->tasks);
	free(c->pids);
	path_names_destroy(c->names);
	objects_destroy(c->objects);
	text_finish(&c->line);
}

static int start_scan(struct scan **scan, struct source *source, struct error *err)
{
	struct scan_filter everything = scan_filter_all(SCAN_ALL_KINDS);
	int ret = scan_create(scan, source, err);

	if (ret == 0)
		scan_start(*scan, &everything);
	return ret;
}

int canon_run(struct source *source, enum canon_level level, const struct call_filter *filter,
	      canon_take take, void *data, struct error *err)
{
	struct canon c;
	struct scan *scan;
	int ret = start_scan(&scan, source, err);

	if (ret < 0)
		return ret;
	canon_init(&c, source, level, take, data);
	c.filter = filter;
	ret = walk(&c, scan, err);
	scan_destroy(scan);
	canon_finish(&c);
	return ret;
}

/* ---- single calls ---- */

struct canon_steps {
	struct canon canon;
	struct source *source;
	struct scan *scan; /* NULL before the first record and after the last one */
	int variant;
	uint64_t step; /* the last one read */
	bool ended;
	struct text *out; /* of the call at hand */
	bool found;
};

static int take_single(void *data, const struct canon_record *record)
{
	struct canon_steps *s = data;

	canon_text_put(s->out, record->text);
	s->found = true;
	return 0;
}

static void steps_begin(struct canon_steps *s)
{
	canon_init(&s->canon, s->source, CANON_ALL, take_single, s);
	s->canon.single = true;
	s->canon.variant = s->variant;
	s->step = 0;
	s->ended = false;
}

static void steps_end(struct canon_steps *s)
{
	scan_destroy(s->scan);
	s->scan = NULL;
	canon_finish(&s->canon);
}

struct canon_steps *canon_steps_create(struct source *source, int variant)
{
	struct canon_steps *s = alloc_zeroed(1, sizeof(*s));

	s->source = source;
	s->variant = variant;
	steps_begin(s);
	return s;
}

void canon_steps_destroy(struct canon_steps *s)
{
	if (!s)
		return;
	steps_end(s);
	free(s);
}

static int steps_next(struct canon_steps *s, struct error *err)
{
	const struct trace_record *record;
	int ret = s->scan ? 0 : start_scan(&s->scan, s->source, err);

	if (ret < 0)
		return ret;
	ret = scan_next(s->scan, &record, err);
	s->ended = ret <= 0;
	if (s->ended)
		return ret;
	if (record->kind == TRACE_STEP)
		s->step = record->step.step;
	take_record(&s->canon, record);
	return 1;
}

int canon_steps_put(struct canon_steps *s, uint64_t step, struct text *out, struct error *err)
{
	int ret = 1;

	if (step <= s->step) {
		steps_end(s);
		steps_begin(s);
	}
	s->out = out;
	s->found = false;
	s->canon.wanted_step = step;
	while (ret > 0 && s->step < step && !s->ended)
		ret = steps_next(s, err);
	return ret < 0 ? ret : s->found;
}
