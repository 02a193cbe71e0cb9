/* The sixteen bytes at AT_RANDOM as control flow, and a file name made from them. */
#include "test.h"
#include <sys/auxv.h>

static const unsigned char *random_bytes(void)
{
	return (const unsigned char *)(uintptr_t)getauxval(AT_RANDOM);
}

static uint64_t hash_random(void)
{
	uint64_t hash = 14695981039346656037u;
	for (int i = 0; i < 16; i++)
		hash = (hash ^ random_bytes()[i]) * 1099511628211u;
	return hash;
}

int main(int argc, char **argv)
{
	char text[64];
	for (int i = 0; i < 16; i++) {
		if (random_bytes()[i] & 1)
			must(getppid() > 0);
	}
	int length = snprintf(text, sizeof(text), "%016llx", (unsigned long long)hash_random());
	if (argc > 1)
		return 3 + (strlen(argv[1]) != 16);
	must(mkdir("folder", 0700) == 0 && chdir("folder") == 0);
	make_file(text, "once");
	say("hash of %d characters\n", length);
	must(unlink(text) == 0 && chdir("..") == 0);
	show(rmdir("folder"));
	pid_t pid = fork();
	if (pid == 0) {
		execl(argv[0], "again", text, (char *)NULL);
		_exit(1);
	}
	wait_and_say("after exec", pid);
	return finish();
}
