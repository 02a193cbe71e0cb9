/* MVX_TRACE_DIR, or the user's folder for state (XDG base directories), made where it is missing. */
#include "monitor/trace_path.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"

#define PROGRAM_NAME_BYTES 100 /* of a trace's name; the whole must stay under NAME_MAX */

static int trace_folder(char *folder, size_t capacity, struct error *err)
{
	const char *own = getenv("MVX_TRACE_DIR");
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int length;

	if (own && own[0])
		length = snprintf(folder, capacity, "%s", own);
	else if (state && state[0] == '/') /* relative ones are to be ignored, says XDG */
		length = snprintf(folder, capacity, "%s/mvx", state);
	else if (home && home[0] == '/')
		length = snprintf(folder, capacity, "%s/.local/state/mvx", home);
	else
		return error_set(
			err, -ENOENT,
			"there is no place for the trace: HOME is not set; name a file with -o");
	if (length < 0 || (size_t)length >= capacity)
		return error_set(err, -ENAMETOOLONG,
				 "the name of the folder for traces is too long");
	return 0;
}

/* mkdir -p, for us alone. */
static int create_folders(char *folder, struct error *err)
{
	for (char *at = folder + 1;; at++) {
		char kept = *at;

		if (kept && kept != '/')
			continue;
		*at = '\0';
		if (mkdir(folder, 0700) && errno != EEXIST) {
			int code = errno;

			/* A read-only or foreign parent that exists is no obstacle. */
			if (access(folder, F_OK))
				return error_set(err, -code,
						 "cannot create the folder %s for traces: %s",
						 folder, strerror(code));
		}
		*at = kept;
		if (!kept)
			return 0;
	}
}

int trace_path_default(char *path, size_t capacity, const char *program, struct error *err)
{
	char folder[LIMIT_PATH_BYTES] = "", name[PROGRAM_NAME_BYTES], when[32];
	const char *slash = strrchr(program, '/');
	time_t now = time(NULL);
	struct tm tm;
	int length, result;

	result = trace_folder(folder, sizeof(folder), err);
	if (!result)
		result = create_folders(folder, err);
	if (result)
		return result;
	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : program);
	for (char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("._+-", *at))
			*at = '_';
	CHECK(localtime_r(&now, &tm));
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	length = snprintf(path, capacity, "%s/%s-%s-%d.mvx.zst", folder, name, when, (int)getpid());
	if (length < 0 || (size_t)length >= capacity)
		return error_set(err, -ENAMETOOLONG, "the name of the trace in %.200s is too long",
				 folder);
	return 0;
}
