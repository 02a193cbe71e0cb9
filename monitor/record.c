/* Phase seven: hands the recorder what happened. */
#include "monitor/record.h"

#include <string.h>

#include "monitor/delivery.h"
#include "monitor/recorder.h"
#include "monitor/session.h"
#include "monitor/step_record.h"
#include "monitor/tracee/cpuid.h"
#include "monitor/tracee/pid_map.h"

static void add_signal(struct session *s, struct rendezvous *r)
{
	struct trace_record record = { .kind = TRACE_SIGNAL, .signal = r->signal };

	r->has_signal = false;
	record.signal.siginfo.data = (const uint8_t *)&r->signal_info;
	record.signal.siginfo.length = sizeof(r->signal_info);
	recorder_add(s->recorder, LEADER, &record);
}

void record_step(struct lane *lane, uint64_t seq)
{
	struct rendezvous *r = lane_rendezvous(lane, seq);
	struct session *s = lane->session;
	struct trace_buf bufs[LIMIT_STEP_BUFS];
	struct trace_record record;

	if (!r->unrecorded)
		return;
	r->unrecorded = false;
	s->n_steps++;
	if (!s->recorder)
		return;
	record.kind = TRACE_STEP;
	step_record_fill(&record.step, bufs, lane, r, lane->variants);
	recorder_add(s->recorder, LEADER, &record);
	if (r->has_signal)
		add_signal(s, r);
}

void record_local(struct tracer *t, struct task *task, int64_t result)
{
	struct session *s = t->session;
	struct trace_record record;
	struct trace_step *step = &record.step;

	if (!s->recorder)
		return;
	record.kind = TRACE_STEP;
	step->step = 0;
	step->ticket = 0;
	step->task_seq = 0;
	step->task = task->lane->id;
	step->abi = 0;
	step->variants = 1u << t->variant;
	step->nr = (int32_t)task->local_nr;
	step->executed = EXECUTED_LOCAL;
	step->verdict = VERDICT_LOCAL;
	step->policy = 0;
	step->no_result = 0;
	step->entry_ns[t->variant] = task->local_entry_ns;
	step->exit_ns[t->variant] = session_now_ns(s);
	for (unsigned i = 0; i < 6; i++)
		step->args[t->variant][i] = task->local_args[i];
	step->result[t->variant] = result;
	step->bufs = NULL;
	step->n_bufs = 0;
	recorder_add(s->recorder, t->variant, &record);
}

void record_task_start(struct lane *lane, uint64_t clone_flags)
{
	struct session *s = lane->session;
	struct trace_record record = { .kind = TRACE_TASK_START };
	struct trace_task_start *start = &record.task_start;

	start->task = lane->id;
	start->parent = lane->parent_id;
	start->label = lane->label;
	start->time_ns = session_now_ns(s);
	start->clone_flags = clone_flags;
	start->variants = lane->variants;
	/* A follower's child may not be born yet; its id is in the TaskEnd's place then, as 0. */
	for (unsigned v = 0; v < s->n_variants; v++) {
		start->pid[v] = atomic_load(&lane->process->pids[v]);
		start->tid[v] = atomic_load(&lane->thread->pids[v]);
	}
	recorder_add(s->recorder, LEADER, &record);
}

void record_task_end(struct lane *lane)
{
	struct session *s = lane->session;
	struct trace_record record = { .kind = TRACE_TASK_END };

	record.task_end.task = lane->id;
	record.task_end.time_ns = session_now_ns(s);
	record.task_end.variants = lane->variants;
	for (unsigned v = 0; v < s->n_variants; v++)
		record.task_end.status[v] = lane->status[v];
	recorder_add(s->recorder, LEADER, &record);
}

void record_signal(struct lane *lane, enum trace_signal_decision decision, const struct delivery *d)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);
	const siginfo_t *info = &d->info;
	bool has_sender = info->si_code <= 0 || info->si_signo == SIGCHLD;
	struct session *s = lane->session;
	struct trace_record record = { .kind = TRACE_SIGNAL };
	struct trace_signal *signal = &record.signal;

	s->n_signals++;
	*signal = (struct trace_signal){
		.task = lane->id,
		.signo = (uint32_t)info->si_signo,
		.code = info->si_code,
		.sender_pid = has_sender ? info->si_pid : 0,
		.sender_uid = has_sender ? info->si_uid : 0,
		.decision = (uint8_t)decision,
		.shared = decision != SIGNAL_FAULT && !delivery_is_own(s, info),
		.first_ns = d->first_ns,
		.delivered_ns = session_now_ns(s),
		.wait_iterations = d->waited,
		.retries = (uint32_t)__builtin_popcount(d->sent & d->listed),
		.listed = d->listed,
		.skipped = d->skipped,
		.sent = d->sent,
		.siginfo = { .data = (const uint8_t *)info, .length = sizeof(*info) },
	};
	memcpy(signal->had_ns, d->had_ns, sizeof(signal->had_ns));
	for (unsigned v = 0; v < s->n_variants; v++)
		signal->had_it |= (uint32_t)(d->had_ns[v] != 0) << v;
	/* What is decided while a step is under way comes after it. */
	if (!r->unrecorded)
		r = lane_rendezvous(lane, lane->seq - 1);
	if (!r->unrecorded || r->has_signal) {
		recorder_add(s->recorder, LEADER, &record);
		return;
	}
	r->has_signal = true;
	r->signal = *signal;
	r->signal_info = *info;
}

void record_mark(struct lane *lane, const char *text)
{
	struct session *s = lane->session;
	struct trace_record record = { .kind = TRACE_MARK };

	record.mark.task = lane->id;
	record.mark.time_ns = session_now_ns(s);
	record.mark.text = text;
	recorder_add(s->recorder, LEADER, &record);
}

void record_trap(struct lane *lane, const struct slot *slot, const struct trap_answer *answer)
{
	struct trace_record record = { .kind = TRACE_TRAP };

	record.trap.task = lane->id;
	record.trap.kind = slot->trap;
	record.trap.time_ns = slot->entry_ns;
	record.trap.value = answer->value;
	record.trap.extra = answer->extra;
	record.trap.ip = slot->ip;
	if (slot->trap == TRAP_CPUID)
		cpuid_question(&slot->regs, &record.trap.leaf, &record.trap.subleaf);
	recorder_add(lane->session->recorder, LEADER, &record);
}
