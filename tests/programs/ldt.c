/* A local descriptor table: segments whose base is an address of the variant's own. */
#include "test.h"
#include <asm/ldt.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int main(void)
{
	unsigned char table[8 * 16] = { 0 };
	unsigned char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	struct user_desc entry = {
		.entry_number = 0, .limit = 4095, .seg_32bit = 1, .read_exec_only = 0, .useable = 1
	};

	must(memory != MAP_FAILED);
	memory[5] = 42;
	entry.base_addr = (unsigned)(uintptr_t)memory;
	if (syscall(SYS_modify_ldt, 0x11, &entry, sizeof(entry)) != 0) {
		say("no table\n");
		return 77;
	}
	unsigned char byte = 0;
	unsigned short selector = 7, old = 0;
	__asm__ volatile("mov %%gs, %1\n\tmov %2, %%gs\n\tmovb %%gs:5, %0\n\tmov %1, %%gs"
			 : "=&r"(byte), "=&r"(old)
			 : "r"(selector)
			 : "memory");
	say("through the segment %u\n", byte);
	show(syscall(SYS_modify_ldt, 0, table, sizeof(table)));
	say("an entry %d\n", table[5] != 0);
	show(syscall(SYS_modify_ldt, 2, table, 64));
	show(syscall(SYS_modify_ldt, 9, table, 64));
	show(syscall(SYS_modify_ldt, 0x11, &entry, 3));
	return finish();
}
