/*
 * Calls by a jump into the vsyscall page, as static programs of old make them:
 * time, gettimeofday, getcpu; with a signal coming in between. Where the page
 * is not there the program says the same without it.
 */
#include "test.h"
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

/* A compiler that knew the address would take a call there for impossible. */
static volatile uintptr_t page = 0xffffffffff600000;

typedef int gettimeofday_fn(struct timeval *now, struct timezone *zone);
typedef time_t time_fn(time_t *out);
typedef long getcpu_fn(unsigned int *cpu, unsigned int *node, void *unused);

static volatile sig_atomic_t handled;

static void handler(int signo)
{
	handled = handled + (signo == SIGALRM);
}

/* Without vsyscall=none at boot the page is the last of the map. */
static bool page_is_there(void)
{
	char line[512];
	bool found = false;
	FILE *file = fopen("/proc/self/maps", "r");
	must(file);
	while (fgets(line, sizeof(line), file))
		found |= strstr(line, "[vsyscall]") != NULL;
	fclose(file);
	return found;
}

static void check_values(gettimeofday_fn *now_of, time_fn *time_of, getcpu_fn *cpu_of)
{
	struct timeval now;
	struct timezone zone = { 77, 77 };
	time_t stored = 0, seconds = time_of(&stored);
	unsigned int cpu = 9999, node = 9999;
	must(now_of(&now, &zone) == 0);
	time_t after = (time_t)syscall(SYS_time, NULL);
	/* The seconds of time(2) go on with the clock's tick, up to 10 ms late. */
	say("time stored %d, in order %d\n", stored == seconds,
	    seconds <= now.tv_sec && now.tv_sec <= after + 1);
	say("microseconds %d, zone %d %d\n", now.tv_usec >= 0 && now.tv_usec < 1000000,
	    zone.tz_minuteswest, zone.tz_dsttime);
	must(cpu_of(&cpu, &node, NULL) == 0);
	say("cpu %d node %d\n", cpu < 4096, node < 64);
	must(time_of(NULL) >= seconds && now_of(NULL, NULL) == 0);
}

/* Variants that saw other times would write other bytes. */
static void write_times(gettimeofday_fn *now_of)
{
	int fd = open("/dev/null", O_WRONLY);
	for (int i = 0; i < 50; i++) {
		struct timeval now;
		must(now_of(&now, NULL) == 0);
		must(write(fd, &now, sizeof(now)) == sizeof(now));
	}
}

/* The handler runs although the program makes hardly a call of another kind. */
static void meet_signal(time_fn *time_of)
{
	struct itimerval soon = { .it_value = { .tv_usec = 2000 } };
	time_t start = time_of(NULL);
	signal(SIGALRM, handler);
	must(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	while (!handled && time_of(NULL) < start + 60)
		must(getppid() > 0);
	say("handled %d\n", (int)handled);
}

int main(void)
{
	bool there = page_is_there();
	gettimeofday_fn *now_of = there ? (gettimeofday_fn *)page : (gettimeofday_fn *)gettimeofday;
	time_fn *time_of = there ? (time_fn *)(page + 0x400) : time;
	getcpu_fn *cpu_of = (getcpu_fn *)(page + 0x800);
	if (there)
		check_values(now_of, time_of, cpu_of);
	write_times(now_of);
	meet_signal(time_of);
	return finish();
}
