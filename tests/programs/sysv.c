/* System V semaphores and messages, between processes. */
#include "test.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

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
	struct semid_ds status;
	show(semctl(id, 0, IPC_STAT, &status));
	say("semaphores %lu, value %d\n", (unsigned long)status.sem_nsems, semctl(id, 0, GETVAL));
	show(semop(id, &down, 0));
	show(semtimedop(id, &down, 1, &(struct timespec){ 0, 1000000 }));
	show(semctl(id, 0, IPC_RMID));
	show(semop(id, &up, 1));
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
	struct msqid_ds status;
	show(msgctl(id, IPC_STAT, &status));
	say("messages %lu, last by this process %d\n", (unsigned long)status.msg_qnum,
	    status.msg_lrpid == getpid());
	pid_t pid = fork();
	if (pid == 0) {
		usleep(2000);
		_exit(msgsnd(id, &message, 3, 0) != 0);
	}
	show(msgrcv(id, &message, sizeof(message.text), message.type, 0));
	wait_and_say("child", pid);
	show(msgsnd(id, bad_address(), 3, 0));
	show(msgctl(id, IPC_RMID, NULL));
}

int main(void)
{
	show_semaphores();
	show_messages();
	return finish();
}
