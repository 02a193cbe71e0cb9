/* Thousands of small writes to standard output and a file. */
#include "test.h"

int main(void)
{
	char line[64];
	int fd = open("lines", O_WRONLY | O_CREAT | O_APPEND, 0644);
	must(fd >= 0);
	for (int i = 0; i < 3000; i++) {
		int length = snprintf(line, sizeof(line), "line %d of many\n", i);
		must(write(fd, line, (size_t)length) == length);
		must(write(STDOUT_FILENO, line, (size_t)length) == length);
		if (i % 7 == 0)
			must(write(fd, "\n", 1) == 1);
	}
	show(lseek(fd, 0, SEEK_END));
	return finish();
}
