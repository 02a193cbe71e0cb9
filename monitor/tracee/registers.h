/*
 * Everything that knows where x86-64 keeps a system call. The rest of the
 * monitor uses these names and never a register's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/user.h>

typedef struct user_regs_struct registers;

/* length of the `syscall` instruction, 0f 05 */
#define SYSCALL_INSN_BYTES 2
/* x32 numbers carry this bit (asm/unistd_x32.h). */
#define SYSCALL_X32_BIT UINT32_C(0x40000000)
/* answers a call without making it: "a call is skipped with number -1" (seccomp(2)) */
#define SYSCALL_SKIP ((uint64_t)-1)

/* __USER_CS: 64-bit code; a 32-bit program runs with __USER32_CS (arch/x86/include/asm/segment.h). */
static inline bool registers_are_native(const registers *r)
{
	return r->cs == 0x33;
}

/*
 * A call made by a jump into the vsyscall page, as static programs of old do:
 * the kernel emulates it in a page fault. A filter sees it, and it can be
 * answered there; but it has no exit stop, must keep its number and its
 * instruction pointer, and cannot be made again by stepping back
 * (Documentation/userspace-api/seccomp_filter.rst, "Caveats").
 */
static inline bool registers_are_vsyscall(const registers *r)
{
	return (r->rip & ~UINT64_C(0xfff)) == UINT64_C(0xffffffffff600000);
}

static inline int64_t registers_number(const registers *r)
{
	return (int32_t)r->orig_rax;
}

static inline void registers_arguments(const registers *r, uint64_t args[6])
{
	args[0] = r->rdi;
	args[1] = r->rsi;
	args[2] = r->rdx;
	args[3] = r->r10;
	args[4] = r->r8;
	args[5] = r->r9;
}

static inline void registers_set_arguments(registers *r, const uint64_t args[6])
{
	r->rdi = args[0];
	r->rsi = args[1];
	r->rdx = args[2];
	r->r10 = args[3];
	r->r8 = args[4];
	r->r9 = args[5];
}

/* At the stop before a call: another one is made. Behind it: which one is made again if it was interrupted. */
static inline void registers_set_number(registers *r, int64_t nr)
{
	r->orig_rax = (uint64_t)nr;
}

static inline int64_t registers_result(const registers *r)
{
	return (int64_t)r->rax;
}

/* At a seccomp stop: the kernel makes no call and the program sees `result`. */
static inline void registers_answer(registers *r, int64_t result)
{
	r->orig_rax = SYSCALL_SKIP;
	r->rax = (uint64_t)result;
}

/* After a call (answered or interrupted): the program makes it again when it goes on. */
static inline void registers_restart(registers *r, int64_t nr)
{
	r->rip -= SYSCALL_INSN_BYTES;
	r->rax = (uint64_t)nr;
	r->orig_rax = SYSCALL_SKIP;
}
