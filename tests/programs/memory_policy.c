/* Locked, sealed, coloured and placed memory: each variant's own, the same results. */
#include "test.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include "schema/syscall_numbers.h"

#define PAGE 4096

static void show_locks(char *memory)
{
	show(mlockall(MCL_CURRENT));
	show(munlockall());
	show(mlockall(0));
	show(mlock2(memory, PAGE, MLOCK_ONFAULT));
	show(munlock(memory, PAGE));
	show(mlock2(memory, PAGE, 0x100));
}

static void show_keys(char *memory)
{
	int key = pkey_alloc(0, 0);

	if (key < 0) {
		say("no key\n");
		show(pkey_mprotect(memory, PAGE, PROT_READ, -1));
		return;
	}
	say("key %d\n", key > 0);
	show(pkey_mprotect(memory, PAGE, PROT_READ | PROT_WRITE, key));
	memory[0] = 1;
	show(pkey_free(key));
	show(pkey_free(key));
	show(pkey_mprotect(memory, PAGE, PROT_READ | PROT_WRITE, 0));
	show(pkey_alloc(1, 0));
}

static void show_policy(char *memory)
{
	unsigned long nodes = 1, none = 0, got = 0;
	int mode = -1;

	/* A kernel without NUMA knows none of it. */
	long known = syscall(SYS_set_mempolicy, 2 /* MPOL_BIND */, &nodes, sizeof(nodes) * 8);
	if (known < 0 && errno == ENOSYS) {
		say("no policies\n");
		return;
	}
	show(syscall(SYS_get_mempolicy, &mode, &got, sizeof(got) * 8, NULL, 0));
	say("mode %d nodes %lu\n", mode, got);
	show(syscall(SYS_set_mempolicy, 0, NULL, 0));
	show(syscall(SYS_set_mempolicy, 99, &nodes, sizeof(nodes) * 8));
	show(syscall(SYS_mbind, memory, PAGE, 2, &nodes, sizeof(nodes) * 8, 0));
	show(syscall(SYS_mbind, memory, PAGE, 2, &none, sizeof(none) * 8, 0));
	show(syscall(SYS_mbind, memory, PAGE, 2, bad_address(), sizeof(none) * 8, 0));
	show(syscall(__NR_set_mempolicy_home_node, memory, PAGE, 0, 0));
	show(syscall(__NR_set_mempolicy_home_node, memory, PAGE, 0, 1));
}

static void show_seal(void)
{
	char *memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	if (syscall(__NR_mseal, memory, PAGE, 0) < 0) {
		must(errno == ENOSYS || errno == EPERM);
		say("no seals\n");
		return;
	}
	show(mprotect(memory, PAGE, PROT_READ | PROT_WRITE));
	show(munmap(memory, PAGE));
	show(syscall(__NR_mseal, memory + 1, PAGE, 0));
}

int main(void)
{
	char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	show_locks(memory);
	show_keys(memory);
	show_policy(memory);
	show_seal();
	return finish();
}
