/* What a program may tell the kernel about a file, and ask about it, beside reading and writing. */
#include "test.h"
#include <sys/syscall.h>
#include "schema/syscall_numbers.h"

struct cache_range {
	uint64_t offset, length;
};

struct cache_state {
	uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

int main(void)
{
	struct cache_range range = { 0, 0 };
	struct cache_state state = { 0 };
	int ends[2];

	make_file("data", "some text in a file");
	int fd = open("data", O_RDWR | O_CLOEXEC);
	must(fd >= 0 && pipe(ends) == 0);
	show(readahead(fd, 0, 100));
	show(readahead(ends[0], 0, 100));
	show(readahead(99, 0, 100));
	show(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	show(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL));
	show(sync_file_range(fd, 0, 10, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
	show(sync_file_range(fd, 0, -10, 0));
	show(sync_file_range(ends[0], 0, 10, 0));
	if (syscall(__NR_cachestat, fd, &range, &state, 0) == 0)
		say("cached %d\n", state.cached > 0);
	else
		say("no cachestat\n");
	say("bad range %d\n", syscall(__NR_cachestat, fd, bad_address(), &state, 0) < 0);
	say("bad descriptor %d\n", syscall(__NR_cachestat, 99, &range, &state, 0) < 0);
	return finish();
}
