/*
 * Writes traces for tests and benchmarks, without a monitor: as many steps as
 * asked for, of several tasks and variants, with what may go wrong. The same
 * options give the same bytes, times and identities included.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/error.h"
#include "schema/syscall_model.h"
#include "schema/syscall_names.h"
#include "schema/trace_writer.h"

#define STEP_NS    1500
#define TEXT_BYTES 1024
/* Clears the screen, sets the title, turns the writing direction, is not UTF-8, ends lines, is HTML. */
#define HOSTILE                                \
	"a\033[2J\033]0;owned\007\xe2\x80\xae" \
	"gpj.exe\xff\xc2\x9b"                  \
	"31m\n\t\"\\|<b>"                      \
	"</code><script>alert(1)</script>]]>&lt;'"

struct settings {
	uint64_t steps, diverge_every, signal_every;
	unsigned tasks, variants;
	bool no_end, buffers;
	const char *hostile; /* what stands wherever a text may be anybody's; NULL for plain ones */
	bool hostile_labels;
	const char *path;
};

static const char usage[] =
	"usage: make_trace -o FILE [-n STEPS] [-t TASKS] [-v VARIANTS] [-d EVERY] [-s EVERY] [-b] [-x] [-X TEXT] [-u]\n"
	"  -d, -s  a divergence, a signal, at every so many steps (0: none)\n"
	"  -b      with buffers; -x hostile strings; -u unfinished: no end\n"
	"  -X      TEXT wherever a text may be anybody's, also as the name of the second task\n";

static int parse(struct settings *s, int argc, char **argv)
{
	int c;

	*s = (struct settings){ .steps = 100, .tasks = 1, .variants = 2 };
	while ((c = getopt(argc, argv, "o:n:t:v:d:s:bxX:u")) != -1) {
		switch (c) {
		case 'o': s->path = optarg; break;
		case 'n': s->steps = strtoull(optarg, NULL, 10); break;
		case 't': s->tasks = (unsigned)atoi(optarg); break;
		case 'v': s->variants = (unsigned)atoi(optarg); break;
		case 'd': s->diverge_every = strtoull(optarg, NULL, 10); break;
		case 's': s->signal_every = strtoull(optarg, NULL, 10); break;
		case 'b': s->buffers = true; break;
		case 'x': s->hostile = HOSTILE; break;
		case 'X':
			s->hostile = optarg;
			s->hostile_labels = true;
			break;
		case 'u': s->no_end = true; break;
		default: return -EINVAL;
		}
	}
	if (!s->path || s->variants < 1 || s->variants > LIMIT_VARIANTS || s->tasks < 1)
		return -EINVAL;
	return 0;
}

static struct trace_blob blob(const char *text)
{
	return (struct trace_blob){ .data = (const uint8_t *)text, .length = strlen(text) };
}

/* The hostile text behind `before`, else `plain`; into `room`. */
static const char *text_of(const struct settings *s, const char *before, const char *plain,
			   char room[TEXT_BYTES])
{
	if (!s->hostile)
		return plain;
	snprintf(room, TEXT_BYTES, "%s%s", before, s->hostile);
	return room;
}

static int add(struct trace_writer *w, const struct trace_record *record, struct error *err)
{
	return trace_writer_add(w, record, err);
}

static size_t name_syscalls(struct trace_name *names)
{
	size_t n = 0;

	for (int nr = 0; nr < SYSCALL_LIMIT; nr++)
		if (syscall_row_find(nr))
			names[n++] = (struct trace_name){ .number = nr,
							  .name = syscall_row_find(nr)->name };
	return n;
}

static int add_header(struct trace_writer *w, const struct settings *s, struct error *err)
{
	static struct trace_name syscalls[SYSCALL_LIMIT], errnos[256], signals[65];
	struct trace_blob options[] = { blob("-n"), blob("2") };
	char evil[TEXT_BYTES];
	struct trace_blob environment[] = { blob("PATH=/bin"),
					    blob(text_of(s, "EVIL=", "TERM=dumb", evil)) };
	struct trace_record record = { .kind = TRACE_HEADER };
	struct trace_header *h = &record.header;

	for (int i = 1; i < 256; i++)
		if (errno_name_find(i))
			errnos[h->n_errnos++] = (struct trace_name){ i, errno_name_find(i) };
	for (int i = 1; i < 65; i++)
		if (signal_name_find(i))
			signals[h->n_signals++] = (struct trace_name){ i, signal_name_find(i) };
	h->n_syscalls = name_syscalls(syscalls);
	h->syscalls = syscalls;
	h->errnos = errnos;
	h->signals = signals;
	h->trace_id = (struct trace_blob){ (const uint8_t *)"0123456789abcdef", 16 };
	h->monitor_version = "0.1.0";
	h->options = options;
	h->n_options = 2;
	h->start_wall_ns = UINT64_C(1700000000000000000);
	h->variants = s->variants;
	h->payload_mode = PAYLOAD_FULL;
	h->kernel_release = "6.1.0";
	h->kernel_version = "#1 SMP";
	h->machine = "x86_64";
	h->hostname = s->hostile ? s->hostile : "testhost";
	h->cpu_model = "Test CPU";
	h->cpu_count = 2;
	h->page_bytes = 4096;
	h->clock_ticks = 100;
	h->cwd = "/home/test";
	h->umask = 022;
	h->environment = environment;
	h->n_environment = 2;
	return add(w, &record, err);
}

static int add_variants(struct trace_writer *w, const struct settings *s, struct error *err)
{
	struct trace_blob argv[] = { blob("/bin/test program"), blob("--flag"),
				     blob(s->hostile ? s->hostile : "it's") };
	int ret = 0;

	for (unsigned v = 0; ret == 0 && v < s->variants; v++) {
		struct trace_record record = { .kind = TRACE_VARIANT_START };

		record.variant_start = (struct trace_variant_start){
			.variant = v,
			.pid = 1000 + (int)v,
			.argv = argv,
			.n_argv = 3,
			.path = "/bin/test",
			.build_id = { (const uint8_t *)"\xde\xad\xbe\xef", 4 },
			.size = 4711,
			.hash = 0x1234567890abcdef,
			.layout = "independent",
		};
		ret = add(w, &record, err);
	}
	return ret;
}

static uint32_t all_variants(const struct settings *s)
{
	return (1u << s->variants) - 1;
}

static int add_task_start(struct trace_writer *w, const struct settings *s, unsigned task,
			  struct error *err)
{
	struct trace_record record = { .kind = TRACE_TASK_START };
	char label[TEXT_BYTES];

	if (s->hostile_labels && task == 2)
		snprintf(label, sizeof(label), "%s", s->hostile);
	else
		snprintf(label, sizeof(label), "P0.T%u", task - 1);
	record.task_start = (struct trace_task_start){ .task = task,
						       .parent = task > 1,
						       .label = label,
						       .time_ns = task,
						       .variants = all_variants(s) };
	for (unsigned v = 0; v < s->variants; v++) {
		record.task_start.pid[v] = 1000 + (int)v;
		record.task_start.tid[v] = 1000 + (int)v + 100 * (int)(task - 1);
	}
	return add(w, &record, err);
}

static int add_task_end(struct trace_writer *w, const struct settings *s, unsigned task,
			struct error *err)
{
	struct trace_record record = { .kind = TRACE_TASK_END };

	record.task_end = (struct trace_task_end){ .task = task,
						   .variants = all_variants(s),
						   .time_ns = (s->steps + 2) * STEP_NS };
	return add(w, &record, err);
}

static int add_signal(struct trace_writer *w, const struct settings *s, uint64_t step,
		      struct error *err)
{
	struct trace_record record = { .kind = TRACE_SIGNAL };

	record.signal = (struct trace_signal){ .step = step,
					       .task = 1,
					       .signo = SIGALRM,
					       .code = 128,
					       .had_it = all_variants(s),
					       .decision = SIGNAL_DELIVERED,
					       .shared = 1,
					       .first_ns = step * STEP_NS - 900,
					       .delivered_ns = step * STEP_NS - 400 };
	return add(w, &record, err);
}

static int add_divergence(struct trace_writer *w, const struct settings *s, uint64_t step,
			  struct error *err)
{
	struct trace_divergence_side sides[LIMIT_VARIANTS] = { 0 };
	struct trace_record record = { .kind = TRACE_DIVERGENCE };
	uint64_t frames[] = { 0x401000, 0x401234 };
	char call[TEXT_BYTES], summary[TEXT_BYTES], location[TEXT_BYTES];

	for (unsigned v = 0; v < s->variants; v++)
		sides[v] = (struct trace_divergence_side){
			.variant = v,
			.arrived = ARRIVED_CALL,
			.nr = SYS_write,
			.args = { 1, 0x7f00 + v, 5 },
			.ip = 0xffffffffff600000 + v,
			.sp = 0x7ffc0000,
			.location = text_of(s, "", "test+0x1234", location),
			.text = v ? text_of(s, "write(1, ", "write(1, \"hellX\", 5)", call) :
				    "write(1, \"hello\", 5)",
			.data = blob(v ? "hellX" : "hello"),
			.maps = "00400000-00401000 r-xp\n",
			.frames = frames,
			.n_frames = 2,
		};
	record.divergence = (struct trace_divergence){
		.step = step,
		.task = 1,
		.kind = DIVERGENCE_BUFFER,
		.arg = 1,
		.time_ns = step * STEP_NS + 700,
		.offset = 4,
		.odd = all_variants(s) & ~1u,
		.action = "killed",
		.summary = text_of(s, "wrote ", "variant 1 wrote other bytes", summary),
		.sides = sides,
		.n_sides = s->variants,
	};
	return add(w, &record, err);
}

/* A handful of calls in turn, as a program that copies a file makes them. */
static void fill_call(struct trace_step *step, struct trace_buf *bufs, const struct settings *s,
		      uint64_t n)
{
	static const char data[] = "hello\n";
	static char room[TEXT_BYTES]; /* stays: the step points to it */
	const char *name = text_of(s, s->hostile_labels ? "" : "/tmp/", "/etc/passwd", room);
	size_t name_length = strlen(name) + 1;
	static const struct {
		int nr;
		uint64_t args[6];
		int64_t result;
	} calls[] = {
		{ SYS_openat, { (uint64_t)AT_FDCWD, 0x1000, O_RDONLY | O_CLOEXEC }, 3 },
		{ SYS_read, { 3, 0x2000, 4096 }, 6 },
		{ SYS_write, { 1, 0x2000, 6 }, 6 },
		{ SYS_openat, { (uint64_t)AT_FDCWD, 0x1000, O_RDONLY }, -ENOENT },
		{ SYS_getpid, { 0 }, 1000 },
		{ SYS_mmap, { 0, 4096, 3, 0x22, (uint64_t)-1, 0 }, 0x7f0000000000 },
		{ SYS_close, { 3 }, 0 },
	};
	size_t which = n % (sizeof(calls) / sizeof(calls[0]));

	step->nr = calls[which].nr;
	for (unsigned v = 0; v < s->variants; v++) {
		memcpy(step->args[v], calls[which].args, sizeof(step->args[v]));
		step->result[v] = calls[which].result +
				  (step->nr == SYS_mmap ? (int64_t)v << 12 : 0);
	}
	step->bufs = bufs;
	if (!s->buffers && !s->hostile)
		return;
	if (step->nr == SYS_openat)
		bufs[step->n_bufs++] = (struct trace_buf){ .arg = 1,
							   .direction = DIRECTION_IN,
							   .variants = step->variants,
							   .full_length = name_length,
							   .data = { (const uint8_t *)name,
								     name_length } };
	else if (step->nr == SYS_read || step->nr == SYS_write)
		bufs[step->n_bufs++] = (struct trace_buf){ .arg = 1,
							   .direction = step->nr == SYS_read ?
										DIRECTION_OUT :
										DIRECTION_IN,
							   .variants = step->variants,
							   .full_length = 6,
							   .data = { (const uint8_t *)data, 6 } };
}

static int add_step(struct trace_writer *w, const struct settings *s, uint64_t n, bool diverged,
		    struct error *err)
{
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_step *step = &record.step;
	struct trace_buf bufs[2];

	step->step = n;
	step->task = 1 + (uint32_t)(n % s->tasks);
	step->task_seq = 1 + (n - 1) / s->tasks;
	step->variants = all_variants(s);
	step->executed = EXECUTED_LEADER;
	step->verdict = diverged ? VERDICT_DIVERGED : VERDICT_SAME;
	step->no_result = diverged;
	for (unsigned v = 0; v < s->variants; v++) {
		step->entry_ns[v] = n * STEP_NS + v;
		step->exit_ns[v] = n * STEP_NS + 500 + n % 97 + v;
	}
	fill_call(step, bufs, s, n);
	return add(w, &record, err);
}

static int add_steps(struct trace_writer *w, const struct settings *s, uint64_t *signals,
		     uint64_t *divergences, struct error *err)
{
	int ret = 0;

	for (uint64_t n = 1; ret == 0 && n <= s->steps; n++) {
		bool diverged = s->diverge_every && n % s->diverge_every == 0;

		if (s->signal_every && n % s->signal_every == 0) {
			ret = add_signal(w, s, n, err);
			++*signals;
		}
		if (ret == 0)
			ret = add_step(w, s, n, diverged, err);
		if (ret == 0 && diverged) {
			ret = add_divergence(w, s, n, err);
			++*divergences;
		}
	}
	return ret;
}

static int add_extras(struct trace_writer *w, const struct settings *s, struct error *err)
{
	struct trace_record mark = { .kind = TRACE_MARK }, trap = { .kind = TRACE_TRAP },
			    cpuid = { .kind = TRACE_TRAP }, file = { .kind = TRACE_FILE_IDENTITY };
	int ret;

	mark.mark = (struct trace_mark){ .task = 1,
					 .time_ns = 10,
					 .text = s->hostile ? s->hostile : "started" };
	trap.trap = (struct trace_trap){ .task = 1,
					 .kind = TRAP_RDTSC,
					 .time_ns = 11,
					 .value = UINT64_C(1) << 60,
					 .ip = 0xffffffff81000000 };
	cpuid.trap = (struct trace_trap){ .task = 1,
					  .kind = TRAP_CPUID,
					  .time_ns = 12,
					  .value = UINT64_C(0x0000000200000001),
					  .extra = UINT64_C(0x0000000400000003),
					  .ip = 0xffffffff81000000,
					  .leaf = 7,
					  .subleaf = 1 };
	file.file_identity = (struct trace_file_identity){ .path = s->hostile ? s->hostile :
										"/bin/test",
							   .device = 1,
							   .inode = 2,
							   .size = 4711,
							   .mtime_ns = 5,
							   .hash = 7,
							   .reason = 1,
							   .task = 1 };
	ret = add(w, &mark, err);
	if (ret == 0)
		ret = add(w, &trap, err);
	if (ret == 0)
		ret = add(w, &cpuid, err);
	return ret ? ret : add(w, &file, err);
}

static int add_end(struct trace_writer *w, const struct settings *s, uint64_t signals,
		   uint64_t divergences, struct error *err)
{
	struct trace_record record = { .kind = TRACE_END };

	record.end = (struct trace_end){ .clean = true,
					 .time_ns = (s->steps + 3) * STEP_NS,
					 .steps = s->steps,
					 .signals = signals,
					 .divergences = divergences,
					 .tasks = s->tasks,
					 .exit_status = divergences ? 1 : 0,
					 .variants = all_variants(s) };
	for (unsigned v = 0; v < s->variants; v++)
		record.end.status[v] = divergences ? SIGKILL : 0;
	return add(w, &record, err);
}

static int write_trace(struct trace_writer *w, const struct settings *s, struct error *err)
{
	uint64_t signals = 0, divergences = 0;
	int ret = add_header(w, s, err);

	if (ret == 0)
		ret = add_variants(w, s, err);
	for (unsigned task = 1; ret == 0 && task <= s->tasks; task++)
		ret = add_task_start(w, s, task, err);
	if (ret == 0)
		ret = add_extras(w, s, err);
	if (ret == 0)
		ret = add_steps(w, s, &signals, &divergences, err);
	for (unsigned task = s->tasks; !s->no_end && ret == 0 && task >= 1; task--)
		ret = add_task_end(w, s, task, err);
	if (ret == 0 && !s->no_end)
		ret = add_end(w, s, signals, divergences, err);
	return ret;
}

int main(int argc, char **argv)
{
	struct settings s;
	struct trace_writer *w = NULL;
	struct error err = { 0 };
	int ret;

	if (parse(&s, argc, argv) < 0) {
		fputs(usage, stderr);
		return 2;
	}
	ret = trace_writer_open(&w, s.path, &err);
	if (ret == 0)
		ret = write_trace(w, &s, &err);
	if (ret == 0 && s.no_end) {
		ret = trace_writer_flush(w, &err);
		trace_writer_abandon(w);
	} else if (ret == 0) {
		ret = trace_writer_close(w, &err);
	} else {
		trace_writer_abandon(w);
	}
	if (ret < 0) {
		fprintf(stderr, "make_trace: %s\n", err.message);
		return 1;
	}
	return 0;
}
