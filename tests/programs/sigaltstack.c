/* A handler on an alternate stack; SS_ONSTACK; overflow of the main stack handled there. */
#include "test.h"
#include <setjmp.h>
#include <sys/resource.h>

static char stack_memory[65536];
static sigjmp_buf back;

static bool is_on_alternate(const void *address)
{
	const char *where = address;
	return where >= stack_memory && where < stack_memory + sizeof(stack_memory);
}

static void note(int signo)
{
	stack_t now;
	int local;
	must(sigaltstack(NULL, &now) == 0);
	say("handler of SIG%s: on the stack %d, flag %d\n", sigabbrev_np(signo),
	    is_on_alternate(&local), now.ss_flags == SS_ONSTACK);
	show(sigaltstack(&now, NULL));
}

static void jump(int signo)
{
	int local;
	say("overflow: on the stack %d\n", is_on_alternate(&local));
	siglongjmp(back, 1);
}

static int overflow(int depth)
{
	volatile char page[4096];
	if (depth > 1 << 20)
		return 0;
	memset((char *)page, depth, sizeof(page));
	return overflow(depth + 1) + page[depth % 4096];
}

int main(void)
{
	stack_t stack = { .ss_sp = stack_memory, .ss_size = sizeof(stack_memory) }, old;
	struct rlimit limit = { 1 << 20, 1 << 20 };
	must(sigaltstack(NULL, &old) == 0);
	say("disabled %d\n", old.ss_flags == SS_DISABLE);
	show(sigaltstack(&stack, NULL));
	catch_signal(SIGUSR1, note, SA_ONSTACK);
	catch_signal(SIGUSR2, note, 0);
	raise(SIGUSR1);
	raise(SIGUSR2);
	must(setrlimit(RLIMIT_STACK, &limit) == 0);
	catch_signal(SIGSEGV, jump, SA_ONSTACK);
	if (sigsetjmp(back, 1) == 0)
		overflow(0);
	say("survived the overflow\n");
	stack.ss_size = 16;
	show(sigaltstack(&stack, NULL));
	stack.ss_flags = SS_DISABLE;
	show(sigaltstack(&stack, NULL));
	raise(SIGUSR1);
	return finish();
}
