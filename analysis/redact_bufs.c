/* A call's memory; see redact_bufs.h. */
#include "analysis/redact_bufs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "schema/syscall_args.h"

/* bytes of a control message's header (cmsg(3)) */
#define CONTROL_HEADER_BYTES 16
/* a text larger than this is given back when its record is done */
#define KEPT_TEXT_BYTES 65536

/* ---- memory ---- */

struct text *redact_arena_text(struct redact_arena *a)
{
	if (a->used_texts == a->n_texts) {
		alloc_grow(&a->texts, &a->texts_capacity, a->n_texts + 1);
		a->texts[a->n_texts++] = alloc_zeroed(1, sizeof(struct text));
	}
	return a->texts[a->used_texts++];
}

void *redact_arena_take(struct redact_arena *a, size_t count, size_t size)
{
	alloc_grow(&a->blocks, &a->blocks_capacity, a->n_blocks + 1);
	return a->blocks[a->n_blocks++] = alloc_zeroed(count + 1, size);
}

void redact_arena_clear(struct redact_arena *a)
{
	for (size_t i = 0; i < a->used_texts; i++) {
		if (a->texts[i]->capacity > KEPT_TEXT_BYTES)
			text_finish(a->texts[i]);
		else
			text_clear(a->texts[i]);
	}
	for (size_t i = 0; i < a->n_blocks; i++)
		free(a->blocks[i]);
	a->used_texts = a->n_blocks = 0;
}

void redact_arena_finish(struct redact_arena *a)
{
	redact_arena_clear(a);
	for (size_t i = 0; i < a->n_texts; i++) {
		text_finish(a->texts[i]);
		free(a->texts[i]);
	}
	free(a->texts);
	free(a->blocks);
	*a = (struct redact_arena){ 0 };
}

/* ---- what stays ---- */

/*
 * Structures of numbers that say what a call was about, and nothing that the
 * program or somebody outside has put there as it liked.
 */
static bool is_plain_structure(enum arg_format format)
{
	static const uint8_t plain[] = {
		FORMAT_STAT,      FORMAT_STATX,       FORMAT_STATFS,      FORMAT_TIMESPEC,
		FORMAT_TIMESPEC2, FORMAT_TIMEVAL,     FORMAT_TIMEVAL2,    FORMAT_TIMEZONE,
		FORMAT_ITIMERVAL, FORMAT_ITIMERSPEC,  FORMAT_UTIMBUF,     FORMAT_RLIMIT,
		FORMAT_RUSAGE,    FORMAT_TMS,         FORMAT_SYSINFO,     FORMAT_SIGSET,
		FORMAT_POLLFD,    FORMAT_FD_SET,      FORMAT_FD_PAIR,     FORMAT_FLOCK,
		FORMAT_WINSIZE,   FORMAT_WAIT_STATUS, FORMAT_CLONE_ARGS,  FORMAT_OPEN_HOW,
		FORMAT_CPU_SET,   FORMAT_GIDS,        FORMAT_SCHED_PARAM, FORMAT_CAP_HEADER,
		FORMAT_CAP_DATA,
	};

	return memchr(plain, format, sizeof(plain));
}

/* Only messages that hand descriptors over: what follows of open files depends on them. */
static bool is_only_descriptors(const struct trace_buf *buf)
{
	struct bytes left = bytes_make(buf->data.data, buf->data.length);

	while (left.left) {
		uint64_t length = bytes_u64(&left);
		uint32_t level = bytes_u32(&left), type = bytes_u32(&left);
		uint64_t rest = length - CONTROL_HEADER_BYTES;

		if (left.failed || length < CONTROL_HEADER_BYTES || level != SOL_SOCKET ||
		    type != SCM_RIGHTS || rest > left.left || rest % sizeof(int32_t))
			return false;
		bytes_take(&left, rest);
		/* padding may hold anything */
		for (size_t pad = -rest & 7; pad && left.left; pad--) {
			const uint8_t *byte = bytes_take(&left, 1);

			if (byte && *byte)
				return false;
		}
	}
	return true;
}

/* ---- what becomes of a buffer ---- */

static void put_hash(const struct pseudonyms *names, bool no_hashes, struct trace_buf *buf)
{
	uint64_t hash = buf->hash ? buf->hash : XXH3_64bits(buf->data.data, buf->data.length);

	if (!buf->full_length && !buf->data.length)
		return;
	if (buf->full_length < buf->data.length)
		buf->full_length = buf->data.length;
	buf->truncated = true;
	buf->hash = no_hashes ? 0 : pseudonym_hash(names, &hash, sizeof(hash));
	buf->data = (struct trace_blob){ 0 };
}

static void take_text(struct trace_buf *buf, const struct text *text)
{
	buf->data = (struct trace_blob){ (const uint8_t *)text_get(text), text->length };
	buf->full_length = text->length;
	buf->truncated = false;
	buf->hash = 0;
}

/* Strings one after the other, each with its NUL if it has one. */
static void put_strings(const struct pseudonyms *names, struct redact_arena *arena, bool is_path,
			struct trace_buf *buf)
{
	struct text *out = redact_arena_text(arena);
	size_t at = 0;

	while (at < buf->data.length) {
		const uint8_t *word = buf->data.data + at;
		size_t n = strnlen((const char *)word, buf->data.length - at);

		if (is_path)
			pseudonym_put_path(names, out, word, n);
		else
			pseudonym_put_word(names, out, word, n);
		at += n;
		if (at < buf->data.length) {
			text_add_bytes(out, "", 1);
			at++;
		}
	}
	take_text(buf, out);
}

static void put_address(const struct pseudonyms *names, struct redact_arena *arena,
			struct trace_buf *buf)
{
	struct text *out = redact_arena_text(arena);

	pseudonym_put_address(names, out, buf->data.data, buf->data.length);
	take_text(buf, out);
}

static bool is_environment(const struct syscall_row *row, unsigned arg)
{
	return arg && row->args[arg].kind == ARG_STRINGS && row->args[arg - 1].kind == ARG_STRINGS;
}

static bool is_message(unsigned kind)
{
	return kind == ARG_MSGHDR_IN || kind == ARG_MSGHDR_OUT || kind == ARG_MMSGHDR_IN ||
	       kind == ARG_MMSGHDR_OUT;
}

static bool is_vector(unsigned kind)
{
	return is_message(kind) || kind == ARG_IOVEC_IN || kind == ARG_IOVEC_OUT;
}

/* Without what lies between the fields: it may be anything that was in memory before. */
static bool keep_structure(struct redact_arena *arena, const struct syscall_arg *spec,
			   struct trace_buf *buf)
{
	uint8_t *copy;

	if (!is_plain_structure((enum arg_format)spec->format) || spec->size <= 1 ||
	    buf->data.length % spec->size != 0)
		return false;
	copy = redact_arena_take(arena, buf->data.length, 1);
	if (buf->data.length)
		memcpy(copy, buf->data.data, buf->data.length);
	format_canonicalise((enum arg_format)spec->format, copy, buf->data.length);
	buf->data.data = copy;
	return true;
}

/* The known ways; false when the buffer is payload. */
static bool keep_or_rename(const struct pseudonyms *names, struct redact_arena *arena,
			   const struct syscall_row *row, struct trace_buf *buf)
{
	const struct syscall_arg *spec = &row->args[buf->arg];

	/* lengths of what is elsewhere */
	if (buf->part == PART_LAYOUT)
		return is_vector(spec->kind);
	if (buf->part == PART_CONTROL)
		return is_message(spec->kind) && !buf->truncated && is_only_descriptors(buf);
	if (buf->part == PART_NAME && !is_message(spec->kind))
		return false;
	if (buf->truncated)
		return false;
	if (buf->part == PART_NAME || spec->kind == ARG_SOCKADDR_IN ||
	    spec->kind == ARG_SOCKADDR_OUT) {
		put_address(names, arena, buf);
		return true;
	}
	switch (spec->kind) {
	case ARG_PATH:
	case ARG_STRING:
	case ARG_STRINGS:
		if (is_environment(row, buf->arg))
			return false;
		put_strings(names, arena, spec->kind == ARG_PATH, buf);
		return true;
	case ARG_LENPTR: return buf->data.length <= sizeof(uint64_t);
	case ARG_IN:
	case ARG_OUT:
	case ARG_INOUT: return keep_structure(arena, spec, buf);
	default: return false;
	}
}

void redact_buf(const struct pseudonyms *names, bool no_hashes, struct redact_arena *arena,
		const struct trace_step *step, struct trace_buf *buf)
{
	const struct syscall_row *row = step->abi ? NULL : syscall_row_find(step->nr);

	if (!row || buf->arg >= SYSCALL_ARGS || !keep_or_rename(names, arena, row, buf))
		put_hash(names, no_hashes, buf);
}

const char *redact_label(const char *label)
{
	return strspn(label, "PT.0123456789") == strlen(label) ? label : "(redacted)";
}
