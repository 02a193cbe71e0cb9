/* System V semaphores and messages: objects of the system, so the leader's calls are the program's. */
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

/* What is done with semctl's and msgctl's last argument. */
enum control { CONTROL_UNKNOWN, CONTROL_UNUSED, CONTROL_VALUE, CONTROL_STATUS };

static enum control control_of(int64_t nr, const uint64_t *args)
{
	int command = (int)(nr == SYS_semctl ? args[2] : args[1]) & ~OLD_IPC_64;

	switch (command) {
	case IPC_RMID: return CONTROL_UNUSED;
	case IPC_STAT: return CONTROL_STATUS;
	case IPC_SET: return CONTROL_UNKNOWN;
	}
	if (nr != SYS_semctl)
		return CONTROL_UNKNOWN;
	switch (command) {
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT: return CONTROL_UNUSED;
	case SETVAL: return CONTROL_VALUE;
	}
	return CONTROL_UNKNOWN;
}

static bool is_control(int64_t nr)
{
	return nr == SYS_semctl || nr == SYS_msgctl;
}

static void sysv_gather(struct gather *g)
{
	int32_t value = (int32_t)g->args[3];

	if (g->nr == SYS_msgsnd && g->args[2] <= MESSAGE_LIMIT_BYTES)
		gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1], TYPE_BYTES + g->args[2]);
	/* The upper half of the union is nobody's. */
	else if (g->nr == SYS_semctl && control_of(g->nr, g->args) == CONTROL_VALUE)
		memcpy(capture_add(g->to, 3, PART_CONTENT, FORMAT_INT32, 0, sizeof(value)), &value,
		       sizeof(value));
}

static void sysv_gather_output(struct gather *g, int64_t result)
{
	if (g->nr == SYS_msgrcv)
		gather_add(g, 1, PART_CONTENT, FORMAT_BYTES, g->args[1],
			   TYPE_BYTES + (size_t)result);
	if (!is_control(g->nr) || control_of(g->nr, g->args) != CONTROL_STATUS)
		return;
	if (g->nr == SYS_semctl)
		gather_add(g, 3, PART_CONTENT, FORMAT_BYTES, g->args[3], sizeof(struct semid_ds));
	else
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], sizeof(struct msqid_ds));
}

static void sysv_decide(struct call *c)
{
	if (is_control(c->nr) && control_of(c->nr, c->args) == CONTROL_UNKNOWN)
		call_unsupported(c, "command %d",
				 (int)(c->nr == SYS_semctl ? c->args[2] : c->args[1]));
	else if (c->nr == SYS_msgsnd && c->args[2] > MESSAGE_LIMIT_BYTES)
		call_unsupported(c, "a message of %llu bytes", (unsigned long long)c->args[2]);
}

const struct call_ops calls_sysv = {
	.gather = sysv_gather,
	.gather_output = sysv_gather_output,
	.decide = sysv_decide,
};
