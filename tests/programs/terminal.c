/* A terminal of its own making: a pseudo-terminal pair with a child on it. */
#include "test.h"
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static void be_child(int terminal)
{
	char line[64] = "";
	struct winsize size;
	must(setsid() == getpid());
	must(ioctl(terminal, TIOCSCTTY, 0) == 0);
	must(isatty(terminal) && tcgetpgrp(terminal) == getpgrp());
	must(ioctl(terminal, TIOCGWINSZ, &size) == 0);
	ssize_t n = read(terminal, line, sizeof(line) - 1);
	must(n > 0);
	dprintf(terminal, "[%d rows] %s", size.ws_row, line);
	int tty = open("/dev/tty", O_RDWR);
	must(tty >= 0 && write(tty, "by /dev/tty\n", 12) == 12);
	/* The parent hangs up only after the end of this line. */
	n = read(terminal, line, sizeof(line) - 1);
	_exit(n == 0 ? 3 : 4);
}

static void read_until(int master, const char *wanted)
{
	static char text[512];
	static size_t length;
	while (!strstr(text, wanted)) {
		ssize_t n = read(master, text + length, sizeof(text) - 1 - length);
		must(n > 0);
		length += (size_t)n;
	}
	say("seen \"%s\"\n", wanted);
}

int main(void)
{
	int master, terminal;
	struct winsize size = { .ws_row = 33, .ws_col = 99 };
	struct termios settings;
	must(openpty(&master, &terminal, NULL, NULL, &size) == 0);
	show(isatty(terminal));
	show(tcgetattr(terminal, &settings));
	say("echo %d\n", (settings.c_lflag & ECHO) != 0);
	settings.c_lflag &= (tcflag_t)~ECHO;
	settings.c_oflag &= (tcflag_t)~OPOST;
	show(tcsetattr(terminal, TCSANOW, &settings));
	pid_t pid = fork();
	if (pid == 0) {
		close(master);
		be_child(terminal);
	}
	show(write(master, "typed\n", 6));
	read_until(master, "[33 rows] typed\n");
	read_until(master, "by /dev/tty\n");
	show(write(master, "\004", 1));
	wait_and_say("child", pid);
	return finish();
}
