/* Shared by the commands; see common.h. */
#include "replay/common.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/text.h"
#include "replay/pager.h"

/* what a shell shows for a process that died of SIGPIPE */
#define EXIT_PIPE (128 + 13)

/* Lines stay lines; everything else a stranger may have put there is escaped. */
void say(const char *format, ...)
{
	char message[4096];
	cleanup_text struct text out = { 0 };
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	text_add(&out, "mvx-replay: ");
	for (const char *at = message; *at;) {
		size_t length = strcspn(at, "\n");

		text_add_escaped(&out, at, length, ESCAPE_SCREEN);
		text_add_char(&out, '\n');
		at += length + (at[length] == '\n');
	}
	fputs(text_get(&out), stderr);
}

int cannot(const struct error *err)
{
	say("%s", err->message);
	return EXIT_CANNOT;
}

int color_get(bool *out, const struct invocation *invocation, struct error *err)
{
	const char *when = option_value(invocation, OPTION_COLOR);
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	*out = false;
	if (!when || strcmp(when, "auto") == 0)
		*out = output_is_terminal() && !(no_color && no_color[0]) &&
		       !(term && strcmp(term, "dumb") == 0);
	else if (strcmp(when, "always") == 0)
		*out = true;
	else if (strcmp(when, "never") != 0)
		return error_set(err, -EINVAL, "--color: auto, always or never, not %s", when);
	return 0;
}

int output_options_get(struct output_options *out, const struct invocation *invocation,
		       struct error *err)
{
	const char *format = option_value(invocation, OPTION_FORMAT);
	const char *bytes = option_value(invocation, OPTION_BYTES);
	int ret = color_get(&out->color, invocation, err);

	out->format = output_is_terminal() ? OUTPUT_TABLE : OUTPUT_TSV;
	out->raw = false;
	if (ret == 0 && format)
		ret = output_format_parse(&out->format, format, err);
	if (ret < 0 || !bytes || strcmp(bytes, "escaped") == 0)
		return ret;
	if (strcmp(bytes, "raw") != 0)
		return error_set(err, -EINVAL, "--bytes: escaped or raw, not %s", bytes);
	if (output_is_terminal())
		return error_set(err, -EINVAL,
				 "--bytes=raw is refused: standard output is a terminal, "
				 "and a trace may hold commands for it");
	if (out->format == OUTPUT_JSON || out->format == OUTPUT_NDJSON)
		return error_set(err, -EINVAL,
				 "--bytes=raw is refused: JSON cannot hold raw bytes");
	out->raw = true;
	return 0;
}

int timeout_get(const struct invocation *inv, double *seconds, struct error *err)
{
	const char *value = option_value(inv, OPTION_TIMEOUT);
	char *end;

	*seconds = 0;
	if (!value)
		return 0;
	*seconds = strtod(value, &end);
	if (end == value || *end || !(*seconds > 0) || *seconds > 1e9)
		return error_set(err, -EINVAL, "--timeout: %s is no number of seconds", value);
	return 0;
}

int finish_failed(const struct error *err, bool stream_failed)
{
	if (stream_failed && err->code == -EPIPE)
		return EXIT_PIPE;
	return cannot(err);
}

int finish_answer(const struct invocation *invocation, struct source *source, int answer)
{
	struct error err = { 0 };
	char gap[1024];

	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		error_set(&err, errno ? -errno : -EIO, "cannot write standard output: %s",
			  strerror(errno ? errno : EIO));
		return finish_failed(&err, true);
	}
	if (source && source_failure(source))
		return cannot(source_failure(source));
	if (!source || !source_gap_describe(source, gap, sizeof(gap)))
		return answer;
	if (has_option(invocation, OPTION_ALLOW_INCOMPLETE))
		return answer;
	say("%s", gap);
	return EXIT_GAP;
}

int finish_cut(const struct invocation *invocation, struct source *source, int answer,
	       uint64_t buffers, uint64_t bytes)
{
	int ret = finish_answer(invocation, source, answer);

	if (!buffers || (ret != answer && ret != EXIT_GAP) ||
	    has_option(invocation, OPTION_ALLOW_INCOMPLETE))
		return ret;
	say("%" PRIu64 " bytes in %" PRIu64 " buffer%s were not recorded (mvx-monitor --payload): "
	    "the answer covers what was",
	    bytes, buffers, buffers == 1 ? "" : "s");
	return EXIT_GAP;
}
