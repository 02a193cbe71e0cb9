/* Messages; see canon_message.h. */
#include "analysis/canon_message.h"

#include <asm/unistd.h>
#include <sys/socket.h>

#include "analysis/canon_level.h"
#include "analysis/canon_value.h"
#include "analysis/handed.h"
#include "analysis/rights.h"

/* u64s of a LAYOUT for one message: content, name and control come first in both directions */
#define SENT_SCALARS     3
#define RECEIVED_SCALARS 6

static bool is_sending(const struct canon_call *call)
{
	return call->step->nr == __NR_sendmsg || call->step->nr == __NR_sendmmsg;
}

static bool is_several(const struct canon_call *call)
{
	return call->step->nr == __NR_sendmmsg || call->step->nr == __NR_recvmmsg;
}

static struct bytes part_of(const struct canon_call *call, enum trace_buf_part part)
{
	enum trace_direction direction = is_sending(call) ? DIRECTION_IN : DIRECTION_OUT;
	const struct trace_buf *buf = canon_buf_find(call, 1, direction, part);

	return buf && buf->data.length ? bytes_make(buf->data.data, buf->data.length) :
					 bytes_make("", 0);
}

/* How long the next message's parts are, by the layout of all; false when that is not known. */
static bool next_message(const struct canon_call *call, struct bytes *layout, uint64_t *content,
			 uint64_t *control)
{
	size_t rest = (is_sending(call) ? SENT_SCALARS : RECEIVED_SCALARS) - SENT_SCALARS;

	*content = bytes_u64(layout);
	bytes_u64(layout);
	*control = bytes_u64(layout);
	bytes_take(layout, rest * sizeof(uint64_t));
	return !layout->failed;
}

uint64_t canon_message_bytes(const struct canon_call *call)
{
	struct bytes layout = part_of(call, PART_LAYOUT);
	int64_t result = call->step->result[call->variant];
	uint64_t bytes = 0, content, control;

	if (call->step->nr != __NR_sendmmsg)
		return (uint64_t)result;
	for (int64_t i = 0; i < result && next_message(call, &layout, &content, &control); i++)
		bytes += content;
	return bytes;
}

bool canon_message_has_name(const struct canon_call *call)
{
	return is_sending(call) && part_of(call, PART_NAME).left >= sizeof(sa_family_t);
}

static unsigned flags_arg(const struct canon_call *call)
{
	return is_several(call) ? 3 : 2;
}

/* Objects of the receiver's own, for as long as nobody knows better. */
static void open_received(struct objects *o, const struct canon_call *call, const int32_t *fds,
			  size_t count)
{
	cleanup_text struct text stem = { 0 };

	text_add(&stem, "received");
	canon_put_maker(call, &stem);
	for (size_t i = 0; i < count; i++) {
		process_open(o, call->process, fds[i], OBJECT_INHERITED, text_get(&stem), NULL,
			     NULL);
		process_set_cloexec(call->process, fds[i],
				    call->args[flags_arg(call)] & MSG_CMSG_CLOEXEC);
	}
}

static void follow_one(struct objects *o, const struct canon_call *call, struct bytes control)
{
	const struct object *socket = process_fd(call->process, (int)call->args[0]);
	struct rights rights = rights_make(control.at, control.left);
	int32_t fds[HANDED_MAX];
	size_t count = 0;

	while (count < HANDED_MAX && rights_next(&rights, &fds[count]))
		count++;
	if (is_sending(call)) {
		if (call->learning)
			handed_learn(call->handed, call->process, socket, fds, count);
		return;
	}
	open_received(o, call, fds, count);
	if (!call->learning && !(call->args[flags_arg(call)] & MSG_PEEK))
		handed_place(call->handed, call->process, socket, fds, count);
}

bool canon_message_hands_over(const struct trace_step *step)
{
	for (size_t i = 0; i < step->n_bufs; i++)
		if (step->bufs[i].part == PART_CONTROL && step->bufs[i].data.length)
			return step->nr == __NR_sendmsg || step->nr == __NR_sendmmsg;
	return false;
}

void canon_message_follow(struct objects *objects, const struct canon_call *call)
{
	struct bytes controls = part_of(call, PART_CONTROL), layout = part_of(call, PART_LAYOUT);
	int64_t count = call->step->result[call->variant];
	uint64_t content, length;

	if (!is_several(call)) {
		follow_one(objects, call, controls);
		return;
	}
	for (int64_t i = 0; i < count && next_message(call, &layout, &content, &length); i++) {
		const uint8_t *at = bytes_take(&controls, length);

		if (!at)
			return;
		follow_one(objects, call, bytes_make(at, length));
	}
}
