/*
 * Structures that the kernel reads and writes, in a process with threads:
 * offsets of files, an interface's name, a list of interfaces; what is written
 * back, what cannot be, and a call that a handler breaks off.
 */
#include "test.h"
#include <net/if.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/timex.h>

static int stop[2];

static void *wait_for_stop(void *unused)
{
	char byte;
	must(read(stop[0], &byte, 1) == 0);
	return unused;
}

static void offsets(void)
{
	int in = open("in", O_RDWR | O_CREAT | O_TRUNC, 0644),
	    out = open("out", O_RDWR | O_CREAT | O_TRUNC, 0644);
	int ends[2];
	off_t from = 3, to = 2;
	must(in >= 0 && out >= 0 && write(in, "0123456789", 10) == 10);
	say("sendfile %zd", sendfile(out, in, &from, 4));
	say(" %lld\n", (long long)from);
	must(sendfile(out, in, NULL, 4) == 0);
	from = 1;
	say("copy_file_range %zd", copy_file_range(in, &from, out, &to, 5, 0));
	say(" %lld %lld\n", (long long)from, (long long)to);
	must(pipe(ends) == 0);
	from = 8;
	say("splice %zd", splice(in, &from, ends[1], NULL, 5, 0));
	say(" %lld\n", (long long)from);
	to = 20;
	say("splice %zd", splice(ends[0], NULL, out, &to, 5, 0));
	say(" %lld\n", (long long)to);
	from = -1;
	say("before the start %zd %s", sendfile(out, in, &from, 4), strerrorname_np(errno));
	say(" %lld\n", (long long)from);
	say("nowhere %zd %s\n", sendfile(out, in, bad_address(), 4), strerrorname_np(errno));
	say_file("out");
}

/* The kernel reads the offset, does its work, and cannot tell how far it came. */
static void not_writable(void)
{
	int in = open("in", O_RDONLY), out = open("out", O_WRONLY | O_TRUNC);
	off_t *from = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(in >= 0 && out >= 0 && from != MAP_FAILED);
	*from = 5;
	must(mprotect(from, 4096, PROT_READ) == 0);
	say("not writable %zd %s\n", sendfile(out, in, from, 3), strerrorname_np(errno));
	say_file("out");
}

static void interfaces(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char room[4096];
	struct ifreq request = { .ifr_name = "lo" };
	struct ifconf list = { .ifc_len = sizeof(room), .ifc_buf = room };
	must(fd >= 0);
	must(ioctl(fd, SIOCGIFINDEX, &request) == 0);
	int number = request.ifr_ifindex;
	memset(&request, 0, sizeof(request));
	request.ifr_ifindex = number;
	must(ioctl(fd, SIOCGIFNAME, &request) == 0);
	say("interface %s\n", request.ifr_name);
	must(ioctl(fd, SIOCGIFCONF, &list) == 0);
	say("some %d\n", list.ifc_len > 0 && list.ifc_len % (int)sizeof(struct ifreq) == 0);
	strcpy(request.ifr_name, "none");
	say("no such %d", ioctl(fd, SIOCGIFMTU, &request));
	say(" %s\n", strerrorname_np(errno));
}

static void times(void)
{
	struct timex adjust = { .modes = 0 };
	int state = adjtimex(&adjust);
	say("adjtimex %d %d\n", state >= 0, adjust.tick > 0);
}

static void handler(int signo)
{
	(void)signo;
}

/* Waits in a full pipe until the alarm comes. */
static void interrupted(void)
{
	const struct sigaction action = { .sa_handler = handler };
	int ends[2], in = open("in", O_RDONLY);
	char block[4096] = { 0 };
	off_t from = 2;
	must(pipe(ends) == 0 && in >= 0);
	must(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	must(fcntl(ends[1], F_SETFL, 0) == 0);
	must(sigaction(SIGALRM, &action, NULL) == 0);
	alarm(1);
	say("interrupted %zd %s", sendfile(ends[1], in, &from, 4), strerrorname_np(errno));
	say(" %lld\n", (long long)from);
}

int main(void)
{
	pthread_t thread;
	sigset_t alarms;
	must(pipe(stop) == 0);
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	must(pthread_sigmask(SIG_BLOCK, &alarms, NULL) == 0);
	must(pthread_create(&thread, NULL, wait_for_stop, NULL) == 0);
	must(pthread_sigmask(SIG_UNBLOCK, &alarms, NULL) == 0);
	offsets();
	not_writable();
	interfaces();
	times();
	interrupted();
	must(close(stop[1]) == 0);
	must(pthread_join(thread, NULL) == 0);
	return finish();
}
