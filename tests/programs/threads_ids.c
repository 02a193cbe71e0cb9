/* Thread ids: alike wherever they are seen, usable where they are arguments. */
#include "test.h"
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static pid_t seen;
static int gate[2], ready[2];

static void *work(void *argument)
{
	char byte;

	seen = (pid_t)syscall(SYS_gettid);
	say("gettid is what clone wrote: %d, not the process's: %d\n",
	    seen == *(pid_t *)argument || *(pid_t *)argument == 0, seen != getpid());
	if (write(ready[1], "r", 1) != 1 || read(gate[0], &byte, 1) != 1)
		_exit(98);
	return NULL;
}

static void ask(pid_t tid)
{
	struct sched_param param;
	cpu_set_t set;
	char path[64], name[32] = "";
	int fd;

	show(syscall(SYS_tgkill, getpid(), tid, 0));
	show(syscall(SYS_tkill, tid, 0));
	show(sched_getscheduler(tid));
	show(sched_getparam(tid, &param));
	show(sched_getaffinity(tid, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0);
	show(getpriority(PRIO_PROCESS, (id_t)tid));
	show(setpriority(PRIO_PROCESS, (id_t)tid, 1));
	show(getpriority(PRIO_PROCESS, (id_t)tid));
	show(getpgid(tid) == getpgrp());
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	fd = open(path, O_RDONLY);
	show(fd >= 0 && read(fd, name, sizeof(name)) > 0);
	say("%s", name);
	close(fd);
}

int main(void)
{
	static pid_t zero;
	pthread_t thread;
	char byte;

	if (pipe(gate) < 0 || pipe(ready) < 0)
		return 1;
	pthread_create(&thread, NULL, work, &zero);
	if (read(ready[0], &byte, 1) != 1)
		return 1;
	pthread_setname_np(thread, "worker");
	ask(seen);
	if (write(gate[1], "g", 1) != 1)
		return 1;
	pthread_join(thread, NULL);
	show(syscall(SYS_tgkill, getpid(), seen, 0));
	return finish();
}
