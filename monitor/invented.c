/* Recognises exclusive creations under random names. */
#include "monitor/invented.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "schema/syscall_args.h"

/* mkstemp(3): six X at least */
#define RUN_MIN 6

/* The argument that is the new name; -1 when the call does not create exclusively. */
static int name_argument(const struct slot *s)
{
	switch (s->nr) {
	case SYS_open: return (s->args[1] & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? 0 : -1;
	case SYS_openat: return (s->args[2] & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? 1 : -1;
	case SYS_mkdir:
	case SYS_mknod: return 0;
	case SYS_mkdirat:
	case SYS_mknodat:
	case SYS_symlink:
	case SYS_link: return 1;
	case SYS_symlinkat: return 2;
	case SYS_linkat: return 3;
	}
	return -1;
}

static bool is_random_difference(const char *a, const char *b, size_t length)
{
	size_t first = 0, last = length;

	while (first < length && a[first] == b[first])
		first++;
	while (last > first && a[last - 1] == b[last - 1])
		last--;
	if (first == last || memchr(a + first, '/', length - first))
		return false;
	/* Equal characters at the ends of the run are chance. */
	while (first > 0 && isalnum((unsigned char)a[first - 1]))
		first--;
	while (last < length && isalnum((unsigned char)a[last]))
		last++;
	for (size_t i = first; i < last; i++)
		if (!isalnum((unsigned char)a[i]) || !isalnum((unsigned char)b[i]))
			return false;
	return last - first >= RUN_MIN;
}

static bool differs_in_name_only(const struct slot *a, const struct slot *b, int name)
{
	const struct syscall_row *row = syscall_row_find(a->nr);
	unsigned used = arg_used_mask(a->nr, a->args);

	for (unsigned i = 0; i < row->argc; i++)
		if ((used & 1u << i) && !arg_equal(&row->args[i], a->args[i], b->args[i]))
			return false;
	if (a->in.n_bufs != b->in.n_bufs)
		return false;
	for (unsigned i = 0; i < a->in.n_bufs; i++) {
		const struct capture_buf *x = &a->in.bufs[i], *y = &b->in.bufs[i];
		const char *left = (const char *)capture_bytes(&a->in, x);
		const char *right = (const char *)capture_bytes(&b->in, y);

		if (x->arg != y->arg || x->length != y->length || x->faulted || y->faulted)
			return false;
		if (memcmp(left, right, x->length) == 0)
			continue;
		if (x->arg != name || !is_random_difference(left, right, x->length))
			return false;
	}
	return true;
}

bool names_are_invented(const struct rendezvous *r, unsigned n_variants)
{
	const struct slot *leader = &r->slots[0];
	int name = leader->kind == ARRIVAL_CALL ? name_argument(leader) : -1;

	if (name < 0)
		return false;
	for (unsigned v = 1; v < n_variants; v++) {
		const struct slot *slot = &r->slots[v];

		if (slot->kind != ARRIVAL_CALL || slot->nr != leader->nr ||
		    !differs_in_name_only(leader, slot, name))
			return false;
	}
	return true;
}
