/* Names, stories and ends of open files; see open_files.h. */
#include "analysis/open_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void name_forget(struct open_files *f, char **name)
{
	if (*name)
		f->names_bytes -= strlen(*name);
	free(*name);
	*name = NULL;
}

void open_files_set_name(struct open_files *f, char **name, const char *text, size_t length)
{
	length = strnlen(text, length);
	name_forget(f, name);
	if (f->names_bytes + length > LIMIT_OPEN_FILE_NAMES)
		return;
	*name = alloc_zeroed(length + 1, 1);
	if (length)
		memcpy(*name, text, length);
	f->names_bytes += length;
}

struct open_file *open_files_add(struct open_files *f, uint64_t step, const char *name,
				 size_t length)
{
	struct open_file *file = alloc_zeroed(1, sizeof(*file));

	file->number = ++f->made;
	file->step = step;
	if (f->keeps_stories) {
		file->story = alloc_zeroed(1, sizeof(*file->story));
		file->story->refs = 1;
	}
	if (name)
		open_files_set_name(f, &file->name, name, length);
	return file;
}

void open_files_want_touch(struct open_files *f, struct file_touch touch)
{
	alloc_grow(&f->wanted, &f->wanted_capacity, f->n_wanted + 1);
	f->wanted[f->n_wanted++] = touch;
}

void open_files_touch(struct open_files *f, struct open_file *file)
{
	struct file_story *story = file->story;

	if (!story || !f->touching.step)
		return;
	if (story->is_wanted)
		open_files_want_touch(f, f->touching);
	if (story->count >= LIMIT_FILE_TOUCHES) {
		f->overflown = true;
		return;
	}
	alloc_grow(&story->at, &story->capacity, story->count + 1);
	story->at[story->count++] = f->touching;
}

void open_files_want(struct open_files *f, struct file_story *story)
{
	if (!story || story->is_wanted)
		return;
	story->is_wanted = true;
	for (size_t i = 0; i < story->count; i++)
		open_files_want_touch(f, story->at[i]);
}

void file_story_release(struct file_story *story)
{
	if (!story || --story->refs)
		return;
	free(story->at);
	free(story);
}

void open_files_release(struct open_files *f, struct open_file *file)
{
	open_files_touch(f, file);
	if (--file->refs)
		return;
	file_story_release(file->story);
	f->watched_ended |= file->number == f->watched;
	name_forget(f, &file->name);
	name_forget(f, &file->local);
	name_forget(f, &file->peer);
	free(file);
}
