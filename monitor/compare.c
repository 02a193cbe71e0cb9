/* Phase two: numbers, then arguments as the row describes them. Reads captures only, never live memory. */
#include "monitor/compare.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/alloc.h"
#include "monitor/tracee/cpuid.h"
#include "schema/syscall_args.h"

/* The bytes of a buffer as they are compared: a copy with what means nothing overwritten. */
static uint8_t *canonical_copy(const struct slot *s, const struct capture_buf *buf,
			       const struct syscall_row *row)
{
	uint8_t *copy = alloc_zeroed(1, buf->length);

	memcpy(copy, capture_bytes(&s->in, buf), buf->length);
	arg_canonicalise(row, buf->arg, s->args, copy, buf->length);
	if (buf->format != row->args[buf->arg].format)
		format_canonicalise((enum arg_format)buf->format, copy, buf->length);
	return copy;
}

static uint64_t first_difference(const uint8_t *a, size_t a_length, const uint8_t *b,
				 size_t b_length)
{
	size_t common = a_length < b_length ? a_length : b_length;

	for (size_t i = 0; i < common; i++)
		if (a[i] != b[i])
			return i;
	return common;
}

static bool buffer_equal(const struct slot *a, const struct slot *b, const struct capture_buf *x,
			 const struct capture_buf *y, const struct syscall_row *row,
			 uint64_t *offset)
{
	const uint8_t *left = capture_bytes(&a->in, x);
	const uint8_t *right = capture_bytes(&b->in, y);
	uint8_t *left_copy, *right_copy;

	*offset = 0;
	if (x->length == y->length && (!x->length || memcmp(left, right, x->length) == 0))
		return x->faulted == y->faulted;
	if (x->format == FORMAT_NONE || x->length != y->length) {
		*offset = first_difference(left, x->length, right, y->length);
		return false;
	}
	left_copy = canonical_copy(a, x, row);
	right_copy = canonical_copy(b, y, row);
	*offset = first_difference(left_copy, x->length, right_copy, y->length);
	free(left_copy);
	free(right_copy);
	return *offset == x->length && x->faulted == y->faulted;
}

static bool is_absolute(const struct slot *s, unsigned arg)
{
	const struct capture_buf *path = capture_find(&s->in, arg, PART_CONTENT);

	return path && path->length && capture_bytes(&s->in, path)[0] == '/';
}

/*
 * A path that begins at the root does not begin at a directory
 * (path_resolution(7)); openat2 can be asked to take it as if it did.
 */
static bool base_is_unused(const struct slot *a, const struct slot *b,
			   const struct syscall_row *row, unsigned i)
{
	return row->args[i].kind == ARG_DIRFD && i + 1 < row->argc &&
	       row->args[i + 1].kind == ARG_PATH && a->nr != SYS_openat2 && is_absolute(a, i + 1) &&
	       is_absolute(b, i + 1);
}

static bool values_equal(const struct slot *a, const struct slot *b, const struct syscall_row *row,
			 int *arg)
{
	unsigned compared = arg_compared_mask(a->nr, a->args);

	for (unsigned i = 0; i < row->argc; i++) {
		const struct syscall_arg *spec = &row->args[i];
		bool is_value = spec->kind == ARG_IRREGULAR && (a->in.value_args & 1u << i);

		if (!(compared & 1u << i) || base_is_unused(a, b, row, i) ||
		    (arg_equal(spec, a->args[i], b->args[i]) && !is_value))
			continue;
		*arg = (int)i;
		if ((a->args[i] ^ b->args[i]) & arg_compared_bits(a->nr, i, a->args))
			return false;
	}
	return true;
}

static bool is_exit(int64_t nr)
{
	return nr == SYS_exit || nr == SYS_exit_group;
}

static bool call_equal(const struct slot *a, const struct slot *b, struct mismatch *out)
{
	const struct syscall_row *row = syscall_row_find(a->nr);

	out->kind = is_exit(a->nr) || is_exit(b->nr) ? DIVERGENCE_EXIT : DIVERGENCE_NUMBER;
	if (a->nr != b->nr)
		return false;
	if (!row)
		return true; /* decide stops the run by its number */
	if (!is_exit(a->nr))
		out->kind = DIVERGENCE_ARGUMENT;
	if (!values_equal(a, b, row, &out->arg))
		return false;
	out->arg = -1;
	if (a->in.n_bufs != b->in.n_bufs)
		return false;
	out->kind = DIVERGENCE_BUFFER;
	for (unsigned i = 0; i < a->in.n_bufs; i++) {
		const struct capture_buf *x = &a->in.bufs[i], *y = &b->in.bufs[i];

		out->arg = x->arg;
		out->part = x->part;
		if (x->arg != y->arg || x->part != y->part ||
		    !buffer_equal(a, b, x, y, row, &out->offset))
			return false;
	}
	return true;
}

static bool kinds_equal(const struct slot *a, const struct slot *b, struct mismatch *out)
{
	if (a->kind == b->kind)
		return true;
	if (a->kind == ARRIVAL_END || b->kind == ARRIVAL_END)
		out->kind = DIVERGENCE_MISSING;
	else if (a->kind == ARRIVAL_FOREIGN || b->kind == ARRIVAL_FOREIGN)
		out->kind = DIVERGENCE_ABI;
	else if (a->kind == ARRIVAL_FAULT || b->kind == ARRIVAL_FAULT)
		out->kind = DIVERGENCE_FAULT;
	else
		out->kind = DIVERGENCE_NUMBER;
	return false;
}

/* The same instruction, and of cpuid the same question. */
static bool trap_equal(const struct slot *a, const struct slot *b)
{
	uint32_t leaf[2], subleaf[2];

	if (a->trap != b->trap || a->trap != TRAP_CPUID)
		return a->trap == b->trap;
	cpuid_question(&a->regs, &leaf[0], &subleaf[0]);
	cpuid_question(&b->regs, &leaf[1], &subleaf[1]);
	return leaf[0] == leaf[1] && subleaf[0] == subleaf[1];
}

static bool arrival_equal(const struct slot *a, const struct slot *b, struct mismatch *out)
{
	*out = (struct mismatch){ .arg = -1 };
	if (!kinds_equal(a, b, out))
		return false;
	switch (a->kind) {
	case ARRIVAL_CALL: return call_equal(a, b, out);
	case ARRIVAL_FAULT:
		out->kind = DIVERGENCE_FAULT;
		return a->signo == b->signo && a->siginfo.si_code == b->siginfo.si_code;
	case ARRIVAL_TRAP: out->kind = DIVERGENCE_NUMBER; return trap_equal(a, b);
	case ARRIVAL_FOREIGN:
		out->kind = DIVERGENCE_ABI;
		return a->nr == b->nr && a->arch == b->arch;
	case ARRIVAL_SIGNAL:
	case ARRIVAL_PAUSE:
	case ARRIVAL_VAIN: out->kind = DIVERGENCE_SIGNAL; return false;
	case ARRIVAL_END: out->kind = DIVERGENCE_EXIT; return a->status == b->status;
	}
	return false;
}

bool compare_rendezvous(const struct rendezvous *r, unsigned n_variants, struct mismatch *out)
{
	struct mismatch found = { 0 };
	uint32_t odd = 0;

	for (unsigned v = 1; v < n_variants; v++) {
		if (arrival_equal(&r->slots[0], &r->slots[v], &found))
			continue;
		if (!odd) {
			*out = found;
			out->variant = v;
		}
		odd |= 1u << v;
	}
	if (odd)
		out->odd = odd;
	return !odd;
}
