/* epoll: data that are pointers come back as registered; edge, oneshot, nested, errors. */
#include "test.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

struct source {
	const char *name;
	int fd;
};

static void say_events(int epoll, int timeout)
{
	struct epoll_event events[8];
	int count = epoll_wait(epoll, events, 8, timeout);
	say("%d:", count);
	for (int i = 0; i < count; i++) {
		const struct source *source = events[i].data.ptr;
		say(" %s %#x", source->name, events[i].events);
	}
	say("\n");
}

static void add(int epoll, struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event) == 0);
}

/* Closed without EPOLL_CTL_DEL, the number used again, with data elsewhere in memory. */
static void show_numbers_again(void)
{
	int epoll = epoll_create1(0);
	uint64_t one = 1;
	for (int i = 0; i < 20; i++) {
		struct source *source = malloc(sizeof(*source) + 1000 * (size_t)i);
		must(source);
		*source = (struct source){ i % 2 ? "odd" : "even", eventfd(0, 0) };
		add(epoll, source, EPOLLIN);
		must(write(source->fd, &one, 8) == 8);
		if (i % 5 == 0)
			say_events(epoll, 0);
		must(close(source->fd) == 0);
		free(source);
	}
	say_events(epoll, 0);
	must(close(epoll) == 0);
}

/* A duplicate keeps the registration alive; EPOLL_CTL_DEL goes by the number. */
static void show_duplicate(void)
{
	int epoll = epoll_create1(0);
	uint64_t one = 1;
	struct source *source = malloc(sizeof(*source)), other;
	struct timespec none = { 0, 0 };
	struct epoll_event event;
	must(source);
	*source = (struct source){ "first", eventfd(1, 0) };
	add(epoll, source, EPOLLIN);
	other = (struct source){ "second", dup(source->fd) };
	add(epoll, &other, EPOLLIN);
	must(close(source->fd) == 0);
	must(write(other.fd, &one, 8) == 8);
	say_events(epoll, 0);
	must(epoll_ctl(epoll, EPOLL_CTL_DEL, other.fd, NULL) == 0);
	say_events(epoll, 0);
	show(syscall(SYS_epoll_pwait2, epoll, &event, 1, &none, NULL, 8));
	say("%d\n", event.data.ptr == source);
	must(close(other.fd) == 0);
	say_events(epoll, 0);
	free(source);
}

/* In a message that nobody has received it lives on, and reports itself. */
static void show_passed_on(void)
{
	int epoll = epoll_create1(0), pair[2], fd;
	struct source *source = malloc(sizeof(*source)), other;
	char byte = 'x', control[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	must(source && epoll >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	*source = (struct source){ "passed on", eventfd(1, 0) };
	other = (struct source){ "other", pair[0] };
	add(epoll, source, EPOLLIN);
	*header = (struct cmsghdr){ CMSG_LEN(sizeof(fd)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &source->fd, sizeof(fd));
	must(sendmsg(pair[0], &message, 0) == 1 && close(source->fd) == 0);
	say_events(epoll, 0);
	add(epoll, &other, EPOLLIN);
	say_events(epoll, 0);
	must(recvmsg(pair[1], &message, 0) == 1);
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	say_events(epoll, 0);
	must(close(fd) == 0);
	say_events(epoll, 0);
	must(close(epoll) == 0 && close(pair[0]) == 0 && close(pair[1]) == 0);
	free(source);
}

int main(void)
{
	int ends[2];
	uint64_t one = 1;
	must(pipe(ends) == 0);
	struct source *in = malloc(sizeof(*in)), out = { "out", ends[1] };
	struct source event = { "event", eventfd(0, EFD_NONBLOCK) };
	must(in);
	*in = (struct source){ "in", ends[0] };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	must(epoll >= 0);
	add(epoll, in, EPOLLIN);
	say_events(epoll, 0);
	add(epoll, &event, EPOLLIN | EPOLLET);
	must(write(event.fd, &one, 8) == 8);
	say_events(epoll, -1);
	say_events(epoll, 0);
	must(write(event.fd, &one, 8) == 8);
	say_events(epoll, 0);
	must(write(ends[1], "x", 1) == 1);
	say_events(epoll, -1);
	add(epoll, &out, EPOLLOUT | EPOLLONESHOT);
	say_events(epoll, 0);
	say_events(epoll, 0);
	struct epoll_event again = { .events = EPOLLOUT, .data.ptr = &out };
	show(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[1], &again));
	say_events(epoll, 0);
	show(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &again));
	show(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[1], NULL));
	show(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[1], NULL));
	show(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &again));
	show(epoll_ctl(epoll, EPOLL_CTL_ADD, open("/etc/passwd", O_RDONLY), &again));
	pid_t pid = fork();
	if (pid == 0) {
		usleep(3000);
		must(write(ends[1], "y", 1) == 1);
		_exit(0);
	}
	char text[2];
	must(read(ends[0], text, 1) == 1);
	say_events(epoll, -1);
	wait_and_say("child", pid);
	/* Closing the last descriptor removes it. */
	must(close(event.fd) == 0 && close(ends[1]) == 0);
	must(read(ends[0], text, 1) == 1);
	say_events(epoll, -1);
	struct source nested = { "nested", epoll };
	int outer = epoll_create1(0);
	add(outer, &nested, EPOLLIN);
	say_events(outer, -1);
	show(epoll_wait(epoll, bad_address(), 1, 0));
	struct epoll_event event_out;
	show(epoll_wait(epoll, &event_out, 0, 0));
	free(in);
	show_numbers_again();
	show_duplicate();
	show_passed_on();
	return finish();
}
