/* File systems put together by descriptors, and never attached anywhere. Without the right to it: errors. */
#include "test.h"
#include <sys/syscall.h>
#include "schema/syscall_numbers.h"

enum { SET_FLAG, SET_STRING, SET_BINARY, SET_PATH, SET_PATH_EMPTY, SET_FD, CREATE };
#define TREE_CLONE   1
#define TREE_CLOEXEC O_CLOEXEC

struct mount_request {
	uint32_t size, spare;
	uint64_t mount, parameter;
};

static void show_new(void)
{
	char text[16] = "";
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 1);

	say("fsopen %s\n", fs < 0 ? strerrorname_np(errno) : "works");
	show(syscall(SYS_fsopen, "no-such-type", 0) < 0);
	show(syscall(SYS_fsopen, bad_address(), 0) < 0);
	show(syscall(SYS_fsconfig, fs, SET_STRING, "size", "64k", 0));
	show(syscall(SYS_fsconfig, fs, SET_STRING, "no-such-option", "1", 0));
	show(syscall(SYS_fsconfig, fs, SET_FLAG, "ro-odd", NULL, 0));
	show(syscall(SYS_fsconfig, fs, SET_BINARY, "b", "bytes", 5));
	show(syscall(SYS_fsconfig, fs, SET_PATH, "p", "/", AT_FDCWD));
	show(syscall(SYS_fsconfig, fs, CREATE, NULL, NULL, 0));
	int mount = (int)syscall(SYS_fsmount, fs, 1, 0);
	say("fsmount %s\n", mount < 0 ? strerrorname_np(errno) : "works");
	if (mount < 0)
		return;
	say("numbers %d %d, closed at exec %d\n", fs, mount, fcntl(mount, F_GETFD));
	int file = openat(mount, "file", O_RDWR | O_CREAT, 0600);
	must(file == mount + 1);
	show(write(file, "in it", 5));
	show(pread(file, text, sizeof(text), 0));
	say("%s\n", text);
	show(mkdirat(mount, "folder", 0700));
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(here == file + 1);
	show(fchdir(mount));
	say_file("file");
	show(fchdir(here));
	show(open("file", O_RDONLY));
	must(close(here) == 0);
	show(unlinkat(mount, "file", 0));
	show(syscall(__NR_mount_setattr, mount, "", AT_EMPTY_PATH, (uint64_t[4]){ 1 }, 32L));
	show(openat(mount, "again", O_RDWR | O_CREAT, 0600));
	must(close(file) == 0 && close(mount) == 0 && close(fs) == 0);
}

static void show_tree(void)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/", TREE_CLONE | TREE_CLOEXEC);
	struct stat st;

	say("open_tree %s\n", tree < 0 ? strerrorname_np(errno) : "works");
	if (tree >= 0) {
		show(fstatat(tree, "proc", &st, 0));
		show(syscall(SYS_move_mount, tree, "", AT_FDCWD, "missing/folder", 4));
		must(close(tree) == 0);
	}
	int attributed = (int)syscall(__NR_open_tree_attr, AT_FDCWD, "missing", 0, NULL, 0L);
	say("open_tree_attr %d\n", attributed < 0);
	int plain = (int)syscall(SYS_open_tree, AT_FDCWD, "/", TREE_CLOEXEC);
	must(plain >= 0);
	show(fstatat(plain, "proc", &st, 0));
	say("fspick %s\n",
	    syscall(SYS_fspick, AT_FDCWD, "/missing", 0) < 0 ? strerrorname_np(errno) : "works");
	must(close(plain) == 0);
}

static void show_list(void)
{
	struct mount_request request = { 24, 0, UINT64_MAX, 0 };
	uint64_t ids[256];
	uint32_t state[128] = { 0 };
	long count = syscall(__NR_listmount, &request, ids, 256L, 0);

	if (count < 0) {
		say("no list\n");
		return;
	}
	say("mounts %d\n", count > 0);
	request.mount = count > 0 ? ids[0] : 0;
	request.parameter = 2; /* STATMOUNT_MNT_BASIC */
	say("statmount %d\n",
	    syscall(__NR_statmount, &request, state, sizeof(state), 0) == 0 && state[0] > 0);
	show(syscall(__NR_statmount, &request, state, 4L, 0));
	show(syscall(__NR_listmount, bad_address(), ids, 256L, 0));
}

int main(void)
{
	show_new();
	show_tree();
	show_list();
	return finish();
}
