/* System V shared memory, between processes. */
#include "test.h"
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void)
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
	return finish();
}
