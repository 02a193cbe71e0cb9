/* Faults that a program lives from: a write barrier, guard pages, jumps out, handlers that go on behind. */
#include "test.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

#define PAGE  4096
#define PAGES 100

static char *barrier;
static volatile sig_atomic_t hits, odd_hits, steps, code;
static void *volatile where;
static sigjmp_buf out;

typedef void (*info_handler)(int signo, siginfo_t *info, void *context);

static void catch_fault(int signo, info_handler handler, int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };
	sigemptyset(&action.sa_mask);
	must(sigaction(signo, &action, NULL) == 0);
}

static char *map_pages(int count, int protection)
{
	char *pages = mmap(NULL, (size_t)count * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);
	must(pages != MAP_FAILED);
	return pages;
}

/* The page is made writable, and the store is made again. */
static void open_page(int signo, siginfo_t *info, void *context)
{
	size_t offset = (size_t)((char *)info->si_addr - barrier);
	(void)signo;
	(void)context;
	hits++;
	odd_hits += info->si_code != SEGV_ACCERR || offset % PAGE != offset / PAGE;
	if (mprotect(barrier + offset / PAGE * PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
		_exit(98);
}

static void show_barrier(void)
{
	int sum = 0;
	barrier = map_pages(PAGES, PROT_READ);
	catch_fault(SIGSEGV, open_page, 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < PAGES; i++)
			((volatile char *)barrier)[i * PAGE + i] = 1;
		say("barrier: %d of %d pages, odd %d\n", (int)hits, PAGES, (int)odd_hits);
	}
	for (size_t i = 0; i < (size_t)PAGES * PAGE; i++)
		sum += barrier[i];
	say("stored %d\n", sum);
	must(munmap(barrier, (size_t)PAGES * PAGE) == 0);
}

static void jump_out(int signo, siginfo_t *info, void *context)
{
	(void)context;
	where = info->si_addr;
	code = info->si_code;
	siglongjmp(out, signo);
}

/* Fills until it is thrown out. */
static void show_guard(void)
{
	char *pages = map_pages(3, PROT_READ | PROT_WRITE);
	must(mprotect(pages + 2 * PAGE, PAGE, PROT_NONE) == 0);
	catch_fault(SIGSEGV, jump_out, 0);
	for (int round = 0; round < 3; round++) {
		volatile size_t filled = 0;
		int got = sigsetjmp(out, 1);
		if (got == 0) {
			for (;; filled++)
				((volatile char *)pages)[filled] = (char)filled;
		}
		say("guard: SIG%s after %zu, code %d, there %d\n", sigabbrev_np(got), filled,
		    (int)code, where == pages + 2 * PAGE);
	}
	must(munmap(pages, 3 * (size_t)PAGE) == 0);
}

static void show_truncated(int flags)
{
	int fd = memfd_create("truncated", MFD_CLOEXEC);
	must(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ, flags, fd, 0);
	must(pages != MAP_FAILED && pages[PAGE] == 0 && ftruncate(fd, PAGE) == 0);
	catch_fault(SIGBUS, jump_out, 0);
	int got = sigsetjmp(out, 1);
	if (got == 0)
		say("read %d\n", ((volatile char *)pages)[PAGE + 5]);
	say("truncated%s: SIG%s, code %d, there %d, before it %d\n",
	    flags & MAP_SHARED ? ", shared" : "", sigabbrev_np(got), (int)code,
	    where == pages + PAGE + 5, pages[5]);
	must(munmap(pages, 2 * PAGE) == 0 && close(fd) == 0);
}

static void show_division(void)
{
	catch_fault(SIGFPE, jump_out, 0);
	for (volatile int divisor = -1; divisor < 2; divisor++) {
		int got = sigsetjmp(out, 1);
		if (got == 0)
			say("divided: %d\n", 100 / divisor);
		else
			say("division: SIG%s, code %d\n", sigabbrev_np(got), (int)code);
	}
}

/* Goes on behind the two bytes of ud2. */
static void step_over(int signo, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;
	(void)signo;
	code = info->si_code;
	steps++;
	interrupted->uc_mcontext.gregs[REG_RIP] += 2;
}

static void go_on(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	code = info->si_code;
	steps++;
}

static void show_instructions(void)
{
	catch_fault(SIGILL, step_over, 0);
	for (int i = 0; i < 3; i++)
		__asm__ volatile("ud2" ::: "memory");
	say("ud2: %d, code %d\n", (int)steps, (int)code);
	steps = 0;
	catch_fault(SIGTRAP, go_on, 0);
	for (int i = 0; i < 3; i++)
		__asm__ volatile("int3" ::: "memory");
	say("int3: %d, code %d\n", (int)steps, (int)code);
}

/* A handler that faults itself, twice over: another handler helps each time. */
static void fault_and_open(int signo, siginfo_t *info, void *context)
{
	__asm__ volatile("ud2" ::: "memory");
	say("in the handler of SIG%s: %d steps\n", sigabbrev_np(signo), (int)steps);
	open_page(signo, info, context);
}

static void store(int signo)
{
	((volatile char *)barrier)[0] = (char)signo;
	say("stored in the handler of SIG%s\n", sigabbrev_np(signo));
}

static void show_nested(void)
{
	barrier = map_pages(1, PROT_READ);
	hits = odd_hits = steps = 0;
	catch_fault(SIGSEGV, fault_and_open, 0);
	catch_signal(SIGUSR1, store, 0);
	raise(SIGUSR1);
	say("nested: %d fault, odd %d, steps %d, stored %d\n", (int)hits, (int)odd_hits, (int)steps,
	    barrier[0]);
	/* The same in the midst of a computation. */
	struct itimerval soon = { { 0, 0 }, { 0, 5000 } };
	must(mprotect(barrier, PAGE, PROT_READ) == 0);
	catch_signal(SIGALRM, store, 0);
	must(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	while (((volatile char *)barrier)[0] != SIGALRM)
		;
	say("computing: %d faults, odd %d, steps %d\n", (int)hits, (int)odd_hits, (int)steps);
	must(munmap(barrier, PAGE) == 0);
}

static void show_null_call(void)
{
	void (*volatile nothing)(void) = NULL;
	catch_fault(SIGSEGV, jump_out, 0);
	int got = sigsetjmp(out, 1);
	if (got == 0)
		nothing();
	say("null call: SIG%s, code %d, null %d\n", sigabbrev_np(got), (int)code, where == NULL);
}

int main(void)
{
	show_barrier();
	show_guard();
	show_truncated(MAP_PRIVATE);
	show_truncated(MAP_SHARED);
	show_division();
	show_instructions();
	show_nested();
	show_null_call();
	return finish();
}
