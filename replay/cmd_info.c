/* mvx-replay info */
#include <stdio.h>

#include "analysis/info.h"
#include "replay/common.h"

int command_info(const struct invocation *invocation)
{
	struct output_options options;
	struct source *source;
	struct error err = { 0 };
	bool stream_failed;
	int ret;

	if (output_options_get(&options, invocation, &err) < 0)
		return cannot(&err);
	/* lines for eyes even in a pipe: a program asks for a format */
	if (!option_value(invocation, OPTION_FORMAT))
		options.format = OUTPUT_TABLE;
	if (source_open(&source, invocation->operands[0], &err) < 0)
		return cannot(&err);
	ret = info_run(source, stdout, &options, &stream_failed, &err);
	ret = ret < 0 ? finish_failed(&err, stream_failed) :
			finish_answer(invocation, source, EXIT_YES);
	source_close(source);
	return ret;
}
