/*
 * Encodes records. Steps are most of a trace and are written straight in wire
 * format; tests/unit/test_trace_codec.c proves that to be what protobuf-c
 * writes. All other kinds go through protobuf-c.
 */
#include "schema/trace_encode.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "schema/trace.pb-c.h"

/* Bytes: the payload of one step is cut so that the record, with all else, stays under its limit. */
#define STEP_PAYLOAD_BYTES (LIMIT_RECORD_BYTES - (1u << 20))
/* Bytes: a text or dump in one side of a divergence; sixteen sides must fit in a record. */
#define SIDE_TEXT_BYTES (1u << 20)
/* Bytes: longest varint, and a step without its buffers at its greatest. */
#define VARINT_BYTES     10
#define STEP_FIXED_BYTES (12 * (VARINT_BYTES + 1) + LIMIT_VARIANTS * 9 * VARINT_BYTES + 64)
/* Bytes: a Buf without its data. */
#define BUF_FIXED_BYTES 64
/* Bytes: length of Record, tag and length of its body. */
#define PREFIX_BYTES (VARINT_BYTES + 1 + VARINT_BYTES)

void trace_encoder_init(struct trace_encoder *e)
{
	*e = (struct trace_encoder){ 0 };
	trace_arena_init(&e->arena, SIZE_MAX / 2);
}

void trace_encoder_finish(struct trace_encoder *e)
{
	free(e->data);
	e->data = NULL;
	trace_arena_finish(&e->arena);
}

static uint8_t *reserve(struct trace_encoder *e, size_t bytes)
{
	if (bytes > e->capacity - e->length) {
		size_t capacity = e->capacity + e->capacity / 2 + bytes;
		uint8_t *grown = alloc_zeroed(capacity, 1);

		if (e->length)
			memcpy(grown, e->data, e->length);
		free(e->data);
		e->data = grown;
		e->capacity = capacity;
	}
	return e->data + e->length;
}

/* Wire format. */

static inline size_t varint_bytes(uint64_t value)
{
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);

	return (bits * 9 + 64) / 64;
}

static inline uint64_t zigzag(int64_t value)
{
	return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
}

static inline uint8_t *put_varint(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

static inline uint8_t *put_tag(uint8_t *at, unsigned field, enum wire wire)
{
	return put_varint(at, field << 3 | wire);
}

/* proto3 does not write zeros. */
static inline uint8_t *put_uint(uint8_t *at, unsigned field, uint64_t value)
{
	if (!value)
		return at;
	return put_varint(put_tag(at, field, WIRE_VARINT), value);
}

static uint8_t *put_packed(uint8_t *at, unsigned field, const uint64_t *values, size_t count)
{
	size_t bytes = 0;

	if (!count)
		return at;
	for (size_t i = 0; i < count; i++)
		bytes += varint_bytes(values[i]);
	at = put_varint(put_tag(at, field, WIRE_BYTES), bytes);
	for (size_t i = 0; i < count; i++)
		at = put_varint(at, values[i]);
	return at;
}

/*
 * "One each", groups of `group` values: how many of the count groups must be
 * stored: none when all is zero, one when all groups are equal.
 */
static size_t groups_stored(const uint64_t *values, size_t count, size_t group)
{
	uint64_t any = 0;

	for (size_t i = group; i < count * group; i++)
		if (values[i] != values[i - group])
			return count;
	for (size_t i = 0; i < group && count; i++)
		any |= values[i];
	return any ? 1 : 0;
}

/* Steps. */

/* What is stored of one buffer. */
struct buf_plan {
	size_t kept;  /* bytes of data */
	size_t bytes; /* of the whole Buf message */
	bool truncated;
	uint64_t hash;
};

static size_t uint_bytes(uint64_t value)
{
	return value ? 1 + varint_bytes(value) : 0;
}

static void plan_buf(struct buf_plan *plan, const struct trace_buf *buf, size_t room)
{
	size_t kept = buf->data.length;

	if (kept > LIMIT_PAYLOAD_BYTES)
		kept = LIMIT_PAYLOAD_BYTES;
	if (kept > room)
		kept = room;
	plan->kept = kept;
	plan->truncated = buf->truncated;
	plan->hash = buf->hash;
	if (kept < buf->data.length) {
		plan->truncated = true;
		if (!buf->truncated && !buf->hash)
			plan->hash = XXH3_64bits(buf->data.data, buf->data.length);
	}
	plan->bytes = uint_bytes(buf->arg) + uint_bytes(buf->direction) + uint_bytes(buf->part) +
		      (plan->truncated ? 2 : 0) + uint_bytes(buf->variants) +
		      uint_bytes(buf->full_length) + (plan->hash ? 9 : 0) +
		      (kept ? 1 + varint_bytes(kept) + kept : 0);
}

static uint8_t *put_buf(uint8_t *at, const struct trace_buf *buf, const struct buf_plan *plan)
{
	at = put_varint(put_tag(at, 16, WIRE_BYTES), plan->bytes);
	at = put_uint(at, 1, buf->arg);
	at = put_uint(at, 2, buf->direction);
	at = put_uint(at, 3, buf->part);
	at = put_uint(at, 4, plan->truncated);
	at = put_uint(at, 5, buf->variants);
	at = put_uint(at, 6, buf->full_length);
	if (plan->hash) {
		at = put_tag(at, 7, WIRE_FIXED64);
		for (unsigned shift = 0; shift < 64; shift += 8)
			*at++ = (uint8_t)(plan->hash >> shift);
	}
	if (plan->kept) {
		at = put_varint(put_tag(at, 8, WIRE_BYTES), plan->kept);
		memcpy(at, buf->data.data, plan->kept);
		at += plan->kept;
	}
	return at;
}

/* The values of the variants in the mask, side by side. */
static size_t gather_u64(uint64_t *to, const uint64_t *from, unsigned mask)
{
	size_t count = 0;

	for (; mask; mask &= mask - 1)
		to[count++] = from[__builtin_ctz(mask)];
	return count;
}

static size_t gather_zigzag(uint64_t *to, const int64_t *from, unsigned mask)
{
	size_t count = 0;

	for (; mask; mask &= mask - 1)
		to[count++] = zigzag(from[__builtin_ctz(mask)]);
	return count;
}

static size_t gather_args(uint64_t *to, const uint64_t (*from)[6], unsigned mask)
{
	size_t count = 0;

	for (; mask; mask &= mask - 1)
		memcpy(to + 6 * count++, from[__builtin_ctz(mask)], sizeof(*from));
	return count;
}

static uint8_t *put_step_fixed(uint8_t *at, const struct trace_step *step)
{
	uint64_t values[LIMIT_VARIANTS * 6];
	size_t count;

	values[0] = 0; /* for a step of no variant */
	at = put_uint(at, 1, step->step);
	at = put_uint(at, 2, step->ticket);
	at = put_uint(at, 3, step->task_seq);
	at = put_uint(at, 4, step->task);
	at = put_uint(at, 5, step->abi);
	at = put_uint(at, 6, step->variants);
	at = put_uint(at, 7, (uint32_t)zigzag(step->nr));
	at = put_uint(at, 8, step->executed);
	at = put_uint(at, 9, step->verdict);
	at = put_uint(at, 10, step->policy);
	at = put_uint(at, 11, step->no_result != 0);
	count = gather_u64(values, step->entry_ns, step->variants);
	at = put_packed(at, 12, values, groups_stored(values, count, 1));
	count = gather_u64(values, step->exit_ns, step->variants);
	at = put_packed(at, 13, values, groups_stored(values, count, 1));
	count = gather_args(values, step->args, step->variants);
	at = put_packed(at, 14, values, 6 * groups_stored(values, count, 6));
	count = gather_zigzag(values, step->result, step->variants);
	at = put_packed(at, 15, values, groups_stored(values, count, 1));
	return at;
}

static int check_mask(const char *what, uint32_t mask, struct error *err)
{
	if (mask >> LIMIT_VARIANTS)
		return error_set(err, -EINVAL, "%s: variant mask %#x is beyond %d variants", what,
				 mask, LIMIT_VARIANTS);
	return 0;
}

static int check_count(const char *what, size_t count, size_t limit, struct error *err)
{
	if (count > limit)
		return error_set(err, -EINVAL, "%zu %s are more than a record holds (%zu)", count,
				 what, limit);
	return 0;
}

static int plan_bufs(struct buf_plan *plans, const struct trace_step *step, size_t *bytes,
		     struct error *err)
{
	size_t room = STEP_PAYLOAD_BYTES;

	*bytes = 0;
	for (size_t i = 0; i < step->n_bufs; i++) {
		const struct trace_buf *buf = &step->bufs[i];

		if (buf->arg >= 6)
			return error_set(err, -EINVAL, "step: a buffer of argument %u", buf->arg);
		if (check_mask("step buffer", buf->variants, err))
			return -EINVAL;
		plan_buf(&plans[i], buf, room);
		room -= plans[i].kept;
		*bytes += 2 + varint_bytes(plans[i].bytes) + plans[i].bytes;
	}
	return 0;
}

static int encode_step(struct trace_encoder *e, const struct trace_step *step, struct error *err)
{
	struct buf_plan plans[LIMIT_STEP_BUFS];
	size_t bufs_bytes = 0, fixed_bytes, body_bytes;
	uint8_t *start, *at, *fixed;

	if (check_mask("step", step->variants, err) ||
	    check_count("buffers", step->n_bufs, LIMIT_STEP_BUFS, err))
		return -EINVAL;
	if (step->n_bufs && plan_bufs(plans, step, &bufs_bytes, err))
		return -EINVAL;
	start = reserve(e, PREFIX_BYTES + STEP_FIXED_BYTES + bufs_bytes);
	fixed = start + PREFIX_BYTES;
	fixed_bytes = (size_t)(put_step_fixed(fixed, step) - fixed);
	body_bytes = fixed_bytes + bufs_bytes;
	at = put_varint(start, 1 + varint_bytes(body_bytes) + body_bytes);
	at = put_tag(at, TRACE_STEP, WIRE_BYTES);
	at = put_varint(at, body_bytes);
	memmove(at, fixed, fixed_bytes);
	at += fixed_bytes;
	for (size_t i = 0; i < step->n_bufs; i++)
		at = put_buf(at, &step->bufs[i], &plans[i]);
	e->length = (size_t)(at - e->data);
	return 0;
}

/* All other kinds: plain structs to protobuf-c's, which borrow the bytes. */

static ProtobufCBinaryData binary_cut(struct trace_blob blob, size_t limit)
{
	size_t length = blob.length < limit ? blob.length : limit;

	/* protobuf-c does not write to what it packs. */
	return (ProtobufCBinaryData){ .len = length, .data = (uint8_t *)(uintptr_t)blob.data };
}

static ProtobufCBinaryData binary(struct trace_blob blob)
{
	return binary_cut(blob, LIMIT_RECORD_BYTES);
}

/* A text of the outside world, as bytes. */
static ProtobufCBinaryData text_cut(const char *text, size_t limit)
{
	return (ProtobufCBinaryData){ .len = text ? strnlen(text, limit) : 0,
				      .data = (uint8_t *)(uintptr_t)text };
}

static ProtobufCBinaryData text(const char *text_)
{
	return text_cut(text_, LIMIT_TEXT_BYTES);
}

/* A word of our own, as a protobuf string: those must be UTF-8, so anything not ASCII becomes '?'. */
static char *word(struct trace_encoder *e, const char *from)
{
	size_t length = from ? strnlen(from, LIMIT_WORD_BYTES) : 0;
	char *copy = trace_arena_take(&e->arena, length + 1);

	for (size_t i = 0; i < length; i++)
		copy[i] = from[i] & 0x80 ? '?' : from[i];
	copy[length] = 0;
	return copy;
}

static ProtobufCBinaryData *binaries(struct trace_encoder *e, const struct trace_blob *blobs,
				     size_t count)
{
	ProtobufCBinaryData *list = trace_arena_take(&e->arena, count * sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = binary(blobs[i]);
	return list;
}

static Mvx__Name **names(struct trace_encoder *e, const struct trace_name *from, size_t count)
{
	Mvx__Name **list = trace_arena_take(&e->arena, count * sizeof(*list));
	Mvx__Name *names_ = trace_arena_take(&e->arena, count * sizeof(*names_));

	for (size_t i = 0; i < count; i++) {
		list[i] = &names_[i];
		mvx__name__init(list[i]);
		list[i]->number = from[i].number;
		list[i]->name = word(e, from[i].name);
	}
	return list;
}

static Mvx__Rlimit **rlimits(struct trace_encoder *e, const struct trace_rlimit *from, size_t count)
{
	Mvx__Rlimit **list = trace_arena_take(&e->arena, count * sizeof(*list));
	Mvx__Rlimit *rlimits_ = trace_arena_take(&e->arena, count * sizeof(*rlimits_));

	for (size_t i = 0; i < count; i++) {
		list[i] = &rlimits_[i];
		mvx__rlimit__init(list[i]);
		list[i]->resource = from[i].resource;
		list[i]->soft = from[i].soft;
		list[i]->hard = from[i].hard;
	}
	return list;
}

static Mvx__InheritedFd **inherited_fds(struct trace_encoder *e,
					const struct trace_inherited_fd *from, size_t count)
{
	Mvx__InheritedFd **list = trace_arena_take(&e->arena, count * sizeof(*list));
	Mvx__InheritedFd *fds = trace_arena_take(&e->arena, count * sizeof(*fds));

	for (size_t i = 0; i < count; i++) {
		list[i] = &fds[i];
		mvx__inherited_fd__init(list[i]);
		list[i]->fd = from[i].fd;
		list[i]->flags = from[i].flags;
		list[i]->fd_flags = from[i].fd_flags;
		list[i]->kind = word(e, from[i].kind);
		list[i]->path = text(from[i].path);
		list[i]->offset = from[i].offset;
	}
	return list;
}

static Mvx__Derivation **derivations(struct trace_encoder *e, const struct trace_derivation *from,
				     size_t count)
{
	Mvx__Derivation **list = trace_arena_take(&e->arena, count * sizeof(*list));
	Mvx__Derivation *derived = trace_arena_take(&e->arena, count * sizeof(*derived));

	for (size_t i = 0; i < count; i++) {
		list[i] = &derived[i];
		mvx__derivation__init(list[i]);
		list[i]->how = word(e, from[i].how);
		list[i]->what = text(from[i].what);
		list[i]->of_hash = from[i].of_hash;
		list[i]->first_step = from[i].first_step;
		list[i]->last_step = from[i].last_step;
	}
	return list;
}

/* "One each" of 32-bit values; returns how many are stored. */
static size_t each_i32(struct trace_encoder *e, int32_t **out, const int32_t *from, unsigned mask)
{
	int32_t *list = *out = trace_arena_take(&e->arena, LIMIT_VARIANTS * sizeof(*list));
	size_t count = 0;
	bool equal = true;

	for (; mask; mask &= mask - 1) {
		list[count] = from[__builtin_ctz(mask)];
		equal = equal && list[count] == list[0];
		count++;
	}
	if (!count || !equal)
		return count;
	return list[0] ? 1 : 0;
}

static int pack(struct trace_encoder *e, const Mvx__Record *record, struct error *err)
{
	size_t bytes = mvx__record__get_packed_size(record);
	uint8_t *at;

	if (bytes > LIMIT_RECORD_BYTES)
		return error_set(err, -E2BIG, "a record of %zu bytes is too large", bytes);
	at = reserve(e, VARINT_BYTES + bytes);
	at = put_varint(at, bytes);
	at += mvx__record__pack(record, at);
	e->length = (size_t)(at - e->data);
	return 0;
}

static int check_header(const struct trace_header *h, struct error *err)
{
	if (check_count("variants", h->variants, LIMIT_VARIANTS, err) ||
	    check_count("options", h->n_options, LIMIT_EXEC_STRINGS, err) ||
	    check_count("system call names", h->n_syscalls, LIMIT_RECORD_LIST, err) ||
	    check_count("errno names", h->n_errnos, LIMIT_RECORD_LIST, err) ||
	    check_count("signal names", h->n_signals, LIMIT_RECORD_LIST, err) ||
	    check_count("groups", h->n_groups, LIMIT_RECORD_LIST, err) ||
	    check_count("resource limits", h->n_rlimits, LIMIT_RECORD_LIST, err) ||
	    check_count("inherited descriptors", h->n_fds, LIMIT_RECORD_LIST, err) ||
	    check_count("environment strings", h->n_environment, LIMIT_EXEC_STRINGS, err) ||
	    check_count("derivations", h->n_derived, LIMIT_RECORD_LIST, err))
		return -EINVAL;
	return 0;
}

static void fill_header_host(struct trace_encoder *e, Mvx__Header *m, const struct trace_header *h)
{
	m->kernel_release = text(h->kernel_release);
	m->kernel_version = text(h->kernel_version);
	m->machine = text(h->machine);
	m->hostname = text(h->hostname);
	m->cpu_model = text(h->cpu_model);
	m->cpu_count = h->cpu_count;
	m->page_bytes = h->page_bytes;
	m->clock_ticks = h->clock_ticks;
	m->n_syscalls = h->n_syscalls;
	m->syscalls = names(e, h->syscalls, h->n_syscalls);
	m->n_errnos = h->n_errnos;
	m->errnos = names(e, h->errnos, h->n_errnos);
	m->n_signals = h->n_signals;
	m->signals = names(e, h->signals, h->n_signals);
}

static void fill_header_start(struct trace_encoder *e, Mvx__Header *m, const struct trace_header *h)
{
	m->cwd = text(h->cwd);
	m->umask = h->umask;
	m->uid = h->uid;
	m->euid = h->euid;
	m->gid = h->gid;
	m->egid = h->egid;
	m->n_groups = h->n_groups;
	m->groups = h->groups;
	m->n_rlimits = h->n_rlimits;
	m->rlimits = rlimits(e, h->rlimits, h->n_rlimits);
	m->signal_mask = h->signal_mask;
	m->signal_ignored = h->signal_ignored;
	m->personality = h->personality;
	m->n_fds = h->n_fds;
	m->fds = inherited_fds(e, h->fds, h->n_fds);
	m->n_environment = h->n_environment;
	m->environment = binaries(e, h->environment, h->n_environment);
	m->n_derived = h->n_derived;
	m->derived = derivations(e, h->derived, h->n_derived);
}

static int encode_header(struct trace_encoder *e, const struct trace_header *h, struct error *err)
{
	const struct trace_blob schema = { trace_descriptor_set, trace_descriptor_set_bytes };
	Mvx__Header m = MVX__HEADER__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	if (check_header(h, err))
		return -EINVAL;
	m.trace_id = binary(h->trace_id);
	m.descriptor_set = binary(h->descriptor_set.length ? h->descriptor_set : schema);
	m.monitor_version = word(e, h->monitor_version);
	m.n_options = h->n_options;
	m.options = binaries(e, h->options, h->n_options);
	m.start_wall_ns = h->start_wall_ns;
	m.variants = h->variants;
	m.payload_mode = (Mvx__PayloadMode)h->payload_mode;
	m.payload_head_bytes = h->payload_head_bytes;
	fill_header_host(e, &m, h);
	fill_header_start(e, &m, h);
	record.body_case = MVX__RECORD__BODY_HEADER;
	record.header = &m;
	return pack(e, &record, err);
}

static int encode_variant_start(struct trace_encoder *e, const struct trace_variant_start *v,
				struct error *err)
{
	Mvx__VariantStart m = MVX__VARIANT_START__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	if (check_count("variants", v->variant + (size_t)1, LIMIT_VARIANTS, err) ||
	    check_count("arguments", v->n_argv, LIMIT_EXEC_STRINGS, err))
		return -EINVAL;
	m.variant = v->variant;
	m.pid = v->pid;
	m.n_argv = v->n_argv;
	m.argv = binaries(e, v->argv, v->n_argv);
	m.path = text(v->path);
	m.build_id = binary(v->build_id);
	m.size = v->size;
	m.hash = v->hash;
	m.layout = word(e, v->layout);
	m.auxv = binary(v->auxv);
	m.at_random = binary(v->at_random);
	record.body_case = MVX__RECORD__BODY_VARIANT_START;
	record.variant_start = &m;
	return pack(e, &record, err);
}

static int encode_task_start(struct trace_encoder *e, const struct trace_task_start *t,
			     struct error *err)
{
	Mvx__TaskStart m = MVX__TASK_START__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	if (check_mask("task start", t->variants, err))
		return -EINVAL;
	m.task = t->task;
	m.parent = t->parent;
	m.label = word(e, t->label);
	m.time_ns = t->time_ns;
	m.clone_flags = t->clone_flags;
	m.variants = t->variants;
	m.n_pid = each_i32(e, &m.pid, t->pid, t->variants);
	m.n_tid = each_i32(e, &m.tid, t->tid, t->variants);
	record.body_case = MVX__RECORD__BODY_TASK_START;
	record.task_start = &m;
	return pack(e, &record, err);
}

static int encode_task_end(struct trace_encoder *e, const struct trace_task_end *t,
			   struct error *err)
{
	Mvx__TaskEnd m = MVX__TASK_END__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	if (check_mask("task end", t->variants, err))
		return -EINVAL;
	m.task = t->task;
	m.time_ns = t->time_ns;
	m.variants = t->variants;
	m.n_status = each_i32(e, &m.status, t->status, t->variants);
	record.body_case = MVX__RECORD__BODY_TASK_END;
	record.task_end = &m;
	return pack(e, &record, err);
}

static int encode_signal(struct trace_encoder *e, const struct trace_signal *s, struct error *err)
{
	Mvx__Signal m = MVX__SIGNAL__INIT;
	Mvx__Record record = MVX__RECORD__INIT;
	uint64_t had_ns[LIMIT_VARIANTS], known = 0;

	if (check_mask("signal", s->had_it | s->listed | s->skipped | s->sent, err))
		return -EINVAL;
	m.step = s->step;
	m.task = s->task;
	m.signo = s->signo;
	m.code = s->code;
	m.sender_pid = s->sender_pid;
	m.sender_uid = s->sender_uid;
	m.had_it = s->had_it;
	m.decision = (Mvx__SignalDecision)s->decision;
	m.shared = s->shared != 0;
	m.first_ns = s->first_ns;
	m.delivered_ns = s->delivered_ns;
	m.wait_iterations = s->wait_iterations;
	m.retries = s->retries;
	m.listed = s->listed;
	m.skipped = s->skipped;
	m.sent = s->sent;
	for (unsigned mask = s->had_it; mask; mask &= mask - 1) {
		had_ns[m.n_had_ns++] = s->had_ns[__builtin_ctz(mask)];
		known |= s->had_ns[__builtin_ctz(mask)];
	}
	if (!known)
		m.n_had_ns = 0;
	m.had_ns = had_ns;
	m.siginfo = binary(s->siginfo);
	record.body_case = MVX__RECORD__BODY_SIGNAL;
	record.signal = &m;
	return pack(e, &record, err);
}

static int fill_side(struct trace_encoder *e, Mvx__DivergenceSide *m,
		     const struct trace_divergence_side *side, struct error *err)
{
	mvx__divergence_side__init(m);
	if (check_count("variants", side->variant + (size_t)1, LIMIT_VARIANTS, err) ||
	    check_count("program counters", side->n_frames, LIMIT_RECORD_LIST, err))
		return -EINVAL;
	m->variant = side->variant;
	m->arrived = (Mvx__Arrival)side->arrived;
	m->nr = side->nr;
	m->n_args = 6 * groups_stored(side->args, 1, 6);
	m->args = trace_arena_take(&e->arena, sizeof(side->args));
	memcpy(m->args, side->args, sizeof(side->args));
	m->signo = side->signo;
	m->status = side->status;
	m->ip = side->ip;
	m->sp = side->sp;
	m->location = text_cut(side->location, LIMIT_WORD_BYTES);
	m->text = text_cut(side->text, SIDE_TEXT_BYTES / 2);
	m->registers = binary_cut(side->registers, LIMIT_WORD_BYTES);
	m->data = binary_cut(side->data, SIDE_TEXT_BYTES / 2);
	m->maps = text_cut(side->maps, SIDE_TEXT_BYTES);
	m->n_frames = side->n_frames;
	m->frames = side->frames;
	return 0;
}

static int encode_divergence(struct trace_encoder *e, const struct trace_divergence *d,
			     struct error *err)
{
	Mvx__DivergenceSide sides[LIMIT_VARIANTS], *list[LIMIT_VARIANTS];
	Mvx__Divergence m = MVX__DIVERGENCE__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	if (check_mask("divergence", d->odd, err) ||
	    check_count("sides", d->n_sides, LIMIT_VARIANTS, err))
		return -EINVAL;
	if (d->arg < -1 || d->arg >= 6)
		return error_set(err, -EINVAL, "divergence: argument %d", d->arg);
	for (size_t i = 0; i < d->n_sides; i++) {
		list[i] = &sides[i];
		if (fill_side(e, list[i], &d->sides[i], err))
			return -EINVAL;
	}
	m.step = d->step;
	m.task = d->task;
	m.kind = (Mvx__DivergenceKind)d->kind;
	m.arg = d->arg < 0 ? -1 : (uint8_t)d->arg;
	m.time_ns = d->time_ns;
	m.offset = d->offset;
	m.odd = d->odd;
	m.action = word(e, d->action);
	m.summary = text_cut(d->summary, SIDE_TEXT_BYTES);
	m.n_sides = d->n_sides;
	m.sides = list;
	record.body_case = MVX__RECORD__BODY_DIVERGENCE;
	record.divergence = &m;
	return pack(e, &record, err);
}

static int encode_trap(struct trace_encoder *e, const struct trace_trap *t, struct error *err)
{
	Mvx__Trap m = MVX__TRAP__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	m.step = t->step;
	m.task = t->task;
	m.kind = (Mvx__TrapKind)t->kind;
	m.time_ns = t->time_ns;
	m.value = t->value;
	m.extra = t->extra;
	m.ip = t->ip;
	m.leaf = t->leaf;
	m.subleaf = t->subleaf;
	record.body_case = MVX__RECORD__BODY_TRAP;
	record.trap = &m;
	return pack(e, &record, err);
}

static int encode_file_identity(struct trace_encoder *e, const struct trace_file_identity *f,
				struct error *err)
{
	Mvx__FileIdentity m = MVX__FILE_IDENTITY__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	m.path = text(f->path);
	m.device = f->device;
	m.inode = f->inode;
	m.size = f->size;
	m.mtime_ns = f->mtime_ns;
	m.hash = f->hash;
	m.reason = f->reason;
	m.task = f->task;
	record.body_case = MVX__RECORD__BODY_FILE_IDENTITY;
	record.file_identity = &m;
	return pack(e, &record, err);
}

static int encode_mark(struct trace_encoder *e, const struct trace_mark *mark, struct error *err)
{
	Mvx__Mark m = MVX__MARK__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	m.task = mark->task;
	m.time_ns = mark->time_ns;
	m.text = text(mark->text);
	record.body_case = MVX__RECORD__BODY_MARK;
	record.mark = &m;
	return pack(e, &record, err);
}

static int encode_end(struct trace_encoder *e, const struct trace_end *end, struct error *err)
{
	Mvx__End m = MVX__END__INIT;
	Mvx__Record record = MVX__RECORD__INIT;

	if (check_mask("end", end->variants, err))
		return -EINVAL;
	m.clean = end->clean;
	m.time_ns = end->time_ns;
	m.steps = end->steps;
	m.signals = end->signals;
	m.divergences = end->divergences;
	m.tasks = end->tasks;
	m.exit_status = end->exit_status;
	m.variants = end->variants;
	m.n_status = each_i32(e, &m.status, end->status, end->variants);
	record.body_case = MVX__RECORD__BODY_END;
	record.end = &m;
	return pack(e, &record, err);
}

int trace_encode(struct trace_encoder *e, const struct trace_record *record, struct error *err)
{
	if (record->kind == TRACE_STEP)
		return encode_step(e, &record->step, err);
	trace_arena_reset(&e->arena, SIZE_MAX / 2);
	switch (record->kind) {
	case TRACE_STEP: break;
	case TRACE_HEADER: return encode_header(e, &record->header, err);
	case TRACE_VARIANT_START: return encode_variant_start(e, &record->variant_start, err);
	case TRACE_TASK_START: return encode_task_start(e, &record->task_start, err);
	case TRACE_TASK_END: return encode_task_end(e, &record->task_end, err);
	case TRACE_SIGNAL: return encode_signal(e, &record->signal, err);
	case TRACE_DIVERGENCE: return encode_divergence(e, &record->divergence, err);
	case TRACE_TRAP: return encode_trap(e, &record->trap, err);
	case TRACE_FILE_IDENTITY: return encode_file_identity(e, &record->file_identity, err);
	case TRACE_MARK: return encode_mark(e, &record->mark, err);
	case TRACE_END: return encode_end(e, &record->end, err);
	}
	return error_set(err, -EINVAL, "there is no record of kind %d", (int)record->kind);
}
