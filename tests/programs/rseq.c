/* rseq would hand out the CPU number without a call: under the monitor it is not there. */
#include "test.h"
#include <linux/rseq.h>
#include <sys/syscall.h>

int main(void)
{
	static struct rseq area __attribute__((aligned(32)));
	const char *run = getenv("MVX_CASE_RUN");
	long result = syscall(SYS_rseq, &area, sizeof(area), 0, 0x53053053);
	bool monitored = run && strcmp(run, "monitored") == 0;
	/* Natively the C library has registered one already, or not. */
	say("as expected %d\n",
	    monitored ? result < 0 && errno == ENOSYS :
			result == 0 || errno == EINVAL || errno == EBUSY || errno == EPERM);
	return finish();
}
