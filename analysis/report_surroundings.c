/* What a task had at a divergence: files, peers, credentials, other tasks. And who recorded what. */
#include <inttypes.h>
#include <string.h>

#include "analysis/report_page.h"

/* other tasks listed */
#define TASKS_SHOWN 40
/* files of the program listed with their hashes */
#define IDENTITIES_SHOWN 200

/* ---- at a divergence ---- */

static void add_files(struct report_page *p, const struct report_divergence *at)
{
	html_add(p->html, "<h3>Open files</h3>\n");
	if (!at->n_files) {
		html_add(p->html, "<p>None that the trace knows of.</p>\n");
		return;
	}
	html_add(p->html, "<div class=\"wide\"><table class=\"calls\">\n");
	for (size_t i = 0; i < at->n_files; i++) {
		const struct report_file *file = &at->files[i];

		html_add(p->html, "<tr><td class=\"number\">");
		html_printf(p->html, "%" PRId32, file->fd);
		html_add(p->html, "</td><td class=\"call\"><code>");
		html_text(p->html,
			  file->name[0] ? file->name : "(its opening is not in the trace)");
		html_add(p->html, "</code></td><td>");
		if (file->inherited)
			html_add(p->html, "open since the start");
		else if (file->is_received)
			html_add(p->html, "received from another process");
		else if (file->step)
			html_printf(p->html, "since #%" PRIu64, file->step);
		html_add(p->html, "</td></tr>\n");
	}
	html_add(p->html, "</table></div>\n");
	if (at->files_left)
		html_printf(p->html, "And %zu more.", at->files_left);
}

static void add_peers(struct report_page *p, const struct report_divergence *at)
{
	html_add(p->html, "<h3>Peers</h3>\n");
	if (!report_add_steps(p, &p->watch->noted[NOTED_NETWORK], at->step))
		html_add(p->html, "<p>Nobody was connected to, listened for or accepted before "
				  "it.</p>\n");
}

static void add_ids(struct report_page *p)
{
	static const char *const ids[] = { "uid", "euid", "gid", "egid" };

	html_add(p->html, "<p>At the start ");
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const char *value = facts_find(&p->facts, ids[i]);

		html_printf(p->html, "%s%s %s", i ? ", " : "", ids[i], value ? value : "not known");
	}
	html_add(p->html, ".</p>\n");
}

static void add_credentials(struct report_page *p, const struct report_divergence *at)
{
	html_add(p->html, "<h3>Credentials</h3>\n");
	add_ids(p);
	if (!report_add_steps(p, &p->watch->noted[NOTED_CREDENTIALS], at->step))
		html_add(p->html, "<p>No call changed credentials, capabilities or limits before "
				  "it.</p>\n");
}

static void add_task_row(struct report_page *p, const struct source_task *task,
			 const struct source_task *own)
{
	html_add(p->html, "<tr><td>");
	report_add_task(p, task->task);
	html_add(p->html, "</td><td>");
	if (own && task->task == own->parent)
		html_add(p->html, "parent");
	else if (own && task->pid[0] == own->pid[0])
		html_add(p->html, "thread of the same process");
	else if (own && task->parent == own->task)
		html_add(p->html, "child");
	html_add(p->html, "</td><td class=\"number\">");
	html_printf(p->html, "pid %" PRId32 ", tid %" PRId32, task->pid[0], task->tid[0]);
	html_add(p->html, "</td></tr>\n");
}

static void add_other_tasks(struct report_page *p, const struct trace_divergence *d)
{
	const struct source_task *tasks, *own = source_task_find(p->source, d->task, NULL);
	size_t count, shown = 0;

	html_add(p->html, "<h3>Other tasks that lived</h3>\n");
	if (source_tasks(p->source, &tasks, &count, NULL) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		if (tasks[i].task == d->task || !report_task_is_alive(&tasks[i], d->time_ns))
			continue;
		if (!shown)
			html_add(p->html, "<div class=\"wide\"><table class=\"calls\">\n");
		if (shown++ < TASKS_SHOWN)
			add_task_row(p, &tasks[i], own);
	}
	html_add(p->html, shown ? "</table></div>\n" : "<p>None.</p>\n");
	if (shown > TASKS_SHOWN)
		html_printf(p->html, "And %zu more.", shown - TASKS_SHOWN);
}

void report_add_surroundings(struct report_page *p, const struct report_divergence *at,
			     const struct trace_divergence *d)
{
	html_add(p->html, "<section>\n<h2>What the task had</h2>\n");
	add_files(p, at);
	add_peers(p, at);
	add_credentials(p, at);
	add_other_tasks(p, d);
	html_add(p->html, "</section>\n");
}

/* ---- provenance ---- */

static void add_hex(struct text *t, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text_printf(t, "%02x", bytes[i]);
}

static void add_variant(struct report_page *p, unsigned v, const struct source_variant *variant)
{
	cleanup_text struct text id = { 0 };
	char number[48];

	html_add(p->html, "<div class=\"card\"><h3>");
	html_printf(p->html, "Variant %u%s", v, v ? "" : " (leader)");
	html_add(p->html, "</h3>\n");
	if (!variant->known) {
		html_add(p->html, "<p>Its start is not in the trace.</p></div>\n");
		return;
	}
	html_add(p->html, "<table class=\"facts\">\n");
	html_fact(p->html, "command", variant->command_line);
	html_fact(p->html, "executable", variant->path);
	add_hex(&id, variant->build_id, variant->build_id_length);
	html_fact(p->html, "build-id", id.length ? text_get(&id) : "none");
	snprintf(number, sizeof(number), "%016" PRIx64, variant->hash);
	html_fact(p->html, "XXH3 hash", variant->hash ? number : "not taken");
	snprintf(number, sizeof(number), "%" PRIu64 " bytes", variant->size);
	html_fact(p->html, "size", number);
	html_fact(p->html, "layout",
		  variant->layout && variant->layout[0] ? variant->layout : "not known");
	html_add(p->html, "</table></div>\n");
}

static void add_recording(struct report_page *p)
{
	static const char *const shown[][2] = {
		{ "trace_id", "trace id" },
		{ "chain_hash", "hash of the trace" },
		{ "file_bytes", "bytes of the trace" },
		{ "monitor_version", "mvx-monitor" },
		{ "options", "its options" },
		{ "hostname", "host" },
		{ "kernel_release", "kernel" },
		{ "machine", "machine" },
		{ "cpu_model", "processor" },
		{ "cpu_count", "processors" },
		{ "cwd", "working directory" },
		{ "umask", "umask" },
		{ "exit_status", "mvx-monitor exited with" },
	};
	const struct trace_header *header = source_header(p->source);
	cleanup_text struct text start = { 0 };

	html_add(p->html, "<table class=\"facts\">\n");
	html_fact(p->html, "trace", source_path(p->source));
	if (header) {
		text_add_wall_time(&start, header->start_wall_ns);
		html_fact(p->html, "recorded", text_get(&start));
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const char *value = facts_find(&p->facts, shown[i][0]);

		if (value && value[0])
			html_fact(p->html, shown[i][1], value);
	}
	html_add(p->html, "</table>\n");
}

static void add_identity(struct report_page *p, const struct trace_file_identity *file)
{
	html_add(p->html, "<tr><td class=\"call\"><code>");
	html_text(p->html, file->path);
	html_add(p->html, "</code></td><td class=\"number\">");
	html_printf(p->html, "%" PRIu64, file->size);
	html_add(p->html, "</td><td><code>");
	if (file->hash)
		html_printf(p->html, "%016" PRIx64, file->hash);
	else
		html_add(p->html, "not taken");
	html_add(p->html, "</code></td></tr>\n");
}

static void add_identities(struct report_page *p)
{
	struct scan_filter filter = scan_filter_all(SCAN_KIND(TRACE_FILE_IDENTITY));
	const struct trace_record *record;
	size_t shown = 0;
	int ret = 0;

	if (p->error)
		return;
	html_add(p->html, "<details><summary>Files executed and mapped</summary>\n<div "
			  "class=\"wide\"><table class=\"calls\">\n<tr><th>path</th><th>bytes</th>"
			  "<th>XXH3 of the content</th></tr>\n");
	scan_start(p->lookup, &filter);
	while (shown < IDENTITIES_SHOWN && (ret = scan_next(p->lookup, &record, p->err)) > 0) {
		add_identity(p, &record->file_identity);
		shown++;
	}
	if (ret < 0)
		p->error = ret;
	html_add(p->html, "</table></div>\n");
	if (shown == IDENTITIES_SHOWN)
		html_add(p->html,
			 "<p>The first of them; <code>mvx-replay query TRACE 'SELECT * FROM "
			 "file_identity'</code> lists all.</p>\n");
	html_add(p->html, "</details>\n");
}

void report_add_provenance(struct report_page *p)
{
	const struct source_variant *variants;

	html_add(p->html, "<section>\n");
	report_add_heading(p, 2, "provenance", "Provenance");
	add_recording(p);
	html_add(p->html, "<div class=\"cards\">\n");
	if (source_variants(p->source, &variants, NULL) == 0)
		for (unsigned v = 0; v < source_variant_count(p->source); v++)
			add_variant(p, v, &variants[v]);
	html_add(p->html, "</div>\n");
	add_identities(p);
	html_add(p->html, "</section>\n");
}
