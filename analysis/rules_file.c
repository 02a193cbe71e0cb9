/* The file of rules as text; see rules.h. */
#include "analysis/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "analysis/expression.h"
#include "base/alloc.h"
#include "base/cleanup.h"

/* bytes of a rule's name */
#define NAME_BYTES 64

const char *const rule_action_names[RULE_ACTIONS] = { "ignore", "mask", "unorder", "severity" };

enum key { KEY_WHERE, KEY_ACTION, KEY_BECAUSE, KEY_EXPIRES, KEYS };

static const char *const key_names[KEYS] = { "where", "action", "because", "expires" };

/* The rule being read: its values as they stand there. */
struct draft {
	struct text values[KEYS];
	unsigned lines[KEYS]; /* 0: not there yet */
	int last;             /* key a continued line belongs to, or -1 */
};

struct parser {
	struct rules *rules;
	const char *today;
	unsigned line;
	struct draft draft;
	struct error *err;
};

static int fail(const struct parser *p, unsigned line, const char *what, const char *about)
{
	return error_set(p->err, -EINVAL, "%s:%u: %s%.200s", p->rules->path, line, what, about);
}

/* ---- values ---- */

static int take_pattern(struct parser *p, struct rule *rule, const char *pattern)
{
	struct error err = { 0 };

	if (expression_compile(&rule->pattern, pattern, 0, &err) < 0)
		return fail(p, p->draft.lines[KEY_ACTION], "mask: ", err.message);
	rule->has_pattern = true;
	return 0;
}

static int take_weight(struct parser *p, struct rule *rule, const char *name)
{
	for (size_t i = 0; name && i < CANON_WEIGHTS; i++) {
		if (strcmp(name, canon_weight_names[i]) == 0) {
			rule->weight = (enum canon_weight)i;
			return 0;
		}
	}
	return fail(
		p, p->draft.lines[KEY_ACTION],
		"severity is cosmetic, timing, order, extra, behaviour, effect or security, not ",
		name ? name : "nothing");
}

static int take_action(struct parser *p, struct rule *rule, const char *value)
{
	const char *equals = strchr(value, '=');
	size_t length = equals ? (size_t)(equals - value) : strlen(value);
	const char *rest = equals ? equals + 1 : NULL;

	for (size_t i = 0; i < RULE_ACTIONS; i++) {
		if (strlen(rule_action_names[i]) != length ||
		    memcmp(rule_action_names[i], value, length) != 0)
			continue;
		rule->action = (enum rule_action)i;
		if (i == RULE_SEVERITY)
			return take_weight(p, rule, rest);
		if (i == RULE_MASK && rest)
			return take_pattern(p, rule, rest);
		if (!rest)
			return 0;
		break;
	}
	return fail(p, p->draft.lines[KEY_ACTION],
		    "action is ignore, mask, mask=PATTERN, unorder or severity=LEVEL, not ", value);
}

static bool is_date(const char *text)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;

	if (strlen(text) != 10 || strspn(text, "0123456789-") != 10 || text[4] != '-' ||
	    text[7] != '-' || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
		return false;
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static int take_expiry(struct parser *p, struct rule *rule, const char *value)
{
	if (!is_date(value))
		return fail(p, p->draft.lines[KEY_EXPIRES], "expires is a date, YYYY-MM-DD, not ",
			    value);
	memcpy(rule->expires, value, sizeof(rule->expires));
	rule->expired = strcmp(value, p->today) < 0;
	return 0;
}

/* ---- rules ---- */

/* The rule whose lines came last has all it needs, or lacks something. */
static int end_rule(struct parser *p)
{
	struct rule *rule;
	struct draft *d = &p->draft;
	int ret;

	if (!p->rules->count)
		return 0;
	rule = &p->rules->at[p->rules->count - 1];
	for (size_t key = KEY_WHERE; key <= KEY_BECAUSE; key++)
		if (!text_get(&d->values[key])[0])
			return fail(p, rule->line, "the rule has no ", key_names[key]);
	rule->where = alloc_string(text_get(&d->values[KEY_WHERE]));
	rule->where_line = d->lines[KEY_WHERE];
	rule->because = alloc_string(text_get(&d->values[KEY_BECAUSE]));
	ret = take_action(p, rule, text_get(&d->values[KEY_ACTION]));
	if (ret == 0 && d->lines[KEY_EXPIRES])
		ret = take_expiry(p, rule, text_get(&d->values[KEY_EXPIRES]));
	return ret;
}

static void draft_clear(struct draft *d)
{
	for (size_t key = 0; key < KEYS; key++) {
		text_clear(&d->values[key]);
		d->lines[key] = 0;
	}
	d->last = -1;
}

static int begin_rule(struct parser *p, char *line)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t length = strspn(line + 1, allowed);
	int ret = end_rule(p);

	if (ret < 0)
		return ret;
	if (!length || length >= NAME_BYTES || strcmp(line + 1 + length, "]") != 0)
		return fail(p, p->line,
			    "a rule begins with [NAME]: letters, digits, - _ and ., not ", line);
	line[1 + length] = '\0';
	for (size_t i = 0; i < p->rules->count; i++)
		if (strcmp(p->rules->at[i].name, line + 1) == 0)
			return fail(p, p->line, "there is a rule of that name already: ", line + 1);
	if (p->rules->count >= LIMIT_RULES)
		return fail(p, p->line, "too many rules", "");
	draft_clear(&p->draft);
	alloc_grow(&p->rules->at, &p->rules->capacity, p->rules->count + 1);
	p->rules->at[p->rules->count++] = (struct rule){ .name = alloc_string(line + 1),
							 .line = p->line };
	return 0;
}

static int take_pair(struct parser *p, const char *line)
{
	size_t length = strcspn(line, " \t=");
	const char *equals = line + length + strspn(line + length, " \t");

	if (!p->rules->count)
		return fail(p, p->line, "a rule begins with [NAME], not ", line);
	for (size_t key = 0; key < KEYS; key++) {
		if (strlen(key_names[key]) != length || memcmp(key_names[key], line, length) != 0)
			continue;
		if (*equals != '=')
			return fail(p, p->line, "there must be a = behind ", key_names[key]);
		if (p->draft.lines[key])
			return fail(p, p->line, "the rule has two lines for ", key_names[key]);
		p->draft.lines[key] = p->line;
		p->draft.last = (int)key;
		text_add(&p->draft.values[key], equals + 1 + strspn(equals + 1, " \t"));
		return 0;
	}
	return fail(p, p->line, "not where, action, because or expires: ", line);
}

static int take_line(struct parser *p, char *line)
{
	const char *content = line + strspn(line, " \t");

	for (size_t end = strlen(line); end && strchr(" \t\r", line[end - 1]); end--)
		line[end - 1] = '\0';
	if (!*content || *content == '#')
		return 0;
	if (content == line)
		return line[0] == '[' ? begin_rule(p, line) : take_pair(p, line);
	if (!p->rules->count || p->draft.last < 0)
		return fail(p, p->line, "nothing that could go on: ", content);
	text_add_char(&p->draft.values[p->draft.last], p->draft.last == KEY_WHERE ? '\n' : ' ');
	text_add(&p->draft.values[p->draft.last], content);
	return 0;
}

static int take_lines(struct parser *p, const char *data, size_t length)
{
	int ret = 0;

	while (ret == 0 && length) {
		const char *end = memchr(data, '\n', length);
		size_t n = end ? (size_t)(end - data) : length;
		cleanup_free char *line = alloc_zeroed(n + 1, 1);

		p->line++;
		memcpy(line, data, n);
		if (strlen(line) != n)
			return fail(p, p->line, "a NUL byte", "");
		ret = take_line(p, line);
		data += n + (end != NULL);
		length -= n + (end != NULL);
	}
	return ret < 0 ? ret : end_rule(p);
}

int rules_parse(struct rules *r, const char *path, const char *data, size_t length,
		const char *today, struct error *err)
{
	struct parser p = { .rules = r, .today = today, .err = err };
	int ret;

	*r = (struct rules){ .path = alloc_string(path), .hash = XXH3_64bits(data, length) | 1 };
	if (length > LIMIT_RULES_BYTES)
		return error_set(err, -EINVAL, "%s: more than %d bytes", path, LIMIT_RULES_BYTES);
	ret = take_lines(&p, data, length);
	for (size_t key = 0; key < KEYS; key++)
		text_finish(&p.draft.values[key]);
	return ret;
}

int rules_read(struct rules *r, const char *path, const char *today, struct error *err)
{
	cleanup_file FILE *file = fopen(path, "re");
	cleanup_free char *data = NULL;
	size_t length;

	*r = (struct rules){ 0 };
	if (!file)
		return error_set(err, -errno, "cannot open %s: %s", path, strerror(errno));
	data = alloc_zeroed(LIMIT_RULES_BYTES + 1, 1);
	errno = 0;
	length = fread(data, 1, LIMIT_RULES_BYTES + 1, file);
	if (ferror(file))
		return error_set(err, errno ? -errno : -EIO, "cannot read %s: %s", path,
				 strerror(errno ? errno : EIO));
	return rules_parse(r, path, data, length, today, err);
}

void rules_finish(struct rules *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->at[i].name);
		free(r->at[i].where);
		free(r->at[i].because);
		if (r->at[i].has_pattern)
			regfree(&r->at[i].pattern);
	}
	free(r->at);
	free(r->path);
	*r = (struct rules){ 0 };
}

void rules_today(char out[11])
{
	time_t now = time(NULL);
	struct tm day;

	gmtime_r(&now, &day);
	/* %F of a year beyond 9999 is longer; no clock says so */
	if (!strftime(out, 11, "%F", &day))
		memcpy(out, "9999-12-31", 11);
}
