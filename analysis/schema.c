/* The list of tables and views, and what their columns have in common; see schema.h. */
#include "analysis/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct table *const schema_tables[] = {
	&table_step,
	&table_call,
	&table_buf,
	&table_divergence,
	&table_divergence_side,
	&table_signal,
	&table_trap,
	&table_mark,
	&table_file_identity,
	&table_fd,
	&table_map,
	&table_variant,
	&table_task,
	&table_task_variant,
	&table_meta,
	&table_stat,
	&table_frame,
	&table_syscall_def,
	&table_errno_def,
	&table_signal_def,
	NULL,
};

const struct table *const schema_functions[] = {
	&table_context,
	&table_stream,
	NULL,
};

/* clang-format off */
static const char v_input_before[] =
	"CREATE VIEW v_input_before AS SELECT i.divergence AS divergence, i.back AS back, i.step AS step,"
	" t.label AS task, i.name AS name, c.a0 AS fd, b.full_length AS bytes, b.data AS data"
	" FROM (SELECT d.divergence AS divergence, s.step AS step, s.task AS task, s.name AS name,"
	" row_number() OVER (PARTITION BY d.divergence ORDER BY s.step DESC) AS back"
	" FROM divergence AS d JOIN step AS s ON s.step <= d.step"
	" WHERE s.name IN ('read', 'pread64', 'readv', 'preadv', 'preadv2', 'recvfrom', 'recvmsg', 'recvmmsg')"
	" AND s.result > 0) AS i"
	" JOIN call AS c ON c.step = i.step AND c.variant = 0"
	" JOIN buf AS b ON b.step = i.step AND b.direction = 'out' AND b.part = 'content' AND b.variants LIKE '0%'"
	" LEFT JOIN task AS t ON t.task = i.task WHERE i.back <= 20";

static const char v_prot[] =
	"CREATE VIEW v_prot AS SELECT c.step AS step, t.label AS task, c.variant AS variant, c.name AS name,"
	" CASE WHEN c.name LIKE '%mprotect' THEN 'changed' WHEN c.name = 'shmat' THEN 'shared'"
	" WHEN c.a3 & 32 THEN 'anonymous' ELSE 'file' END AS kind,"
	" c.name <> 'shmat' AND c.a2 & 2 <> 0 AS writable,"
	" CASE WHEN c.name LIKE '%mprotect' THEN c.a0 ELSE c.result END AS start,"
	" CASE WHEN c.name <> 'shmat' THEN c.a1 END AS length, c.text AS text"
	" FROM call AS c LEFT JOIN task AS t ON t.task = c.task"
	" WHERE c.errno IS NULL AND (c.name IN ('mmap', 'mprotect', 'pkey_mprotect') AND c.a2 & 4"
	" OR c.name = 'shmat' AND c.a2 & 32768)";

static const char v_skew[] =
	"CREATE VIEW v_skew AS SELECT m.step AS step, t.label AS task, m.name AS name,"
	" m.variant AS last_variant, m.last_ns - m.first_ns AS waited_ns, m.last_ns AS time_ns"
	" FROM (SELECT step, task, name, variant, entry_ns, min(entry_ns) OVER w AS first_ns,"
	" max(entry_ns) OVER w AS last_ns FROM call WINDOW w AS (PARTITION BY step)) AS m"
	" LEFT JOIN task AS t ON t.task = m.task"
	" WHERE m.entry_ns = m.last_ns AND m.first_ns < m.last_ns";
/* clang-format on */

const struct view schema_views[] = {
	{ "v_step", &table_step, "steps as one reads them: the task by its label",
	  "CREATE VIEW v_step AS SELECT " V_STEP_COLUMNS " FROM step AS s" V_STEP_TASK },
	{ "v_divergence", &table_divergence, "divergences, one row for each variant's side",
	  "CREATE VIEW v_divergence AS SELECT d.divergence AS divergence, d.step AS step,"
	  " t.label AS task, d.kind AS kind, s.variant AS variant, s.arrived AS arrived,"
	  " s.text AS text, s.location AS location, d.offset AS offset, d.action AS action,"
	  " d.summary AS summary"
	  " FROM divergence AS d JOIN divergence_side AS s ON s.divergence = d.divergence"
	  " LEFT JOIN task AS t ON t.task = d.task" },
	{ "v_signal", &table_signal,
	  "signal decisions: who had it and when, what was done, the delay",
	  "CREATE VIEW v_signal AS SELECT g.step AS step, t.label AS task, g.name AS name,"
	  " g.decision AS decision, g.shared AS shared, g.had_it AS had_it, g.arrivals AS arrivals,"
	  " g.listed AS listed, g.skipped AS skipped, g.wait_iterations AS wait_iterations,"
	  " g.sent AS sent, g.delay_ns AS delay_ns, g.sender_pid AS sender_pid FROM signal AS g LEFT JOIN task AS t ON t.task = g.task" },
	{ "v_input_before", &table_divergence,
	  "the last twenty things read before each divergence: back 1 is the nearest",
	  v_input_before },
	{ "v_exec", &table_step, "programs started, and starts that failed",
	  "CREATE VIEW v_exec AS SELECT * FROM v_step WHERE name IN ('execve', 'execveat')" },
	{ "v_net", &table_step, "calls on sockets and network addresses",
	  "CREATE VIEW v_net AS SELECT v.* FROM v_step AS v WHERE v.nr IN"
	  " (SELECT nr FROM syscall_def WHERE instr(classes, 'network'))" },
	{ "v_file", &table_buf, "calls that name a file, one row for each name",
	  "CREATE VIEW v_file AS SELECT s.step AS step, t.label AS task, s.name AS name,"
	  " CAST(substr(b.data, 1, length(b.data) - (substr(b.data, -1) = x'00')) AS TEXT) AS path, s.result AS result, s.errno AS errno,"
	  " s.text AS text FROM buf AS b JOIN step AS s ON s.step = b.step"
	  " LEFT JOIN task AS t ON t.task = s.task WHERE b.is_path" },
	{ "v_prot", &table_call, "memory made executable, in each variant", v_prot },
	{ "v_skew", &table_call,
	  "who kept whom waiting: who came last to a step, and how long the first waited", v_skew },
	{ "v_syscall_summary", &table_step, "calls, errors and time by system call, as strace -c",
	  "CREATE VIEW v_syscall_summary AS SELECT name, count(*) AS calls, count(errno) AS errors,"
	  " sum(duration_ns) AS total_ns, CAST(avg(duration_ns) AS INTEGER) AS mean_ns,"
	  " max(duration_ns) AS max_ns FROM step GROUP BY nr ORDER BY total_ns DESC" },
	{ NULL },
};

const char *const verdict_names[VERDICT_NAMES] = {
	[VERDICT_SAME] = "same",
	[VERDICT_DIVERGED] = "diverged",
	[VERDICT_LOCAL] = "local",
	[VERDICT_REFUSED] = "refused",
	[VERDICT_UNSUPPORTED] = "unsupported",
};

size_t table_column_count(const struct table *table)
{
	size_t n = 0;

	while (table->columns[n].name)
		n++;
	return n;
}

static void add_columns(const struct table *table, const char *const *types, const char *key,
			struct text *sql)
{
	size_t visible = table_column_count(table) - table->n_arguments;

	text_add(sql, "(");
	for (size_t i = 0; table->columns[i].name; i++)
		text_printf(sql, "%s\"%s\" %s%s%s", i ? ", " : "", table->columns[i].name,
			    types[table->columns[i].type], i < visible ? "" : " HIDDEN",
			    key && strcmp(key, table->columns[i].name) == 0 ? " PRIMARY KEY" : "");
	text_add(sql, ")");
}

void table_declare(const struct table *table, struct text *sql)
{
	/*
	 * ADDRESS has NUMERIC affinity; output knows by it what to show as 0x...
	 * No type has none, as ANY of a strict table: both compare alike.
	 */
	static const char *const types[] = { [COLUMN_INTEGER] = "INTEGER",
					     [COLUMN_ADDRESS] = "ADDRESS",
					     [COLUMN_TEXT] = "TEXT",
					     [COLUMN_BLOB] = "BLOB",
					     [COLUMN_ANY] = "" };

	text_printf(sql, "CREATE TABLE %s", table->name);
	add_columns(table, types, NULL, sql);
}

void table_declare_strict(const struct table *table, const char *database, const char *key,
			  struct text *sql)
{
	static const char *const types[] = { [COLUMN_INTEGER] = "INTEGER",
					     [COLUMN_ADDRESS] = "INTEGER",
					     [COLUMN_TEXT] = "TEXT",
					     [COLUMN_BLOB] = "BLOB",
					     [COLUMN_ANY] = "ANY" };

	text_printf(sql, "CREATE TABLE %s.%s", database, table->name);
	add_columns(table, types, key, sql);
	text_add(sql, " STRICT");
}

void value_text(sqlite3_context *out, const char *text)
{
	if (text)
		sqlite3_result_text(out, text, -1, SQLITE_TRANSIENT);
}

void value_blob(sqlite3_context *out, const struct trace_blob *blob)
{
	if (blob->length)
		sqlite3_result_blob64(out, blob->data, blob->length, SQLITE_TRANSIENT);
	else
		sqlite3_result_zeroblob(out, 0);
}

void value_hex(sqlite3_context *out, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	value_text(out, text);
}

void value_enum(sqlite3_context *out, const char *const *names, size_t count, unsigned number)
{
	char text[16];

	if (number < count && names[number]) {
		sqlite3_result_text(out, names[number], -1, SQLITE_STATIC);
		return;
	}
	snprintf(text, sizeof(text), "%u", number);
	value_text(out, text);
}

void value_syscall_name(sqlite3_context *out, const struct source *source, int64_t nr)
{
	const char *name = source_syscall_name(source, nr);
	char text[40];

	if (!name) {
		snprintf(text, sizeof(text), "syscall_%" PRId64, nr);
		value_text(out, text);
		return;
	}
	sqlite3_result_text(out, name, -1, SQLITE_STATIC); /* lives as long as the source */
}

void value_time(sqlite3_context *out, uint64_t ns)
{
	if (ns)
		sqlite3_result_int64(out, (int64_t)ns);
}

/* Not by snprintf: every step has one. */
void value_mask(sqlite3_context *out, uint32_t mask)
{
	char text[4 * LIMIT_VARIANTS], *at = text;

	_Static_assert(LIMIT_VARIANTS <= 100, "two digits and a comma each");
	for (mask &= (1u << LIMIT_VARIANTS) - 1; mask; mask &= mask - 1) {
		unsigned v = (unsigned)__builtin_ctz(mask);

		if (at > text)
			*at++ = ',';
		if (v >= 10)
			*at++ = (char)('0' + v / 10);
		*at++ = (char)('0' + v % 10);
	}
	sqlite3_result_text(out, text, (int)(at - text), SQLITE_TRANSIENT);
}

unsigned mask_variant(uint32_t mask, size_t n)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if ((mask & 1u << v) && n-- == 0)
			return v;
	return LIMIT_VARIANTS;
}

int result_errno(int64_t result)
{
	return result < 0 && result >= -4095 ? (int)-result : 0;
}
