/* inotify reports what the program itself does to files, once; not who else looks at them. */
#include "test.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/mman.h>

static void say_events(int fd)
{
	char buffer[4096] __attribute__((aligned(8)));
	ssize_t n = read(fd, buffer, sizeof(buffer));
	must(n > 0 || errno == EAGAIN);
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(buffer + at);
		say("  %#x %s\n", event->mask, event->len ? event->name : "");
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	say("%s\n", n < 0 ? "nothing" : "end");
}

/* The monitor looks at what is mapped; what the other variants open is the same event once more, and merged. */
static void show_mapping(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	must(fd >= 0);
	make_file("watched/mapped", "text");
	must(inotify_add_watch(fd, "watched", IN_OPEN | IN_CLOSE | IN_ACCESS) >= 0);
	int file = open("watched/mapped", O_RDONLY);
	say_events(fd);
	char *text = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
	must(text != MAP_FAILED);
	say("%s\n", text);
	say_events(fd);
	must(munmap(text, 4096) == 0 && close(file) == 0);
	say_events(fd);
	must(close(fd) == 0 && unlink("watched/mapped") == 0);
}

int main(void)
{
	must(mkdir("watched", 0700) == 0);
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	must(fd >= 0);
	int watch = inotify_add_watch(fd, "watched", IN_CREATE | IN_DELETE | IN_MODIFY | IN_MOVE);
	say("watch %d\n", watch);
	say_events(fd);
	int file = open("watched/file", O_WRONLY | O_CREAT, 0600);
	must(file >= 0 && write(file, "x", 1) == 1 && write(file, "y", 1) == 1);
	say_events(fd);
	must(close(file) == 0);
	show_mapping();
	say_events(fd);
	must(rename("watched/file", "watched/other") == 0 && unlink("watched/other") == 0);
	say_events(fd);
	show(inotify_rm_watch(fd, watch));
	say_events(fd);
	show(inotify_rm_watch(fd, watch));
	show(inotify_add_watch(fd, "missing", IN_CREATE));
	return finish();
}
