/*
 * The smallest system call, as often as the argument says: what one call costs
 * when there is nothing else to do.
 */
#include <err.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

	if (count <= 0)
		errx(2, "usage: getppid COUNT");
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	return 0;
}
