/*
 * Holds the system call table and finds rows in it.
 */
#include "schema/syscall_model.h"

#include <errno.h>
#include <string.h>

#include "schema/syscall_numbers.h"

static const struct syscall_row syscall_table[SYSCALL_LIMIT] = {
#include "schema/syscall_table_x86_64.inc"
};

const struct syscall_row *syscall_row_find(int64_t nr)
{
	if (nr < 0 || nr >= SYSCALL_LIMIT)
		return NULL;
	if (syscall_table[nr].support == SUPPORT_NONE)
		return NULL;
	return &syscall_table[nr];
}

int syscall_number_find(const char *name)
{
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++)
		if (syscall_table[nr].support != SUPPORT_NONE &&
		    !strcmp(syscall_table[nr].name, name))
			return nr;
	return -1;
}
