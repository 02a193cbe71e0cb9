/* --check-system: what it says here, and that it notices each thing it needs when that is taken away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/check_system.h"

/* From now on this process and its children get EPERM from call `nr`. */
static void forbid_call(int nr)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

/* Runs the check in a child, which may not use call `nr` (-1: all allowed); returns its result. */
static int run_check(int nr, char *text, size_t capacity)
{
	int ends[2], status = 0;
	size_t used = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		FILE *out = fdopen(ends[1], "w");
		int result;

		if (nr >= 0)
			forbid_call(nr);
		result = check_system(out);
		fflush(out);
		_exit(result);
	}
	close(ends[1]);
	while ((got = read(ends[0], text + used, capacity - used - 1)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_sentences(const char *text)
{
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		const char *end = strchr(line, '\n');

		assert_non_null(end);
		assert_int_equal(end[-1], '.');
		assert_true(!strncmp(line, "ok: ", 4) || !strncmp(line, "missing: ", 9) ||
			    !strncmp(line, "note: ", 6) || !strncmp(line, "mvx can", 7));
	}
}

static void test_agrees_with_itself(void **state)
{
	char text[8192];
	int result = run_check(-1, text, sizeof(text));

	expect_sentences(text);
	assert_in_range(result, 0, 1);
	assert_int_equal(result, strstr(text, "missing: ") ? 1 : 0);
	if (result)
		assert_non_null(strstr(text, "\nmvx cannot run here: "));
	else
		assert_non_null(strstr(text, "\nmvx can run here.\n"));
}

#define ONE_MISSING "\nmvx cannot run here: 1 thing is missing.\n"
#define TWO_MISSING "\nmvx cannot run here: 2 things are missing.\n"

static void test_notices_what_is_gone(void **state)
{
	static const struct {
		int nr;
		const char *said, *verdict;
	} cases[] = {
		{ __NR_ptrace,
		  "missing: cannot trace a child process (PTRACE_SEIZE): Operation not",
		  ONE_MISSING },
		{ __NR_seccomp,
		  "missing: a seccomp filter with SECCOMP_RET_TRACE cannot be installed",
		  ONE_MISSING },
		{ __NR_process_vm_readv,
		  "missing: cannot read a traced process by process_vm_readv", ONE_MISSING },
		{ __NR_memfd_create, "missing: cannot create a memory file", ONE_MISSING },
		{ __NR_prctl, "missing: trapping rdtsc (PR_SET_TSC) does not work: Operation not",
		  TWO_MISSING /* installing a filter needs it as well */ },
		{ __NR_uname, "missing: cannot ask for the kernel's release", ONE_MISSING },
	};

	char text[8192];

	if (run_check(-1, text, sizeof(text)))
		skip(); /* something is missing without our help */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(run_check(cases[i].nr, text, sizeof(text)), 1);
		if (!strstr(text, cases[i].said))
			fail_msg("\"%s\" is not in:\n%s", cases[i].said, text);
		expect_sentences(text);
		assert_non_null(strstr(text, "note: a seccomp filter of somebody else's"));
		assert_non_null(strstr(text, cases[i].verdict));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agrees_with_itself),
		cmocka_unit_test(test_notices_what_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
