/* truncate, ftruncate, fallocate and its modes, holes, limits on size. */
#include "test.h"
#include <sys/resource.h>

static void say_size(int fd)
{
	struct stat status;
	must(fstat(fd, &status) == 0);
	say("bytes %lld, position %lld\n", (long long)status.st_size,
	    (long long)lseek(fd, 0, SEEK_CUR));
}

static void too_large(int signo)
{
	say("SIG%s\n", sigabbrev_np(signo));
}

int main(void)
{
	char text[16] = "";
	make_file("data", "0123456789");
	int fd = open("data", O_RDWR);
	must(fd >= 0);
	show(ftruncate(fd, 5));
	say_size(fd);
	show(ftruncate(fd, 12));
	show(pread(fd, text, 12, 0));
	say("%d %d %d\n", text[4], text[5], text[11]);
	show(truncate("data", 3));
	say_size(fd);
	show(truncate("missing", 3));
	show(ftruncate(fd, -1));
	int reader = open("data", O_RDONLY);
	show(ftruncate(reader, 1));
	show(posix_fallocate(fd, 0, 8192));
	say_size(fd);
	show(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000));
	say_size(fd);
	show(pwrite(fd, "abc", 3, 4096));
	show(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
	show(pread(fd, text, 3, 4096));
	say("%d\n", text[0]);
	show(fallocate(fd, 0, 0, 0));
	show(fallocate(reader, 0, 0, 10));
	show(lseek(fd, 1LL << 40, SEEK_SET));
	say_size(fd);
	struct rlimit limit = { 10000, 10000 };
	must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	catch_signal(SIGXFSZ, too_large, 0);
	show(ftruncate(fd, 20000));
	show(pwrite(fd, "abcdef", 6, 9997));
	show(pwrite(fd, "abcdef", 6, 10000));
	say_size(fd);
	show(ftruncate(fd, 10));
	return finish();
}
