/* Key and value of a whole run; see facts.h. */
#include "analysis/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/alloc.h"

static void add_fact(struct facts *f, const char *key, const char *value, bool number)
{
	alloc_grow(&f->at, &f->capacity, f->count + 1);
	f->at[f->count++] = (struct fact){ .key = alloc_string(key),
					   .value = value ? alloc_string(value) : NULL,
					   .number = number };
}

static void add_number(struct facts *f, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	add_fact(f, key, digits, true);
}

static void add_hex(struct facts *f, const char *key, const struct trace_blob *blob)
{
	cleanup_text struct text hex = { 0 };

	for (size_t i = 0; i < blob->length; i++)
		text_printf(&hex, "%02x", blob->data[i]);
	add_fact(f, key, text_get(&hex), false);
}

static void add_words(struct facts *f, const char *key, const struct trace_blob *words,
		      size_t count)
{
	cleanup_text struct text line = { 0 };

	for (size_t i = 0; i < count; i++) {
		text_add(&line, i ? " " : "");
		for (size_t b = 0; b < words[i].length; b++)
			if (words[i].data[b])
				text_add_bytes(&line, &words[i].data[b], 1);
	}
	add_fact(f, key, text_get(&line), false);
}

static void add_environment(struct facts *f, const struct trace_header *h)
{
	for (size_t i = 0; i < h->n_environment; i++) {
		cleanup_text struct text pair = { 0 };
		char *equals;

		text_add(&pair, "environment.");
		text_add_bytes(&pair, h->environment[i].data, h->environment[i].length);
		equals = strchr(pair.at, '=');
		if (equals)
			*equals = '\0';
		add_fact(f, pair.at, equals ? equals + 1 : "", false);
	}
}

static const char *payload_name(uint32_t mode)
{
	static const char *const names[] = { [PAYLOAD_FULL] = "full",
					     [PAYLOAD_HEAD] = "head",
					     [PAYLOAD_HASH] = "hash",
					     [PAYLOAD_NONE] = "none" };

	return mode < sizeof(names) / sizeof(names[0]) && names[mode] ? names[mode] : "unknown";
}

static void add_start_state(struct facts *f, const struct trace_header *h)
{
	char text[32];

	add_fact(f, "cwd", h->cwd, false);
	snprintf(text, sizeof(text), "%03o", h->umask);
	add_fact(f, "umask", text, false);
	add_number(f, "uid", h->uid);
	add_number(f, "euid", h->euid);
	add_number(f, "gid", h->gid);
	add_number(f, "egid", h->egid);
	snprintf(text, sizeof(text), "0x%016" PRIx64, h->signal_mask);
	add_fact(f, "signal_mask", text, false);
	snprintf(text, sizeof(text), "0x%016" PRIx64, h->signal_ignored);
	add_fact(f, "signal_ignored", text, false);
	add_number(f, "personality", h->personality);
	for (size_t i = 0; i < h->n_fds; i++) {
		cleanup_text struct text what = { 0 };

		snprintf(text, sizeof(text), "inherited_fd.%" PRId32, h->fds[i].fd);
		text_printf(&what, "%s %s", h->fds[i].kind ? h->fds[i].kind : "",
			    h->fds[i].path ? h->fds[i].path : "");
		add_fact(f, text, text_get(&what), false);
	}
}

/* "redact --payload=hash, of the trace with hash 0123456789abcdef" */
static void add_derivations(struct facts *f, const struct trace_header *h)
{
	for (size_t i = 0; i < h->n_derived; i++) {
		const struct trace_derivation *d = &h->derived[i];
		cleanup_text struct text key = { 0 }, value = { 0 };

		text_printf(&key, "derived.%zu", i + 1);
		text_printf(&value, "%s %s", d->how, d->what);
		if (d->first_step)
			text_printf(&value, ", steps %" PRIu64 " to %" PRIu64, d->first_step,
				    d->last_step);
		if (d->of_hash)
			text_printf(&value, ", of the trace with hash %016" PRIx64, d->of_hash);
		add_fact(f, text_get(&key), text_get(&value), false);
	}
}

static void add_header(struct facts *f, const struct trace_header *h)
{
	add_hex(f, "trace_id", &h->trace_id);
	add_fact(f, "monitor_version", h->monitor_version, false);
	add_words(f, "options", h->options, h->n_options);
	add_number(f, "start_wall_ns", h->start_wall_ns);
	add_number(f, "variants", h->variants);
	add_fact(f, "payload", payload_name(h->payload_mode), false);
	add_number(f, "payload_head_bytes", h->payload_head_bytes);
	add_fact(f, "kernel_release", h->kernel_release, false);
	add_fact(f, "kernel_version", h->kernel_version, false);
	add_fact(f, "machine", h->machine, false);
	add_fact(f, "hostname", h->hostname, false);
	add_fact(f, "cpu_model", h->cpu_model, false);
	add_number(f, "cpu_count", h->cpu_count);
	add_number(f, "page_bytes", h->page_bytes);
	add_number(f, "clock_ticks", h->clock_ticks);
	add_start_state(f, h);
	add_derivations(f, h);
}

static void add_totals(struct facts *f, struct source *s)
{
	static const char *const states[] = { [TRACE_COMPLETE] = "complete",
					      [TRACE_INCOMPLETE] = "incomplete",
					      [TRACE_RECORDING] = "recording" };
	const struct trace_end *end = source_end(s);
	char digits[16];
	size_t n_frames;

	source_frames(s, &n_frames);
	add_fact(f, "state", states[source_state(s)], false);
	add_number(f, "file_bytes", source_file_bytes(s));
	add_number(f, "frames", n_frames);
	if (source_chain_hash(s)) {
		char hash[24];

		snprintf(hash, sizeof(hash), "%016" PRIx64, source_chain_hash(s));
		add_fact(f, "chain_hash", hash, false);
	}
	if (!end)
		return;
	add_number(f, "clean", end->clean);
	add_number(f, "duration_ns", end->time_ns);
	add_number(f, "steps", end->steps);
	add_number(f, "signals", end->signals);
	add_number(f, "divergences", end->divergences);
	add_number(f, "tasks", end->tasks);
	snprintf(digits, sizeof(digits), "%" PRId32, end->exit_status);
	add_fact(f, "exit_status", digits, true);
}

void facts_collect(struct facts *f, struct source *source, bool with_environment)
{
	const struct trace_header *header = source_header(source);

	if (header)
		add_header(f, header);
	add_totals(f, source);
	if (header && with_environment)
		add_environment(f, header);
}

void facts_finish(struct facts *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->at[i].key);
		free(f->at[i].value);
	}
	free(f->at);
	*f = (struct facts){ 0 };
}

const char *facts_find(const struct facts *f, const char *key)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->at[i].key, key) == 0)
			return f->at[i].value;
	return NULL;
}

void text_add_duration(struct text *t, uint64_t ns)
{
	if (ns >= UINT64_C(1000000000))
		text_printf(t, "%" PRIu64 ".%03" PRIu64 " s", ns / 1000000000, ns / 1000000 % 1000);
	else if (ns >= 1000000)
		text_printf(t, "%" PRIu64 ".%03" PRIu64 " ms", ns / 1000000, ns / 1000 % 1000);
	else
		text_printf(t, "%" PRIu64 ".%03" PRIu64 " us", ns / 1000, ns % 1000);
}

void text_add_wall_time(struct text *t, uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	char text[64];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		text_add(t, text);
	else
		text_printf(t, "%" PRIu64 " ns after 1970", wall_ns);
}

void text_add_status(struct text *t, const struct source *source, int32_t status)
{
	const char *name;

	if (WIFEXITED(status)) {
		text_printf(t, "exited with %d", WEXITSTATUS(status));
		return;
	}
	if (!WIFSIGNALED(status)) {
		text_printf(t, "ended with wait status 0x%x", (unsigned)status);
		return;
	}
	name = source_signal_name(source, WTERMSIG(status));
	text_add(t, "killed by ");
	if (name)
		text_add_foreign(t, name);
	else
		text_printf(t, "signal %d", WTERMSIG(status));
	if (WCOREDUMP(status))
		text_add(t, " (core dumped)");
}

void text_add_task(struct text *t, struct source *source, uint32_t task)
{
	const struct source_task *known = source_task_find(source, task, NULL);

	if (known && known->label && known->label[0])
		text_add_foreign(t, known->label);
	else
		text_printf(t, "T?%" PRIu32, task);
}

void text_add_syscall(struct text *t, const struct source *source, int64_t nr)
{
	const char *name = source_syscall_name(source, nr);

	if (name)
		text_add_foreign(t, name);
	else
		text_printf(t, "syscall_%" PRId64, nr);
}
