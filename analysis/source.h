/*
 * An open trace as analysis sees it: its header, its frames, the names it
 * brought along, its variants and tasks by number, and a pool of readers for
 * those who walk it at the same time (scan.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "schema/trace_reader.h"

struct source;

/* One task, from its TaskStart and TaskEnd. */
struct source_task {
	uint32_t task, parent;
	char *label; /* owned by the source */
	bool started, ended;
	uint64_t start_ns, end_ns;
	uint64_t clone_flags;
	uint32_t variants, ended_variants; /* masks */
	int32_t pid[LIMIT_VARIANTS], tid[LIMIT_VARIANTS], status[LIMIT_VARIANTS];
};

/* One VariantStart, copied; strings are owned by the source and may hold anything. */
struct source_variant {
	bool known;
	int32_t pid;
	char *path, *layout, *command_line; /* command_line: argv as a shell would take it */
	uint8_t *build_id;
	size_t build_id_length;
	uint64_t size, hash;
};

int source_open(struct source **out, const char *path, struct error *err);
/* Accepts NULL. No scan may be open any more. */
void source_close(struct source *s);

const char *source_path(const struct source *s);
/* NULL when the first frame is damaged. */
const struct trace_header *source_header(const struct source *s);
const struct trace_end *source_end(const struct source *s);
enum trace_state source_state(const struct source *s);
const struct trace_frame_stat *source_frames(const struct source *s, size_t *count);
/* True when the file brought statistics for every frame. */
bool source_frames_known(const struct source *s);
/* True when, as far as is known, no frame's steps come before those of an earlier frame. */
bool source_frames_ordered(const struct source *s);
uint64_t source_file_bytes(const struct source *s);
uint64_t source_chain_hash(const struct source *s);
/* How many steps, as far as is known without reading them all; else an estimate by size. */
uint64_t source_steps_estimate(const struct source *s);
/*
 * From now on scans that go through all of it have a thread each that decodes
 * ahead (ahead.h): for whoever reads from the start to the end and has much to
 * do with each step.
 */
void source_read_ahead(struct source *s);
bool source_reads_ahead(const struct source *s);
/*
 * Something that a walk found besides what it was asked for, kept for the one
 * that would find it again; source_take_kept gives it away, NULL for nothing.
 */
void source_keep(struct source *s, void *found, void (*drop)(void *found));
void *source_take_kept(struct source *s);
/* Variants there are, by the header; between 1 and LIMIT_VARIANTS. */
unsigned source_variant_count(const struct source *s);

/* Names as the recording host knew them, else as we do; NULL when neither does. */
const char *source_syscall_name(const struct source *s, int64_t nr);
const char *source_errno_name(const struct source *s, int64_t number);
const char *source_signal_name(const struct source *s, int64_t number);

/* Read on first use, from the frames that can hold them. */
int source_tasks(struct source *s, const struct source_task **out, size_t *count,
		 struct error *err);
/* NULL when the trace does not know the task. */
const struct source_task *source_task_find(struct source *s, uint32_t task, struct error *err);
int source_variants(struct source *s, const struct source_variant **out, struct error *err);
/* Remembers what a scan came across anyway. */
void source_learn(struct source *s, const struct trace_record *record);

/* Parts of the file no reader of the pool could read, each once. Valid until the next call on s. */
const struct trace_hole *source_holes(struct source *s, size_t *count);
/*
 * One sentence why an answer from this trace may lack something, into text;
 * false, and nothing written, when it cannot.
 */
bool source_gap_describe(struct source *s, char *text, size_t capacity);

/*
 * Looks again at a trace that is being written, for a walk that has come to
 * its end (scan_extend). -errno when that cannot be done.
 */
int source_refresh(struct source *s, struct error *err);
/* Remembers the first thing that made an answer worthless, for whoever gives it. */
void source_fail(struct source *s, const struct error *err);
/* NULL when nothing did. */
const struct error *source_failure(const struct source *s);

/* A reader nobody uses, opened if need be. Hand it back with source_reader_put. */
int source_reader_get(struct source *s, struct trace_reader **out, struct error *err);
void source_reader_put(struct source *s, struct trace_reader *reader);
