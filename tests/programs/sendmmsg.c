/* sendmmsg: several messages, names, lengths that come back, errors, interruptions; also with shared memory. */
#include "test.h"
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static int drained = -1;

static void show_messages(const char *path)
{
	int ends[2], named = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[16] = "";
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct iovec parts[3] = { { "abcd", 4 }, { "ef", 2 }, { "ghi", 3 } };
	struct mmsghdr many[3] = { { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 2 } },
				   { .msg_hdr = { .msg_iov = parts + 2, .msg_iovlen = 1 } },
				   { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 0 } } };
	strcpy(name.sun_path, path);
	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) == 0);
	must(bind(named, (struct sockaddr *)&name, sizeof(name)) == 0);
	show(sendmmsg(ends[0], many, 3, 0));
	say("lengths %u %u %u\n", many[0].msg_len, many[1].msg_len, many[2].msg_len);
	for (int i = 0; i < 4; i++) {
		memset(text, 0, sizeof(text));
		show(recv(ends[1], text, sizeof(text) - 1, 0));
		say("%s\n", text);
	}
	int to_name = socket(AF_UNIX, SOCK_DGRAM, 0);
	many[0].msg_hdr.msg_name = &name;
	many[0].msg_hdr.msg_namelen = sizeof(name);
	many[1].msg_len = 77;
	/* The second has nowhere to go. */
	show(sendmmsg(to_name, many, 2, 0));
	say("lengths %u %u\n", many[0].msg_len, many[1].msg_len);
	show(recv(named, text, sizeof(text) - 1, 0));
	show(sendmmsg(to_name, many + 1, 1, 0));
	show(sendmmsg(to_name, many, 0, 0));
	show(sendmmsg(99, many, 1, 0));
}

static void drain(int signo)
{
	char byte;
	for (int i = 0; i < 2 && drained >= 0; i++)
		must(recv(drained, &byte, 1, MSG_DONTWAIT) <= 1);
	(void)signo;
}

static void ring(int flags, long usec)
{
	struct sigaction action = { .sa_handler = drain, .sa_flags = flags };
	struct itimerval every = { { 0, usec }, { 0, usec } };
	sigemptyset(&action.sa_mask);
	must(sigaction(SIGALRM, &action, NULL) == 0);
	must(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

/* The queue of such a pair is short: who fills it waits, until a signal comes, or its handler makes room. */
static void show_interrupted(void)
{
	struct iovec part = { "x", 1 };
	struct mmsghdr many[1000];
	int ends[2];
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
	for (size_t i = 0; i < countof(many); i++)
		many[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };
	ring(0, 20000);
	show(sendmmsg(ends[0], many, countof(many), 0) > 0);
	show(sendmmsg(ends[0], many, 2, 0));
	drained = ends[1];
	ring(SA_RESTART, 20000);
	show(sendmmsg(ends[0], many, 2, 0));
	say("lengths %u %u\n", many[0].msg_len, many[1].msg_len);
	ring(SA_RESTART, 0);
	drained = -1;
}

/* Then a monitor makes the calls with copies of what they send. */
static void share_memory(void)
{
	must(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
	     MAP_FAILED);
}

int main(void)
{
	show_messages("one");
	show_interrupted();
	share_memory();
	show_messages("two");
	show_interrupted();
	return finish();
}
