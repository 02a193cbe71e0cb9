/* System V semaphores and messages: objects of the system, so the leader's calls are the program's. */
#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>

#include "monitor/call.h"

/* bytes: a message's type stands before its text (msgop(2)) */
#define TYPE_BYTES sizeof(long)
/* bytes: MSGMAX can be raised up to INT_MAX; what is longer the kernel refuses */
#define MESSAGE_LIMIT_BYTES (64u << 20)
/* an old flag that x86-64 ignores (include/uapi/linux/ipc.h) */
#define OLD_IPC_64 0x100

/* struct ipc64_perm: what IPC_SET looks at is uid and gid, mode, and a queue's size (msgctl(2)) */
#define PERM_IDS_AT     4
#define PERM_IDS_BYTES  8
#define PERM_MODE_AT    20
#define PERM_MODE_BYTES 4
#define QUEUE_BYTES_AT  88

/* What is done with semctl's and msgctl's last argument. */
enum control {
	CONTROL_UNKNOWN, /* to us and to Linux 6.18: EINVAL */
	CONTROL_UNUSED,
	CONTROL_VALUE,
	CONTROL_SET,
	CONTROL_OUT,
	CONTROL_ALL_IN, /* a value for each semaphore of the set */
	CONTROL_ALL_OUT,
};

static const struct command {
	int64_t nr;
	int command;
	enum control control;
	size_t bytes; /* CONTROL_OUT */
} commands[] = {
	{ SYS_semctl, IPC_RMID, CONTROL_UNUSED, 0 },
	{ SYS_semctl, GETVAL, CONTROL_UNUSED, 0 },
	{ SYS_semctl, GETPID, CONTROL_UNUSED, 0 },
	{ SYS_semctl, GETNCNT, CONTROL_UNUSED, 0 },
	{ SYS_semctl, GETZCNT, CONTROL_UNUSED, 0 },
	{ SYS_semctl, SETVAL, CONTROL_VALUE, 0 },
	{ SYS_semctl, IPC_SET, CONTROL_SET, 0 },
	{ SYS_semctl, IPC_STAT, CONTROL_OUT, sizeof(struct semid_ds) },
	{ SYS_semctl, SEM_STAT, CONTROL_OUT, sizeof(struct semid_ds) },
	{ SYS_semctl, SEM_STAT_ANY, CONTROL_OUT, sizeof(struct semid_ds) },
	{ SYS_semctl, IPC_INFO, CONTROL_OUT, sizeof(struct seminfo) },
	{ SYS_semctl, SEM_INFO, CONTROL_OUT, sizeof(struct seminfo) },
	{ SYS_semctl, GETALL, CONTROL_ALL_OUT, 0 },
	{ SYS_semctl, SETALL, CONTROL_ALL_IN, 0 },
	{ SYS_msgctl, IPC_RMID, CONTROL_UNUSED, 0 },
	{ SYS_msgctl, IPC_SET, CONTROL_SET, 0 },
	{ SYS_msgctl, IPC_STAT, CONTROL_OUT, sizeof(struct msqid_ds) },
	{ SYS_msgctl, MSG_STAT, CONTROL_OUT, sizeof(struct msqid_ds) },
	{ SYS_msgctl, MSG_STAT_ANY, CONTROL_OUT, sizeof(struct msqid_ds) },
	{ SYS_msgctl, IPC_INFO, CONTROL_OUT, sizeof(struct msginfo) },
	{ SYS_msgctl, MSG_INFO, CONTROL_OUT, sizeof(struct msginfo) },
};

static struct command command_get(int64_t nr, const uint64_t *args)
{
	int number = (int)(nr == SYS_semctl ? args[2] : args[1]) & ~OLD_IPC_64;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].nr == nr && commands[i].command == number)
			return commands[i];
	return (struct command){ .control = CONTROL_UNKNOWN };
}

/* Of a set in the monitor's own namespace. 0: the kernel will say what is wrong with it. */
static size_t semaphores_count(int id)
{
	struct semid_ds status;

	return semctl(id, 0, IPC_STAT, &status) < 0 ? 0 : status.sem_nsems;
}

static void gather_control(struct gather *g)
{
	unsigned arg = g->nr == SYS_semctl ? 3 : 2;
	uint64_t addr = g->args[arg];
	int32_t value = (int32_t)addr;

	switch (command_get(g->nr, g->args).control) {
	case CONTROL_UNKNOWN:
	case CONTROL_UNUSED:
	case CONTROL_OUT:
	case CONTROL_ALL_OUT: return;
	case CONTROL_VALUE:
		/* The upper half of the union is nobody's. */
		memcpy(capture_add(g->to, arg, PART_CONTENT, FORMAT_INT32, 0, sizeof(value)),
		       &value, sizeof(value));
		return;
	case CONTROL_SET:
		gather_add(g, arg, PART_CONTENT, FORMAT_BYTES, addr + PERM_IDS_AT, PERM_IDS_BYTES);
		gather_add(g, arg, PART_LAYOUT, FORMAT_BYTES, addr + PERM_MODE_AT, PERM_MODE_BYTES);
		if (g->nr == SYS_msgctl)
			gather_add(g, arg, PART_NAME, FORMAT_BYTES, addr + QUEUE_BYTES_AT,
				   sizeof(uint64_t));
		return;
	case CONTROL_ALL_IN:
		gather_add(g, arg, PART_CONTENT, FORMAT_BYTES, addr,
			   semaphores_count((int)g->args[0]) * sizeof(uint16_t));
		return;
	}
}

static void sysv_gather(struct gather *g)
{
	if (g->nr == SYS_msgsnd && g->args[2] <= MESSAGE_LIMIT_BYTES)
		gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1], TYPE_BYTES + g->args[2]);
	else if (g->nr == SYS_semctl || g->nr == SYS_msgctl)
		gather_control(g);
}

static void sysv_gather_output(struct gather *g, int64_t result)
{
	unsigned arg = g->nr == SYS_semctl ? 3 : 2;
	struct command command = command_get(g->nr, g->args);

	if (g->nr == SYS_msgrcv)
		gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1],
			   TYPE_BYTES + (size_t)result);
	else if (command.control == CONTROL_OUT)
		gather_add(g, arg, PART_CONTENT, FORMAT_BYTES, g->args[arg], command.bytes);
	else if (command.control == CONTROL_ALL_OUT)
		gather_add(g, arg, PART_CONTENT, FORMAT_BYTES, g->args[arg],
			   semaphores_count((int)g->args[0]) * sizeof(uint16_t));
}

static void sysv_decide(struct call *c)
{
	enum control control = command_get(c->nr, c->args).control;

	/* What is more than any limit can be the kernel refuses (ipc/msg.c). */
	if (c->nr == SYS_msgsnd && c->args[2] > MESSAGE_LIMIT_BYTES && c->args[2] <= INT32_MAX)
		call_unsupported(c, "a message of %llu bytes", (unsigned long long)c->args[2]);
	else if ((c->nr == SYS_semctl || c->nr == SYS_msgctl) && control == CONTROL_UNKNOWN)
		call_answer(c, -EINVAL);
	else if ((control == CONTROL_ALL_IN || control == CONTROL_ALL_OUT) && c->lane->moved)
		call_unsupported(c, "all semaphores of a set in a namespace of the program's own");
}

const struct call_ops calls_sysv = {
	.gather = sysv_gather,
	.gather_output = sysv_gather_output,
	.decide = sysv_decide,
};
