/* Rules over the canonical records of a trace; see rules.h. */
#include "analysis/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "analysis/query.h"
#include "base/alloc.h"
#include "base/lower_bound.h"

#define MASKED "<masked>"

/* Steps, as stretches in order. */
struct stretch {
	uint64_t first, last;
};

struct chosen {
	struct stretch *at; /* owned */
	size_t count, capacity;
	bool disorder;
};

struct rules_view {
	struct rules *rules;
	struct chosen *chosen; /* by rule; owned */
	bool counted;
	canon_take take;
	void *data;
	struct text changed; /* the record's text, masked */
};

/* ---- the steps ---- */

static int choose(void *data, int64_t value)
{
	struct chosen *c = data;
	uint64_t step = (uint64_t)value;
	struct stretch *last = c->count ? &c->at[c->count - 1] : NULL;

	if (last && step >= last->first && step <= last->last)
		return 0;
	if (last && step == last->last + 1) {
		last->last++;
		return 0;
	}
	c->disorder |= last && step < last->first;
	alloc_grow(&c->at, &c->capacity, c->count + 1);
	c->at[c->count++] = (struct stretch){ step, step };
	return 0;
}

static int compare_stretches(const void *left, const void *right)
{
	const struct stretch *l = left, *r = right;

	return l->first < r->first ? -1 : l->first > r->first;
}

/* SQLite may give rows in any order, and a hostile trace has any numbers: apart and in order. */
static void put_in_order(struct chosen *c)
{
	size_t n = 0;

	if (!c->disorder)
		return;
	qsort(c->at, c->count, sizeof(*c->at), compare_stretches);
	for (size_t i = 1; i < c->count; i++) {
		if (c->at[i].first > c->at[n].last)
			c->at[++n] = c->at[i];
		else if (c->at[i].last > c->at[n].last)
			c->at[n].last = c->at[i].last;
	}
	c->count = n + 1;
}

static bool is_chosen(const struct chosen *c, uint64_t step)
{
	size_t at = lower_bound(c->count, i, c->at[i].last < step);

	return at < c->count && c->at[at].first <= step;
}

static int run_predicate(struct query *query, const struct rules *rules, const struct rule *rule,
			 struct chosen *chosen, struct error *err)
{
	cleanup_text struct text sql = { 0 };
	int ret;

	/* the line end keeps a comment in the predicate from taking the bracket along */
	text_printf(&sql, "SELECT step FROM v_step WHERE (\n%s\n)", rule->where);
	ret = query_each(query, text_get(&sql), choose, chosen, err);
	if (ret < 0) {
		error_prefix(err, "%s:%u: rule %s: ", rules->path, rule->where_line, rule->name);
		return ret;
	}
	put_in_order(chosen);
	return 0;
}

int rules_view_create(struct rules_view **out, struct rules *rules, struct source *source,
		      struct error *err)
{
	struct rules_view *view = alloc_zeroed(1, sizeof(*view));
	struct query_limits limits = { 0 };
	struct query *query = NULL;
	int ret = query_open(&query, source, &limits, err);

	view->rules = rules;
	view->chosen = alloc_zeroed(rules->count + 1, sizeof(*view->chosen));
	for (size_t i = 0; ret == 0 && i < rules->count; i++)
		if (!rules->at[i].expired)
			ret = run_predicate(query, rules, &rules->at[i], &view->chosen[i], err);
	query_close(query);
	if (ret < 0) {
		rules_view_destroy(view);
		return ret;
	}
	*out = view;
	return 0;
}

void rules_view_destroy(struct rules_view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < view->rules->count; i++)
		free(view->chosen[i].at);
	free(view->chosen);
	text_finish(&view->changed);
	free(view);
}

/* ---- the records ---- */

/* What matches, in one part between separators. */
static void mask_part(struct text *out, const regex_t *pattern, const char *part, size_t length)
{
	cleanup_text struct text copy = { 0 };
	const char *at;
	regmatch_t match;
	int flags = 0;

	text_add_bytes(&copy, part, length);
	at = text_get(&copy);
	while (*at && regexec(pattern, at, 1, &match, flags) == 0) {
		text_add_bytes(out, at, (size_t)match.rm_so);
		if (match.rm_eo > match.rm_so)
			text_add(out, MASKED);
		else if (at[match.rm_eo])
			text_add_char(out, at[match.rm_eo++]);
		at += match.rm_eo;
		flags = REG_NOTBOL;
	}
	text_add(out, at);
}

/* The call's name stays, of the others what the pattern leaves. */
static void mask(struct text *out, const struct rule *rule, const char *text)
{
	size_t length = strcspn(text, (char[]){ CANON_SEPARATOR, '\0' });

	text_add_bytes(out, text, length);
	if (!rule->has_pattern) {
		text_printf(out, "%c" MASKED, CANON_SEPARATOR);
		return;
	}
	while (text[length]) {
		text_add_char(out, CANON_SEPARATOR);
		text += length + 1;
		length = strcspn(text, (char[]){ CANON_SEPARATOR, '\0' });
		mask_part(out, &rule->pattern, text, length);
	}
}

static void apply_mask(struct rules_view *view, const struct rule *rule,
		       struct canon_record *record)
{
	struct text masked = { 0 };

	mask(&masked, rule, record->text);
	text_finish(&view->changed);
	view->changed = masked;
	record->text = text_get(&masked);
	record->length = masked.length;
	record->hash = XXH3_64bits(record->text, record->length);
}

static int take(void *data, const struct canon_record *record)
{
	struct rules_view *view = data;
	struct canon_record changed = *record;

	for (size_t i = 0; record->is_call && i < view->rules->count; i++) {
		struct rule *rule = &view->rules->at[i];

		if (rule->expired || !is_chosen(&view->chosen[i], record->step))
			continue;
		rule->hits += !view->counted;
		switch (rule->action) {
		case RULE_IGNORE: return 0;
		case RULE_MASK: apply_mask(view, rule, &changed); break;
		case RULE_UNORDER: changed.unordered = true; break;
		case RULE_SEVERITY:
			changed.weight = rule->weight;
			changed.weighed = true;
			break;
		case RULE_ACTIONS: break;
		}
	}
	return view->take(view->data, &changed);
}

int rules_canon_run(struct rules_view *view, struct source *source, enum canon_level level,
		    const struct call_filter *filter, canon_take taker, void *data,
		    struct error *err)
{
	int ret;

	if (!view)
		return canon_run(source, level, filter, taker, data, err);
	view->take = taker;
	view->data = data;
	ret = canon_run(source, level, filter, take, view, err);
	view->counted = true;
	return ret;
}

/* ---- what they did ---- */

void rule_put(struct text *out, const struct rules *rules, const struct rule *rule)
{
	static const char *const verbs[RULE_ACTIONS] = {
		[RULE_IGNORE] = "ignored",
		[RULE_MASK] = "masked",
		[RULE_UNORDER] = "let go out of order",
		[RULE_SEVERITY] = "weighed anew",
	};

	text_add_foreign(out, rule->name);
	text_add(out, " (");
	text_add_foreign(out, rules->path);
	text_printf(out, ":%u) ", rule->line);
	if (rule->expired)
		text_printf(out, "expired after %s and does not apply: ", rule->expires);
	else if (!rule->hits)
		text_add(out, "is unused: ");
	else
		text_printf(out, "%s %" PRIu64 " record%s: ", verbs[rule->action], rule->hits,
			    rule->hits == 1 ? "" : "s");
	text_add_foreign(out, rule->because);
}
