/*
 * mkdir through another ABI: int 0x80, sysenter, x32, or int 0x80 from 32-bit
 * code. Natively that works, or ends as the kernel has it; 77 says that this
 * machine has no such ABI. A second argument of 0 does without.
 */
#include "tests/programs/test.h"
#include <sys/mman.h>
#include <sys/syscall.h>

#define MKDIR_I386  39
#define GETPID_I386 20

static void leave(int signo)
{
	(void)signo;
	_exit(77);
}

static void leave_well(int signo)
{
	(void)signo;
	_exit(0);
}

/* Below 4 GiB, where 32-bit code can see it. */
static char *page;

static void by_int80(void)
{
	long result;
	strcpy(page, "made");
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(MKDIR_I386), "b"(page), "c"(0755)
			 : "memory", "r8", "r9", "r10", "r11");
	must(result == 0);
}

/* Intel only; the kernel then has nowhere to return to, and rbp needs no keeping. */
static void by_sysenter(void)
{
	signal(SIGSEGV, leave_well);
	__asm__ volatile("mov %%rsp, %%rbp\n\tsysenter"
			 :
			 : "a"(GETPID_I386)
			 : "memory", "rcx", "rdx", "r11");
}

static void by_x32(void)
{
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(0x40000000 | SYS_mkdir), "D"("made"), "S"(0755)
			 : "memory", "rcx", "r11");
	must(result == 0 || result == -ENOSYS);
}

/* A far return into __USER32_CS (0x23) and back. */
static void by_code32(void)
{
	static const unsigned char code[] = {
		0xcd, 0x80, /* int 0x80 */
		0xcb,       /* retf, 32-bit: pops eip and cs */
	};
	uint32_t *stack = (uint32_t *)(page + 4096);
	long result;
	memcpy(page, code, sizeof(code));
	strcpy(page + 64, "made");
	/* The way back, for the 32-bit retf: a stub that jumps on in 64 bits. */
	page[128] = (char)0x41;
	page[129] = (char)0xff;
	page[130] = (char)0xe0; /* jmp *%r8 */
	stack[-2] = (uint32_t)(uintptr_t)(page + 128);
	stack[-1] = 0x33;
	__asm__ volatile("mov %%rsp, %%r9\n\t"
			 "lea 1f(%%rip), %%r8\n\t"
			 "mov %[stack], %%rsp\n\t"
			 "sub $16, %%rsp\n\t"
			 "movl %k[code], (%%rsp)\n\t"
			 "movl $0x23, 4(%%rsp)\n\t"
			 "lretl\n"
			 "1:\n\t"
			 "mov %%r9, %%rsp\n\t"
			 : "=a"(result)
			 : "a"(MKDIR_I386), "b"(page + 64),
			   "c"(0755), [stack] "r"(stack), [code] "r"(page)
			 : "memory", "r8", "r9", "r10", "r11");
	must(result == 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*call)(void);
	} ways[] = {
		{ "int80", by_int80 },
		{ "sysenter", by_sysenter },
		{ "x32", by_x32 },
		{ "code32", by_code32 },
	};
	must(argc == 2 || argc == 3);
	signal(SIGSEGV, leave);
	signal(SIGILL, leave);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	must(page != MAP_FAILED);
	say("before\n");
	if (argc == 3 && argv[2][0] == '0') {
		must(getppid() > 0);
		return finish();
	}
	for (size_t i = 0; i < countof(ways); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			ways[i].call();
	say("after\n");
	return finish();
}
