/* Calls that today's C library no longer makes: older programs and static ones do. */
#include "test.h"
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <utime.h>
#include "schema/syscall_numbers.h"

/* What the kernel's own struct stat begins with; the layouts agree on x86-64. */
static void show_stats(int fd)
{
	struct stat st;
	struct statfs fs;

	show(syscall(SYS_stat, "data", &st));
	say("size %lld\n", (long long)st.st_size);
	show(syscall(SYS_lstat, "link", &st));
	say("a link %d\n", S_ISLNK(st.st_mode));
	show(syscall(SYS_fstat, fd, &st));
	say("size %lld\n", (long long)st.st_size);
	show(syscall(SYS_stat, "missing", &st));
	show(syscall(SYS_fstat, fd, bad_address()));
	show(syscall(SYS_fstatfs, fd, &fs));
	say("blocks of %d\n", fs.f_bsize > 0);
	show(syscall(SYS_faccessat, AT_FDCWD, "data", R_OK));
	show(syscall(SYS_faccessat, AT_FDCWD, "missing", R_OK));
}

static void show_times(void)
{
	struct utimbuf old = { 1000, 2000 };
	struct timeval times[2] = { { 3000, 0 }, { 4000, 0 } };
	struct stat st;

	show(syscall(SYS_utime, "data", &old));
	must(stat("data", &st) == 0);
	say("%lld %lld\n", (long long)st.st_atime, (long long)st.st_mtime);
	show(syscall(SYS_utimes, "data", times));
	must(stat("data", &st) == 0);
	say("%lld %lld\n", (long long)st.st_atime, (long long)st.st_mtime);
	times[1].tv_sec = 5000;
	show(syscall(SYS_futimesat, AT_FDCWD, "data", times));
	must(stat("data", &st) == 0);
	say("%lld\n", (long long)st.st_mtime);
	show(syscall(SYS_utime, "missing", &old));
}

static void show_names(void)
{
	char bytes[1024];
	struct stat st;
	int fd = (int)syscall(SYS_open, ".", O_RDONLY | O_DIRECTORY);
	long got, total = 0;

	must(fd >= 0);
	while ((got = syscall(SYS_getdents, fd, bytes, 1024)) > 0)
		total += got;
	say("names %d\n", total > 0 && got == 0);
	show(syscall(SYS_getdents, fd, bytes, 1));
	must(close(fd) == 0);
	show(syscall(SYS_mknod, "fifo", S_IFIFO | 0600, 0));
	must(lstat("fifo", &st) == 0);
	say("a fifo %d\n", S_ISFIFO(st.st_mode));
	show(syscall(SYS_fchownat, AT_FDCWD, "data", getuid(), getgid(), 0));
	show(syscall(SYS_fchownat, AT_FDCWD, "missing", -1, -1, 0));
	say("mode %d\n",
	    syscall(__NR_fchmodat2, AT_FDCWD, "data", 0640, 0) == 0 || errno == ENOSYS);
	show(syscall(SYS_open, "data", O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static void show_waiting(void)
{
	int ends[2];
	fd_set set;
	struct timeval soon = { 5, 0 };

	must(syscall(SYS_pipe, ends) == 0);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	soon.tv_sec = 0;
	show(syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &soon));
	must(write(ends[1], "x", 1) == 1);
	FD_SET(ends[0], &set);
	soon.tv_sec = 5;
	show(syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &soon));
	say("ready %d\n", FD_ISSET(ends[0], &set) != 0);
	int epoll = (int)syscall(SYS_epoll_create, 1);
	int inotify = (int)syscall(SYS_inotify_init);
	sigset_t none;
	sigemptyset(&none);
	int signals = (int)syscall(SYS_signalfd, -1, &none, 8L);
	int event = (int)syscall(SYS_eventfd, 3);
	uint64_t value = 0;
	say("numbers %d %d %d %d\n", epoll - ends[1], inotify - ends[1], signals - ends[1],
	    event - ends[1]);
	struct epoll_event wanted = { EPOLLIN, { .u64 = 5 } }, seen[2];
	show(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
	show(epoll_wait(epoll, seen, 2, 1000));
	say("%llu\n", (unsigned long long)seen[0].data.u64);
	show(read(event, &value, sizeof(value)));
	say("%llu\n", (unsigned long long)value);
	show(syscall(SYS_epoll_create, 0));
	for (int fd = ends[0]; fd <= event; fd++)
		must(close(fd) == 0);
}

static void show_fork(void)
{
	say("before\n");
	pid_t pid = (pid_t)syscall(SYS_fork);
	if (pid == 0) {
		say("child\n");
		_exit(5);
	}
	wait_and_say("child", pid);
}

int main(void)
{
	int fd = (int)syscall(SYS_open, "data", O_RDWR | O_CREAT, 0600);

	must(fd >= 0 && write(fd, "text", 4) == 4 && symlink("data", "link") == 0);
	show_stats(fd);
	show_times();
	show_names();
	show_waiting();
	show_fork();
	show(syscall(SYS_syncfs, fd));
	show(syscall(SYS_sync));
	show(syscall(SYS_syncfs, 99));
	return finish();
}
