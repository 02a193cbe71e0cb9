/* prctl: name, parent death signal, dumpable, keepcaps, no_new_privs, child subreaper. */
#include "test.h"
#include <sys/prctl.h>

int main(void)
{
	char name[17] = "", link[PATH_MAX];
	int value = -1;
	show(prctl(PR_SET_NAME, "a name longer than fits"));
	show(prctl(PR_GET_NAME, name));
	say("%s\n", name);
	int fd = open("/proc/self/comm", O_RDWR);
	must(fd >= 0);
	memset(name, 0, sizeof(name));
	must(read(fd, name, 16) > 0);
	say("%s", name);
	show(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	show(prctl(PR_GET_PDEATHSIG, &value));
	say("%d\n", value);
	show(prctl(PR_GET_DUMPABLE));
	show(prctl(PR_GET_KEEPCAPS));
	show(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	show(prctl(PR_GET_SECCOMP));
	show(prctl(PR_GET_TIMERSLACK) > 0);
	show(prctl(PR_GET_TSC, &value));
	say("%d\n", value);
	show(prctl(PR_SET_CHILD_SUBREAPER, 1));
	show(prctl(PR_GET_CHILD_SUBREAPER, &value));
	say("%d\n", value);
	/* As libcap looks which capabilities there are. */
	show(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0));
	show(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
	show(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0));
	show(prctl(PR_CAPBSET_READ, 0) == prctl(PR_CAPBSET_READ, 1));
	show(prctl(PR_CAPBSET_DROP, 4711));
	show(prctl(PR_SET_SECUREBITS, prctl(PR_GET_SECUREBITS)) == (geteuid() ? -1 : 0));
	show(prctl(4711));
	show(prctl(PR_SET_DUMPABLE, 0));
	show(prctl(PR_GET_DUMPABLE));
	make_file("data", "read when not dumpable");
	say_file("data");
	show(readlink("/proc/self/exe", link, sizeof(link)) > 0);
	show(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	show(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	return finish();
}
