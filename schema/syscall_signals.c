/*
 * Shows signals: what a siginfo_t holds hangs on the signal and on who sent it
 * (sigaction(2), include/uapi/asm-generic/siginfo.h, whose offsets these are).
 */
#include "schema/syscall_signals.h"

#include <signal.h>
#include <string.h>

#include "schema/syscall_flags.h"
#include "schema/syscall_names.h"

/* The bytes that any member of a siginfo_t's union needs. */
#define SIGINFO_BYTES  48
#define SIGEVENT_BYTES 16

void decode_put_sigset(struct decode_text *t, uint64_t set)
{
	bool inverted = __builtin_popcountll(set) >= 48;
	const char *separator = inverted ? "~[" : "[";

	if (inverted)
		set = ~set;
	if (!set)
		decode_put(t, separator);
	for (int signo = 1; signo <= 64; signo++) {
		const char *name = signal_name_find(signo);

		if (!(set >> (signo - 1) & 1))
			continue;
		decode_putf(t, "%s%s", separator, name ? name + strlen("SIG") : "?");
		separator = " ";
	}
	decode_put(t, "]");
}

/* What a positive si_code means, by signal; the signals of faults come with an address. */
static const struct codes {
	int signo;
	enum flag_set names;
	bool is_fault;
} codes[] = {
	{ SIGILL, FLAGS_ILL_CODE, true },    { SIGFPE, FLAGS_FPE_CODE, true },
	{ SIGSEGV, FLAGS_SEGV_CODE, true },  { SIGBUS, FLAGS_BUS_CODE, true },
	{ SIGTRAP, FLAGS_TRAP_CODE, true },  { SIGCHLD, FLAGS_CLD_CODE, false },
	{ SIGPOLL, FLAGS_POLL_CODE, false }, { SIGSYS, FLAGS_SYS_CODE, false },
};

static const struct codes *codes_find(int signo, int code)
{
	if (code <= 0 || code == SI_KERNEL)
		return NULL;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].signo == signo)
			return &codes[i];
	return NULL;
}

/* union sigval, unless it is zero: a number or an address, and nobody says which. */
static void put_value(struct decode_text *t, const uint8_t *at)
{
	uint64_t value = decode_load(at, 8);

	if (value)
		decode_putf(t, ", si_int=%d, si_ptr=%#llx", (int)value, (unsigned long long)value);
}

static void put_child(struct decode_text *t, const uint8_t *data, int code)
{
	int status = (int)decode_load(data + 24, 4);

	decode_put(t, ", si_status=");
	if (code == CLD_EXITED)
		decode_put_signed(t, status);
	else
		decode_put_signal(t, status);
	decode_putf(t, ", si_utime=%lld, si_stime=%lld", (long long)decode_load(data + 32, 8),
		    (long long)decode_load(data + 40, 8));
}

static void put_sender(struct decode_text *t, const uint8_t *data)
{
	decode_putf(t, ", si_pid=%d, si_uid=%u", (int)decode_load(data + 16, 4),
		    (unsigned)decode_load(data + 20, 4));
}

static void put_kernels(struct decode_text *t, const struct codes *of, const uint8_t *data,
			int code)
{
	if (of->is_fault) {
		decode_put(t, ", si_addr=");
		decode_put_address(t, decode_load(data + 16, 8));
	} else if (of->signo == SIGPOLL) {
		decode_putf(t, ", si_band=%lld, si_fd=%d", (long long)decode_load(data + 16, 8),
			    (int)decode_load(data + 24, 4));
	} else if (of->signo == SIGSYS) {
		decode_put(t, ", si_call_addr=");
		decode_put_address(t, decode_load(data + 16, 8));
		decode_putf(t, ", si_syscall=%d, si_arch=%#x", (int)decode_load(data + 24, 4),
			    (unsigned)decode_load(data + 28, 4));
	} else {
		put_sender(t, data);
		put_child(t, data, code);
	}
}

static void put_others(struct decode_text *t, const uint8_t *data, int code)
{
	if (code == SI_TIMER) {
		decode_putf(t, ", si_timerid=%#x, si_overrun=%d",
			    (unsigned)decode_load(data + 16, 4), (int)decode_load(data + 20, 4));
		put_value(t, data + 24);
		return;
	}
	if (code != SI_KERNEL || decode_load(data + 16, 8))
		put_sender(t, data);
	if (code != SI_USER && code != SI_TKILL && code != SI_KERNEL)
		put_value(t, data + 24);
}

bool decode_put_siginfo(struct decode_text *t, const struct decode_view *view)
{
	const struct codes *of;
	int signo, code;

	if (view->length < SIGINFO_BYTES)
		return false;
	signo = (int)decode_load(view->data, 4);
	code = (int)decode_load(view->data + 8, 4);
	of = codes_find(signo, code);
	if (!signo) {
		decode_put(t, "{}");
		return true;
	}
	decode_put(t, "{si_signo=");
	decode_put_signal(t, signo);
	decode_put(t, ", si_code=");
	decode_put_flag_set(t, of ? of->names : FLAGS_SI_CODE, (unsigned)code);
	if (of)
		put_kernels(t, of, view->data, code);
	else
		put_others(t, view->data, code);
	decode_put(t, "}");
	return true;
}

/* sigev_value, sigev_signo, sigev_notify, then what a thread needs (sigevent(7)). */
bool decode_put_sigevent(struct decode_text *t, const struct decode_view *view)
{
	uint64_t value;
	unsigned notify;

	if (view->length < SIGEVENT_BYTES)
		return false;
	value = decode_load(view->data, 8);
	notify = (unsigned)decode_load(view->data + 12, 4);
	decode_put(t, "{");
	if (value)
		decode_putf(t, "sigev_value={sival_int=%d, sival_ptr=%#llx}, ", (int)value,
			    (unsigned long long)value);
	decode_put(t, "sigev_signo=");
	if (notify == SIGEV_SIGNAL || notify == SIGEV_THREAD_ID)
		decode_put_signal(t, (int)decode_load(view->data + 8, 4));
	else
		decode_put_signed(t, (int)decode_load(view->data + 8, 4));
	decode_put(t, ", sigev_notify=");
	decode_put_flag_set(t, FLAGS_SIGEV_NOTIFY, notify);
	if (notify == SIGEV_THREAD_ID && view->length >= SIGEVENT_BYTES + 4)
		decode_putf(t, ", sigev_notify_thread_id=%d", (int)decode_load(view->data + 16, 4));
	decode_put(t, "}");
	return true;
}
