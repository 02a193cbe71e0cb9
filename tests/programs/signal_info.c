/* What handlers are told: of each way to send, of children, of faults. */
#include "test.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <xmmintrin.h>

static siginfo_t told;
static volatile sig_atomic_t seen;
static volatile uintptr_t faulting; /* where the faulting instruction is */
static sigjmp_buf out;
static int thing;

static void note(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	told = *info;
	seen++;
}

static void catch_told(int signo, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	sigemptyset(&action.sa_mask);
	must(sigaction(signo, &action, NULL) == 0);
	seen = 0;
}

static void spin_until(int wanted)
{
	for (volatile unsigned long spin = 0; seen < wanted; spin++)
		;
}

static const char *yes(bool is_so)
{
	return is_so ? "yes" : "no";
}

static const char *code_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = { { SI_USER, "SI_USER" },
		      { SI_TKILL, "SI_TKILL" },
		      { SI_QUEUE, "SI_QUEUE" },
		      { SI_TIMER, "SI_TIMER" },
		      { SI_KERNEL, "SI_KERNEL" } };
	for (size_t i = 0; i < countof(names); i++) {
		if (names[i].code == code)
			return names[i].name;
	}
	return "odd";
}

static void say_sent(const char *what, pid_t sender)
{
	say("%s: SIG%s %s, pid %s, uid %s\n", what, sigabbrev_np(told.si_signo),
	    code_name(told.si_code), yes(told.si_pid == sender), yes(told.si_uid == getuid()));
}

static int by_kill(pid_t to)
{
	return kill(to, SIGUSR1);
}

static int by_tgkill(pid_t to)
{
	return (int)syscall(SYS_tgkill, to, to, SIGUSR1);
}

static int by_tkill(pid_t to)
{
	return (int)syscall(SYS_tkill, to, SIGUSR1);
}

static int by_pidfd(pid_t to)
{
	int fd = (int)syscall(SYS_pidfd_open, to, 0);
	int result = (int)syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0);
	close(fd);
	return result;
}

static int by_queue_number(pid_t to)
{
	return sigqueue(to, SIGUSR1, (union sigval){ .sival_int = 4242 });
}

static int by_queue_pointer(pid_t to)
{
	return sigqueue(to, SIGUSR1, (union sigval){ .sival_ptr = &thing });
}

static const struct sending {
	const char *name;
	int (*send)(pid_t to);
	enum { VALUE_NONE, VALUE_NUMBER, VALUE_POINTER } value;
} sendings[] = {
	{ "kill", by_kill, VALUE_NONE },
	{ "tgkill", by_tgkill, VALUE_NONE },
	{ "tkill", by_tkill, VALUE_NONE },
	{ "pidfd_send_signal", by_pidfd, VALUE_NONE },
	{ "sigqueue of a number", by_queue_number, VALUE_NUMBER },
	{ "sigqueue of a pointer", by_queue_pointer, VALUE_POINTER },
};

static void say_value(const struct sending *s)
{
	if (s->value == VALUE_NUMBER)
		say("  value %d\n", told.si_value.sival_int);
	if (s->value == VALUE_POINTER)
		say("  value %s\n", yes(told.si_value.sival_ptr == &thing));
}

static void show_sent(const struct sending *s)
{
	catch_told(SIGUSR1, note);
	must(s->send(getpid()) == 0);
	spin_until(1);
	say("%s: ", s->name);
	say_sent("by itself", getpid());
	say_value(s);
	pid_t pid = fork();
	if (pid == 0)
		_exit(s->send(getppid()) != 0);
	spin_until(2);
	say_sent("  by a child", pid);
	say_value(s);
	wait_and_say("  child", pid);
}

static void show_timer(union sigval value, const char *what)
{
	timer_t timer;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGRTMIN + 3,
				  .sigev_value = value };
	struct itimerspec soon = { { 0, 0 }, { 0, 5000000 } };
	catch_told(SIGRTMIN + 3, note);
	must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	must(timer_settime(timer, 0, &soon, NULL) == 0);
	spin_until(1);
	say("timer with %s: right number %s, %s, value %s, overrun %d\n", what,
	    yes(told.si_signo == SIGRTMIN + 3), code_name(told.si_code),
	    yes(told.si_value.sival_ptr == value.sival_ptr), told.si_overrun);
	must(timer_delete(timer) == 0);
}

static void say_child(const char *what, pid_t pid)
{
	static const char *const names[] = { "odd",          "CLD_EXITED",  "CLD_KILLED",
					     "CLD_DUMPED",   "CLD_TRAPPED", "CLD_STOPPED",
					     "CLD_CONTINUED" };
	int code = told.si_code > 0 && told.si_code < (int)countof(names) ? told.si_code : 0;
	say("%s: SIG%s %s, status %d, pid %s, uid %s\n", what, sigabbrev_np(told.si_signo),
	    names[code], told.si_status, yes(told.si_pid == pid), yes(told.si_uid == getuid()));
}

/* Each change is waited for without calls. */
static void show_child(void)
{
	catch_told(SIGCHLD, note);
	pid_t pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	must(kill(pid, SIGSTOP) == 0);
	spin_until(1);
	say_child("stopped", pid);
	must(kill(pid, SIGCONT) == 0);
	spin_until(2);
	say_child("continued", pid);
	must(kill(pid, SIGTERM) == 0);
	spin_until(3);
	say_child("killed", pid);
	wait_and_say("child", pid);
	pid = fork();
	if (pid == 0)
		_exit(7);
	spin_until(4);
	say_child("ended", pid);
	wait_and_say("child", pid);
}

static void note_fault(int signo, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;
	faulting = (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];
	note(signo, info, context);
	siglongjmp(out, 1);
}

/* address: what si_addr is to be; NULL: where the instruction is. */
static void show_fault(const char *what, int signo, void (*fault)(char *), char *operand,
		       const void *address)
{
	catch_told(signo, note_fault);
	if (sigsetjmp(out, 1) == 0)
		fault(operand);
	say("%s: SIG%s, code %d, address %s\n", what, sigabbrev_np(told.si_signo), told.si_code,
	    yes(told.si_addr == (address ? address : (const void *)faulting)));
	signal(signo, SIG_DFL);
}

static void touch(char *operand)
{
	*(volatile char *)operand = 1;
}

static void divide(char *operand)
{
	(void)operand;
	__asm__ volatile("xorl %%ecx, %%ecx\n\t"
			 "movl $1, %%eax\n\t"
			 "cltd\n\t"
			 "idivl %%ecx" ::
				 : "eax", "ecx", "edx", "cc");
}

static void divide_floating(char *operand)
{
	volatile float one = 1, zero = 0;
	(void)operand;
	_mm_setcsr(_mm_getcsr() & ~(unsigned)_MM_MASK_DIV_ZERO);
	one = one / zero;
}

static void run_nothing(char *operand)
{
	(void)operand;
	__asm__ volatile("ud2");
}

static void show_faults(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned csr = _mm_getcsr();
	must(pages != MAP_FAILED && munmap(pages + 4096, 4096) == 0);
	show_fault("not mapped", SIGSEGV, touch, pages + 4096 + 8, pages + 4096 + 8);
	show_fault("not writable", SIGSEGV, touch, pages + 8, pages + 8);
	show_fault("divided", SIGFPE, divide, NULL, NULL);
	show_fault("divided floating", SIGFPE, divide_floating, NULL, NULL);
	_mm_setcsr(csr);
	show_fault("ud2", SIGILL, run_nothing, NULL, NULL);
	must(munmap(pages, 4096) == 0);
}

int main(void)
{
	for (size_t i = 0; i < countof(sendings); i++)
		show_sent(&sendings[i]);
	catch_told(SIGUSR1, note);
	must(raise(SIGUSR1) == 0);
	say_sent("raise", getpid());
	show_timer((union sigval){ .sival_int = 99 }, "a number");
	show_timer((union sigval){ .sival_ptr = &thing }, "a pointer");
	show_child();
	show_faults();
	return finish();
}
