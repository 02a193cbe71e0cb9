/* flock, POSIX locks and open-file-description locks between a parent and its child. */
#include "test.h"
#include <sys/file.h>

static void try_all(const char *who)
{
	int fd = open("data", O_RDWR);
	must(fd >= 0);
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 5 };
	struct flock asked = range;
	say("%s: ", who);
	show(flock(fd, LOCK_EX | LOCK_NB));
	show(fcntl(fd, F_SETLK, &range));
	show(fcntl(fd, F_GETLK, &asked));
	say("type %d, start %ld, by the parent %d\n", asked.l_type, (long)asked.l_start,
	    asked.l_pid == getppid());
	range.l_start = 20;
	show(fcntl(fd, F_SETLK, &range));
	range.l_start = 40;
	range.l_pid = 0;
	show(fcntl(fd, F_OFD_SETLK, &range));
	must(close(fd) == 0);
}

static void run_child(const char *who)
{
	pid_t pid = fork();
	if (pid == 0) {
		try_all(who);
		_exit(0);
	}
	wait_and_say(who, pid);
}

int main(void)
{
	make_file("data", "");
	int fd = open("data", O_RDWR);
	must(fd >= 0);
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
	struct flock other = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 40, .l_len = 1 };
	show(flock(fd, LOCK_EX));
	show(fcntl(fd, F_SETLKW, &range));
	show(fcntl(fd, F_OFD_SETLK, &other));
	run_child("locked");
	show(flock(fd, LOCK_UN));
	range.l_type = F_UNLCK;
	show(fcntl(fd, F_SETLK, &range));
	other.l_type = F_UNLCK;
	show(fcntl(fd, F_OFD_SETLK, &other));
	run_child("unlocked");
	/* The child waits for a lock until its parent lets go. */
	int ready[2];
	char byte;
	must(pipe(ready) == 0);
	range.l_type = F_WRLCK;
	must(fcntl(fd, F_SETLK, &range) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		must(write(ready[1], "r", 1) == 1);
		must(fcntl(fd, F_SETLKW, &range) == 0);
		say("child has it\n");
		_exit(0);
	}
	must(read(ready[0], &byte, 1) == 1);
	say("parent lets go\n");
	range.l_type = F_UNLCK;
	must(fcntl(fd, F_SETLK, &range) == 0);
	wait_and_say("waiter", pid);
	show(lockf(fd, F_TLOCK, 0));
	show(flock(99, LOCK_SH));
	return finish();
}
