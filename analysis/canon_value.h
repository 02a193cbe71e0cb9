/*
 * What calls are given and give back, in canonical text: bytes as hashes,
 * structures without what means nothing, paths, process ids, descriptors and
 * addresses by what they stand for.
 */
#pragma once

#include "analysis/canon_call.h"
#include "analysis/canon_sum.h"
#include "schema/syscall_args.h"

/* bytes of one structure or string as text; longer ones are hashed */
#define CANON_PIECE_BYTES 4096

/* What is behind argument i; NULL when the trace does not hold it. */
const struct trace_buf *canon_buf_find(const struct canon_call *call, unsigned i,
				       enum trace_direction direction, enum trace_buf_part part);
/* Up to the NUL, or all there is. */
size_t canon_string_length(const struct trace_buf *buf);
/* The first argument that is a path; -1 for none. */
int canon_path_arg(const struct syscall_row *row);
/* The path of argument i, absolute. False when there is none. */
bool canon_path_get(const struct canon_call *call, unsigned i, struct text *out);

/* "12 bytes 0123456789abcdef" */
void canon_put_digest(const struct canon_call *call, struct text *out, const struct trace_buf *buf);
/* Without padding, and addresses but for NULL. False when it is no structure we know. */
bool canon_put_struct(struct text *out, enum arg_format format, const struct trace_buf *buf);
/* A process by its creation path. */
void canon_put_pid(const struct canon_call *call, struct text *out, int64_t pid);
/* An absolute path. */
void canon_put_path(const struct canon_call *call, struct text *out, const char *path);
/* Behind the name of what has no other: "@P0.1.T0", nothing for the first task. */
void canon_put_maker(const struct canon_call *call, struct text *out);
void canon_put_fd(const struct canon_call *call, struct text *out, int fd);
/* "libc.so.6+0x2a1f0", "heap", "stack:P0.T0", "anon#4"; NULL for 0, "mem" for what is not known. */
void canon_put_address(const struct canon_call *call, struct text *out, uint64_t address);
/* The same of what is only where a call's data lie: of interest from `args` on, "mem" before. */
void canon_put_place(const struct canon_call *call, struct text *out, uint64_t address);
void canon_put_string(const struct canon_call *call, struct text *out, const uint8_t *at,
		      size_t length);
/* Strings that end with a NUL each: the words of a command. */
void canon_put_strings(const struct canon_call *call, struct text *out,
		       const struct trace_buf *buf);
void canon_put_environment(const struct canon_call *call, struct text *out,
			   const struct trace_buf *buf);
/* Address of a socket, of argument i: "127.0.0.1:80", "unix:/run/x". False when there is none. */
bool canon_put_sockaddr(const struct canon_call *call, unsigned i, enum trace_buf_part part,
			struct text *out);
