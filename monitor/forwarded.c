/* A short list behind a lock: nothing here is on a path that is often taken. */
#include "monitor/forwarded.h"

#include <string.h>

/* ns between the two; somebody who sends to both by hand takes longer */
#define TWIN_NS UINT64_C(500000000)

static void item_remove(struct forwarded *f, unsigned i)
{
	f->count--;
	memmove(&f->items[i], &f->items[i + 1], (f->count - i) * sizeof(f->items[0]));
}

void forwarded_send(struct forwarded *f, pid_t pid, const siginfo_t *info)
{
	pthread_mutex_lock(&f->lock);
	if (f->count < FORWARDED_LIMIT)
		f->items[f->count++] = *info;
	pthread_mutex_unlock(&f->lock);
	kill(pid, info->si_signo);
}

bool forwarded_restore(struct forwarded *f, siginfo_t *info)
{
	int signo = info->si_signo;
	bool found = false;

	pthread_mutex_lock(&f->lock);
	for (unsigned i = 0; i < f->count;) {
		/* One of a standard signal stands for all that were sent meanwhile. */
		if (f->items[i].si_signo != signo || (found && signo >= SIGRTMIN)) {
			i++;
			continue;
		}
		if (!found)
			*info = f->items[i];
		found = true;
		item_remove(f, i);
	}
	pthread_mutex_unlock(&f->lock);
	return found;
}

bool forwarded_is_twin(struct forwarded *f, const siginfo_t *info, bool is_ours, uint64_t now_ns)
{
	struct forwarded_last *last = &f->last[info->si_signo];
	bool twin;

	if (info->si_code != SI_USER)
		return false;
	twin = last->ns && last->was_ours != is_ours && last->sender == info->si_pid &&
	       now_ns - last->ns < TWIN_NS;
	*last = (struct forwarded_last){ info->si_pid, is_ours, twin ? 0 : now_ns };
	return twin;
}
