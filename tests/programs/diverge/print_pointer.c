/* Prints an address: argument stack, heap, code, library or map. Layouts give it away. */
#include "tests/programs/test.h"
#include <sys/mman.h>

int main(int argc, char **argv)
{
	int local;
	const void *address = &local;
	must(argc > 1);
	if (strcmp(argv[1], "heap") == 0)
		address = malloc(100);
	else if (strcmp(argv[1], "code") == 0)
		address = (const void *)(uintptr_t)main;
	else if (strcmp(argv[1], "library") == 0)
		address = (const void *)(uintptr_t)strlen;
	else if (strcmp(argv[1], "map") == 0)
		address = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say("before\n");
	say("%p\n", address);
	return finish();
}
