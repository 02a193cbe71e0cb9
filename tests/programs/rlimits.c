/* getrlimit, setrlimit, prlimit: on itself and a child; the limit on descriptors works. */
#include "test.h"
#include <sys/resource.h>

static void say_limit(const char *name, struct rlimit limit)
{
	say("%s: %lld %lld\n", name, (long long)limit.rlim_cur, (long long)limit.rlim_max);
}

static volatile sig_atomic_t told;

static void tell(int signo)
{
	(void)signo;
	told++;
}

/* The kernel sends one signal, and moves the limit on by a second. */
static void count_seconds(void)
{
	struct rlimit limit = { 1, 9 };

	must(signal(SIGXCPU, tell) != SIG_ERR && setrlimit(RLIMIT_CPU, &limit) == 0);
	while (!told)
		;
	must(getrlimit(RLIMIT_CPU, &limit) == 0);
	say_limit("after a second", limit);
	_exit(told);
}

int main(void)
{
	struct rlimit limit, old;
	/* Compared with the native run: what the monitor needs for itself must not show. */
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		must(getrlimit((__rlimit_resource_t)resource, &limit) == 0);
		say("%d ", resource);
		say_limit("limit", limit);
	}
	limit = (struct rlimit){ 20, 30 };
	show(prlimit(0, RLIMIT_NOFILE, &limit, &old));
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	say_limit("set", limit);
	int last = -1, fd;
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	say("last %d, then %s\n", last, strerrorname_np(errno));
	show(dup(0));
	show(dup2(0, 20));
	show(close(last));
	show(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 40, 30 }));
	show(getrlimit((__rlimit_resource_t)77, &limit));
	pid_t pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	limit = (struct rlimit){ 5, 6 };
	show(prlimit(pid, RLIMIT_CORE, &limit, &old));
	show(prlimit(pid, RLIMIT_CORE, NULL, &limit));
	say_limit("child", limit);
	must(kill(pid, SIGKILL) == 0);
	wait_and_say("child", pid);
	pid = fork();
	if (pid == 0) {
		must(setrlimit(RLIMIT_CPU, &(struct rlimit){ 1, 2 }) == 0);
		must(signal(SIGXCPU, SIG_DFL) != SIG_ERR);
		for (volatile unsigned long spin = 0;; spin++)
			;
	}
	wait_and_say("burns its CPU time", pid);
	pid = fork();
	if (pid == 0)
		count_seconds();
	wait_and_say("is told of its CPU time", pid);
	return finish();
}
