/* Starts variants, and takes them through an exec; what our pages are in their address spaces. */
#include "monitor/variant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "monitor/calls/open.h"
#include "monitor/execute.h"
#include "monitor/facts.h"
#include "monitor/image.h"
#include "monitor/lane_life.h"
#include "monitor/record.h"
#include "monitor/replicate.h"
#include "monitor/signals.h"
#include "monitor/tracee/cpuid.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/remote.h"
#include "monitor/tracee/spawn.h"

struct mm *mm_create(void)
{
	struct mm *mm = alloc_zeroed(1, sizeof(*mm));

	mm->refs = 1;
	return mm;
}

struct mm *mm_share(struct mm *mm)
{
	mm->refs++;
	return mm;
}

struct mm *mm_copy(const struct mm *mm)
{
	struct mm *copy = alloc_zeroed(1, sizeof(*copy));

	*copy = *mm;
	copy->refs = 1;
	memset(copy->places, 0, sizeof(copy->places));
	return copy;
}

void mm_release(struct mm *mm)
{
	if (mm && !--mm->refs)
		free(mm);
}

static bool overlaps(uint64_t ours, uint64_t bytes, uint64_t addr, uint64_t length)
{
	return ours && addr < ours + bytes && ours < addr + length;
}

bool mm_has_ours(const struct mm *mm, unsigned v, uint64_t addr, uint64_t length)
{
	return overlaps(mm->scratch_addr[v], MM_SCRATCH_BYTES, addr, length) ||
	       overlaps(mm->page_addr[v], MM_PAGE_BYTES, addr, length) ||
	       (v == LEADER &&
		(overlaps(mm->copies_addr, mm->copies_bytes, addr, length) ||
		 overlaps(mm->inout_addr, MM_PLACES * MM_INOUT_BYTES, addr, length)));
}

int mm_enter(struct mm *mm)
{
	for (unsigned place = 0; place < MM_PLACES; place++) {
		uint64_t bit = UINT64_C(1) << place % 64;

		if (mm->places[place / 64] & bit)
			continue;
		mm->places[place / 64] |= bit;
		return (int)place;
	}
	return -ENOMEM;
}

void mm_leave(struct mm *mm, unsigned place)
{
	mm->places[place / 64] &= ~(UINT64_C(1) << place % 64);
}

uint64_t variant_scratch_addr(const struct task *task)
{
	return task->lane->mm->scratch_addr[task->variant] +
	       (uint64_t)task->lane->scratch_place * MM_PLACE_BYTES;
}

static void remote_signal(void *context, int signo)
{
	struct task *task = context;

	signals_hold(&task->lane->session->tracers[task->variant], task, signo);
}

void variant_remote(struct tracer *t, struct task *task, struct remote *out)
{
	uint64_t page = task->lane->mm->page_addr[t->variant];

	*out = (struct remote){
		.backend = t->backend,
		.tid = task->tid,
		/* without our page: the instruction the task has just used, two bytes long */
		.insn_addr = page ? page + MM_SYSCALL_OFFSET : task->regs.rip - 2,
		.on_signal = remote_signal,
		.context = task,
	};
}

static bool is_randomized(const struct options *o, unsigned variant)
{
	if (o->layout == OPTION_LAYOUT_LEADER_FIXED)
		return variant != LEADER;
	return o->layout == OPTION_LAYOUT_INDEPENDENT || o->layout == OPTION_LAYOUT_CODE;
}

/* The first lane: descriptors as inherited, nothing handled. */
static struct lane *root_create(struct session *s, pid_t pid)
{
	struct lane *lane = lane_create(s, NULL, pid, false);

	lane->fds = fd_table_create();
	for (size_t i = 0; i < s->n_inherited; i++)
		fd_table_set(lane->fds, s->inherited[i], open_inherited(s->inherited[i]));
	lane->signals = signal_table_create(s->signals_ignored);
	lane->mm = mm_create();
	lane->scratch_place = (unsigned)mm_enter(lane->mm);
	return lane;
}

/* The lane is the leader's thread to make; the others wait for it before they look at stops. */
static struct lane *root_get(struct session *s)
{
	struct lane *lane;

	while (!(lane = atomic_load(&s->root)) && !atomic_load(&s->stopping))
		usleep(50);
	return lane;
}

static cpu_set_t own_cpus(const struct session *s, unsigned variant)
{
	unsigned count = (unsigned)CPU_COUNT(&s->machine_cpus), at = 0;
	cpu_set_t set = s->machine_cpus;

	if (!s->pinned || !count)
		return set;
	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &s->machine_cpus) && at++ == variant % count)
			CPU_SET(cpu, &set);
	return set;
}

static bool is_same_name(const char *a, const char *b)
{
	return strncmp(a, b, strcspn(a, "=") + 1) == 0;
}

/* The monitor's environment with what --env-variant says for this variant. The caller frees the array. */
static char **own_environment(const struct options *o, unsigned variant)
{
	size_t count = 0, capacity = 0;
	char **own = NULL;

	for (; environ[count]; count++) {
		alloc_grow(&own, &capacity, count + 1);
		own[count] = environ[count];
	}
	for (unsigned i = 0; i < o->n_env; i++) {
		size_t at = 0;

		if (o->env[i].variant != variant)
			continue;
		while (at < count && !is_same_name(o->env[i].assignment, own[at]))
			at++;
		count += at == count;
		alloc_grow(&own, &capacity, count);
		own[at] = (char *)o->env[i].assignment;
	}
	alloc_grow(&own, &capacity, count + 1);
	own[count] = NULL;
	return own;
}

int variant_start(struct tracer *t, struct error *err)
{
	struct session *s = t->session;
	const struct option_command *command = &s->options->commands[t->variant];
	cpu_set_t cpus = own_cpus(s, t->variant);
	cleanup_free char **environment = own_environment(s->options, t->variant);
	struct spawn_request request = {
		.path = s->paths[t->variant],
		.argv = command->argv,
		.envp = environment,
		.randomize = is_randomized(s->options, t->variant),
		.follower = !tracer_is_leader(t),
		.no_filter = s->options->backend == OPTION_BACKEND_PTRACE,
		.cpus = &cpus,
		.signal_mask = s->signal_mask,
		.descriptors = &s->descriptor_limit,
	};
	struct lane *lane;
	struct task *task;
	pid_t pid;

	if (s->pinned)
		sched_setaffinity(0, sizeof(cpus), &cpus);
	pid = spawn_process(&request, err);
	if (pid < 0)
		return pid;
	if (tracer_is_leader(t)) {
		lane = root_create(s, pid);
		atomic_store(&s->root_pid, pid);
		atomic_fetch_add(&lane->refs, 1); /* other threads look at it at any time */
		atomic_store(&s->root, lane);
		record_task_start(lane, 0);
	} else {
		lane = root_get(s);
		if (!lane)
			return 0;
	}
	task = tracer_join_task(t, lane, pid);
	task->state = TASK_RUNNING; /* its first stop is its execve */
	return 0;
}

/* A new image has tables of its own (execve(2)). */
static void lane_tables_exec(struct lane *lane)
{
	struct fd_table *fds = fd_table_copy(lane->fds);
	struct signal_table *signals = signal_table_copy(lane->signals);

	fd_table_release(lane->fds);
	signal_table_release(lane->signals);
	mm_leave(lane->mm, lane->scratch_place);
	mm_release(lane->mm);
	lane->fds = fds;
	lane->signals = signals;
	lane->mm = mm_create();
	lane->scratch_place = (unsigned)mm_enter(lane->mm);
	signal_table_exec(signals);
}

static void image_fail(struct tracer *t, const struct task *task, int code)
{
	const char *reason = strerror(-code);
	char path[64], name[32] = "";
	cleanup_file FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/comm", task->tid);
	file = fopen(path, "re");
	if (file && fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = 0;
	snprintf(path, sizeof(path), "/proc/%d/exe", task->tid);
	/* The kernel then lets nobody look into the process either (ptrace(2), dumpable). */
	if (access(path, R_OK) < 0)
		reason = "this user may run it but not read it";
	else if (!registers_are_native(&task->regs))
		reason = "it is not an x86-64 program";
	session_fail(t->session, "cannot set up the program %s (process %d): %s", name, task->tid,
		     reason);
}

void variant_on_exec(struct tracer *t, struct task *task)
{
	struct session *s = t->session;
	struct lane *lane = task->lane;
	struct image *image = alloc_zeroed(1, sizeof(*image));
	int code;

	if (tracer_is_leader(t))
		lane_tables_exec(lane);
	code = image_setup(t, task, image);
	if (code < 0 && code != -ESRCH)
		image_fail(t, task, code);
	if (lane->id == 1 && task->seq == 1 && code == 0)
		facts_record_variant(s, t->variant, task->tid, image->auxv,
				     (image->n_auxv + 1) * sizeof(image->auxv[0]),
				     image->at_random);
	free(image);
	if (code < 0)
		return;
	if (tracer_is_leader(t))
		execute_exec(t, task);
	else
		replicate_exec(t, task);
}

struct trap_answer variant_trap_answer(const struct slot *leader)
{
	struct cpuid_values v;
	uint32_t leaf, subleaf;

	if (leader->trap != TRAP_CPUID)
		return (struct trap_answer){ .value = tsc_read() };
	cpuid_question(&leader->regs, &leaf, &subleaf);
	v = cpuid_read(leaf, subleaf);
	return (struct trap_answer){
		.value = v.eax | (uint64_t)v.ebx << 32,
		.extra = v.ecx | (uint64_t)v.edx << 32,
	};
}

void variant_answer_trap(struct tracer *t, struct task *task, const struct slot *slot,
			 const struct trap_answer *answer)
{
	if (slot->trap == TRAP_CPUID) {
		const struct cpuid_values v = {
			.eax = (uint32_t)answer->value,
			.ebx = (uint32_t)(answer->value >> 32),
			.ecx = (uint32_t)answer->extra,
			.edx = (uint32_t)(answer->extra >> 32),
		};

		cpuid_give(&task->regs, &v);
	} else {
		task->regs.rax = (uint32_t)answer->value;
		task->regs.rdx = answer->value >> 32;
		task->regs.rip += slot->trap == TRAP_RDTSCP ? 3 : 2;
		if (slot->trap == TRAP_RDTSCP)
			task->regs.rcx =
				answer->extra; /* TSC_AUX: node and CPU 0, in every variant */
	}
	task_write_registers(t, task);
}
