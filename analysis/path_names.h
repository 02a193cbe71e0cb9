/*
 * Path names that are the same from run to run: absolute, with $CWD, $HOME and
 * $TMP for what the header says, and a label for the whole life of a name that
 * a program made up. canon.c uses it.
 */
#pragma once

#include "analysis/text.h"
#include "schema/trace_record.h"

struct path_names;

/* header may be NULL. */
struct path_names *path_names_create(const struct trace_header *header);
/* Accepts NULL. */
void path_names_destroy(struct path_names *n);

/* Joins a path (not terminated, may hold anything but NUL) to a directory, without . and //. */
void path_join(struct text *out, const char *directory, const void *path, size_t length);

/* For whom a file was made, by the flags and mode it was made with. */
enum path_maker {
	PATH_PUBLIC,
	PATH_PRIVATE, /* for the program alone: mode 0600 */
	PATH_MKSTEMP, /* as mkstemp(3) and its kin do: O_RDWR|O_EXCL, too */
};

/*
 * Does this look like a name somebody drew or counted: mkstemp's six letters,
 * a process's own id? The more the maker looks like somebody who draws names,
 * the less is asked of the letters: one in a hundred of six drawn ones are all
 * small or all capital. In a directory for temporary files any private name is one.
 */
bool path_is_temporary(const struct path_names *n, const char *path, enum path_maker maker,
		       int32_t pid);
/* From now on the path is `<tmp#1>`, numbered for each `owner`, a task's label. */
void path_names_add_temporary(struct path_names *n, const char *path, const char *owner);
bool path_names_has_temporaries(const struct path_names *n);

/* The path as it is compared, escaped. */
void path_names_put(const struct path_names *n, struct text *out, const char *path);
/* The same for bytes that may hold such paths or their last parts: not escaped. */
void path_names_replace(const struct path_names *n, struct text *out, const void *bytes,
			size_t length);
