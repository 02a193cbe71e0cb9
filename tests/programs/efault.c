/* Bad pointers give EFAULT, natively and to every variant; partial ones give partial results. */
#include "test.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

static void show_partial(int fd)
{
	/* The second page is not there. */
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(pages != MAP_FAILED && munmap(pages + 4096, 4096) == 0);
	memset(pages, 'p', 4096);
	show(pwrite(fd, pages + 4000, 500, 0));
	show(pread(fd, pages + 4090, 6, 0));
	show(pread(fd, pages + 4093, 6, 0));
	strcpy(pages + 4091, "data");
	show(access(pages + 4091, F_OK));
	memset(pages + 4091, 'd', 5);
	show(access(pages + 4091, F_OK));
	struct iovec vector[2] = { { pages + 4090, 6 }, { pages + 4096, 6 } };
	show(writev(fd, vector, 2));
}

int main(void)
{
	struct stat status;
	int ends[2];
	make_file("data", "some data in it");
	int fd = open("data", O_RDWR);
	must(fd >= 0 && pipe(ends) == 0);
	show(read(fd, bad_address(), 10));
	show(write(fd, bad_address(), 10));
	show(open(bad_address(), O_RDONLY));
	show(stat(bad_address(), &status));
	show(stat("data", bad_address()));
	show(fstat(fd, bad_address()));
	show(syscall(SYS_pipe2, bad_address(), 0));
	show(write(ends[1], bad_address(), 3));
	show(writev(fd, bad_address(), 2));
	show(access(bad_address(), F_OK));
	show(chdir(null_address()));
	show(syscall(SYS_uname, bad_address()));
	show(syscall(SYS_getcwd, bad_address(), 100));
	show(readlink("data", bad_address(), 10));
	show(readlink("/proc/self/exe", bad_address(), 10));
	show(syscall(SYS_nanosleep, bad_address(), NULL));
	show(syscall(SYS_rt_sigaction, SIGUSR1, bad_address(), NULL, 8));
	show(syscall(SYS_rt_sigaction, SIGUSR1, NULL, bad_address(), 8));
	show(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	show(syscall(SYS_rt_sigprocmask, SIG_BLOCK, bad_address(), NULL, 8));
	show(getsockname(socket(AF_UNIX, SOCK_STREAM, 0), bad_address(), bad_address()));
	show(read(fd, (void *)(uintptr_t)0xffffffff80000000ULL, 10));
	show(write(fd, (void *)(uintptr_t)0xffffffff80000000ULL, 10));
	show_partial(fd);
	show(lseek(fd, 0, SEEK_END));
	return finish();
}
