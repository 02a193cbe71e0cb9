/* A rough count of the nodes that libc would make, before it does. */
#include "analysis/expression.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* nodes: what people write has hundreds */
#define NODES_MAX 50000u
/* groups within each other */
#define DEPTH_MAX 64u

/* Behind a bracket expression, whose first ] is a member. */
static const char *skip_bracket(const char *at)
{
	at += *at == '^';
	at += *at == ']';
	while (*at && *at != ']')
		at++;
	return *at ? at + 1 : at;
}

/* How often {least,most} makes what stands before it; at points behind the brace. */
static uint64_t interval(const char **at)
{
	char *end;
	uint64_t least = strtoul(*at, &end, 10), most = least;

	if (*end == ',')
		most = strtoul(end + 1, &end, 10);
	*at = *end == '}' ? end + 1 : end;
	return 1 + (most > least ? most : least);
}

/* Are there fewer nodes than NODES_MAX? */
static bool is_small(const char *at)
{
	uint64_t sums[DEPTH_MAX] = { 0 }, last = 0;
	unsigned depth = 0;

	while (*at) {
		char c = *at++;
		uint64_t times = 0;

		switch (c) {
		case '+': times = 2; break;
		case '*':
		case '?': times = 1; break;
		case '{': times = interval(&at); break;
		}
		if (times) {
			sums[depth] += last * (times - 1) + 1;
			last = last * times + 1;
		} else if (c == '(') {
			if (++depth == DEPTH_MAX)
				return false;
			sums[depth] = 0;
			last = 0;
		} else if (c == ')' && depth) {
			last = sums[depth--] + 1;
			sums[depth] += last;
		} else {
			if (c == '[')
				at = skip_bracket(at);
			else if (c == '\\' && *at)
				at++;
			last = 1;
			sums[depth]++;
		}
		if (sums[depth] > NODES_MAX || last > NODES_MAX)
			return false;
	}
	return true;
}

int expression_compile(regex_t *regex, const char *pattern, int flags, struct error *err)
{
	char why[128];
	int code;

	if (!is_small(pattern))
		return error_set(err, -EINVAL, "it repeats repetitions until it is too large");
	code = regcomp(regex, pattern, REG_EXTENDED | flags);
	if (!code)
		return 0;
	regerror(code, regex, why, sizeof(why));
	return error_set(err, -EINVAL, "%s", why);
}
