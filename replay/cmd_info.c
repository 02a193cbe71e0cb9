/* mvx-replay info */
#include <inttypes.h>
#include <stdio.h>

#include "analysis/info.h"
#include "replay/common.h"
#include "schema/trace_verify.h"

/*
 * Made from the frames themselves: what a changed trace says of itself is worth
 * nothing. EXIT_NO when it says something else.
 */
static int print_hash(const struct invocation *invocation)
{
	const char *path = invocation->operands[0];
	struct trace_reader *reader;
	struct error err = { 0 };
	uint64_t hash, recorded;
	int ret;

	if (trace_reader_open(&reader, path, &err) < 0)
		return cannot(&err);
	ret = trace_chain_compute(reader, &hash, &err);
	recorded = trace_reader_chain_hash(reader);
	trace_reader_close(reader);
	if (ret < 0) {
		error_prefix(&err, "%s: ", path);
		return cannot(&err);
	}
	printf("%016" PRIx64 "\n", hash);
	if (!recorded || recorded == hash)
		return EXIT_YES;
	say("%s records %016" PRIx64 " itself: mvx-replay verify tells more", path, recorded);
	return EXIT_NO;
}

static int info_hash(const struct invocation *invocation)
{
	struct source *source;
	struct error err = { 0 };
	int ret = print_hash(invocation);

	if (ret == EXIT_CANNOT || source_open(&source, invocation->operands[0], &err) < 0)
		return EXIT_CANNOT;
	if (ret == EXIT_YES)
		ret = finish_answer(invocation, source, ret);
	else
		ret = finish_answer(invocation, NULL, ret);
	source_close(source);
	return ret;
}

int command_info(const struct invocation *invocation)
{
	struct output_options options;
	struct source *source;
	struct error err = { 0 };
	bool stream_failed;
	int ret;

	if (has_option(invocation, OPTION_HASH))
		return info_hash(invocation);
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
