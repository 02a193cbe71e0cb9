/* mvx-replay schema */
#include <errno.h>
#include <stdio.h>

#include "analysis/describe.h"
#include "replay/common.h"

int command_schema(const struct invocation *inv)
{
	cleanup_text struct text text = { 0 };
	struct error err = { 0 };

	if (has_option(inv, OPTION_MAN)) {
		if (inv->n_operands) {
			error_set(&err, -EINVAL, "--man gives the whole page, not %s alone",
				  inv->operands[0]);
			return cannot(&err);
		}
		schema_manual(stdout);
		return finish_answer(inv, NULL, EXIT_YES);
	}
	if (schema_describe(&text, inv->n_operands ? inv->operands[0] : NULL, &err) < 0) {
		say("%s", err.message);
		return EXIT_NO;
	}
	fputs(text_get(&text), stdout);
	return finish_answer(inv, NULL, EXIT_YES);
}
