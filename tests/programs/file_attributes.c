/* Handles of files, and the attribute calls that take a folder's descriptor. */
#include "test.h"
#include <sys/syscall.h>
#include "schema/syscall_numbers.h"

struct attributes {
	uint64_t value;
	uint32_t size, flags;
};

static void show_handles(void)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle, again;
	int mount = -1, same = -1;
	char text[16] = "";

	memset(&handle, 0, sizeof(handle));
	say("too small %d\n", name_to_handle_at(AT_FDCWD, "data", &handle.head, &mount, 0) < 0);
	/* some file systems have none */
	if (errno != EOVERFLOW) {
		say("no handles\n");
		return;
	}
	say("wanted %d, mount %d\n", handle.head.handle_bytes > 0, mount >= 0);
	handle.head.handle_bytes = MAX_HANDLE_SZ;
	show(name_to_handle_at(AT_FDCWD, "data", &handle.head, &mount, 0));
	again = handle;
	show(name_to_handle_at(AT_FDCWD, "data", &again.head, &same, 0));
	say("the same %d\n", memcmp(&again, &handle, sizeof(handle)) == 0 && same == mount);
	int fd = open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		say("may not open\n");
	} else {
		show(read(fd, text, sizeof(text)));
		say("%.4s\n", text);
		must(close(fd) == 0);
	}
	show(open_by_handle_at(99, &handle.head, O_RDONLY));
	show(open_by_handle_at(AT_FDCWD, bad_address(), O_RDONLY));
	handle.head.handle_bytes = 9999;
	show(open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY));
}

static void show_xattrs(void)
{
	char value[32] = "", names[256] = "";
	struct attributes set = { (uintptr_t) "a value", 7, 0 };
	struct attributes get = { (uintptr_t)value, sizeof(value), 0 };
	long result = syscall(__NR_setxattrat, AT_FDCWD, "data", 0, "user.mvx", &set, sizeof(set));

	if (result < 0) {
		say("no attributes\n");
		return;
	}
	show(syscall(__NR_getxattrat, AT_FDCWD, "data", 0, "user.mvx", &get, sizeof(get)));
	say("%s\n", value);
	show(syscall(__NR_listxattrat, AT_FDCWD, "data", 0, names, sizeof(names)) > 0);
	get.size = 0;
	show(syscall(__NR_getxattrat, AT_FDCWD, "data", 0, "user.mvx", &get, sizeof(get)));
	get.size = 2;
	show(syscall(__NR_getxattrat, AT_FDCWD, "data", 0, "user.mvx", &get, sizeof(get)));
	show(syscall(__NR_getxattrat, AT_FDCWD, "data", 0, "user.mvx", &get, 3L));
	show(syscall(__NR_removexattrat, AT_FDCWD, "data", 0, "user.mvx"));
	show(syscall(__NR_removexattrat, AT_FDCWD, "data", 0, "user.mvx"));
}

static void show_flags(void)
{
	struct {
		uint64_t flags;
		uint32_t extent, extents, project, cow;
	} file = { 0 };

	if (syscall(__NR_file_getattr, AT_FDCWD, "data", &file, sizeof(file), 0) < 0) {
		say("no flags\n");
		return;
	}
	show(syscall(__NR_file_setattr, AT_FDCWD, "data", &file, sizeof(file), 0));
	show(syscall(__NR_file_getattr, AT_FDCWD, "missing", &file, sizeof(file), 0));
	show(syscall(__NR_file_setattr, AT_FDCWD, "data", bad_address(), sizeof(file), 0));
}

static void show_security(void)
{
	uint64_t modules[32];
	uint32_t size = sizeof(modules);
	long count = syscall(__NR_lsm_list_modules, modules, &size, 0);

	if (count < 0) {
		say("no list\n");
		return;
	}
	say("bytes %u for %ld\n", size / 8, count);
	for (long i = 0; i < count; i++)
		must(modules[i] >= 100);
	size = 1;
	show(syscall(__NR_lsm_list_modules, modules, &size, 0));
	say("wanted %d\n", size > 1);
	size = sizeof(modules);
	say("own %d\n",
	    syscall(__NR_lsm_get_self_attr, 100, modules, &size, 0) >= 0 || errno == EOPNOTSUPP);
	show(syscall(__NR_lsm_set_self_attr, 100, modules, 4, 0) < 0);
}

int main(void)
{
	make_file("data", "text");
	show_handles();
	show_xattrs();
	show_flags();
	show_security();
	return finish();
}
