/* A change of user that changes nothing: files are opened and mapped afterwards as before. */
#include "test.h"
#include <sys/mman.h>

int main(void)
{
	gid_t group = getgid();
	uid_t user = getuid();
	make_file("data", "mapped");
	show(setregid(group, group));
	show(setresuid(user, user, user));
	show(setuid(user));
	int fd = open("data", O_RDONLY);
	must(fd >= 0);
	const char *map = mmap(NULL, 6, PROT_READ, MAP_PRIVATE, fd, 0);
	must(map != MAP_FAILED);
	say("%.6s\n", map);
	return finish();
}
