/* System V shared memory as it is used: by key, twice, read-only, at a place, removed and attached, over exec. */
#include "test.h"
#include <sys/ipc.h>
#include <sys/shm.h>

enum { PAGE = 4096 };

static unsigned long attached(int id)
{
	struct shmid_ds status;
	must(shmctl(id, IPC_STAT, &status) == 0);
	return status.shm_nattch;
}

static int *attach(int id, const void *at, int flags)
{
	int *map = shmat(id, at, flags);
	must(map != (void *)-1);
	return map;
}

static void by_key(void)
{
	make_file("key", "");
	key_t key = ftok("key", 'm');
	pid_t pid = fork();
	if (pid == 0) {
		int id = shmget(key, 3 * PAGE, IPC_CREAT | IPC_EXCL | 0600);
		must(id >= 0);
		int *map = attach(id, NULL, 0);
		map[0] = 1234;
		map[2 * PAGE / sizeof(int)] = 5678;
		_exit(0);
	}
	wait_and_say("maker", pid);
	/* Nobody has it attached now. */
	show(shmget(key, 4 * PAGE, 0600));
	show(shmget(key, PAGE, IPC_CREAT | IPC_EXCL | 0600));
	int id = shmget(key, PAGE, 0600);
	must(id >= 0);
	say("attached %lu\n", attached(id));
	int *map = attach(id, NULL, 0);
	say("%d %d\n", map[0], map[2 * PAGE / sizeof(int)]);
	const int *reading = attach(id, NULL, SHM_RDONLY);
	map[1] = 42;
	say("%d, attached %lu\n", reading[1], attached(id));
	show(shmdt(map + 1));
	show(shmdt(map));
	show(shmdt(map));
	say("%d\n", reading[0]);
	show(shmdt(reading));
	show(shmctl(id, IPC_RMID, NULL));
	show(shmctl(id, IPC_RMID, NULL) < 0 ? errno == EINVAL || errno == EIDRM : 0);
}

static void at_a_place(void)
{
	int id = shmget(IPC_PRIVATE, 2 * PAGE, 0600);
	int *map = attach(id, NULL, 0);
	char *free_place = (char *)map;
	must(shmdt(map) == 0);
	map = attach(id, free_place, 0);
	say("where it was %d\n", (char *)map == free_place);
	map[0] = 1;
	must(shmdt(map) == 0);
	show(shmat(id, free_place + 1, 0) == (void *)-1 ? -1 : 0);
	map = attach(id, free_place + 1, SHM_RND);
	say("rounded %d, holds %d\n", (char *)map == free_place, map[0]);
	int other = shmget(IPC_PRIVATE, PAGE, 0600);
	show(shmat(other, free_place, 0) == (void *)-1 ? -1 : 0);
	/* Over the first page of the old one: what is left of that goes with its own address. */
	map = attach(other, free_place, SHM_REMAP);
	say("%d %d\n", map[0], ((int *)(void *)(free_place + PAGE))[0]);
	say("attached %lu %lu\n", attached(id), attached(other));
	show(shmdt(map));
	say("attached %lu %lu\n", attached(id), attached(other));
	show(shmctl(other, IPC_RMID, NULL));
	show(shmctl(id, IPC_RMID, NULL));
}

static void removed_while_attached(void)
{
	int id = shmget(IPC_PRIVATE, PAGE, 0600);
	int *map = attach(id, NULL, 0);
	struct shmid_ds status;
	map[0] = 7;
	must(shmctl(id, IPC_STAT, &status) == 0);
	status.shm_perm.mode = 0640;
	show(shmctl(id, IPC_SET, &status));
	show(shmctl(id, SHM_LOCK, NULL));
	show(shmctl(id, SHM_UNLOCK, NULL));
	show(shmctl(id, IPC_RMID, NULL));
	must(shmctl(id, IPC_STAT, &status) == 0);
	say("mode %o\n", status.shm_perm.mode);
	int *again = attach(id, NULL, 0);
	again[1] = map[0] + 1;
	say("%d\n", map[1]);
	pid_t pid = fork();
	if (pid == 0) {
		say("child: attached %lu\n", attached(id));
		map[2] = 9;
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	wait_and_say("child", pid);
	say("attached %lu, %d\n", attached(id), map[2]);
	show(shmdt(map));
	show(shmdt(again));
	show(shmat(id, NULL, 0) == (void *)-1 ? errno == EINVAL || errno == EIDRM : 0);
}

static void in_turn(void)
{
	int id = shmget(IPC_PRIVATE, PAGE, 0600), there[2], back[2];
	char byte;
	must(id >= 0 && pipe(there) == 0 && pipe(back) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		int *map = attach(id, NULL, 0);
		for (int i = 0; i < 20; i++) {
			must(read(there[0], &byte, 1) == 1);
			map[0] = (map[0] * 5 + 1) % 10007;
			must(write(back[1], "b", 1) == 1);
		}
		_exit(0);
	}
	int *map = attach(id, NULL, 0);
	for (int i = 0; i < 20; i++) {
		map[0] = (map[0] * 3 + 2) % 10007;
		must(write(there[1], "t", 1) == 1 && read(back[0], &byte, 1) == 1);
	}
	wait_and_say("child", pid);
	say("%d\n", map[0]);
	show(shmdt(map));
	show(shmctl(id, IPC_RMID, NULL));
}

int main(void)
{
	by_key();
	at_a_place();
	removed_while_attached();
	in_turn();
	show(shmat(-1, NULL, 0) == (void *)-1 ? -1 : 0);
	show(shmget(IPC_PRIVATE, 0, 0600));
	return finish();
}
