/*
 * What a program that has been taken over might try against the monitor and
 * the other variants. First word: what. It says what it came to; a call that
 * must not be answered at all is followed by "went on".
 */
#include "tests/programs/test.h"
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* How far numbers of processes that were made together are apart at most. */
#define NEAR 400

/* A number from /proc/PID/status. */
static long status_number(long pid, const char *name)
{
	char path[64], line[256];
	long value = -1;
	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtol(line + strlen(name), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static bool has_name(long pid, const char *name)
{
	char path[64], line[64] = "";
	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	FILE *file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file))
		line[strcspn(line, "\n")] = 0;
	if (file)
		fclose(file);
	return strcmp(line, name) == 0;
}

/* The monitor that runs us is named by the test; a follower is what it traces and we are not. */
static long monitor_find(void)
{
	const char *pid = getenv("MVX_TEST_MONITOR");
	must(pid);
	return pid ? atol(pid) : 0;
}

/* The list of all processes does not have it, but its number is near. */
static long follower_find(void)
{
	long found = 0, own = getpid(), monitor = monitor_find();
	for (long pid = own > NEAR ? own - NEAR : 1; !found && pid < own + NEAR; pid++) {
		if (pid == own || !has_name(pid, "inside"))
			continue;
		long tracer = status_number(pid, "TracerPid:");
		if (tracer > 0 && status_number(tracer, "Tgid:") == monitor)
			found = pid;
	}
	must(found);
	return found;
}

static char word[] = "a word in memory";

static void write_memory(long pid)
{
	char bytes[] = "another";
	struct iovec own = { bytes, sizeof(bytes) }, there = { word, sizeof(bytes) };
	long result = process_vm_writev((pid_t)pid, &own, 1, &there, 1, 0);
	say("went on: %d\n", result > 0);
}

static void open_file(long pid, const char *name, int flags)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	int fd = open(path, flags);
	say("went on: %d\n", fd >= 0);
}

static void limit(long pid)
{
	struct rlimit none = { 0, 0 };
	say("went on: %d\n", prlimit((pid_t)pid, RLIMIT_CPU, &none, NULL));
}

static void send_signal(long pid)
{
	say("there: %d\n", kill((pid_t)pid, 0));
	say("went on: %d\n", kill((pid_t)pid, SIGKILL));
}

static void take_descriptor(long pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);
	say("went on: %d\n", fd >= 0);
}

static void attack_other(const char *what, long pid)
{
	if (strcmp(what, "vm-write") == 0)
		write_memory(pid);
	else if (strcmp(what, "mem") == 0)
		open_file(pid, "mem", O_RDWR);
	else if (strcmp(what, "oom") == 0)
		open_file(pid, "oom_score_adj", O_WRONLY);
	else if (strcmp(what, "limit") == 0)
		limit(pid);
	else if (strcmp(what, "kill") == 0)
		send_signal(pid);
	else if (strcmp(what, "pidfd") == 0)
		take_descriptor(pid);
	else
		must(!"known");
}

/* Every number there is likely to be: only those the program was born with are open. */
static void descriptors(void)
{
	struct rlimit files;
	must(getrlimit(RLIMIT_NOFILE, &files) == 0);
	long top = files.rlim_cur < 1100 ? (long)files.rlim_cur : 1100;
	for (int fd = 0; fd < top; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			say("open: %d\n", fd);
	must(close_range(3, ~0u, 0) == 0);
	for (int fd = 3; fd < 300; fd++)
		must(dup2(1, fd) == fd);
	must(close_range(3, ~0u, 0) == 0);
	say("all ours\n");
}

/* Our own memory is ours to write, by every name it has. */
static void own_memory(void)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	must(pwrite(fd, "A", 1, (off_t)(uintptr_t)word) == 1);
	say("%s\n", word);
	struct iovec own = { "the", 3 }, there = { word, 3 };
	must(process_vm_writev(getpid(), &own, 1, &there, 1, 0) == 3);
	say("%s\n", word);
}

/* Pages of the monitor's in our address space: none may be written, by any name. */
static void our_page(void)
{
	char line[512], path[64];
	FILE *file = fopen("/proc/self/maps", "re");
	int seen = 0;
	must(file);
	while (fgets(line, sizeof(line), file)) {
		unsigned long start, end;
		if (!strstr(line, "memfd:mvx") || sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		seen++;
		must(mprotect((void *)start, end - start, PROT_READ | PROT_WRITE) < 0);
		snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", start, end);
		int fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd >= 0) {
			must(pwrite(fd, "x", 1, 0) < 0);
			must(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
		}
	}
	say("pages to be seen: %d\n", seen);
}

/* Children that nobody would follow. */
static void untraced(bool with_clone3)
{
	struct clone_args args = { .flags = CLONE_UNTRACED, .exit_signal = SIGCHLD };
	long child = with_clone3 ? syscall(SYS_clone3, &args, sizeof(args)) :
				   syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		open("escaped", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		_exit(0);
	}
	must(child == -1);
	say("%s\n", strerrorname_np(errno));
}

/* The counter, the dump and the names of things: what would show or free us. */
static void settings(void)
{
	uint64_t before, after;
	must(prctl(PR_SET_TSC, PR_TSC_ENABLE) == 0);
	before = __builtin_ia32_rdtsc();
	after = __builtin_ia32_rdtsc();
	/* Had each variant its own counter, this would differ. */
	say("counts %d\n", after > before);
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	must(write(fd, &after, sizeof(after)) == sizeof(after));
	must(prctl(PR_SET_DUMPABLE, 0) == 0);
	must(prctl(PR_SET_PTRACER, 0) <= 0);
	say("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	must(write(fd, word, sizeof(word)) == sizeof(word));
	say("tracer %ld\n", status_number(getpid(), "TracerPid:"));
}

int main(int argc, char **argv)
{
	must(argc >= 2);
	if (argc == 3) {
		bool follower = strcmp(argv[2], "follower") == 0;
		attack_other(argv[1], follower ? follower_find() : monitor_find());
	} else if (strcmp(argv[1], "descriptors") == 0) {
		descriptors();
	} else if (strcmp(argv[1], "own-memory") == 0) {
		own_memory();
	} else if (strcmp(argv[1], "our-page") == 0) {
		our_page();
	} else if (strcmp(argv[1], "untraced") == 0) {
		untraced(false);
	} else if (strcmp(argv[1], "untraced-clone3") == 0) {
		untraced(true);
	} else if (strcmp(argv[1], "settings") == 0) {
		settings();
	}
	say("end\n");
	return 0;
}
