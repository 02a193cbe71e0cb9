/* Started without standard input, output or error: the numbers are free and get used. */
#include "test.h"

static int report(const char *closed)
{
	int out = open("report", O_WRONLY | O_CREAT | O_APPEND, 0644);
	char text[256];
	int length = snprintf(text, sizeof(text), "closed %s: report is %d,", closed, out);
	must(write(out, text, (size_t)length) == length);
	int fd = open("/etc/passwd", O_RDONLY);
	length = snprintf(text, sizeof(text), " next %d, 0 %d, 1 %d, 2 %d\n", fd, fcntl(0, F_GETFD),
			  fcntl(1, F_GETFD), fcntl(2, F_GETFD));
	must(write(out, text, (size_t)length) == length);
	return 12;
}

static void run_closed(const char *program, const char *which)
{
	pid_t pid = fork();
	if (pid == 0) {
		for (const char *digit = which; *digit; digit++)
			close(*digit - '0');
		execl(program, program, which, (char *)NULL);
		_exit(1);
	}
	wait_and_say(which, pid);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(argv[1]);
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	run_closed(argv[0], "0");
	run_closed(argv[0], "1");
	run_closed(argv[0], "2");
	run_closed(argv[0], "01");
	run_closed(argv[0], "012");
	say_file("report");
	return finish();
}
