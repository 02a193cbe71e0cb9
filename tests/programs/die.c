/* Ends as its argument says: "exit N", "signal N", "fault", "return". */
#include "test.h"
#include <sys/resource.h>

int main(int argc, char **argv)
{
	must(argc > 1);
	must(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == 0);
	say("about to end\n");
	if (strcmp(argv[1], "exit") == 0)
		exit(atoi(argv[2]));
	if (strcmp(argv[1], "signal") == 0) {
		signal(atoi(argv[2]), SIG_DFL);
		raise(atoi(argv[2]));
	}
	if (strcmp(argv[1], "fault") == 0)
		*(volatile int *)bad_address() = 1;
	if (strcmp(argv[1], "child") == 0 && fork() == 0) {
		usleep(20000);
		say("the child ends after its parent\n");
		_exit(0);
	}
	return 42;
}
