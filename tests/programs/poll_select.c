/* poll, ppoll, select, pselect on pipes, files and bad descriptors. */
#include "test.h"
#include <poll.h>
#include <sys/select.h>

static void say_poll(struct pollfd *entries, nfds_t count, int timeout)
{
	for (nfds_t i = 0; i < count; i++)
		entries[i].revents = 0x7f;
	int result = poll(entries, count, timeout);
	say("poll %d:", result);
	for (nfds_t i = 0; i < count; i++)
		say(" %#x", entries[i].revents);
	say("\n");
}

static void say_select(int top, const int *fds, size_t count)
{
	fd_set in, out;
	struct timeval none = { 0, 0 };
	FD_ZERO(&in);
	FD_ZERO(&out);
	for (size_t i = 0; i < count; i++) {
		FD_SET((unsigned)fds[i], &in);
		FD_SET((unsigned)fds[i], &out);
	}
	int result = select(top, &in, &out, NULL, &none);
	say("select %d:", result);
	for (size_t i = 0; result >= 0 && i < count; i++)
		say(" %d%d", FD_ISSET((unsigned)fds[i], &in), FD_ISSET((unsigned)fds[i], &out));
	say("\n");
}

int main(void)
{
	int ends[2], other[2];
	make_file("data", "x");
	int fd = open("data", O_RDWR);
	must(fd >= 0 && pipe(ends) == 0 && pipe(other) == 0);
	struct pollfd entries[5] = { { ends[0], POLLIN, 0 },
				     { ends[1], POLLOUT, 0 },
				     { fd, POLLIN | POLLOUT, 0 },
				     { -1, POLLIN, 0 },
				     { 900, POLLIN, 0 } };
	int fds[3] = { ends[0], ends[1], fd };
	say_poll(entries, 5, 0);
	say_poll(entries, 1, 5);
	say_select(32, fds, 3);
	must(write(ends[1], "ab", 2) == 2);
	say_poll(entries, 5, -1);
	say_select(32, fds, 3);
	pid_t pid = fork();
	if (pid == 0) {
		char byte;
		must(read(other[0], &byte, 1) == 1);
		must(close(ends[1]) == 0);
		_exit(0);
	}
	must(close(ends[1]) == 0);
	char text[2];
	must(read(ends[0], text, 2) == 2);
	say_poll(entries, 1, 0);
	must(write(other[1], "g", 1) == 1);
	say_poll(entries, 1, -1);
	wait_and_say("child", pid);
	int bad[1] = { 900 };
	say_select(901, bad, 1);
	show(select(-1, NULL, NULL, NULL, NULL));
	show(poll(bad_address(), 1, 0));
	struct timespec little = { 0, 1000000 };
	show(ppoll(entries, 1, &little, NULL));
	fd_set in;
	FD_ZERO(&in);
	FD_SET((unsigned)ends[0], &in);
	show(pselect(32, &in, NULL, NULL, &little, NULL));
	show(poll(null_address(), 1 << 30, 0));
	return finish();
}
