/*
 * The tables a trace is shown as, one structure each: what SQLite is told,
 * what `mvx-replay schema` prints and how a row comes out of a record.
 */
#pragma once

#include <stddef.h>

#include "analysis/sqlite.h"

#include "analysis/scan.h"
#include "analysis/text.h"

/* COLUMN_ANY: a number in one row, text in another */
enum column_type { COLUMN_INTEGER, COLUMN_ADDRESS, COLUMN_TEXT, COLUMN_BLOB, COLUMN_ANY };

/* What a constraint on a column lets a scan skip. */
enum column_role {
	ROLE_NONE = 0,
	ROLE_STEP,
	ROLE_NR,
	ROLE_NAME,    /* of a system call */
	ROLE_ERRNO,   /* of a failed call */
	ROLE_VERDICT, /* as text */
	ROLE_TIME,    /* within the times of the step's frame */
	ROLE_TASK,    /* of tables kept in memory: looked up */
};

struct column {
	const char *name;
	enum column_type type;
	enum column_role role;
	const char *text; /* one line, unit included */
};

/* The row a cursor stands on. */
struct row {
	struct source *source;
	const struct trace_record *record; /* tables over records */
	void *memory;                      /* tables in memory: what memory_open gave */
	const void *prepared;              /* by the table's `prepare`; NULL when it was not */
	size_t index;     /* of the row within its record; in memory: of the row in its table */
	uint64_t ordinal; /* of the record among its kind, from 1 */
};

struct table {
	const char *name;
	const char *text;             /* one line: what a row is */
	const char *example;          /* a query */
	const struct column *columns; /* ended by a NULL name */
	enum trace_record_kind kind;  /* of the records its rows come from; 0: kept in memory */
	/* Of Step records: what a value takes longest for, made by who reads ahead (scan.h). */
	ahead_prepare *prepare;
	/* Rows a record gives; NULL for one. */
	size_t (*record_rows)(const struct trace_record *record);
	/* Rows in memory, and what `value` needs to give them; -errno when they cannot be read. */
	int (*memory_open)(struct source *source, void **memory, size_t *count, struct error *err);
	void (*memory_close)(void *memory); /* NULL when there is nothing to free */
	/*
	 * Or rows that come out of a walk over the trace, one at a time: `memory`
	 * is the walk. The last columns are the arguments of a table function,
	 * NULL where they were not given.
	 */
	size_t n_arguments, n_required;
	int (*walk_open)(struct source *source, sqlite3_value *const *arguments, void **memory,
			 struct error *err);
	int (*walk_next)(void *memory, struct error *err); /* 1, 0 at the end, or -errno */
	/* Narrows rows in memory to those of one task. */
	void (*task_range)(struct source *source, int64_t task, size_t *first, size_t *end);
	/* The value of one column. */
	void (*value)(const struct row *row, int column, sqlite3_context *out);
};

struct view {
	const char *name;
	const struct table *base; /* whose rows it shows: what a selection is asked of */
	const char *text, *sql;
};

/* v_step over a table or view `s` that has step's columns. */
#define V_STEP_COLUMNS                                                                                 \
	"s.step AS step, t.label AS task, s.time_ns AS time_ns, s.duration_ns AS duration_ns,"         \
	" s.name AS name, s.result AS result, s.errno AS errno, s.verdict AS verdict, s.text AS text," \
	" s.task_seq AS task_seq, s.nr AS nr, s.variants AS variants, s.executed AS executed,"         \
	" s.policy AS policy, s.ticket AS ticket, s.abi AS abi"
#define V_STEP_TASK " LEFT JOIN task AS t ON t.task = s.task"

extern const struct table *const schema_tables[];    /* ended by NULL */
extern const struct table *const schema_functions[]; /* with arguments; ended by NULL */
extern const struct view schema_views[];             /* ended by a NULL name */

extern const struct table table_step, table_call, table_buf;
extern const struct table table_divergence, table_divergence_side, table_signal, table_trap,
	table_mark, table_file_identity;
extern const struct table table_fd, table_map, table_context, table_stream;
extern const struct table table_meta, table_variant, table_task, table_task_variant, table_frame,
	table_stat, table_syscall_def, table_errno_def, table_signal_def;

size_t table_column_count(const struct table *table);
/* "CREATE TABLE name(column TYPE, ...)" */
void table_declare(const struct table *table, struct text *sql);
/* The same as a real and STRICT table of the schema `database`; key: its integer primary key, or NULL. */
void table_declare_strict(const struct table *table, const char *database, const char *key,
			  struct text *sql);

/* Results shared by the tables. NULL gives SQL NULL. */
void value_text(sqlite3_context *out, const char *text);
void value_blob(sqlite3_context *out, const struct trace_blob *blob);
void value_hex(sqlite3_context *out, uint64_t value);
/* Names from an array; a number out of it, or without a name, is given as text. */
void value_enum(sqlite3_context *out, const char *const *names, size_t count, unsigned number);
void value_syscall_name(sqlite3_context *out, const struct source *source, int64_t nr);
/* NULL for 0: a moment that never came, which frame statistics leave out, too. */
void value_time(sqlite3_context *out, uint64_t ns);
/* "0,2" for bits 0 and 2. */
void value_mask(sqlite3_context *out, uint32_t mask);

/* Names of the enums of trace_record.h, by value. */
#define VERDICT_NAMES         (VERDICT_UNSUPPORTED + 1)
#define DIVERGENCE_KIND_NAMES (DIVERGENCE_ABI + 1)
#define SIGNAL_DECISION_NAMES (SIGNAL_STOPPED + 1)
#define TRAP_KIND_NAMES       (TRAP_CPUID + 1)
extern const char *const verdict_names[VERDICT_NAMES];
extern const char *const divergence_kind_names[DIVERGENCE_KIND_NAMES];
extern const char *const signal_decision_names[SIGNAL_DECISION_NAMES];
extern const char *const trap_kind_names[TRAP_KIND_NAMES];

/* The nth variant (from 0) of a mask, or LIMIT_VARIANTS. */
unsigned mask_variant(uint32_t mask, size_t n);
/* The errno of a result, 0 when it is none. */
int result_errno(int64_t result);
