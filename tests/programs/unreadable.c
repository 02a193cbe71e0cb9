/* Files that nobody could open a second time: made with no rights, or with only one. */
#include "test.h"

int main(void)
{
	char text[8] = "";
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	static const mode_t modes[] = { 0, 0200, 0400, 0600 };
	for (size_t i = 0; i < countof(flags); i++) {
		for (size_t j = 0; j < countof(modes); j++) {
			int fd = open("file", flags[i] | O_CREAT | O_EXCL, modes[j]);
			must(fd >= 0);
			say("flags %d, mode %o:", flags[i], modes[j]);
			say(" write %d,", write(fd, "text", 4) == 4);
			say(" read %d\n", pread(fd, text, sizeof(text), 0) >= 0);
			must(close(fd) == 0);
			must(unlink("file") == 0);
		}
	}
	return finish();
}
