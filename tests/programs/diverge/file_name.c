/* Makes a file, directory or link whose name comes from an address of code. */
#include "tests/programs/test.h"

int main(int argc, char **argv)
{
	char name[64];
	must(argc > 1);
	unsigned long hash = (unsigned long)(uintptr_t)main * 2654435761u;
	snprintf(name, sizeof(name), "out-%lx", hash);
	if (strcmp(argv[1], "open") == 0)
		must(open(name, O_WRONLY | O_CREAT, 0600) >= 0);
	else if (strcmp(argv[1], "mkdir") == 0)
		must(mkdir(name, 0700) == 0);
	else if (strcmp(argv[1], "symlink") == 0)
		must(symlink(name, "link") == 0);
	else if (strcmp(argv[1], "exec") == 0)
		execl("/bin/touch", "touch", name, (char *)NULL);
	return finish();
}
