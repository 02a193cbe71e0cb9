/* The table for people, one line a call: mvx-monitor --syscalls. */
#include "schema/syscall_model.h"
#include "schema/syscall_names.h"

static const char *runner_name(const struct syscall_row *row)
{
	if (row->support == SUPPORT_REFUSED)
		return "-";
	switch ((enum syscall_run)row->run) {
	case RUN_EACH: return "each";
	case RUN_LEADER: return "leader";
	case RUN_NOBODY: return "monitor";
	case RUN_LOCAL: return "local";
	}
	return "?";
}

static void print_support(FILE *out, const struct syscall_row *row, const char *note)
{
	switch ((enum syscall_support)row->support) {
	case SUPPORT_NONE: return;
	case SUPPORT_LIVE:
		if (note)
			fprintf(out, "partial: %s\n", note);
		else
			fprintf(out, "full\n");
		return;
	case SUPPORT_REFUSED:
		fprintf(out, "refused: %s, %s\n", errno_name_find(row->refuse_errno), note);
		return;
	}
}

void syscall_table_print(FILE *out)
{
	fprintf(out, "%-4s %-24s %-8s %s\n", "nr", "name", "by", "support");
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall_row *row = syscall_row_find(nr);

		if (!row)
			continue;
		fprintf(out, "%-4d %-24s %-8s ", nr, row->name, runner_name(row));
		print_support(out, row, syscall_note_find(nr));
	}
}
