/*
 * A thread changes a buffer while another's write of it waits in the kernel:
 * alone, what comes out is the later content. Under the monitor it must be
 * what all variants were compared on. Prints which of the two came out.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define BYTES (256 * 1024)

static char buffer[BYTES];
static int ends[2];
static int use_vector;

static void *writes(void *argument)
{
	struct iovec parts[2] = { { buffer, BYTES / 2 }, { buffer + BYTES / 2, BYTES / 2 } };
	ssize_t done = use_vector ? writev(ends[1], parts, 2) : write(ends[1], buffer, BYTES);

	return done == BYTES ? argument : NULL;
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
	static char got[4096];
	long count = 0, total = 0;

	while (total < BYTES) {
		ssize_t n = read(ends[0], got, sizeof(got));

		if (n <= 0)
			return -1;
		for (ssize_t i = 0; i < n; i++)
			count += got[i] == what;
		total += n;
	}
	return count;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	long later;

	(void)argv;
	use_vector = argc > 1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return 1;
	memset(buffer, 'c', sizeof(buffer));
	if (pthread_create(&thread, NULL, writes, buffer) != 0)
		return 1;
	await_full();
	memset(buffer, 'x', sizeof(buffer));
	later = drain('x');
	pthread_join(thread, NULL);
	puts(later < 0 ? "failed" : later ? "changed" : "compared");
	return later < 0;
}
