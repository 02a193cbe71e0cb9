/* Whole trace files: written, read back, looked at without reading, damaged and cut. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "schema/trace_encode.h"
#include "schema/trace_reader.h"
#include "schema/trace_writer.h"
#include "trace_samples.h"

struct bytes_of_file {
	uint8_t *data;
	size_t length;
};

static char *new_path(void)
{
	static char path[256];
	static unsigned count;
	const char *folder = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/mvx-trace-test-%d-%u.mvx.zst", folder ? folder : "/tmp",
		 (int)getpid(), count++);
	unlink(path);
	return path;
}

static struct bytes_of_file load(const char *path)
{
	struct bytes_of_file file = { 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	file.length = (size_t)st.st_size;
	file.data = malloc(file.length + 1);
	assert_int_equal(read(fd, file.data, file.length), file.length);
	close(fd);
	return file;
}

static void must(int status, const struct error *err)
{
	if (status)
		fail_msg("%d: %s", status, err->message);
}

static struct trace_writer *start(const char *path)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_writer *w;
	struct error err;
	struct random r = { 10 };

	must(trace_writer_open(&w, path, &err), &err);
	sample_record(record, TRACE_HEADER, &r, 0);
	must(trace_writer_add(w, record, &err), &err);
	free(record);
	return w;
}

/* Plain steps from `first` on, `count` of them. */
static void add_steps(struct trace_writer *w, uint64_t first, uint64_t count)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct error err;

	record->kind = TRACE_STEP;
	for (uint64_t i = 0; i < count; i++) {
		sample_plain_step(&record->step, first + i);
		must(trace_writer_add(w, record, &err), &err);
	}
	free(record);
}

static void finish(struct trace_writer *w, uint64_t steps)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct error err;

	record->kind = TRACE_END;
	record->end.clean = true;
	record->end.steps = steps;
	record->end.variants = 3;
	must(trace_writer_add(w, record, &err), &err);
	must(trace_writer_close(w, &err), &err);
	free(record);
}

/* A trace of a header, `frames` frames of `steps` steps each, and the end. */
static struct bytes_of_file small_trace(unsigned frames, unsigned steps)
{
	char *path = new_path();
	struct trace_writer *w = start(path);
	struct bytes_of_file file;
	struct error err;

	for (unsigned i = 0; i < frames; i++) {
		add_steps(w, 1 + (uint64_t)i * steps, steps);
		must(trace_writer_flush(w, &err), &err);
	}
	finish(w, (uint64_t)frames * steps);
	file = load(path);
	unlink(path);
	return file;
}

static struct trace_reader *open_bytes(const void *data, size_t length)
{
	struct trace_reader *r;
	struct error err;

	must(trace_reader_open_memory(&r, data, length, &err), &err);
	return r;
}

/* What a full pass finds. */
struct found {
	size_t records, steps, holes;
	uint64_t first_step, last_step;
	bool header, end, step_order;
	uint8_t has_step[256]; /* by number */
};

static struct found read_all(struct trace_reader *r)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct found found = { .step_order = true };
	struct error err;
	int status;

	while ((status = trace_reader_next(r, record, &err)) == 1) {
		found.records++;
		found.header |= record->kind == TRACE_HEADER;
		found.end |= record->kind == TRACE_END;
		if (record->kind != TRACE_STEP)
			continue;
		found.steps++;
		if (!found.first_step)
			found.first_step = record->step.step;
		found.step_order = found.step_order && record->step.step > found.last_step;
		found.last_step = record->step.step;
		if (record->step.step < sizeof(found.has_step))
			found.has_step[record->step.step] = 1;
	}
	assert_int_equal(status, 0);
	trace_reader_holes(r, &found.holes);
	free(record);
	return found;
}

/* Everything that was written is read, in order and byte by byte. */
static void records_survive(void **state)
{
	char *path = new_path();
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_encoder wrote, got;
	struct random r = { 20 };
	struct trace_writer *w;
	struct trace_reader *reader;
	struct error err;
	size_t count = 0, holes;
	struct stat st;

	trace_encoder_init(&wrote);
	trace_encoder_init(&got);
	must(trace_writer_open(&w, path, &err), &err);
	for (int i = 0; i < 3000; i++) {
		sample_record(record, i ? 1 + (int)random_below(&r, TRACE_MARK) : TRACE_HEADER, &r,
			      8000);
		must(trace_encode(&wrote, record, &err), &err);
		must(trace_writer_add(w, record, &err), &err);
	}
	sample_record(record, TRACE_END, &r, 0);
	must(trace_encode(&wrote, record, &err), &err);
	must(trace_writer_add(w, record, &err), &err);
	must(trace_writer_close(w, &err), &err);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	must(trace_reader_open(&reader, path, &err), &err);
	assert_int_equal(trace_reader_state(reader), TRACE_COMPLETE);
	assert_int_equal(trace_reader_file_bytes(reader), st.st_size);
	assert_non_null(trace_reader_header(reader));
	assert_non_null(trace_reader_end(reader));
	while (trace_reader_next(reader, record, &err) == 1) {
		must(trace_encode(&got, record, &err), &err);
		count++;
	}
	assert_int_equal(count, 3001);
	assert_int_equal(wrote.length, got.length);
	assert_memory_equal(wrote.data, got.data, got.length);
	trace_reader_holes(reader, &holes);
	assert_int_equal(holes, 0);
	trace_reader_close(reader);
	trace_encoder_finish(&wrote);
	trace_encoder_finish(&got);
	free(record);
	unlink(path);
}

/* Where things are in an undamaged small trace. */
struct layout {
	struct trace_frame_stat frames[16];
	size_t count;
	size_t data_end; /* first byte behind the data frames */
};

static struct layout layout_of(const struct bytes_of_file *file)
{
	struct trace_reader *r = open_bytes(file->data, file->length);
	const struct trace_frame_stat *frames;
	struct layout layout;

	assert_int_equal(trace_reader_state(r), TRACE_COMPLETE);
	frames = trace_reader_frames(r, &layout.count);
	assert_true(layout.count <= 16);
	memcpy(layout.frames, frames, layout.count * sizeof(*frames));
	layout.data_end = frames[layout.count - 1].offset + frames[layout.count - 1].stored_bytes;
	trace_reader_close(r);
	return layout;
}

/* The frame that holds this byte of the file, or -1. */
static int frame_at(const struct layout *layout, size_t offset)
{
	for (size_t i = 0; i < layout->count; i++)
		if (offset >= layout->frames[i].offset &&
		    offset < layout->frames[i].offset + layout->frames[i].stored_bytes)
			return (int)i;
	return -1;
}

/* All frames but `damaged` (-1: none) give all their steps, in order. */
static void check_frames_read(const struct layout *layout, const struct found *found, int damaged,
			      size_t offset)
{
	if (!found->step_order)
		fail_msg("byte %zu: steps out of order", offset);
	for (size_t i = 0; i < layout->count; i++) {
		const struct trace_frame_stat *stat = &layout->frames[i];

		for (uint64_t s = stat->first_step; s && s <= stat->last_step; s++)
			if (!found->has_step[s] && (int)i != damaged)
				fail_msg(
					"byte %zu (frame %d) damaged: step %llu of frame %zu is lost",
					offset, damaged, (unsigned long long)s, i);
	}
}

/* One damaged byte: one frame is lost and reported, everything else is read. */
static void flip_each_byte(const struct bytes_of_file *file, const struct layout *layout,
			   size_t length, bool has_index)
{
	static const uint8_t flips[] = { 0x01, 0x10, 0x80, 0xff };
	uint8_t *copy = malloc(length);

	for (size_t offset = 0; offset < length; offset++) {
		for (size_t i = 0; i < sizeof(flips); i++) {
			int frame = frame_at(layout, offset);
			struct trace_reader *r;
			struct found found;

			memcpy(copy, file->data, length);
			copy[offset] ^= flips[i];
			r = open_bytes(copy, length);
			found = read_all(r);
			check_frames_read(layout, &found, frame, offset);
			if (has_index || frame < 0)
				assert_true(found.holes > 0);
			else if (!found.holes) /* a bit that zstd leaves unused */
				check_frames_read(layout, &found, -1, offset);
			if (frame != 0)
				assert_non_null(trace_reader_header(r));
			else if (has_index)
				assert_null(trace_reader_header(r));
			assert_true(found.end || frame == (int)layout->count - 1 || !has_index);
			if (frame >= 0 && has_index && frame != (int)layout->count - 1)
				assert_int_equal(trace_reader_state(r), TRACE_COMPLETE);
			if (frame < 0 && offset >= layout->data_end)
				assert_int_equal(trace_reader_state(r), TRACE_INCOMPLETE);
			trace_reader_close(r);
		}
	}
	free(copy);
}

static void a_damaged_byte_costs_one_frame(void **state)
{
	struct bytes_of_file file = small_trace(4, 5);
	struct layout layout = layout_of(&file);

	assert_int_equal(layout.count, 6);
	flip_each_byte(&file, &layout, file.length, true);
	flip_each_byte(&file, &layout, layout.data_end, false);
	free(file.data);
}

/* Cut anywhere: every whole frame is read, and the trace says that its end is missing. */
static void a_cut_file_keeps_whole_frames(void **state)
{
	struct bytes_of_file file = small_trace(4, 5);
	struct layout layout = layout_of(&file);

	for (size_t length = 0; length < file.length; length++) {
		uint8_t *copy = malloc(length + 1); /* its own, so that ASan sees the end */
		struct trace_reader *r;
		struct found found;
		struct error err;
		bool border = length == TRACE_SIGNATURE_BYTES;

		memcpy(copy, file.data, length);
		if (length < TRACE_SIGNATURE_BYTES) {
			assert_int_equal(trace_reader_open_memory(&r, copy, length, &err), -EINVAL);
			assert_non_null(strstr(err.message, "is not an mvx trace"));
			free(copy);
			continue;
		}
		r = open_bytes(copy, length);
		assert_int_equal(trace_reader_state(r), TRACE_INCOMPLETE);
		assert_null(trace_reader_end(r));
		found = read_all(r);
		for (size_t i = 0; i < layout.count; i++) {
			const struct trace_frame_stat *stat = &layout.frames[i];
			size_t end = stat->offset + stat->stored_bytes;

			border |= end == length;
			for (uint64_t s = stat->first_step; s && s <= stat->last_step; s++)
				assert_int_equal(found.has_step[s], end <= length);
			if (!i)
				assert_int_equal(found.header, end <= length);
		}
		assert_int_equal(found.holes == 0, border);
		trace_reader_close(r);
		free(copy);
	}
	free(file.data);
}

/* Several damages at once, anywhere: no crash, no wrong step. */
static void much_damage_is_survived(void **state)
{
	struct bytes_of_file file = small_trace(4, 5);
	uint8_t *copy = malloc(file.length);
	struct random r = { 30 };

	for (int round = 0; round < 3000; round++) {
		size_t length = file.length - random_below(&r, file.length / 2);
		struct trace_reader *reader;
		struct error err;

		memcpy(copy, file.data, file.length);
		for (uint64_t n = 1 + random_below(&r, 8); n; n--)
			copy[random_below(&r, length)] = (uint8_t)random_next(&r);
		if (trace_reader_open_memory(&reader, copy, length, &err))
			continue;
		assert_true(read_all(reader).steps <= 20);
		trace_reader_close(reader);
	}
	free(copy);
	free(file.data);
}

static void statistics_need_no_reading(void **state)
{
	struct bytes_of_file file = small_trace(3, 10);
	struct trace_reader *r = open_bytes(file.data, file.length);
	const struct trace_frame_stat *frames;
	struct trace_record *record = calloc(1, sizeof(*record));
	struct error err;
	size_t count;

	frames = trace_reader_frames(r, &count);
	assert_int_equal(count, 5);
	assert_true(frames[2].known);
	assert_int_equal(frames[2].first_step, 11);
	assert_int_equal(frames[2].last_step, 20);
	assert_int_equal(frames[2].calls, 10);
	assert_int_equal(frames[2].records, 10);
	assert_int_equal(frames[2].errors, 1); /* step 11 */
	assert_int_equal(frames[2].syscalls[0], 0x7f);
	assert_int_equal(frames[2].first_ns, 1000000 + 11 * 2311);
	assert_int_equal(frames[2].last_ns, 1000000 + 20 * 2311 + 400 + 900 + 20);
	assert_int_equal(trace_reader_end(r)->steps, 30);
	assert_int_equal(trace_reader_chain_hash(r), frames[4].chain_hash);
	must(trace_reader_seek_step(r, 25, &err), &err);
	assert_int_equal(trace_reader_next(r, record, &err), 1);
	assert_int_equal(record->step.step, 21);
	assert_int_equal(trace_reader_frame(r), 3);
	must(trace_reader_seek_step(r, 31, &err), &err);
	assert_int_equal(trace_reader_next(r, record, &err), 0);
	must(trace_reader_seek_frame(r, 1, &err), &err);
	assert_int_equal(trace_reader_next(r, record, &err), 1);
	assert_int_equal(record->step.step, 1);
	assert_int_equal(trace_reader_seek_frame(r, 5, &err), -ERANGE);
	must(trace_reader_rewind(r, &err), &err);
	assert_int_equal(read_all(r).records, 32);
	trace_reader_close(r);
	free(record);
	free(file.data);
}

/* Without an index the frames are found by walking, and a step by counting. */
static void no_index_is_needed(void **state)
{
	struct bytes_of_file file = small_trace(3, 10);
	struct layout layout = layout_of(&file);
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_reader *r = open_bytes(file.data, layout.data_end);
	const struct trace_frame_stat *frames;
	struct error err;
	size_t count;

	frames = trace_reader_frames(r, &count);
	assert_int_equal(count, layout.count);
	for (size_t i = 0; i < count; i++) {
		assert_false(frames[i].known);
		assert_int_equal(frames[i].offset, layout.frames[i].offset);
		assert_int_equal(frames[i].stored_bytes, layout.frames[i].stored_bytes);
		assert_int_equal(frames[i].raw_bytes, layout.frames[i].raw_bytes);
	}
	must(trace_reader_seek_step(r, 25, &err), &err);
	assert_int_equal(trace_reader_next(r, record, &err), 1);
	assert_int_equal(record->step.step, 21);
	assert_true(frames[3].known);
	assert_int_equal(frames[3].calls, 10);
	assert_int_equal(trace_reader_chain_hash(r), 0);
	must(trace_reader_rewind(r, &err), &err);
	assert_int_equal(read_all(r).records, 32);
	trace_reader_close(r);
	free(record);
	free(file.data);
}

/* A frame replaced by another valid one of the same size is found by the chain of hashes. */
static void a_changed_frame_is_found(void **state)
{
	struct bytes_of_file file = small_trace(2, 10);
	struct layout layout = layout_of(&file);
	const struct trace_frame_stat *stat = &layout.frames[1];
	uint8_t *raw = malloc(stat->raw_bytes);
	uint8_t stored[4096];
	size_t length = 0;
	struct trace_reader *r;
	struct found found;
	ZSTD_CCtx *zstd = ZSTD_createCCtx();

	assert_int_equal(ZSTD_decompress(raw, stat->raw_bytes, file.data + stat->offset,
					 stat->stored_bytes),
			 stat->raw_bytes);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, 1);
	for (unsigned i = 0; i < stat->raw_bytes && length != stat->stored_bytes; i++) {
		raw[i] ^= 1;
		length = ZSTD_compress2(zstd, stored, sizeof(stored), raw, stat->raw_bytes);
		if (length != stat->stored_bytes)
			raw[i] ^= 1;
	}
	assert_int_equal(length, stat->stored_bytes);
	memcpy(file.data + stat->offset, stored, length);
	r = open_bytes(file.data, file.length);
	found = read_all(r);
	assert_int_equal(found.steps, 10);
	assert_int_equal(found.first_step, 11);
	assert_int_equal(found.holes, 1);
	trace_reader_close(r);
	ZSTD_freeCCtx(zstd);
	free(raw);
	free(file.data);
}

/* The index does not fit the file any more: frames are found by walking. */
static void an_alien_index_is_not_believed(void **state)
{
	struct bytes_of_file one = small_trace(2, 10), other = small_trace(3, 10);
	struct layout layout = layout_of(&one), alien = layout_of(&other);
	size_t tail = other.length - alien.data_end;
	uint8_t *mixed = malloc(layout.data_end + tail);
	struct trace_reader *r;
	struct found found;

	memcpy(mixed, one.data, layout.data_end);
	memcpy(mixed + layout.data_end, other.data + alien.data_end, tail);
	r = open_bytes(mixed, layout.data_end + tail);
	found = read_all(r);
	assert_int_equal(found.steps, 20);
	assert_int_equal(found.holes, 1);
	assert_int_equal(trace_reader_state(r), TRACE_INCOMPLETE);
	trace_reader_close(r);
	free(mixed);
	free(one.data);
	free(other.data);
}

static void refuse(const void *data, size_t length, int code, const char *say)
{
	struct trace_reader *r = (void *)1;
	struct error err = { 0 };

	assert_int_equal(trace_reader_open_memory(&r, data, length, &err), code);
	assert_null(r);
	if (!strstr(err.message, say))
		fail_msg("\"%s\" does not say \"%s\"", err.message, say);
}

static void foreign_files_are_refused(void **state)
{
	static const char text[] = "This is a text, and it is longer than a signature would be.";
	uint8_t future[TRACE_SIGNATURE_BYTES], zstd[256];
	size_t length = ZSTD_compress(zstd, sizeof(zstd), text, sizeof(text), 1);
	struct trace_reader *r;
	struct error err;

	refuse("", 0, -EINVAL, "is not an mvx trace: it is empty");
	refuse(text, sizeof(text), -EINVAL, "is not an mvx trace");
	refuse(zstd, length, -EINVAL, "is not an mvx trace");
	trace_signature_encode(future, (struct trace_features){ .incompatible = 1 << 5 });
	refuse(future, sizeof(future), -ENOTSUP, "feature 5");
	trace_signature_encode(future, (struct trace_features){ .compatible = 1 << 5 });
	assert_int_equal(trace_reader_open_memory(&r, future, sizeof(future), &err), 0);
	trace_reader_close(r);
	assert_int_equal(trace_reader_open(&r, "/", &err), -EINVAL);
	assert_non_null(strstr(err.message, "not a regular file"));
	assert_int_equal(trace_reader_open(&r, "/dev/null", &err), -EINVAL);
	assert_int_equal(trace_reader_open(&r, "/nowhere/at/all", &err), -ENOENT);
}

/* A frame that is valid to zstd and holds nonsense: a hole, and the next frame is read. */
static void nonsense_in_a_frame_is_a_hole(void **state)
{
	static const uint8_t content[] = { 3, 0x0a, 1, 0xff, 200, 1, 2, 3 };
	struct bytes_of_file file = small_trace(1, 10);
	struct layout layout = layout_of(&file);
	uint8_t *mixed = malloc(file.length + 200);
	size_t at = layout.frames[1].offset, length;
	struct trace_reader *r;
	struct found found;

	memcpy(mixed, file.data, at);
	length = ZSTD_compress(mixed + at, 200, content, sizeof(content), 1);
	memcpy(mixed + at + length, file.data + at, layout.data_end - at);
	r = open_bytes(mixed, layout.data_end + length);
	found = read_all(r);
	assert_int_equal(found.steps, 10);
	assert_true(found.header && found.end);
	assert_int_equal(found.holes, 1);
	trace_reader_close(r);
	free(mixed);
	free(file.data);
}

/* An empty frame holds nothing, and that is no damage. */
static void an_empty_frame_is_no_hole(void **state)
{
	struct bytes_of_file file = small_trace(1, 10);
	struct layout layout = layout_of(&file);
	uint8_t *mixed = malloc(file.length + 200);
	size_t at = layout.frames[0].offset, length;
	struct trace_reader *r;
	struct found found;

	memcpy(mixed, file.data, at);
	length = ZSTD_compress(mixed + at, 200, "", 0, 1);
	memcpy(mixed + at + length, file.data + at, layout.data_end - at);
	r = open_bytes(mixed, layout.data_end + length);
	found = read_all(r);
	assert_int_equal(found.steps, 10);
	assert_true(found.header && found.end);
	assert_int_equal(found.holes, 0);
	trace_reader_close(r);
	free(mixed);
	free(file.data);
}

/* A frame that promises more than a frame may hold is not unpacked. */
static void a_bomb_is_not_unpacked(void **state)
{
	size_t bomb = (size_t)LIMIT_FRAME_BYTES + 1;
	uint8_t *zeros = calloc(1, bomb);
	struct bytes_of_file file = small_trace(1, 10);
	struct layout layout = layout_of(&file);
	uint8_t *mixed = malloc(file.length + 100000);
	size_t at = layout.frames[1].offset, length;
	struct trace_reader *r;
	struct found found;

	memcpy(mixed, file.data, at);
	length = ZSTD_compress(mixed + at, 100000, zeros, bomb, 1);
	assert_false(ZSTD_isError(length));
	memcpy(mixed + at + length, file.data + at, layout.data_end - at);
	r = open_bytes(mixed, layout.data_end + length);
	found = read_all(r);
	assert_int_equal(found.steps, 10);
	assert_int_equal(found.holes, 1);
	trace_reader_close(r);
	free(zeros);
	free(mixed);
	free(file.data);
}

static enum trace_state state_of(const char *path, size_t *holes)
{
	struct trace_reader *r;
	struct error err;
	enum trace_state state;

	must(trace_reader_open(&r, path, &err), &err);
	state = trace_reader_state(r);
	trace_reader_holes(r, holes);
	trace_reader_close(r);
	return state;
}

/* A reader can tell a trace being written from one whose writer died. */
static void recording_and_incomplete_differ(void **state)
{
	char *path = new_path();
	struct trace_writer *w = start(path), *second;
	struct error err;
	size_t holes;
	int fd;

	assert_int_equal(trace_writer_open(&second, path, &err), -EEXIST);
	add_steps(w, 1, 10);
	must(trace_writer_flush(w, &err), &err);
	assert_int_equal(state_of(path, &holes), TRACE_RECORDING);
	/* Half a frame, as a reader may see it while the writer writes. */
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "\x28\xb5\x2f\xfd half", 9), 9);
	close(fd);
	assert_int_equal(state_of(path, &holes), TRACE_RECORDING);
	assert_int_equal(holes, 0);
	trace_writer_abandon(w);
	assert_int_equal(state_of(path, &holes), TRACE_INCOMPLETE);
	assert_int_equal(holes, 1);
	unlink(path);
}

/* A divergence is in the file as soon as it is added. */
static void a_divergence_is_flushed(void **state)
{
	char *path = new_path();
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_writer *w = start(path);
	struct trace_reader *r;
	struct error err;
	uint64_t before = trace_writer_size(w);

	add_steps(w, 1, 3);
	assert_int_equal(trace_writer_size(w), before);
	record->kind = TRACE_DIVERGENCE;
	must(trace_writer_add(w, record, &err), &err);
	assert_true(trace_writer_size(w) > before);
	must(trace_reader_open(&r, path, &err), &err);
	assert_int_equal(read_all(r).records, 5);
	trace_reader_close(r);
	trace_writer_abandon(w);
	free(record);
	unlink(path);
}

/* Writes random steps until the file cannot grow; exits 0 when all is as it should be. */
static int write_until_full(const char *path, int expected)
{
	struct trace_record *record = calloc(1, sizeof(*record));
	struct trace_writer *w = start(path);
	struct random r = { 40 };
	struct error err = { 0 };
	struct stat st;
	int status = 0;

	for (int i = 0; i < 100000 && !status; i++) {
		sample_record(record, TRACE_STEP, &r, 60000);
		status = trace_writer_add(w, record, &err);
	}
	free(record);
	if (status != expected || !strstr(err.message, "cannot write trace"))
		return 2;
	if (trace_writer_flush(w, &err) != expected || stat(path, &st) ||
	    (uint64_t)st.st_size != trace_writer_size(w))
		return 3;
	return trace_writer_close(w, &err) == expected ? 0 : 4;
}

static int child_status(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void a_full_disk_leaves_whole_frames(void **state)
{
	char *path = new_path();
	struct trace_reader *r;
	struct found found;
	struct error err;
	pid_t child = fork();

	if (!child) {
		struct rlimit limit = { 3000001, 3000001 };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(write_until_full(path, -EFBIG));
	}
	assert_int_equal(child_status(child), 0);
	must(trace_reader_open(&r, path, &err), &err);
	found = read_all(r);
	assert_int_equal(trace_reader_state(r), TRACE_INCOMPLETE);
	assert_true(found.header && found.steps > 10);
	assert_int_equal(found.holes, 0);
	trace_reader_close(r);
	unlink(path);
}

/* A real full disk: a file system of a megabyte, where one can be mounted. */
static void a_full_file_system_too(void **state)
{
	char path[] = "/tmp/mvx-full-XXXXXX", file[64];
	int status;
	pid_t child;

	assert_non_null(mkdtemp(path));
	snprintf(file, sizeof(file), "%s/t.mvx.zst", path);
	child = fork();
	if (!child) {
		struct trace_reader *r;
		struct error err;
		struct found found;

		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", path, "tmpfs", 0, "size=1m"))
			_exit(77);
		status = write_until_full(file, -ENOSPC);
		if (status)
			_exit(status);
		if (trace_reader_open(&r, file, &err))
			_exit(10);
		found = read_all(r);
		_exit(found.header && found.steps > 2 && !found.holes ? 0 : 11);
	}
	status = child_status(child);
	rmdir(path);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

/* The same for the index: the data are all there, the end is not clean. */
static void no_room_for_the_index(void **state)
{
	struct bytes_of_file file = small_trace(2, 10);
	struct layout layout = layout_of(&file);
	char *path = new_path();
	struct trace_reader *r;
	struct found found;
	struct error err;
	pid_t child = fork();

	if (!child) {
		struct rlimit limit = { file.length - 3, file.length - 3 };
		struct trace_record *record = calloc(1, sizeof(*record));
		struct trace_writer *w;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		w = start(path);
		add_steps(w, 1, 10);
		trace_writer_flush(w, &err);
		add_steps(w, 11, 10);
		trace_writer_flush(w, &err);
		record->kind = TRACE_END;
		record->end.clean = true;
		record->end.steps = 20;
		record->end.variants = 3;
		trace_writer_add(w, record, &err);
		_exit(trace_writer_close(w, &err) == -EFBIG ? 0 : 1);
	}
	assert_int_equal(child_status(child), 0);
	must(trace_reader_open(&r, path, &err), &err);
	assert_int_equal(trace_reader_file_bytes(r), layout.data_end);
	found = read_all(r);
	assert_int_equal(trace_reader_state(r), TRACE_INCOMPLETE);
	assert_int_equal(found.steps, 20);
	assert_int_equal(found.holes, 0);
	trace_reader_close(r);
	unlink(path);
	free(file.data);
}

/* Killed at any moment, a writer leaves everything it had flushed. */
static void kill_keeps_what_was_flushed(void **state)
{
	for (int round = 0; round < 10; round++) {
		char *path = new_path();
		uint64_t flushed = 0, told;
		struct trace_reader *r;
		struct found found;
		struct error err;
		int pipe_fds[2];
		pid_t child;

		assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
		child = fork();
		if (!child) {
			struct trace_writer *w = start(path);

			for (uint64_t step = 1;; step += 100) {
				add_steps(w, step, 100);
				must(trace_writer_flush(w, &err), &err);
				told = step + 99;
				if (write(pipe_fds[1], &told, sizeof(told)) < 0)
					_exit(1);
			}
		}
		close(pipe_fds[1]);
		for (int i = 0; i < 20 + round * 7; i++)
			assert_int_equal(read(pipe_fds[0], &flushed, sizeof(flushed)),
					 sizeof(flushed));
		kill(child, SIGKILL);
		child_status(child);
		while (read(pipe_fds[0], &told, sizeof(told)) == sizeof(told))
			flushed = told;
		close(pipe_fds[0]);
		must(trace_reader_open(&r, path, &err), &err);
		assert_int_equal(trace_reader_state(r), TRACE_INCOMPLETE);
		found = read_all(r);
		assert_true(found.header && found.step_order);
		assert_true(found.last_step >= flushed);
		assert_int_equal(found.steps, found.last_step);
		trace_reader_close(r);
		unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_survive),
		cmocka_unit_test(a_damaged_byte_costs_one_frame),
		cmocka_unit_test(a_cut_file_keeps_whole_frames),
		cmocka_unit_test(much_damage_is_survived),
		cmocka_unit_test(statistics_need_no_reading),
		cmocka_unit_test(no_index_is_needed),
		cmocka_unit_test(a_changed_frame_is_found),
		cmocka_unit_test(an_alien_index_is_not_believed),
		cmocka_unit_test(foreign_files_are_refused),
		cmocka_unit_test(nonsense_in_a_frame_is_a_hole),
		cmocka_unit_test(an_empty_frame_is_no_hole),
		cmocka_unit_test(a_bomb_is_not_unpacked),
		cmocka_unit_test(recording_and_incomplete_differ),
		cmocka_unit_test(a_divergence_is_flushed),
		cmocka_unit_test(a_full_disk_leaves_whole_frames),
		cmocka_unit_test(a_full_file_system_too),
		cmocka_unit_test(no_room_for_the_index),
		cmocka_unit_test(kill_keeps_what_was_flushed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
