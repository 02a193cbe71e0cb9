/* Where a command writes; see target.h. */
#include "replay/target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "replay/common.h"

int target_open(struct target *t, const struct invocation *inv, struct error *err)
{
	/* "" names no file that could be the trace */
	const char *trace = inv->n_operands ? inv->operands[0] : "";
	int ret, fd;

	*t = (struct target){ .derived.fd = -1, .path = option_value(inv, OPTION_OUTPUT) };
	if (!t->path) {
		t->stream = stdout;
		return 0;
	}
	ret = derived_open(&t->derived, t->path, trace, has_option(inv, OPTION_FORCE), err);
	if (ret < 0)
		return ret;
	fd = fcntl(t->derived.fd, F_DUPFD_CLOEXEC, 0); /* derived closes its own */
	t->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (t->stream)
		return 0;
	ret = -errno;
	if (fd >= 0)
		close(fd);
	return error_set(err, ret, "cannot write %s: %s", t->path, strerror(-ret));
}

int target_failed(const struct target *t, int code)
{
	struct error err = { 0 };

	error_set(&err, code, "cannot write %s: %s", t->path ? t->path : "standard output",
		  strerror(-code));
	return finish_failed(&err, true);
}

int target_commit(struct target *t)
{
	struct error err = { 0 };
	bool failed;

	if (!t->path)
		return EXIT_YES;
	errno = 0;
	failed = ferror(t->stream);
	failed |= fclose(t->stream) != 0;
	t->stream = NULL;
	if (failed)
		return target_failed(t, errno ? -errno : -EIO);
	return derived_commit(&t->derived, &err) < 0 ? cannot(&err) : EXIT_YES;
}

void target_finish(struct target *t)
{
	if (t->stream && t->stream != stdout)
		fclose(t->stream);
	derived_finish(&t->derived);
}
