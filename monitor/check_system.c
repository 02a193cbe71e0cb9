/* A table of checks; each tries one thing and knows a sentence of advice. */
#include "monitor/check_system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "monitor/tracee/probe.h"

/* The oldest kernel that mvx is made for. */
#define KERNEL_MAJOR 6
#define KERNEL_MINOR 1

struct check {
	const char *works;  /* said when it does */
	const char *advice; /* said behind the reason when it does not; may be NULL */
	bool needed;
	int (*try)(struct error *err);
	bool by_ptrace; /* says nothing of its own when ptrace does not work */
};

static int try_kernel(struct error *err);
static int try_memfd(struct error *err);

static const struct check checks[] = {
	{ "the kernel is new enough", "mvx uses calls and ptrace behaviour of Linux 6.1", true,
	  try_kernel },
	{ "child processes can be traced",
	  "the notes below may say why; in a container, allow ptrace (--cap-add=SYS_PTRACE)", true,
	  probe_ptrace },
	{ "system calls can be intercepted with seccomp",
	  "the kernel needs CONFIG_SECCOMP_FILTER, and a container's own filter must let seccomp "
	  "and ptrace pass",
	  true, probe_seccomp_trace, true },
	{ "the memory of traced processes can be read",
	  "in a container, allow process_vm_readv (--cap-add=SYS_PTRACE)", true, probe_memory,
	  true },
	{ "memory files can be created", "memfd_create must not be filtered", true, try_memfd },
	{ "rdtsc can be trapped",
	  "variants would read different time stamps and could diverge for no reason", true,
	  probe_tsc },
	{ "cpuid can be trapped",
	  "the CPU or the virtual machine does not offer it, and --cpuid=trap is refused", false,
	  probe_cpuid },
};

static void tell_notes(FILE *out);

int check_system(FILE *out)
{
	bool no_ptrace = false;
	int missing = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const struct check *check = &checks[i];
		struct error err = { 0 };

		if (check->by_ptrace && no_ptrace)
			continue;
		/* Probes fork: what is buffered must not come twice. */
		fflush(out);
		if (check->try(&err) == 0) {
			fprintf(out, "ok: %s.\n", check->works);
			continue;
		}
		missing += check->needed;
		no_ptrace |= check->try == probe_ptrace;
		fprintf(out, "%s: %s; %s.\n", check->needed ? "missing" : "note", err.message,
			check->advice);
	}
	tell_notes(out);
	if (missing)
		fprintf(out, "mvx cannot run here: %d thing%s missing.\n", missing,
			missing == 1 ? " is" : "s are");
	else
		fprintf(out, "mvx can run here.\n");
	return missing ? 1 : 0;
}

static int try_kernel(struct error *err)
{
	struct utsname name;
	char *rest = NULL;
	unsigned long major, minor;

	if (uname(&name))
		return error_set(err, -errno, "cannot ask for the kernel's release: %s",
				 strerror(errno));
	if (strcmp(name.machine, "x86_64") != 0)
		return error_set(err, -ENOSYS, "this is %s, not x86_64", name.machine);
	major = strtoul(name.release, &rest, 10);
	minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
	if (major > KERNEL_MAJOR || (major == KERNEL_MAJOR && minor >= KERNEL_MINOR))
		return 0;
	return error_set(err, -ENOSYS, "the kernel is %s, older than %d.%d", name.release,
			 KERNEL_MAJOR, KERNEL_MINOR);
}

static int try_memfd(struct error *err)
{
	cleanup_fd int fd = memfd_create("mvx-check", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return error_set(err, -errno, "cannot create a memory file (memfd_create): %s",
				 strerror(errno));
	return 0;
}

/* --- what may explain a failure, or bring one later --- */

/* The first bytes of a small file, NUL-terminated; false when it cannot be read. */
static bool read_start(const char *path, char *text, size_t capacity)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, capacity - 1);

	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* The number behind `name` in /proc/self/status; -1 when there is none. */
static long status_number(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static void tell_process_notes(FILE *out)
{
	char status[8192];
	long tracer;

	if (!read_start("/proc/self/status", status, sizeof(status))) {
		fprintf(out, "note: /proc cannot be read; is it mounted?\n");
		return;
	}
	tracer = status_number(status, "\nTracerPid:");
	if (tracer > 0)
		fprintf(out,
			"note: process %ld (a debugger, strace) is tracing us; if it follows children, "
			"mvx cannot trace them.\n",
			tracer);
	if (status_number(status, "\nSeccomp:") == 2)
		fprintf(out,
			"note: a seccomp filter of somebody else's is in force; calls that it refuses "
			"fail in the variants too.\n");
}

static void tell_ptrace_scope(FILE *out)
{
	char text[16];

	if (!read_start("/proc/sys/kernel/yama/ptrace_scope", text, sizeof(text)))
		return;
	if (text[0] == '2')
		fprintf(out,
			"note: kernel.yama.ptrace_scope is 2: only processes with CAP_SYS_PTRACE may "
			"trace.\n");
	if (text[0] == '3')
		fprintf(out,
			"note: kernel.yama.ptrace_scope is 3: nobody may trace until the next boot.\n");
}

static void tell_container(FILE *out)
{
	char map[128];

	if (access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0)
		fprintf(out, "note: this looks like a container.\n");
	if (read_start("/proc/self/uid_map", map, sizeof(map)) && !strstr(map, "4294967295"))
		fprintf(out, "note: we are in a user namespace; set-user-id programs and files of "
			     "other users behave differently there.\n");
}

static void tell_notes(FILE *out)
{
	tell_process_notes(out);
	tell_ptrace_scope(out);
	tell_container(out);
}
