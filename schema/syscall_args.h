/*
 * Reads rows of the system call table: which arguments are input or output,
 * what the kernel sees of a register, how long a buffer is, and which bytes of
 * a structure mean something. Knows nothing of memory: values come in, sizes
 * and verdicts go out.
 */
#pragma once

#include "schema/syscall_model.h"

/* What arg_output_bytes says when the length stands in the program's memory. */
#define ARG_BYTES_UNKNOWN UINT64_MAX

/* Does the kernel read memory behind this argument, does it write there? INOUT and LENPTR: both. */
bool arg_is_input(enum arg_kind kind);
bool arg_is_output(enum arg_kind kind);
/* Is the argument an address, of whatever lies there? Irregular ones are not known to be. */
bool arg_is_pointer(enum arg_kind kind);

/* What it is, in a word or two: "buffer", "directory descriptor". */
const char *arg_kind_name(enum arg_kind kind);

/* What the kernel sees of a register: int arguments sign-extended, unsigned ones zero-extended. */
uint64_t arg_value(const struct syscall_arg *spec, uint64_t raw);

/*
 * Do two variants pass the same? Pointers only need to agree in being NULL;
 * what lies behind them is the caller's to compare. UNUSED and IRREGULAR
 * arguments are always equal here: the family compares the latter.
 */
bool arg_equal(const struct syscall_arg *spec, uint64_t a, uint64_t b);

/* The 0-based argument that gives (or points to) the length; -1 for a fixed one. */
int arg_length_index(const struct syscall_arg *spec);

/*
 * Mask of the arguments that the kernel looks at, given the others: open
 * without O_CREAT ignores its mode, an anonymous mmap its descriptor. The rest
 * is whatever the registers held. Bits at and above row->argc are clear.
 */
unsigned arg_used_mask(int64_t nr, const uint64_t args[SYSCALL_ARGS]);

/*
 * ... without those which mean nothing beside the others, and are shown all
 * the same, as strace does: the size of a mask that is not there.
 */
unsigned arg_compared_mask(int64_t nr, const uint64_t args[SYSCALL_ARGS]);

/* The bits of an argument, passed as a value, that the kernel looks at. */
uint64_t arg_compared_bits(int64_t nr, unsigned i, const uint64_t args[SYSCALL_ARGS]);

/*
 * Bytes the kernel reads behind argument i (IN, INOUT, SOCKADDR_IN, LENPTR),
 * before any limit; 0 for NULL and negative lengths; -1 when the arguments
 * alone do not say. Multiplication saturates at INT64_MAX.
 */
int64_t arg_input_bytes(const struct syscall_row *row, unsigned i,
			const uint64_t args[SYSCALL_ARGS]);

/*
 * Bytes the kernel has written behind argument i once the call returned
 * `result`: for vectors and messages the content in all. ARG_BYTES_UNKNOWN
 * when a length has to be read from memory first (then it is at most that).
 */
uint64_t arg_output_bytes(const struct syscall_row *row, unsigned i,
			  const uint64_t args[SYSCALL_ARGS], int64_t result);

/* Is it -errno? */
static inline bool result_is_error(int64_t result)
{
	return result < 0 && result >= -4095;
}

/*
 * Overwrites what must not be compared: padding, addresses (which become 0 or
 * 1 for NULL or not; signal handlers 0 for SIG_DFL, 1 for SIG_IGN, 2 for a
 * function), fields the kernel ignores, and user data that may be an address.
 * A trailing part of an element is left alone.
 */
void format_canonicalise(enum arg_format format, uint8_t *bytes, size_t length);

/* The same for an argument's content, with what the other arguments say of it (bits past nfds). */
void arg_canonicalise(const struct syscall_row *row, unsigned i, const uint64_t args[SYSCALL_ARGS],
		      uint8_t *bytes, size_t length);
