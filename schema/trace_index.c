/* Finding frames; see trace_index.h. */
#include "schema/trace_index.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/cleanup.h"

/* Bytes read at once when the file must be looked through. */
#define WINDOW_BYTES ((size_t)64 << 10)
/* A data frame cannot be smaller: magic, header, one empty block. */
#define FRAME_LEAST_BYTES 9
/* Blocks of a frame: the writer's hold 128 KiB, except the last; smaller ones are let pass. */
#define FRAME_BLOCKS(raw_bytes) ((raw_bytes) / 256 + 16)

/* Memory of a size from outside: NULL when there is none, where alloc.h would give up. */
static void *try_alloc(uint64_t bytes)
{
	return reallocarray(NULL, bytes ? bytes : 1, 1);
}

int trace_file_read(const struct trace_file *file, uint64_t offset, void *to, size_t length)
{
	size_t done = 0;

	if (offset > file->bytes || length > file->bytes - offset)
		return -ENODATA;
	if (file->fd < 0) {
		memcpy(to, file->data + offset, length);
		return 0;
	}
	while (done < length) {
		ssize_t got = pread(file->fd, (uint8_t *)to + done, length - done,
				    (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -ENODATA;
		done += (size_t)got;
	}
	return 0;
}

void trace_index_finish(struct trace_index *index)
{
	free(index->frames);
	free(index->holes);
	memset(index, 0, sizeof(*index));
}

void trace_index_add_hole(struct trace_index *index, uint64_t offset, uint64_t bytes,
			  const char *format, ...)
{
	struct trace_hole *hole;
	va_list ap;

	for (size_t i = 0; i < index->n_holes; i++)
		if (index->holes[i].offset == offset)
			return;
	if (index->n_holes == LIMIT_HOLES)
		return;
	alloc_grow(&index->holes, &index->holes_capacity, index->n_holes + 1);
	hole = &index->holes[index->n_holes++];
	hole->offset = offset;
	hole->bytes = bytes;
	va_start(ap, format);
	vsnprintf(hole->reason, sizeof(hole->reason), format, ap);
	va_end(ap);
}

/* Measuring frames (RFC 8878, sections 3.1.1 and 3.1.2). */

static bool spend(uint64_t *work, uint64_t amount)
{
	if (*work < amount)
		return false;
	*work -= amount;
	return true;
}

/* Bytes of the frame header, and the declared content size; 0 when it is not one of ours. */
static size_t measure_header(const struct trace_file *file, uint64_t offset, uint64_t *raw_bytes,
			     bool *has_checksum)
{
	static const uint8_t dictionary_bytes[4] = { 0, 1, 2, 4 };
	static const uint8_t size_bytes[4] = { 0, 2, 4, 8 };
	uint8_t head[18] = { 0 };
	uint64_t left = file->bytes - offset;
	size_t got = left < sizeof(head) ? (size_t)left : sizeof(head);
	unsigned long long content;
	unsigned descriptor;
	bool single;

	if (trace_file_read(file, offset, head, got) || got < FRAME_LEAST_BYTES)
		return 0;
	content = ZSTD_getFrameContentSize(head, got);
	if (trace_load_u32(head) != ZSTD_FRAME_MAGIC || content > LIMIT_FRAME_BYTES)
		return 0; /* the two error values are greater, too */
	descriptor = head[4];
	single = descriptor & 0x20;
	*has_checksum = descriptor & 4;
	*raw_bytes = content;
	return 5 + (single ? 0 : 1) + dictionary_bytes[descriptor & 3] +
	       (descriptor >> 6 ? size_bytes[descriptor >> 6] : single);
}

bool trace_frame_measure(const struct trace_file *file, uint64_t offset, uint64_t *stored_bytes,
			 uint64_t *raw_bytes, uint64_t *work)
{
	bool has_checksum, last = false;
	uint64_t at = offset;
	uint64_t blocks = 0;
	size_t head = measure_header(file, offset, raw_bytes, &has_checksum);

	if (!head)
		return false;
	for (at += head; !last; blocks++) {
		uint8_t bytes[4] = { 0 };
		uint32_t block, size;

		if (blocks > FRAME_BLOCKS(*raw_bytes) || !spend(work, 16) ||
		    trace_file_read(file, at, bytes, 3))
			return false;
		block = trace_load_u32(bytes);
		last = block & 1;
		size = block >> 3;
		if (((block >> 1) & 3) == 3)
			return false; /* a reserved block type */
		at += 3 + (((block >> 1) & 3) == 1 ? 1 : size);
		if (at > file->bytes)
			return false;
	}
	at += has_checksum ? 4 : 0;
	if (at > file->bytes)
		return false;
	*stored_bytes = at - offset;
	return true;
}

/* Statistics and seek table. */

/* Reads and hashes the statistics frame at offset; the frames it lists become the index. */
static bool load_stats(struct trace_index *index, const struct trace_file *file, uint64_t offset,
		       uint64_t *stats_bytes)
{
	struct trace_frame_stat *frames;
	uint8_t head[TRACE_STAT_HEAD_BYTES];
	cleanup_free uint8_t *entries = NULL;
	uint32_t payload, entry_bytes, count;
	uint64_t length;

	if (trace_file_read(file, offset, head, sizeof(head)) ||
	    !trace_stats_head_decode(head, &payload, &entry_bytes, &count))
		return false;
	/* A later version may append to an entry, within reason. */
	if (entry_bytes < TRACE_STAT_ENTRY_BYTES || entry_bytes > 4096 || count > LIMIT_FRAMES)
		return false;
	length = (uint64_t)count * entry_bytes + TRACE_STAT_TAIL_BYTES;
	if (payload != TRACE_STAT_HEAD_BYTES - SKIPPABLE_HEAD_BYTES + length ||
	    offset + sizeof(head) + length > file->bytes ||
	    (uint64_t)count * FRAME_LEAST_BYTES > offset)
		return false;
	/* The head is hashed too, so it is read once more, in one piece with the rest. */
	entries = try_alloc(sizeof(head) + length);
	frames = calloc((size_t)count + 1, sizeof(*frames));
	if (!entries || !frames || trace_file_read(file, offset, entries, sizeof(head) + length) ||
	    XXH3_64bits(entries, sizeof(head) + length - TRACE_STAT_TAIL_BYTES) !=
		    trace_load_u64(entries + sizeof(head) + length - TRACE_STAT_TAIL_BYTES)) {
		free(frames);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		trace_stat_decode(entries + sizeof(head) + i * entry_bytes, &frames[i]);
	free(index->frames);
	index->frames = frames;
	index->n_frames = count;
	index->frames_capacity = (size_t)count + 1;
	*stats_bytes = sizeof(head) + length;
	return true;
}

/* The frames must follow each other from the signature to the statistics frame without a gap. */
static bool frames_are_contiguous(const struct trace_index *index, uint64_t stats_offset)
{
	uint64_t offset = TRACE_SIGNATURE_BYTES;

	for (size_t i = 0; i < index->n_frames; i++) {
		const struct trace_frame_stat *stat = &index->frames[i];

		if (stat->offset != offset || stat->raw_bytes > LIMIT_FRAME_BYTES ||
		    stat->stored_bytes < FRAME_LEAST_BYTES ||
		    stat->stored_bytes > stats_offset - offset)
			return false;
		offset += stat->stored_bytes;
	}
	return offset == stats_offset;
}

static bool entry_is(const uint8_t *entry, uint64_t stored, uint64_t raw)
{
	return trace_load_u32(entry) == stored && trace_load_u32(entry + 4) == raw;
}

/* The seek table at table_offset says the same as the statistics. */
static bool seek_table_agrees(const struct trace_index *index, const struct trace_file *file,
			      uint64_t table_offset, uint64_t stats_bytes)
{
	size_t entries = index->n_frames + 2;
	cleanup_free uint8_t *table = try_alloc(entries * SEEK_ENTRY_BYTES);

	if (!table || trace_file_read(file, table_offset + SKIPPABLE_HEAD_BYTES, table,
				      entries * SEEK_ENTRY_BYTES))
		return false;
	for (size_t i = 0; i < index->n_frames; i++)
		if (!entry_is(table + (i + 1) * SEEK_ENTRY_BYTES, index->frames[i].stored_bytes,
			      index->frames[i].raw_bytes))
			return false;
	return entry_is(table, TRACE_SIGNATURE_BYTES, 0) &&
	       entry_is(table + (entries - 1) * SEEK_ENTRY_BYTES, stats_bytes, 0);
}

/* The footer at the end of the file, and from it the place of the seek table. */
static bool find_seek_table(const struct trace_file *file, uint64_t *table_offset,
			    uint32_t *entries)
{
	uint8_t footer[SEEK_FOOTER_BYTES], head[SKIPPABLE_HEAD_BYTES];
	uint64_t length;

	if (file->bytes < TRACE_SIGNATURE_BYTES + SKIPPABLE_HEAD_BYTES + SEEK_FOOTER_BYTES ||
	    trace_file_read(file, file->bytes - sizeof(footer), footer, sizeof(footer)) ||
	    trace_load_u32(footer + 5) != SEEK_FOOTER_MAGIC || footer[4] != 0)
		return false;
	*entries = trace_load_u32(footer);
	length = (uint64_t)*entries * SEEK_ENTRY_BYTES + sizeof(footer);
	if (*entries < 2 || *entries > LIMIT_FRAMES + 2 ||
	    length + sizeof(head) > file->bytes - TRACE_SIGNATURE_BYTES)
		return false;
	*table_offset = file->bytes - length - sizeof(head);
	return !trace_file_read(file, *table_offset, head, sizeof(head)) &&
	       trace_load_u32(head) == SEEK_TABLE_MAGIC && trace_load_u32(head + 4) == length;
}

static bool load_index(struct trace_index *index, const struct trace_file *file)
{
	uint8_t entry[SEEK_ENTRY_BYTES];
	uint64_t table_offset, stats_offset, stats_bytes;
	uint32_t entries;

	if (!find_seek_table(file, &table_offset, &entries) ||
	    trace_file_read(file, file->bytes - SEEK_FOOTER_BYTES - sizeof(entry), entry,
			    sizeof(entry)) ||
	    trace_load_u32(entry) > table_offset)
		return false;
	stats_offset = table_offset - trace_load_u32(entry);
	if (load_stats(index, file, stats_offset, &stats_bytes) &&
	    stats_offset + stats_bytes == table_offset && index->n_frames + 2 == entries &&
	    frames_are_contiguous(index, stats_offset) &&
	    seek_table_agrees(index, file, table_offset, stats_bytes))
		return true;
	index->n_frames = 0;
	return false;
}

/* Walking. */

struct walk {
	struct trace_index *index;
	const struct trace_file *file;
	uint64_t work;         /* budget for what turns out to be no frame */
	uint64_t stats_offset; /* where a statistics frame seems to start; 0: nowhere */
	uint64_t tail_offset; /* of the first skippable frame behind the signature: an index was there */
	uint64_t hole_start, hole_end; /* bytes passed over just now; equal: none */
	uint64_t window_offset;        /* of what the window holds */
	size_t window_bytes;
	uint8_t window[WINDOW_BYTES];
};

static bool is_frame_magic(const uint8_t *at)
{
	uint32_t magic = trace_load_u32(at);

	return magic == ZSTD_FRAME_MAGIC || (magic & SKIPPABLE_MASK) == SKIPPABLE_MAGIC;
}

/* A frame ends here if the file does, or another starts. */
static bool is_frame_border(const struct trace_file *file, uint64_t offset)
{
	uint8_t magic[4];

	if (offset == file->bytes)
		return true;
	return !trace_file_read(file, offset, magic, sizeof(magic)) && is_frame_magic(magic);
}

/* Makes the window hold what stands at offset; at least four bytes unless the file ends. */
static bool load_window(struct walk *w, uint64_t offset)
{
	uint64_t left = w->file->bytes - offset;

	if (offset >= w->window_offset && offset + 4 <= w->window_offset + w->window_bytes)
		return true;
	w->window_offset = offset;
	w->window_bytes = left < sizeof(w->window) ? (size_t)left : sizeof(w->window);
	if (!trace_file_read(w->file, offset, w->window, w->window_bytes))
		return w->window_bytes >= 4;
	/* An unreadable sector: nothing to be found in it. */
	memset(w->window, 0, sizeof(w->window));
	return w->window_bytes >= 4;
}

/* The next place at or behind offset where a frame magic stands, or the end of the file. */
static uint64_t find_magic(struct walk *w, uint64_t offset)
{
	while (load_window(w, offset)) {
		size_t i = (size_t)(offset - w->window_offset);

		for (; i + 4 <= w->window_bytes; i++, offset++)
			if (is_frame_magic(w->window + i))
				return offset;
	}
	return w->file->bytes;
}

/* Does the content of this frame agree with its checksum? For frames with a strange neighbour. */
static bool frame_is_whole(struct walk *w, uint64_t offset, uint64_t stored, uint64_t raw)
{
	cleanup_free uint8_t *from = NULL;
	cleanup_free uint8_t *to = NULL;
	size_t got;

	if (!spend(&w->work, stored + raw))
		return false;
	from = try_alloc(stored);
	to = try_alloc(raw);
	if (!from || !to || trace_file_read(w->file, offset, from, stored))
		return false;
	got = ZSTD_decompress(to, raw, from, stored);
	return !ZSTD_isError(got) && got == raw;
}

static void flush_hole(struct walk *w)
{
	bool at_end = w->hole_end == w->file->bytes;

	if (w->hole_start == w->hole_end)
		return;
	trace_index_add_hole(w->index, w->hole_start, w->hole_end - w->hole_start,
			     at_end ? "damaged, or the file was cut off here" :
				      "not a frame: damaged");
	w->index->torn = at_end;
	w->index->torn_offset = w->hole_start;
	w->hole_start = w->hole_end = 0;
}

static void pass_over(struct walk *w, uint64_t offset, uint64_t to)
{
	if (w->hole_start == w->hole_end)
		w->hole_start = offset;
	w->hole_end = to;
}

static bool add_frame(struct walk *w, uint64_t offset, uint64_t stored, uint64_t raw)
{
	struct trace_index *index = w->index;

	if (index->n_frames == LIMIT_FRAMES)
		return false;
	alloc_grow(&index->frames, &index->frames_capacity, index->n_frames + 1);
	index->frames[index->n_frames++] = (struct trace_frame_stat){ .offset = offset,
								      .stored_bytes = stored,
								      .raw_bytes = raw };
	return true;
}

/* A skippable frame at offset: its size, or 0 when it cannot be one. */
static uint64_t walk_skippable(struct walk *w, uint64_t offset)
{
	uint8_t head[SKIPPABLE_HEAD_BYTES];
	uint64_t length;

	if (trace_file_read(w->file, offset, head, sizeof(head)) ||
	    (trace_load_u32(head) & SKIPPABLE_MASK) != SKIPPABLE_MAGIC)
		return 0;
	/* What stands behind it matters not: statistics have their own hash. */
	if (offset && trace_load_u32(head) == TRACE_OWN_MAGIC)
		w->stats_offset = offset;
	if (offset && !w->tail_offset)
		w->tail_offset = offset;
	length = sizeof(head) + (uint64_t)trace_load_u32(head + 4);
	if (length > w->file->bytes - offset || !is_frame_border(w->file, offset + length))
		return 0;
	return length;
}

/* A data frame at offset: its size, or 0 when it cannot be one. */
static uint64_t walk_data(struct walk *w, uint64_t offset)
{
	uint64_t stored, raw;

	if (!trace_frame_measure(w->file, offset, &stored, &raw, &w->work))
		return 0;
	if (!is_frame_border(w->file, offset + stored) && !frame_is_whole(w, offset, stored, raw))
		return 0;
	flush_hole(w);
	if (!add_frame(w, offset, stored, raw))
		return 0;
	return stored;
}

/*
 * From frame to frame. Where none starts, or one with a border that fits
 * nothing, look for the next place that can be one.
 */
static void walk_frames(struct walk *w, uint64_t offset)
{
	while (offset < w->file->bytes) {
		uint64_t length = walk_skippable(w, offset);
		uint64_t next;

		if (!length)
			length = walk_data(w, offset);
		if (length) {
			flush_hole(w);
			offset += length;
			continue;
		}
		next = w->work ? find_magic(w, offset + 1) : w->file->bytes;
		pass_over(w, offset, next);
		spend(&w->work, w->work < 64 ? w->work : 64);
		offset = next;
	}
	flush_hole(w);
}

/* The statistics frame is whole though the rest of the index is not: it knows the frames better. */
static void adopt_stats(struct trace_index *index, const struct trace_file *file,
			uint64_t stats_offset)
{
	struct trace_index adopted = { 0 };
	uint64_t stats_bytes;

	if (!stats_offset || !load_stats(&adopted, file, stats_offset, &stats_bytes) ||
	    !frames_are_contiguous(&adopted, stats_offset)) {
		trace_index_finish(&adopted);
		return;
	}
	free(index->frames);
	index->frames = adopted.frames;
	index->n_frames = adopted.n_frames;
	index->frames_capacity = adopted.frames_capacity;
	index->has_stats = true;
}

static void walk(struct trace_index *index, const struct trace_file *file, uint64_t offset)
{
	struct walk *w = alloc_zeroed(1, sizeof(*w));
	uint64_t stats_offset, tail_offset;

	w->index = index;
	w->file = file;
	/*
	 * Enough for any undamaged file. A hostile one could make each of its
	 * bytes look like the start of a long frame.
	 */
	w->work = ((uint64_t)256 << 20) + 64 * file->bytes;
	walk_frames(w, offset);
	stats_offset = w->stats_offset;
	tail_offset = w->tail_offset;
	free(w);
	adopt_stats(index, file, stats_offset);
	if (tail_offset)
		trace_index_add_hole(index, tail_offset, file->bytes - tail_offset,
				     "the index is damaged; its frames were found one by one");
}

/* Is the first data frame where it belongs, though the signature before it is damaged? */
static bool starts_like_a_trace(const struct trace_file *file)
{
	uint8_t head[TRACE_SIGNATURE_BYTES];
	uint8_t expected[TRACE_SIGNATURE_BYTES];
	unsigned equal = 0;

	if (trace_file_read(file, 0, head, sizeof(head)))
		return false;
	trace_signature_encode(expected, (struct trace_features){ 0 });
	for (size_t i = 0; i < 16; i++)
		equal += head[i] == expected[i];
	return equal >= 12 && is_frame_border(file, TRACE_SIGNATURE_BYTES);
}

static int check_signature(struct trace_index *index, const struct trace_file *file,
			   struct error *err)
{
	uint8_t signature[TRACE_SIGNATURE_BYTES];

	if (!file->bytes)
		return error_set(err, -EINVAL, "it is empty");
	if (file->bytes < sizeof(signature))
		return error_set(err, -EINVAL, "it has only %llu bytes",
				 (unsigned long long)file->bytes);
	if (trace_file_read(file, 0, signature, sizeof(signature)))
		return error_set(err, -EIO, "its first bytes cannot be read");
	if (trace_signature_decode(signature, &index->features)) {
		index->has_signature = true;
		return trace_features_check(index->features, err);
	}
	if (!starts_like_a_trace(file))
		return error_set(err, -EINVAL, "it does not start like one");
	trace_index_add_hole(index, 0, sizeof(signature), "the signature of the file is damaged");
	return 0;
}

int trace_index_init(struct trace_index *index, const struct trace_file *file, struct error *err)
{
	int status;

	memset(index, 0, sizeof(*index));
	status = check_signature(index, file, err);
	if (status)
		return status;
	index->has_index = load_index(index, file);
	index->has_stats = index->has_index;
	if (!index->has_index)
		walk(index, file, index->has_signature ? TRACE_SIGNATURE_BYTES : 0);
	return 0;
}

/* Its index was written: the statistics know more of the frames than a walk. */
static bool take_index(struct trace_index *index, const struct trace_file *file)
{
	struct trace_index whole = { .features = index->features,
				     .has_signature = index->has_signature };

	if (!load_index(&whole, file) || whole.n_frames < index->n_frames) {
		trace_index_finish(&whole);
		return false;
	}
	free(index->frames);
	index->frames = whole.frames;
	index->n_frames = whole.n_frames;
	index->frames_capacity = whole.frames_capacity;
	index->has_index = index->has_stats = true;
	free(whole.holes);
	return true;
}

void trace_index_extend(struct trace_index *index, const struct trace_file *file)
{
	const struct trace_frame_stat *last = index->n_frames ?
						      &index->frames[index->n_frames - 1] :
						      NULL;
	uint64_t known = last ? last->offset + last->stored_bytes : TRACE_SIGNATURE_BYTES;

	if (index->has_index)
		return;
	/* what was torn may be whole now */
	if (index->torn && index->n_holes &&
	    index->holes[index->n_holes - 1].offset == index->torn_offset)
		index->n_holes--;
	index->torn = false;
	if (!take_index(index, file))
		walk(index, file, known);
}
