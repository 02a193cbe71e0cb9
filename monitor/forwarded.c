/* Short lists: nothing here is on a path that is often taken. */
#include "monitor/forwarded.h"

#include <string.h>

#include "monitor/tracee/proc_text.h"

/*
 * ns between two of a burst. Blocked in a follower they are found within half
 * a second (signals.h). On a busy machine the sender itself was seen to wait
 * for a CPU for a second and a half between two of its kills.
 */
#define BURST_NS UINT64_C(4000000000)

static void item_remove(struct forwarded *f, unsigned i)
{
	f->count--;
	memmove(&f->items[i], &f->items[i + 1], (f->count - i) * sizeof(f->items[0]));
}

void forwarded_send(struct forwarded *f, pid_t pid, const siginfo_t *info, unsigned way)
{
	pthread_mutex_lock(&f->lock);
	if (f->count < FORWARDED_LIMIT)
		f->items[f->count++] =
			(struct forwarded_item){ .info = *info, .pid = pid, .way = way };
	kill(pid, info->si_signo);
	pthread_mutex_unlock(&f->lock);
}

/* The oldest of this number for this process, from item i on; or the count. */
static unsigned item_find(const struct forwarded *f, pid_t pid, int signo, unsigned i)
{
	while (i < f->count && (f->items[i].info.si_signo != signo || f->items[i].pid != pid))
		i++;
	return i;
}

/* A standard signal stands for all that were sent meanwhile, unless another one is to come for the rest. */
static bool is_for_all(pid_t pid, int signo)
{
	return signo < SIGRTMIN && !(proc_text_pending(pid) >> (signo - 1) & 1);
}

uint32_t forwarded_restore(struct forwarded *f, pid_t pid, pid_t monitor_pid, siginfo_t *info)
{
	bool ours = info->si_code == SI_USER && info->si_pid == monitor_pid;
	uint32_t ways = ours ? 0 : UINT32_C(1) << FORWARDED_OWN;
	int signo = info->si_signo;
	unsigned i;

	if (info->si_code != SI_USER)
		return ways;
	pthread_mutex_lock(&f->lock);
	i = item_find(f, pid, signo, 0);
	if (i < f->count && ours) {
		*info = f->items[i].info;
		ways = UINT32_C(1) << f->items[i].way;
		item_remove(f, i);
	}
	if (i < f->count && is_for_all(pid, signo))
		while ((i = item_find(f, pid, signo, i)) < f->count) {
			ways |= UINT32_C(1) << f->items[i].way;
			item_remove(f, i);
		}
	pthread_mutex_unlock(&f->lock);
	return ways;
}

/* That of this sender, or the one that is over for the longest time. */
static struct forwarded_burst *burst_get(struct forwarded *f, pid_t pid, const siginfo_t *info,
					 uint64_t now_ns)
{
	struct forwarded_burst *oldest = &f->bursts[0];

	for (unsigned i = 0; i < FORWARDED_BURSTS; i++) {
		struct forwarded_burst *b = &f->bursts[i];

		if (b->ns && now_ns - b->ns < BURST_NS && b->pid == pid &&
		    b->sender == info->si_pid && b->signo == info->si_signo)
			return b;
		if (b->ns < oldest->ns)
			oldest = b;
	}
	*oldest = (struct forwarded_burst){
		.pid = pid,
		.sender = info->si_pid,
		.signo = info->si_signo,
	};
	return oldest;
}

bool forwarded_is_twin(struct forwarded *f, pid_t pid, const siginfo_t *info, uint32_t ways,
		       uint64_t now_ns)
{
	struct forwarded_burst *burst;
	uint32_t most = 0;

	if (info->si_code != SI_USER)
		return false;
	burst = burst_get(f, pid, info, now_ns);
	burst->ns = now_ns;
	for (unsigned way = 0; way < FORWARDED_WAYS; way++) {
		burst->came[way] += ways >> way & 1;
		if (burst->came[way] > most)
			most = burst->came[way];
	}
	if (most <= burst->meant)
		return true;
	burst->meant = most;
	return false;
}
