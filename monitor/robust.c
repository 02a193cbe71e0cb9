/* Rewrites owners in the robust lists of a follower's ending threads. */
#include "monitor/robust.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor/tracee/pid_map.h"

static bool read_words(struct tracer *t, const struct task *task, uint64_t addr, uint64_t *to,
		       size_t bytes)
{
	return t->backend->ops->read_memory(t->backend, task->tid, addr, to, bytes) ==
	       (ssize_t)bytes;
}

static void owner_rewrite(struct tracer *t, const struct task *task, uint64_t futex_addr)
{
	uint32_t visible = (uint32_t)task->lane->thread->pid, word;

	if (t->backend->ops->read_memory(t->backend, task->tid, futex_addr, &word, sizeof(word)) !=
		    (ssize_t)sizeof(word) ||
	    (word & FUTEX_TID_MASK) != visible)
		return;
	word = (word & ~FUTEX_TID_MASK) | (uint32_t)task->tid;
	t->backend->ops->write_memory(t->backend, task->tid, futex_addr, &word, sizeof(word));
}

static void list_prepare(struct tracer *t, struct task *task)
{
	/* struct robust_list_head: the first entry, the futex's offset from it, one being taken */
	uint64_t head_addr = 0, head[3], entry;
	size_t length = 0;

	if (syscall(SYS_get_robust_list, task->tid, &head_addr, &length) < 0 || !head_addr ||
	    length != sizeof(head) || !read_words(t, task, head_addr, head, sizeof(head)))
		return;
	if (head[2])
		owner_rewrite(t, task, (head[2] & ~UINT64_C(1)) + head[1]);
	entry = head[0];
	/* The lowest bit says priority inheritance (kernel/futex/core.c). */
	for (unsigned i = 0; i < ROBUST_LIST_LIMIT && (entry & ~UINT64_C(1)) != head_addr; i++) {
		uint64_t addr = entry & ~UINT64_C(1);

		owner_rewrite(t, task, addr + head[1]);
		if (!read_words(t, task, addr, &entry, sizeof(entry)))
			return;
	}
}

void robust_lists_prepare(struct tracer *t, struct task *task, bool whole_process)
{
	const struct process *process = task->lane->process;

	if (!whole_process || !atomic_load(&process->threaded)) {
		list_prepare(t, task);
		return;
	}
	for (unsigned i = 0; i < TRACER_HASH; i++)
		for (struct task *other = t->tasks[i]; other; other = other->next)
			if (other->lane->process == process)
				list_prepare(t, other);
}
