/* brk and sbrk grow and shrink the heap; memory is zero and stays. */
#include "test.h"

int main(void)
{
	unsigned char *start = sbrk(0);
	must(start != (void *)-1);
	say("same %d\n", sbrk(0) == start);
	say("grown %d\n", sbrk(100000) == start);
	say("zero %d\n", start[0] == 0 && start[99999] == 0);
	fill_pattern(start, 100000, 0);
	say("grown %d\n", sbrk(1000000) == start + 100000);
	say("pattern %d\n", is_pattern(start, 100000, 0));
	show(brk(start + 50000));
	say("end %d\n", sbrk(0) == start + 50000);
	say("pattern %d\n", is_pattern(start, 50000, 0));
	show(brk((void *)(uintptr_t)1));
	say("end %d\n", sbrk(0) == start + 50000);
	show(brk(start));
	for (int i = 0; i < 200; i++) {
		void *block = malloc(1000 + (size_t)i * 997);
		must(block);
		memset(block, i, 1000);
		if (i % 3 == 0)
			free(block);
	}
	return finish();
}
