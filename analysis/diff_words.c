/* Changes in words; see diff_words.h. */
#include "analysis/diff_words.h"

#include <ctype.h>
#include <string.h>

#include "analysis/canon.h"
#include "schema/syscall_model.h"

/* a name, six arguments, a result */
#define FIELDS_MAX (SYSCALL_ARGS + 2)

struct field {
	const char *at;
	size_t length;
};

static size_t split(const char *text, struct field *fields)
{
	size_t count = 0;

	while (count < FIELDS_MAX) {
		const char *end = strchr(text, CANON_SEPARATOR);

		fields[count++] = (struct field){ text, end ? (size_t)(end - text) : strlen(text) };
		if (!end)
			break;
		text = end + 1;
	}
	return count;
}

static bool is_equal(const struct field *a, const struct field *b)
{
	return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

static bool is_result(const struct field *f)
{
	return f->length && f->at[0] == '=';
}

unsigned diff_words_likeness(const char *a, const char *b)
{
	struct field x[FIELDS_MAX], y[FIELDS_MAX];
	size_t n = split(a, x), m = split(b, y);
	size_t arguments = 0, same = 0;

	if (!is_equal(&x[0], &y[0]))
		return 0;
	for (size_t i = 1; i < n && i < m && !is_result(&x[i]); i++) {
		arguments++;
		same += is_equal(&x[i], &y[i]);
	}
	if (n == m && same == arguments)
		return DIFF_LIKENESS_MAX;
	/* what a call is about mostly comes first */
	if (arguments && is_equal(&x[1], &y[1]))
		return 3;
	return same ? 2 : 1;
}

/* ---- flags ---- */

static bool is_flags(const struct field *f)
{
	for (size_t i = 0; i < f->length; i++)
		if (!isupper((unsigned char)f->at[i]) && !isdigit((unsigned char)f->at[i]) &&
		    f->at[i] != '_' && f->at[i] != '|' && f->at[i] != 'x')
			return false;
	return f->length && (isupper((unsigned char)f->at[0]) || memchr(f->at, '|', f->length));
}

/* The next name of a list, which gets shorter; false at its end. */
static bool take_name(struct field *list, struct field *name)
{
	const char *bar = memchr(list->at, '|', list->length);

	if (!list->length)
		return false;
	*name = (struct field){ list->at, bar ? (size_t)(bar - list->at) : list->length };
	list->at += name->length + (bar != NULL);
	list->length -= name->length + (bar != NULL);
	return true;
}

static bool has_name(struct field list, const struct field *name)
{
	struct field other;

	while (take_name(&list, &other))
		if (is_equal(&other, name))
			return true;
	return false;
}

static bool is_harmless(const struct field *name)
{
	static const char *const names[] = { "O_CLOEXEC",    "O_NONBLOCK",   "O_NOCTTY",
					     "O_LARGEFILE",  "O_NOATIME",    "O_DIRECTORY",
					     "SOCK_CLOEXEC", "SOCK_NONBLOCK" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == name->length &&
		    memcmp(names[i], name->at, name->length) == 0)
			return true;
	return false;
}

/* Names of `list` that `other` does not have, behind `verb`. */
static bool put_names(struct text *out, const char *verb, struct field list, struct field other,
		      bool *harmless)
{
	const char *before = verb;
	struct field name;

	while (take_name(&list, &name)) {
		if (has_name(other, &name))
			continue;
		text_add(out, before);
		text_add_bytes(out, name.at, name.length);
		*harmless &= is_harmless(&name);
		before = "|";
	}
	return before != verb;
}

/* ---- sentences ---- */

static void put_field(struct text *out, const struct field *f)
{
	size_t skip = is_result(f) ? 2 : 0;

	text_add_bytes(out, f->at + skip, f->length > skip ? f->length - skip : 0);
}

static void put_change(struct text *out, const struct field *a, const struct field *b,
		       const char *separator, bool *harmless)
{
	text_add(out, separator);
	if (is_result(a) && is_result(b)) {
		*harmless = false;
		text_add(out, " returns ");
		put_field(out, b);
		text_add(out, " instead of ");
		put_field(out, a);
	} else if (is_flags(a) && is_flags(b)) {
		bool gains = put_names(out, " gains ", *b, *a, harmless);

		put_names(out, gains ? " and loses " : " loses ", *a, *b, harmless);
	} else {
		*harmless = false;
		text_add_char(out, ' ');
		put_field(out, a);
		text_add(out, " becomes ");
		put_field(out, b);
	}
}

/* What a call is about, when that has not changed: the file, the peer. */
static void put_subject(struct text *out, const struct field *x, const struct field *y, size_t n,
			size_t m)
{
	bool flags_only = true;

	for (size_t i = 1; i < n && i < m; i++)
		flags_only &= is_equal(&x[i], &y[i]) || is_result(&x[i]) ||
			      (is_flags(&x[i]) && is_flags(&y[i]));
	put_field(out, &x[0]);
	/* a flag more is one finding, however many files there are */
	if (n < 3 || m < 3 || flags_only || !is_equal(&x[1], &y[1]) || is_result(&x[1]))
		return;
	text_add_char(out, ' ');
	put_field(out, &x[1]);
}

bool diff_words_put(struct text *out, const char *a, const char *b)
{
	struct field x[FIELDS_MAX], y[FIELDS_MAX];
	size_t n = split(a, x), m = split(b, y);
	const char *separator = "";
	bool harmless = true;

	put_subject(out, x, y, n, m);
	if (n != m) {
		text_add(out, ": ");
		canon_text_put(out, a);
		text_add(out, " becomes ");
		canon_text_put(out, b);
		return false;
	}
	for (size_t i = 1; i < n; i++) {
		/* the object that a flag or name gave is no news beside it */
		if (is_equal(&x[i], &y[i]) || (is_result(&x[i]) && *separator && x[i].length > 6 &&
					       memcmp(x[i].at, "= file:", 7) == 0))
			continue;
		put_change(out, &x[i], &y[i], separator, &harmless);
		separator = ",";
	}
	return harmless;
}
