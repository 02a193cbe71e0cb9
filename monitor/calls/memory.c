/* Memory calls: every variant its own, beside each other; our pages are not theirs to touch. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "monitor/call.h"
#include "monitor/calls/content.h"
#include "monitor/calls/memory.h"
#include "monitor/facts.h"
#include "monitor/outgoing.h"
#include "monitor/stand_in.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/variant.h"

/* Would some variant's call change one of the monitor's pages? */
static bool touches_our_pages(const struct call *c)
{
	const struct mm *mm = c->lane->mm;

	for (unsigned v = 0; v < c->session->n_variants; v++) {
		const uint64_t *args = c->rendezvous->slots[v].args;

		if (mm_has_ours(mm, v, args[0], args[1]) ||
		    (c->nr == SYS_mremap && (args[3] & MREMAP_FIXED) &&
		     mm_has_ours(mm, v, args[4], args[2])))
			return true;
	}
	return false;
}

/* No file, or none that the followers can open: of most such things the kernel maps nothing either. */
static bool is_only_leaders(const struct open_file *file)
{
	return file->kind == FD_LEADER && !file->shared_writable;
}

/* Some are mapped to see what comes in without a call: packet(7)'s rings, TCP's pages. */
static bool is_socket(const struct call *c, int32_t fd)
{
	struct stat st;

	return call_fd_stat(c->task->tid, fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void mmap_decide(struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[4]);
	uint64_t flags = c->args[3];

	if ((flags & MAP_ANONYMOUS) || !file || c->session->n_variants == 1)
		return;
	if (!is_only_leaders(file))
		c->stand_in = content_stand_in(c, (int32_t)c->args[4]);
	else if (is_socket(c, (int32_t)c->args[4]))
		call_answer(c, -ENODEV);
}

static bool is_shared(const struct call *c)
{
	return (c->args[3] & MAP_TYPE) != MAP_PRIVATE;
}

/* Memory of a device or of the kernel, or pages of another size: no copy can stand for it. */
static bool is_ordinary(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	switch ((uint32_t)fs.f_type) {
	case HUGETLBFS_MAGIC:
	case SYSFS_MAGIC:
	case PROC_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC: return false;
	}
	return true;
}

/* Is the file mapped shared in this process already, as itself? The followers would see both. */
static bool is_mapped_as_itself(const struct call *c, const struct open_file *file)
{
	char path[64], line[LIMIT_PATH_BYTES + 128];
	cleanup_file FILE *maps = NULL;

	snprintf(path, sizeof(path), "/proc/%d/maps", c->task->tid);
	maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long start, inode;
		unsigned major_id, minor_id;
		char access[8];

		if (sscanf(line, "%lx-%*x %7s %*x %x:%x %lu", &start, access, &major_id, &minor_id,
			   &inode) == 5 &&
		    access[3] == 's' && inode == file->inode &&
		    makedev(major_id, minor_id) == file->device_id && start != (uint64_t)c->result)
			return true;
	}
	return false;
}

/*
 * The leader has mapped a file. A shared mapping of one that is open for
 * writing may be stored to, if not now then after an mprotect.
 */
static void stand_in_need(struct call *c, const char *path)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[4]);
	struct error err = { 0 };

	if (!file || c->session->n_variants == 1)
		return;
	if (is_only_leaders(file)) {
		call_unsupported(c, "mapping something other than a file");
		return;
	}
	/* Another process may have mapped it while this call was made. */
	if (!c->early)
		c->stand_in = content_stand_in(c, (int32_t)c->args[4]);
	if (c->stand_in || !is_shared(c) || file->kind != FD_LEADER)
		return;
	if (!is_ordinary(path))
		call_unsupported(c, "a shared writable mapping of what is no ordinary file");
	else if (is_mapped_as_itself(c, file))
		call_unsupported(
			c, "a file mapped shared first without the right to write it, then with");
	else if (!(c->stand_in = stand_in_create(c->session, path, &err)))
		call_unsupported(c, "%s", err.message);
}

static bool touches_own_pages(const struct task *task, uint64_t addr, uint64_t length)
{
	return mm_has_ours(task->lane->mm, task->variant, addr, length);
}

bool memory_is_local(const struct task *task)
{
	uint64_t args[6];

	/* Made in the same order in all variants: then each gets the leader's places. */
	if (task->lane->session->options->threads == OPTION_THREADS_TURNS)
		return false;
	registers_arguments(&task->regs, args);
	switch (registers_number(&task->regs)) {
	case SYS_brk: return true;
	case SYS_mmap:
		return (args[3] & MAP_ANONYMOUS) && (args[3] & MAP_TYPE) == MAP_PRIVATE &&
		       !(args[2] & PROT_EXEC) &&
		       !((args[3] & MAP_FIXED) && touches_own_pages(task, args[0], args[1]));
	case SYS_mprotect:
		return !(args[2] & PROT_EXEC) && !touches_own_pages(task, args[0], args[1]);
	case SYS_munmap:
	case SYS_madvise: return !touches_own_pages(task, args[0], args[1]);
	case SYS_mremap:
		return !touches_own_pages(task, args[0], args[1]) &&
		       !((args[3] & MREMAP_FIXED) && touches_own_pages(task, args[4], args[2]));
	}
	return false;
}

/*
 * Anonymous memory that the kernel may put where it likes. A wish of the
 * program's own (glibc's, for the place behind its last arena) may be granted
 * in one variant and not in another.
 */
static bool is_data_mapping(const struct call *c)
{
	return c->nr == SYS_mmap && (c->args[3] & MAP_ANONYMOUS) &&
	       !(c->args[3] & (MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_32BIT | MAP_GROWSDOWN)) &&
	       !(c->args[2] & PROT_EXEC);
}

/* The kernel may choose another place for what is there. */
static bool may_move(const struct call *c)
{
	return c->nr == SYS_mremap && (c->args[3] & MREMAP_MAYMOVE) && !(c->args[3] & MREMAP_FIXED);
}

/* A placeholder may be mapped where the leader's own descriptor may not, for want of reading. */
static bool maps_leaders_file(const struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[4]);

	return c->nr == SYS_mmap && !(c->args[3] & MAP_ANONYMOUS) && file &&
	       (file->kind == FD_LEADER || file->kind == FD_SYNTHETIC);
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
	if (is_data_mapping(c) || may_move(c) || maps_leaders_file(c) || c->stand_in)
		c->early = false; /* the followers need the leader's address, or its error */
}

/* The leader's place, as far from it as the other data of this variant. */
static uint64_t wished_addr(const struct call *c, unsigned v)
{
	uint64_t own = c->rendezvous->slots[v].args[0];
	bool free_choice = !c->args[0] && !(c->args[3] & MAP_32BIT) && !(c->args[2] & PROT_EXEC);

	return free_choice ? (uint64_t)c->result + c->lane->mm->shift[v] : own;
}

static void order_stand_in(struct call *c, unsigned v, struct order *o)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[4]);
	bool may_write = file->kind == FD_LEADER && !stand_in_is_sealed(c->stand_in);
	uint64_t args[6];

	if (result_is_error(c->result))
		return;
	memcpy(args, c->rendezvous->slots[v].args, sizeof(args));
	args[0] = wished_addr(c, v);
	o->kind = ORDER_ANSWER;
	o->write_output = false;
	call_add_mapping(c, v, c->stand_in->fds[v], may_write ? O_RDWR : O_RDONLY, args)->pending =
		&c->stand_in->pending;
}

/* mremap(2) takes no wishes: a mapping is made where it may be, and gives way to what moves there. */
static void order_move(struct call *c, unsigned v, struct order *o)
{
	const uint64_t *own = c->rendezvous->slots[v].args;
	struct order_call *call = call_add_order(c, v, SYS_mmap);

	call->args[0] = (uint64_t)c->result + c->lane->mm->shift[v];
	call->args[1] = own[2];
	call->args[2] = PROT_NONE;
	call->args[3] = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	call->args[4] = UINT64_MAX;
	call = call_add_order(c, v, SYS_mremap);
	memcpy(call->args, own, sizeof(call->args));
	call->args[3] |= MREMAP_FIXED;
	call->result_arg = 4;
	call->is_result = true;
	o->kind = ORDER_ANSWER;
	o->write_output = false;
}

static void mapping_order(struct call *c, unsigned v, struct order *o)
{
	if (c->stand_in) {
		order_stand_in(c, v, o);
		return;
	}
	if (o->kind == ORDER_EXECUTE && may_move(c) && !result_is_error(c->result) &&
	    (uint64_t)c->result != c->args[0]) {
		order_move(c, v, o);
		return;
	}
	if (o->kind != ORDER_EXECUTE || !is_data_mapping(c))
		return;
	o->substitute = true;
	memcpy(o->args, c->rendezvous->slots[v].args, sizeof(o->args));
	/* A wish, too: the kernel takes another place if it is taken. Where the leader's was granted, so is each. */
	if (!c->args[0] || (uint64_t)c->result != (c->args[0] & ~(uint64_t)(MM_PAGE_BYTES - 1)))
		o->args[0] = (uint64_t)c->result + c->lane->mm->shift[v];
	c->rendezvous->same_outcome = true;
}

static void memory_apply(struct call *c)
{
	char path[64];

	if (c->nr != SYS_mmap || result_is_error(c->result))
		return;
	/* What is read-only now is hardly ever made writable later. */
	if (is_shared(c) && (c->args[2] & PROT_WRITE))
		outgoing_begin(c);
	if (c->args[3] & MAP_ANONYMOUS)
		return;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task->tid, (int)c->args[4]);
	stand_in_need(c, path);
	/* Before anything else can happen: the orders are given later. */
	if (c->stand_in) {
		atomic_fetch_add(&c->stand_in->pending, c->session->n_variants - 1);
		/* Others may store there, even if this process only looks. */
		if (is_shared(c))
			outgoing_begin(c);
	}
	facts_record_mapped(c->session, c->lane->id, c->task->pid, (int32_t)c->args[4]);
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
