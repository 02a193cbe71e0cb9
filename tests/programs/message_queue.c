/* POSIX message queues: priorities, names. */
#include "test.h"
#include <mqueue.h>

static volatile sig_atomic_t told;

static void note(int signo)
{
	(void)signo;
	told++;
}

int main(void)
{
	char name[64], text[16] = "";
	unsigned int priority = 0;
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	snprintf(name, sizeof(name), "/mvx-test-%d", getpid());
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
	if (queue < 0) {
		say("no message queues here\n");
		return 77;
	}
	show(mq_send(queue, "low", 4, 1));
	show(mq_send(queue, "high", 5, 9));
	show(mq_receive(queue, text, 16, &priority));
	say("%s %u\n", text, priority);
	struct mq_attr got, set = { .mq_flags = O_NONBLOCK };
	show(mq_getattr(queue, &got));
	say("%ld of %ld bytes, %ld there\n", got.mq_maxmsg, got.mq_msgsize, got.mq_curmsgs);
	show(mq_receive(queue, text, 16, NULL));
	show(mq_setattr(queue, &set, &got));
	show(mq_receive(queue, text, 16, NULL));
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	catch_signal(SIGUSR1, note, 0);
	show(mq_notify(queue, &event));
	show(mq_notify(queue, &event));
	show(mq_send(queue, "told", 5, 0));
	say("told %d\n", (int)told);
	show(mq_notify(queue, NULL));
	show(mq_send(queue, "too long for this queue", 24, 0));
	show(mq_unlink(name));
	show(mq_unlink(name));
	show(mq_open("/mvx-missing", O_RDONLY));
	return finish();
}
