/* What can be done to a shared mapping of a file: protection, size, place, parts, advice, fork. */
#include "test.h"
#include <setjmp.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static sigjmp_buf back;

static void on_bus(int signo)
{
	(void)signo;
	siglongjmp(back, 1);
}

static char *map_file(int fd, size_t pages, int protection, off_t offset)
{
	char *map = mmap(NULL, pages * PAGE, protection, MAP_SHARED, fd, offset);
	must(map != MAP_FAILED);
	return map;
}

static void show_char(int fd, off_t at)
{
	char c = 0;
	must(pread(fd, &c, 1, at) == 1);
	say("the file has '%c' at %ld\n", c ? c : '.', (long)at);
}

static void protection(int fd)
{
	char *map = map_file(fd, 1, PROT_READ, 0);
	show(mprotect(map, PAGE, PROT_READ | PROT_WRITE));
	map[0] = 'P';
	show_char(fd, 0);
	show(mprotect(map, PAGE, PROT_NONE));
	show(mprotect(map, PAGE, PROT_READ));
	say("%c\n", map[0]);
	int reading = open("data", O_RDONLY);
	char *only = map_file(reading, 1, PROT_READ, 0);
	show(mprotect(only, PAGE, PROT_READ | PROT_WRITE));
	say("%c\n", only[0]);
	show(munmap(only, PAGE));
	show(close(reading));
	show(munmap(map, PAGE));
}

static void places(int fd)
{
	char *map = map_file(fd, 4, PROT_READ | PROT_WRITE, 0);
	/* The second page becomes anonymous, the third the file's first. */
	must(mmap(map + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		  -1, 0) == map + PAGE);
	must(mmap(map + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	     map + 2 * PAGE);
	map[PAGE] = 'a';
	map[2 * PAGE + 1] = 'Q';
	say("%c %c\n", map[1], map[PAGE + 1] ? 'x' : '-');
	show_char(fd, 1);
	show_char(fd, PAGE);
	show(munmap(map, 4 * PAGE));
	map = map_file(fd, 1, PROT_READ | PROT_WRITE, PAGE);
	map[3] = 'R';
	map = mremap(map, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	must(map != MAP_FAILED);
	map[2 * PAGE + 3] = 'S';
	show_char(fd, PAGE + 3);
	show_char(fd, 3 * PAGE + 3);
	/* A second view of the same pages (mremap(2), old_size 0). */
	char *twin = mremap(map, 0, PAGE, MREMAP_MAYMOVE);
	must(twin != MAP_FAILED);
	twin[4] = 'T';
	say("%c\n", map[4]);
	show(munmap(twin, PAGE));
	show(munmap(map, 3 * PAGE));
}

static void beyond_the_end(int fd)
{
	char *volatile map = map_file(fd, 6, PROT_READ | PROT_WRITE, 0);
	catch_signal(SIGBUS, on_bus, 0);
	if (sigsetjmp(back, 1) == 0) {
		map[5 * PAGE] = 'x';
		say("stored beyond the end\n");
	} else {
		say("SIGBUS\n");
	}
	must(ftruncate(fd, 6 * PAGE) == 0);
	map[5 * PAGE] = 'U';
	show_char(fd, 5 * PAGE);
	must(ftruncate(fd, 4 * PAGE) == 0);
	if (sigsetjmp(back, 1) == 0)
		say("there is '%c'\n", map[5 * PAGE]);
	else
		say("SIGBUS\n");
	show(munmap(map, 6 * PAGE));
}

static void advice(int fd)
{
	char *map = map_file(fd, 2, PROT_READ | PROT_WRITE, 0);
	map[5] = 'V';
	map[PAGE + 5] = 'W';
	show(madvise(map, PAGE, MADV_DONTNEED));
	say("%c\n", map[5]);
	show(madvise(map + PAGE, PAGE, MADV_WIPEONFORK));
	int shm = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
	must(shm >= 0 && ftruncate(shm, 2 * PAGE) == 0);
	char *memory = map_file(shm, 2, PROT_READ | PROT_WRITE, 0);
	memory[6] = 'X';
	memory[PAGE + 6] = 'Y';
	show(madvise(memory, PAGE, MADV_REMOVE));
	show_char(shm, 6);
	show_char(shm, PAGE + 6);
	say("%d %c\n", memory[6], memory[PAGE + 6]);
	show(madvise(memory, PAGE, MADV_DONTFORK));
	pid_t pid = fork();
	if (pid == 0) {
		memory[PAGE + 7] = 'Z';
		show(madvise(memory, PAGE, MADV_NORMAL));
		_exit(0);
	}
	wait_and_say("child", pid);
	say("%c\n", memory[PAGE + 7]);
	show(msync(memory, 2 * PAGE, MS_SYNC | MS_INVALIDATE));
	show(munmap(memory, 2 * PAGE));
	show(msync(memory, PAGE, MS_ASYNC));
	show(munmap(map, 2 * PAGE));
}

static void private_parts(void)
{
	/* A stack that grows, memory that a child finds empty. */
	char *down = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	must(down != MAP_FAILED);
	down[10] = 'd';
	char *wiped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(wiped != MAP_FAILED);
	wiped[0] = 'w';
	show(madvise(wiped, PAGE, MADV_WIPEONFORK));
	pid_t pid = fork();
	if (pid == 0)
		_exit(wiped[0] == 0 && down[10] == 'd' ? 0 : 1);
	wait_and_say("child", pid);
}

int main(void)
{
	int fd = open("data", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0);
	protection(fd);
	places(fd);
	beyond_the_end(fd);
	advice(fd);
	private_parts();
	return finish();
}
