/* Memory calls: every variant its own, beside each other; our pages are not theirs to touch. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/facts.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/variant.h"

static bool overlaps(uint64_t page, uint64_t bytes, uint64_t addr, uint64_t length)
{
	return page && addr < page + bytes && page < addr + length;
}

/* Would some variant's call change one of the monitor's pages? */
static bool touches_our_pages(const struct call *c)
{
	const struct mm *mm = c->lane->mm;

	for (unsigned v = 0; v < c->session->n_variants; v++) {
		const uint64_t *args = c->rendezvous->slots[v].args;

		if (overlaps(mm->scratch_addr[v], MM_SCRATCH_BYTES, args[0], args[1]) ||
		    overlaps(mm->page_addr[v], MM_PAGE_BYTES, args[0], args[1]))
			return true;
	}
	return false;
}

static void mmap_decide(struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[4]);
	uint64_t flags = c->args[3];
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;

	if ((flags & MAP_ANONYMOUS) || !file || c->session->n_variants == 1)
		return;
	if (file->kind == FD_LEADER && !file->shared_writable)
		call_unsupported(c, "mapping something other than a file");
	else if (file->kind == FD_LEADER && shared && (c->args[2] & PROT_WRITE))
		call_unsupported(c, "a shared writable mapping of a file");
}

/* Anonymous memory that the kernel may put where it likes. */
static bool is_data_mapping(const struct call *c)
{
	return c->nr == SYS_mmap && !c->args[0] && (c->args[3] & MAP_ANONYMOUS) &&
	       !(c->args[3] & (MAP_FIXED | MAP_32BIT | MAP_GROWSDOWN)) && !(c->args[2] & PROT_EXEC);
}

/* A placeholder may be mapped where the leader's own descriptor may not, for want of reading. */
static bool maps_leaders_file(const struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[4]);

	return c->nr == SYS_mmap && !(c->args[3] & MAP_ANONYMOUS) && file &&
	       file->kind == FD_LEADER;
}

static void memory_decide(struct call *c)
{
	bool fixed = c->nr != SYS_mmap || (c->args[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE));

	c->early = c->run == RUN_EACH;
	if (c->nr == SYS_brk || c->row->args[0].kind != ARG_ADDRESS)
		return;
	if (c->nr == SYS_msync) {
		/* What is mapped from a file is written back once. */
		c->run = RUN_LEADER;
		c->early = false;
	}
	if (fixed && touches_our_pages(c)) {
		call_answer(c, -EINVAL);
		return;
	}
	if (c->nr == SYS_mmap)
		mmap_decide(c);
	if (is_data_mapping(c) || maps_leaders_file(c))
		c->early = false; /* the followers need the leader's address, or its error */
}

static void mapping_order(struct call *c, unsigned v, struct order *o)
{
	uint64_t shift = c->lane->mm->shift[v];

	if (o->kind != ORDER_EXECUTE || !is_data_mapping(c) || !shift)
		return;
	o->substitute = true;
	memcpy(o->args, c->rendezvous->slots[v].args, sizeof(o->args));
	o->args[0] = (uint64_t)c->result +
		     shift; /* a wish: the kernel takes another place if it is taken */
	c->rendezvous->same_outcome = true;
}

static void memory_apply(struct call *c)
{
	char path[64];

	if (c->nr != SYS_mmap || result_is_error(c->result) || (c->args[3] & MAP_ANONYMOUS))
		return;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid, (int)c->args[4]);
	facts_record_file(c->session, c->lane->id, path, 2);
}

static void memory_gather(struct gather *g)
{
	if (g->nr == SYS_mbind)
		gather_add_nodes(g, 3, g->args[4]);
	else if (g->nr == SYS_set_mempolicy)
		gather_add_nodes(g, 1, g->args[2]);
}

/* mincore(2): one byte a page. */
static void memory_gather_output(struct gather *g, int64_t result)
{
	if (g->nr == SYS_get_mempolicy && result == 0)
		gather_add_nodes(g, 1, g->args[2]);
	if (g->nr == SYS_mincore && result == 0)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2],
			   (g->args[1] + MM_PAGE_BYTES - 1) / MM_PAGE_BYTES);
}

const struct call_ops calls_memory = {
	.gather = memory_gather,
	.gather_output = memory_gather_output,
	.decide = memory_decide,
	.order = mapping_order,
	.apply = memory_apply,
};
