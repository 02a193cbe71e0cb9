/* Tables over what happens beside the calls: divergences, signals, traps, marks, files. */
#include "analysis/schema.h"

#include <inttypes.h>

#define VALUE_ENUM(out, names, number) \
	value_enum(out, names, sizeof(names) / sizeof((names)[0]), number)

/* ---- divergence ---- */

const char *const divergence_kind_names[DIVERGENCE_KIND_NAMES] = {
	[DIVERGENCE_NUMBER] = "number",   [DIVERGENCE_ARGUMENT] = "argument",
	[DIVERGENCE_BUFFER] = "buffer",   [DIVERGENCE_RESULT] = "result",
	[DIVERGENCE_SIGNAL] = "signal",   [DIVERGENCE_FAULT] = "fault",
	[DIVERGENCE_EXIT] = "exit",       [DIVERGENCE_MISSING] = "missing",
	[DIVERGENCE_TIMEOUT] = "timeout", [DIVERGENCE_ABI] = "abi",
};
static const char *const arrival_names[] = {
	[ARRIVED_CALL] = "call", [ARRIVED_FAULT] = "fault",     [ARRIVED_END] = "end",
	[ARRIVED_NOT] = "not",   [ARRIVED_FOREIGN] = "foreign", [ARRIVED_SIGNAL] = "signal"
};

enum {
	DIV_NUMBER,
	DIV_STEP,
	DIV_TASK,
	DIV_KIND,
	DIV_ARG,
	DIV_TIME,
	DIV_OFFSET,
	DIV_ODD,
	DIV_ACTION,
	DIV_SUMMARY
};

static const struct column divergence_columns[] = {
	[DIV_NUMBER] = { "divergence", COLUMN_INTEGER, ROLE_NONE,
			 "number within the trace, from 1: d1" },
	[DIV_STEP] = { "step", COLUMN_INTEGER, ROLE_NONE, "step.step of this rendezvous" },
	[DIV_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task" },
	[DIV_KIND] = { "kind", COLUMN_TEXT, ROLE_NONE,
		       "number, argument, buffer, result, signal, fault, exit, missing, timeout or abi" },
	[DIV_ARG] = { "arg", COLUMN_INTEGER, ROLE_NONE,
		      "argument that differs: 0 is call.a0; NULL for none" },
	[DIV_TIME] = { "time_ns", COLUMN_INTEGER, ROLE_NONE, "ns since the run started" },
	[DIV_OFFSET] = { "offset", COLUMN_INTEGER, ROLE_NONE,
			 "first differing byte; NULL unless buffer" },
	[DIV_ODD] = { "odd", COLUMN_TEXT, ROLE_NONE, "variants that differ from the leader: 1,2" },
	[DIV_ACTION] = { "action", COLUMN_TEXT, ROLE_NONE, "what the monitor did" },
	[DIV_SUMMARY] = { "summary", COLUMN_TEXT, ROLE_NONE, "one sentence" },
	{ NULL },
};

static void divergence_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_divergence *d = &row->record->divergence;

	switch (column) {
	case DIV_NUMBER: sqlite3_result_int64(out, (int64_t)row->ordinal); break;
	case DIV_STEP: sqlite3_result_int64(out, (int64_t)d->step); break;
	case DIV_TASK: sqlite3_result_int64(out, d->task); break;
	case DIV_KIND: VALUE_ENUM(out, divergence_kind_names, d->kind); break;
	case DIV_ARG:
		if (d->arg >= 0)
			sqlite3_result_int(out, d->arg);
		break;
	case DIV_TIME: sqlite3_result_int64(out, (int64_t)d->time_ns); break;
	case DIV_OFFSET:
		if (d->kind == DIVERGENCE_BUFFER)
			sqlite3_result_int64(out, (int64_t)d->offset);
		break;
	case DIV_ODD: value_mask(out, d->odd); break;
	case DIV_ACTION: value_text(out, d->action); break;
	case DIV_SUMMARY: value_text(out, d->summary); break;
	}
}

const struct table table_divergence = {
	.name = "divergence",
	.text = "a step at which the variants disagreed",
	.example = "SELECT * FROM divergence",
	.columns = divergence_columns,
	.kind = TRACE_DIVERGENCE,
	.value = divergence_value,
};

/* ---- divergence_side ---- */

enum {
	SIDE_DIVERGENCE,
	SIDE_STEP,
	SIDE_VARIANT,
	SIDE_ARRIVED,
	SIDE_NR,
	SIDE_NAME,
	SIDE_A0,
	SIDE_A1,
	SIDE_A2,
	SIDE_A3,
	SIDE_A4,
	SIDE_A5,
	SIDE_SIGNAL,
	SIDE_STATUS,
	SIDE_IP,
	SIDE_SP,
	SIDE_LOCATION,
	SIDE_TEXT,
	SIDE_REGISTERS,
	SIDE_DATA,
	SIDE_MAPS,
	SIDE_FRAMES
};

static const struct column side_columns[] = {
	[SIDE_DIVERGENCE] = { "divergence", COLUMN_INTEGER, ROLE_NONE, "divergence.divergence" },
	[SIDE_STEP] = { "step", COLUMN_INTEGER, ROLE_NONE, "divergence.step" },
	[SIDE_VARIANT] = { "variant", COLUMN_INTEGER, ROLE_NONE, "variant.variant" },
	[SIDE_ARRIVED] = { "arrived", COLUMN_TEXT, ROLE_NONE,
			   "with a call, a fault, its end, or not" },
	[SIDE_NR] = { "nr", COLUMN_INTEGER, ROLE_NONE,
		      "system call number; NULL when it made none" },
	[SIDE_NAME] = { "name", COLUMN_TEXT, ROLE_NONE,
			"system call name; NULL when it made none" },
	[SIDE_A0] = { "a0", COLUMN_INTEGER, ROLE_NONE, "first argument" },
	[SIDE_A1] = { "a1", COLUMN_INTEGER, ROLE_NONE, "second argument" },
	[SIDE_A2] = { "a2", COLUMN_INTEGER, ROLE_NONE, "third argument" },
	[SIDE_A3] = { "a3", COLUMN_INTEGER, ROLE_NONE, "fourth argument" },
	[SIDE_A4] = { "a4", COLUMN_INTEGER, ROLE_NONE, "fifth argument" },
	[SIDE_A5] = { "a5", COLUMN_INTEGER, ROLE_NONE, "sixth argument" },
	[SIDE_SIGNAL] = { "signal", COLUMN_TEXT, ROLE_NONE,
			  "fault or killing signal; NULL for none" },
	[SIDE_STATUS] = { "status", COLUMN_INTEGER, ROLE_NONE,
			  "wait status; NULL unless it ended" },
	[SIDE_IP] = { "ip", COLUMN_ADDRESS, ROLE_NONE, "instruction pointer" },
	[SIDE_SP] = { "sp", COLUMN_ADDRESS, ROLE_NONE, "stack pointer" },
	[SIDE_LOCATION] = { "location", COLUMN_TEXT, ROLE_NONE, "ip as image+0xoffset" },
	[SIDE_TEXT] = { "text", COLUMN_TEXT, ROLE_NONE,
			"the call decoded, or what happened instead" },
	[SIDE_REGISTERS] = { "registers", COLUMN_BLOB, ROLE_NONE, "struct user_regs_struct" },
	[SIDE_DATA] = { "data", COLUMN_BLOB, ROLE_NONE, "bytes around the difference" },
	[SIDE_MAPS] = { "maps", COLUMN_TEXT, ROLE_NONE, "/proc/PID/maps at that moment" },
	[SIDE_FRAMES] = { "frames", COLUMN_TEXT, ROLE_NONE, "program counters, innermost first" },
	{ NULL },
};

static size_t side_rows(const struct trace_record *record)
{
	return record->divergence.n_sides;
}

static void side_call_value(const struct row *row, const struct trace_divergence_side *side,
			    int column, sqlite3_context *out)
{
	if (side->arrived != ARRIVED_CALL)
		return;
	if (column == SIDE_NR)
		sqlite3_result_int64(out, side->nr);
	else if (column == SIDE_NAME)
		value_syscall_name(out, row->source, side->nr);
	else
		sqlite3_result_int64(out, (int64_t)side->args[column - SIDE_A0]);
}

static void side_frames_value(const struct trace_divergence_side *side, sqlite3_context *out)
{
	cleanup_text struct text frames = { 0 };

	for (size_t i = 0; i < side->n_frames; i++)
		text_printf(&frames, "%s0x%llx", i ? "," : "", (unsigned long long)side->frames[i]);
	value_text(out, text_get(&frames));
}

static void side_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_divergence *d = &row->record->divergence;
	const struct trace_divergence_side *side = &d->sides[row->index];

	switch (column) {
	case SIDE_DIVERGENCE: sqlite3_result_int64(out, (int64_t)row->ordinal); break;
	case SIDE_STEP: sqlite3_result_int64(out, (int64_t)d->step); break;
	case SIDE_VARIANT: sqlite3_result_int64(out, side->variant); break;
	case SIDE_ARRIVED: VALUE_ENUM(out, arrival_names, side->arrived); break;
	case SIDE_SIGNAL:
		if (side->signo)
			value_text(out, source_signal_name(row->source, side->signo));
		break;
	case SIDE_STATUS:
		if (side->arrived == ARRIVED_END)
			sqlite3_result_int64(out, side->status);
		break;
	case SIDE_IP: sqlite3_result_int64(out, (int64_t)side->ip); break;
	case SIDE_SP: sqlite3_result_int64(out, (int64_t)side->sp); break;
	case SIDE_LOCATION: value_text(out, side->location); break;
	case SIDE_TEXT: value_text(out, side->text); break;
	case SIDE_REGISTERS: value_blob(out, &side->registers); break;
	case SIDE_DATA: value_blob(out, &side->data); break;
	case SIDE_MAPS: value_text(out, side->maps); break;
	case SIDE_FRAMES: side_frames_value(side, out); break;
	default: side_call_value(row, side, column, out); break;
	}
}

const struct table table_divergence_side = {
	.name = "divergence_side",
	.text = "what one variant did at a divergence",
	.example = "SELECT variant, text, location FROM divergence_side WHERE divergence = 1",
	.columns = side_columns,
	.kind = TRACE_DIVERGENCE,
	.record_rows = side_rows,
	.value = side_value,
};

/* ---- signal ---- */

const char *const signal_decision_names[SIGNAL_DECISION_NAMES] = {
	[SIGNAL_DELIVERED] = "delivered", [SIGNAL_FATAL] = "fatal",     [SIGNAL_FAULT] = "fault",
	[SIGNAL_MERGED] = "merged",       [SIGNAL_IGNORED] = "ignored", [SIGNAL_HELD] = "held",
	[SIGNAL_STOPPED] = "stopped",
};

enum {
	SIG_NUMBER,
	SIG_STEP,
	SIG_TASK,
	SIG_SIGNO,
	SIG_NAME,
	SIG_CODE,
	SIG_PID,
	SIG_UID,
	SIG_HAD_IT,
	SIG_DECISION,
	SIG_SHARED,
	SIG_FIRST,
	SIG_DELIVERED,
	SIG_DELAY,
	SIG_WAITS,
	SIG_RETRIES,
	SIG_ARRIVALS,
	SIG_LISTED,
	SIG_SKIPPED,
	SIG_SENT,
	SIG_INFO
};

static const struct column signal_columns[] = {
	[SIG_NUMBER] = { "signal", COLUMN_INTEGER, ROLE_NONE, "number of the decision, from 1" },
	[SIG_STEP] = { "step", COLUMN_INTEGER, ROLE_NONE, "the step before which it was decided" },
	[SIG_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task" },
	[SIG_SIGNO] = { "signo", COLUMN_INTEGER, ROLE_NONE, "signal number" },
	[SIG_NAME] = { "name", COLUMN_TEXT, ROLE_NONE, "signal name" },
	[SIG_CODE] = { "code", COLUMN_INTEGER, ROLE_NONE, "si_code" },
	[SIG_PID] = { "sender_pid", COLUMN_INTEGER, ROLE_NONE, "as the program sees it" },
	[SIG_UID] = { "sender_uid", COLUMN_INTEGER, ROLE_NONE, "as the program sees it" },
	[SIG_HAD_IT] = { "had_it", COLUMN_TEXT, ROLE_NONE, "variants that had received it: 0,1" },
	[SIG_DECISION] = { "decision", COLUMN_TEXT, ROLE_NONE,
			   "delivered, fatal, fault, merged, ignored, held or stopped" },
	[SIG_SHARED] = { "shared", COLUMN_INTEGER, ROLE_NONE, "1: came from outside" },
	[SIG_FIRST] = { "first_ns", COLUMN_INTEGER, ROLE_NONE,
			"first arrival, ns since the start" },
	[SIG_DELIVERED] = { "delivered_ns", COLUMN_INTEGER, ROLE_NONE,
			    "handed over; NULL when not" },
	[SIG_DELAY] = { "delay_ns", COLUMN_INTEGER, ROLE_NONE, "delivered_ns - first_ns" },
	[SIG_WAITS] = { "wait_iterations", COLUMN_INTEGER, ROLE_NONE, "of the wait loop" },
	[SIG_RETRIES] = { "retries", COLUMN_INTEGER, ROLE_NONE,
			  "variants to which it was sent again" },
	[SIG_ARRIVALS] = { "arrivals", COLUMN_TEXT, ROLE_NONE,
			   "variant:ns since the start, for each of had_it" },
	[SIG_LISTED] = { "listed", COLUMN_TEXT, ROLE_NONE,
			 "variants that had it and went on without it, on the pending list" },
	[SIG_SKIPPED] = { "skipped", COLUMN_TEXT, ROLE_NONE,
			  "variants that skipped their next call for it, and made it afterwards" },
	[SIG_SENT] = { "sent", COLUMN_TEXT, ROLE_NONE, "variants that got it from the monitor" },
	[SIG_INFO] = { "siginfo", COLUMN_BLOB, ROLE_NONE, "the leader's siginfo_t" },
	{ NULL },
};

/* Traces from before there were arrivals at each have 0. */
static void value_arrivals(sqlite3_context *out, const struct trace_signal *s)
{
	char text[LIMIT_VARIANTS * 32] = "";
	size_t used = 0;

	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (s->had_it & 1u << v && s->had_ns[v])
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u:%" PRIu64,
						 used ? "," : "", v, s->had_ns[v]);
	value_text(out, text);
}

static void signal_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_signal *s = &row->record->signal;

	switch (column) {
	case SIG_NUMBER: sqlite3_result_int64(out, (int64_t)row->ordinal); break;
	case SIG_STEP: sqlite3_result_int64(out, (int64_t)s->step); break;
	case SIG_TASK: sqlite3_result_int64(out, s->task); break;
	case SIG_SIGNO: sqlite3_result_int64(out, s->signo); break;
	case SIG_NAME: value_text(out, source_signal_name(row->source, s->signo)); break;
	case SIG_CODE: sqlite3_result_int64(out, s->code); break;
	case SIG_PID: sqlite3_result_int64(out, s->sender_pid); break;
	case SIG_UID: sqlite3_result_int64(out, s->sender_uid); break;
	case SIG_HAD_IT: value_mask(out, s->had_it); break;
	case SIG_DECISION: VALUE_ENUM(out, signal_decision_names, s->decision); break;
	case SIG_SHARED: sqlite3_result_int64(out, s->shared); break;
	case SIG_FIRST: sqlite3_result_int64(out, (int64_t)s->first_ns); break;
	case SIG_DELIVERED: value_time(out, s->delivered_ns); break;
	case SIG_DELAY:
		if (s->delivered_ns >= s->first_ns && s->delivered_ns)
			sqlite3_result_int64(out, (int64_t)(s->delivered_ns - s->first_ns));
		break;
	case SIG_WAITS: sqlite3_result_int64(out, (int64_t)s->wait_iterations); break;
	case SIG_RETRIES: sqlite3_result_int64(out, s->retries); break;
	case SIG_ARRIVALS: value_arrivals(out, s); break;
	case SIG_LISTED: value_mask(out, s->listed); break;
	case SIG_SKIPPED: value_mask(out, s->skipped); break;
	case SIG_SENT: value_mask(out, s->sent); break;
	case SIG_INFO: value_blob(out, &s->siginfo); break;
	}
}

const struct table table_signal = {
	.name = "signal",
	.text = "one decision about a signal",
	.example = "SELECT name, count(*), avg(delay_ns) FROM signal GROUP BY signo",
	.columns = signal_columns,
	.kind = TRACE_SIGNAL,
	.value = signal_value,
};

/* ---- trap ---- */

const char *const trap_kind_names[TRAP_KIND_NAMES] = {
	[TRAP_RDTSC] = "rdtsc", [TRAP_RDTSCP] = "rdtscp", [TRAP_CPUID] = "cpuid"
};

enum {
	TRAP_STEP,
	TRAP_TASK,
	TRAP_KIND,
	TRAP_TIME,
	TRAP_VALUE,
	TRAP_EXTRA,
	TRAP_IP,
	TRAP_LEAF,
	TRAP_SUBLEAF
};

static const struct column trap_columns[] = {
	[TRAP_STEP] = { "step", COLUMN_INTEGER, ROLE_NONE, "the step it comes after" },
	[TRAP_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task" },
	[TRAP_KIND] = { "kind", COLUMN_TEXT, ROLE_NONE, "rdtsc, rdtscp or cpuid" },
	[TRAP_TIME] = { "time_ns", COLUMN_INTEGER, ROLE_NONE, "ns since the run started" },
	[TRAP_VALUE] = { "value", COLUMN_INTEGER, ROLE_NONE,
			 "the answer given; cpuid: eax | ebx << 32" },
	[TRAP_EXTRA] = { "extra", COLUMN_INTEGER, ROLE_NONE,
			 "rdtscp: ecx; cpuid: ecx | edx << 32" },
	[TRAP_IP] = { "ip", COLUMN_ADDRESS, ROLE_NONE, "the leader's instruction pointer" },
	[TRAP_LEAF] = { "leaf", COLUMN_INTEGER, ROLE_NONE, "cpuid: what was asked, eax" },
	[TRAP_SUBLEAF] = { "subleaf", COLUMN_INTEGER, ROLE_NONE,
			   "cpuid: ecx, 0 where the leaf has none" },
	{ NULL },
};

static void trap_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_trap *t = &row->record->trap;

	switch (column) {
	case TRAP_STEP: sqlite3_result_int64(out, (int64_t)t->step); break;
	case TRAP_TASK: sqlite3_result_int64(out, t->task); break;
	case TRAP_KIND: VALUE_ENUM(out, trap_kind_names, t->kind); break;
	case TRAP_TIME: sqlite3_result_int64(out, (int64_t)t->time_ns); break;
	case TRAP_VALUE: sqlite3_result_int64(out, (int64_t)t->value); break;
	case TRAP_EXTRA: sqlite3_result_int64(out, (int64_t)t->extra); break;
	case TRAP_IP: sqlite3_result_int64(out, (int64_t)t->ip); break;
	case TRAP_LEAF: sqlite3_result_int64(out, t->leaf); break;
	case TRAP_SUBLEAF: sqlite3_result_int64(out, t->subleaf); break;
	}
}

const struct table table_trap = {
	.name = "trap",
	.text = "an instruction the monitor answered: rdtsc, rdtscp, cpuid",
	.example = "SELECT kind, count(*) FROM trap GROUP BY kind",
	.columns = trap_columns,
	.kind = TRACE_TRAP,
	.value = trap_value,
};

/* ---- mark ---- */

enum { MARK_NUMBER, MARK_TASK, MARK_TIME, MARK_TEXT };

static const struct column mark_columns[] = {
	[MARK_NUMBER] = { "mark", COLUMN_INTEGER, ROLE_NONE, "number within the trace, from 1" },
	[MARK_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task, 0 for the monitor" },
	[MARK_TIME] = { "time_ns", COLUMN_INTEGER, ROLE_NONE, "ns since the run started" },
	[MARK_TEXT] = { "text", COLUMN_TEXT, ROLE_NONE, "the note" },
	{ NULL },
};

static void mark_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_mark *m = &row->record->mark;

	switch (column) {
	case MARK_NUMBER: sqlite3_result_int64(out, (int64_t)row->ordinal); break;
	case MARK_TASK: sqlite3_result_int64(out, m->task); break;
	case MARK_TIME: sqlite3_result_int64(out, (int64_t)m->time_ns); break;
	case MARK_TEXT: value_text(out, m->text); break;
	}
}

const struct table table_mark = {
	.name = "mark",
	.text = "a note the program or the monitor wrote",
	.example = "SELECT time_ns, text FROM mark",
	.columns = mark_columns,
	.kind = TRACE_MARK,
	.value = mark_value,
};

/* ---- file_identity ---- */

static const char *const reason_names[] = { NULL, "executed", "mapped" };

enum {
	FILE_PATH,
	FILE_DEVICE,
	FILE_INODE,
	FILE_SIZE,
	FILE_MTIME,
	FILE_HASH,
	FILE_REASON,
	FILE_TASK
};

static const struct column file_columns[] = {
	[FILE_PATH] = { "path", COLUMN_TEXT, ROLE_NONE, "as it was opened, resolved" },
	[FILE_DEVICE] = { "device", COLUMN_INTEGER, ROLE_NONE, "st_dev" },
	[FILE_INODE] = { "inode", COLUMN_INTEGER, ROLE_NONE, "st_ino" },
	[FILE_SIZE] = { "size", COLUMN_INTEGER, ROLE_NONE, "bytes" },
	[FILE_MTIME] = { "mtime_ns", COLUMN_INTEGER, ROLE_NONE, "ns since 1970" },
	[FILE_HASH] = { "hash", COLUMN_TEXT, ROLE_NONE,
			"XXH3 of the content in hex; NULL when not taken" },
	[FILE_REASON] = { "reason", COLUMN_TEXT, ROLE_NONE, "executed or mapped" },
	[FILE_TASK] = { "task", COLUMN_INTEGER, ROLE_NONE, "task.task" },
	{ NULL },
};

static void file_value(const struct row *row, int column, sqlite3_context *out)
{
	const struct trace_file_identity *f = &row->record->file_identity;

	switch (column) {
	case FILE_PATH: value_text(out, f->path); break;
	case FILE_DEVICE: sqlite3_result_int64(out, (int64_t)f->device); break;
	case FILE_INODE: sqlite3_result_int64(out, (int64_t)f->inode); break;
	case FILE_SIZE: sqlite3_result_int64(out, (int64_t)f->size); break;
	case FILE_MTIME: sqlite3_result_int64(out, f->mtime_ns); break;
	case FILE_HASH:
		if (f->hash)
			value_hex(out, f->hash);
		break;
	case FILE_REASON: VALUE_ENUM(out, reason_names, f->reason); break;
	case FILE_TASK: sqlite3_result_int64(out, f->task); break;
	}
}

const struct table table_file_identity = {
	.name = "file_identity",
	.text = "a file that was executed or mapped",
	.example = "SELECT DISTINCT path, hash FROM file_identity",
	.columns = file_columns,
	.kind = TRACE_FILE_IDENTITY,
	.value = file_value,
};
