/*
 * Decodes records. Steps are most of a trace and are read straight from wire
 * format; tests/unit/test_trace_codec.c proves that to be what protobuf-c
 * reads. All other kinds go through protobuf-c, whose allocator is the arena:
 * a hostile record meets its limit there.
 */
#include "schema/trace_decode.h"

#include <errno.h>
#include <string.h>

#include "schema/trace.pb-c.h"

void trace_decoder_init(struct trace_decoder *d)
{
	trace_arena_init(&d->arena, LIMIT_DECODE_BYTES);
}

void trace_decoder_finish(struct trace_decoder *d)
{
	trace_arena_finish(&d->arena);
}

/* Wire format. */

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct field {
	uint32_t number;
	uint32_t wire;
	uint64_t value;    /* varint and fixed */
	struct bytes body; /* WIRE_BYTES */
};

static inline uint64_t take_varint(struct bytes *b)
{
	if (b->left && b->at[0] < 0x80) {
		b->left--;
		return *b->at++;
	}
	return bytes_varint(b);
}

static inline bool take_field(struct bytes *b, struct field *f)
{
	uint64_t tag = take_varint(b);
	uint64_t length;

	f->number = (uint32_t)(tag >> 3);
	f->wire = tag & 7;
	f->value = 0;
	f->body = bytes_make(NULL, 0);
	switch (f->wire) {
	case WIRE_VARINT: f->value = take_varint(b); break;
	case WIRE_FIXED64: f->value = bytes_u64(b); break;
	case WIRE_FIXED32: f->value = bytes_u32(b); break;
	case WIRE_BYTES:
		length = take_varint(b);
		f->body = bytes_make(bytes_take(b, length), length);
		break;
	default: b->failed = true; break;
	}
	if (tag >> 32 || !f->number)
		b->failed = true;
	return !b->failed;
}

static inline int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static inline int32_t unzigzag32(uint64_t value)
{
	return (int32_t)((uint32_t)value >> 1) ^ -(int32_t)(value & 1);
}

/* An enumeration that C keeps in a byte: what does not fit becomes its largest, unknown, value. */
static inline uint8_t narrow_u8(uint64_t value)
{
	return value > 255 ? 255 : (uint8_t)value;
}

int trace_decode_split(struct bytes *content, struct bytes *body, int *kind, struct error *err)
{
	struct bytes message;
	struct field f;
	uint64_t length;

	*kind = 0;
	if (!content->left)
		return 0;
	length = take_varint(content);
	if (content->failed)
		return error_set(err, -EBADMSG, "a record without a length");
	/* Nothing is the shortest way to keep a reader busy: a frame of zeros packs well. */
	if (!length || length > LIMIT_RECORD_BYTES)
		return error_set(err, -EBADMSG, "a record of %llu bytes",
				 (unsigned long long)length);
	message = bytes_make(bytes_take(content, length), length);
	if (content->failed)
		return error_set(err, -EBADMSG, "a record longer than its frame");
	while (message.left) {
		if (!take_field(&message, &f)) {
			/* Its length is good: the caller goes on behind it. */
			*kind = 0;
			return 1;
		}
		if (f.wire == WIRE_BYTES && f.number >= TRACE_HEADER && f.number <= TRACE_END) {
			*kind = (int)f.number;
			*body = f.body;
		}
	}
	return 1;
}

/* Steps. */

/* Values of one repeated field, as they come. */
struct list {
	uint64_t *values;
	size_t count, capacity;
	bool too_many;
};

static void list_add(struct list *list, uint64_t value)
{
	if (list->count == list->capacity)
		list->too_many = true;
	else
		list->values[list->count++] = value;
}

/* A repeated field comes packed; protobuf wants single elements understood too. */
static void list_take(struct list *list, struct field *f, struct bytes *whole)
{
	if (f->wire == WIRE_VARINT)
		list_add(list, f->value);
	if (f->wire != WIRE_BYTES)
		return;
	while (f->body.left && !f->body.failed && !list->too_many)
		list_add(list, take_varint(&f->body));
	if (f->body.failed)
		whole->failed = true;
}

/*
 * Spreads "one each" values, count of them at the front of `values`, to the
 * variants of the mask: in place, from the last variant down, so that no value
 * is overwritten before it is read. False when the count does not fit the mask.
 */
static bool spread(uint64_t *values, size_t count, unsigned mask, size_t group)
{
	size_t variants = (size_t)__builtin_popcount(mask);
	size_t from;

	if (count != 0 && count != group && count != variants * group)
		return false;
	if (!count)
		memset(values, 0, group * sizeof(*values));
	for (from = variants; mask; mask ^= 1u << (31 - __builtin_clz(mask))) {
		size_t to = 31 - (size_t)__builtin_clz(mask);
		size_t source = count > group ? --from : 0;

		if (to != source)
			memcpy(values + to * group, values + source * group,
			       group * sizeof(*values));
	}
	return true;
}

static int take_buf(struct trace_decoder *d, struct trace_step *step, struct bytes body,
		    struct error *err)
{
	struct trace_buf *buf = &d->bufs[step->n_bufs];
	uint64_t arg = 0, mask = 0;
	struct field f;

	if (step->n_bufs == LIMIT_STEP_BUFS)
		return error_set(err, -EBADMSG, "a step with more than %d buffers",
				 LIMIT_STEP_BUFS);
	memset(buf, 0, sizeof(*buf));
	while (body.left) {
		if (!take_field(&body, &f))
			return error_set(err, -EBADMSG, "a damaged buffer");
		if (f.wire == WIRE_VARINT) {
			switch (f.number) {
			case 1: arg = (uint32_t)f.value; break;
			case 2: buf->direction = narrow_u8((uint32_t)f.value); break;
			case 3: buf->part = narrow_u8((uint32_t)f.value); break;
			case 4: buf->truncated = f.value != 0; break;
			case 5: mask = (uint32_t)f.value; break;
			case 6: buf->full_length = f.value; break;
			default: break;
			}
		} else if (f.number == 7 && f.wire == WIRE_FIXED64) {
			buf->hash = f.value;
		} else if (f.number == 8 && f.wire == WIRE_BYTES) {
			buf->data = (struct trace_blob){ f.body.at, f.body.left };
		}
	}
	if (arg >= 6)
		return error_set(err, -EBADMSG, "a buffer of argument %llu",
				 (unsigned long long)arg);
	if (mask >> LIMIT_VARIANTS)
		return error_set(err, -EBADMSG, "a buffer of variants %#llx",
				 (unsigned long long)mask);
	buf->arg = (uint8_t)arg;
	buf->variants = (uint32_t)mask;
	step->n_bufs++;
	return 0;
}

static void set_step_scalar(struct trace_step *step, const struct field *f)
{
	switch (f->number) {
	case 1: step->step = f->value; break;
	case 2: step->ticket = f->value; break;
	case 3: step->task_seq = f->value; break;
	case 4: step->task = (uint32_t)f->value; break;
	case 5: step->abi = (uint32_t)f->value; break;
	case 6: step->variants = (uint32_t)f->value; break;
	case 7: step->nr = unzigzag32(f->value); break;
	case 8: step->executed = narrow_u8((uint32_t)f->value); break;
	case 9: step->verdict = narrow_u8((uint32_t)f->value); break;
	case 10: step->policy = narrow_u8((uint32_t)f->value); break;
	case 11: step->no_result = f->value != 0; break;
	default: break;
	}
}

static void clear_step(struct trace_decoder *d, struct trace_step *step)
{
	/* Not the arrays: they are large, and only the mask's part of them counts. */
	step->step = step->ticket = step->task_seq = 0;
	step->task = step->abi = step->variants = 0;
	step->nr = 0;
	step->executed = step->verdict = step->policy = step->no_result = 0;
	step->bufs = d->bufs;
	step->n_bufs = 0;
}

static int decode_step(struct trace_decoder *d, struct bytes b, struct trace_step *step,
		       struct error *err)
{
	/* In the order of their fields, 12 to 15. */
	struct list lists[] = {
		{ .values = step->entry_ns, .capacity = LIMIT_VARIANTS },
		{ .values = step->exit_ns, .capacity = LIMIT_VARIANTS },
		{ .values = step->args[0], .capacity = LIMIT_VARIANTS * 6 },
		{ .values = (uint64_t *)step->result, .capacity = LIMIT_VARIANTS },
	};
	struct field f;
	int status;

	clear_step(d, step);
	while (b.left && take_field(&b, &f)) {
		if (f.number >= 12 && f.number <= 15) {
			list_take(&lists[f.number - 12], &f, &b);
		} else if (f.number == 16 && f.wire == WIRE_BYTES) {
			status = take_buf(d, step, f.body, err);
			if (status)
				return status;
		} else if (f.wire == WIRE_VARINT) {
			set_step_scalar(step, &f);
		}
	}
	if (b.failed)
		return error_set(err, -EBADMSG, "a damaged step");
	if (step->variants >> LIMIT_VARIANTS)
		return error_set(err, -EBADMSG, "a step of variants %#x", step->variants);
	for (size_t i = 0; i < lists[3].count; i++)
		step->result[i] = unzigzag((uint64_t)step->result[i]);
	for (unsigned i = 0; i < 4; i++)
		if (lists[i].too_many ||
		    !spread(lists[i].values, lists[i].count, step->variants, i == 2 ? 6 : 1))
			return error_set(err, -EBADMSG,
					 "a step with %zu%s values in field %u for variants %#x",
					 lists[i].count, lists[i].too_many ? " and more" : "",
					 i + 12, step->variants);
	return 0;
}

/* All other kinds: protobuf-c's structs to plain ones. */

/* One decoding: where memory comes from, and what went wrong first. */
struct conversion {
	struct trace_arena *arena;
	struct error *err;
	bool failed;
};

static void fail(struct conversion *c, const char *what, uint64_t value)
{
	if (!c->failed)
		error_set(c->err, -EBADMSG, "%s (%llu)", what, (unsigned long long)value);
	c->failed = true;
}

static void *take(struct conversion *c, size_t count, size_t size)
{
	void *memory = trace_arena_take(c->arena, count * size);

	if (!memory)
		fail(c, "a record needs more memory than the limit", LIMIT_DECODE_BYTES);
	return memory;
}

/* Counts come before the memory for their elements; 0 once anything failed. */
static size_t counted(struct conversion *c, const char *what, size_t count, size_t limit)
{
	if (count > limit)
		fail(c, what, count);
	return c->failed ? 0 : count;
}

static uint32_t masked(struct conversion *c, uint32_t mask)
{
	if (mask >> LIMIT_VARIANTS)
		fail(c, "a mask of variants beyond the limit", mask);
	return mask;
}

static struct trace_blob blob_of(ProtobufCBinaryData from)
{
	return (struct trace_blob){ .data = from.data, .length = from.len };
}

/* Text that came as bytes: ends at its first NUL, if there is one. */
static const char *text_of(struct conversion *c, ProtobufCBinaryData from)
{
	char *copy;

	if (from.len > LIMIT_TEXT_BYTES)
		fail(c, "a text too long", from.len);
	if (c->failed || !from.len)
		return "";
	copy = take(c, from.len + 1, 1);
	if (!copy)
		return "";
	memcpy(copy, from.data, from.len);
	copy[from.len] = 0;
	return copy;
}

static const char *word_of(struct conversion *c, const char *from)
{
	size_t length = from ? strnlen(from, LIMIT_WORD_BYTES + 1) : 0;

	if (length > LIMIT_WORD_BYTES)
		fail(c, "a word too long", length);
	return c->failed || !from ? "" : from;
}

static struct trace_blob *blobs_of(struct conversion *c, const ProtobufCBinaryData *from,
				   size_t count)
{
	struct trace_blob *list = take(c, count, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = blob_of(from[i]);
	return list;
}

static struct trace_name *names_of(struct conversion *c, Mvx__Name **from, size_t count)
{
	struct trace_name *list = take(c, count, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = (struct trace_name){ .number = from[i]->number,
					       .name = word_of(c, from[i]->name) };
	return list;
}

static struct trace_rlimit *rlimits_of(struct conversion *c, Mvx__Rlimit **from, size_t count)
{
	struct trace_rlimit *list = take(c, count, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = (struct trace_rlimit){ .resource = from[i]->resource,
						 .soft = from[i]->soft,
						 .hard = from[i]->hard };
	return list;
}

static struct trace_inherited_fd *fds_of(struct conversion *c, Mvx__InheritedFd **from,
					 size_t count)
{
	struct trace_inherited_fd *list = take(c, count, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = (struct trace_inherited_fd){ .fd = from[i]->fd,
						       .flags = from[i]->flags,
						       .fd_flags = from[i]->fd_flags,
						       .kind = word_of(c, from[i]->kind),
						       .path = text_of(c, from[i]->path),
						       .offset = from[i]->offset };
	return list;
}

static struct trace_derivation *derivations_of(struct conversion *c, Mvx__Derivation **from,
					       size_t count)
{
	struct trace_derivation *list = take(c, count, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		list[i] = (struct trace_derivation){ .how = word_of(c, from[i]->how),
						     .what = text_of(c, from[i]->what),
						     .of_hash = from[i]->of_hash,
						     .first_step = from[i]->first_step,
						     .last_step = from[i]->last_step };
	return list;
}

static void each_i32(struct conversion *c, int32_t *out, const int32_t *from, size_t count,
		     uint32_t mask)
{
	size_t variants = (size_t)__builtin_popcount(mask);
	size_t i = 0;

	memset(out, 0, LIMIT_VARIANTS * sizeof(*out));
	if (count != 0 && count != 1 && count != variants)
		fail(c, "values for other than the variants of the mask", count);
	for (; !c->failed && count && mask; mask &= mask - 1)
		out[__builtin_ctz(mask)] = from[count > 1 ? i++ : 0];
}

static void convert_header_host(struct conversion *c, struct trace_header *h, const Mvx__Header *m)
{
	h->kernel_release = text_of(c, m->kernel_release);
	h->kernel_version = text_of(c, m->kernel_version);
	h->machine = text_of(c, m->machine);
	h->hostname = text_of(c, m->hostname);
	h->cpu_model = text_of(c, m->cpu_model);
	h->cpu_count = m->cpu_count;
	h->page_bytes = m->page_bytes;
	h->clock_ticks = m->clock_ticks;
	h->n_syscalls = counted(c, "too many system call names", m->n_syscalls, LIMIT_RECORD_LIST);
	h->syscalls = names_of(c, m->syscalls, h->n_syscalls);
	h->n_errnos = counted(c, "too many errno names", m->n_errnos, LIMIT_RECORD_LIST);
	h->errnos = names_of(c, m->errnos, h->n_errnos);
	h->n_signals = counted(c, "too many signal names", m->n_signals, LIMIT_RECORD_LIST);
	h->signals = names_of(c, m->signals, h->n_signals);
}

static void convert_header_start(struct conversion *c, struct trace_header *h, const Mvx__Header *m)
{
	h->cwd = text_of(c, m->cwd);
	h->umask = m->umask;
	h->uid = m->uid;
	h->euid = m->euid;
	h->gid = m->gid;
	h->egid = m->egid;
	h->n_groups = counted(c, "too many groups", m->n_groups, LIMIT_RECORD_LIST);
	h->groups = m->groups;
	h->n_rlimits = counted(c, "too many resource limits", m->n_rlimits, LIMIT_RECORD_LIST);
	h->rlimits = rlimits_of(c, m->rlimits, h->n_rlimits);
	h->signal_mask = m->signal_mask;
	h->signal_ignored = m->signal_ignored;
	h->personality = m->personality;
	h->n_fds = counted(c, "too many inherited descriptors", m->n_fds, LIMIT_RECORD_LIST);
	h->fds = fds_of(c, m->fds, h->n_fds);
	h->n_environment = counted(c, "too many environment strings", m->n_environment,
				   LIMIT_EXEC_STRINGS);
	h->environment = blobs_of(c, m->environment, h->n_environment);
	h->n_derived = counted(c, "too many derivations", m->n_derived, LIMIT_RECORD_LIST);
	h->derived = derivations_of(c, m->derived, h->n_derived);
}

static void convert_header(struct conversion *c, struct trace_header *h, const Mvx__Header *m)
{
	h->trace_id = blob_of(m->trace_id);
	h->descriptor_set = blob_of(m->descriptor_set);
	h->monitor_version = word_of(c, m->monitor_version);
	h->n_options = counted(c, "too many options", m->n_options, LIMIT_EXEC_STRINGS);
	h->options = blobs_of(c, m->options, h->n_options);
	h->start_wall_ns = m->start_wall_ns;
	h->variants = m->variants;
	if (m->variants > LIMIT_VARIANTS)
		fail(c, "too many variants", m->variants);
	h->payload_mode = (uint32_t)m->payload_mode;
	h->payload_head_bytes = m->payload_head_bytes;
	convert_header_host(c, h, m);
	convert_header_start(c, h, m);
}

static void convert_variant_start(struct conversion *c, struct trace_variant_start *v,
				  const Mvx__VariantStart *m)
{
	v->variant = m->variant;
	if (m->variant >= LIMIT_VARIANTS)
		fail(c, "a variant beyond the limit", m->variant);
	v->pid = m->pid;
	v->n_argv = counted(c, "too many arguments", m->n_argv, LIMIT_EXEC_STRINGS);
	v->argv = blobs_of(c, m->argv, v->n_argv);
	v->path = text_of(c, m->path);
	v->build_id = blob_of(m->build_id);
	v->size = m->size;
	v->hash = m->hash;
	v->layout = word_of(c, m->layout);
	v->auxv = blob_of(m->auxv);
	v->at_random = blob_of(m->at_random);
}

static void convert_task_start(struct conversion *c, struct trace_task_start *t,
			       const Mvx__TaskStart *m)
{
	t->task = m->task;
	t->parent = m->parent;
	t->label = word_of(c, m->label);
	t->time_ns = m->time_ns;
	t->clone_flags = m->clone_flags;
	t->variants = masked(c, m->variants);
	each_i32(c, t->pid, m->pid, m->n_pid, m->variants);
	each_i32(c, t->tid, m->tid, m->n_tid, m->variants);
}

static void convert_task_end(struct conversion *c, struct trace_task_end *t, const Mvx__TaskEnd *m)
{
	t->task = m->task;
	t->time_ns = m->time_ns;
	t->variants = masked(c, m->variants);
	each_i32(c, t->status, m->status, m->n_status, m->variants);
}

static void convert_signal(struct conversion *c, struct trace_signal *s, const Mvx__Signal *m)
{
	size_t i = 0;

	s->step = m->step;
	s->task = m->task;
	s->signo = m->signo;
	s->code = m->code;
	s->sender_pid = m->sender_pid;
	s->sender_uid = m->sender_uid;
	s->had_it = masked(c, m->had_it);
	s->decision = narrow_u8((uint32_t)m->decision);
	s->shared = m->shared != 0;
	s->first_ns = m->first_ns;
	s->delivered_ns = m->delivered_ns;
	s->wait_iterations = m->wait_iterations;
	s->retries = m->retries;
	s->listed = masked(c, m->listed);
	s->skipped = masked(c, m->skipped);
	s->sent = masked(c, m->sent);
	memset(s->had_ns, 0, sizeof(s->had_ns));
	if (m->n_had_ns != 0 && m->n_had_ns != (size_t)__builtin_popcount(s->had_it))
		fail(c, "arrivals for other than the variants of the mask", m->n_had_ns);
	for (uint32_t mask = s->had_it; !c->failed && m->n_had_ns && mask; mask &= mask - 1)
		s->had_ns[__builtin_ctz(mask)] = m->had_ns[i++];
	s->siginfo = blob_of(m->siginfo);
}

static void convert_side(struct conversion *c, struct trace_divergence_side *side,
			 const Mvx__DivergenceSide *m)
{
	if (m->variant >= LIMIT_VARIANTS)
		fail(c, "a variant beyond the limit", m->variant);
	if (m->n_args != 0 && m->n_args != 6)
		fail(c, "other than six arguments", m->n_args);
	*side = (struct trace_divergence_side){
		.variant = m->variant,
		.arrived = narrow_u8((uint32_t)m->arrived),
		.nr = m->nr,
		.signo = m->signo,
		.status = m->status,
		.ip = m->ip,
		.sp = m->sp,
		.location = text_of(c, m->location),
		.text = text_of(c, m->text),
		.registers = blob_of(m->registers),
		.data = blob_of(m->data),
		.maps = text_of(c, m->maps),
		.n_frames = counted(c, "too many program counters", m->n_frames, LIMIT_RECORD_LIST),
		.frames = m->frames,
	};
	if (m->n_args == 6)
		memcpy(side->args, m->args, sizeof(side->args));
}

static void convert_divergence(struct conversion *c, struct trace_divergence *d,
			       const Mvx__Divergence *m)
{
	d->step = m->step;
	d->task = m->task;
	d->kind = narrow_u8((uint32_t)m->kind);
	if (m->arg < -1 || m->arg >= 6)
		fail(c, "an argument that no call has", (uint32_t)m->arg);
	d->arg = c->failed ? -1 : (int8_t)m->arg;
	d->time_ns = m->time_ns;
	d->offset = m->offset;
	d->odd = masked(c, m->odd);
	d->action = word_of(c, m->action);
	d->summary = text_of(c, m->summary);
	d->n_sides = counted(c, "too many sides", m->n_sides, LIMIT_VARIANTS);
	d->sides = take(c, d->n_sides, sizeof(*d->sides));
	for (size_t i = 0; d->sides && i < d->n_sides; i++)
		convert_side(c, &d->sides[i], m->sides[i]);
}

static void convert_trap(struct trace_trap *t, const Mvx__Trap *m)
{
	t->step = m->step;
	t->task = m->task;
	t->kind = narrow_u8((uint32_t)m->kind);
	t->time_ns = m->time_ns;
	t->value = m->value;
	t->extra = m->extra;
	t->ip = m->ip;
	t->leaf = m->leaf;
	t->subleaf = m->subleaf;
}

static void convert_file_identity(struct conversion *c, struct trace_file_identity *f,
				  const Mvx__FileIdentity *m)
{
	f->path = text_of(c, m->path);
	f->device = m->device;
	f->inode = m->inode;
	f->size = m->size;
	f->mtime_ns = m->mtime_ns;
	f->hash = m->hash;
	f->reason = m->reason;
	f->task = m->task;
}

static void convert_mark(struct conversion *c, struct trace_mark *mark, const Mvx__Mark *m)
{
	mark->task = m->task;
	mark->time_ns = m->time_ns;
	mark->text = text_of(c, m->text);
}

static void convert_end(struct conversion *c, struct trace_end *end, const Mvx__End *m)
{
	end->clean = m->clean;
	end->time_ns = m->time_ns;
	end->steps = m->steps;
	end->signals = m->signals;
	end->divergences = m->divergences;
	end->tasks = m->tasks;
	end->exit_status = m->exit_status;
	end->variants = masked(c, m->variants);
	each_i32(c, end->status, m->status, m->n_status, m->variants);
}

static void *arena_alloc(void *arena, size_t bytes)
{
	return trace_arena_take(arena, bytes);
}

static void arena_free(void *arena, void *memory)
{
}

static const ProtobufCMessageDescriptor *const descriptors[] = {
	[TRACE_HEADER] = &mvx__header__descriptor,
	[TRACE_VARIANT_START] = &mvx__variant_start__descriptor,
	[TRACE_TASK_START] = &mvx__task_start__descriptor,
	[TRACE_TASK_END] = &mvx__task_end__descriptor,
	[TRACE_SIGNAL] = &mvx__signal__descriptor,
	[TRACE_DIVERGENCE] = &mvx__divergence__descriptor,
	[TRACE_TRAP] = &mvx__trap__descriptor,
	[TRACE_FILE_IDENTITY] = &mvx__file_identity__descriptor,
	[TRACE_MARK] = &mvx__mark__descriptor,
	[TRACE_END] = &mvx__end__descriptor,
};

static void convert(struct conversion *c, struct trace_record *out, const ProtobufCMessage *m)
{
	switch (out->kind) {
	case TRACE_STEP: break;
	case TRACE_HEADER: convert_header(c, &out->header, (const Mvx__Header *)m); break;
	case TRACE_VARIANT_START:
		convert_variant_start(c, &out->variant_start, (const Mvx__VariantStart *)m);
		break;
	case TRACE_TASK_START:
		convert_task_start(c, &out->task_start, (const Mvx__TaskStart *)m);
		break;
	case TRACE_TASK_END: convert_task_end(c, &out->task_end, (const Mvx__TaskEnd *)m); break;
	case TRACE_SIGNAL: convert_signal(c, &out->signal, (const Mvx__Signal *)m); break;
	case TRACE_DIVERGENCE:
		convert_divergence(c, &out->divergence, (const Mvx__Divergence *)m);
		break;
	case TRACE_TRAP: convert_trap(&out->trap, (const Mvx__Trap *)m); break;
	case TRACE_FILE_IDENTITY:
		convert_file_identity(c, &out->file_identity, (const Mvx__FileIdentity *)m);
		break;
	case TRACE_MARK: convert_mark(c, &out->mark, (const Mvx__Mark *)m); break;
	case TRACE_END: convert_end(c, &out->end, (const Mvx__End *)m); break;
	}
}

int trace_decode_body(struct trace_decoder *d, int kind, struct bytes body,
		      struct trace_record *out, struct error *err)
{
	ProtobufCAllocator allocator = { arena_alloc, arena_free, &d->arena };
	struct conversion c = { .arena = &d->arena, .err = err };
	ProtobufCMessage *message;

	if (kind < TRACE_HEADER || kind > TRACE_END)
		return error_set(err, -EBADMSG, "a record of unknown kind %d", kind);
	out->kind = (enum trace_record_kind)kind;
	if (kind == TRACE_STEP)
		return decode_step(d, body, &out->step, err);
	trace_arena_reset(&d->arena, LIMIT_DECODE_BYTES);
	message = protobuf_c_message_unpack(descriptors[kind], &allocator, body.left, body.at);
	if (!message)
		return error_set(err, -EBADMSG, "a damaged record of kind %d", kind);
	convert(&c, out, message);
	return c.failed ? -EBADMSG : 0;
}
