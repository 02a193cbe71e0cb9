/*
 * The open files of a trace, as the walk of descriptors.h makes them: bounded
 * room for their names, the calls that had to do with each, the end of one.
 */
#pragma once

#include "analysis/descriptors.h"

struct open_files {
	uint64_t made;
	size_t names_bytes;
	bool overflown; /* something is not followed */
	bool keeps_stories;
	struct file_touch touching; /* the call being looked at; step 0 for none */
	struct file_touch *wanted;  /* owned */
	size_t n_wanted, wanted_capacity;
	uint64_t watched; /* file, 0 for none */
	bool watched_ended;
};

/* One that no descriptor means yet, so without references. The name may be NULL; step 0: opened before. */
struct open_file *open_files_add(struct open_files *f, uint64_t step, const char *name,
				 size_t length);
/* A descriptor of it has ended. */
void open_files_release(struct open_files *f, struct open_file *file);
/* One of its names: up to the first NUL, as far as there is room for names. */
void open_files_set_name(struct open_files *f, char **name, const char *text, size_t length);
/* The call at hand had to do with the file. */
void open_files_touch(struct open_files *f, struct open_file *file);

/* A call is wanted; those of a story, also the ones to come. NULL is no story. */
void open_files_want_touch(struct open_files *f, struct file_touch touch);
void open_files_want(struct open_files *f, struct file_story *story);
