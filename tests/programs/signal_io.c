/* Signals that input and output bring: SIGIO, one of one's own with F_SETSIG, SIGURG, SIGXFSZ, SIGPIPE. */
#include "test.h"
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

static volatile sig_atomic_t seen, code, of_fd;
static volatile long band;

static void note(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	code = info->si_code;
	of_fd = info->si_fd;
	band = info->si_band;
	seen++;
}

static void catch_info(int signo)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	sigemptyset(&action.sa_mask);
	must(sigaction(signo, &action, NULL) == 0);
	seen = code = of_fd = 0;
	band = 0;
}

static void spin_until(int wanted)
{
	for (volatile unsigned long spin = 0; seen < wanted; spin++)
		;
}

static void set_async(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);
	must(flags >= 0);
	must(fcntl(fd, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC) == 0);
}

static void take_byte(int fd)
{
	char byte = 0;
	must(read(fd, &byte, 1) == 1);
	say("  read %c\n", byte);
}

/* A datagram each: what is taken makes no further signal. */
static void show_async(const char *what, int signo, int own_signal)
{
	int pair[2];
	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
	catch_info(signo);
	must(fcntl(pair[0], F_SETOWN, getpid()) == 0 && fcntl(pair[0], F_SETSIG, own_signal) == 0);
	set_async(pair[0], true);
	must(write(pair[1], "a", 1) == 1);
	spin_until(1);
	say("%s: seen %d, code %d\n", what, (int)seen, (int)code);
	if (own_signal)
		say("  its descriptor %d, band %lx\n", of_fd == pair[0], band);
	take_byte(pair[0]);
	pid_t pid = fork();
	if (pid == 0)
		_exit(write(pair[1], "b", 1) != 1);
	spin_until(2);
	say("  by a child: seen %d, code %d\n", (int)seen, (int)code);
	take_byte(pair[0]);
	wait_and_say("  child", pid);
	set_async(pair[0], false);
	must(write(pair[1], "c", 1) == 1);
	take_byte(pair[0]);
	say("  off: seen %d\n", (int)seen);
	must(close(pair[0]) == 0 && close(pair[1]) == 0);
}

static void connect_pair(int pair[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(listening >= 0);
	must(bind(listening, (struct sockaddr *)&address, length) == 0 &&
	     listen(listening, 1) == 0);
	must(getsockname(listening, (struct sockaddr *)&address, &length) == 0);
	pair[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(pair[1] >= 0 && connect(pair[1], (struct sockaddr *)&address, length) == 0);
	pair[0] = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	must(pair[0] >= 0 && close(listening) == 0);
}

static void show_urgent(void)
{
	int pair[2];
	char byte = 0;
	connect_pair(pair);
	catch_info(SIGURG);
	must(fcntl(pair[0], F_SETOWN, getpid()) == 0);
	must(send(pair[1], "u", 1, MSG_OOB) == 1);
	spin_until(1);
	say("urgent: seen %d, code %d\n", (int)seen, (int)code);
	show(recv(pair[0], &byte, 1, MSG_OOB));
	show(sockatmark(pair[0]));
	say("  received %c\n", byte);
	must(close(pair[0]) == 0 && close(pair[1]) == 0);
}

/* The limit is off again before anything is said: standard output may be a file. */
static void write_over_limit(const char *what, const struct rlimit *small,
			     const struct rlimit *usual)
{
	static const char text[20] = "twenty bytes of text";
	ssize_t results[3];
	int failures[3];
	int fd = open("io-limited", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	must(fd >= 0 && setrlimit(RLIMIT_FSIZE, small) == 0);
	for (size_t i = 0; i < countof(results); i++) {
		results[i] = i < 2 ? write(fd, text, sizeof(text)) : ftruncate(fd, 100);
		failures[i] = errno;
	}
	must(setrlimit(RLIMIT_FSIZE, usual) == 0);
	for (size_t i = 0; i < countof(results); i++)
		say("%s: %zd %s\n", what, results[i],
		    results[i] < 0 ? strerrorname_np(failures[i]) : "");
	say("  seen %d, code %d\n", (int)seen, (int)code);
	must(close(fd) == 0 && unlink("io-limited") == 0);
}

static void show_file_size(void)
{
	struct rlimit usual, small;
	must(getrlimit(RLIMIT_FSIZE, &usual) == 0);
	small = usual;
	small.rlim_cur = 10;
	catch_info(SIGXFSZ);
	write_over_limit("over the limit", &small, &usual);
	must(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	seen = code = 0;
	write_over_limit("ignored", &small, &usual);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGXFSZ, SIG_DFL);
		write_over_limit("default", &small, &usual);
		_exit(0);
	}
	wait_and_say("default", pid);
	must(unlink("io-limited") == 0);
}

static void write_to_nobody(const char *what, int fd)
{
	ssize_t n = write(fd, "x", 1);
	say("%s: %zd %s, seen %d, code %d\n", what, n, n < 0 ? strerrorname_np(errno) : "",
	    (int)seen, (int)code);
}

static void show_nobody(void)
{
	int ends[2], pair[2];
	must(pipe(ends) == 0 && close(ends[0]) == 0);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && close(pair[0]) == 0);
	catch_info(SIGPIPE);
	write_to_nobody("pipe", ends[1]);
	write_to_nobody("socket", pair[1]);
	show(send(pair[1], "x", 1, MSG_NOSIGNAL));
	say("MSG_NOSIGNAL: seen %d\n", (int)seen);
	must(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	write_to_nobody("ignored, pipe", ends[1]);
	write_to_nobody("ignored, socket", pair[1]);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		write_to_nobody("default", ends[1]);
		_exit(0);
	}
	wait_and_say("default", pid);
	must(close(ends[1]) == 0 && close(pair[1]) == 0);
}

int main(void)
{
	show_async("SIGIO", SIGIO, 0);
	show_async("one of its own", SIGRTMIN + 2, SIGRTMIN + 2);
	show_urgent();
	show_file_size();
	show_nobody();
	return finish();
}
