/* A root process gives up its rights for good; files it makes then are the new user's. */
#include "test.h"
#include <grp.h>
#include <sys/prctl.h>

static void drop(void)
{
	gid_t none[1] = { 65534 };
	uid_t user, effective, saved;
	show(setgroups(1, none));
	show(setresgid(65534, 65534, 65534));
	show(setresuid(65534, 65534, 0));
	must(getresuid(&user, &effective, &saved) == 0);
	say("%u %u %u\n", user, effective, saved);
	show(open("/etc/shadow", O_RDONLY) >= 0);
	show(seteuid(0));
	show(setuid(65534));
	show(setuid(65534));
	show(setresuid(65534, 65534, 65534));
	show(setuid(0));
	show(prctl(PR_GET_DUMPABLE));
	int fd = open("shared/made", O_WRONLY | O_CREAT | O_EXCL, 0600);
	struct stat status;
	must(fd >= 0 && fstat(fd, &status) == 0);
	say("owner %u %u\n", status.st_uid, status.st_gid);
	must(write(fd, "by nobody", 9) == 9);
	execl("/usr/bin/id", "id", "-u", (char *)NULL);
	_exit(1);
}

int main(void)
{
	if (geteuid() != 0) {
		say("only root can give up rights\n");
		return 77;
	}
	must(mkdir("shared", 0777) == 0 && chmod("shared", 0777) == 0 && chmod(".", 0755) == 0);
	pid_t pid = fork();
	if (pid == 0)
		drop();
	wait_and_say("dropped", pid);
	say_file("shared/made");
	show(setuid(0));
	return finish();
}
