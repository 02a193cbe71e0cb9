/* POSIX message queues: priorities, names. */
#include "test.h"
#include <mqueue.h>

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
	show(mq_unlink(name));
	return finish();
}
