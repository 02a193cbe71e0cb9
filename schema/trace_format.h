/*
 * What a trace file is made of, as bytes (trace(5)): the signature frame, the
 * statistics frame and the seek table around the data frames. Pure functions
 * over memory; the writer and the reader share them.
 *
 *	signature    skippable frame: magic, feature words, hash
 *	data frames  zstd, independent, checksummed, of declared size
 *	statistics   skippable frame: one struct trace_frame_stat per data frame, hash
 *	seek table   skippable frame, zstd's seekable format: every frame above
 *
 * The last two are written at a clean end only. All numbers are little-endian.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "schema/trace_record.h"

#define ZSTD_FRAME_MAGIC     0xFD2FB528u
#define SKIPPABLE_MAGIC      0x184D2A50u /* the low four bits are free */
#define SKIPPABLE_MASK       0xFFFFFFF0u
#define SKIPPABLE_HEAD_BYTES 8u
#define TRACE_OWN_MAGIC      0x184D2A5Au /* signature and statistics */
#define SEEK_TABLE_MAGIC     0x184D2A5Eu
#define SEEK_FOOTER_MAGIC    0x8F92EAB1u
#define SEEK_FOOTER_BYTES    9u
#define SEEK_ENTRY_BYTES     8u

#define TRACE_SIGNATURE_BYTES (SKIPPABLE_HEAD_BYTES + 32u)

#define TRACE_STAT_HEAD_BYTES \
	(SKIPPABLE_HEAD_BYTES + 16u) /* skippable head, magic, entry size, count */
#define TRACE_STAT_ENTRY_BYTES (21u * 8u)
#define TRACE_STAT_TAIL_BYTES  8u /* hash */

/*
 * Feature words: a reader ignores a compatible bit it does not know, and
 * refuses an incompatible one. None is defined yet.
 */
#define TRACE_COMPATIBLE_KNOWN   UINT64_C(0)
#define TRACE_INCOMPATIBLE_KNOWN UINT64_C(0)

struct trace_features {
	uint64_t compatible, incompatible;
};

/* Statistics of one frame: from the statistics frame, or rebuilt by a walk. */
struct trace_frame_stat {
	uint64_t offset; /* in the file */
	uint64_t stored_bytes, raw_bytes;
	uint64_t first_step, last_step; /* least and greatest; 0 when it holds none */
	uint64_t first_ns, last_ns;     /* earliest and latest time of any record */
	uint64_t records, calls, divergences, signals;
	uint64_t errors;      /* steps whose first variant got an errno */
	uint64_t syscalls[8]; /* bitmap of call numbers 0 to 511; others are not in it */
	uint64_t chain_hash;
	bool known; /* the counts above were recorded or counted */
};

uint32_t trace_load_u32(const uint8_t *from);
uint64_t trace_load_u64(const uint8_t *from);

void trace_signature_encode(uint8_t out[TRACE_SIGNATURE_BYTES], struct trace_features features);
/* True when the bytes are an undamaged signature frame, whatever its features. */
bool trace_signature_decode(const uint8_t in[TRACE_SIGNATURE_BYTES],
			    struct trace_features *features);
/* 0, or -ENOTSUP naming the first incompatible bit that is not known. */
int trace_features_check(struct trace_features features, struct error *err);

/* The whole statistics frame; the bytes are the caller's to free. -EFBIG for more frames than fit. */
int trace_stats_encode(const struct trace_frame_stat *stats, size_t count, uint8_t **out,
		       size_t *length, struct error *err);
void trace_stat_decode(const uint8_t in[TRACE_STAT_ENTRY_BYTES], struct trace_frame_stat *stat);
/* True when the bytes start a statistics frame of ours; gives its entry size and count. */
bool trace_stats_head_decode(const uint8_t in[TRACE_STAT_HEAD_BYTES], uint32_t *payload_bytes,
			     uint32_t *entry_bytes, uint32_t *count);

/* The whole seek table for signature, data frames and statistics frame. */
int trace_seek_table_encode(const struct trace_frame_stat *stats, size_t count, size_t stats_bytes,
			    uint8_t **out, size_t *length, struct error *err);

/*
 * The chain: each frame's stored bytes hashed with the value of the frame
 * before; the first with the hash of the signature frame.
 */
uint64_t trace_chain_start(struct trace_features features);
uint64_t trace_chain_next(uint64_t previous, const void *stored, size_t length);

/* Takes a record into the counts of its frame. */
void trace_stat_count(struct trace_frame_stat *stat, const struct trace_record *record);
