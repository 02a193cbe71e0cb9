/* fcntl beyond duplicates, flags and locks: owners, leases, hints, pipes, notes about folders. */
#include "test.h"
#include <sys/mman.h>

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY   1027
#define F_CREATED_QUERY 1028
#endif

static volatile sig_atomic_t signals;

static void count(int signo)
{
	(void)signo;
	signals++;
}

/* Waits for the first one; blocked otherwise. */
static void wait_for_signal(void)
{
	sigset_t none;

	sigemptyset(&none);
	while (!signals)
		sigsuspend(&none);
	say("told\n");
}

static void show_owner(void)
{
	struct f_owner_ex owner = { F_OWNER_PID, getpid() }, got = { -1, -1 };
	uid_t uids[2] = { 7, 7 };
	int ends[2];

	must(pipe(ends) == 0);
	show(fcntl(ends[0], F_SETOWN, getpid()));
	say("own %d\n", fcntl(ends[0], F_GETOWN) == getpid());
	show(fcntl(ends[0], F_SETOWN_EX, &owner));
	show(fcntl(ends[0], F_GETOWN_EX, &got));
	say("own %d kind %d\n", got.pid == getpid(), got.type);
	say("uids %d\n", fcntl(ends[0], 17 /* F_GETOWNER_UIDS */, uids) < 0 || uids[0] == getuid());
	owner.type = 99;
	show(fcntl(ends[0], F_SETOWN_EX, &owner));
	show(fcntl(ends[0], F_SETOWN_EX, bad_address()));
	show(fcntl(ends[0], F_SETSIG, SIGUSR1));
	show(fcntl(ends[0], F_GETSIG) == SIGUSR1);
	catch_signal(SIGUSR1, count, SA_RESTART);
	show(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	must(write(ends[1], "x", 1) == 1);
	wait_for_signal();
	show(fcntl(ends[0], F_SETFL, 0));
	must(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void show_pipe(void)
{
	int ends[2];

	must(pipe(ends) == 0);
	show(fcntl(ends[0], F_SETPIPE_SZ, 8192));
	show(fcntl(ends[1], F_GETPIPE_SZ));
	show(fcntl(0, F_SETPIPE_SZ, -1) < 0);
	int twin = fcntl(ends[0], F_DUPFD_CLOEXEC, 20);
	must(twin == 20);
	int same = fcntl(ends[0], F_DUPFD_QUERY, twin);
	if (same >= 0)
		say("same %d, other %d\n", same, fcntl(ends[0], F_DUPFD_QUERY, ends[1]));
	else
		show(same);
	must(close(twin) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void show_file(void)
{
	uint64_t hint = 3, got = 99;

	make_file("data", "x");
	int fd = open("data", O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	show(fcntl(fd, F_SETLEASE, F_RDLCK));
	show(fcntl(fd, F_GETLEASE) == F_RDLCK);
	show(fcntl(fd, F_SETLEASE, F_UNLCK));
	show(fcntl(fd, F_SETLEASE, 99));
	show(fcntl(fd, F_SET_RW_HINT, &hint));
	show(fcntl(fd, F_GET_RW_HINT, &got));
	say("hint %llu\n", (unsigned long long)got);
	hint = 99;
	show(fcntl(fd, F_SET_RW_HINT, &hint));
	show(fcntl(fd, F_GET_FILE_RW_HINT, &got) < 0 || got <= 5);
	show(fcntl(fd, F_CREATED_QUERY) <= 0);
	show(fcntl(fd, 4711, 1));
	show(fcntl(fd, F_GET_RW_HINT, bad_address()));
	must(close(fd) == 0);
}

static void show_seals(void)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	must(fd >= 0 && ftruncate(fd, 4096) == 0);
	show(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
	show(fcntl(fd, F_GET_SEALS));
	show(ftruncate(fd, 0));
	must(close(fd) == 0);
}

static void show_folder(void)
{
	must(mkdir("folder", 0700) == 0);
	int fd = open("folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0);
	catch_signal(SIGIO, count, SA_RESTART);
	signals = 0;
	show(fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
	make_file("folder/new", "x");
	wait_for_signal();
	must(close(fd) == 0);
}

int main(void)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigaddset(&blocked, SIGIO);
	must(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
	show_owner();
	show_pipe();
	show_file();
	show_seals();
	show_folder();
	return finish();
}
