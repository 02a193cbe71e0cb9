/*
 * A thread, or a process that shares the memory, changes a buffer while
 * another's write of it waits in the kernel: alone, what comes out is the
 * later content. Under the monitor it must be what all variants were compared
 * on. Prints which of the two came out: swap [large-]buffer|vector|process, or
 * messages; what is large is copied in parts.
 *
 * swap offset: with SWAP set (in one variant), a thread changes the offset that
 * another has handed to sendfile, a little later each time.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES       (256 * 1024)
#define LARGE_BYTES (33 << 20)

static char *buffer;
static long bytes = BYTES;
static int ends[2];
static const char *how;

static ssize_t send_both(struct iovec parts[2])
{
	struct mmsghdr messages[2] = { { { .msg_iov = parts, .msg_iovlen = 1 }, 0 },
				       { { .msg_iov = parts + 1, .msg_iovlen = 1 }, 0 } };

	if (sendmmsg(ends[1], messages, 2, 0) != 2)
		return -1;
	return (ssize_t)messages[0].msg_len + (ssize_t)messages[1].msg_len;
}

static void *writes(void *argument)
{
	struct iovec parts[2] = { { buffer, (size_t)bytes / 2 },
				  { buffer + bytes / 2, (size_t)bytes / 2 } };
	ssize_t done;

	if (strcmp(how, "vector") == 0)
		done = writev(ends[1], parts, 2);
	else if (strcmp(how, "messages") == 0)
		done = send_both(parts);
	else
		done = write(ends[1], buffer, (size_t)bytes);
	return done == bytes ? argument : NULL;
}

/* Returns when the writer fills the pipe and waits. */
static void await_full(void)
{
	struct pollfd pfd = { .fd = ends[1], .events = POLLOUT };

	while (poll(&pfd, 1, 0) > 0)
		usleep(1000);
}

static long drain(char what)
{
	static char got[65536];
	long count = 0, total = 0;

	while (total < bytes) {
		ssize_t n = read(ends[0], got, sizeof(got));

		if (n <= 0)
			return -1;
		for (ssize_t i = 0; i < n; i++)
			count += got[i] == what;
		total += n;
	}
	return count;
}

static int open_ends(void)
{
	if (strcmp(how, "messages") == 0)
		return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
	return pipe2(ends, O_CLOEXEC);
}

/* -1 when the writer could not write all. */
static long change_under_thread(void)
{
	pthread_t thread;
	void *done = NULL;
	long later;

	if (pthread_create(&thread, NULL, writes, buffer) != 0)
		return -1;
	await_full();
	memset(buffer, 'x', (size_t)bytes);
	later = drain('x');
	return pthread_join(thread, &done) == 0 && done ? later : -1;
}

static long change_under_process(void)
{
	pid_t child = fork();
	int status;
	long later;

	if (child == 0)
		_exit(!writes(buffer));
	if (child < 0)
		return -1;
	await_full();
	memset(buffer, 'x', (size_t)bytes);
	later = drain('x');
	return waitpid(child, &status, 0) == child && status == 0 ? later : -1;
}

#define ROUNDS     400
#define SPINS      4000 /* at most, between the call and the change */
#define PART_BYTES 1024

static volatile off_t offset;
static _Atomic int round_nr;

static void *changes_offset(void *unused)
{
	bool swaps = getenv("SWAP") != NULL;

	for (int round = 1; round <= ROUNDS; round++) {
		while (atomic_load(&round_nr) < round)
			;
		for (volatile int i = 0; i < round * (SPINS / ROUNDS); i++)
			;
		if (swaps)
			offset = BYTES / 2;
	}
	return unused;
}

static int open_halves(void)
{
	int fd = memfd_create("halves", MFD_CLOEXEC);

	memset(buffer + BYTES / 2, 'x', BYTES / 2);
	return fd >= 0 && write(fd, buffer, BYTES) == BYTES ? fd : -1;
}

/* How much of the other half came out. */
static long change_offset(void)
{
	char got[PART_BYTES];
	int fd = open_halves();
	pthread_t thread;
	long later = 0;

	if (fd < 0 || pthread_create(&thread, NULL, changes_offset, NULL) != 0)
		return -1;
	for (int round = 1; round <= ROUNDS; round++) {
		offset = 0;
		atomic_store(&round_nr, round);
		if (sendfile(ends[1], fd, (off_t *)&offset, sizeof(got)) != sizeof(got) ||
		    read(ends[0], got, sizeof(got)) != sizeof(got))
			return -1;
		later += got[0] == 'x';
		usleep(300);
	}
	return pthread_join(thread, NULL) == 0 ? later : -1;
}

int main(int argc, char **argv)
{
	long later;

	how = argc > 1 ? argv[1] : "";
	if (strncmp(how, "large-", 6) == 0) {
		how += 6;
		bytes = LARGE_BYTES;
	}
	buffer = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (buffer == MAP_FAILED || open_ends() < 0)
		return 1;
	memset(buffer, 'c', (size_t)bytes);
	if (strcmp(how, "offset") == 0)
		later = change_offset();
	else
		later = strcmp(how, "process") == 0 ? change_under_process() :
						      change_under_thread();
	puts(later < 0 ? "failed" : later ? "changed" : "compared");
	return later < 0;
}
