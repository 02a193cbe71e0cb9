/* A kernel for unit tests: what tasks do is scripted, what the monitor does to them is logged. */
#include "tests/support/backend_fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/check.h"

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

/* Item i of a program is at this address; a call's instruction is 2 bytes long. */
#define CODE_ADDR  UINT64_C(0x400000)
#define ITEM_BYTES 16

static unsigned calls_made;

static struct backend_fake *self_of(struct backend *b)
{
	return (struct backend_fake *)b;
}

static uint64_t item_addr(unsigned i)
{
	return CODE_ADDR + (uint64_t)i * ITEM_BYTES;
}

struct fake_task *backend_fake_find(struct backend_fake *b, pid_t tid)
{
	for (unsigned i = 0; i < b->n_tasks; i++)
		if (b->tasks[i].tid == tid)
			return &b->tasks[i];
	return NULL;
}

struct fake_task *backend_fake_add(struct backend_fake *b, pid_t tid, bool born)
{
	struct fake_task *task = &b->tasks[b->n_tasks++];

	CHECK(b->n_tasks <= FAKE_TASKS);
	task->tid = tid;
	task->born = born;
	task->running = true;
	task->at = STOP_NEW;
	task->regs.rip = item_addr(0);
	task->regs.orig_rax = SYSCALL_SKIP;
	for (unsigned i = 0; i < FAKE_ITEMS; i++)
		task->seen[i] = FAKE_SEEN_NONE;
	return task;
}

void fake_task_do(struct fake_task *task, const struct fake_item *item)
{
	CHECK(task->n_items < FAKE_ITEMS);
	task->items[task->n_items++] = *item;
}

uint8_t *fake_task_map(struct fake_task *task, uint64_t addr, size_t length)
{
	struct fake_region *region = &task->regions[task->n_regions++];

	CHECK(task->n_regions <= FAKE_REGIONS);
	*region = (struct fake_region){ addr, alloc_zeroed(1, length), length };
	return region->bytes;
}

static void task_die(struct fake_task *task, int status)
{
	if (task->dying || task->gone)
		return;
	task->dying = true;
	task->status = status;
}

void fake_task_signal(struct fake_task *task, const siginfo_t *info)
{
	if (info->si_signo == SIGKILL) {
		task_die(task, SIGKILL);
		return;
	}
	if (task->pending_mask & BIT(info->si_signo))
		return;
	task->pending_mask |= BIT(info->si_signo);
	task->pending[info->si_signo] = *info;
}

static uint64_t deliverable(const struct fake_task *task)
{
	return (task->sent_mask | task->pending_mask) & ~task->blocked;
}

/* ---- what a task does next ---- */

static struct fake_item *current_item(struct fake_task *task)
{
	return task->issued ? &task->items[task->issued - 1] : NULL;
}

static bool is_restart(int64_t code)
{
	return code == -512 || code == -513 || code == -514 || code == -516;
}

/* As kernel/signal.c and arch/x86/kernel/signal.c have it, for a task that goes back to its own code. */
static void rewind_call(struct fake_task *task, int64_t nr)
{
	task->regs.rip -= SYSCALL_INSN_BYTES;
	task->regs.rax = (uint64_t)nr;
	task->regs.orig_rax = SYSCALL_SKIP;
}

static void restart_without_handler(struct fake_task *task)
{
	int64_t code = registers_result(&task->regs);

	if (!task->interrupted || registers_number(&task->regs) < 0 || !is_restart(code))
		return;
	task->interrupted = false;
	rewind_call(task, code == -516 ? SYS_restart_syscall : registers_number(&task->regs));
}

static void deliver(struct fake_task *task, int signo)
{
	struct fake_delivered *d = &task->delivered[task->n_delivered];
	int64_t code = registers_result(&task->regs);
	struct fake_item *item = current_item(task);

	if (!(task->handled & BIT(signo))) {
		if (signo != SIGCHLD && signo != SIGCONT && signo != SIGURG && signo != SIGWINCH)
			task_die(task, signo);
		return;
	}
	CHECK(task->n_delivered++ < FAKE_LOG);
	*d = (struct fake_delivered){ .item = task->issued, .info = task->siginfo };
	if (registers_number(&task->regs) >= 0 && is_restart(code)) {
		if (code == -513 || (code == -512 && (task->restart & BIT(signo))))
			rewind_call(task, registers_number(&task->regs));
		else
			task->regs.rax = (uint64_t)-EINTR;
	}
	task->regs.orig_rax = SYSCALL_SKIP;
	if (item && item->kind == FAKE_FAULT)
		task->regs.rip = item_addr(task->issued); /* the handler has mended it */
	d->restarts = item && task->regs.rip == item_addr(task->issued - 1);
}

static bool stop_at(struct fake_task *task, enum stop_kind kind, struct stop *out)
{
	task->running = false;
	task->told_to_stop = false;
	task->at = kind;
	*out = (struct stop){ .kind = kind, .tid = task->tid };
	return true;
}

static bool signal_stop(struct fake_task *task, struct stop *out)
{
	uint64_t mask = task->sent_mask & ~task->blocked;
	bool sent = mask != 0;
	int signo;

	if (!sent)
		mask = task->pending_mask & ~task->blocked;
	if (!mask)
		return false;
	signo = __builtin_ctzll(mask) + 1;
	task->siginfo = sent ? task->sent[signo] : task->pending[signo];
	*(sent ? &task->sent_mask : &task->pending_mask) &= ~BIT(signo);
	stop_at(task, STOP_SIGNAL, out);
	out->signo = signo;
	return true;
}

static bool raise_stop(struct fake_task *task, int signo, int code, struct stop *out)
{
	task->siginfo = (siginfo_t){ .si_signo = signo, .si_code = code };
	task->siginfo.si_addr = (void *)(uintptr_t)task->regs.rip;
	stop_at(task, STOP_SIGNAL, out);
	out->signo = signo;
	return true;
}

static bool issue_call(struct fake_task *task, const struct fake_item *item, bool again,
		       struct stop *out)
{
	task->regs.orig_rax = again ? task->regs.rax : (uint64_t)item->nr;
	if (!again)
		registers_set_arguments(&task->regs, item->args);
	task->regs.rax = (uint64_t)-ENOSYS;
	task->regs.rip += SYSCALL_INSN_BYTES;
	if (item->comes_at_entry && !again) {
		task->sent_mask |= BIT(item->comes_at_entry);
		task->sent[item->comes_at_entry] = (siginfo_t){ .si_signo = item->comes_at_entry,
								.si_code = SI_TIMER };
	}
	return stop_at(task, STOP_CALL, out);
}

/* The monitor's wait loop: it ends in a call, if nothing comes. */
static bool run_wait(struct fake_task *task, struct stop *out)
{
	if (!task->impatient)
		return false;
	task->regs.rcx = 0;
	task->regs.orig_rax = task->regs.rax;
	return stop_at(task, STOP_CALL, out);
}

static bool run_compute(struct fake_task *task, unsigned i)
{
	if (!task->n_delivered)
		return false;
	task->regs.rip = item_addr(i + 1);
	return true;
}

/* In its own code: which item is next, and where does it stop? */
static bool run_user(struct fake_task *task, struct stop *out)
{
	unsigned i = (unsigned)((task->regs.rip - CODE_ADDR) / ITEM_BYTES);
	bool again = i < task->issued;
	struct fake_item *item;

	if (task->regs.rip < CODE_ADDR)
		return run_wait(task, out);
	if ((task->regs.rip - CODE_ADDR) % ITEM_BYTES) {
		/* just behind item i */
		task->seen[i] = registers_result(&task->regs);
		task->regs.rip = item_addr(++i);
		again = false;
	}
	if (i >= task->n_items)
		return false; /* it computes for ever */
	item = &task->items[i];
	task->issued = i + 1;
	switch (item->kind) {
	case FAKE_CALL: return issue_call(task, item, again, out);
	case FAKE_FAULT: return raise_stop(task, item->signo, item->code, out);
	case FAKE_RDTSC: return raise_stop(task, SIGSEGV, SI_KERNEL, out);
	case FAKE_CPUID:
		task->regs.rax = item->args[0];
		task->regs.rcx = item->args[1];
		return raise_stop(task, SIGSEGV, SI_KERNEL, out);
	case FAKE_COMPUTE: return run_compute(task, i) && run_user(task, out);
	case FAKE_END: task_die(task, item->status); return false;
	}
	return false;
}

static void log_made(struct fake_task *task)
{
	struct fake_made *made = &task->made[task->n_made];

	CHECK(task->n_made++ < FAKE_LOG);
	made->item = task->issued - 1;
	made->nr = registers_number(&task->regs);
	registers_arguments(&task->regs, made->args);
	made->order = ++calls_made;
}

static struct fake_region *region_find(struct fake_task *task, uint64_t addr)
{
	for (unsigned i = 0; i < task->n_regions; i++)
		if (addr >= task->regions[i].addr &&
		    addr < task->regions[i].addr + task->regions[i].length)
			return &task->regions[i];
	return NULL;
}

static void call_complete(struct fake_task *task, struct fake_item *item)
{
	struct fake_region *region = region_find(task, item->output_addr);

	task->regs.rax = (uint64_t)item->result;
	if (item->output && region)
		memcpy(region->bytes + (item->output_addr - region->addr), item->output,
		       item->output_length);
	if (item->raises)
		fake_task_signal(task, &(siginfo_t){ .si_signo = item->raises,
						     .si_code = SI_USER,
						     .si_pid = task->tid });
}

/* False while it blocks, and when the task has ended by it. */
static bool make_call(struct fake_task *task)
{
	struct fake_item *item = current_item(task);
	int64_t nr = registers_number(&task->regs);

	if (item->blocks && !deliverable(task) && item->interrupted_by)
		fake_task_signal(task, &(siginfo_t){ .si_signo = item->interrupted_by,
						     .si_code = SI_USER,
						     .si_pid = 1 });
	if (item->blocks && !deliverable(task))
		return false;
	log_made(task);
	if (nr == SYS_exit_group || nr == SYS_exit) {
		task_die(task, (int)(task->regs.rdi & 0xff) << 8);
		return false;
	}
	if (item->status) {
		task_die(task, item->status);
		return false;
	}
	if (item->blocks) {
		item->blocks--;
		task->regs.rax = (uint64_t)item->restart;
		task->interrupted = true;
		return true;
	}
	call_complete(task, item);
	if (nr == SYS_rt_sigreturn)
		task->regs.orig_rax = SYSCALL_SKIP; /* no call to make again */
	return true;
}

static bool fork_stop(struct fake_task *task, struct stop *out)
{
	const struct fake_item *item = current_item(task);

	if (!item->child || item->result < 0 || task->forked)
		return false;
	task->forked = true;
	stop_at(task, STOP_FORK, out);
	out->message = (uint64_t)item->child;
	return true;
}

static bool run_to_user(struct fake_task *task, struct stop *out)
{
	if (task->told_to_stop)
		return stop_at(task, STOP_NEW, out);
	if (signal_stop(task, out))
		return true;
	restart_without_handler(task);
	return run_user(task, out);
}

static bool run_call(struct fake_task *task, struct stop *out)
{
	if (registers_number(&task->regs) != -1 && !task->finished) {
		if (!make_call(task))
			return false;
		task->finished = true;
		if (fork_stop(task, out))
			return true;
	}
	task->forked = false;
	if (task->how == RESUME_TO_EXIT)
		return stop_at(task, STOP_CALL_EXIT, out);
	return run_to_user(task, out);
}

/* The next stop of a task that runs. Not to be called twice for one stop. */
static bool run_task(struct fake_task *task, struct stop *out)
{
	if (!task->born) {
		task->born = true;
		return stop_at(task, STOP_NEW, out);
	}
	switch (task->at) {
	case STOP_CALL:
	case STOP_FOREIGN:
	case STOP_FORK: return run_call(task, out);
	case STOP_SIGNAL:
		if (task->signo) {
			deliver(task, task->signo);
			task->signo = 0;
		}
		if (task->dying)
			return false;
		return run_to_user(task, out);
	case STOP_CALL_EXIT:
	case STOP_NEW:
	case STOP_GROUP:
	case STOP_EXEC:
	case STOP_ENDED: return run_to_user(task, out);
	}
	return false;
}

static bool end_stop(struct fake_task *task, struct stop *out)
{
	if (!task->dying)
		return false;
	task->dying = false;
	task->gone = true;
	task->running = false;
	*out = (struct stop){ .kind = STOP_ENDED, .tid = task->tid, .status = task->status };
	return true;
}

static bool task_next(struct fake_task *task, struct stop *out)
{
	if (task->gone)
		return false;
	if (!task->dying && task->running && run_task(task, out))
		return true;
	return end_stop(task, out);
}

/* What would happen, tried on a copy; memory it writes is written again with the same. */
static bool task_has_stop(const struct fake_task *task)
{
	unsigned made = calls_made;
	struct fake_task copy = *task;
	struct stop stop;
	bool has = task_next(&copy, &stop);

	calls_made = made;
	return has;
}

bool backend_fake_has_stop(struct backend_fake *b)
{
	for (unsigned i = 0; i < b->n_tasks; i++)
		if (task_has_stop(&b->tasks[i]))
			return true;
	return false;
}

/* ---- the back-end ---- */

static struct fake_act *log_act(struct backend_fake *b, enum fake_op op, pid_t tid)
{
	struct fake_act *act = &b->acts[b->n_acts];

	CHECK(b->n_acts++ < FAKE_LOG);
	*act = (struct fake_act){ .op = op, .tid = tid };
	return act;
}

/* A task at a stop; NULL for one that is dying. What runs cannot be asked. */
static struct fake_task *stopped_task(struct backend_fake *b, pid_t tid)
{
	struct fake_task *task = backend_fake_find(b, tid);

	if (!task || task->gone || task->dying)
		return NULL;
	if (task->running) {
		b->broken++;
		return NULL;
	}
	return task;
}

static int fake_reap(struct backend *base, struct stop *out)
{
	struct backend_fake *b = self_of(base);
	bool left = false;

	for (unsigned i = 0; i < b->n_tasks; i++) {
		if (task_next(&b->tasks[i], out))
			return 1;
		left |= !b->tasks[i].gone;
	}
	return left ? 0 : -ECHILD;
}

static int fake_wait_task(struct backend *base, pid_t tid, struct stop *out)
{
	struct fake_task *task = backend_fake_find(self_of(base), tid);

	return task && task_next(task, out) ? 0 : -ECHILD;
}

static void fake_sleep(struct backend *base)
{
	(void)base;
}

static void fake_ring(struct backend *base)
{
	self_of(base)->rings++;
}

/* The test decides when time is up. */
static void fake_wake_after(struct backend *base, uint64_t ns)
{
	(void)base;
	(void)ns;
}

static int fake_resume(struct backend *base, pid_t tid, enum resume_how how, int signo)
{
	struct backend_fake *b = self_of(base);
	struct fake_task *task = stopped_task(b, tid);
	struct fake_act *act;

	if (!task)
		return -ESRCH;
	act = log_act(b, FAKE_RESUME, tid);
	act->how = how;
	act->signo = signo;
	act->from = task->at;
	act->regs = task->regs;
	task->running = how != RESUME_LISTEN;
	task->how = how;
	/* Elsewhere the kernel drops it, or loses its siginfo. */
	if (signo && task->at != STOP_SIGNAL)
		b->broken++;
	task->signo = signo;
	if (task->at == STOP_CALL)
		task->finished = false;
	return 0;
}

static int fake_get_registers(struct backend *base, pid_t tid, registers *out)
{
	struct fake_task *task = stopped_task(self_of(base), tid);

	if (!task)
		return -ESRCH;
	*out = task->regs;
	return 0;
}

static int fake_set_registers(struct backend *base, pid_t tid, const registers *in)
{
	struct fake_task *task = stopped_task(self_of(base), tid);

	if (!task)
		return -ESRCH;
	task->regs = *in;
	return 0;
}

static int fake_get_siginfo(struct backend *base, pid_t tid, siginfo_t *out)
{
	struct fake_task *task = stopped_task(self_of(base), tid);

	if (!task)
		return -ESRCH;
	*out = task->siginfo;
	return 0;
}

static int fake_set_siginfo(struct backend *base, pid_t tid, const siginfo_t *in)
{
	struct backend_fake *b = self_of(base);
	struct fake_task *task = stopped_task(b, tid);
	struct fake_act *act;

	if (!task)
		return -ESRCH;
	act = log_act(b, FAKE_SET_SIGINFO, tid);
	act->signo = in->si_signo;
	act->siginfo = *in;
	task->siginfo = *in;
	return 0;
}

static int fake_set_mask(struct backend *base, pid_t tid, const uint64_t *in)
{
	struct fake_task *task = stopped_task(self_of(base), tid);

	if (!task)
		return -ESRCH;
	task->blocked = *in;
	return 0;
}

static int fake_get_mask(struct backend *base, pid_t tid, uint64_t *out)
{
	struct fake_task *task = stopped_task(self_of(base), tid);

	if (!task)
		return -ESRCH;
	*out = task->blocked;
	return 0;
}

static int fake_get_pending(struct backend *base, pid_t tid, uint64_t *out)
{
	struct fake_task *task = stopped_task(self_of(base), tid);

	if (!task)
		return -ESRCH;
	*out = task->sent_mask | task->pending_mask;
	return 0;
}

static int fake_send(struct backend *base, pid_t pid, pid_t tid, int signo)
{
	struct backend_fake *b = self_of(base);
	struct fake_task *task = backend_fake_find(b, tid);

	(void)pid;
	if (!task || task->gone)
		return -ESRCH;
	log_act(b, FAKE_SEND, tid)->signo = signo;
	if (task->sent_mask & BIT(signo))
		return 0; /* one of each standard signal */
	task->sent_mask |= BIT(signo);
	task->sent[signo] = (siginfo_t){ .si_signo = signo, .si_code = SI_TKILL };
	task->sent[signo].si_pid = b->monitor_pid;
	return 0;
}

/* The bytes of rdtsc or cpuid stand wherever a program has one. */
static bool read_code(struct fake_task *task, uint64_t addr, void *to, size_t length)
{
	static const uint8_t rdtsc[] = { 0x0f, 0x31, 0x90 }, cpuid[] = { 0x0f, 0xa2, 0x90 };
	unsigned i = (unsigned)((addr - CODE_ADDR) / ITEM_BYTES);

	if (addr < CODE_ADDR || i >= task->n_items || length > sizeof(rdtsc))
		return false;
	memset(to, 0x90, length);
	if (task->items[i].kind == FAKE_RDTSC)
		memcpy(to, rdtsc, length);
	if (task->items[i].kind == FAKE_CPUID)
		memcpy(to, cpuid, length);
	return true;
}

static ssize_t fake_read_memory(struct backend *base, pid_t tid, uint64_t addr, void *to,
				size_t length)
{
	struct fake_task *task = stopped_task(self_of(base), tid);
	struct fake_region *region;

	if (!task)
		return -ESRCH;
	if (read_code(task, addr, to, length))
		return (ssize_t)length;
	region = region_find(task, addr);
	if (!region)
		return -EFAULT;
	if (length > region->length - (addr - region->addr))
		length = region->length - (addr - region->addr);
	memcpy(to, region->bytes + (addr - region->addr), length);
	return (ssize_t)length;
}

static int fake_write_memory(struct backend *base, pid_t tid, uint64_t addr, const void *from,
			     size_t length)
{
	struct backend_fake *b = self_of(base);
	struct fake_task *task = stopped_task(b, tid);
	struct fake_region *region;
	struct fake_act *act;

	if (!task)
		return -ESRCH;
	region = region_find(task, addr);
	if (!region || length > region->length - (addr - region->addr))
		return -EFAULT;
	memcpy(region->bytes + (addr - region->addr), from, length);
	act = log_act(b, FAKE_WRITE, tid);
	act->addr = addr;
	act->length = length;
	return 0;
}

/* Nothing blocks here but by a signal of the test's: what is interrupted computes. */
static int fake_interrupt(struct backend *base, pid_t tid)
{
	struct fake_task *task = backend_fake_find(self_of(base), tid);

	if (!task)
		return -ESRCH;
	task->told_to_stop = task->running;
	return 0;
}

static const struct backend_ops fake_ops = {
	.name = "fake",
	.reap = fake_reap,
	.wait_task = fake_wait_task,
	.sleep = fake_sleep,
	.ring = fake_ring,
	.wake_after = fake_wake_after,
	.resume = fake_resume,
	.get_registers = fake_get_registers,
	.set_registers = fake_set_registers,
	.get_siginfo = fake_get_siginfo,
	.set_siginfo = fake_set_siginfo,
	.get_mask = fake_get_mask,
	.set_mask = fake_set_mask,
	.get_pending = fake_get_pending,
	.send = fake_send,
	.interrupt = fake_interrupt,
	.read_memory = fake_read_memory,
	.write_memory = fake_write_memory,
};

struct backend_fake *backend_fake_create(pid_t monitor_pid)
{
	struct backend_fake *b = alloc_zeroed(1, sizeof(*b));

	b->base.ops = &fake_ops;
	b->monitor_pid = monitor_pid;
	return b;
}

void backend_fake_destroy(struct backend_fake *b)
{
	for (unsigned i = 0; b && i < b->n_tasks; i++)
		for (unsigned j = 0; j < b->tasks[i].n_regions; j++)
			free(b->tasks[i].regions[j].bytes);
	free(b);
}
