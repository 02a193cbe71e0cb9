/*
 * Gives out the records of a trace, one frame in memory at a time. The index
 * says where frames are; a frame is believed when its hash (where statistics
 * know it), its size and its checksum are right.
 */
#include "schema/trace_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "schema/trace_decode.h"
#include "schema/trace_index.h"

/* A buffer larger than this is given back when a smaller frame follows. */
#define BUFFER_KEPT_BYTES ((size_t)8 << 20)

struct buffer {
	uint8_t *data; /* owned */
	size_t capacity;
};

struct trace_reader {
	struct trace_file file;
	int fd; /* owned; -1 for memory */
	struct trace_index index;
	enum trace_state state;
	bool writer_lives; /* when the file's size was taken */
	ZSTD_DCtx *zstd;
	struct buffer stored, raw;
	/* the frame in `raw`; n_frames when there is none */
	size_t frame;
	struct bytes content; /* what is left of it */
	uint64_t record;      /* number of the next record in it, from 1 */
	size_t next_frame;    /* to be loaded when content is used up */
	struct trace_decoder decoder;
	struct trace_decoder header_decoder, end_decoder; /* hold what header and end point to */
	struct trace_record *header, *end;                /* owned; NULL: none */
};

/* Frames. */

static uint8_t *buffer_get(struct buffer *buffer, size_t length)
{
	if (!buffer->data || length > buffer->capacity ||
	    (buffer->capacity > BUFFER_KEPT_BYTES && length <= BUFFER_KEPT_BYTES)) {
		free(buffer->data);
		buffer->data = malloc(length ? length : 1);
		buffer->capacity = buffer->data ? length : 0;
	}
	return buffer->data;
}

static bool chain_agrees(const struct trace_reader *r, size_t frame)
{
	const struct trace_frame_stat *stat = &r->index.frames[frame];
	uint64_t previous;

	if (!r->index.has_stats)
		return true;
	if (frame)
		previous = r->index.frames[frame - 1].chain_hash;
	else if (r->index.has_signature)
		previous = trace_chain_start(r->index.features);
	else
		return true;
	return trace_chain_next(previous, r->stored.data, stat->stored_bytes) == stat->chain_hash;
}

/* Decompresses frame into r->raw; NULL, or why that cannot be. */
static const char *unpack_frame(struct trace_reader *r, size_t frame)
{
	const struct trace_frame_stat *stat = &r->index.frames[frame];
	size_t stored = stat->stored_bytes, raw = stat->raw_bytes, got;

	if (raw > LIMIT_FRAME_BYTES || stat->stored_bytes > ZSTD_compressBound(LIMIT_FRAME_BYTES))
		return "larger than a frame may be";
	if (!buffer_get(&r->stored, stored) || !buffer_get(&r->raw, raw))
		return "no memory for the frame";
	switch (trace_file_read(&r->file, stat->offset, r->stored.data, stored)) {
	case 0: break;
	case -ENODATA: return "the file ends before the frame does";
	default: return "cannot be read from the disk";
	}
	if (!chain_agrees(r, frame))
		return "damaged, or changed after it was recorded: its hash is not the recorded one";
	if (ZSTD_getFrameContentSize(r->stored.data, stored) != raw ||
	    ZSTD_findFrameCompressedSize(r->stored.data, stored) != stored)
		return "damaged: not a frame of its recorded size";
	got = ZSTD_decompressDCtx(r->zstd, r->raw.data, raw, r->stored.data, stored);
	if (ZSTD_isError(got))
		return ZSTD_getErrorName(got);
	return got == raw ? NULL : "shorter than declared";
}

static void forget_frame(struct trace_reader *r)
{
	r->frame = r->index.n_frames;
	r->content = bytes_make(NULL, 0);
}

/* Makes frame the current one, from its first record; false (and a hole) when it is damaged. */
static bool load_frame(struct trace_reader *r, size_t frame)
{
	const struct trace_frame_stat *stat = &r->index.frames[frame];

	if (r->frame != frame) {
		const char *reason = unpack_frame(r, frame);

		forget_frame(r);
		if (reason) {
			trace_index_add_hole(&r->index, stat->offset, stat->stored_bytes,
					     "frame %zu: %s", frame, reason);
			return false;
		}
	}
	r->frame = frame;
	r->content = bytes_make(r->raw.data, stat->raw_bytes);
	r->record = 1;
	return true;
}

static void note_bad_record(struct trace_reader *r, const struct error *why)
{
	const struct trace_frame_stat *stat = &r->index.frames[r->frame];

	trace_index_add_hole(&r->index, stat->offset, stat->stored_bytes,
			     "frame %zu, record %llu: %.100s", r->frame,
			     (unsigned long long)r->record, why->message);
}

/*
 * The next record of the current frame that is of `only` (0: of any kind) and
 * can be decoded: 1, or 0 at the end of the frame.
 */
static int next_in_frame(struct trace_reader *r, struct trace_decoder *d, int only,
			 struct trace_record *out)
{
	struct error why;
	struct bytes body;
	int kind;

	for (;; r->record++) {
		int status = trace_decode_split(&r->content, &body, &kind, &why);

		if (status < 0) {
			note_bad_record(r, &why);
			r->content = bytes_make(NULL, 0);
			return 0;
		}
		if (!status)
			return 0;
		if (!kind || (only && kind != only))
			continue;
		if (!trace_decode_body(d, kind, body, out, &why)) {
			r->record++;
			return 1;
		}
		note_bad_record(r, &why);
	}
}

/* Opening. */

static bool writer_lives(const struct trace_reader *r)
{
	if (r->fd < 0)
		return false;
	if (!flock(r->fd, LOCK_SH | LOCK_NB)) {
		flock(r->fd, LOCK_UN);
		return false;
	}
	return errno == EWOULDBLOCK;
}

static struct trace_record *find_record(struct trace_reader *r, struct trace_decoder *d,
					size_t frame, int kind)
{
	struct trace_record *found = alloc_zeroed(1, sizeof(*found));

	if (frame < r->index.n_frames && load_frame(r, frame) &&
	    next_in_frame(r, d, kind, found) == 1)
		return found;
	free(found);
	return NULL;
}

static void find_state(struct trace_reader *r)
{
	struct trace_index *index = &r->index;
	uint64_t end = TRACE_SIGNATURE_BYTES;

	/* The last frame first: then the first one is in memory when the caller starts to read. */
	if (index->has_index && index->n_frames)
		r->end = find_record(r, &r->end_decoder, index->n_frames - 1, TRACE_END);
	if (!r->header)
		r->header = find_record(r, &r->header_decoder, 0, TRACE_HEADER);
	if (r->end)
		r->state = TRACE_COMPLETE;
	else
		r->state = r->writer_lives ? TRACE_RECORDING : TRACE_INCOMPLETE;
	/* While it is being written, half a frame or half an index at the end is no damage. */
	if (index->n_frames)
		end = index->frames[index->n_frames - 1].offset +
		      index->frames[index->n_frames - 1].stored_bytes;
	while (r->state == TRACE_RECORDING && index->n_holes &&
	       index->holes[index->n_holes - 1].offset >= end)
		index->n_holes--;
	r->next_frame = 0;
	r->content = bytes_make(NULL, 0);
}

static int reader_start(struct trace_reader *r, struct error *err)
{
	bool lives = writer_lives(r);
	int status = trace_index_init(&r->index, &r->file, err);

	if (status)
		return status;
	forget_frame(r);
	r->writer_lives = lives;
	r->zstd = ZSTD_createDCtx();
	if (!r->zstd)
		return error_set(err, -ENOMEM, "decompression cannot start: no memory");
	find_state(r);
	return 0;
}

/* Takes over fd. */
static int reader_create(struct trace_reader **out, struct trace_file file, int fd,
			 const char *name, struct error *err)
{
	struct trace_reader *r = alloc_zeroed(1, sizeof(*r));
	int status;

	r->file = file;
	r->fd = fd;
	trace_decoder_init(&r->decoder);
	trace_decoder_init(&r->header_decoder);
	trace_decoder_init(&r->end_decoder);
	status = reader_start(r, err);
	if (!status) {
		*out = r;
		return 0;
	}
	trace_reader_close(r);
	if (status == -EINVAL)
		error_prefix(err, "%s is not an mvx trace: ", name);
	else
		error_prefix(err, "cannot read trace %s: ", name);
	return status;
}

int trace_reader_open(struct trace_reader **out, const char *path, struct error *err)
{
	/* O_NONBLOCK: the name may be that of a pipe. */
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct trace_file file;
	struct stat st;

	*out = NULL;
	if (fd < 0)
		return error_set(err, -errno, "cannot open trace %s: %s", path, strerror(errno));
	if (fstat(fd, &st))
		return error_set(err, -errno, "cannot look at trace %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "%s is not an mvx trace: it is not a regular file",
				 path);
	file = (struct trace_file){ .fd = fd, .bytes = (uint64_t)st.st_size };
	return reader_create(out, file, take_fd(&fd), path, err);
}

int trace_reader_open_memory(struct trace_reader **out, const void *data, size_t length,
			     struct error *err)
{
	struct trace_file file = { .fd = -1, .data = data, .bytes = length };

	*out = NULL;
	return reader_create(out, file, -1, "the data", err);
}

void trace_reader_close(struct trace_reader *r)
{
	if (!r)
		return;
	cleanup_close_fd(&r->fd);
	trace_index_finish(&r->index);
	ZSTD_freeDCtx(r->zstd);
	free(r->stored.data);
	free(r->raw.data);
	trace_decoder_finish(&r->decoder);
	trace_decoder_finish(&r->header_decoder);
	trace_decoder_finish(&r->end_decoder);
	free(r->header);
	free(r->end);
	free(r);
}

/* Reading. */

int trace_reader_next(struct trace_reader *r, struct trace_record *out, struct error *err)
{
	for (;;) {
		if (r->content.left && next_in_frame(r, &r->decoder, 0, out) == 1)
			return 1;
		if (r->next_frame >= r->index.n_frames)
			return 0;
		load_frame(r, r->next_frame++);
	}
}

int trace_reader_seek_frame(struct trace_reader *r, size_t frame, struct error *err)
{
	if (frame > r->index.n_frames || (frame && frame == r->index.n_frames))
		return error_set(err, -ERANGE, "frame %zu of a trace with %zu", frame,
				 r->index.n_frames);
	r->next_frame = frame;
	r->content = bytes_make(NULL, 0);
	return 0;
}

int trace_reader_rewind(struct trace_reader *r, struct error *err)
{
	return trace_reader_seek_frame(r, 0, err);
}

/* Counts what a frame holds, for a trace whose statistics are not there. */
static void count_frame(struct trace_reader *r, size_t frame)
{
	struct trace_frame_stat *stat = &r->index.frames[frame];
	struct trace_record *record;

	stat->known = true;
	if (!load_frame(r, frame))
		return;
	record = alloc_zeroed(1, sizeof(*record));
	while (next_in_frame(r, &r->decoder, 0, record) == 1)
		trace_stat_count(stat, record);
	free(record);
}

int trace_reader_seek_step(struct trace_reader *r, uint64_t step, struct error *err)
{
	size_t frame;

	for (frame = 0; frame < r->index.n_frames; frame++) {
		if (!r->index.frames[frame].known)
			count_frame(r, frame);
		if (r->index.frames[frame].last_step >= step)
			break;
	}
	r->next_frame = frame;
	r->content = bytes_make(NULL, 0);
	return 0;
}

int trace_reader_refresh(struct trace_reader *r, const struct trace_reader *like, struct error *err)
{
	bool none = r->frame >= r->index.n_frames;
	size_t next = r->next_frame;
	struct stat st;

	if (r->fd < 0 || r->state != TRACE_RECORDING)
		return 0;
	/* the writer first: what it wrote before it went is in the file then */
	r->writer_lives = like ? like->writer_lives : writer_lives(r);
	if (!like && fstat(r->fd, &st))
		return error_set(err, -errno, "cannot look at the trace: %s", strerror(errno));
	r->file.bytes = like ? like->file.bytes : (uint64_t)st.st_size;
	trace_index_extend(&r->index, &r->file);
	if (none)
		forget_frame(r);
	find_state(r);
	r->next_frame = next;
	return 0;
}

/* The file itself. */

int trace_reader_load_frame(struct trace_reader *r, size_t frame, struct trace_blob *stored,
			    struct trace_blob *content, struct error *err)
{
	int status = trace_reader_seek_frame(r, frame, err);

	if (status)
		return status;
	if (frame >= r->index.n_frames || !load_frame(r, frame))
		return error_set(err, -EBADMSG, "frame %zu cannot be read", frame);
	r->next_frame = frame + 1;
	*stored = (struct trace_blob){ r->stored.data, r->index.frames[frame].stored_bytes };
	*content = (struct trace_blob){ r->raw.data, r->index.frames[frame].raw_bytes };
	r->content = bytes_make(NULL, 0);
	return 0;
}

bool trace_reader_features(const struct trace_reader *r, struct trace_features *out)
{
	*out = r->index.has_signature ? r->index.features : (struct trace_features){ 0 };
	return r->index.has_signature;
}

bool trace_reader_has_stats(const struct trace_reader *r)
{
	return r->index.has_stats;
}

const struct trace_hole *trace_reader_torn(const struct trace_reader *r)
{
	const struct trace_index *index = &r->index;

	for (size_t i = 0; index->torn && i < index->n_holes; i++)
		if (index->holes[i].offset + index->holes[i].bytes == r->file.bytes &&
		    index->holes[i].offset == index->torn_offset)
			return &index->holes[i];
	return NULL;
}

int trace_reader_read_bytes(const struct trace_reader *r, uint64_t offset, void *to, size_t length)
{
	return trace_file_read(&r->file, offset, to, length);
}

/* What is known. */

const struct trace_header *trace_reader_header(const struct trace_reader *r)
{
	return r->header ? &r->header->header : NULL;
}

const struct trace_end *trace_reader_end(struct trace_reader *r)
{
	return r->end ? &r->end->end : NULL;
}

enum trace_state trace_reader_state(const struct trace_reader *r)
{
	return r->state;
}

const struct trace_frame_stat *trace_reader_frames(const struct trace_reader *r, size_t *count)
{
	*count = r->index.n_frames;
	return r->index.frames;
}

size_t trace_reader_frame(const struct trace_reader *r)
{
	return r->frame;
}

const struct trace_hole *trace_reader_holes(const struct trace_reader *r, size_t *count)
{
	*count = r->index.n_holes;
	return r->index.holes;
}

uint64_t trace_reader_file_bytes(const struct trace_reader *r)
{
	return r->file.bytes;
}

uint64_t trace_reader_chain_hash(const struct trace_reader *r)
{
	if (!r->index.has_stats || !r->index.n_frames)
		return 0;
	return r->index.frames[r->index.n_frames - 1].chain_hash;
}
