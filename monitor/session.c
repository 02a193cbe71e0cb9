/* One run: prepares what the threads share, starts them, passes signals on, and says how it ended. */
#include "monitor/session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "monitor/delivery.h"
#include "monitor/facts.h"
#include "monitor/guard.h"
#include "monitor/outgoing.h"
#include "monitor/placement.h"
#include "monitor/recorder.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/probe.h"
#include "monitor/trace_path.h"
#include "monitor/variant.h"

static struct session *session_for_check;

void session_stop(struct session *s, int status)
{
	int unset = -1;

	atomic_compare_exchange_strong(&s->exit_status, &unset, status);
	atomic_store(&s->stopping, true);
	for (unsigned v = 0; v < s->n_variants; v++)
		tracer_ring(&s->tracers[v]);
}

void session_fail(struct session *s, const char *format, ...)
{
	char text[1024];
	va_list ap;

	if (atomic_load(&s->stopping))
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	log_line(LOG_QUIET, "%s", text);
	session_stop(s, EXIT_MONITOR_FAILED);
}

void session_start_failed(struct session *s, int number)
{
	int status = number == ENOENT || number == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;

	log_line(LOG_QUIET, "cannot run %s: %s", s->paths[LEADER], strerror(number));
	session_stop(s, status);
}

/* Our own promise is broken: no variant may run on without us. */
static void kill_everything(void)
{
	struct session *s = session_for_check;
	struct lane *root = s ? atomic_load(&s->root) : NULL;

	/* The first processes; PTRACE_O_EXITKILL takes the rest when we are gone. */
	for (unsigned v = 0; root && v < s->n_variants; v++)
		if (root->tasks[v].pid && !(atomic_load(&root->ended) & 1u << v))
			kill(root->tasks[v].pid, SIGKILL);
}

/* Descriptors the program inherits; the monitor's own are all close-on-exec. */
static void inherited_find(struct session *s)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t capacity = 0;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);
		int flags = fcntl(fd, F_GETFD);

		if (entry->d_name[0] == '.' || flags < 0 || (flags & FD_CLOEXEC))
			continue;
		alloc_grow(&s->inherited, &capacity, s->n_inherited + 1);
		s->inherited[s->n_inherited++] = fd;
	}
	if (dir)
		closedir(dir);
}

static void ignored_find(struct session *s)
{
	for (int signo = 1; signo < 65; signo++) {
		struct sigaction action;

		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			s->signals_ignored |= UINT64_C(1) << (signo - 1);
	}
}

static bool is_executable_file(const char *path, int *error)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		*error = errno;
		return false;
	}
	*error = EACCES;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* As execvp(3) looks for it. Returns 0 or the exit status that says why not. */
static int program_find(const char *name, char *path, size_t capacity, struct error *err)
{
	const char *search = getenv("PATH");
	int error = ENOENT, worst = ENOENT;

	if (strchr(name, '/')) {
		snprintf(path, capacity, "%s", name);
		if (is_executable_file(path, &error))
			return 0;
		worst = error;
		search = NULL;
	} else if (!search) {
		search = "/bin:/usr/bin";
	}
	while (search) {
		size_t length = strcspn(search, ":");

		snprintf(path, capacity, "%.*s%s%s", (int)length, search, length ? "/" : "", name);
		if (is_executable_file(path, &error))
			return 0;
		if (error == EACCES)
			worst = EACCES;
		search = search[length] ? search + length + 1 : NULL;
	}
	error_set(err, -worst, "cannot run %s: %s", name, strerror(worst));
	return worst == ENOENT || worst == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static bool commands_equal(const struct option_command *a, const struct option_command *b)
{
	int i = 0;

	while (a->argv[i] && b->argv[i] && strcmp(a->argv[i], b->argv[i]) == 0)
		i++;
	return !a->argv[i] && !b->argv[i];
}

static int programs_find(struct session *s, struct error *err)
{
	s->same_commands = s->options->n_env == 0;
	for (unsigned v = 0; v < s->n_variants; v++) {
		char path[LIMIT_PATH_BYTES];
		int status = program_find(s->options->commands[v].argv[0], path, sizeof(path), err);

		if (status)
			return status;
		s->paths[v] = alloc_string(path);
		s->same_commands &= commands_equal(&s->options->commands[0],
						   &s->options->commands[v]);
	}
	return 0;
}

static void host_read(struct session *s)
{
	struct timespec now;
	long bytes;

	clock_gettime(CLOCK_MONOTONIC, &now);
	s->start_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	s->monitor_pid = getpid();
	CPU_ZERO(&s->machine_cpus);
	/* The raw call says how wide the kernel's mask is. */
	bytes = syscall(SYS_sched_getaffinity, 0, sizeof(s->machine_cpus), &s->machine_cpus);
	s->machine_cpus_bytes = bytes > 0 ? (size_t)bytes : sizeof(long);
}

/* A variant that opens it by some name of its own cannot write it; we have it mapped already. */
static int page_create(struct session *s, struct error *err)
{
	static const uint8_t code[] = { 0x0f, 0x05, 0x0f, 0x0b }; /* syscall; ud2 */

	s->page_fd = memfd_create("mvx", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->page_fd < 0 || ftruncate(s->page_fd, MM_PAGE_BYTES + MM_COPIES_BYTES) < 0 ||
	    pwrite(s->page_fd, code, sizeof(code), MM_SYSCALL_OFFSET) != sizeof(code) ||
	    pwrite(s->page_fd, delivery_loop, delivery_loop_bytes, DELIVERY_LOOP_OFFSET) !=
		    (ssize_t)delivery_loop_bytes ||
	    !(s->copies = copies_create(s->page_fd)) ||
	    /* All variants use it: nobody else may write there, whatever name they find for it. */
	    fcntl(s->page_fd, F_ADD_SEALS,
		  F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return error_set(err, -errno, "cannot make the monitor's page: %s",
				 strerror(errno));
	return 0;
}

static const char *trace_path(const struct options *options, char *path, size_t capacity,
			      struct error *err)
{
	if (options->trace_none)
		return NULL;
	if (options->trace_path)
		return options->trace_path;
	if (trace_path_default(path, capacity, options->commands[0].argv[0], err) < 0)
		return NULL;
	return path;
}

static int recording_start(struct session *s, const char *path, int argc, char **argv,
			   struct error *err)
{
	int code = recorder_start(&s->recorder, path, s->options, s->n_variants, err);

	if (code < 0)
		return code;
	return s->recorder ? facts_record_header(s, argc, argv, err) : 0;
}

static void tracers_start(struct session *s)
{
	atomic_store(&s->n_serving, s->n_variants);
	for (unsigned v = 0; v < s->n_variants; v++) {
		struct tracer *t = &s->tracers[v];

		t->session = s;
		t->variant = v;
		t->from_leader = aligned_alloc(64, sizeof(struct mailbox));
		t->to_leader = aligned_alloc(64, sizeof(struct mailbox));
		CHECK(t->from_leader && t->to_leader);
		memset(t->from_leader, 0, sizeof(struct mailbox));
		memset(t->to_leader, 0, sizeof(struct mailbox));
	}
	for (unsigned v = 0; v < s->n_variants; v++) {
		CHECK(pthread_create(&s->tracers[v].thread, NULL, tracer_main, &s->tracers[v]) ==
		      0);
		s->tracers[v].started = true;
	}
}

static bool is_stop_signal(int signo)
{
	return signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

/*
 * What is sent to the monitor is meant for the program; what the terminal or
 * the program itself sends to their process group, both have.
 */
static void pass_on(struct session *s, const siginfo_t *info)
{
	pid_t root = atomic_load(&s->root_pid);

	if (is_stop_signal(info->si_signo))
		atomic_store(&s->stop_wanted, true);
	if (info->si_signo == SIGCONT)
		atomic_store(&s->stop_wanted, false);
	if (info->si_pid == s->monitor_pid)
		return;
	if (!root) {
		s->early_signals |= UINT64_C(1) << (info->si_signo - 1);
		return;
	}
	/* From one of the variants' processes: then the leader's group has it already. */
	if (info->si_code == SI_KERNEL || guard_is_traced(info->si_pid))
		return;
	if (atomic_load(&s->root_status[LEADER]) < 0)
		forwarded_send(&s->forwarded, root, info, FORWARDED_MONITOR);
	else /* What it has left behind is all there is of the program. */
		atomic_fetch_or(&s->signals_for_all, UINT64_C(1) << (info->si_signo - 1));
}

/* What came before there was a program: to us alone, whoever it was meant for. */
static void pass_on_early(struct session *s)
{
	pid_t root = atomic_load(&s->root_pid);

	if (!root)
		return;
	for (int signo = 1; s->early_signals; signo++, s->early_signals >>= 1)
		if (s->early_signals & 1)
			kill(root, signo);
}

/*
 * Who started us waits for us, not for the program. So we stop when the
 * program has stopped after all of the job was told to, or after it stopped
 * itself altogether: an editor that first
 * puts the terminal in order, or a program that ignores the signal, is
 * treated as it would be alone. What continues the job continues both.
 */
static void stop_with_program(struct session *s)
{
	if (!atomic_load(&s->stop_wanted) || !atomic_load(&s->root_stopped))
		return;
	atomic_store(&s->stop_wanted, false);
	kill(s->monitor_pid, SIGSTOP);
}

static void look_at_clock(struct session *s)
{
	const char *failure = recorder_failure(s->recorder);

	if (failure && s->options->on_full_disk == ON_FULL_DISK_STOP)
		session_fail(s, "%s", failure);
	atomic_store(&s->tick, true);
	tracer_ring(&s->tracers[LEADER]);
}

static void main_loop(struct session *s)
{
	const struct timespec tick = { .tv_nsec = SESSION_TICK_NS };
	siginfo_t info;
	sigset_t set;

	sigfillset(&set);
	sigdelset(&set, SIGCHLD);
	while (atomic_load(&s->n_serving)) {
		int signo = sigtimedwait(&set, &info, &tick);

		if (signo > 0 && signo < SIGRTMIN)
			pass_on(s, &info);
		pass_on_early(s);
		look_at_clock(s);
		stop_with_program(s);
	}
}

static int final_status(struct session *s)
{
	int status = atomic_load(&s->exit_status);

	if (status >= 0)
		return status;
	status = atomic_load(&s->root_status[LEADER]);
	if (status < 0)
		return EXIT_MONITOR_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int recording_stop(struct session *s, int status)
{
	struct trace_end end = {
		.clean = status != EXIT_MONITOR_FAILED,
		.time_ns = session_now_ns(s),
		.tasks = s->next_lane_id,
		.exit_status = status,
		.variants = s->all_variants,
	};
	struct error err = { 0 };

	for (unsigned v = 0; v < s->n_variants; v++)
		end.status[v] = atomic_load(&s->root_status[v]) < 0 ?
					SIGKILL :
					atomic_load(&s->root_status[v]);
	if (recorder_stop(s->recorder, &end, &err) == 0)
		return status;
	if (s->options->on_full_disk == ON_FULL_DISK_CONTINUE) {
		log_line(LOG_NORMAL, "%s; the rest of the run was not recorded", err.message);
		return status;
	}
	if (status != EXIT_MONITOR_FAILED)
		log_line(LOG_QUIET, "%s", err.message);
	return EXIT_MONITOR_FAILED;
}

/* Files that the program maps shared take descriptors of ours, which it has not to do without. */
static void descriptors_raise(struct session *s)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &s->descriptor_limit) < 0)
		return;
	most = s->descriptor_limit;
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
}

static int run_prepared(struct session *s, const char *path)
{
	sigset_t all;
	int status;

	descriptors_raise(s);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &s->signal_mask);
	s->main_thread = pthread_self();
	s->pinned = placement_should_pin(&s->machine_cpus);
	s->cpus_shared = s->n_variants > (unsigned)CPU_COUNT(&s->machine_cpus);
	session_for_check = s;
	check_set_hook(kill_everything);
	tracers_start(s);
	main_loop(s);
	for (unsigned v = 0; v < s->n_variants; v++)
		pthread_join(s->tracers[v].thread, NULL);
	status = recording_stop(s, final_status(s));
	if (status == EXIT_DIVERGENCE && path)
		log_line(LOG_NORMAL, "  the trace: mvx-replay show %s d1", path);
	return status;
}

int session_run(const struct options *options, int argc, char **argv)
{
	struct session *s = alloc_zeroed(1, sizeof(*s));
	struct error err = { 0 };
	char default_path[LIMIT_PATH_BYTES];
	const char *path;
	int status;

	s->options = options;
	pthread_mutex_init(&s->forwarded.lock, NULL);
	s->n_variants = options->n_variants;
	s->all_variants = (1u << s->n_variants) - 1;
	atomic_store(&s->exit_status, -1);
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		atomic_store(&s->root_status[v], -1);
	inherited_find(s);
	ignored_find(s);
	pthread_sigmask(SIG_SETMASK, NULL, &s->signal_mask);
	host_read(s);
	room_find(&s->room);
	s->pids = pid_map_create();
	status = programs_find(s, &err);
	if (status) {
		log_line(LOG_QUIET, "%s", err.message);
		return status;
	}
	/* Before anything is made or started: inside strace or another monitor we end here. */
	if (probe_ptrace(&err) < 0) {
		log_line(LOG_QUIET, "%s (mvx-monitor --check-system says more)", err.message);
		return EXIT_MONITOR_FAILED;
	}
	if (options->cpuid == OPTION_CPUID_TRAP && probe_cpuid(&err) < 0) {
		log_line(LOG_QUIET, "--cpuid=trap is not possible here: %s", err.message);
		return EXIT_MONITOR_FAILED;
	}
	path = trace_path(options, default_path, sizeof(default_path), &err);
	if (err.code || page_create(s, &err) < 0 ||
	    recording_start(s, path, argc, argv, &err) < 0) {
		log_line(LOG_QUIET, "%s", err.message);
		return EXIT_MONITOR_FAILED;
	}
	return run_prepared(s, path);
}
