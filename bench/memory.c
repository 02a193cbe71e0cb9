/*
 * Ways to read the memory of a traced process, measured side by side: ptrace word
 * by word, /proc/PID/mem, process_vm_readv, an anonymous pipe, a FIFO, shared
 * memory. Prints medians as a Markdown table.
 *
 * Nobody but the process itself can put its bytes into a pipe, a FIFO or shared
 * memory, so those ways pay for making it do so: registers set, one run up to the
 * next int3, registers put back. "shared, in place" is what is left when the bytes
 * are in shared memory already.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_BYTES   (128u << 10)
#define MAX_SAMPLES 1001
/* A sample is a batch of reads that takes at least this long: the clock costs 50 ns. */
#define BATCH_NS 20000
/* One way at one size takes no longer than about this. */
#define CELL_NS 2000000000ull

static const size_t sizes[] = { 8, 32, 160, 512, 4096, 16384, 65536, MAX_BYTES };
#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

/* What the traced process runs for us: a system call, and a copy. */
extern const char remote_call[], remote_copy[];
__asm__(".pushsection .text\n"
	"remote_call: syscall\n"
	"int3\n"
	"remote_copy: rep movsb\n"
	"int3\n"
	".popsection");

struct bench {
	pid_t pid;                    /* the traced process; stopped whenever we look */
	struct user_regs_struct regs; /* its registers, put back after each remote run */
	int mem_fd;                   /* its /proc/PID/mem */
	int pipe_fds[2];
	int fifo_fd; /* both ends, non-blocking: a read must find all that was written */
	size_t pipe_bytes;
	size_t fifo_bytes;
	char *source; /* at the same address in both processes, private to each */
	char *shared; /* MAX_BYTES that both see */
	char *seen;   /* what the last read brought */
};

struct way {
	const char *name;
	void (*read)(struct bench *b, size_t bytes);
};

static void wait_for_trap(struct bench *b)
{
	int status;

	if (waitpid(b->pid, &status, __WALL) != b->pid)
		err(1, "waitpid");
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		errx(1, "the traced process: status %#x instead of a trap", (unsigned)status);
}

/* Runs the traced process from ip to the next int3; its registers are then as before. */
static long run_remotely(struct bench *b, const char *ip, const long arguments[4])
{
	struct user_regs_struct regs = b->regs;

	regs.rip = (unsigned long)ip;
	regs.rax = (unsigned long)arguments[0];
	regs.orig_rax = (unsigned long)-1;
	regs.rdi = (unsigned long)arguments[1];
	regs.rsi = (unsigned long)arguments[2];
	regs.rdx = regs.rcx = (unsigned long)arguments[3];
	if (ptrace(PTRACE_SETREGS, b->pid, NULL, &regs) || ptrace(PTRACE_CONT, b->pid, NULL, NULL))
		err(1, "continuing the traced process");
	wait_for_trap(b);
	if (ptrace(PTRACE_GETREGS, b->pid, NULL, &regs) ||
	    ptrace(PTRACE_SETREGS, b->pid, NULL, &b->regs))
		err(1, "registers of the traced process");
	return (long)regs.rax;
}

static void read_words(struct bench *b, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += sizeof(long)) {
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, b->pid, b->source + at, NULL);
		if (errno)
			err(1, "PTRACE_PEEKDATA");
		memcpy(b->seen + at, &word, sizeof(word));
	}
}

static void read_proc_mem(struct bench *b, size_t bytes)
{
	if (pread(b->mem_fd, b->seen, bytes, (off_t)(uintptr_t)b->source) != (ssize_t)bytes)
		err(1, "/proc/PID/mem");
}

static void read_vm(struct bench *b, size_t bytes)
{
	struct iovec ours = { b->seen, bytes }, theirs = { b->source, bytes };

	if (process_vm_readv(b->pid, &ours, 1, &theirs, 1, 0) != (ssize_t)bytes)
		err(1, "process_vm_readv");
}

/* As many remote writes as the channel's size asks for. */
static void read_channel(struct bench *b, int in, int out, size_t room, size_t bytes)
{
	for (size_t at = 0; at < bytes;) {
		size_t part = bytes - at < room ? bytes - at : room;
		long words[4] = { SYS_write, out, (long)(uintptr_t)(b->source + at), (long)part };
		long wrote = run_remotely(b, remote_call, words);

		if (wrote != (long)part || read(in, b->seen + at, part) != (ssize_t)part)
			errx(1, "a channel took %ld bytes of %zu", wrote, part);
		at += part;
	}
}

static void read_pipe(struct bench *b, size_t bytes)
{
	read_channel(b, b->pipe_fds[0], b->pipe_fds[1], b->pipe_bytes, bytes);
}

static void read_fifo(struct bench *b, size_t bytes)
{
	read_channel(b, b->fifo_fd, b->fifo_fd, b->fifo_bytes, bytes);
}

static void read_shared_in_place(struct bench *b, size_t bytes)
{
	memcpy(b->seen, b->shared, bytes);
	/* The compiler sees no other use of the copy. */
	__asm__ volatile("" : : "r"(b->seen) : "memory");
}

static void read_shared(struct bench *b, size_t bytes)
{
	long words[4] = { 0, (long)(uintptr_t)b->shared, (long)(uintptr_t)b->source, (long)bytes };

	run_remotely(b, remote_copy, words);
	read_shared_in_place(b, bytes);
}

static const struct way ways[] = {
	{ "ptrace, word by word", read_words },
	{ "/proc/PID/mem", read_proc_mem },
	{ "process_vm_readv", read_vm },
	{ "anonymous pipe", read_pipe },
	{ "FIFO", read_fifo },
	{ "shared memory", read_shared },
	{ "shared, in place", read_shared_in_place },
};
#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t time_batch(struct bench *b, const struct way *way, size_t bytes, unsigned count)
{
	uint64_t start = now_ns();

	for (unsigned i = 0; i < count; i++)
		way->read(b, bytes);
	return now_ns() - start;
}

static int compare_doubles(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

/* Median nanoseconds of one read. */
static double measure(struct bench *b, const struct way *way, size_t bytes, unsigned samples)
{
	static double each[MAX_SAMPLES];
	uint64_t begin = now_ns();
	unsigned batch = 1, done = 0;

	memset(b->seen, 0, MAX_BYTES);
	way->read(b, bytes);
	if (memcmp(b->seen, b->source, bytes) != 0)
		errx(1, "%s brought other bytes than were there", way->name);
	while (time_batch(b, way, bytes, batch) < BATCH_NS)
		batch *= 2;
	while (done < samples && (done < 3 || now_ns() - begin < CELL_NS)) {
		each[done] = (double)time_batch(b, way, bytes, batch) / batch;
		done++;
	}
	qsort(each, done, sizeof(each[0]), compare_doubles);
	return each[done / 2];
}

static char *map_bytes(int kind)
{
	char *mapped = mmap(NULL, MAX_BYTES, PROT_READ | PROT_WRITE,
			    kind | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (mapped == MAP_FAILED)
		err(1, "mmap");
	return mapped;
}

/* Makes room for the largest size if the system lets us; else what there is. */
static size_t widen_pipe(int fd)
{
	int room = fcntl(fd, F_SETPIPE_SZ, 2 * MAX_BYTES);

	if (room < 0)
		room = fcntl(fd, F_GETPIPE_SZ);
	if (room <= 0)
		err(1, "size of a pipe");
	return (size_t)room;
}

static int open_fifo(void)
{
	char folder[] = "/tmp/mvx-memory-XXXXXX", path[sizeof(folder) + 5];
	int fd;

	if (!mkdtemp(folder))
		err(1, "mkdtemp %s", folder);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	fd = mkfifo(path, 0600) ? -1 : open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		err(1, "FIFO %s", path);
	unlink(path);
	rmdir(folder);
	return fd;
}

static void start_traced(struct bench *b)
{
	char path[32];

	b->pid = fork();
	if (b->pid < 0)
		err(1, "fork");
	if (b->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			err(1, "PTRACE_TRACEME");
		/* Writes to its pages, so that they are its own. */
		for (size_t at = 0; at < MAX_BYTES; at += 4096)
			((volatile char *)b->source)[at] = b->source[at];
		raise(SIGTRAP);
		_exit(1);
	}
	wait_for_trap(b);
	if (ptrace(PTRACE_SETOPTIONS, b->pid, NULL, PTRACE_O_EXITKILL) ||
	    ptrace(PTRACE_GETREGS, b->pid, NULL, &b->regs))
		err(1, "tracing");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)b->pid);
	b->mem_fd = open(path, O_RDWR | O_CLOEXEC);
	if (b->mem_fd < 0)
		err(1, "%s", path);
}

static void set_up(struct bench *b)
{
	b->source = map_bytes(MAP_PRIVATE);
	b->seen = map_bytes(MAP_PRIVATE);
	b->shared = map_bytes(MAP_SHARED);
	for (size_t i = 0; i < MAX_BYTES; i++)
		b->source[i] = b->shared[i] = (char)(i * 2654435761u >> 13 | 1);
	if (pipe2(b->pipe_fds, O_CLOEXEC))
		err(1, "pipe");
	b->pipe_bytes = widen_pipe(b->pipe_fds[0]);
	b->fifo_fd = open_fifo();
	b->fifo_bytes = widen_pipe(b->fifo_fd);
	start_traced(b);
}

static void tear_down(struct bench *b)
{
	kill(b->pid, SIGKILL);
	waitpid(b->pid, NULL, __WALL);
}

/* Puts a process on the nth CPU of those that we may use. */
static void pin(pid_t pid, const cpu_set_t *allowed, int nth)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		cpu_set_t one;

		if (!CPU_ISSET(cpu, allowed) || nth-- > 0)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(pid, sizeof(one), &one))
			err(1, "sched_setaffinity");
		return;
	}
	errx(1, "not enough CPUs for this placement");
}

static void place(const struct bench *b, const char *placement)
{
	cpu_set_t allowed;

	if (strcmp(placement, "free") == 0)
		return;
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		err(1, "sched_getaffinity");
	pin(0, &allowed, 0);
	pin(b->pid, &allowed, strcmp(placement, "two") == 0 ? 1 : 0);
}

static void print_size(size_t bytes)
{
	if (bytes < 1024)
		printf(" %zu B |", bytes);
	else
		printf(" %zu KiB |", bytes / 1024);
}

static void print_table(double ns[WAY_COUNT][SIZE_COUNT], const char *placement)
{
	printf("Microseconds (median) to read the memory of a stopped process; CPUs: %s\n\n|  |",
	       placement);
	for (size_t s = 0; s < SIZE_COUNT; s++)
		print_size(sizes[s]);
	printf("\n|---|");
	for (size_t s = 0; s < SIZE_COUNT; s++)
		printf("---:|");
	for (size_t w = 0; w < WAY_COUNT; w++) {
		printf("\n| %s |", ways[w].name);
		for (size_t s = 0; s < SIZE_COUNT; s++)
			printf(ns[w][s] < 10000 ? " %.3f |" : " %.1f |", ns[w][s] / 1000);
	}
	printf("\n\n");
}

/* The published comparison, beside what was found here. */
static void print_shape(double ns[WAY_COUNT][SIZE_COUNT])
{
	enum { PTRACE = 0, FIFO = 4, SHARED = 5, IN_PLACE = 6 };
	enum { B160 = 2, K4 = 4, K128 = 7 };

	printf("| ratio | published | here |\n|---|---:|---:|\n");
	printf("| FIFO to ptrace at 160 B | 1 | %.2f |\n", ns[FIFO][B160] / ns[PTRACE][B160]);
	printf("| ptrace to FIFO at 4 KiB | 16 | %.1f |\n", ns[PTRACE][K4] / ns[FIFO][K4]);
	printf("| FIFO to shared memory at 128 KiB | 20 | %.1f (in place %.1f) |\n",
	       ns[FIFO][K128] / ns[SHARED][K128], ns[FIFO][K128] / ns[IN_PLACE][K128]);
	printf("| ptrace to shared memory at 128 KiB | 900 | %.0f (in place %.0f) |\n",
	       ns[PTRACE][K128] / ns[SHARED][K128], ns[PTRACE][K128] / ns[IN_PLACE][K128]);
}

static const char usage[] =
	"usage: memory [--placement=one|two|free] [--samples=N] [--quick]\n"
	"  --placement   both processes on one CPU (default), on two, or where they like\n"
	"  --samples     how many batches are timed for each cell (default 101)\n"
	"  --quick       5 samples\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "placement", required_argument, NULL, 'p' },
		{ "samples", required_argument, NULL, 's' },
		{ "quick", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	static double ns[WAY_COUNT][SIZE_COUNT];
	const char *placement = "one";
	long samples = 101;
	struct bench b = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p')
			placement = optarg;
		else if (option == 's')
			samples = strtol(optarg, NULL, 10);
		else if (option == 'q')
			samples = 5;
		else
			errx(2, "%s", usage);
	}
	if (optind != argc || samples < 1 || samples > MAX_SAMPLES ||
	    (strcmp(placement, "one") != 0 && strcmp(placement, "two") != 0 &&
	     strcmp(placement, "free") != 0))
		errx(2, "%s", usage);
	set_up(&b);
	place(&b, placement);
	for (size_t s = 0; s < SIZE_COUNT; s++)
		for (size_t w = 0; w < WAY_COUNT; w++)
			ns[w][s] = measure(&b, &ways[w], sizes[s], (unsigned)samples);
	print_table(ns, placement);
	print_shape(ns);
	tear_down(&b);
	return 0;
}
