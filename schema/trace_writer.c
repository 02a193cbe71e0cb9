/*
 * Collects encoded records into frames, compresses each on its own and writes
 * it in one piece. What is in the file is always whole frames: a write that
 * fails half way is cut off again.
 */
#include "schema/trace_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "schema/trace_encode.h"
#include "schema/trace_format.h"

#define COMPRESSION_LEVEL 1

struct trace_writer {
	int fd;
	char *path; /* for messages */
	struct trace_features features;
	struct trace_encoder encoder; /* content of the current frame */
	ZSTD_CCtx *zstd;
	uint8_t *stored; /* a frame, compressed */
	size_t stored_capacity;
	uint64_t offset; /* bytes of whole frames in the file */
	struct trace_frame_stat *stats;
	size_t n_stats, stats_capacity;
	struct trace_frame_stat current;
	uint64_t chain_hash;
	struct error failure; /* of the file, sticky */
};

static void writer_free(struct trace_writer *w)
{
	if (!w)
		return;
	trace_encoder_finish(&w->encoder);
	ZSTD_freeCCtx(w->zstd);
	free(w->stored);
	free(w->stats);
	free(w->path);
	cleanup_close_fd(&w->fd);
	free(w);
}

/* Takes the lock that says "recording". Where locks do not exist, a live writer looks dead. */
static int lock_file(int fd)
{
	while (flock(fd, LOCK_EX)) {
		if (errno == EOPNOTSUPP || errno == ENOLCK)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* All of it or nothing; remembers the failure. */
static int write_whole(struct trace_writer *w, const void *data, size_t length, struct error *err)
{
	const uint8_t *at = data;
	size_t done = 0;

	while (done < length) {
		ssize_t got = pwrite(w->fd, at + done, length - done, (off_t)(w->offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			int code = got < 0 ? -errno : -EIO;

			error_set(&w->failure, code,
				  "cannot write trace %s: %s; it ends after %llu bytes", w->path,
				  strerror(-code), (unsigned long long)w->offset);
			if (ftruncate(w->fd, (off_t)w->offset))
				error_prefix(&w->failure, "(and cannot cut off half a frame: %s) ",
					     strerror(errno));
			return error_set(err, code, "%s", w->failure.message);
		}
		done += (size_t)got;
	}
	w->offset += length;
	return 0;
}

static int start_zstd(struct trace_writer *w)
{
	w->zstd = ZSTD_createCCtx();
	if (!w->zstd)
		return -ENOMEM;
	CHECK(!ZSTD_isError(
		ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, COMPRESSION_LEVEL)));
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1)));
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_contentSizeFlag, 1)));
	return 0;
}

/* Takes over fd, in any case. */
static int writer_create(struct trace_writer **out, int fd, const char *path,
			 struct trace_features features, struct error *err)
{
	struct trace_writer *w = alloc_zeroed(1, sizeof(*w));
	uint8_t signature[TRACE_SIGNATURE_BYTES];
	int status;

	w->fd = fd;
	w->path = alloc_string(path);
	w->features = features;
	trace_encoder_init(&w->encoder);
	w->chain_hash = trace_chain_start(w->features);
	if (start_zstd(w)) {
		writer_free(w);
		return error_set(err, -ENOMEM, "cannot start compression: %s", strerror(ENOMEM));
	}
	trace_signature_encode(signature, w->features);
	status = write_whole(w, signature, sizeof(signature), err);
	if (status) {
		writer_free(w);
		return status;
	}
	*out = w;
	return 0;
}

int trace_writer_open(struct trace_writer **out, const char *path, struct error *err)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
	int status;

	*out = NULL;
	if (fd < 0)
		return error_set(err, -errno, "cannot create trace %s: %s", path, strerror(errno));
	status = lock_file(fd);
	if (status)
		return error_set(err, status, "cannot lock trace %s: %s", path, strerror(-status));
	return writer_create(out, take_fd(&fd), path, (struct trace_features){ 0 }, err);
}

int trace_writer_open_copy(struct trace_writer **out, int fd, const char *path,
			   struct trace_features features, struct error *err)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	*out = NULL;
	if (own < 0)
		return error_set(err, -errno, "cannot write trace %s: %s", path, strerror(errno));
	return writer_create(out, own, path, features, err);
}

/* Into w->stored. */
static size_t compress(struct trace_writer *w, const void *data, size_t length)
{
	size_t bound = ZSTD_compressBound(length);
	size_t stored;

	if (bound > w->stored_capacity) {
		free(w->stored);
		w->stored = alloc_zeroed(bound, 1);
		w->stored_capacity = bound;
	}
	stored = ZSTD_compress2(w->zstd, w->stored, w->stored_capacity, data, length);
	CHECK(!ZSTD_isError(stored));
	return stored;
}

/* Writes a frame whose counts are in w->current, which is empty again then. */
static int write_frame(struct trace_writer *w, const void *stored, size_t stored_bytes,
		       size_t raw_bytes, struct error *err)
{
	struct trace_frame_stat *stat = &w->current;
	int status;

	stat->offset = w->offset;
	stat->raw_bytes = raw_bytes;
	stat->stored_bytes = stored_bytes;
	status = write_whole(w, stored, stored_bytes, err);
	if (status)
		return status;
	w->chain_hash = trace_chain_next(w->chain_hash, stored, stored_bytes);
	stat->chain_hash = w->chain_hash;
	alloc_grow(&w->stats, &w->stats_capacity, w->n_stats + 1);
	w->stats[w->n_stats++] = *stat;
	memset(stat, 0, sizeof(*stat));
	return 0;
}

int trace_writer_flush(struct trace_writer *w, struct error *err)
{
	size_t stored_bytes;
	int status;

	if (w->failure.code)
		return error_set(err, w->failure.code, "%s", w->failure.message);
	if (!w->encoder.length)
		return 0;
	stored_bytes = compress(w, w->encoder.data, w->encoder.length);
	status = write_frame(w, w->stored, stored_bytes, w->encoder.length, err);
	if (!status)
		w->encoder.length = 0;
	return status;
}

int trace_writer_add_frame(struct trace_writer *w, struct trace_blob content,
			   struct trace_blob stored, const struct trace_frame_stat *counts,
			   struct error *err)
{
	int status = trace_writer_flush(w, err);

	if (status)
		return status;
	if (!content.length || content.length > LIMIT_FRAME_BYTES)
		return error_set(err, -EINVAL, "a frame of %zu bytes", content.length);
	w->current = *counts;
	if (!stored.length) {
		stored.length = compress(w, content.data, content.length);
		stored.data = w->stored;
	}
	return write_frame(w, stored.data, stored.length, content.length, err);
}

int trace_writer_add(struct trace_writer *w, const struct trace_record *record, struct error *err)
{
	int status;

	if (w->failure.code)
		return error_set(err, w->failure.code, "%s", w->failure.message);
	status = trace_encode(&w->encoder, record, err);
	if (status)
		return status;
	trace_stat_count(&w->current, record);
	if (w->encoder.length >= TRACE_FRAME_TARGET_BYTES || record->kind == TRACE_HEADER ||
	    record->kind == TRACE_DIVERGENCE)
		return trace_writer_flush(w, err);
	return 0;
}

uint64_t trace_writer_size(const struct trace_writer *w)
{
	return w->offset;
}

/* Statistics and seek table: both, or the file stays as it was before them. */
static int write_index(struct trace_writer *w, struct error *err)
{
	cleanup_free uint8_t *stats = NULL;
	cleanup_free uint8_t *table = NULL;
	size_t stats_bytes, table_bytes;
	uint64_t before = w->offset;
	int status;

	status = trace_stats_encode(w->stats, w->n_stats, &stats, &stats_bytes, err);
	if (!status)
		status = trace_seek_table_encode(w->stats, w->n_stats, stats_bytes, &table,
						 &table_bytes, err);
	if (!status)
		status = write_whole(w, stats, stats_bytes, err);
	if (!status)
		status = write_whole(w, table, table_bytes, err);
	if (status && ftruncate(w->fd, (off_t)before))
		error_prefix(err, "(and cannot cut off half an index: %s) ", strerror(errno));
	return status;
}

int trace_writer_close(struct trace_writer *w, struct error *err)
{
	int status;

	if (!w)
		return 0;
	status = trace_writer_flush(w, err);
	if (!status)
		status = write_index(w, err);
	/* Network file systems report a full disk here. */
	if (close(take_fd(&w->fd)) && !status)
		status = error_set(err, -errno, "cannot close trace %s: %s", w->path,
				   strerror(errno));
	writer_free(w);
	return status;
}

void trace_writer_abandon(struct trace_writer *w)
{
	writer_free(w);
}
