/* Which descriptors survive exec, and that their files and offsets are the same ones. */
#include "test.h"

static int list_after_exec(void)
{
	char text[4] = "";
	say("after exec:");
	for (int fd = 0; fd < 20; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			say(" %d", fd);
	}
	say("\n");
	show(read(4, text, 3));
	say("%s\n", text);
	show(write(6, "after", 5));
	show(write(8, "through the pipe", 16));
	char piped[32] = "";
	show(read(7, piped, sizeof(piped) - 1));
	say("%s\n", piped);
	show(open("/dev/null", O_RDONLY));
	return finish();
}

int main(int argc, char **argv)
{
	int ends[2];
	if (argc > 1)
		return list_after_exec();
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	make_file("data", "abcdefghi");
	must(open("data", O_RDONLY | O_CLOEXEC) == 3);
	must(open("data", O_RDONLY) == 4);
	must(open("out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) == 5);
	must(open("out", O_WRONLY) == 6);
	must(pipe(ends) == 0);
	must(dup(3) == 9 && fcntl(9, F_GETFD) == 0);
	must(fcntl(9, F_SETFD, FD_CLOEXEC) == 0);
	char text[4] = "";
	show(read(4, text, 3));
	show(write(5, "five", 4));
	show(write(6, "six ", 4));
	char *again[] = { argv[0], "list", NULL };
	execv(argv[0], again);
	return 1;
}
