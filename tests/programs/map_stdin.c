/* Standard input mapped, where it is a file: it was open before the program began. */
#include "test.h"
#include <sys/mman.h>

int main(void)
{
	struct stat st;
	char text[8] = "";
	must(fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode));
	const char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
	must(map != MAP_FAILED);
	say("%.7s\n", map);
	must(read(STDIN_FILENO, text, 7) == 7);
	say("%s\n", text);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, STDIN_FILENO, 0);
	must(map != MAP_FAILED);
	say("%.7s\n", map + 7);
	show(lseek(STDIN_FILENO, 0, SEEK_CUR));
	return finish();
}
