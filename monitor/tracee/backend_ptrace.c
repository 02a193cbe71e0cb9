/*
 * The ptrace back-end: PTRACE_SYSCALL and no filter, for programs that a
 * filter would disturb. It is the seccomp back-end with every call's two stops
 * sorted out: an entry becomes STOP_CALL, an exit that nobody asked for is
 * passed over. (The vsyscall page's calls make no stop here:
 * each variant has its own time from it.)
 */
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <sys/ptrace.h>

#include "base/alloc.h"
#include "monitor/tracee/backend.h"

/* PID_MAX_LIMIT on 64-bit kernels (include/linux/threads.h) */
#define PID_LIMIT (1u << 22)

struct backend_ptrace {
	struct backend base;
	struct backend_ops ops;
	struct backend *inner;
	/* bit by task id */
	uint64_t *wants_exit; /* RESUME_TO_EXIT was the last word */
	uint64_t *wants_stop; /* it was interrupted, and has not been reported since */
};

static struct backend_ptrace *self_of(struct backend *b)
{
	return (struct backend_ptrace *)b;
}

static bool bit_get(const uint64_t *bits, pid_t tid)
{
	unsigned bit = (unsigned)tid % PID_LIMIT;

	return bits[bit / 64] >> (bit % 64) & 1;
}

static void bit_set(uint64_t *bits, pid_t tid, bool value)
{
	unsigned bit = (unsigned)tid % PID_LIMIT;

	if (value)
		bits[bit / 64] |= UINT64_C(1) << (bit % 64);
	else
		bits[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

static bool is_foreign(const struct __ptrace_syscall_info *info)
{
	return info->arch != AUDIT_ARCH_X86_64 ||
	       ((info->entry.nr & SYSCALL_X32_BIT) && (int32_t)info->entry.nr >= 0);
}

/* What a stop is to the tracer; false for one that is none of its business. */
static bool stop_translate(struct backend_ptrace *self, struct stop *stop)
{
	struct __ptrace_syscall_info info = { 0 };

	if (stop->kind == STOP_ENDED)
		bit_set(self->wants_exit, stop->tid, false);
	if (stop->kind == STOP_EXEC)
		bit_set(self->wants_exit, (pid_t)stop->message, false);
	if (stop->kind != STOP_CALL_EXIT) {
		bit_set(self->wants_stop, stop->tid, false);
		return true;
	}
	if (ptrace(PTRACE_GET_SYSCALL_INFO, stop->tid, sizeof(info), &info) < 0)
		return false; /* dying: its end will be reported */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		stop->kind = is_foreign(&info) ? STOP_FOREIGN : STOP_CALL;
		stop->message = info.entry.nr;
		stop->arch = info.arch;
		bit_set(self->wants_stop, stop->tid, false);
		return true;
	}
	if (bit_get(self->wants_exit, stop->tid)) {
		bit_set(self->wants_exit, stop->tid, false);
		bit_set(self->wants_stop, stop->tid, false);
		return true;
	}
	ptrace(PTRACE_SYSCALL, stop->tid, 0, 0);
	/* This stop has undone it (kernel/signal.c, ptrace_stop). */
	if (bit_get(self->wants_stop, stop->tid))
		ptrace(PTRACE_INTERRUPT, stop->tid, 0, 0);
	return false;
}

static int ptrace_reap(struct backend *b, struct stop *out)
{
	struct backend_ptrace *self = self_of(b);
	int got;

	do {
		got = self->inner->ops->reap(self->inner, out);
	} while (got > 0 && !stop_translate(self, out));
	return got;
}

static int ptrace_wait_task(struct backend *b, pid_t tid, struct stop *out)
{
	struct backend_ptrace *self = self_of(b);
	int code;

	do {
		code = self->inner->ops->wait_task(self->inner, tid, out);
	} while (code == 0 && !stop_translate(self, out));
	return code;
}

static int ptrace_resume(struct backend *b, pid_t tid, enum resume_how how, int signo)
{
	struct backend_ptrace *self = self_of(b);

	bit_set(self->wants_exit, tid, how == RESUME_TO_EXIT);
	return self->inner->ops->resume(
		self->inner, tid, how == RESUME_LISTEN ? RESUME_LISTEN : RESUME_TO_EXIT, signo);
}

static void ptrace_sleep(struct backend *b)
{
	self_of(b)->inner->ops->sleep(self_of(b)->inner);
}

static void ptrace_ring(struct backend *b)
{
	self_of(b)->inner->ops->ring(self_of(b)->inner);
}

static int ptrace_interrupt(struct backend *b, pid_t tid)
{
	struct backend_ptrace *self = self_of(b);

	bit_set(self->wants_stop, tid, true);
	return self->inner->ops->interrupt(self->inner, tid);
}

static void ptrace_wake_after(struct backend *b, uint64_t ns)
{
	self_of(b)->inner->ops->wake_after(self_of(b)->inner, ns);
}

struct backend *backend_ptrace_create(struct error *err)
{
	struct backend *inner = backend_seccomp_create(err);
	struct backend_ptrace *self;

	if (!inner)
		return NULL;
	self = alloc_zeroed(1, sizeof(*self));
	self->inner = inner;
	self->wants_exit = alloc_zeroed(PID_LIMIT / 64, sizeof(self->wants_exit[0]));
	self->wants_stop = alloc_zeroed(PID_LIMIT / 64, sizeof(self->wants_stop[0]));
	/* Registers, memory and signals are reached alike. */
	self->ops = *inner->ops;
	self->ops.name = "ptrace";
	self->ops.reap = ptrace_reap;
	self->ops.wait_task = ptrace_wait_task;
	self->ops.resume = ptrace_resume;
	self->ops.sleep = ptrace_sleep;
	self->ops.ring = ptrace_ring;
	self->ops.wake_after = ptrace_wake_after;
	self->ops.interrupt = ptrace_interrupt;
	self->base.ops = &self->ops;
	return &self->base;
}

void backend_ptrace_destroy(struct backend *b)
{
	struct backend_ptrace *self = self_of(b);

	if (!b)
		return;
	backend_seccomp_destroy(self->inner);
	free(self->wants_exit);
	free(self->wants_stop);
	free(self);
}
