/* What one walk leaves for a report; see report_watch.h. */
#include "analysis/report_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "analysis/transfer.h"
#include "base/alloc.h"
#include "schema/syscall_args.h"
#include "schema/syscall_numbers.h"

/* reads that are one input: bytes and number of them all, steps from one to the next */
#define JOINED_BYTES 4096
#define JOINED_READS 256
#define JOINED_STEPS 16

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- lists of steps ---- */

static void steps_add(struct report_steps *steps, uint64_t step)
{
	if (steps->count < REPORT_NOTED)
		steps->first[steps->count] = step;
	steps->last[steps->count % REPORT_NOTED] = step;
	steps->count++;
}

uint64_t report_steps_at(const struct report_steps *steps, size_t place, uint64_t *gap)
{
	uint64_t left_out = steps->count > 2 * REPORT_NOTED ? steps->count - 2 * REPORT_NOTED : 0;

	*gap = place == REPORT_NOTED ? left_out : 0;
	if (place < REPORT_NOTED)
		return place < steps->count ? steps->first[place] : 0;
	if (place + left_out >= steps->count)
		return 0;
	return steps->last[(place + left_out) % REPORT_NOTED];
}

/* ---- calls worth showing ---- */

static bool opens_to_write(const struct trace_step *step)
{
	const uint64_t *args = step->args[0];
	const uint64_t writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

	switch (step->nr) {
	case __NR_creat: return true;
	case __NR_open: return args[1] & writes;
	case __NR_openat: return args[2] & writes;
	default: return false;
	}
}

/* Names and attributes; openat2's flags lie in memory, so it counts with what it may do. */
static bool changes_files(const struct syscall_row *row, const struct trace_step *step)
{
	if (row->family == FAMILY_OPEN && step->nr != __NR_openat2)
		return opens_to_write(step);
	if (step->nr == __NR_openat2)
		return true;
	return row->level == LEVEL_FILE && (row->effects & EFFECT_OUTSIDE) &&
	       !(row->effects & EFFECT_FD);
}

static bool is_shared_memory(const struct trace_step *step)
{
	const uint64_t *args = step->args[0];
	uint64_t type = args[3] & (MAP_SHARED | MAP_PRIVATE);

	return step->nr == __NR_shmat ||
	       (step->nr == __NR_mmap && type != MAP_PRIVATE && !(args[3] & MAP_ANONYMOUS));
}

static bool makes_executable(const struct trace_step *step)
{
	const uint64_t *args = step->args[0];

	switch (step->nr) {
	case __NR_mmap: return args[2] & PROT_EXEC && args[3] & MAP_ANONYMOUS;
	case __NR_mprotect:
	case __NR_pkey_mprotect: return args[2] & PROT_EXEC;
	case __NR_shmat: return args[2] & SHM_EXEC;
	default: return false;
	}
}

static bool is_connection(const struct trace_step *step)
{
	switch (step->nr) {
	case __NR_connect:
	case __NR_bind:
	case __NR_listen:
	case __NR_accept:
	case __NR_accept4: return true;
	/* without an address they are like write and read */
	case __NR_sendto:
	case __NR_recvfrom: return step->args[0][4];
	default: return false;
	}
}

/* execve only may change them, and prlimit64 without new limits asks. */
static bool changes_credentials(const struct syscall_row *row, const struct trace_step *step)
{
	return row->effects & EFFECT_CRED && row->family != FAMILY_EXEC &&
	       (step->nr != __NR_prlimit64 || step->args[0][2]);
}

/* Numbers that differ; addresses and what is not compared anyway do so without meaning. */
static bool results_differ(const struct syscall_row *row, const struct trace_step *step)
{
	if (row->result == RESULT_ADDRESS || row->run == RUN_LOCAL ||
	    step->verdict == VERDICT_DIVERGED)
		return false;
	for (unsigned v = 1; v < LIMIT_VARIANTS; v++)
		if (step->variants & 1u << v && step->result[v] != step->result[0])
			return true;
	return false;
}

static void note_call(struct report_watch *w, const struct trace_step *step)
{
	const struct syscall_row *row = step->abi ? NULL : syscall_row_find(step->nr);
	int error = step->no_result ? 0 : result_errno(step->result[0]);

	if (step->verdict == VERDICT_REFUSED || step->verdict == VERDICT_UNSUPPORTED)
		steps_add(&w->noted[NOTED_REFUSED], step->step);
	if (!row || !(step->variants & 1u))
		return;
	/* names that are not there are those of a search along PATH */
	if (row->family == FAMILY_EXEC && error != ENOENT)
		steps_add(&w->noted[NOTED_EXEC], step->step);
	if (is_connection(step))
		steps_add(&w->noted[NOTED_NETWORK], step->step);
	if (step->no_result)
		return;
	if (results_differ(row, step))
		steps_add(&w->noted[NOTED_UNEQUAL], step->step);
	if (error)
		return;
	if (is_shared_memory(step))
		steps_add(&w->noted[NOTED_SHARED], step->step);
	if (makes_executable(step))
		steps_add(&w->noted[NOTED_EXECUTABLE], step->step);
	if (changes_credentials(row, step))
		steps_add(&w->noted[NOTED_CREDENTIALS], step->step);
	if (changes_files(row, step))
		steps_add(&w->noted[NOTED_WRITTEN], step->step);
}

/* ---- what came in ---- */

static void copy_name(char to[REPORT_NAME_BYTES], const char *name)
{
	size_t length = name ? strnlen(name, REPORT_NAME_BYTES - 1) : 0;

	if (length)
		memcpy(to, name, length);
	to[length] = '\0';
}

/* The last input when this one goes on with it, else a new one. */
static struct report_input *input_get(struct report_watch *w, const struct report_input *next)
{
	struct report_input *last = &w->inputs[(w->n_inputs - 1) % LENGTH(w->inputs)];

	if (w->n_inputs && next->file && last->file == next->file && last->task == next->task &&
	    last->fd == next->fd && next->step - last->step <= JOINED_STEPS &&
	    last->reads < JOINED_READS && last->bytes + next->bytes <= JOINED_BYTES)
		return last;
	last = &w->inputs[w->n_inputs++ % LENGTH(w->inputs)];
	*last = *next;
	last->bytes = 0;
	last->reads = 0;
	return last;
}

static void add_input(struct report_watch *w, const struct trace_step *step,
		      const struct transfer *transfer, const struct open_file *file)
{
	struct report_input next = { .first = step->step,
				     .step = step->step,
				     .bytes = transfer->bytes,
				     .file = file ? file->number : 0,
				     .task = step->task,
				     .fd = transfer->fd,
				     .inherited = file && file->inherited,
				     .is_received = file && file->is_received };
	struct report_input *input = input_get(w, &next);

	input->step = step->step;
	input->bytes += transfer->bytes;
	if (!input->reads++)
		copy_name(input->name, file ? file->name : NULL);
}

static void note_input(struct report_watch *w, const struct trace_step *step,
		       struct descriptors *files)
{
	unsigned v = mask_variant(step->variants, 0);
	struct transfer transfers[TRANSFERS_MAX];
	size_t count = v < LIMIT_VARIANTS ? transfers_get(step, v, transfers) : 0;

	for (size_t i = 0; i < count; i++)
		if (transfers[i].direction == TRANSFER_READ)
			add_input(w, step, &transfers[i],
				  descriptors_find(files, step->task, transfers[i].fd));
}

/* ---- signals ---- */

static void count_delay(struct report_signal_kind *kind, uint64_t ns)
{
	size_t at = 0;

	for (uint64_t bound = 1000; at + 1 < REPORT_DELAYS && ns >= bound; bound *= 10)
		at++;
	kind->delays[at]++;
	kind->delivered++;
	kind->total_ns += ns < UINT64_MAX - kind->total_ns ? ns : UINT64_MAX - kind->total_ns;
	if (ns > kind->longest_ns)
		kind->longest_ns = ns;
}

static void take_signal(struct report_watch *w, const struct trace_signal *s)
{
	struct report_signal_kind *kind =
		&w->signal_kinds[s->signo <= REPORT_SIGNALS_MAX ? s->signo : 0];
	struct report_signal signal = { .step = s->step,
					.task = s->task,
					.signo = s->signo,
					.had_it = s->had_it,
					.sender_pid = s->sender_pid,
					.decision = s->decision,
					.first_ns = s->first_ns,
					.delivered_ns = s->delivered_ns };

	kind->count++;
	if (s->delivered_ns && s->delivered_ns >= s->first_ns)
		count_delay(kind, s->delivered_ns - s->first_ns);
	if (w->n_signals < REPORT_SIGNALS)
		w->signals[w->n_signals] = signal;
	w->last_signals[w->n_signals % LENGTH(w->last_signals)] = signal;
	w->n_signals++;
}

/* ---- at a divergence ---- */

static void keep_inputs(const struct report_watch *w, struct report_divergence *d)
{
	for (uint64_t back = 1; back <= LENGTH(w->inputs) && back <= w->n_inputs; back++) {
		const struct report_input *input =
			&w->inputs[(w->n_inputs - back) % LENGTH(w->inputs)];

		if (input->step < d->step && d->n_inputs < REPORT_INPUTS)
			d->inputs[d->n_inputs++] = *input;
	}
}

static void keep_previous_step(const struct report_watch *w, struct report_divergence *d)
{
	for (size_t i = 0; i < LENGTH(w->last_steps); i++)
		if (w->last_steps[i].task == d->task && w->last_steps[i].step < d->step &&
		    w->last_steps[i].step > d->previous_step)
			d->previous_step = w->last_steps[i].step;
}

static void keep_signals(const struct report_watch *w, struct report_divergence *d)
{
	for (uint64_t back = 1; back <= LENGTH(w->last_signals) && back <= w->n_signals; back++) {
		const struct report_signal *s =
			&w->last_signals[(w->n_signals - back) % LENGTH(w->last_signals)];

		if (s->task == d->task && s->step > d->previous_step && s->step <= d->step &&
		    d->n_signals < LENGTH(d->signals))
			d->signals[d->n_signals++] = *s;
	}
}

static void keep_files(struct report_divergence *d, struct descriptors *files)
{
	const struct open_file *file;
	size_t place = 0;
	int32_t fd = 0;

	d->files = alloc_zeroed(REPORT_FILES, sizeof(*d->files));
	for (; (file = descriptors_at(files, d->task, place, &fd)); place++) {
		struct report_file *kept = &d->files[d->n_files];

		if (d->n_files == REPORT_FILES) {
			d->files_left++;
			continue;
		}
		kept->fd = fd;
		kept->step = file->step;
		kept->inherited = file->inherited;
		kept->is_received = file->is_received;
		copy_name(kept->name, file->name);
		d->n_files++;
	}
}

static void take_divergence(struct report_watch *w, const struct trace_divergence *record,
			    struct descriptors *files)
{
	struct report_divergence *d = &w->divergences[w->n_divergences];

	w->all_divergences++;
	if (w->n_divergences == REPORT_DIVERGENCES)
		return;
	w->n_divergences++;
	d->number = w->all_divergences;
	d->step = record->step;
	d->task = record->task;
	keep_inputs(w, d);
	keep_previous_step(w, d);
	keep_signals(w, d);
	keep_files(d, files);
	for (size_t i = 0; i < NOTED_COUNT; i++)
		d->noted[i] = w->noted[i].count;
}

/* ---- */

static void take_step(struct report_watch *w, const struct trace_step *step,
		      struct descriptors *files)
{
	size_t at = w->steps++ % LENGTH(w->last_steps);

	w->last_steps[at].step = step->step;
	w->last_steps[at].task = step->task;
	w->verdicts[step->verdict < VERDICT_NAMES ? step->verdict : 0]++;
	note_call(w, step);
	note_input(w, step, files);
}

void report_watch_take(struct report_watch *w, const struct trace_record *record,
		       struct descriptors *files)
{
	switch (record->kind) {
	case TRACE_STEP: take_step(w, &record->step, files); break;
	case TRACE_SIGNAL: take_signal(w, &record->signal); break;
	case TRACE_DIVERGENCE: take_divergence(w, &record->divergence, files); break;
	case TRACE_TRAP:
		w->traps[record->trap.kind < TRAP_KIND_NAMES ? record->trap.kind : 0]++;
		break;
	case TRACE_MARK: w->marks++; break;
	case TRACE_TASK_START:
	case TRACE_TASK_END:
	case TRACE_HEADER:
	case TRACE_VARIANT_START:
	case TRACE_FILE_IDENTITY:
	case TRACE_END: break;
	}
}

void report_watch_finish(struct report_watch *w)
{
	for (size_t i = 0; i < w->n_divergences; i++)
		free(w->divergences[i].files);
	*w = (struct report_watch){ 0 };
}
