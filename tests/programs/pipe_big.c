/* Megabytes through a pipe, in pieces of uneven size, both ways at once through a filter. */
#include "test.h"

enum { TOTAL = 3 * 1000 * 1000 };

static void write_all(int fd)
{
	static unsigned char bytes[70000];
	size_t sent = 0, piece = 1;
	while (sent < TOTAL) {
		piece = (piece * 7 + 13) % sizeof(bytes) + 1;
		if (piece > TOTAL - sent)
			piece = TOTAL - sent;
		fill_pattern(bytes, piece, sent);
		for (size_t done = 0; done < piece;) {
			ssize_t n = write(fd, bytes + done, piece - done);
			if (n <= 0)
				_exit(1);
			done += (size_t)n;
		}
		sent += piece;
	}
}

static size_t read_all(int fd)
{
	static unsigned char bytes[50000];
	size_t got = 0;
	ssize_t n;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		if (!is_pattern(bytes, (size_t)n, got))
			return 0;
		got += (size_t)n;
	}
	return n == 0 ? got : 0;
}

int main(void)
{
	int first[2], second[2];
	must(pipe(first) == 0 && pipe(second) == 0);
	pid_t writer = fork();
	if (writer == 0) {
		write_all(first[1]);
		_exit(0);
	}
	pid_t filter = fork();
	if (filter == 0) {
		static char bytes[30000];
		ssize_t n;
		close(first[1]);
		while ((n = read(first[0], bytes, sizeof(bytes))) > 0) {
			if (write(second[1], bytes, (size_t)n) != n)
				_exit(2);
		}
		_exit(n == 0 ? 0 : 3);
	}
	close(first[0]);
	close(first[1]);
	close(second[1]);
	say("read %zu bytes\n", read_all(second[0]));
	wait_and_say("writer", writer);
	wait_and_say("filter", filter);
	return finish();
}
