/* Goldens; see golden.h. */
#include "analysis/golden.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "analysis/myers.h"
#include "base/alloc.h"
#include "base/cleanup.h"

#define FIRST_LINE    "# mvx golden, canonical form "
#define RULES_LINE    "# rules "
#define CONTEXT_LINES 2

static int add_line(struct golden *g, const char *text, uint64_t step, struct error *err)
{
	if (g->count >= LIMIT_GOLDEN_LINES)
		return error_set(err, -E2BIG, "more than %d effects: too many for a golden",
				 LIMIT_GOLDEN_LINES);
	alloc_grow(&g->lines, &g->capacity, g->count + 1);
	g->lines[g->count++] = (struct golden_line){ .text = alloc_string(text),
						     .step = step,
						     .hash = XXH3_64bits(text, strlen(text)) };
	return 0;
}

/* ---- of a run ---- */

/* Where a line of a run belongs. */
struct line_place {
	uint32_t task;
	bool unordered;
};

struct making {
	struct golden *golden;
	struct error *err;
	struct line_place *places; /* of each line; owned */
	size_t capacity;
};

static int take(void *data, const struct canon_record *record)
{
	struct making *m = data;
	cleanup_text struct text line = { 0 };

	text_printf(&line, "%s ", record->label);
	canon_text_put(&line, record->text);
	alloc_grow(&m->places, &m->capacity, m->golden->count + 1);
	m->places[m->golden->count] = (struct line_place){ record->task, record->unordered };
	return add_line(m->golden, text_get(&line), record->step, m->err);
}

struct place {
	const char *text; /* starts with the task's label */
	struct line_place where;
	size_t at;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *l = left, *r = right;
	size_t n = strcspn(l->text, " "), m = strcspn(r->text, " ");
	bool same = l->where.task == r->where.task;
	int order = same ? 0 : memcmp(l->text, r->text, n < m ? n : m);

	if (order || (!same && n != m))
		return order ? order : n < m ? -1 : 1;
	if (!same)
		return l->where.task < r->where.task ? -1 : 1;
	if (l->where.unordered != r->where.unordered)
		return l->where.unordered ? 1 : -1;
	order = l->where.unordered ? strcmp(l->text, r->text) : 0;
	return order ? order : l->at < r->at ? -1 : l->at > r->at;
}

/* Task by task: how they come one between the other differs from run to run. */
static void sort_by_task(struct golden *g, const struct line_place *where)
{
	struct place *places = alloc_zeroed(g->count + 1, sizeof(*places));
	struct golden_line *sorted = alloc_zeroed(g->count + 1, sizeof(*sorted));

	for (size_t i = 0; i < g->count; i++)
		places[i] = (struct place){ g->lines[i].text, where[i], i };
	qsort(places, g->count, sizeof(*places), compare_places);
	for (size_t i = 0; i < g->count; i++)
		sorted[i] = g->lines[places[i].at];
	free(places);
	free(g->lines);
	g->lines = sorted;
	g->capacity = g->count + 1;
}

int golden_make(struct golden *g, struct source *source, const struct rules *rules,
		struct rules_view *view, struct error *err)
{
	struct making m = { .golden = g, .err = err };
	int ret;

	*g = (struct golden){ .version = CANON_VERSION, .rules = view ? rules->hash : 0 };
	ret = rules_canon_run(view, source, CANON_EFFECTS, NULL, take, &m, err);
	if (ret == 0)
		sort_by_task(g, m.places);
	free(m.places);
	return ret;
}

/* ---- of a file ---- */

static int read_lines(struct golden *g, const char *path, FILE *file, struct error *err)
{
	cleanup_free char *line = NULL;
	size_t capacity = 0;
	ssize_t length;

	while ((length = getline(&line, &capacity, file)) > 0) {
		int ret = 0;

		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (!g->version && sscanf(line, FIRST_LINE "%u", &g->version) != 1)
			return error_set(err, -EINVAL, "%s is not a golden", path);
		sscanf(line, RULES_LINE "%" SCNx64, &g->rules);
		if (line[0] != '#')
			ret = add_line(g, line, 0, err);
		if (ret < 0)
			return ret;
	}
	if (ferror(file))
		return error_set(err, -EIO, "cannot read %s", path);
	return g->version ? 0 : error_set(err, -EINVAL, "%s is not a golden", path);
}

int golden_read(struct golden *g, const char *path, struct error *err)
{
	cleanup_file FILE *file = fopen(path, "re");

	*g = (struct golden){ 0 };
	if (!file)
		return error_set(err, -errno, "cannot open %s: %s", path, strerror(errno));
	return read_lines(g, path, file, err);
}

int golden_write(const struct golden *g, struct source *source, int fd, struct error *err)
{
	const struct source_variant *variants;
	cleanup_text struct text head = { 0 };

	text_printf(&head, FIRST_LINE "%u\n", g->version);
	if (g->rules)
		text_printf(&head, RULES_LINE "%016" PRIx64 "\n", g->rules);
	if (source_variants(source, &variants, NULL) == 0 && variants[0].command_line) {
		text_add(&head, "# ");
		text_add_foreign(&head, variants[0].command_line);
		text_add_char(&head, '\n');
	}
	for (size_t i = 0; i < g->count; i++) {
		text_add(&head, g->lines[i].text);
		text_add_char(&head, '\n');
	}
	for (size_t done = 0; done < head.length;) {
		ssize_t n = write(fd, head.at + done, head.length - done);

		if (n < 0 && errno != EINTR)
			return error_set(err, -errno, "cannot write a golden: %s", strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

void golden_finish(struct golden *g)
{
	for (size_t i = 0; i < g->count; i++)
		free(g->lines[i].text);
	free(g->lines);
	*g = (struct golden){ 0 };
}

/* ---- one against the other ---- */

static uint64_t *hashes_of(const struct golden *g)
{
	uint64_t *hashes = alloc_zeroed(g->count + 1, sizeof(*hashes));

	for (size_t i = 0; i < g->count; i++)
		hashes[i] = g->lines[i].hash;
	return hashes;
}

static void add_lines(struct text *out, char mark, const struct golden *g, size_t first, size_t end)
{
	for (size_t i = first; i < end && i < g->count; i++) {
		text_add_char(out, mark);
		text_add_char(out, ' ');
		text_add_foreign(out, g->lines[i].text);
		text_add_char(out, '\n');
	}
}

static void add_hunk(struct text *out, const struct golden *golden, const struct golden *run,
		     const struct myers_hunk *h, size_t shown, size_t next)
{
	size_t first = h->a_first > shown + CONTEXT_LINES ? h->a_first - CONTEXT_LINES : shown;
	size_t end = h->a_first + h->a_count + CONTEXT_LINES;
	size_t b_end = h->b_first + h->b_count;

	text_printf(out, "@@ line %zu", h->a_first + 1);
	if (h->b_first < run->count)
		text_printf(out, ", #%" PRIu64 " of the trace", run->lines[h->b_first].step);
	text_add(out, " @@\n");
	add_lines(out, ' ', golden, first, h->a_first);
	add_lines(out, '-', golden, h->a_first, h->a_first + h->a_count);
	add_lines(out, '+', run, h->b_first, b_end);
	add_lines(out, ' ', golden, h->a_first + h->a_count, end < next ? end : next);
}

size_t golden_compare(const struct golden *golden, const struct golden *run, struct text *out)
{
	uint64_t *a = hashes_of(golden), *b = hashes_of(run);
	size_t differing = 0;
	struct myers m;

	myers_compare(&m, a, golden->count, b, run->count, MYERS_WORK_MAX);
	for (size_t i = 0; i < m.count; i++) {
		const struct myers_hunk *h = &m.hunks[i];
		size_t shown = i ? h[-1].a_first + h[-1].a_count : 0;

		add_hunk(out, golden, run, h, shown, i + 1 < m.count ? h[1].a_first : SIZE_MAX);
		differing += h->a_count + h->b_count;
	}
	myers_finish(&m);
	free(a);
	free(b);
	return differing;
}
