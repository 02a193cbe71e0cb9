/*
 * Seccomp filters: what the checks take, what programs say, and both against
 * the kernel's own opinion where it can be asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor/filter_bpf.h"

#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))
#define RET(value)      BPF_STMT(BPF_RET | BPF_K, value)
#define RET_A           BPF_STMT(BPF_RET | BPF_A, 0)
#define LOAD(offset)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define A(value)        BPF_STMT(BPF_LD | BPF_IMM, value)
#define X(value)        BPF_STMT(BPF_LDX | BPF_IMM, value)
#define ALU_K(op, k)    BPF_STMT(BPF_ALU | (op) | BPF_K, k)
#define ALU_X(op)       BPF_STMT(BPF_ALU | (op) | BPF_X, 0)
#define IF(op, k, t, f) BPF_JUMP(BPF_JMP | (op) | BPF_K, k, t, f)
#define IF_X(op, t, f)  BPF_JUMP(BPF_JMP | (op) | BPF_X, 0, t, f)
#define RANDOM_PROGRAMS 400
#define BODY_INSNS      10

static const struct seccomp_data call = {
	.nr = 39,
	.arch = AUDIT_ARCH_X86_64,
	.instruction_pointer = UINT64_C(0x1122334455667788),
	.args = { 1, UINT64_C(0x0000000200000003), 3, 4, 5, UINT64_C(0xfedcba9876543210) },
};

#define RUN(...)                                                           \
	({                                                                 \
		static const struct sock_filter code_[] = { __VA_ARGS__ }; \
		assert_true(filter_is_valid(code_, COUNT(code_)));         \
		filter_run(code_, COUNT(code_), &call);                    \
	})
#define VALID(...)                                                         \
	({                                                                 \
		static const struct sock_filter code_[] = { __VA_ARGS__ }; \
		filter_is_valid(code_, COUNT(code_));                      \
	})

static void loads(void **state)
{
	(void)state;
	assert_int_equal(RUN(LOAD(0), RET_A), 39);
	assert_int_equal(RUN(LOAD(4), RET_A), AUDIT_ARCH_X86_64);
	assert_int_equal(RUN(LOAD(8), RET_A), 0x55667788);
	assert_int_equal(RUN(LOAD(12), RET_A), 0x11223344);
	assert_int_equal(RUN(LOAD(24), RET_A), 3);
	assert_int_equal(RUN(LOAD(28), RET_A), 2);
	assert_int_equal(RUN(LOAD(60), RET_A), 0xfedcba98);
	assert_int_equal(RUN(BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), RET_A), 64);
	assert_int_equal(RUN(BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0),
			     BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A),
			 64);
	assert_int_equal(RUN(RET_A), 0);
	assert_int_equal(
		RUN(A(7), BPF_STMT(BPF_ST, 15), A(1), BPF_STMT(BPF_LD | BPF_MEM, 15), RET_A), 7);
	assert_int_equal(RUN(X(9), BPF_STMT(BPF_STX, 0), X(1), BPF_STMT(BPF_LDX | BPF_MEM, 0),
			     BPF_STMT(BPF_MISC | BPF_TXA, 0), RET_A),
			 9);
	assert_int_equal(RUN(A(5), BPF_STMT(BPF_MISC | BPF_TAX, 0), A(0), ALU_X(BPF_ADD), RET_A),
			 5);
}

static void computes(void **state)
{
	(void)state;
	assert_int_equal(RUN(A(UINT32_MAX), ALU_K(BPF_ADD, 2), RET_A), 1);
	assert_int_equal(RUN(A(1), ALU_K(BPF_SUB, 2), RET_A), UINT32_MAX);
	assert_int_equal(RUN(A(0x10001), ALU_K(BPF_MUL, 0x10000), RET_A), 0x10000);
	assert_int_equal(RUN(A(7), ALU_K(BPF_DIV, 2), RET_A), 3);
	assert_int_equal(RUN(A(12), ALU_K(BPF_AND, 10), RET_A), 8);
	assert_int_equal(RUN(A(12), ALU_K(BPF_OR, 10), RET_A), 14);
	assert_int_equal(RUN(A(12), ALU_K(BPF_XOR, 10), RET_A), 6);
	assert_int_equal(RUN(A(1), ALU_K(BPF_LSH, 31), RET_A), 0x80000000);
	assert_int_equal(RUN(A(0x80000000), ALU_K(BPF_RSH, 31), RET_A), 1);
	assert_int_equal(RUN(A(1), BPF_STMT(BPF_ALU | BPF_NEG, 0), RET_A), UINT32_MAX);
	assert_int_equal(RUN(A(9), X(0), ALU_X(BPF_DIV), RET(SECCOMP_RET_ALLOW)), 0);
	assert_int_equal(RUN(A(1), X(33), ALU_X(BPF_LSH), RET_A), 2);
}

static void jumps(void **state)
{
	(void)state;
	assert_int_equal(RUN(LOAD(0), IF(BPF_JEQ, 39, 0, 1), RET(1), RET(2)), 1);
	assert_int_equal(RUN(LOAD(0), IF(BPF_JEQ, 38, 0, 1), RET(1), RET(2)), 2);
	assert_int_equal(RUN(LOAD(0), IF(BPF_JGT, 39, 0, 1), RET(1), RET(2)), 2);
	assert_int_equal(RUN(LOAD(0), IF(BPF_JGE, 39, 0, 1), RET(1), RET(2)), 1);
	assert_int_equal(RUN(LOAD(0), IF(BPF_JSET, 32, 0, 1), RET(1), RET(2)), 1);
	assert_int_equal(RUN(A(0x80000000), IF(BPF_JGT, 1, 0, 1), RET(1), RET(2)), 1);
	assert_int_equal(RUN(A(4), X(4), IF_X(BPF_JEQ, 0, 1), RET(1), RET(2)), 1);
	assert_int_equal(RUN(BPF_STMT(BPF_JMP | BPF_JA, 1), RET(1), RET(2)), 2);
}

static void what_is_refused(void **state)
{
	(void)state;
	assert_false(filter_is_valid(NULL, 0));
	assert_false(VALID(LOAD(0)));
	assert_false(VALID(LOAD(64), RET_A));
	assert_false(VALID(LOAD(2), RET_A));
	assert_false(VALID(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), RET_A));
	assert_false(VALID(BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), RET_A));
	assert_false(VALID(BPF_STMT(BPF_RET | BPF_X, 0)));
	assert_false(VALID(ALU_K(BPF_MOD, 3), RET_A));
	assert_false(VALID(ALU_K(BPF_DIV, 0), RET_A));
	assert_false(VALID(ALU_K(BPF_LSH, 32), RET_A));
	assert_false(VALID(BPF_STMT(BPF_JMP | BPF_JA, 1), RET_A));
	assert_false(VALID(BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), RET_A));
	assert_false(VALID(IF(BPF_JEQ, 0, 1, 0), RET_A));
	assert_false(VALID(IF(BPF_JEQ, 0, 0, 1), RET_A));
	assert_false(VALID(BPF_STMT(BPF_ST, 16), RET_A));
	assert_false(VALID(BPF_STMT(BPF_LD | BPF_MEM, 0), RET_A));
	assert_false(VALID(BPF_STMT(0x100 | BPF_RET | BPF_K, 0)));
	/* written on one of two ways only */
	assert_false(VALID(IF(BPF_JEQ, 0, 0, 1), BPF_STMT(BPF_ST, 1), BPF_STMT(BPF_LD | BPF_MEM, 1),
			   RET_A));
	assert_true(VALID(BPF_STMT(BPF_ST, 1), IF(BPF_JEQ, 0, 0, 1), RET(0),
			  BPF_STMT(BPF_LD | BPF_MEM, 1), RET_A));
}

static void the_longest(void **state)
{
	static struct sock_filter code[BPF_MAXINSNS + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(code); i++)
		code[i] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1);
	code[BPF_MAXINSNS - 1] = (struct sock_filter)RET_A;
	code[BPF_MAXINSNS] = (struct sock_filter)RET_A;
	assert_true(filter_is_valid(code, BPF_MAXINSNS));
	assert_int_equal(filter_run(code, BPF_MAXINSNS, &call), BPF_MAXINSNS - 1);
	assert_false(filter_is_valid(code, BPF_MAXINSNS + 1));
}

static void the_stricter_counts(void **state)
{
	static const uint32_t order[] = {
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
		SECCOMP_RET_ERRNO,        SECCOMP_RET_USER_NOTIF,  SECCOMP_RET_TRACE,
		SECCOMP_RET_LOG,          SECCOMP_RET_ALLOW,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++)
		for (size_t j = 0; j < COUNT(order); j++)
			assert_int_equal(filter_stricter(order[i] | 1, order[j] | 2),
					 j < i ? order[j] | 2 : order[i] | 1);
}

/* ---- against the kernel ---- */

static uint32_t seed = 4711;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* Mostly instructions that exist, with operands that are often good. */
static struct sock_filter draw_insn(void)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_ALU | BPF_ADD | BPF_X,
		BPF_ALU | BPF_SUB | BPF_K,
		BPF_ALU | BPF_MUL | BPF_X,
		BPF_ALU | BPF_DIV | BPF_X,
		BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_LSH | BPF_X,
		BPF_ALU | BPF_RSH | BPF_K,
		BPF_ALU | BPF_XOR | BPF_X,
		BPF_ALU | BPF_NEG,
		BPF_ALU | BPF_MOD | BPF_K,
		BPF_JMP | BPF_JA,
		BPF_JMP | BPF_JEQ | BPF_K,
		BPF_JMP | BPF_JGT | BPF_X,
		BPF_JMP | BPF_JSET | BPF_K,
		BPF_JMP | BPF_JGE | BPF_X,
		BPF_RET | BPF_A,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LDX | BPF_B | BPF_MSH,
	};
	struct sock_filter insn = {
		.code = draw(40) ? codes[draw(COUNT(codes))] : (uint16_t)draw(0x200),
		.jt = (uint8_t)draw(4),
		.jf = (uint8_t)draw(4),
	};

	insn.k = draw(10) ? draw(20) & ~(draw(2) * 3) : draw(UINT32_MAX);
	/* Not the place of the call: it is another in the kernel's eyes. */
	if (insn.code == (BPF_LD | BPF_W | BPF_ABS) && (insn.k == 8 || insn.k == 12))
		insn.k += 8;
	return insn;
}

#define PROBE     SYS_getpgrp
#define NO_ANSWER 0xffffffff

/*
 * The call that is asked about goes to a random body, all others pass; in the
 * end the low bits of what was computed are the number of an error.
 */
static size_t draw_program(struct sock_filter *code)
{
	static const struct sock_filter head[] = { LOAD(0), IF(BPF_JEQ, PROBE, 1, 0),
						   RET(SECCOMP_RET_ALLOW) };
	static const struct sock_filter tail[] = { ALU_K(BPF_AND, 0x7ff),
						   ALU_K(BPF_OR, SECCOMP_RET_ERRNO), RET_A };
	size_t body = 1 + draw(BODY_INSNS), length = COUNT(head);

	memcpy(code, head, sizeof(head));
	while (body--)
		code[length++] = draw_insn();
	memcpy(code + length, tail, sizeof(tail));
	return length + COUNT(tail);
}

/* In a child, whose filter it becomes: -1 when the kernel refuses it, or the error the call came to. */
static int64_t ask_kernel(struct sock_filter *code, size_t length)
{
	static uint32_t *answer;
	int status;
	pid_t pid;

	if (!answer)
		answer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			      0);
	assert_true(answer != MAP_FAILED);
	*answer = NO_ANSWER;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static const struct rlimit no_core;
		struct sock_fprog program = { (unsigned short)length, code };

		setrlimit(RLIMIT_CORE, &no_core);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			_exit(99);
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
			_exit(errno == EINVAL ? 1 : 99);
		errno = 0;
		syscall(PROBE, call.args[0], call.args[1], call.args[2], call.args[3], call.args[4],
			call.args[5]);
		*answer = (uint32_t)errno;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
		skip();
	return WIFEXITED(status) && WEXITSTATUS(status) == 1 ? -1 : (int64_t)*answer;
}

static void as_the_kernel_has_it(void **state)
{
	struct sock_filter code[BODY_INSNS + 8];
	struct seccomp_data asked = call;
	unsigned taken = 0, compared = 0;

	(void)state;
	asked.nr = PROBE;
	for (unsigned i = 0; i < RANDOM_PROGRAMS; i++) {
		size_t length = draw_program(code);
		bool valid = filter_is_valid(code, length);
		int64_t kernel = ask_kernel(code, length);
		uint32_t own;

		if (valid != (kernel >= 0))
			fail_msg("program %u is %s", i, valid ? "taken" : "refused");
		if (!valid)
			continue;
		taken++;
		own = filter_run(code, length, &asked);
		if ((own & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO)
			continue;
		compared++;
		if (kernel != (own & SECCOMP_RET_DATA))
			fail_msg("program %u says %u, not %u", i, (unsigned)kernel,
				 own & SECCOMP_RET_DATA);
	}
	/* both kinds, and not by chance */
	assert_in_range(taken, RANDOM_PROGRAMS / 10, RANDOM_PROGRAMS - 1);
	assert_in_range(compared, RANDOM_PROGRAMS / 20, taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads),
		cmocka_unit_test(computes),
		cmocka_unit_test(jumps),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(the_stricter_counts),
		cmocka_unit_test(as_the_kernel_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
