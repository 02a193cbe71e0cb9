/*
 * The walk that makes canonical records; see canon.h. Who is who is in
 * canon_tasks.c, how one call reads in canon_call.c, what it changes in
 * canon_follow.c.
 */
#include "analysis/canon.h"

#include <asm/unistd.h>
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "analysis/canon_follow.h"
#include "analysis/canon_level.h"
#include "analysis/canon_message.h"
#include "analysis/canon_tasks.h"
#include "analysis/canon_value.h"
#include "analysis/facts.h"
#include "analysis/scan.h"
#include "analysis/schema.h"
#include "base/alloc.h"
#include "base/bytes.h"

struct canon {
	struct source *source;
	enum canon_level level;
	const struct call_filter *filter;
	canon_take take;
	void *data;
	struct canon_tasks tasks;
	struct handed *handed;
	bool learning; /* what is handed over: nothing is told */
	struct canon_words words;
	struct text line;
	int status; /* of the last take */
	/* canon_steps: calls one by one */
	bool single, wanted; /* this one is */
	int variant;         /* whose; -1 for the leader's */
	uint64_t wanted_step;
};

/* ---- records ---- */

static bool is_filtered(const struct canon *c)
{
	return c->filter && !call_filter_is_empty(c->filter);
}

static void tell(struct canon *c, const struct canon_record *record)
{
	if (c->status == 0 && (!c->single || c->wanted))
		c->status = c->take(c->data, record);
}

static void emit_as(struct canon *c, const char *label, uint32_t number, uint64_t step,
		    bool is_call, enum canon_weight weight)
{
	struct canon_record record = { .label = label,
				       .task = number,
				       .step = step,
				       .weight = weight,
				       .is_call = is_call,
				       .text = text_get(&c->line),
				       .length = c->line.length };

	record.hash = XXH3_64bits(record.text, record.length);
	tell(c, &record);
	text_clear(&c->line);
}

static void emit(struct canon *c, const struct canon_task *t, uint64_t step, bool is_call,
		 enum canon_weight weight)
{
	if (c->level > CANON_EFFECTS || canon_is_first_thread(t->label)) {
		emit_as(c, t->label, t->number, step, is_call, weight);
		return;
	}
	canon_team_keep(t->team, step, is_call, weight, text_get(&c->line), c->line.length);
	text_clear(&c->line);
}

void canon_text_put(struct text *out, const char *text)
{
	const char *separator = strchr(text, CANON_SEPARATOR);
	bool open = false;

	while (separator) {
		text_add_bytes(out, text, (size_t)(separator - text));
		text = separator + 1;
		separator = strchr(text, CANON_SEPARATOR);
		if (!separator && text[0] == '=') {
			text_add(out, open ? ") " : "() ");
			open = false;
		} else {
			text_add(out, open ? ", " : "(");
			open = true;
		}
	}
	text_add(out, text);
	if (open)
		text_add_char(out, ')');
}

/* ---- what was folded and added up ---- */

static void fold_end(struct canon *c, struct canon_task *t)
{
	bool outside = t->fold.outside;
	uint64_t step = t->fold.step;

	if (canon_fold_end(&t->fold, &c->words, c->level, &c->line))
		emit(c, t, step, true, outside ? WEIGHT_EFFECT : WEIGHT_BEHAVIOUR);
}

/* What belongs to all threads of a process, when the last has ended. */
static void team_emit(struct canon *c, struct canon_team *team)
{
	canon_team_sort(team);
	for (size_t i = 0; i < team->n_kept; i++) {
		text_add_bytes(&c->line, team->kept[i].text, team->kept[i].length);
		emit_as(c, team->others_label, team->others_number, team->kept[i].step,
			team->kept[i].is_call, team->kept[i].weight);
	}
	for (struct canon_written *w = team->writes.first; w; w = w->next) {
		canon_written_put(w, &c->words, &c->line);
		emit_as(c, team->label, team->number, w->step, true, WEIGHT_EFFECT);
	}
	if (!team->ended || is_filtered(c))
		return;
	text_printf(&c->line, "ends%c", CANON_SEPARATOR);
	text_add_status(&c->line, c->source, team->status);
	emit_as(c, team->label, team->number, team->end_step, false, WEIGHT_EFFECT);
}

/* What was in a file that is gone again nobody sees. */
static void mark_removed(struct canon *c, const char *path)
{
	for (size_t i = 0; i < c->tasks.count; i++)
		if (c->tasks.at[i])
			canon_writes_remove(&c->tasks.at[i]->team->writes, path);
}

/* What was written under a drawn name counts for the name it gets at last. */
static void mark_renamed(struct canon *c, const char *from, const char *to)
{
	cleanup_text struct text name = { 0 };

	text_add(&name, "file:");
	path_names_put(c->words.names, &name, to);
	for (size_t i = 0; i < c->tasks.count; i++)
		if (c->tasks.at[i])
			canon_writes_rename(&c->tasks.at[i]->team->writes, from, to,
					    text_get(&name));
}

/* ---- the ends of tasks ---- */

/* Signals come when they come: which ones a task saw is compared, not where. */
static void signals_emit(struct canon *c, struct canon_task *t)
{
	if (!t->signals || c->level < CANON_CALLS || is_filtered(c))
		return;
	text_add(&c->line, "gets signals");
	for (unsigned signo = 1; signo <= 64; signo++) {
		const char *name = source_signal_name(c->source, signo);

		if (!(t->signals >> (signo - 1) & 1))
			continue;
		text_add_char(&c->line, CANON_SEPARATOR);
		if (name)
			text_add_foreign(&c->line, name);
		else
			text_printf(&c->line, "signal %u", signo);
	}
	emit(c, t, t->last_step, false, WEIGHT_TIMING);
}

static void task_end(struct canon *c, struct canon_task *t, const int32_t *status)
{
	fold_end(c, t);
	signals_emit(c, t);
	if (status && canon_is_first_thread(t->label)) {
		t->team->ended = true;
		t->team->status = *status;
		t->team->end_step = t->last_step;
	}
	if (t->team->tasks == 1)
		team_emit(c, t->team);
	canon_task_remove(&c->tasks, t->number);
}

/* Names that files lose and get. */
static void note_names(struct canon *c, const struct canon_call *call)
{
	cleanup_text struct text path = { 0 }, to = { 0 };
	bool at = call->row->args[0].kind == ARG_DIRFD;
	unsigned first = at ? 1 : 0, second = at ? 3 : 1;

	if (c->level != CANON_EFFECTS || !canon_succeeded(call))
		return;
	switch (call->step->nr) {
	case __NR_unlink:
	case __NR_unlinkat:
		if (canon_path_get(call, first, &path))
			mark_removed(c, text_get(&path));
		return;
	case __NR_rename:
	case __NR_renameat:
	case __NR_renameat2:
	case __NR_link:
	case __NR_linkat:
		if (!canon_path_get(call, first, &path) || !canon_path_get(call, second, &to))
			return;
		mark_removed(c, text_get(&to));
		mark_renamed(c, text_get(&path), text_get(&to));
		return;
	}
}

/* ---- the walk ---- */

static void take_call(struct canon *c, struct canon_task *t, struct canon_call *call)
{
	enum canon_level level = canon_level_of(call);
	bool shown = c->single ? c->wanted :
				 level <= c->level &&
					 (!c->filter || call_filter_matches(c->filter, call->step));
	cleanup_text struct text head = { 0 };

	if (c->level == CANON_EFFECTS && (!c->filter || call_filter_matches(c->filter, call->step)))
		canon_writes_add(&t->team->writes, call);
	if (shown && c->level > CANON_EFFECTS && !c->single && canon_fold_takes(call)) {
		if (!canon_fold_continues(&t->fold, call))
			fold_end(c, t);
		canon_fold_add(&t->fold, call);
		return;
	}
	if (shown)
		canon_call_put(call, &head);
	canon_follow(c->tasks.objects, call);
	if (!shown)
		return;
	fold_end(c, t);
	text_add_bytes(&c->line, text_get(&head), head.length);
	canon_call_put_result(call, &c->line);
	emit(c, t, call->step->step, true, canon_weight_of(call, level));
}

static void take_step(struct canon *c, const struct trace_step *step)
{
	static const struct syscall_row unknown = { .result = RESULT_PLAIN,
						    .level = LEVEL_CONTROL,
						    .run = RUN_EACH };
	struct canon_task *t = canon_task_get(&c->tasks, step->task);
	unsigned v = c->variant >= 0 ? (unsigned)c->variant : mask_variant(step->variants, 0);
	struct canon_call call;

	if (!t || v >= LIMIT_VARIANTS || !(step->variants & 1u << v))
		return;
	c->wanted = step->step == c->wanted_step;
	t->last_step = step->step;
	call = (struct canon_call){ .step = step,
				    .row = syscall_row_find(step->nr),
				    .args = step->args[v],
				    .variant = v,
				    .level = c->level,
				    .source = c->source,
				    .words = &c->words,
				    .label = c->level > CANON_EFFECTS ? t->label : t->team->label,
				    .pid = t->pid,
				    .process = t->process,
				    .handed = c->handed,
				    .learning = c->learning,
				    .pids = c->tasks.pids };
	if (!call.row)
		call.row = &unknown;
	canon_note_temporary(&call);
	take_call(c, t, &call);
	note_names(c, &call);
	c->wanted = false;
}

static void take_signal(struct canon *c, const struct trace_signal *g)
{
	struct canon_task *t = canon_task_get(&c->tasks, g->task);
	const char *name = source_signal_name(c->source, g->signo);

	if (!t || !g->signo || g->signo > 64)
		return;
	if (g->sender_pid > 0 && g->sender_pid < CANON_PIDS && !c->tasks.pids[g->sender_pid])
		c->tasks.pids[g->sender_pid] = CANON_OTHER_PROCESS;
	if (g->decision == SIGNAL_DELIVERED)
		t->signals |= UINT64_C(1) << (g->signo - 1);
	if ((g->decision != SIGNAL_FAULT && g->decision != SIGNAL_FATAL) || is_filtered(c))
		return;
	fold_end(c, t);
	text_printf(&c->line, "%s%c", g->decision == SIGNAL_FAULT ? "faults" : "gets fatal",
		    CANON_SEPARATOR);
	text_add_foreign(&c->line, name ? name : "signal");
	emit(c, t, g->step, false, WEIGHT_EFFECT);
}

static void take_divergence(struct canon *c, const struct trace_divergence *d)
{
	struct canon_task *t = canon_task_get(&c->tasks, d->task);

	if (!t)
		return;
	fold_end(c, t);
	text_printf(&c->line, "variants diverge%c", CANON_SEPARATOR);
	if (d->kind < DIVERGENCE_KIND_NAMES && divergence_kind_names[d->kind])
		text_add(&c->line, divergence_kind_names[d->kind]);
	else
		text_printf(&c->line, "%u", d->kind);
	emit(c, t, d->step, false, WEIGHT_SECURITY);
}

/* Where the first exec, which is a step to come, has put what it mapped (getauxval(3)). */
static void take_variant_start(struct canon *c, const struct trace_variant_start *start)
{
	bool followed = start->variant == (c->variant >= 0 ? (uint32_t)c->variant : 0);
	struct canon_task *t = followed ? canon_task_find(&c->tasks, c->tasks.first) : NULL;
	struct bytes auxv = bytes_make(start->auxv.data, start->auxv.length);
	uint64_t program = 0, linker = 0;

	while (auxv.left >= 2 * sizeof(uint64_t)) {
		uint64_t type = bytes_u64(&auxv), value = bytes_u64(&auxv);

		if (type == AT_PHDR) /* on the first page */
			program = value & ~UINT64_C(0xfff);
		else if (type == AT_BASE)
			linker = value;
	}
	if (t)
		regions_expect_images(process_regions(t->process), program, linker);
}

static void take_task_end(struct canon *c, const struct trace_task_end *end)
{
	struct canon_task *t = canon_task_find(&c->tasks, end->task);
	unsigned v = mask_variant(end->variants, 0);

	if (t)
		task_end(c, t, v < LIMIT_VARIANTS ? &end->status[v] : NULL);
}

static void take_record(struct canon *c, const struct trace_record *record)
{
	source_learn(c->source, record);
	switch (record->kind) {
	case TRACE_TASK_START: canon_task_add(&c->tasks, &record->task_start); break;
	case TRACE_STEP: take_step(c, &record->step); break;
	case TRACE_SIGNAL: take_signal(c, &record->signal); break;
	case TRACE_DIVERGENCE: take_divergence(c, &record->divergence); break;
	case TRACE_TASK_END: take_task_end(c, &record->task_end); break;
	case TRACE_VARIANT_START: take_variant_start(c, &record->variant_start); break;
	case TRACE_HEADER:
	case TRACE_TRAP:
	case TRACE_FILE_IDENTITY:
	case TRACE_MARK:
	case TRACE_END: break;
	}
}

static int walk(struct canon *c, struct scan *scan, struct error *err)
{
	const struct trace_record *record;
	int ret;

	while ((ret = scan_next(scan, &record, err)) > 0) {
		take_record(c, record);
		if (c->status < 0)
			return c->status;
	}
	/* tasks whose end was not recorded */
	for (size_t i = 0; ret == 0 && i < c->tasks.count; i++)
		if (c->tasks.at[i])
			task_end(c, c->tasks.at[i], NULL);
	return ret < 0 ? ret : c->status;
}

static void canon_init(struct canon *c, struct source *source, enum canon_level level,
		       canon_take take, void *data, struct handed *handed)
{
	const struct trace_header *header = source_header(source);

	*c = (struct canon){
		.source = source,
		.level = level,
		.take = take,
		.data = data,
		.variant = -1,
		.handed = handed,
		.tasks = canon_tasks_make(source),
	};
	c->words.names = path_names_create(header);
	c->words.moments = (struct moments){
		.start_wall_s = header ? header->start_wall_ns / UINT64_C(1000000000) : 0,
		.pids = c->tasks.pids,
		.n_pids = CANON_PIDS,
	};
}

static void canon_finish(struct canon *c)
{
	canon_tasks_finish(&c->tasks);
	path_names_destroy(c->words.names);
	text_finish(&c->line);
}

static int start_scan(struct scan **scan, struct source *source, struct error *err)
{
	struct scan_filter everything = scan_filter_all(SCAN_ALL_KINDS);
	int ret = scan_create(scan, source, err);

	if (ret == 0)
		scan_start(*scan, &everything);
	return ret;
}

/* Finishes c. */
static int walk_once(struct canon *c, struct error *err)
{
	struct scan *scan;
	int ret = start_scan(&scan, c->source, err);

	if (ret == 0)
		ret = walk(c, scan, err);
	scan_destroy(scan);
	canon_finish(c);
	return ret;
}

/* 1 when descriptors may have gone from one process to another. */
static int hands_over(struct source *source, struct error *err)
{
	struct scan_filter sending = scan_filter_all(SCAN_KIND(TRACE_STEP));
	const struct trace_record *record;
	struct scan *scan;
	bool found = false;
	int ret = scan_create(&scan, source, err);

	if (ret < 0)
		return ret;
	sending.syscalls_only = true;
	sending.syscalls[__NR_sendmsg / 64] |= UINT64_C(1) << (__NR_sendmsg % 64);
	sending.syscalls[__NR_sendmmsg / 64] |= UINT64_C(1) << (__NR_sendmmsg % 64);
	scan_start(scan, &sending);
	while (!found && (ret = scan_next(scan, &record, err)) > 0)
		found = canon_message_hands_over(&record->step);
	scan_destroy(scan);
	return ret < 0 ? ret : found;
}

static int take_nothing(void *data, const struct canon_record *record)
{
	(void)data;
	(void)record;
	return 0;
}

int canon_run(struct source *source, enum canon_level level, const struct call_filter *filter,
	      canon_take take, void *data, struct error *err)
{
	struct handed *handed = handed_create();
	struct canon c;
	int ret = hands_over(source, err);

	if (ret > 0) {
		canon_init(&c, source, level, take_nothing, NULL, handed);
		c.learning = true;
		ret = walk_once(&c, err);
	}
	if (ret >= 0) {
		canon_init(&c, source, level, take, data, handed);
		c.filter = filter;
		ret = walk_once(&c, err);
	}
	handed_destroy(handed);
	return ret;
}

/* ---- single calls ---- */

struct canon_steps {
	struct canon canon;
	struct handed *handed; /* empty: what is received is told by its number */
	struct source *source;
	struct scan *scan; /* NULL before the first record and after the last one */
	int variant;
	uint64_t step; /* the last one read */
	bool ended;
	struct text *out; /* of the call at hand */
	bool found;
};

static int take_single(void *data, const struct canon_record *record)
{
	struct canon_steps *s = data;

	canon_text_put(s->out, record->text);
	s->found = true;
	return 0;
}

static void steps_begin(struct canon_steps *s)
{
	canon_init(&s->canon, s->source, CANON_ALL, take_single, s, s->handed);
	s->canon.single = true;
	s->canon.variant = s->variant;
	s->step = 0;
	s->ended = false;
}

static void steps_end(struct canon_steps *s)
{
	scan_destroy(s->scan);
	s->scan = NULL;
	canon_finish(&s->canon);
}

struct canon_steps *canon_steps_create(struct source *source, int variant)
{
	struct canon_steps *s = alloc_zeroed(1, sizeof(*s));

	s->source = source;
	s->variant = variant;
	s->handed = handed_create();
	steps_begin(s);
	return s;
}

void canon_steps_destroy(struct canon_steps *s)
{
	if (!s)
		return;
	steps_end(s);
	handed_destroy(s->handed);
	free(s);
}

static int steps_next(struct canon_steps *s, struct error *err)
{
	const struct trace_record *record;
	int ret = s->scan ? 0 : start_scan(&s->scan, s->source, err);

	if (ret < 0)
		return ret;
	ret = scan_next(s->scan, &record, err);
	s->ended = ret <= 0;
	if (s->ended)
		return ret;
	if (record->kind == TRACE_STEP)
		s->step = record->step.step;
	take_record(&s->canon, record);
	return 1;
}

int canon_steps_put(struct canon_steps *s, uint64_t step, struct text *out, struct error *err)
{
	int ret = 1;

	if (step <= s->step) {
		steps_end(s);
		steps_begin(s);
	}
	s->out = out;
	s->found = false;
	s->canon.wanted_step = step;
	while (ret > 0 && s->step < step && !s->ended)
		ret = steps_next(s, err);
	return ret < 0 ? ret : s->found;
}
