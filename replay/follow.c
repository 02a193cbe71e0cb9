/* Waiting; see follow.h. */
#include "replay/follow.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* between two looks at the file; the monitor writes at least once a second */
#define LOOK_MS 100

/* When the reader of standard output goes meanwhile, it is as if we had written. */
static void sleep_a_little(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO };

	if (poll(&output, 1, LOOK_MS) > 0 && output.revents & POLLERR)
		raise(SIGPIPE);
}

int follow_wait(void *data, struct error *err)
{
	struct source *source = data;
	size_t known, now;

	if (fflush(stdout))
		return 0; /* finish_answer tells why */
	source_frames(source, &known);
	while (source_state(source) == TRACE_RECORDING) {
		int ret = source_refresh(source, err);

		if (ret < 0)
			return ret;
		source_frames(source, &now);
		if (now > known)
			return 1;
		if (source_state(source) == TRACE_RECORDING)
			sleep_a_little();
	}
	return 0;
}
