/* A process works on another's memory, and on its own by its id; pages and where they are. */
#include "test.h"
#include <linux/kcmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include "schema/syscall_numbers.h"

#define PAGE 4096

static char words[64] = "words in the program";

static void show_own(void)
{
	char here[16] = "", there[16] = "";
	struct iovec to[2] = { { here, 5 }, { there, 15 } };
	struct iovec from = { words, 20 };
	struct iovec target = { words + 32, 8 }, source = { (void *)"written", 8 };

	show(process_vm_readv(getpid(), to, 2, &from, 1, 0));
	say("%s|%s\n", here, there);
	show(process_vm_writev(getpid(), &source, 1, &target, 1, 0));
	say("%s\n", words + 32);
	from.iov_base = bad_address();
	show(process_vm_readv(getpid(), to, 2, &from, 1, 0));
	show(process_vm_readv(getpid(), to, 2, &from, 1, 1));
	show(process_vm_readv(0x7ffffff0, to, 2, &from, 1, 0));
	show(process_vm_readv(getpid(), to, 2, bad_address(), 1, 0));
}

static void show_child(void)
{
	int ends[2], back[2];
	char text[32] = "", byte = 0;
	/* an address, which is another in each variant */
	char **pointer = malloc(sizeof(*pointer));
	char *got = NULL;

	must(pointer && pipe(ends) == 0 && pipe(back) == 0);
	*pointer = words;
	pid_t pid = fork();
	if (pid == 0) {
		snprintf(words, sizeof(words), "of the child");
		must(write(ends[1], "r", 1) == 1 && read(back[0], &byte, 1) == 1);
		say("child: %s\n", words);
		_exit(0);
	}
	must(read(ends[0], &byte, 1) == 1);
	struct iovec local = { text, 13 }, remote = { words, 13 };
	show(process_vm_readv(pid, &local, 1, &remote, 1, 0));
	say("%s\n", text);
	local = (struct iovec){ &got, sizeof(got) };
	remote = (struct iovec){ pointer, sizeof(got) };
	show(process_vm_readv(pid, &local, 1, &remote, 1, 0));
	say("its own address %d\n", got == words);
	local = (struct iovec){ (void *)"by its parent", 14 };
	remote = (struct iovec){ words, 14 };
	show(process_vm_writev(pid, &local, 1, &remote, 1, 0));
	show(syscall(SYS_kcmp, getpid(), pid, KCMP_FILE, ends[0], ends[0]));
	show(syscall(SYS_kcmp, getpid(), pid, KCMP_FILE, ends[0], ends[1]) > 0);
	show(syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 1, 2) > 0);
	show(syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 1, 2));
	must(write(back[1], "r", 1) == 1);
	wait_and_say("child", pid);
	show(process_vm_readv(pid, &local, 1, &remote, 1, 0));
}

static void show_advice(char *memory)
{
	struct iovec part = { memory, PAGE };
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

	must(self >= 0);
	show(syscall(__NR_process_madvise, self, &part, 1L, MADV_COLD, 0));
	show(syscall(__NR_process_madvise, self, &part, 1L, 12345, 0));
	show(syscall(__NR_process_madvise, 99, &part, 1L, MADV_COLD, 0));
}

static void show_pages(char *memory)
{
	void *pages[2] = { memory, memory + PAGE };
	int status[2] = { -1, -1 }, nodes[2] = { 0, 0 };
	unsigned long node = 1;

	memory[0] = 1;
	if (syscall(SYS_move_pages, 0, 2L, pages, NULL, status, 0) < 0) {
		say("no moving\n");
		return;
	}
	say("there %d, missing %d\n", status[0] >= 0, status[1]);
	show(syscall(SYS_move_pages, getpid(), 1L, pages, nodes, status, 2));
	show(syscall(SYS_move_pages, 0x7ffffff0, 1L, pages, NULL, status, 0));
	show(syscall(SYS_move_pages, 0, 1L, bad_address(), NULL, status, 0));
	show(syscall(SYS_migrate_pages, 0, 64L, &node, &node) >= 0);
	show(syscall(SYS_migrate_pages, 0x7ffffff0, 64L, &node, &node));
}

int main(void)
{
	char *memory = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);

	must(memory != MAP_FAILED);
	show_own();
	show_child();
	show_advice(memory);
	show_pages(memory);
	return finish();
}
