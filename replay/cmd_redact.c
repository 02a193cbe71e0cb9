/* mvx-replay redact */
#include <errno.h>
#include <string.h>

#include "analysis/expression.h"
#include "analysis/redact.h"
#include "replay/common.h"
#include "replay/derive.h"

struct redacting {
	const struct invocation *inv;
	struct redact_options options;
	struct text what;
	regex_t keep, strings;
	bool has_keep, has_strings;
};

static int write_redacted(void *data, struct source *source, uint64_t of_hash,
			  struct trace_writer *writer, bool *none, struct error *err)
{
	struct redacting *r = data;

	*none = false;
	return redact_write(source, &r->options, of_hash, writer, err);
}

static int get_pattern(const struct redacting *r, enum option_id id, regex_t *pattern, bool *has,
		       struct error *err)
{
	const char *value = option_value(r->inv, id);

	if (!value)
		return 0;
	if (expression_compile(pattern, value, 0, err) < 0)
		return error_prefix(err, "--%s: ", option_defs[id].name);
	*has = true;
	return 0;
}

static int get_options(struct redacting *r, struct error *err)
{
	static const char *const payloads[] = { "hash", "none" }, *const paths[] = { "pseudonyms",
										     "keep" };
	int payload, path, ret;

	payload = option_choice(r->inv, OPTION_PAYLOAD, payloads, 2, 0, err);
	if (payload < 0)
		return payload;
	path = option_choice(r->inv, OPTION_PATHS, paths, 2, 0, err);
	if (path < 0)
		return path;
	ret = pseudonyms_init(&r->options.names, option_value(r->inv, OPTION_KEY), err);
	if (ret == 0)
		ret = get_pattern(r, OPTION_KEEP, &r->keep, &r->has_keep, err);
	if (ret == 0)
		ret = get_pattern(r, OPTION_STRINGS, &r->strings, &r->has_strings, err);
	r->options.names.keeps_paths = path == 1;
	r->options.names.keep = r->has_keep ? &r->keep : NULL;
	r->options.names.strings = r->has_strings ? &r->strings : NULL;
	r->options.no_hashes = payload == 1;
	/* patterns and the key may be secrets themselves */
	text_printf(&r->what, "--payload=%s --paths=%s%s%s%s", payloads[payload], paths[path],
		    r->has_keep ? " --keep" : "", r->has_strings ? " --strings" : "",
		    has_option(r->inv, OPTION_KEY) ? " --key" : "");
	r->options.what = text_get(&r->what);
	return ret;
}

static int redact_trace(struct redacting *r)
{
	struct derive_job job = { write_redacted, r };
	struct source *source;
	struct error err = { 0 };
	int ret;

	if (get_options(r, &err) < 0 || source_open(&source, r->inv->operands[0], &err) < 0)
		return cannot(&err);
	ret = derive_trace(r->inv, source, &job);
	if (ret == EXIT_YES)
		ret = finish_answer(r->inv, source, ret);
	source_close(source);
	return ret;
}

int command_redact(const struct invocation *inv)
{
	struct redacting r = { .inv = inv };
	int ret = redact_trace(&r);

	if (r.has_keep)
		regfree(&r.keep);
	if (r.has_strings)
		regfree(&r.strings);
	text_finish(&r.what);
	return ret;
}
