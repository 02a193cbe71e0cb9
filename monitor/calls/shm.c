/*
 * System V shared memory: segments are the leader's, but each follower
 * attaches one of its own in place of it. Their ends (shmdt, exec, exit) are
 * then each variant's own.
 */
#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/outgoing.h"
#include "monitor/segment.h"
#include "monitor/variant.h"

/* an old flag that x86-64 ignores (include/uapi/linux/ipc.h) */
#define OLD_IPC_64 0x100

/* What is done with shmctl's last argument. */
struct control {
	int command;
	bool is_set;     /* it gives owner and mode */
	uint16_t output; /* bytes written there */
};

static const struct control controls[] = {
	{ IPC_RMID, false, 0 },
	{ IPC_SET, true, 0 },
	{ IPC_STAT, false, sizeof(struct shmid_ds) },
	{ SHM_STAT, false, sizeof(struct shmid_ds) },
	{ SHM_STAT_ANY, false, sizeof(struct shmid_ds) },
	{ IPC_INFO, false, sizeof(struct shminfo) },
	{ SHM_INFO, false, sizeof(struct shm_info) },
	{ SHM_LOCK, false, 0 },
	{ SHM_UNLOCK, false, 0 },
};

static const struct control *control_find(const uint64_t *args)
{
	int command = (int)args[1] & ~OLD_IPC_64;

	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (controls[i].command == command)
			return &controls[i];
	return NULL;
}

/* What IPC_SET takes from the structure; the rest of it may be anything (shmctl(2)). */
static void gather_set(struct gather *g)
{
	struct shmid_ds status;
	uint32_t values[3];

	if (gather_read(g, g->args[2], &status, sizeof(status)) < 0) {
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], sizeof(status));
		return;
	}
	values[0] = status.shm_perm.uid;
	values[1] = status.shm_perm.gid;
	values[2] = status.shm_perm.mode & 0777;
	memcpy(capture_add(g->to, 2, PART_CONTENT, FORMAT_BYTES, 0, sizeof(values)), values,
	       sizeof(values));
}

static void shm_gather(struct gather *g)
{
	const struct control *control = g->nr == SYS_shmctl ? control_find(g->args) : NULL;

	if (control && control->is_set)
		gather_set(g);
}

static void shm_gather_output(struct gather *g, int64_t result)
{
	const struct control *control = g->nr == SYS_shmctl ? control_find(g->args) : NULL;

	(void)result;
	if (control && control->output)
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], control->output);
}

/* SHM_REMAP takes the place of whatever is there (shmat(2)). */
static bool replaces_our_pages(const struct call *c)
{
	struct shmid_ds status;
	uint64_t length = UINT32_MAX;

	if (shmctl((int)c->args[0], IPC_STAT, &status) == 0)
		length = status.shm_segsz;
	for (unsigned v = 0; v < c->session->n_variants; v++)
		if (mm_has_ours(c->lane->mm, v, c->rendezvous->slots[v].args[1], length))
			return true;
	return false;
}

static void shm_decide(struct call *c)
{
	c->early = c->nr == SYS_shmdt;
	if (c->nr == SYS_shmctl && !control_find(c->args))
		call_unsupported(c, "command %d", (int)c->args[1]);
	else if (c->nr == SYS_shmget && (c->args[2] & SHM_HUGETLB) && c->session->n_variants > 1)
		call_unsupported(c, "huge pages");
	else if (c->nr == SYS_shmat && (c->args[2] & SHM_REMAP) && replaces_our_pages(c))
		call_answer(c, -EINVAL);
}

static void shm_apply(struct call *c)
{
	struct error err = { 0 };

	if (c->nr != SYS_shmat || result_is_error(c->result) || c->session->n_variants == 1)
		return;
	c->segment = segment_get(c->session, c->tracer->backend, c->task->tid, (int32_t)c->args[0],
				 (uint64_t)c->result, &err);
	if (c->segment)
		/* Before anything else can happen: the orders are given later. */
		atomic_fetch_add(&c->segment->pending, c->session->n_variants - 1);
	else
		call_unsupported(c, "%s", err.message);
	if (!((int)c->args[2] & SHM_RDONLY))
		outgoing_begin(c);
}

static void shm_order(struct call *c, unsigned v, struct order *o)
{
	struct order_call *call;

	if (!c->segment)
		return;
	o->kind = ORDER_ANSWER;
	o->write_output = false;
	call = call_add_order(c, v, SYS_shmat);
	memcpy(call->args, c->rendezvous->slots[v].args, sizeof(call->args));
	call->args[0] = (uint64_t)c->segment->ids[v];
	call->is_result = true;
	call->pending = &c->segment->pending;
}

const struct call_ops calls_shm = {
	.gather = shm_gather,
	.gather_output = shm_gather_output,
	.decide = shm_decide,
	.order = shm_order,
	.apply = shm_apply,
};
