/*
 * The system call table against the kernel's header, against itself, and what
 * syscall_args.c reads out of it. The list of the header's calls is made by
 * the preprocessor at build time (syscall_numbers.sh).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "schema/syscall_args.h"
#include "schema/syscall_names.h"

static const struct {
	const char *name;
	int nr;
} header_calls[] = {
#define CALL(call_name, number) { #call_name, number },
#include SYSCALL_NUMBERS
#undef CALL
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Calls that Linux 6.18 has and an older header may not. */
#define LAST_OLD_HEADER_NR 450
#define LAST_NR            469

static const struct syscall_row *row_of(const char *name)
{
	int nr = syscall_number_find(name);

	assert_true(nr >= 0);
	return syscall_row_find(nr);
}

static void header_calls_have_rows(void **state)
{
	assert_true(COUNT(header_calls) >= 362);
	for (size_t i = 0; i < COUNT(header_calls); i++) {
		const struct syscall_row *row = syscall_row_find(header_calls[i].nr);

		if (header_calls[i].nr > LAST_NR)
			continue;
		if (!row)
			fail_msg("no row for %s (%d)", header_calls[i].name, header_calls[i].nr);
		assert_string_equal(row->name, header_calls[i].name);
		assert_int_equal(syscall_number_find(header_calls[i].name), header_calls[i].nr);
	}
}

static void rows_are_header_calls(void **state)
{
	size_t beyond = 0, rows = 0;

	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall_row *row = syscall_row_find(nr);
		bool found = false;

		if (!row)
			continue;
		rows++;
		for (size_t i = 0; i < COUNT(header_calls); i++)
			found |= header_calls[i].nr == nr &&
				 !strcmp(header_calls[i].name, row->name);
		if (!found) {
			beyond++;
			assert_true(nr > LAST_OLD_HEADER_NR || nr == 335 || nr == 336);
		}
	}
	assert_int_equal(rows, 383);
	assert_true(beyond <= LAST_NR - LAST_OLD_HEADER_NR + 2);
}

static void newer_calls_have_their_numbers(void **state)
{
	assert_int_equal(syscall_number_find("uretprobe"), 335);
	assert_int_equal(syscall_number_find("cachestat"), 451);
	assert_int_equal(syscall_number_find("mseal"), 462);
	assert_int_equal(syscall_number_find("file_setattr"), 469);
	assert_int_equal(syscall_number_find("no_such_call"), -1);
	assert_null(syscall_row_find(-1));
	assert_null(syscall_row_find(337));
	assert_null(syscall_row_find(470));
	assert_null(syscall_row_find(SYSCALL_LIMIT));
	assert_null(syscall_row_find(INT64_MAX));
}

static void check_enums(const struct syscall_row *row)
{
	assert_true(row->support >= SUPPORT_LIVE && row->support <= SUPPORT_REFUSED);
	assert_true(row->run <= RUN_LOCAL);
	assert_true(row->result <= RESULT_ADDRESS);
	assert_true(row->family < FAMILY_COUNT);
	assert_true(row->block <= BLOCK_MAY);
	assert_true(row->level <= LEVEL_CONTROL);
	assert_true(row->argc <= SYSCALL_ARGS);
	assert_int_equal(row->support == SUPPORT_REFUSED, row->refuse_errno != 0);
	assert_true(strlen(row->name) < SYSCALL_NAME_BYTES);
}

static bool kind_has_length(unsigned kind)
{
	return arg_is_pointer(kind) && kind != ARG_ADDRESS && kind != ARG_PATH &&
	       kind != ARG_STRING && kind != ARG_STRINGS;
}

/* A length must be a number in the same row, or behind a LENPTR of the same row. */
static void check_length(const struct syscall_row *row, const struct syscall_arg *arg)
{
	int index = arg_length_index(arg);
	unsigned kind;

	if (index < 0)
		return;
	if (index >= row->argc)
		fail_msg("%s: a length stands in an argument that the call does not have",
			 row->name);
	kind = row->args[index].kind;
	if (arg->length >= LENGTH_PTR1 && arg->length <= LENGTH_PTR6)
		assert_int_equal(kind, ARG_LENPTR);
	else if (kind != ARG_INT && kind != ARG_UINT && kind != ARG_SIZE && kind != ARG_LONG)
		fail_msg("%s: a length stands in an argument that is not a number", row->name);
}

static void check_arg(const struct syscall_row *row, unsigned i)
{
	const struct syscall_arg *arg = &row->args[i];

	assert_true(arg->kind < ARG_KIND_COUNT);
	assert_true(arg->format < FORMAT_COUNT);
	assert_true(arg->when <= WHEN_POSITIVE);
	if (i >= row->argc) {
		assert_int_equal(arg->kind, ARG_UNUSED);
		return;
	}
	if (kind_has_length(arg->kind) && !arg->size)
		fail_msg("%s: argument %u has no size", row->name, i + 1);
	if (!kind_has_length(arg->kind) && (arg->length || arg->size))
		fail_msg("%s: argument %u has a size but no buffer", row->name, i + 1);
	if (arg->kind == ARG_SOCKADDR_OUT)
		assert_true(arg->length >= LENGTH_PTR1 && arg->length <= LENGTH_PTR6);
	check_length(row, arg);
}

static void rows_agree_with_themselves(void **state)
{
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall_row *row = syscall_row_find(nr);

		if (!row)
			continue;
		check_enums(row);
		if (row->argc)
			assert_int_not_equal(row->args[row->argc - 1].kind, ARG_UNUSED);
		for (unsigned i = 0; i < SYSCALL_ARGS; i++)
			check_arg(row, i);
	}
}

/* A length result needs something it is the length of. */
static void live_lengths_bound_something(void **state)
{
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall_row *row = syscall_row_find(nr);
		bool has_output = false, has_source = false;

		if (!row || row->support != SUPPORT_LIVE)
			continue;
		for (unsigned i = 0; i < row->argc; i++) {
			has_output |= arg_is_output(row->args[i].kind);
			has_source |= arg_is_input(row->args[i].kind) ||
				      row->args[i].kind == ARG_FD;
		}
		if (row->result == RESULT_COUNT)
			assert_true(has_output);
		if (row->result == RESULT_LENGTH)
			assert_true(has_output || has_source);
	}
}

/* Who is refused is told why; what is missing has a row to be missing from. */
static void notes_belong_to_rows(void **state)
{
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall_row *row = syscall_row_find(nr);
		const char *note = syscall_note_find(nr);

		if (note && !row)
			fail_msg("a note for %d: %s", nr, note);
		if (row && row->support == SUPPORT_REFUSED && !note)
			fail_msg("no reason why %s is refused", row->name);
		if (note && (!note[0] || note[strlen(note) - 1] == '.'))
			fail_msg("%s: the note is the rest of a sentence", row->name);
	}
	assert_null(syscall_note_find(-1));
	assert_null(syscall_note_find(SYSCALL_LIMIT));
}

static void the_table_is_printed(void **state)
{
	char *text = NULL;
	size_t length = 0, lines = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	syscall_table_print(out);
	fclose(out);
	for (size_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, 383 + 1);
	assert_non_null(strstr(text, "\n0    read                     leader   full\n"));
	assert_non_null(strstr(text, "\n101  ptrace                   -        refused: EPERM, "));
	assert_non_null(strstr(text, "\n250  keyctl                   leader   partial: "));
	free(text);
}

static void some_rows_are_as_designed(void **state)
{
	const struct syscall_row *row = row_of("openat");

	assert_int_equal(row->support, SUPPORT_LIVE);
	assert_int_equal(row->run, RUN_EACH);
	assert_int_equal(row->result, RESULT_FD);
	assert_int_equal(row->effects, EFFECT_FD | EFFECT_OUTSIDE);
	assert_int_equal(row->family, FAMILY_OPEN);
	assert_int_equal(row->argc, 4);
	assert_int_equal(row->args[0].kind, ARG_DIRFD);
	assert_int_equal(row->args[2].format, FORMAT_OPEN_FLAGS);

	assert_int_equal(row_of("futex")->run, RUN_LOCAL);
	assert_int_equal(row_of("sched_getaffinity")->run, RUN_NOBODY);
	assert_int_equal(row_of("io_uring_setup")->support, SUPPORT_REFUSED);
	assert_int_equal(row_of("rseq")->refuse_errno, ENOSYS);
	assert_int_equal(row_of("ptrace")->refuse_errno, EPERM);
	assert_int_equal(row_of("fork")->argc, 0);
	assert_int_equal(row_of("mmap")->argc, 6);
	assert_int_equal(row_of("mmap")->args[0].kind, ARG_ADDRESS);
}

static void values_are_what_the_kernel_sees(void **state)
{
	struct syscall_arg spec = { .kind = ARG_INT };

	assert_true(arg_value(&spec, 0x12345678ffffffffu) == UINT64_MAX);
	assert_true(arg_equal(&spec, 0xdead00000007u, 7));
	assert_false(arg_equal(&spec, 8, 7));
	spec.kind = ARG_UINT;
	assert_true(arg_value(&spec, UINT64_MAX) == UINT32_MAX);
	spec.kind = ARG_MODE;
	assert_true(arg_value(&spec, 0xffff01a4u) == 0x01a4);
	spec.kind = ARG_SIZE;
	assert_false(arg_equal(&spec, 0xdead00000007u, 7));
	spec.kind = ARG_ADDRESS;
	assert_true(arg_equal(&spec, 0x7f0000000000u, 0x560000000000u));
	assert_false(arg_equal(&spec, 0x7f0000000000u, 0));
	assert_true(arg_equal(&spec, 0, 0));
	spec.kind = ARG_OUT;
	assert_true(arg_equal(&spec, 1, 2));
	spec.kind = ARG_UNUSED;
	assert_true(arg_equal(&spec, 1, 0));
	spec.kind = ARG_IRREGULAR;
	assert_true(arg_equal(&spec, 1, 0));
}

static void kinds_know_their_direction(void **state)
{
	assert_true(arg_is_input(ARG_PATH) && !arg_is_output(ARG_PATH));
	assert_true(!arg_is_input(ARG_OUT) && arg_is_output(ARG_OUT));
	assert_true(arg_is_input(ARG_INOUT) && arg_is_output(ARG_INOUT));
	assert_true(arg_is_input(ARG_LENPTR) && arg_is_output(ARG_LENPTR));
	assert_true(!arg_is_input(ARG_FD) && !arg_is_output(ARG_FD) && !arg_is_pointer(ARG_FD));
	assert_true(!arg_is_input(ARG_ADDRESS) && !arg_is_output(ARG_ADDRESS) &&
		    arg_is_pointer(ARG_ADDRESS));
}

static void input_lengths(void **state)
{
	uint64_t args[6] = { 3, 0x1000, 10 };

	assert_int_equal(arg_input_bytes(row_of("write"), 1, args), 10);
	assert_int_equal(arg_input_bytes(row_of("write"), 0, args), -1);
	args[2] = UINT64_MAX;
	assert_true(arg_input_bytes(row_of("write"), 1, args) == INT64_MAX);
	args[1] = 0;
	assert_int_equal(arg_input_bytes(row_of("write"), 1, args), 0);

	/* connect's length is an int: a negative one is none */
	args[1] = 0x1000;
	args[2] = 0xdead0000ffffffffu;
	assert_int_equal(arg_input_bytes(row_of("connect"), 1, args), 0);
	args[2] = 0xdead000000000010u;
	assert_int_equal(arg_input_bytes(row_of("connect"), 1, args), 16);

	/* poll's count is an unsigned int, times eight */
	args[0] = 0x1000;
	args[1] = 0xdead000000000003u;
	assert_int_equal(arg_input_bytes(row_of("poll"), 0, args), 24);
	/* semop's is a size_t, times six: the product saturates */
	args[1] = 0x1000;
	args[2] = UINT64_MAX / 3;
	assert_true(arg_input_bytes(row_of("semop"), 1, args) == INT64_MAX);

	/* select's sets are whole words of nfds bits */
	args[0] = 65;
	args[1] = args[2] = 0x1000;
	assert_int_equal(arg_input_bytes(row_of("select"), 1, args), 16);
	args[0] = 0;
	assert_int_equal(arg_input_bytes(row_of("select"), 1, args), 0);
	args[0] = UINT32_MAX;
	assert_int_equal(arg_input_bytes(row_of("select"), 1, args), 0);
	args[0] = INT32_MAX;
	assert_true(arg_input_bytes(row_of("select"), 1, args) == (int64_t)1 << 28);

	/* paths and vectors need memory */
	assert_int_equal(arg_input_bytes(row_of("open"), 0, args), -1);
	assert_int_equal(arg_input_bytes(row_of("writev"), 1, args), -1);
}

static void output_lengths(void **state)
{
	uint64_t args[6] = { 3, 0x1000, 100, 0x2000, 0x3000, 0x4000 };

	assert_int_equal(arg_output_bytes(row_of("read"), 1, args, 7), 7);
	assert_int_equal(arg_output_bytes(row_of("read"), 1, args, 0), 0);
	assert_int_equal(arg_output_bytes(row_of("read"), 1, args, -EINTR), 0);
	/* recvfrom with MSG_TRUNC says more than it wrote */
	assert_int_equal(arg_output_bytes(row_of("recvfrom"), 1, args, 5000), 100);
	assert_true(arg_output_bytes(row_of("recvfrom"), 4, args, 10) == ARG_BYTES_UNKNOWN);
	assert_int_equal(arg_output_bytes(row_of("recvfrom"), 5, args, 10), 4);
	assert_int_equal(arg_output_bytes(row_of("fstat"), 1, args, 0), 144);
	assert_int_equal(arg_output_bytes(row_of("fstat"), 1, args, -EBADF), 0);
	assert_int_equal(arg_output_bytes(row_of("readv"), 1, args, 42), 42);
	assert_int_equal(arg_output_bytes(row_of("write"), 1, args, 42), 0);
	/* getxattr with size 0 tells the size and writes nothing */
	args[3] = 0;
	args[2] = 0x1000;
	assert_int_equal(arg_output_bytes(row_of("getxattr"), 2, args, 77), 0);
	/* sendfile's offset is whole whatever the result */
	assert_int_equal(arg_output_bytes(row_of("sendfile"), 2, args, 1), 8);
	/* getgroups counts elements */
	args[0] = 10;
	args[1] = 0x1000;
	assert_int_equal(arg_output_bytes(row_of("getgroups"), 1, args, 3), 12);
	args[0] = 0;
	assert_int_equal(arg_output_bytes(row_of("getgroups"), 1, args, 3), 0);
}

static void outputs_that_depend_on_how_it_ended(void **state)
{
	uint64_t args[6] = { 0x1000, 0x1000, 0x1000, 0x1000, 0x1000 };

	/* the rest of a sleep exists only when it was interrupted */
	assert_int_equal(arg_output_bytes(row_of("nanosleep"), 1, args, 0), 0);
	assert_int_equal(arg_output_bytes(row_of("nanosleep"), 1, args, -EINVAL), 0);
	assert_int_equal(arg_output_bytes(row_of("nanosleep"), 1, args, -EINTR), 16);
	assert_int_equal(arg_output_bytes(row_of("nanosleep"), 1, args, -516), 16);
	/* wait4 with WNOHANG that finds nothing writes nothing */
	assert_int_equal(arg_output_bytes(row_of("wait4"), 1, args, 0), 0);
	assert_int_equal(arg_output_bytes(row_of("wait4"), 1, args, 17), 4);
	assert_int_equal(arg_output_bytes(row_of("wait4"), 3, args, -ECHILD), 0);
	/* poll's revents are written even when a signal came */
	args[1] = 2;
	assert_int_equal(arg_output_bytes(row_of("poll"), 0, args, -EINTR), 16);
	assert_int_equal(arg_output_bytes(row_of("ppoll"), 2, args, -514), 16);
}

static unsigned used(const char *name, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	uint64_t args[6] = { a0, a1, a2, a3 };

	return arg_used_mask(syscall_number_find(name), args);
}

static void garbage_registers_are_known(void **state)
{
	assert_int_equal(used("open", 0, O_RDONLY, 0, 0), 0x3);
	assert_int_equal(used("open", 0, O_WRONLY | O_CREAT, 0, 0), 0x7);
	assert_int_equal(used("open", 0, O_DIRECTORY, 0, 0), 0x3);
	assert_int_equal(used("openat", 0, 0, O_TMPFILE | O_RDWR, 0), 0xf);
	assert_int_equal(used("openat", 0, 0, O_RDWR, 0), 0x7);
	assert_int_equal(used("mmap", 0, 0, 0, MAP_PRIVATE | MAP_ANONYMOUS), 0x0f);
	assert_int_equal(used("mmap", 0, 0, 0, MAP_PRIVATE), 0x3f);
	assert_int_equal(used("mremap", 0, 0, 0, MREMAP_MAYMOVE), 0x0f);
	assert_int_equal(used("fcntl", 0, F_GETFL, 0, 0), 0x3);
	assert_int_equal(used("fcntl", 0, F_SETFL, 0, 0), 0x7);
	assert_int_equal(used("futex", 0, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 0, 0), 0x7);
	assert_int_equal(used("clone", SIGCHLD, 0, 0, 0), 0x3);
	assert_int_equal(used("clone", CLONE_SETTLS | CLONE_CHILD_CLEARTID, 0, 0, 0), 0x1b);
	assert_int_equal(used("prctl", PR_SET_NAME, 0, 0, 0), 0x3);
	assert_int_equal(used("prctl", PR_GET_DUMPABLE, 0, 0, 0), 0x1);
	assert_int_equal(used("prctl", 9999, 0, 0, 0), 0x1f);
	assert_int_equal(used("preadv2", 0, 0, 0, 0), 0x2f);
	assert_int_equal(arg_used_mask(9999, (uint64_t[6]){ 0 }), 0);
}

static unsigned compared(const char *name, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	uint64_t args[6] = { a0, a1, a2, a3 };

	return arg_compared_mask(syscall_number_find(name), args);
}

static void arguments_without_their_pointer_are_not_compared(void **state)
{
	assert_int_equal(compared("ppoll", 0, 0, 0, 0), 0x0f);
	assert_int_equal(compared("ppoll", 0, 0, 0, 0x1000), 0x1f);
	assert_int_equal(compared("epoll_pwait", 0, 0, 0, 0), 0x1f);
	assert_int_equal(compared("rt_sigprocmask", SIG_BLOCK, 0, 0, 8), 0x0e);
	assert_int_equal(compared("rt_sigprocmask", SIG_BLOCK, 0x1000, 0, 8), 0x0f);
	assert_int_equal(compared("sendto", 3, 0x1000, 1, 0), 0x1f);
	assert_int_equal(compared("waitid", P_ALL, 0, 0, 0), 0x1d);
	assert_int_equal(compared("waitid", P_PID, 0, 0, 0), 0x1f);
	assert_int_equal(compared("mknod", 0, S_IFIFO | 0600, 0, 0), 0x3);
	assert_int_equal(compared("mknodat", 0, 0, S_IFCHR | 0600, 0), 0xf);
	assert_int_equal(compared("semctl", 0, 0, IPC_STAT, 0), 0xd);
	assert_int_equal(compared("semctl", 0, 0, SETVAL, 0), 0xf);
	assert_int_equal(compared("open", 0, O_RDONLY, 0, 0), 0x3);
	assert_true(arg_compared_bits(__NR_fcntl, 2, (uint64_t[6]){ 3, F_SETFD }) == FD_CLOEXEC);
	assert_true(arg_compared_bits(__NR_fcntl, 2, (uint64_t[6]){ 3, F_SETFL }) == UINT64_MAX);
	assert_true(arg_compared_bits(__NR_exit_group, 0, (uint64_t[6]){ 0x103 }) == 0xff);
	assert_true(arg_compared_bits(__NR_mkdirat, 2, (uint64_t[6]){ 0 }) == 01777);
	assert_true(arg_compared_bits(__NR_mkdirat, 1, (uint64_t[6]){ 0 }) == UINT64_MAX);
}

/* Fills with 0xee, canonicalises, and says which bytes are still 0xee: one character each. */
static void assert_kept(enum arg_format format, size_t length, const char *expected)
{
	uint8_t bytes[512];
	char seen[513] = "";

	memset(bytes, 0xee, sizeof(bytes));
	format_canonicalise(format, bytes, length);
	for (size_t i = 0; i < length; i++)
		seen[i] = bytes[i] == 0xee ? 'k' : bytes[i] ? (char)('0' + bytes[i]) : '.';
	seen[length] = '\0';
	assert_string_equal(seen, expected);
	assert_int_equal(bytes[length], 0xee);
}

static void what_must_not_be_compared_is_cleared(void **state)
{
	assert_kept(FORMAT_SIGACTION, 32, "2.......kkkkkkkk........kkkkkkkk");
	assert_kept(FORMAT_EPOLL_EVENT, 24, "kkkk........kkkk........");
	assert_kept(FORMAT_ROBUST_LIST, 8, "1.......");
	assert_kept(FORMAT_CLONE_ARGS, 64,
		    "kkkkkkkk1.......1.......1.......kkkkkkkk1.......kkkkkkkk1.......");
	assert_kept(FORMAT_SIGMASK_ARG, 16, "1.......kkkkkkkk");
	assert_kept(FORMAT_FLOCK, 32, "kkkk....kkkkkkkkkkkkkkkk........");
	assert_kept(FORMAT_SIGEVENT, 24, "........kkkkkkkk........");
	assert_kept(FORMAT_TIMESPEC, 16, "kkkkkkkkkkkkkkkk");
	assert_kept(FORMAT_NONE, 4, "kkkk");
	assert_kept(FORMAT_COUNT, 4, "kkkk");
}

static void short_structures_are_left_alone(void **state)
{
	assert_kept(FORMAT_POLLFD, 7, "kkkkkkk");
	assert_kept(FORMAT_SIGACTION, 4, "kkkk");
	assert_kept(FORMAT_SIGEVENT, 15, "kkkkkkkkkkkkkkk");
	assert_kept(FORMAT_STACK, 8, "kkkkkkkk");
	assert_kept(FORMAT_SOCKADDR, 2, "kk");
	assert_kept(FORMAT_TIMESPEC2, 15, "kkkkkkkkkkkkkkk");
	for (unsigned format = 0; format < FORMAT_COUNT; format++)
		format_canonicalise(format, NULL, 0);
}

static void handlers_keep_what_they_mean(void **state)
{
	uint64_t action[4] = { (uintptr_t)SIG_DFL, SA_RESTART, 0x1234, 1 };

	/* there is nothing to run under a mask */
	format_canonicalise(FORMAT_SIGACTION, (uint8_t *)action, sizeof(action));
	assert_true(action[0] == 0 && action[1] == SA_RESTART && action[2] == 0 && action[3] == 0);
	action[0] = (uintptr_t)SIG_IGN;
	action[3] = 1;
	format_canonicalise(FORMAT_SIGACTION, (uint8_t *)action, sizeof(action));
	assert_true(action[0] == 1 && action[1] == SA_RESTART && action[3] == 0);
}

static void polled_entries_of_no_descriptor_are_alike(void **state)
{
	struct pollfd polled[3] = { { 3, POLLIN, 7 }, { -5, POLLOUT, 7 }, { -6, POLLIN, 9 } };

	format_canonicalise(FORMAT_POLLFD, (uint8_t *)polled, sizeof(polled));
	assert_true(polled[0].fd == 3 && polled[0].events == POLLIN && polled[0].revents == 0);
	assert_true(polled[1].fd < 0);
	assert_memory_equal(&polled[1], &polled[2], sizeof(polled[1]));
}

static void names_end_at_their_nul(void **state)
{
	uint64_t args[6] = { 3, SOL_SOCKET, SO_BINDTODEVICE, 0x1000, 20 };
	uint8_t name[16] = "one\0garbagegarb", longer[16] = "fifteen letters!";
	uint8_t device[20] = "lo\0garbage";

	format_canonicalise(FORMAT_TASK_NAME, name, sizeof(name));
	assert_memory_equal(name, "one\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	format_canonicalise(FORMAT_TASK_NAME, longer, sizeof(longer));
	assert_memory_equal(longer, "fifteen letters\0", 16);
	arg_canonicalise(row_of("setsockopt"), 3, args, device, sizeof(device));
	assert_memory_equal(device, "lo\0\0\0\0\0\0\0\0", 10);
}

static void options_are_as_long_as_the_kernel_takes_them(void **state)
{
	uint64_t args[6] = { 3, SOL_SOCKET, SO_REUSEADDR, 0x1000, 8 };
	uint64_t value = UINT64_C(0x1234567800000001), longer = value;

	arg_canonicalise(row_of("setsockopt"), 3, args, (uint8_t *)&value, sizeof(value));
	assert_true(value == 1);
	args[2] = SO_LINGER;
	arg_canonicalise(row_of("setsockopt"), 3, args, (uint8_t *)&longer, sizeof(longer));
	assert_true(longer == UINT64_C(0x1234567800000001));
}

static void special_times_lose_their_seconds(void **state)
{
	int64_t times[4] = { 0x1234, UTIME_NOW, 0x5678, 99 };

	format_canonicalise(FORMAT_TIMESPEC2, (uint8_t *)times, sizeof(times));
	assert_true(times[0] == 0 && times[1] == UTIME_NOW && times[2] == 0x5678 && times[3] == 99);
}

static void socket_addresses_lose_their_tails(void **state)
{
	uint8_t path[12] = "\1\0/ab\0rest!";
	uint8_t abstract[12] = "\1\0\0ab\0rest!";
	uint8_t inet[16] = "\2\0\0\120\177\0\0\1garbage!";

	format_canonicalise(FORMAT_SOCKADDR, path, sizeof(path));
	assert_memory_equal(path, "\1\0/ab\0\0\0\0\0\0\0", 12);
	format_canonicalise(FORMAT_SOCKADDR, abstract, sizeof(abstract));
	assert_memory_equal(abstract, "\1\0\0ab\0rest!", 12);
	format_canonicalise(FORMAT_SOCKADDR, inet, sizeof(inet));
	assert_memory_equal(inet, "\2\0\0\120\177\0\0\1\0\0\0\0\0\0\0\0", 16);
}

static void only_connect_takes_the_family_alone(void **state)
{
	uint64_t args[6] = { 3, 0x1000, 16 };
	uint8_t bytes[16] = "\0\0garbagegarbag";

	arg_canonicalise(row_of("bind"), 1, args, bytes, sizeof(bytes));
	assert_memory_equal(bytes, "\0\0garbagegarbag", 16);
	arg_canonicalise(row_of("connect"), 1, args, bytes, sizeof(bytes));
	assert_memory_equal(bytes, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void bits_past_nfds_are_cleared(void **state)
{
	uint64_t args[6] = { 12, 0x1000 };
	uint8_t set[8] = { 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x80 };

	arg_canonicalise(row_of("select"), 1, args, set, sizeof(set));
	assert_memory_equal(set, "\xff\x0f\0\0\0\0\0\0", 8);
}

static void errno_and_signal_names(void **state)
{
	assert_string_equal(errno_name_find(ENOENT), "ENOENT");
	assert_string_equal(errno_name_find(EHWPOISON), "EHWPOISON");
	assert_string_equal(errno_name_find(516), "ERESTART_RESTARTBLOCK");
	assert_null(errno_name_find(0));
	assert_null(errno_name_find(-1));
	assert_null(errno_name_find(400));
	assert_null(errno_name_find(100000));
	assert_int_equal(errno_number_find("EWOULDBLOCK"), EAGAIN);
	assert_int_equal(errno_number_find("ENOPE"), -1);
	assert_string_equal(signal_name_find(SIGINT), "SIGINT");
	assert_string_equal(signal_name_find(35), "SIGRT_3");
	assert_null(signal_name_find(0));
	assert_null(signal_name_find(65));
	assert_int_equal(signal_number_find("INT"), SIGINT);
	assert_int_equal(signal_number_find("SIGCHLD"), SIGCHLD);
	assert_int_equal(signal_number_find("SIGPOLL"), SIGIO);
	assert_int_equal(signal_number_find("A_VERY_LONG_NAME_THAT_IS_NONE"), -1);
	/* every name finds its own number, and all numbers up to EHWPOISON but two have one */
	for (int number = 1; number <= EHWPOISON; number++) {
		const char *name = errno_name_find(number);

		assert_int_equal(name == NULL, number == 41 || number == 58);
		if (name)
			assert_int_equal(errno_number_find(name), number);
	}
	for (int number = 1; number <= 64; number++)
		assert_int_equal(signal_number_find(signal_name_find(number)), number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_calls_have_rows),
		cmocka_unit_test(rows_are_header_calls),
		cmocka_unit_test(newer_calls_have_their_numbers),
		cmocka_unit_test(rows_agree_with_themselves),
		cmocka_unit_test(live_lengths_bound_something),
		cmocka_unit_test(notes_belong_to_rows),
		cmocka_unit_test(the_table_is_printed),
		cmocka_unit_test(some_rows_are_as_designed),
		cmocka_unit_test(values_are_what_the_kernel_sees),
		cmocka_unit_test(kinds_know_their_direction),
		cmocka_unit_test(input_lengths),
		cmocka_unit_test(output_lengths),
		cmocka_unit_test(outputs_that_depend_on_how_it_ended),
		cmocka_unit_test(garbage_registers_are_known),
		cmocka_unit_test(arguments_without_their_pointer_are_not_compared),
		cmocka_unit_test(what_must_not_be_compared_is_cleared),
		cmocka_unit_test(short_structures_are_left_alone),
		cmocka_unit_test(handlers_keep_what_they_mean),
		cmocka_unit_test(polled_entries_of_no_descriptor_are_alike),
		cmocka_unit_test(names_end_at_their_nul),
		cmocka_unit_test(options_are_as_long_as_the_kernel_takes_them),
		cmocka_unit_test(only_connect_takes_the_family_alone),
		cmocka_unit_test(special_times_lose_their_seconds),
		cmocka_unit_test(socket_addresses_lose_their_tails),
		cmocka_unit_test(bits_past_nfds_are_cleared),
		cmocka_unit_test(errno_and_signal_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
