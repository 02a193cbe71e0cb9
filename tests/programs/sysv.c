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
	struct semid_ds set = status;
	set.sem_perm.mode = 0640;
	show(semctl(id, 0, IPC_SET, &set));
	show(semctl(id, 0, IPC_STAT, &set));
	say("mode %o\n", set.sem_perm.mode & 0777u);
	show(semctl(id, 0, 4711));
	struct seminfo info = { 0 };
	say("limits %d\n", semctl(0, 0, IPC_INFO, &info) >= 0 && info.semmsl > 0);
	int many = semget(IPC_PRIVATE, 3, IPC_CREAT | 0600);
	unsigned short values[4] = { 5, 6, 7, 99 };
	show(semctl(many, 0, SETALL, values));
	memset(values, 0, sizeof(values));
	show(semctl(many, 0, GETALL, values));
	say("%u %u %u %u\n", values[0], values[1], values[2], values[3]);
	show(semctl(many, 0, IPC_RMID));
	show(semctl(many, 0, GETALL, values));
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
	status.msg_perm.mode = 0640;
	show(msgctl(id, IPC_SET, &status));
	struct msginfo info = { 0 };
	say("limits %d\n",
	    msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)&info) >= 0 && info.msgmnb > 0);
	show(msgctl(id, 4711, &status));
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
