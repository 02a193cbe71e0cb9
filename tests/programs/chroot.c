/* Another root: paths begin there, and what was open before stays open. */
#include "test.h"
#include <sched.h>
#include <sys/mman.h>

int main(void)
{
	char text[64] = "", where[128] = "";

	must(mkdir("jail", 0700) == 0 && mkdir("jail/folder", 0700) == 0);
	make_file("jail/folder/inside", "inside");
	make_file("outside", "outside");
	int before = open("outside", O_RDWR | O_CLOEXEC);
	int folder = open("jail", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(before >= 0 && folder >= 0);
	show(chroot("missing"));
	show(chroot("outside"));
	show(chroot(bad_address()));
	int status = chroot("jail");
	say("chroot %s\n", status < 0 ? strerrorname_np(errno) : "works");
	if (status < 0)
		return finish();
	show(chdir("/folder"));
	say("%s\n", getcwd(where, sizeof(where)));
	say_file("inside");
	say_file("/folder/inside");
	show(open("/outside", O_RDONLY));
	show(open("../../../../outside", O_RDONLY));
	show(read(before, text, sizeof(text)));
	say("%.7s\n", text);
	make_file("/new", "written");
	say_file("/new");
	show(fchdir(folder));
	say_file("new");
	show(rename("new", "/folder/moved"));
	show(unlink("/folder/moved"));
	pid_t pid = fork();
	if (pid == 0) {
		show(chroot("/folder"));
		show(chdir("/"));
		say_file("inside");
		execl("/bin/sh", "sh", NULL);
		say("no shell: %s\n", strerrorname_np(errno));
		_exit(3);
	}
	wait_and_say("child", pid);
	say_file("folder/inside");
	pid = fork();
	if (pid == 0) {
		must(chdir("folder") == 0);
		say("mounts of its own %d\n", unshare(CLONE_NEWNS) == 0 || errno == EPERM);
		say_file("inside");
		int file = open("inside", O_RDONLY | O_CLOEXEC);
		char *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
		must(mapped != MAP_FAILED);
		say("%.6s\n", mapped);
		_exit(0);
	}
	wait_and_say("child", pid);
	void *memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED);
	return finish();
}
