/* Handlers of its own faults: SIGSEGV and SIGBUS with siglongjmp, SIGFPE, SIGILL, SIGTRAP. */
#include "test.h"
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf back;
static void *volatile expected;
static volatile int zero;

static void jump(int signo, siginfo_t *info, void *context)
{
	say("SIG%s code %d, address as expected %d\n", sigabbrev_np(signo), info->si_code,
	    !expected || info->si_addr == expected);
	siglongjmp(back, signo);
}

static void read_null(void)
{
	expected = bad_address();
	say("%d\n", *(volatile int *)expected);
}

static void write_read_only(void)
{
	expected = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(volatile int *)expected = 1;
}

static void read_past_end(void)
{
	int fd = open("empty", O_RDWR | O_CREAT, 0600);
	expected = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	say("%d\n", *(volatile int *)expected);
}

static void divide(void)
{
	expected = NULL;
	zero = 7 / zero;
}

static void illegal(void)
{
	expected = NULL;
	__asm__ volatile("ud2");
}

static void breakpoint(void)
{
	expected = NULL;
	__asm__ volatile("int3");
}

static void non_canonical(void)
{
	expected = NULL;
	say("%d\n", *(volatile int *)(uintptr_t)0x8000000000000000ULL);
}

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
	static void (*const faults[])(void) = { read_null, write_read_only, read_past_end, divide,
						illegal,   breakpoint,      non_canonical };
	struct sigaction action = { .sa_sigaction = jump, .sa_flags = SA_SIGINFO };
	for (size_t i = 0; i < countof(signals); i++)
		must(sigaction(signals[i], &action, NULL) == 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < countof(faults); i++) {
			if (sigsetjmp(back, 1) == 0)
				faults[i]();
		}
	}
	return finish();
}
