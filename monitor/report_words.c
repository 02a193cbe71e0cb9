/* What a variant does or came to, in a word or two. */
#include "monitor/report.h"

#include <linux/audit.h>
#include <sys/wait.h>

#include "monitor/options.h"
#include "monitor/tracee/cpuid.h"
#include "schema/syscall_names.h"

void report_put_call_name(struct decode_text *t, int64_t nr)
{
	const struct syscall_row *row = syscall_row_find(nr);

	if (row)
		decode_put(t, row->name);
	else
		decode_putf(t, "system call %lld", (long long)nr);
}

static void put_signal_name(struct decode_text *t, int signo)
{
	const char *name = signal_name_find(signo);

	if (name)
		decode_put(t, name);
	else
		decode_putf(t, "signal %d", signo);
}

void report_put_variants(struct decode_text *t, uint32_t mask)
{
	const char *before = mask & (mask - 1) ? "variants " : "variant ";

	for (; mask; mask &= mask - 1) {
		decode_putf(t, "%s%d", before, __builtin_ctz(mask));
		before = ", ";
	}
}

void report_put_timeout(struct decode_text *t, const struct report *report)
{
	uint64_t timeout_ns = report->session->options->timeout_ns;

	decode_putf(t, "did not come within %g s", (double)timeout_ns / 1e9);
}

void report_put_end(struct decode_text *t, int status)
{
	if (WIFEXITED(status)) {
		decode_putf(t, "exited with %d", WEXITSTATUS(status));
		return;
	}
	decode_put(t, "killed by ");
	put_signal_name(t, WTERMSIG(status));
}

static bool has_fault_address(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL || signo == SIGFPE;
}

void report_put_fault(struct decode_text *t, const struct slot *slot)
{
	put_signal_name(t, slot->signo);
	if (has_fault_address(slot->signo))
		decode_putf(t, " at 0x%llx", (unsigned long long)slot->siginfo.si_addr);
}

static const char *trap_word(const struct slot *slot)
{
	switch ((enum trace_trap_kind)slot->trap) {
	case TRAP_RDTSC: return "rdtsc";
	case TRAP_RDTSCP: return "rdtscp";
	case TRAP_CPUID: return "cpuid";
	}
	return "trap";
}

void report_put_trap(struct decode_text *t, const struct slot *slot)
{
	uint32_t leaf, subleaf;

	decode_put(t, trap_word(slot));
	if (slot->trap != TRAP_CPUID)
		return;
	cpuid_question(&slot->regs, &leaf, &subleaf);
	decode_putf(t, "(0x%x, 0x%x)", leaf, subleaf);
}

void report_put_foreign(struct decode_text *t, const struct slot *slot)
{
	if (slot->arch == AUDIT_ARCH_I386)
		decode_putf(t, "system call %d of the 32-bit ABI (int 0x80)", (int)slot->nr);
	else
		decode_putf(t, "system call %d of the x32 ABI", (int)(slot->nr & ~SYSCALL_X32_BIT));
}

bool report_is_for_signal(const struct slot *slot)
{
	return slot->kind == ARRIVAL_SIGNAL || slot->kind == ARRIVAL_PAUSE ||
	       slot->kind == ARRIVAL_VAIN;
}

void report_put_signal(struct decode_text *t, const struct slot *slot)
{
	const char *name = signal_name_find(slot->signo);

	decode_put(t, slot->kind == ARRIVAL_SIGNAL ? "gets " :
		      slot->kind == ARRIVAL_VAIN   ? "does not get " :
						     "computes");
	if (slot->kind != ARRIVAL_PAUSE)
		decode_put(t, name ? name : "a signal");
}
