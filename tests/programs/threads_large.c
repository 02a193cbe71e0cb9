/*
 * More in one call than a monitor would copy at once, in a process with
 * threads: files, streams, a limit of the file's size, and a handler that
 * breaks it off.
 */
#include "test.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { LARGE = (33 << 20) + 5, PIECE = 1 << 16, BEFORE_SIGNAL = 24 << 20 };

static unsigned char *bytes;
static pthread_t writer;

/* What comes out of a stream: all of it, or so much, after which the writer gets a signal. */
struct reading {
	int fd;
	size_t most, got;
	bool is_pattern;
};

static void *read_stream(void *of)
{
	struct reading *reading = of;
	static unsigned char piece[PIECE];

	reading->is_pattern = true;
	while (reading->got < reading->most) {
		ssize_t n = read(reading->fd, piece, sizeof(piece));

		if (n <= 0)
			break;
		reading->is_pattern &= is_pattern(piece, (size_t)n, reading->got);
		reading->got += (size_t)n;
	}
	if (reading->got >= reading->most)
		must(pthread_kill(writer, SIGUSR1) == 0);
	return NULL;
}

static void *wait_for_end(void *fd)
{
	char byte;

	must(read(*(int *)fd, &byte, 1) == 0);
	return NULL;
}

static void check_file(int fd, off_t length, size_t before)
{
	struct stat st;
	unsigned char *is;

	must(fstat(fd, &st) == 0 && st.st_size == length);
	is = mmap(NULL, (size_t)length, PROT_READ, MAP_PRIVATE, fd, 0);
	must(is != MAP_FAILED);
	must(is_pattern(is + before, (size_t)length - before, 0));
	must(munmap(is, (size_t)length) == 0 && ftruncate(fd, 0) == 0);
	must(lseek(fd, 0, SEEK_SET) == 0);
}

static void files(void)
{
	int fd = open("large", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct iovec parts[3] = { { bytes, 1 },
				  { bytes + 1, LARGE - 3 },
				  { bytes + LARGE - 2, 2 } };

	must(fd >= 0);
	show(write(fd, bytes, LARGE));
	show(lseek(fd, 0, SEEK_CUR));
	check_file(fd, LARGE, 0);
	show(pwrite(fd, bytes, LARGE, 7));
	show(lseek(fd, 0, SEEK_CUR));
	check_file(fd, LARGE + 7, 7);
	show(pwritev(fd, parts, 3, 4097));
	check_file(fd, LARGE + 4097, 4097);
	show(pwritev2(fd, parts, 3, -1, 0));
	show(lseek(fd, 0, SEEK_CUR));
	check_file(fd, LARGE, 0);
	must(close(fd) == 0);
	/* one that takes nothing */
	show(write(fd, bytes, LARGE));
	fd = open("large", O_RDONLY);
	must(fd >= 0);
	show(write(fd, bytes, LARGE));
	must(close(fd) == 0);
}

/* A whole number of MiB, and of what is behind it nothing. */
static void size_limit(void)
{
	struct rlimit whole, most = { 32 << 20, 32 << 20 };
	int fd = open("large", O_RDWR | O_CREAT | O_TRUNC, 0600);

	must(fd >= 0 && getrlimit(RLIMIT_FSIZE, &whole) == 0);
	most.rlim_max = whole.rlim_max;
	must(setrlimit(RLIMIT_FSIZE, &most) == 0);
	show(write(fd, bytes, LARGE));
	must(setrlimit(RLIMIT_FSIZE, &whole) == 0);
	check_file(fd, 32 << 20, 0);
	must(close(fd) == 0 && unlink("large") == 0);
}

static void streams(void)
{
	int ends[2];
	pthread_t reader;
	struct reading reading = { .most = SIZE_MAX };
	struct iovec part = { bytes, LARGE };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	reading.fd = ends[0];
	must(pthread_create(&reader, NULL, read_stream, &reading) == 0);
	show(sendmsg(ends[1], &message, 0));
	must(close(ends[1]) == 0 && pthread_join(reader, NULL) == 0);
	say("%zu %d\n", reading.got, reading.is_pattern);
	must(close(ends[0]) == 0);
	/* a datagram is whole or none */
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
	show(send(ends[1], bytes, LARGE, 0));
	must(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void handler(int signo)
{
	(void)signo;
}

/* What was taken in is told, and no error; without waiting it is what the pipe has room for. */
static void broken_off(void)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct reading reading = { .most = BEFORE_SIGNAL };
	pthread_t reader;
	int ends[2];
	ssize_t n;

	must(sigaction(SIGUSR1, &action, NULL) == 0 && pipe(ends) == 0);
	reading.fd = ends[0];
	must(pthread_create(&reader, NULL, read_stream, &reading) == 0);
	n = write(ends[1], bytes, LARGE);
	must(pthread_join(reader, NULL) == 0);
	say("%d %d\n", n >= BEFORE_SIGNAL && n <= BEFORE_SIGNAL + 2 * PIECE, reading.is_pattern);
	must(close(ends[0]) == 0 && close(ends[1]) == 0 && pipe2(ends, O_NONBLOCK) == 0);
	show(write(ends[1], bytes, LARGE));
	show(write(ends[1], bytes, LARGE));
	must(close(ends[0]) == 0 && close(ends[1]) == 0);
}

int main(void)
{
	int end[2];
	pthread_t waiting;

	writer = pthread_self();
	bytes = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(bytes != MAP_FAILED && pipe(end) == 0);
	fill_pattern(bytes, LARGE, 0);
	must(pthread_create(&waiting, NULL, wait_for_end, &end[0]) == 0);
	files();
	size_limit();
	streams();
	broken_off();
	must(close(end[1]) == 0 && pthread_join(waiting, NULL) == 0);
	return finish();
}
