/* cpuid says the same whenever it is asked; registers around it live; a child and a new program ask too. */
#include "test.h"
#include <cpuid.h>

/* Leaves that do not depend on which CPU happens to answer. */
static void ask_again(void)
{
	static const unsigned int leaves[] = { 0x0, 0x80000000, 0x80000002, 0x80000008 };
	int changed = 0;
	for (size_t i = 0; i < countof(leaves); i++) {
		unsigned int first[4], now[4];
		__cpuid(leaves[i], first[0], first[1], first[2], first[3]);
		for (int j = 0; j < 20; j++) {
			__cpuid(leaves[i], now[0], now[1], now[2], now[3]);
			changed += memcmp(first, now, sizeof(now)) != 0;
		}
	}
	say("changed %d\n", changed);
}

static void registers_live(void)
{
	uint64_t rsi = 0x1122334455667788, rax = 0, rbx = UINT64_MAX, rcx = 0, rdx = UINT64_MAX;
	__asm__ volatile("cpuid" : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi));
	say("rsi kept %d, upper halves zero %d\n", rsi == 0x1122334455667788,
	    rax >> 32 == 0 && rbx >> 32 == 0 && rcx >> 32 == 0 && rdx >> 32 == 0);
}

int main(int argc, char **argv)
{
	ask_again();
	registers_live();
	if (argc > 1)
		return finish();
	pid_t child = fork();
	must(child >= 0);
	if (child == 0) {
		ask_again();
		execl("/proc/self/exe", argv[0], "again", (char *)NULL);
		_exit(99);
	}
	int status;
	must(waitpid(child, &status, 0) == child && status == 0);
	return finish();
}
