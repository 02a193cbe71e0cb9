/* A rough count of the nodes that libc would make, before it does. */
#include "analysis/expression.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* nodes: what people write has hundreds; what may be empty, libc follows from each to each */
#define NODES_MAX 2000u
/* repetitions of one thing, one around the other; libc's time doubles with each */
#define REPEATS_MAX 4u
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

/* A part of an expression. */
struct part {
	uint64_t nodes;
	unsigned repeats; /* around what is in it, at most */
};

static void part_add(struct part *sum, struct part part)
{
	sum->nodes += part.nodes;
	if (part.repeats > sum->repeats)
		sum->repeats = part.repeats;
}

static bool part_is_small(struct part part)
{
	return part.nodes <= NODES_MAX && part.repeats <= REPEATS_MAX;
}

/* How often the quantifier that ended at *at makes what stands before it; 0 for what is none. */
static uint64_t quantifier(char c, const char **at)
{
	switch (c) {
	case '+': return 2;
	case '*':
	case '?': return 1;
	case '{': return interval(at);
	}
	return 0;
}

static bool is_small(const char *at)
{
	struct part groups[DEPTH_MAX] = { 0 }, last = { 0 };
	unsigned depth = 0;

	while (*at) {
		char c = *at++;
		uint64_t times = quantifier(c, &at);

		/* What is repeated counts when nothing repeats it any more. */
		if (times) {
			last.nodes = last.nodes * times + 1;
			last.repeats++;
			if (!part_is_small(last))
				return false;
			continue;
		}
		part_add(&groups[depth], last);
		last = (struct part){ .nodes = 1 };
		if (c == '(') {
			if (++depth == DEPTH_MAX)
				return false;
			groups[depth] = last = (struct part){ 0 };
		} else if (c == ')' && depth) {
			last = groups[depth--];
			last.nodes++;
		} else if (c == '[') {
			at = skip_bracket(at);
		} else if (c == '\\' && *at) {
			at++;
		}
		if (!part_is_small(groups[depth]))
			return false;
	}
	part_add(&groups[depth], last);
	while (depth) {
		struct part inner = groups[depth--];

		part_add(&groups[depth], inner);
	}
	return part_is_small(groups[0]);
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
