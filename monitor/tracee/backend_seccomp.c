/*
 * The seccomp back-end: every system call of a task ends in a RET_TRACE stop.
 *
 * Sleeping for stops and doorbells at once: a futex sleep misses stops, a wait
 * sleep misses lanes. So a thread sleeps in waitid(WNOWAIT), which consumes
 * nothing, and the doorbell is a signal that is unblocked only around that
 * call; its handler leaves by siglongjmp, so a ring between the unblocking and
 * the sleep is not lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "monitor/tracee/backend.h"
#include "monitor/tracee/memory.h"
#include "monitor/tracee/proc_text.h"

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid /* glibc has no name for it (timer_create(2)) */
#endif

#define DOORBELL_SIGNAL (SIGRTMIN + 1)
/* us: a ring ends it at once */
#define CHILDLESS_SLEEP_US 1000
/* looks for one task's stop before its state is looked at, and us between looks then */
#define YIELD_ROUNDS   200
#define ZOMBIE_LOOK_US 50
#define WAIT_ALL       (__WALL | __WNOTHREAD)
/* ns: a shorter sleep is over before the task that is waited for has had its CPU, which both may share */
#define LEAST_SLEEP_NS UINT64_C(50000)

struct backend_seccomp {
	struct backend base;
	pid_t thread;           /* gettid of the owner */
	_Atomic uint32_t state; /* enum doorbell_state */
	timer_t timer;          /* rings the doorbell */
};

enum doorbell_state { DOORBELL_AWAKE, DOORBELL_ASLEEP, DOORBELL_RUNG };

static _Thread_local sigjmp_buf *doorbell_exit;

static void doorbell_handler(int signo)
{
	(void)signo;
	if (doorbell_exit)
		siglongjmp(*doorbell_exit, 1);
}

static void doorbell_install(void)
{
	struct sigaction action = { .sa_handler = doorbell_handler };

	sigaddset(&action.sa_mask, DOORBELL_SIGNAL);
	CHECK(sigaction(DOORBELL_SIGNAL, &action, NULL) == 0);
}

static void doorbell_mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, DOORBELL_SIGNAL);
	CHECK(pthread_sigmask(how, &set, NULL) == 0);
}

static struct backend_seccomp *self_of(struct backend *b)
{
	return (struct backend_seccomp *)b;
}

static enum stop_kind event_kind(int event, int signo)
{
	switch (event) {
	case PTRACE_EVENT_SECCOMP: return STOP_CALL;
	case PTRACE_EVENT_EXEC: return STOP_EXEC;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE: return STOP_FORK;
	case PTRACE_EVENT_STOP: return signo == SIGTRAP ? STOP_NEW : STOP_GROUP;
	}
	CHECK(!"an event that was not asked for");
	return STOP_NEW;
}

static void stop_decode(pid_t tid, int status, struct stop *out)
{
	*out = (struct stop){ .tid = tid };
	if (!WIFSTOPPED(status)) {
		out->kind = STOP_ENDED;
		out->status = status;
		return;
	}
	out->signo = WSTOPSIG(status);
	if (out->signo == (SIGTRAP | 0x80)) {
		out->kind = STOP_CALL_EXIT;
		return;
	}
	if (!(status >> 16)) {
		out->kind = STOP_SIGNAL;
		return;
	}
	out->kind = event_kind(status >> 16, out->signo);
	if (out->kind == STOP_FORK || out->kind == STOP_EXEC) {
		unsigned long message = 0;

		ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
		out->message = message;
	}
}

static int seccomp_reap(struct backend *b, struct stop *out)
{
	int status;
	pid_t tid = wait4(-1, &status, WAIT_ALL | WNOHANG, NULL);

	(void)b;
	if (tid < 0)
		return -errno;
	if (tid == 0)
		return 0;
	stop_decode(tid, status, out);
	return 1;
}

/* Dead, but its end cannot be reported while other threads of its process are unreaped (ptrace(2)). */
static bool is_zombie(pid_t tid)
{
	char text[512];
	const char *end;

	if (!proc_text_read(tid, "stat", text, sizeof(text)))
		return true;
	end = strrchr(text, ')');
	return end && (end[2] == 'Z' || end[2] == 'X');
}

/* A stop is consumed, an end is not: the loop over all tasks must see it. */
static int seccomp_wait_task(struct backend *b, pid_t tid, struct stop *out)
{
	int status;

	(void)b;
	for (unsigned round = 0;; round++) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)tid, &info,
			   WEXITED | WSTOPPED | WNOWAIT | WNOHANG | WAIT_ALL) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (info.si_pid && info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
			return -ESRCH;
		if (info.si_pid)
			break;
		if (round < YIELD_ROUNDS)
			sched_yield();
		else if (is_zombie(tid))
			return -ESRCH;
		else
			usleep(ZOMBIE_LOOK_US);
	}
	if (wait4(tid, &status, WAIT_ALL, NULL) < 0)
		return -errno;
	stop_decode(tid, status, out);
	return 0;
}

static void seccomp_sleep(struct backend *b)
{
	struct backend_seccomp *self = self_of(b);
	uint32_t awake = DOORBELL_AWAKE;
	sigjmp_buf exit_point;
	siginfo_t info;

	/* RUNG since the last look: do not sleep at all. */
	if (!atomic_compare_exchange_strong(&self->state, &awake, DOORBELL_ASLEEP)) {
		atomic_store(&self->state, DOORBELL_AWAKE);
		return;
	}
	if (sigsetjmp(exit_point, 0) == 0) {
		doorbell_exit = &exit_point;
		doorbell_mask(SIG_UNBLOCK);
		/* No task of ours is left: only the doorbell can have news. */
		if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | WAIT_ALL) < 0 &&
		    errno == ECHILD)
			usleep(CHILDLESS_SLEEP_US);
		doorbell_mask(SIG_BLOCK);
	}
	doorbell_exit = NULL;
	atomic_store(&self->state, DOORBELL_AWAKE);
}

static void seccomp_ring(struct backend *b)
{
	struct backend_seccomp *self = self_of(b);
	uint32_t before = atomic_exchange(&self->state, DOORBELL_RUNG);

	if (before == DOORBELL_ASLEEP)
		syscall(SYS_tgkill, getpid(), self->thread, DOORBELL_SIGNAL);
}

/* Blocked but in a sleep: one that goes off before ends the next sleep at once. */
static void seccomp_wake_after(struct backend *b, uint64_t ns)
{
	const uint64_t after = ns > LEAST_SLEEP_NS ? ns : LEAST_SLEEP_NS;
	const struct itimerspec when = { .it_value = { .tv_sec = (time_t)(after / 1000000000u),
						       .tv_nsec = (long)(after % 1000000000u) } };

	CHECK(timer_settime(self_of(b)->timer, 0, &when, NULL) == 0);
}

static int seccomp_resume(struct backend *b, pid_t tid, enum resume_how how, int signo)
{
	enum __ptrace_request request = PTRACE_CONT;

	(void)b;
	if (how == RESUME_TO_EXIT)
		request = PTRACE_SYSCALL;
	else if (how == RESUME_LISTEN)
		request = PTRACE_LISTEN;
	if (ptrace(request, tid, 0, (long)signo) < 0)
		return -errno;
	return 0;
}

static int seccomp_get_registers(struct backend *b, pid_t tid, registers *out)
{
	(void)b;
	return ptrace(PTRACE_GETREGS, tid, 0, out) < 0 ? -errno : 0;
}

static int seccomp_set_registers(struct backend *b, pid_t tid, const registers *in)
{
	(void)b;
	return ptrace(PTRACE_SETREGS, tid, 0, in) < 0 ? -errno : 0;
}

static int seccomp_get_siginfo(struct backend *b, pid_t tid, siginfo_t *out)
{
	(void)b;
	return ptrace(PTRACE_GETSIGINFO, tid, 0, out) < 0 ? -errno : 0;
}

static int seccomp_set_siginfo(struct backend *b, pid_t tid, const siginfo_t *in)
{
	(void)b;
	return ptrace(PTRACE_SETSIGINFO, tid, 0, in) < 0 ? -errno : 0;
}

static int seccomp_get_mask(struct backend *b, pid_t tid, uint64_t *out)
{
	(void)b;
	return ptrace(PTRACE_GETSIGMASK, tid, sizeof(*out), out) < 0 ? -errno : 0;
}

static int seccomp_set_mask(struct backend *b, pid_t tid, const uint64_t *in)
{
	(void)b;
	return ptrace(PTRACE_SETSIGMASK, tid, sizeof(*in), in) < 0 ? -errno : 0;
}

static int seccomp_get_pending(struct backend *b, pid_t tid, uint64_t *out)
{
	siginfo_t infos[16];

	(void)b;
	*out = 0;
	for (unsigned queue = 0; queue < 2; queue++) {
		struct __ptrace_peeksiginfo_args args = {
			.flags = queue ? PTRACE_PEEKSIGINFO_SHARED : 0,
			.nr = sizeof(infos) / sizeof(infos[0]),
		};
		long count;

		do {
			count = ptrace(PTRACE_PEEKSIGINFO, tid, &args, infos);
			if (count < 0)
				return -errno;
			for (long i = 0; i < count; i++)
				*out |= UINT64_C(1) << (infos[i].si_signo - 1);
			args.off += (uint64_t)count;
		} while (count == args.nr);
	}
	return 0;
}

static int seccomp_send(struct backend *b, pid_t pid, pid_t tid, int signo)
{
	(void)b;
	return syscall(SYS_tgkill, pid, tid, signo) < 0 ? -errno : 0;
}

static int seccomp_interrupt(struct backend *b, pid_t tid)
{
	(void)b;
	return ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0 ? -errno : 0;
}

static ssize_t seccomp_read_memory(struct backend *b, pid_t tid, uint64_t addr, void *to,
				   size_t length)
{
	(void)b;
	return memory_read_some(tid, addr, to, length);
}

static int seccomp_write_memory(struct backend *b, pid_t tid, uint64_t addr, const void *from,
				size_t length)
{
	(void)b;
	return memory_write(tid, addr, from, length);
}

static const struct backend_ops seccomp_ops = {
	.name = "seccomp",
	.reap = seccomp_reap,
	.wait_task = seccomp_wait_task,
	.sleep = seccomp_sleep,
	.ring = seccomp_ring,
	.wake_after = seccomp_wake_after,
	.resume = seccomp_resume,
	.get_registers = seccomp_get_registers,
	.set_registers = seccomp_set_registers,
	.get_siginfo = seccomp_get_siginfo,
	.set_siginfo = seccomp_set_siginfo,
	.get_mask = seccomp_get_mask,
	.set_mask = seccomp_set_mask,
	.get_pending = seccomp_get_pending,
	.send = seccomp_send,
	.interrupt = seccomp_interrupt,
	.read_memory = seccomp_read_memory,
	.write_memory = seccomp_write_memory,
};

struct backend *backend_seccomp_create(struct error *err)
{
	struct backend_seccomp *self = alloc_zeroed(1, sizeof(*self));
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = DOORBELL_SIGNAL };

	self->base.ops = &seccomp_ops;
	self->thread = (pid_t)syscall(SYS_gettid);
	atomic_init(&self->state, DOORBELL_AWAKE);
	doorbell_install();
	doorbell_mask(SIG_BLOCK);
	event.sigev_notify_thread_id = self->thread;
	if (timer_create(CLOCK_MONOTONIC, &event, &self->timer) < 0) {
		error_set(err, -errno, "cannot make a timer: %s", strerror(errno));
		free(self);
		return NULL;
	}
	return &self->base;
}

void backend_seccomp_destroy(struct backend *b)
{
	if (b)
		timer_delete(self_of(b)->timer);
	free(b);
}
