/* The newer futex calls, where the kernel has them: waiting for what is already there, or not there. */
#include "test.h"
#include <sys/syscall.h>
#include <time.h>
#include "schema/syscall_numbers.h"

#define SIZE_U32 2
#define PRIVATE  128

struct waiter {
	uint64_t value, address;
	uint32_t flags, reserved;
};

/* A kernel that has it not says ENOSYS, and then that is all. */
static bool is_known(const char *name, long result)
{
	if (result >= 0 || errno != ENOSYS)
		return true;
	say("no %s\n", name);
	return false;
}

int main(void)
{
	uint32_t word = 1;
	struct waiter waiters[2] = { { 1, (uintptr_t)&word, SIZE_U32 | PRIVATE, 0 },
				     { 2, (uintptr_t)&word, SIZE_U32 | PRIVATE, 0 } };
	struct timespec past = { 0, 1 };

	if (is_known("futex_wake",
		     syscall(__NR_futex_wake, &word, 0xffffffffUL, 1, SIZE_U32 | PRIVATE)))
		show(syscall(__NR_futex_wake, &word, 0xffffffffUL, 1, SIZE_U32 | PRIVATE));
	if (is_known("futex_wait", syscall(__NR_futex_wait, &word, 2UL, 0xffffffffUL,
					   SIZE_U32 | PRIVATE, NULL, 1))) {
		show(syscall(__NR_futex_wait, &word, 2UL, 0xffffffffUL, SIZE_U32 | PRIVATE, NULL,
			     1));
		show(syscall(__NR_futex_wait, &word, 1UL, 0xffffffffUL, SIZE_U32 | PRIVATE, &past,
			     1));
	}
	if (is_known("futex_requeue", syscall(__NR_futex_requeue, waiters, 0, 0, 0)))
		show(syscall(__NR_futex_requeue, waiters, 0, 0, 0));
	show(syscall(__NR_futex_waitv, waiters, 2, 0, &past, CLOCK_MONOTONIC));
	waiters[1].value = 1;
	show(syscall(__NR_futex_waitv, waiters, 2, 0, &past, CLOCK_MONOTONIC));
	show(syscall(__NR_futex_waitv, waiters, 2, 1, &past, CLOCK_MONOTONIC));
	return finish();
}
