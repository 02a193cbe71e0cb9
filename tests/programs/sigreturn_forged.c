/*
 * Frames for rt_sigreturn that no kernel made: changed in a handler, copied, or
 * none at all. Where the kernel takes them the program goes on there; where it
 * does not, or what they lead to is no code, it dies as it would alone.
 */
#include "test.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

/* As the kernel lays it out: what rsp points to when rt_sigreturn is called, less the return address. */
struct frame {
	ucontext_t context;
	siginfo_t info;
};

static ucontext_t kept;
static void *low;

/* rsp as a call would leave it. */
static void landing(void)
{
	say("landed\n");
	_exit(5);
}

static void go_to_landing(ucontext_t *u)
{
	u->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)landing;
	u->uc_mcontext.gregs[REG_RSP] = (u->uc_mcontext.gregs[REG_RSP] & ~15ll) - 8;
}

static void to_landing(int signo, siginfo_t *info, void *context)
{
	go_to_landing(context);
}

static void keep(int signo, siginfo_t *info, void *context)
{
	memcpy(&kept, context, sizeof(kept));
}

static void no_code(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	u->uc_mcontext.gregs[REG_RIP] = 8;
}

static void no_stack(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	u->uc_mcontext.gregs[REG_RSP] = (greg_t)0x8000000000000000ull;
}

/* Code of 32 bits, where it can be: an instruction that is none. */
static void code32(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	u->uc_mcontext.gregs[REG_CSGSFS] = (u->uc_mcontext.gregs[REG_CSGSFS] & ~0xffffll) | 0x23;
	u->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)low;
	u->uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)low + 2048;
}

static void no_segment(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	u->uc_mcontext.gregs[REG_CSGSFS] = (u->uc_mcontext.gregs[REG_CSGSFS] & ~0xffffll) | 0x7b;
}

static void single_step(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	u->uc_mcontext.gregs[REG_EFL] |= 0x100;
}

static void handle_with(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	raise(SIGUSR1);
}

static void return_from(void *frame)
{
	__asm__ volatile("mov %0, %%rsp\n\tsyscall"
			 :
			 : "r"(frame), "a"(SYS_rt_sigreturn)
			 : "memory");
}

/* A frame of our own making, somewhere else than on the stack. */
static void copied(void)
{
	static struct frame frame __attribute__((aligned(64)));
	static char stack[8192] __attribute__((aligned(16)));
	handle_with(keep);
	frame.context = kept;
	frame.context.uc_mcontext.fpregs = NULL;
	go_to_landing(&frame.context);
	frame.context.uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)(stack + sizeof(stack) - 8);
	return_from(&frame);
}

static void from_nowhere(void)
{
	return_from(bad_address());
}

static void from_nothing(void)
{
	static struct frame frame;
	return_from(&frame);
}

static void in_child(const char *what, void (*body)(void),
		     void (*handler)(int, siginfo_t *, void *))
{
	int status;
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		if (handler)
			handle_with(handler);
		else
			body();
		_exit(6);
	}
	must(waitpid(child, &status, 0) == child);
	say_status(what, status);
}

int main(void)
{
	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	must(low != MAP_FAILED);
	memcpy(low, "\x0f\x0b", 2); /* ud2 */
	in_child("kept as it was", NULL, keep);
	in_child("changed in a handler", NULL, to_landing);
	in_child("copied", copied, NULL);
	in_child("no code", NULL, no_code);
	in_child("no stack", NULL, no_stack);
	in_child("code of 32 bits", NULL, code32);
	in_child("no segment", NULL, no_segment);
	in_child("single step", NULL, single_step);
	in_child("from nowhere", from_nowhere, NULL);
	in_child("from nothing", from_nothing, NULL);
	return finish();
}
