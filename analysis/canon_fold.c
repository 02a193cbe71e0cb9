/* Pieces of a stream as one record; see canon_fold.h. */
#include "analysis/canon_fold.h"

#include <asm/unistd.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/canon_level.h"
#include "analysis/canon_value.h"
#include "base/alloc.h"

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

bool canon_fold_takes(const struct canon_call *call)
{
	bool output;

	return stream_arg(call, &output) >= 0 && canon_succeeded(call) &&
	       process_fd(call->process, (int)call->args[0]);
}

bool canon_fold_continues(const struct canon_fold *f, const struct canon_call *call)
{
	const struct object *object = process_fd(call->process, (int)call->args[0]);
	bool output;

	stream_arg(call, &output);
	return f->active && f->serial == object->serial && f->output == output;
}

static void fold_start(struct canon_fold *f, const struct canon_call *call, bool output)
{
	const struct object *object = process_fd(call->process, (int)call->args[0]);

	canon_fold_finish(f);
	*f = (struct canon_fold){ .active = true,
				  .output = output,
				  .outside = output && object->kind != OBJECT_INTERNAL,
				  .serial = object->serial,
				  .step = call->step->step,
				  .sum = canon_sum_make(),
				  .name = alloc_string(object->name) };
}

void canon_fold_add(struct canon_fold *f, const struct canon_call *call)
{
	uint64_t bytes = (uint64_t)call->step->result[call->variant];
	bool output;
	int arg = stream_arg(call, &output);
	const struct trace_buf *buf;

	if (!f->active)
		fold_start(f, call, output);
	buf = canon_buf_find(call, (unsigned)arg, output ? DIRECTION_IN : DIRECTION_OUT,
			     PART_CONTENT);
	if (buf)
		canon_sum_add(call->words, &f->sum, buf, bytes);
	else
		f->sum.bytes += bytes;
}

static bool gives_random_bytes(const char *name)
{
	return strncmp(name, "file:/dev/urandom#", 18) == 0 ||
	       strncmp(name, "file:/dev/random#", 17) == 0;
}

bool canon_fold_end(struct canon_fold *f, const struct canon_words *words, enum canon_level level,
		    struct text *out)
{
	if (!f->active)
		return false;
	f->active = false;
	canon_sum_end(words, &f->sum);
	text_printf(out, "%s%c%s%c", f->output ? "write" : "read", CANON_SEPARATOR, f->name,
		    CANON_SEPARATOR);
	/* how much there is to read in /proc is a matter of the moment */
	if (!f->output && strncmp(f->name, "file:/proc/", 11) == 0 && level < CANON_ALL)
		text_add_char(out, '_');
	else
		text_printf(out, "%" PRIu64 " bytes", f->sum.bytes);
	if (f->output || (level >= CANON_ARGS && !gives_random_bytes(f->name)))
		text_printf(out, " %016" PRIx64, f->sum.digest);
	return true;
}

void canon_fold_finish(struct canon_fold *f)
{
	canon_sum_finish(&f->sum);
	free(f->name);
}
