/* Collects what there is to say (report.h), records it, and then tells it in a few lines. */
#include "monitor/divergence.h"

#include "base/alloc.h"
#include "monitor/recorder.h"
#include "monitor/report.h"
#include "monitor/step_record.h"

/* The call that was not made has neither outcome nor output; what the rendezvous still holds is older. */
static void step_forget_outcome(struct trace_step *step)
{
	step->executed = EXECUTED_NOBODY;
	step->ticket = 0;
	step->no_result = true;
	for (uint32_t rest = step->variants; rest; rest &= rest - 1) {
		unsigned v = (unsigned)__builtin_ctz(rest);

		step->result[v] = 0;
		step->exit_ns[v] = step->entry_ns[v];
	}
	while (step->n_bufs && step->bufs[step->n_bufs - 1].direction == DIRECTION_OUT)
		step->n_bufs--;
}

static void record_step(const struct report *report)
{
	struct trace_record record = { .kind = TRACE_STEP };
	struct trace_buf bufs[LIMIT_STEP_BUFS];

	step_record_fill(&record.step, bufs, report->lane, report->r, report->calls);
	record.step.task_seq = report->task_seq;
	record.step.verdict = VERDICT_DIVERGED;
	if (!report_is_made(report))
		step_forget_outcome(&record.step);
	recorder_add(report->session->recorder, LEADER, &record);
}

static void record_divergence(struct report *report)
{
	struct trace_record record = { .kind = TRACE_DIVERGENCE };
	struct trace_divergence *d = &record.divergence;
	char summary[SENTENCE_BYTES];
	struct decode_text t = decode_text_make(summary, sizeof(summary));

	report_put_summary(&t, report);
	if (report_may_be_race(report))
		decode_put(&t, "; likely cause: " RACE_TEXT);
	decode_text_finish(&t);
	d->task = report->lane->id;
	d->kind = (uint8_t)report->m->kind;
	d->arg = (int8_t)report->m->arg;
	d->time_ns = session_now_ns(report->session);
	d->offset = report->m->offset;
	d->odd = report->m->odd;
	d->action = "killed";
	d->summary = summary;
	d->sides = report->sides;
	d->n_sides = report->session->n_variants;
	recorder_add(report->session->recorder, LEADER, &record);
}

/* A call that was made already has its number; the rendezvous is not to be recorded once more. */
static uint64_t take_task_seq(struct lane *lane, struct rendezvous *r, bool made)
{
	uint64_t seq;

	if (!made || !r->unrecorded || !r->task_seq)
		return ++lane->task_seq;
	seq = r->task_seq;
	r->unrecorded = false;
	return seq;
}

void divergence_report(struct session *s, struct lane *lane, const struct mismatch *mismatch,
		       uint32_t arrived)
{
	struct rendezvous *r = lane_rendezvous(lane, lane->seq);
	struct report *report = alloc_zeroed(1, sizeof(*report));

	*report = (struct report){
		.session = s,
		.lane = lane,
		.r = r,
		.m = mismatch,
		.buf = -1,
	};
	report_collect(report, arrived);
	report->task_seq = lane->task_seq;
	if (report->calls) {
		report->task_seq = take_task_seq(lane, r, report_is_made(report));
		record_step(report);
		s->n_steps++;
	}
	record_divergence(report);
	s->n_divergences++;
	recorder_sync(s->recorder);
	report_tell(report);
	report_finish(report);
}
