/* chmod, fchmod, umask, chown to itself, utimensat with fixed times, NOW and OMIT. */
#include "test.h"
#include <sys/time.h>
#include <utime.h>

static void say_mode(const char *path)
{
	struct stat status;
	must(stat(path, &status) == 0);
	say("%s: %o\n", path, status.st_mode & 07777);
}

static void say_times(const char *path)
{
	struct stat status;
	must(stat(path, &status) == 0);
	say("%s: access %lld.%09ld, modification %lld.%09ld\n", path,
	    (long long)status.st_atim.tv_sec, status.st_atim.tv_nsec,
	    (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

int main(void)
{
	struct timespec fixed[2] = { { 1000000000, 123456789 }, { 1234567890, 987654321 } };
	struct timespec omit[2] = { { 77, UTIME_OMIT }, { 1111111111, 0 } };
	struct timespec now[2] = { { 55, UTIME_NOW }, { 66, UTIME_NOW } };
	show(umask(077));
	make_file("narrow", "");
	say_mode("narrow");
	show(umask(0));
	must(close(open("wide", O_WRONLY | O_CREAT, 0666)) == 0);
	say_mode("wide");
	must(mkdir("folder", 0777) == 0);
	say_mode("folder");
	show(umask(022));
	show(chmod("narrow", 04711));
	say_mode("narrow");
	int fd = open("narrow", O_RDWR);
	show(fchmod(fd, 0600));
	say_mode("narrow");
	show(chmod("missing", 0600));
	show(chown("narrow", getuid(), getgid()));
	show(fchown(fd, (uid_t)-1, (gid_t)-1));
	show(lchown("missing", getuid(), getgid()));
	show(utimensat(AT_FDCWD, "narrow", fixed, 0));
	say_times("narrow");
	show(utimensat(AT_FDCWD, "narrow", omit, 0));
	say_times("narrow");
	show(futimens(fd, fixed));
	say_times("narrow");
	struct timeval old[2] = { { 5, 6 }, { 7, 8 } };
	show(utimes("narrow", old));
	say_times("narrow");
	show(utimensat(AT_FDCWD, "narrow", now, 0));
	struct stat status;
	must(stat("narrow", &status) == 0);
	say("now %d\n", status.st_mtim.tv_sec > 1500000000);
	show(utimensat(AT_FDCWD, "missing", fixed, 0));
	show(utime("narrow", NULL));
	pid_t pid = fork();
	if (pid == 0)
		_exit((int)umask(0));
	wait_and_say("umask inherited", pid);
	return finish();
}
