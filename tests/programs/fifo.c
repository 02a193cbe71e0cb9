/* A named pipe: opening waits for the other side; nonblocking opens; both directions. */
#include "test.h"

int main(void)
{
	char text[16] = "";
	show(mkfifo("fifo", 0600));
	show(mkfifo("fifo", 0600));
	show(open("fifo", O_WRONLY | O_NONBLOCK));
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open("fifo", O_WRONLY);
		must(fd >= 0 && write(fd, "by name", 7) == 7);
		_exit(0);
	}
	int fd = open("fifo", O_RDONLY);
	must(fd >= 0);
	show(read(fd, text, sizeof(text)));
	say("%s\n", text);
	wait_and_say("child", pid);
	show(read(fd, text, sizeof(text)));
	must(close(fd) == 0);
	fd = open("fifo", O_RDWR);
	show(write(fd, "self", 4));
	show(read(fd, text, sizeof(text)));
	show(unlink("fifo"));
	return finish();
}
