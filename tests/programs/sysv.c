/* System V shared memory, semaphores and messages, POSIX message queues, between processes. */
#include "test.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void show_memory(void)
{
	int id = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600);
	must(id >= 0);
	char *map = shmat(id, NULL, 0);
	must(map != (void *)-1);
	strcpy(map, "shared");
	pid_t pid = fork();
	if (pid == 0) {
		map[0] = 'S';
		_exit(0);
	}
	wait_and_say("child", pid);
	struct shmid_ds status;
	must(shmctl(id, IPC_STAT, &status) == 0);
	say("%s, attached %lu, bytes %zu, made here %d\n", map, (unsigned long)status.shm_nattch,
	    status.shm_segsz, status.shm_cpid == getpid());
	show(shmdt(map));
	show(shmctl(id, IPC_RMID, NULL));
}

static void show_semaphores(void)
{
	int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	struct sembuf down = { 0, -1, 0 }, up = { 0, 1, 0 };
	must(id >= 0 && semctl(id, 0, SETVAL, 0) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		usleep(2000);
		_exit(semop(id, &up, 1) != 0);
	}
	show(semop(id, &down, 1));
	wait_and_say("child", pid);
	say("last by this process %d\n",
	    semctl(id, 0, GETPID) == getpid() || semctl(id, 0, GETPID) == pid);
	show(semctl(id, 0, IPC_RMID));
}

static void show_messages(void)
{
	struct {
		long type;
		char text[16];
	} message = { 5, "a message" };
	int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	must(id >= 0);
	show(msgsnd(id, &message, sizeof(message.text), 0));
	memset(&message, 0, sizeof(message));
	show(msgrcv(id, &message, sizeof(message.text), 0, 0));
	say("%ld %s\n", message.type, message.text);
	show(msgrcv(id, &message, sizeof(message.text), 0, IPC_NOWAIT));
	show(msgctl(id, IPC_RMID, NULL));
}

static void show_queue(void)
{
	char name[64], text[16] = "";
	unsigned int priority = 0;
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	snprintf(name, sizeof(name), "/mvx-test-%d", getpid());
	mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
	if (queue < 0) {
		say("no message queues here\n");
		return;
	}
	show(mq_send(queue, "low", 4, 1));
	show(mq_send(queue, "high", 5, 9));
	show(mq_receive(queue, text, 16, &priority));
	say("%s %u\n", text, priority);
	show(mq_unlink(name));
}

int main(void)
{
	show_memory();
	show_semaphores();
	show_messages();
	show_queue();
	return finish();
}
