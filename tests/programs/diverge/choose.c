/*
 * What its second argument says when it is 1, and what everybody does otherwise.
 * The first argument names the pair.
 */
#include "tests/programs/test.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <ucontext.h>

static volatile unsigned long spins;
static volatile bool spinning;

static void exit_status(bool odd)
{
	exit(odd ? 4 : 3);
}

static void crash(bool odd)
{
	if (odd)
		*(volatile int *)bad_address() = 1;
}

static void extra_call(bool odd)
{
	if (odd)
		must(getppid() > 0);
}

static void late(bool odd)
{
	spinning = odd;
	while (spinning)
		spins++;
}

/* Two workers at one queue: who takes the first piece of work is a matter of luck, here decided. */
static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t taken = PTHREAD_COND_INITIALIZER;
static int pieces, first_worker;

static void *take_pieces(void *argument)
{
	char text[32];
	int piece;

	pthread_mutex_lock(&queue);
	while (!pieces && first_worker != (int)(long)argument)
		pthread_cond_wait(&taken, &queue);
	piece = ++pieces;
	pthread_cond_signal(&taken);
	pthread_mutex_unlock(&queue);
	snprintf(text, sizeof(text), "piece %d\n", piece);
	if (write(open("/dev/null", O_WRONLY), text, strlen(text)) < 0)
		_exit(1);
	return NULL;
}

static void race_of_threads(bool odd)
{
	pthread_t workers[2];

	first_worker = odd;
	for (long i = 0; i < 2; i++)
		pthread_create(&workers[i], NULL, take_pieces, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(workers[i], NULL);
}

static void only_one_exits(bool odd)
{
	if (odd)
		_exit(0);
}

static void kills_itself(bool odd)
{
	if (odd)
		raise(SIGKILL);
}

static void aborts(bool odd)
{
	if (odd)
		abort();
}

static void length(bool odd)
{
	static const char text[] = "some bytes";
	int fd = open("out", O_WRONLY | O_CREAT, 0600);
	must(write(fd, text, odd ? 4 : 5) > 0);
}

static void open_flags(bool odd)
{
	must(open("made", O_WRONLY | O_CREAT | (odd ? O_APPEND : 0), 0600) >= 0);
}

static void open_mode(bool odd)
{
	must(open("made", O_WRONLY | O_CREAT, odd ? 0666 : 0600) >= 0);
}

static void descriptor(bool odd)
{
	must(dup2(0, 10) == 10);
	must(dup2(0, odd ? 11 : 12) > 0);
}

static void seek_offset(bool odd)
{
	must(lseek(0, odd ? 1 : 2, SEEK_SET) >= -1);
}

static void null_pointer(bool odd)
{
	struct timespec none = { 0, 0 };
	siginfo_t info;
	sigset_t set;
	sigemptyset(&set);
	must(sigtimedwait(&set, odd ? NULL : &info, &none) < 0);
}

static void ignores_signal(bool odd)
{
	must(signal(SIGUSR1, odd ? SIG_IGN : SIG_DFL) != SIG_ERR);
}

static void signal_mask(bool odd)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, odd ? SIGUSR1 : SIGUSR2);
	must(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void kill_signal(bool odd)
{
	must(kill(getpid(), odd ? SIGURG : SIGWINCH) == 0);
}

static void connect_port(bool odd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(odd ? 9 : 11),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) <= 0);
}

static volatile bool frame_is_odd;

static void forge(int signo, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	if (frame_is_odd)
		u->uc_mcontext.gregs[REG_RIP] = 8;
}

/* A frame that leads nowhere. */
static void sigreturn_frame(bool odd)
{
	struct sigaction action = { .sa_sigaction = forge, .sa_flags = SA_SIGINFO };
	frame_is_odd = odd;
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	raise(SIGUSR1);
	must(getppid() > 0);
}

/* One lets itself do less than the other. */
static void filter(bool odd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, odd ? SYS_getsid : SYS_getpgrp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { countof(code), code };
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* Both look at where a call comes from; one does not find its own place. */
static void filter_place(bool odd)
{
	extern char asked_here[];
	uint32_t here = (uint32_t)(uintptr_t)asked_here + odd;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, here, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = { countof(code), code };
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
	long result;
	__asm__ volatile("syscall\nasked_here:"
			 : "=a"(result)
			 : "a"(SYS_getppid)
			 : "rcx", "r11", "memory");
}

static void makes_executable(bool odd)
{
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(mprotect(map, 4096, odd ? PROT_READ | PROT_EXEC : PROT_READ | PROT_WRITE) == 0);
}

static void ioctl_request(bool odd)
{
	int value = 0;
	must(ioctl(0, odd ? FIONBIO : FIONREAD, &value) <= 0);
}

static void exec_argument(bool odd)
{
	execl("/bin/touch", "touch", odd ? "one" : "two", (char *)NULL);
}

static void exec_environment(bool odd)
{
	must(setenv("NAME", odd ? "one" : "two", 1) == 0);
	execl("/bin/touch", "touch", "made", (char *)NULL);
}

static void exec_path(bool odd)
{
	execl(odd ? "/bin/touch" : "/usr/bin/touch", "touch", "made", (char *)NULL);
}

static void sleep_time(bool odd)
{
	must(usleep(odd ? 1000 : 2000) == 0);
}

static void forks(bool odd)
{
	if (odd && fork() == 0)
		_exit(0);
}

static void in_child(bool odd)
{
	pid_t pid = fork();
	if (pid == 0) {
		make_file(odd ? "one" : "two", "x");
		_exit(0);
	}
	must(waitpid(pid, NULL, 0) == pid);
}

static void child_status(bool odd)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(odd ? 1 : 2);
	must(waitpid(pid, NULL, 0) == pid);
}

static void child_crashes(bool odd)
{
	pid_t pid = fork();
	if (pid == 0) {
		crash(odd);
		_exit(0);
	}
	must(waitpid(pid, NULL, 0) == pid);
}

static void different_faults(bool odd)
{
	if (odd)
		__asm__ volatile("ud2");
	*(volatile int *)bad_address() = 1;
}

static void in_handler(int signo)
{
	must(write(STDOUT_FILENO, spins ? "one\n" : "two\n", 4) == 4);
}

static void handler_differs(bool odd)
{
	spins = odd;
	catch_signal(SIGUSR1, in_handler, 0);
	raise(SIGUSR1);
}

static void reads_more(bool odd)
{
	char bytes[100];
	must(read(0, bytes, odd ? 50 : 100) >= 0);
}

static const struct {
	const char *name;
	void (*act)(bool odd);
} pairs[] = {
	{ "exit-status", exit_status },
	{ "crash", crash },
	{ "extra-call", extra_call },
	{ "late", late },
	{ "only-one-exits", only_one_exits },
	{ "kills-itself", kills_itself },
	{ "aborts", aborts },
	{ "length", length },
	{ "open-flags", open_flags },
	{ "open-mode", open_mode },
	{ "descriptor", descriptor },
	{ "seek-offset", seek_offset },
	{ "null-pointer", null_pointer },
	{ "ignores-signal", ignores_signal },
	{ "signal-mask", signal_mask },
	{ "kill-signal", kill_signal },
	{ "connect-port", connect_port },
	{ "sigreturn-frame", sigreturn_frame },
	{ "filter", filter },
	{ "filter-place", filter_place },
	{ "makes-executable", makes_executable },
	{ "ioctl-request", ioctl_request },
	{ "exec-argument", exec_argument },
	{ "exec-environment", exec_environment },
	{ "exec-path", exec_path },
	{ "sleep-time", sleep_time },
	{ "forks", forks },
	{ "in-child", in_child },
	{ "child-status", child_status },
	{ "child-crashes", child_crashes },
	{ "race-of-threads", race_of_threads },
	{ "different-faults", different_faults },
	{ "handler-differs", handler_differs },
	{ "reads-more", reads_more },
};

int main(int argc, char **argv)
{
	must(argc > 2);
	say("before\n");
	for (size_t i = 0; i < countof(pairs); i++) {
		if (strcmp(argv[1], pairs[i].name) == 0) {
			pairs[i].act(strcmp(argv[2], "1") == 0);
			return finish();
		}
	}
	must(!"a known pair");
	return 1;
}
