/*
 * Namespaces of its own, with and without the right to them: names, mounts,
 * users, networks. What is done in them is done once, and every variant is there.
 */
#include "test.h"
#include <net/if.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

/* Runs it in a child, whose namespaces end with it. */
static void apart(const char *name, void (*function)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		function();
		_exit(0);
	}
	wait_and_say(name, pid);
}

/* False, and says why, where it is not permitted. */
static bool enter(const char *name, int flags)
{
	if (unshare(flags) == 0)
		return true;
	say("%s: %s\n", name, strerrorname_np(errno));
	return false;
}

static void plain(void)
{
	show(unshare(0));
	show(unshare(CLONE_FS | CLONE_FILES));
	show(unshare(CLONE_SYSVSEM));
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	must(fd >= 0 && close(fd) == 0);
	show(unshare(0x10));
}

static void names(void)
{
	struct utsname before, now;

	must(uname(&before) == 0);
	int own = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	must(own >= 0);
	if (!enter("names", CLONE_NEWUTS))
		return;
	show(sethostname("mvx-test", 8));
	show(setdomainname("mvx-domain", 10));
	must(uname(&now) == 0);
	say("%s %s\n", now.nodename, now.domainname);
	pid_t pid = fork();
	if (pid == 0) {
		execlp("uname", "uname", "-n", NULL);
		_exit(9);
	}
	wait_and_say("uname", pid);
	show(setns(own, CLONE_NEWNET));
	show(setns(own, 0));
	must(uname(&now) == 0);
	say("back %d\n", strcmp(now.nodename, before.nodename) == 0);
	show(setns(99, 0));
}

static void mounts(void)
{
	char text[16] = "";

	if (!enter("mounts", CLONE_NEWNS))
		return;
	must(mkdir("there", 0700) == 0 && mkdir("bound", 0700) == 0);
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	show(mount("none", "there", "tmpfs", 0, "size=1m,mode=700"));
	make_file("there/file", "in a file system of its own");
	must(mkdir("there/folder", 0700) == 0);
	show(chdir("there/folder"));
	say_file("../file");
	int fd = open("../file", O_RDONLY | O_CLOEXEC);
	char *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	must(mapped != MAP_FAILED);
	say("%.4s\n", mapped);
	must(munmap(mapped, 4096) == 0);
	show(chdir("../.."));
	show(mount("there", "bound", NULL, MS_BIND, NULL));
	say_file("bound/file");
	show(umount2("bound", MNT_DETACH));
	show(open("bound/file", O_RDONLY));
	must(mkdir("there/old", 0700) == 0);
	show((int)syscall(SYS_pivot_root, "there", "there/old"));
	show(chdir("/"));
	say_file("/file");
	show(open("/usr", O_RDONLY));
	show(pread(fd, text, 4, 0));
	say("%s\n", text);
}

static void file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t put = fd < 0 ? -1 : write(fd, text, strlen(text));

	say("%s %s\n", path, put < 0 ? strerrorname_np(errno) : "written");
	if (fd >= 0)
		must(close(fd) == 0);
}

static void users(void)
{
	unsigned uid = getuid(), gid = getgid();
	char map[64];

	if (!enter("users", CLONE_NEWUSER))
		return;
	say("nobody yet %d\n", getuid() == 65534);
	file_put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	file_put("/proc/self/uid_map", map);
	file_put("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	file_put("/proc/self/gid_map", map);
	say("uid %u gid %u\n", getuid(), getgid());
	show(setuid(0));
	show(setuid(1));
	make_file("theirs", "a file");
	if (unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0) {
		show(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
		show(mount("none", "/proc/self", "tmpfs", 0, NULL) < 0);
	}
	pid_t pid = fork();
	if (pid == 0) {
		execlp("cat", "cat", "theirs", NULL);
		_exit(9);
	}
	wait_and_say("cat", pid);
}

static void networks(void)
{
	struct if_nameindex *list;
	unsigned count = 0;

	if (!enter("networks", CLONE_NEWNET))
		return;
	list = if_nameindex();
	must(list);
	while (list[count].if_index)
		count++;
	say("interfaces %d, first %s\n", count > 0, list[0].if_name);
	if_freenameindex(list);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(fd >= 0);
}

static void objects(void)
{
	if (!enter("objects", CLONE_NEWIPC))
		return;
	int id = semget(4711, 1, IPC_CREAT | IPC_EXCL | 0600);
	say("semaphore %d\n", id >= 0);
	show(semctl(id, 0, IPC_RMID));
}

static void of_a_child(void)
{
	int ends[2], back[2];
	struct utsname now;
	char byte;

	must(pipe(ends) == 0 && pipe(back) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		bool there = unshare(CLONE_NEWUTS) == 0 && sethostname("of-the-child", 12) == 0;

		must(write(ends[1], there ? "y" : "n", 1) == 1 && read(back[0], &byte, 1) == 1);
		_exit(0);
	}
	must(read(ends[0], &byte, 1) == 1);
	int child = (int)syscall(SYS_pidfd_open, pid, 0);
	must(child >= 0);
	if (byte == 'y') {
		show(setns(child, CLONE_NEWUTS));
		must(uname(&now) == 0);
		say("%s\n", now.nodename);
	}
	must(write(back[1], "r", 1) == 1);
	wait_and_say("child", pid);
}

int main(void)
{
	apart("plain", plain);
	apart("names", names);
	apart("mounts", mounts);
	apart("users", users);
	apart("networks", networks);
	apart("objects", objects);
	apart("of a child", of_a_child);
	return finish();
}
