/* rdtsc and rdtscp count upwards; their low bits as control flow; registers around them live. */
#include "test.h"
#include <setjmp.h>
#include <sys/prctl.h>
#include <x86intrin.h>

static sigjmp_buf back;

static void leap(int signo)
{
	siglongjmp(back, signo);
}

/* Taken away by the program's own wish, from its children too; and given back. */
static void without_counter(void)
{
	int value = 0, status;
	show(prctl(PR_SET_TSC, 77));
	show(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	show(prctl(PR_GET_TSC, &value));
	say("%d\n", value == PR_TSC_SIGSEGV);
	signal(SIGSEGV, leap);
	if (sigsetjmp(back, 1) == 0)
		say("read %d\n", __rdtsc() != 0);
	else
		say("no counter\n");
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		show(prctl(PR_GET_TSC, &value));
		if (sigsetjmp(back, 1) == 0)
			say("child: read %d\n", __rdtsc() != 0);
		else
			say("child: no counter\n");
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0);
	show(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	say("read %d\n", __rdtsc() != 0);
}

int main(void)
{
	without_counter();
	uint64_t last = __rdtsc();
	int backwards = 0, odd = 0;
	unsigned int cpu;
	for (int i = 0; i < 500; i++) {
		uint64_t now = i % 2 ? __rdtsc() : __rdtscp(&cpu);
		backwards += now < last;
		odd += (int)(now >> 4 & 1);
		last = now;
	}
	say("backwards %d\n", backwards);
	/* As many calls as the counter says: variants that saw other values would part here. */
	for (int i = 0; i < odd % 50; i++)
		must(lseek(STDIN_FILENO, 0, SEEK_CUR) != -2);
	char text[32];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)last);
	int fd = open("/dev/null", O_WRONLY);
	must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	uint64_t rbx = 0x1122334455667788, low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high), "+b"(rbx) : : "rcx");
	say("rbx kept %d, upper halves zero %d\n", rbx == 0x1122334455667788,
	    low >> 32 == 0 && high >> 32 == 0);
	return finish();
}
