/*
 * Keeps a note: the program of the README's example of a release. The first
 * release writes it so that a crash loses nothing and others cannot read it;
 * the second, made "faster", does not.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef RELEASE
#define RELEASE 1
#endif

int main(int argc, char **argv)
{
	const char *note = argc > 1 ? argv[1] : "nothing";
	int fd = open("notes.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      RELEASE == 1 ? 0600 : 0644);

	if (fd < 0 || dprintf(fd, "%s\n", note) < 0)
		err(1, "notes.new");
	if (RELEASE == 1 && fsync(fd) < 0)
		err(1, "fsync");
	close(fd);
	if (rename("notes.new", "notes") < 0)
		err(1, "rename");
	printf("kept: %s\n", note);
	return 0;
}
