/* strace's filters; see filter.h. */
#include "analysis/filter.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#include "analysis/expression.h"
#include "analysis/schema.h"

/* bytes of one word in a list of calls */
#define WORD_BYTES 128

static bool has_arg(const struct syscall_row *row, unsigned first, unsigned second)
{
	for (unsigned i = 0; i < SYSCALL_ARGS; i++)
		if (row->args[i].kind == first || row->args[i].kind == second)
			return true;
	return false;
}

static bool is_file(const struct syscall_row *row)
{
	return has_arg(row, ARG_PATH, ARG_PATH);
}

static bool is_desc(const struct syscall_row *row)
{
	return has_arg(row, ARG_FD, ARG_DIRFD) || row->result == RESULT_FD ||
	       (row->effects & EFFECT_FD);
}

static bool is_network(const struct syscall_row *row)
{
	return row->level == LEVEL_NETWORK || row->family == FAMILY_SOCKET;
}

static bool is_process(const struct syscall_row *row)
{
	return row->effects & EFFECT_PROCESS || row->family == FAMILY_CLONE ||
	       row->family == FAMILY_EXEC || row->family == FAMILY_EXIT ||
	       row->family == FAMILY_WAIT;
}

static bool is_memory(const struct syscall_row *row)
{
	return row->effects & EFFECT_MAP || row->family == FAMILY_MEMORY;
}

static bool is_signal(const struct syscall_row *row)
{
	return row->effects & EFFECT_SIGNAL || row->family == FAMILY_SIGNAL ||
	       row->family == FAMILY_KILL;
}

static bool is_creds(const struct syscall_row *row)
{
	return row->effects & EFFECT_CRED;
}

static bool is_time(const struct syscall_row *row)
{
	return row->family == FAMILY_TIME;
}

static bool is_stat(const struct syscall_row *row)
{
	return row->family == FAMILY_STAT;
}

static bool is_any(const struct syscall_row *row)
{
	return true;
}

static const struct {
	const char *name;
	bool (*has)(const struct syscall_row *row);
} classes[] = {
	{ "%file", is_file },     { "%desc", is_desc },       { "%network", is_network },
	{ "%net", is_network },   { "%process", is_process }, { "%memory", is_memory },
	{ "%signal", is_signal }, { "%creds", is_creds },     { "%clock", is_time },
	{ "%stat", is_stat },     { "all", is_any },
};

static void set_bit(uint64_t *bits, int nr)
{
	bits[nr / 64] |= UINT64_C(1) << nr % 64;
}

static bool add_class(uint64_t *bits, const char *word)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strcmp(classes[i].name, word) != 0)
			continue;
		for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
			const struct syscall_row *row = syscall_row_find(nr);

			if (row && classes[i].has(row))
				set_bit(bits, nr);
		}
		return true;
	}
	return false;
}

static int add_regex(uint64_t *bits, const struct source *source, const char *pattern,
		     struct error *err)
{
	regex_t regex;
	int ret = expression_compile(&regex, pattern, REG_NOSUB, err);

	if (ret < 0)
		return error_prefix(err, "regular expression %s: ", pattern);
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const char *name = source_syscall_name(source, nr);

		if (name && regexec(&regex, name, 0, NULL, 0) == 0)
			set_bit(bits, nr);
	}
	regfree(&regex);
	return 0;
}

static int add_word(uint64_t *bits, const struct source *source, const char *word,
		    struct error *err)
{
	bool optional = word[0] == '?'; /* as in strace: no error when there is none */
	bool found = false;

	if (word[0] == '/')
		return add_regex(bits, source, word + 1, err);
	word += optional;
	if (strcmp(word, "none") == 0 || add_class(bits, word))
		return 0;
	for (int nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const char *name = source_syscall_name(source, nr);

		if (!name || strcmp(name, word) != 0)
			continue;
		set_bit(bits, nr);
		found = true;
	}
	if (found || optional)
		return 0;
	return error_set(err, -EINVAL,
			 word[0] == '%' ? "no class of system calls %s" : "no system call %s",
			 word);
}

static int add_names(struct call_filter *filter, const struct source *source, const char *list,
		     struct error *err)
{
	uint64_t bits[SYSCALL_WORDS] = { 0 };
	bool negated = list[0] == '!';
	const char *at = list + negated;

	while (*at) {
		char word[WORD_BYTES];
		size_t length = strcspn(at, ",");
		int ret;

		if (length >= sizeof(word))
			return error_set(err, -EINVAL, "no system call %s", at);
		memcpy(word, at, length);
		word[length] = '\0';
		ret = length ? add_word(bits, source, word, err) : 0;
		if (ret < 0)
			return ret;
		at += length + (at[length] == ',');
	}
	for (size_t i = 0; i < SYSCALL_WORDS; i++)
		filter->syscalls[i] |= negated ? ~bits[i] : bits[i];
	filter->by_name = true;
	return 0;
}

static int add_status(struct call_filter *filter, const char *status, struct error *err)
{
	if (strcmp(status, "failed") == 0)
		filter->failed_only = true;
	else if (strcmp(status, "successful") == 0)
		filter->successful_only = true;
	else
		return error_set(err, -EINVAL, "no status %s: failed or successful", status);
	return 0;
}

int call_filter_add(struct call_filter *filter, const struct source *source, const char *expression,
		    struct error *err)
{
	const char *equals = strchr(expression, '=');

	if (!equals)
		return add_names(filter, source, expression, err);
	if (strncmp(expression, "trace=", 6) == 0 || strncmp(expression, "t=", 2) == 0)
		return add_names(filter, source, equals + 1, err);
	if (strncmp(expression, "status=", 7) == 0)
		return add_status(filter, equals + 1, err);
	return error_set(err, -EINVAL, "no filter %s: trace=... or status=...", expression);
}

int call_filter_set_where(struct call_filter *filter, struct source *source, const char *sql,
			  struct error *err)
{
	int ret = predicate_create(&filter->where, source, sql, err);

	if (ret == 0)
		filter->where_sql = sql;
	return ret;
}

void call_filter_finish(struct call_filter *filter)
{
	predicate_destroy(filter->where);
	filter->where = NULL;
}

void text_add_classes(struct text *t, const struct syscall_row *row)
{
	const char *separator = "";

	for (size_t i = 0; row && i < sizeof(classes) / sizeof(classes[0]); i++) {
		/* %net is %network, and all is everything */
		if (classes[i].name[0] != '%' || strcmp(classes[i].name, "%net") == 0 ||
		    !classes[i].has(row))
			continue;
		text_printf(t, "%s%s", separator, classes[i].name + 1);
		separator = " ";
	}
}

bool call_filter_is_empty(const struct call_filter *filter)
{
	return !filter->by_name && !filter->failed_only && !filter->successful_only &&
	       !filter->path && !filter->where;
}

bool call_buf_is_path(const struct trace_step *step, const struct trace_buf *buf)
{
	const struct syscall_row *row = syscall_row_find(step->nr);

	return row && buf->arg < SYSCALL_ARGS && row->args[buf->arg].kind == ARG_PATH;
}

bool call_names_path(const struct trace_step *step, const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < step->n_bufs; i++) {
		const struct trace_buf *buf = &step->bufs[i];
		size_t kept = buf->data.length;

		if (!call_buf_is_path(step, buf))
			continue;
		/* with or without its NUL */
		if (kept && !buf->data.data[kept - 1])
			kept--;
		if (kept == length && (!length || memcmp(buf->data.data, path, length) == 0))
			return true;
	}
	return false;
}

bool call_filter_matches(const struct call_filter *filter, const struct trace_step *step)
{
	unsigned leader = mask_variant(step->variants, 0);
	bool failed = leader < LIMIT_VARIANTS && !step->no_result &&
		      result_errno(step->result[leader]);

	if (filter->by_name && (step->nr < 0 || step->nr >= SYSCALL_LIMIT ||
				!(filter->syscalls[step->nr / 64] & UINT64_C(1) << step->nr % 64)))
		return false;
	if ((filter->failed_only && !failed) || (filter->successful_only && failed))
		return false;
	if (filter->path && !call_names_path(step, filter->path))
		return false;
	return !filter->where || predicate_matches(filter->where, step);
}

void call_filter_narrow(const struct call_filter *filter, struct scan_filter *scan)
{
	scan->syscalls_only = filter->by_name;
	memcpy(scan->syscalls, filter->syscalls, sizeof(scan->syscalls));
	scan->errors_only = filter->failed_only;
	if (filter->where)
		predicate_narrow(filter->where, scan);
}
