/* Path names from run to run; see path_names.h. */
#include "analysis/path_names.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"

/* temporary names remembered; those made later stay what they are */
#define TEMPORARIES_MAX 65536
/* the latest of them are looked for in strings and written bytes */
#define TEMPORARIES_SEARCHED 64
/* bytes of a written buffer searched for names */
#define SEARCHED_BYTES_MAX (1u << 20)
/* what mkstemp(3) draws, and no library less */
#define DRAWN_LETTERS 6
/* digits of an address or of a time in nanoseconds; a date has eight */
#define COUNTED_DIGITS 9

struct temporary {
	char *path;  /* owned, absolute */
	char *label; /* owned */
	size_t length;
	size_t base; /* where its last part starts */
	uint64_t hash;
	size_t next; /* in its bucket, + 1; 0 for none */
};

struct owner {
	char *label; /* owned */
	uint32_t count;
};

struct prefix {
	const char *name;
	char *path; /* owned; NULL for none */
};

enum { PREFIX_CWD, PREFIX_HOME, PREFIX_TMP, PREFIX_COUNT };

#define BUCKETS 4096

struct path_names {
	struct prefix prefixes[PREFIX_COUNT];
	struct temporary *temporaries; /* owned */
	size_t n_temporaries, capacity;
	size_t buckets[BUCKETS]; /* index + 1 */
	struct owner *owners;    /* owned */
	size_t n_owners, owners_capacity;
};

static char *environment_value(const struct trace_header *h, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < h->n_environment; i++) {
		const struct trace_blob *pair = &h->environment[i];
		cleanup_text struct text value = { 0 };

		if (pair->length <= length + 1 || memcmp(pair->data, name, length) != 0 ||
		    pair->data[length] != '=' || pair->data[length + 1] != '/')
			continue;
		path_join(&value, "/", pair->data + length + 1,
			  strnlen((const char *)pair->data + length + 1,
				  pair->length - length - 1));
		return alloc_string(text_get(&value));
	}
	return NULL;
}

struct path_names *path_names_create(const struct trace_header *header)
{
	struct path_names *n = alloc_zeroed(1, sizeof(*n));

	n->prefixes[PREFIX_CWD].name = "$CWD";
	n->prefixes[PREFIX_HOME].name = "$HOME";
	n->prefixes[PREFIX_TMP].name = "$TMP";
	if (!header)
		return n;
	n->prefixes[PREFIX_CWD].path = header->cwd && header->cwd[0] == '/' && header->cwd[1] ?
					       alloc_string(header->cwd) :
					       NULL;
	n->prefixes[PREFIX_HOME].path = environment_value(header, "HOME");
	n->prefixes[PREFIX_TMP].path = environment_value(header, "TMPDIR");
	if (!n->prefixes[PREFIX_TMP].path)
		n->prefixes[PREFIX_TMP].path = alloc_string("/tmp");
	return n;
}

void path_names_destroy(struct path_names *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < PREFIX_COUNT; i++)
		free(n->prefixes[i].path);
	for (size_t i = 0; i < n->n_temporaries; i++) {
		free(n->temporaries[i].path);
		free(n->temporaries[i].label);
	}
	for (size_t i = 0; i < n->n_owners; i++)
		free(n->owners[i].label);
	free(n->owners);
	free(n->temporaries);
	free(n);
}

static void add_part(struct text *out, const char *part, size_t length)
{
	if (!length || (length == 1 && part[0] == '.'))
		return;
	if (!out->length || out->at[out->length - 1] != '/')
		text_add_char(out, '/');
	text_add_bytes(out, part, length);
}

static void add_parts(struct text *out, const char *path, size_t length)
{
	while (length) {
		const char *slash = memchr(path, '/', length);
		size_t part = slash ? (size_t)(slash - path) : length;

		add_part(out, path, part);
		part += slash != NULL;
		path += part;
		length -= part;
	}
}

void path_join(struct text *out, const char *directory, const void *path, size_t length)
{
	const char *at = path;

	if (!length || at[0] != '/')
		add_parts(out, directory, strlen(directory));
	add_parts(out, at, length);
	if (!out->length)
		text_add_char(out, '/');
}

/* ---- temporary names ---- */

static bool starts_with_directory(const char *path, const char *directory)
{
	size_t length = directory ? strlen(directory) : 0;

	return length && strncmp(path, directory, length) == 0 &&
	       (path[length] == '/' || !path[length]);
}

struct run {
	unsigned length, sorts, turns; /* of letters and digits; kinds of them; changes of kind */
};

static bool is_drawn_run(const struct run *run, enum path_maker maker)
{
	bool mixed = run->sorts & (run->sorts - 1);

	if (run->length < DRAWN_LETTERS)
		return false;
	switch (maker) {
	case PATH_MKSTEMP: return true;
	case PATH_PRIVATE: return mixed || run->sorts == 1;
	case PATH_PUBLIC: break;
	}
	/* "folder2" turns once; an address or a time is digits alone */
	return mixed ? run->turns >= 2 : run->sorts == 1 && run->length >= COUNTED_DIGITS;
}

/* A part of the name that no person would think of. */
static bool is_drawn(const char *name, enum path_maker maker)
{
	struct run run = { 0 };
	unsigned before = 0;

	for (;; name++) {
		unsigned char c = (unsigned char)*name;
		unsigned sort = isdigit(c) ? 1 : isupper(c) ? 2 : isalpha(c) ? 4 : 0;

		if (!sort) {
			if (is_drawn_run(&run, maker))
				return true;
			run = (struct run){ 0 };
		}
		if (!c)
			return false;
		/* Capitals start words */
		run.turns += before && sort && sort != before && !(before == 2 && sort == 4);
		run.length += sort != 0;
		run.sorts |= sort;
		before = sort;
	}
}

/* The id as a number of its own. */
static bool has_number(const char *name, int32_t number)
{
	while (*name) {
		char *end;

		if (!isdigit((unsigned char)*name)) {
			name++;
			continue;
		}
		if (number > 0 && strtoull(name, &end, 10) == (unsigned long long)number)
			return true;
		while (isdigit((unsigned char)*name))
			name++;
	}
	return false;
}

bool path_is_temporary(const struct path_names *n, const char *path, enum path_maker maker,
		       int32_t pid)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (is_drawn(name, maker) || has_number(name, pid))
		return true;
	return maker != PATH_PUBLIC && strlen(name) >= DRAWN_LETTERS &&
	       (starts_with_directory(path, n->prefixes[PREFIX_TMP].path) ||
		starts_with_directory(path, "/tmp") || starts_with_directory(path, "/var/tmp") ||
		starts_with_directory(path, "/dev/shm"));
}

static const struct temporary *temporary_find(const struct path_names *n, const char *path,
					      size_t length)
{
	uint64_t hash = XXH3_64bits(path, length);

	for (size_t at = n->buckets[hash % BUCKETS]; at; at = n->temporaries[at - 1].next) {
		const struct temporary *t = &n->temporaries[at - 1];

		if (t->hash == hash && t->length == length && memcmp(t->path, path, length) == 0)
			return t;
	}
	return NULL;
}

static uint32_t count_for(struct path_names *n, const char *owner)
{
	for (size_t i = 0; i < n->n_owners; i++)
		if (strcmp(n->owners[i].label, owner) == 0)
			return ++n->owners[i].count;
	alloc_grow(&n->owners, &n->owners_capacity, n->n_owners + 1);
	n->owners[n->n_owners++] = (struct owner){ alloc_string(owner), 1 };
	return 1;
}

void path_names_add_temporary(struct path_names *n, const char *path, const char *owner)
{
	cleanup_text struct text label = { 0 };
	const char *slash = strrchr(path, '/');
	struct temporary *t;
	size_t length = strlen(path);

	if (n->n_temporaries >= TEMPORARIES_MAX || temporary_find(n, path, length))
		return;
	text_add(&label, "<tmp#");
	if (strcmp(owner, "P0.T0") != 0) {
		text_add_foreign(&label, owner);
		text_add_char(&label, ':');
	}
	text_printf(&label, "%u>", count_for(n, owner));
	alloc_grow(&n->temporaries, &n->capacity, n->n_temporaries + 1);
	t = &n->temporaries[n->n_temporaries];
	*t = (struct temporary){ .path = alloc_string(path),
				 .label = alloc_string(text_get(&label)),
				 .length = length,
				 .base = slash ? (size_t)(slash + 1 - path) : 0,
				 .hash = XXH3_64bits(path, length) };
	t->next = n->buckets[t->hash % BUCKETS];
	n->buckets[t->hash % BUCKETS] = ++n->n_temporaries;
}

bool path_names_has_temporaries(const struct path_names *n)
{
	return n->n_temporaries > 0;
}

/* ---- output ---- */

/* The longest leading part of the path that has a label. */
static const struct temporary *temporary_of(const struct path_names *n, const char *path)
{
	const struct temporary *t;

	for (size_t length = strlen(path); n->n_temporaries && length; length--) {
		if (path[length] && path[length] != '/')
			continue;
		t = temporary_find(n, path, length);
		if (t)
			return t;
	}
	return NULL;
}

static const struct prefix *prefix_of(const struct path_names *n, const char *path)
{
	const struct prefix *best = NULL;

	for (size_t i = 0; i < PREFIX_COUNT; i++) {
		const struct prefix *p = &n->prefixes[i];

		if (starts_with_directory(path, p->path) &&
		    (!best || strlen(p->path) > strlen(best->path)))
			best = p;
	}
	return best;
}

void path_names_put(const struct path_names *n, struct text *out, const char *path)
{
	const struct temporary *t = temporary_of(n, path);
	const struct prefix *prefix = t ? NULL : prefix_of(n, path);

	if (t) {
		/* the directory it was made in, when that has a name of its own */
		text_add(out, t->label);
		path += t->length;
	} else if (prefix) {
		text_add(out, prefix->name);
		path += strlen(prefix->path);
	}
	text_add_escaped(out, path, strlen(path), ESCAPE_BACKSLASH | ESCAPE_HIGH);
}

/* The temporary whose path, or last part, starts at `at`. */
static const struct temporary *starts_here(const struct path_names *n, const char *at, size_t left,
					   size_t *length)
{
	size_t first = n->n_temporaries > TEMPORARIES_SEARCHED ?
			       n->n_temporaries - TEMPORARIES_SEARCHED :
			       0;

	for (size_t i = n->n_temporaries; i > first; i--) {
		const struct temporary *t = &n->temporaries[i - 1];
		size_t base = t->length - t->base;

		*length = t->length;
		if (t->length <= left && memcmp(at, t->path, t->length) == 0)
			return t;
		*length = base;
		if (base >= DRAWN_LETTERS && base <= left &&
		    memcmp(at, t->path + t->base, base) == 0)
			return t;
	}
	return NULL;
}

void path_names_replace(const struct path_names *n, struct text *out, const void *bytes,
			size_t length)
{
	const char *at = bytes;
	size_t plain = 0;

	if (!length)
		return;
	for (size_t i = 0; n->n_temporaries && length <= SEARCHED_BYTES_MAX && i < length;) {
		size_t taken = 1;
		const struct temporary *t = starts_here(n, at + i, length - i, &taken);

		if (!t) {
			i++;
			continue;
		}
		text_add_bytes(out, at + plain, i - plain);
		text_add(out, t->label);
		i += taken;
		plain = i;
	}
	text_add_bytes(out, at + plain, length - plain);
}
