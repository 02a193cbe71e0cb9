/* Times and process ids in bytes; see moments.h. */
#include "analysis/moments.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define DAY_S UINT64_C(86400)
/* Clocks of other zones are up to 14 hours off; a cookie's end is a year ahead at most. */
#define BEFORE_S DAY_S
#define AFTER_S  (366 * DAY_S)
/* digits of a time since 1970 in seconds and in milliseconds, from 2001 to 2286 */
#define EPOCH_DIGITS    10u
#define EPOCH_MS_DIGITS 13u

/*
 * Smaller numbers in logs are mostly something else; nor do they differ from run
 * to run: where ids are used up, they start from here (RESERVED_PIDS of kernel/pid.c).
 */
#define LOG_PID_MIN 300

/* Reads forward; `failed` once something else was there. */
struct reader {
	const char *at, *end;
	bool failed;
};

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static bool is_digit_at(const struct reader *r, size_t i)
{
	return (size_t)(r->end - r->at) > i && isdigit((unsigned char)r->at[i]);
}

/* Exactly so many digits. */
static int take_number(struct reader *r, size_t digits)
{
	int value = 0;

	for (size_t i = 0; i < digits; i++) {
		if (r->failed || !is_digit_at(r, 0)) {
			r->failed = true;
			return 0;
		}
		value = value * 10 + (*r->at++ - '0');
	}
	return value;
}

/* One of the characters. */
static char take_one(struct reader *r, const char *characters)
{
	if (r->failed || r->at == r->end || !*r->at || !strchr(characters, *r->at)) {
		r->failed = true;
		return 0;
	}
	return *r->at++;
}

/* From 0; a name of three letters. */
static int take_name(struct reader *r, const char *const *names, size_t count)
{
	for (size_t i = 0; !r->failed && r->end - r->at >= 3 && i < count; i++)
		if (strncmp(r->at, names[i], 3) == 0) {
			r->at += 3;
			return (int)i;
		}
	r->failed = true;
	return 0;
}

static void take_clock(struct reader *r, struct tm *tm)
{
	tm->tm_hour = take_number(r, 2);
	take_one(r, ":");
	tm->tm_min = take_number(r, 2);
	take_one(r, ":");
	tm->tm_sec = take_number(r, 2);
	if (!r->failed && r->end - r->at >= 2 && (r->at[0] == '.' || r->at[0] == ',') &&
	    is_digit_at(r, 1))
		for (r->at++; is_digit_at(r, 0);)
			r->at++;
}

/* 2024-01-31 12:00:00, 2024/01/31 12:00:00, 2024-01-31T12:00:00.123 */
static void take_iso(struct reader *r, struct tm *tm)
{
	char separator[2] = { 0 };

	tm->tm_year = take_number(r, 4) - 1900;
	separator[0] = take_one(r, "-/");
	tm->tm_mon = take_number(r, 2) - 1;
	take_one(r, separator);
	tm->tm_mday = take_number(r, 2);
	take_one(r, " T");
	take_clock(r, tm);
}

/* 31 Jan 2024 12:00:00, 31/Jan/2024:12:00:00 */
static void take_mail(struct reader *r, struct tm *tm)
{
	char separator[2] = { 0 };

	tm->tm_mday = take_number(r, is_digit_at(r, 1) ? 2 : 1);
	separator[0] = take_one(r, " -/");
	tm->tm_mon = take_name(r, months, 12);
	take_one(r, separator);
	tm->tm_year = take_number(r, 4) - 1900;
	take_one(r, " :");
	take_clock(r, tm);
}

/* Jan 31 12:00:00 2024, and without a year, as syslog has it: `year` then */
static void take_ctime(struct reader *r, struct tm *tm, int year)
{
	struct reader ahead;

	tm->tm_mon = take_name(r, months, 12);
	take_one(r, " ");
	if (!r->failed && r->at < r->end && *r->at == ' ')
		r->at++;
	tm->tm_mday = take_number(r, is_digit_at(r, 1) ? 2 : 1);
	take_one(r, " ");
	take_clock(r, tm);
	ahead = *r;
	take_one(&ahead, " ");
	tm->tm_year = take_number(&ahead, 4) - 1900;
	if (ahead.failed || is_digit_at(&ahead, 0))
		tm->tm_year = year;
	else
		*r = ahead;
}

static bool is_of_the_run(const struct moments *m, uint64_t seconds)
{
	return m->start_wall_s && seconds + BEFORE_S >= m->start_wall_s &&
	       seconds < m->start_wall_s + AFTER_S;
}

static bool is_time_of_the_run(const struct moments *m, const struct tm *tm)
{
	struct tm copy = *tm;
	time_t seconds;

	if (tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1 || tm->tm_mday > 31 ||
	    tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
		return false;
	seconds = timegm(&copy);
	return seconds > 0 && is_of_the_run(m, (uint64_t)seconds);
}

static size_t digits_at(const char *at, const char *end)
{
	size_t length = 0;

	while (at + length < end && isdigit((unsigned char)at[length]))
		length++;
	return length;
}

static uint64_t value_of(const char *at, size_t digits)
{
	uint64_t value = 0;

	for (size_t i = 0; i < digits; i++)
		value = value * 10 + (uint64_t)(at[i] - '0');
	return value;
}

/* Seconds or milliseconds since 1970: how many bytes, 0 for none. */
static size_t epoch_length(const struct moments *m, const char *at, const char *end)
{
	size_t digits = digits_at(at, end), length = digits;

	if (digits != EPOCH_DIGITS && digits != EPOCH_MS_DIGITS)
		return 0;
	if (!is_of_the_run(m, value_of(at, EPOCH_DIGITS)))
		return 0;
	if (at + length < end && at[length] == '.' && digits_at(at + length + 1, end))
		length += 1 + digits_at(at + length + 1, end);
	return length;
}

/* How many bytes at `at`, where a word starts, tell a time of the run; 0 for none. */
static size_t time_length(const struct moments *m, const char *at, const char *end)
{
	size_t digits = digits_at(at, end);
	time_t start = (time_t)m->start_wall_s;
	struct reader r = { at, end, false };
	struct tm tm = { 0 }, now;

	if (digits == EPOCH_DIGITS || digits == EPOCH_MS_DIGITS)
		return epoch_length(m, at, end);
	if (digits == 4)
		take_iso(&r, &tm);
	else if (digits == 1 || digits == 2)
		take_mail(&r, &tm);
	else if (isupper((unsigned char)*at) && gmtime_r(&start, &now))
		take_ctime(&r, &tm, now.tm_year);
	else
		return 0;
	return !r.failed && is_time_of_the_run(m, &tm) ? (size_t)(r.at - at) : 0;
}

/* A day of the week that stands before a time belongs to it: "Wed, ", "Wed ". */
static void drop_day(struct text *line)
{
	size_t length = line->length, skip = 0;

	while (skip < 2 && length > skip && strchr(", ", line->at[length - skip - 1]))
		skip++;
	if (!skip || length < skip + 3)
		return;
	for (size_t i = 0; i < 7; i++)
		if (memcmp(line->at + length - skip - 3, days[i], 3) == 0)
			line->length = length - skip - 3;
}

static bool is_pid(const struct moments *m, const char *at, size_t digits)
{
	uint64_t value = digits && digits < 10 ? value_of(at, digits) : 0;

	return value > 1 && value < m->n_pids && m->pids && m->pids[value];
}

/* "pid=", "PID: ", "pid ": what follows says itself what it is. */
static bool is_called_pid(const char *line, const char *at)
{
	const char *p = at;

	while (p > line && at - p < 2 && strchr("=: ", p[-1]))
		p--;
	return p < at && p - line >= 3 &&
	       (memcmp(p - 3, "pid", 3) == 0 || memcmp(p - 3, "PID", 3) == 0);
}

static bool starts_number(const char *line, const char *at)
{
	return at == line || (!isalnum((unsigned char)at[-1]) && at[-1] != '.');
}

/* A line that tells the time is a log's: process ids in it are the run's. */
static void put_pids(const struct moments *m, struct text *out, const char *at, size_t length,
		     bool is_log)
{
	const char *end = at + length, *plain = at;

	for (const char *p = at; p < end;) {
		size_t digits = digits_at(p, end);

		if (digits && is_pid(m, p, digits) && starts_number(at, p) &&
		    (is_called_pid(at, p) || (is_log && value_of(p, digits) >= LOG_PID_MIN))) {
			text_add_bytes(out, plain, (size_t)(p - plain));
			text_add(out, "<pid>");
			plain = p + digits;
		}
		p += digits ? digits : 1;
	}
	text_add_bytes(out, plain, (size_t)(end - plain));
}

static void put_line(const struct moments *m, struct text *out, const char *at, size_t length)
{
	cleanup_text struct text line = { 0 };
	const char *end = at + length, *plain = at;
	bool found = false;

	for (const char *p = at; p < end;) {
		bool inside = p > at && isalnum((unsigned char)p[-1]) && isalnum((unsigned char)*p);
		size_t taken = inside ? 0 : time_length(m, p, end);

		if (!taken) {
			p++;
			continue;
		}
		text_add_bytes(&line, plain, (size_t)(p - plain));
		drop_day(&line);
		text_add(&line, "<time>");
		p += taken;
		plain = p;
		found = true;
	}
	if (!found) {
		put_pids(m, out, at, length, false);
		return;
	}
	text_add_bytes(&line, plain, (size_t)(end - plain));
	put_pids(m, out, text_get(&line), line.length, true);
}

void moments_replace(const struct moments *m, struct text *out, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		const char *newline = memchr(at, '\n', length);
		size_t line = newline ? (size_t)(newline + 1 - at) : length;

		put_line(m, out, at, line);
		at += line;
		length -= line;
	}
}

bool moments_is_pid(int32_t pid, const void *bytes, size_t length)
{
	const char *at = bytes;
	size_t digits = length ? digits_at(at, at + length) : 0;

	return digits && digits < 10 && pid > 0 && value_of(at, digits) == (uint64_t)pid &&
	       (digits == length || (digits + 1 == length && at[digits] == '\n'));
}
