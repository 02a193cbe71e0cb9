/* Variants side by side, and where each of them was. */
#include <inttypes.h>
#include <string.h>

#include "analysis/report_page.h"
#include "analysis/show_text.h"
#include "base/bytes.h"
#include "schema/memory_maps.h"
#include "schema/syscall_args.h"

#define HEX_COLUMNS 16
/* program counters shown of one variant */
#define FRAMES_SHOWN 16

/* struct user_regs_struct (sys/user.h), in its order */
static const char *const register_names[] = {
	"r15",    "r14", "r13", "r12",     "rbp",     "rbx", "r11",      "r10", "r9",
	"r8",     "rax", "rcx", "rdx",     "rsi",     "rdi", "orig_rax", "rip", "cs",
	"rflags", "rsp", "ss",  "fs_base", "gs_base", "ds",  "es",       "fs",  "gs",
};
#define REGISTERS (sizeof(register_names) / sizeof(register_names[0]))

/* An address with the image it lies in, by this variant's own map. */
static void add_address(struct report_page *p, const struct trace_divergence_side *side,
			uint64_t addr)
{
	char place[REPORT_PLACE_BYTES] = "";

	if (side->maps && side->maps[0])
		memory_maps_locate(side->maps, addr, place, sizeof(place));
	html_add(p->html, "<code>");
	html_printf(p->html, "0x%" PRIx64, addr);
	html_add(p->html, "</code>");
	if (!place[0] || strcmp(place, "(nowhere)") == 0)
		return;
	html_add(p->html, " <span class=\"place\">");
	html_text(p->html, place);
	html_add(p->html, "</span>");
}

/* ---- rows of a table with a column for each variant ---- */

enum likeness { LIKE_SAME, LIKE_DIFFERENT, LIKE_ALONE /* only one variant has it */ };

static void open_row(struct report_page *p, enum likeness likeness, const char *name)
{
	html_add(p->html, likeness == LIKE_SAME      ? "<tr class=\"same\"><th scope=\"row\">" :
			  likeness == LIKE_DIFFERENT ? "<tr class=\"differs\"><th scope=\"row\">" :
						       "<tr><th scope=\"row\">");
	html_text(p->html, name);
	html_add(p->html,
		 likeness == LIKE_DIFFERENT ? " <span class=\"unequal\">≠</span></th>" : "</th>");
}

static void add_text_row(struct report_page *p, const struct trace_divergence *d)
{
	cleanup_text struct text leader = { 0 };
	bool same = true;

	show_text_side(p->source, &d->sides[0], &leader);
	for (size_t i = 1; i < d->n_sides; i++) {
		cleanup_text struct text text = { 0 };

		show_text_side(p->source, &d->sides[i], &text);
		same = same && strcmp(text_get(&text), text_get(&leader)) == 0;
	}
	open_row(p, same ? LIKE_SAME : LIKE_DIFFERENT, "came to");
	for (size_t i = 0; i < d->n_sides; i++) {
		cleanup_text struct text text = { 0 }, part = { 0 };
		size_t first = 0, end = 0;

		show_text_side(p->source, &d->sides[i], &text);
		if (i)
			text_find_difference(text_get(&text), text_get(&leader), &first, &end);
		html_add(p->html, "<td><code>");
		text_add_bytes(&part, text_get(&text), first);
		html_text(p->html, text_get(&part));
		text_clear(&part);
		text_add_bytes(&part, text_get(&text) + first, end - first);
		html_add(p->html, end > first ? "<mark>" : "");
		html_text(p->html, text_get(&part));
		html_add(p->html, end > first ? "</mark>" : "");
		html_text(p->html, text_get(&text) + end);
		html_add(p->html, "</code></td>");
	}
	html_add(p->html, "</tr>\n");
}

static void add_argument_cell(struct report_page *p, const struct trace_divergence_side *side,
			      const struct syscall_arg *spec, unsigned i)
{
	int64_t value = spec ? (int64_t)arg_value(spec, side->args[i]) : (int64_t)side->args[i];

	html_add(p->html, "<td>");
	if (side->arrived != ARRIVED_CALL) {
		html_add(p->html, "<span class=\"none\">no call</span>");
	} else if (spec &&
		   (arg_is_pointer((enum arg_kind)spec->kind) || spec->kind == ARG_IRREGULAR)) {
		add_address(p, side, side->args[i]);
	} else {
		html_add(p->html, "<code>");
		html_printf(p->html,
			    value < -9 || value > 9 ? "%" PRId64 " = 0x%" PRIx64 : "%" PRId64,
			    value, (uint64_t)value);
		html_add(p->html, "</code>");
	}
	html_add(p->html, "</td>");
}

/* The row that all sides' calls have, or NULL: then their arguments are different things. */
static const struct syscall_row *common_row(const struct trace_divergence *d)
{
	const struct trace_divergence_side *first = NULL;

	for (size_t i = 0; i < d->n_sides; i++) {
		if (d->sides[i].arrived != ARRIVED_CALL)
			continue;
		if (first && d->sides[i].nr != first->nr)
			return NULL;
		first = &d->sides[i];
	}
	return first ? syscall_row_find(first->nr) : NULL;
}

static enum likeness compare_argument(const struct trace_divergence *d,
				      const struct syscall_row *row, unsigned i)
{
	const struct trace_divergence_side *first = NULL;
	enum likeness likeness = LIKE_ALONE;

	if (d->kind == DIVERGENCE_BUFFER && d->arg == (int)i)
		return LIKE_DIFFERENT;
	for (size_t k = 0; k < d->n_sides; k++) {
		const struct trace_divergence_side *side = &d->sides[k];

		if (side->arrived != ARRIVED_CALL)
			continue;
		if (first && !arg_equal(&row->args[i], first->args[i], side->args[i]))
			return LIKE_DIFFERENT;
		likeness = first ? LIKE_SAME : LIKE_ALONE;
		first = first ? first : side;
	}
	return likeness;
}

static void add_argument_rows(struct report_page *p, const struct trace_divergence *d)
{
	const struct syscall_row *row = common_row(d);

	for (unsigned i = 0; row && i < row->argc && i < SYSCALL_ARGS; i++) {
		char name[64];

		if (row->args[i].kind == ARG_UNUSED)
			continue;
		snprintf(name, sizeof(name), "argument %u, %s", i + 1,
			 arg_kind_name((enum arg_kind)row->args[i].kind));
		open_row(p, compare_argument(d, row, i), name);
		for (size_t k = 0; k < d->n_sides; k++)
			add_argument_cell(p, &d->sides[k], &row->args[i], i);
		html_add(p->html, "</tr>\n");
	}
}

static void add_head_row(struct report_page *p, const struct trace_divergence *d)
{
	html_add(p->html, "<thead><tr><td></td>");
	for (size_t i = 0; i < d->n_sides; i++) {
		bool odd = d->odd & 1u << (d->sides[i].variant % LIMIT_VARIANTS);

		html_add(p->html, odd ? "<th scope=\"col\" class=\"odd\">" : "<th scope=\"col\">");
		html_printf(p->html, "variant %" PRIu32 "%s%s", d->sides[i].variant,
			    d->sides[i].variant ? "" : " (leader)", odd ? ", differs" : "");
		html_add(p->html, "</th>");
	}
	html_add(p->html, "</tr></thead>\n");
}

/* ---- bytes ---- */

struct excerpt {
	uint64_t start; /* offset of the first byte in the whole buffer */
	size_t length;  /* of the longest */
};

static bool byte_at(const struct trace_divergence_side *side, size_t at, uint8_t *byte)
{
	if (at >= side->data.length)
		return false;
	*byte = side->data.data[at];
	return true;
}

static bool bytes_equal_at(const struct trace_divergence *d, size_t at)
{
	uint8_t leader = 0, other = 0;
	bool there = byte_at(&d->sides[0], at, &leader);

	for (size_t i = 1; i < d->n_sides; i++)
		if (byte_at(&d->sides[i], at, &other) != there || (there && leader != other))
			return false;
	return true;
}

static void add_byte(struct report_page *p, const struct trace_divergence *d, size_t side,
		     const struct excerpt *x, size_t at, bool as_text)
{
	uint8_t byte;
	bool there = byte_at(&d->sides[side], at, &byte);
	bool first = x->start + at == d->offset;

	html_add(p->html, first ? "<b class=\"first\">" : bytes_equal_at(d, at) ? "<i>" : "<b>");
	if (as_text)
		html_printf(p->html, "%c", !there ? ' ' : byte >= 0x20 && byte < 0x7f ? byte : '.');
	else if (there)
		html_printf(p->html, "%02x", byte);
	else
		html_add(p->html, "--");
	html_add(p->html, first || !bytes_equal_at(d, at) ? "</b>" : "</i>");
	if (!as_text)
		html_add(p->html, at % HEX_COLUMNS == HEX_COLUMNS / 2 - 1 ? "  " : " ");
}

static void add_hex_line(struct report_page *p, const struct trace_divergence *d, size_t side,
			 const struct excerpt *x, size_t row)
{
	html_printf(p->html, "%08" PRIx64 " v%" PRIu32 "  ", x->start + row,
		    d->sides[side].variant);
	for (size_t i = 0; i < HEX_COLUMNS; i++)
		add_byte(p, d, side, x, row + i, false);
	html_add(p->html, " ");
	for (size_t i = 0; i < HEX_COLUMNS; i++)
		add_byte(p, d, side, x, row + i, true);
	html_add(p->html, "\n");
}

static void add_excerpt(struct report_page *p, const struct trace_divergence *d)
{
	struct excerpt x = { .start = d->offset > TRACE_EXCERPT_BEFORE_BYTES ?
					      d->offset - TRACE_EXCERPT_BEFORE_BYTES :
					      0 };

	for (size_t i = 0; i < d->n_sides; i++)
		if (d->sides[i].data.length > x.length)
			x.length = d->sides[i].data.length;
	if (!x.length)
		return;
	if (x.length > 256) /* the monitor records 64 */
		x.length = 256;
	html_add(p->html,
		 "<h3>The bytes around the first difference</h3>\n<div class=\"wide\"><pre "
		 "class=\"hex\">");
	for (size_t row = 0; row < x.length; row += HEX_COLUMNS) {
		html_add(p->html, row ? "\n" : "");
		for (size_t i = 0; i < d->n_sides; i++)
			add_hex_line(p, d, i, &x, row);
	}
	html_add(p->html,
		 "</pre></div>\n<p class=\"note\">Bytes that are equal are grey, those that "
		 "differ are bold, the first of them has a frame; -- is past the end.</p>\n");
}

/* ---- registers ---- */

static bool register_get(const struct trace_divergence_side *side, size_t number, uint64_t *value)
{
	struct bytes left = bytes_make(side->registers.data, side->registers.length);

	bytes_take(&left, number * sizeof(uint64_t));
	*value = bytes_u64(&left);
	return !left.failed;
}

static void add_register_row(struct report_page *p, const struct trace_divergence *d, size_t number)
{
	uint64_t first = 0, value = 0;
	bool same = register_get(&d->sides[0], number, &first);

	for (size_t i = 1; i < d->n_sides; i++)
		same = same && register_get(&d->sides[i], number, &value) && value == first;
	open_row(p, same ? LIKE_SAME : LIKE_DIFFERENT, register_names[number]);
	for (size_t i = 0; i < d->n_sides; i++) {
		html_add(p->html, "<td>");
		if (register_get(&d->sides[i], number, &value))
			add_address(p, &d->sides[i], value);
		else
			html_add(p->html, "<span class=\"none\">not recorded</span>");
		html_add(p->html, "</td>");
	}
	html_add(p->html, "</tr>\n");
}

static void add_registers(struct report_page *p, const struct trace_divergence *d)
{
	bool any = false;

	for (size_t i = 0; i < d->n_sides; i++)
		any |= d->sides[i].registers.length > 0;
	if (!any) {
		html_add(p->html, "<p class=\"note\">The trace has no registers for it.</p>\n");
		return;
	}
	html_add(p->html, "<details><summary>Registers</summary>\n<div class=\"wide\"><table "
			  "class=\"sides\">\n");
	add_head_row(p, d);
	for (size_t i = 0; i < REGISTERS; i++)
		add_register_row(p, d, i);
	html_add(p->html, "</table></div></details>\n");
}

void report_add_sides(struct report_page *p, const struct trace_divergence *d)
{
	html_add(p->html, "<section>\n<h2>The variants side by side</h2>\n");
	if (!d->n_sides) {
		html_add(p->html, "<p>The trace has no sides for it.</p>\n</section>\n");
		return;
	}
	html_add(p->html, "<div class=\"wide\"><table class=\"sides\">\n");
	add_head_row(p, d);
	html_add(p->html, "<tbody>\n");
	add_text_row(p, d);
	add_argument_rows(p, d);
	html_add(p->html, "</tbody></table></div>\n");
	add_excerpt(p, d);
	add_registers(p, d);
	html_add(p->html, "</section>\n");
}

/* ---- where in the code ---- */

static void add_frames(struct report_page *p, const struct trace_divergence_side *side)
{
	html_add(p->html, "<ol class=\"frames\">\n");
	for (size_t i = 0; i < side->n_frames && i < FRAMES_SHOWN; i++) {
		html_add(p->html, "<li>");
		if (i == 0 && side->location && side->location[0] &&
		    strcmp(side->location, "(nowhere)") != 0) {
			html_add(p->html, "<code>");
			html_text(p->html, side->location);
			html_add(p->html, "</code>");
		} else {
			add_address(p, side, side->frames[i]);
		}
		html_add(p->html,
			 i == 0 && side->location && strcmp(side->location, "(nowhere)") == 0 ?
				 " nothing is mapped there" :
				 "");
		html_add(p->html, "</li>\n");
	}
	html_add(p->html, "</ol>\n");
	if (!side->n_frames)
		html_add(p->html, "<p>The trace has no program counters for it.</p>\n");
}

void report_add_places(struct report_page *p, const struct trace_divergence *d)
{
	html_add(p->html, "<section>\n<h2>Where in the code</h2>\n<div class=\"cards\">\n");
	for (size_t i = 0; i < d->n_sides; i++) {
		html_add(p->html, "<div class=\"card\"><h3>");
		html_printf(p->html, "Variant %" PRIu32, d->sides[i].variant);
		html_add(p->html, "</h3>\n");
		add_frames(p, &d->sides[i]);
		html_add(p->html, "</div>\n");
	}
	html_add(p->html,
		 "</div>\n<p class=\"note\">Innermost first. The first has its name and line from "
		 "the recording machine, as far as there were symbols; the others are image and "
		 "offset. Where a stack was overwritten, or has no frame pointers, they are what "
		 "looks like return addresses.</p>\n</section>\n");
}
