/* A program that gives up rights to files, then lives with what is left: threads of it open, read and execute. */
#include "test.h"
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "schema/syscall_numbers.h"

#define READ_FILE  (1u << 2)
#define READ_DIR   (1u << 3)
#define EXECUTE    (1u << 0)
#define WRITE_FILE (1u << 1)

struct __attribute__((packed)) path_rule {
	uint64_t access;
	int32_t folder;
};

static void allow(int rules, const char *path, uint64_t rights)
{
	struct path_rule rule = { rights, open(path, O_PATH | O_CLOEXEC) };

	must(rule.folder >= 0);
	must(syscall(__NR_landlock_add_rule, rules, 1, &rule, 0) == 0);
	must(close(rule.folder) == 0);
}

int main(void)
{
	uint64_t handled = READ_FILE | READ_DIR | EXECUTE | WRITE_FILE;
	char text[16] = "";

	if (syscall(__NR_landlock_create_ruleset, NULL, 0L, 1) < 0) {
		say("no landlock here\n");
		return 77;
	}
	must(mkdir("open", 0700) == 0 && mkdir("shut", 0700) == 0);
	make_file("open/data", "can be read");
	make_file("shut/data", "cannot be read");
	int rules = (int)syscall(__NR_landlock_create_ruleset, &handled, sizeof(handled), 0);
	must(rules >= 0);
	say("closed at exec %d\n", fcntl(rules, F_GETFD));
	allow(rules, "open", READ_FILE | READ_DIR);
	allow(rules, "/usr", READ_FILE | READ_DIR | EXECUTE);
	allow(rules, "/lib", READ_FILE | READ_DIR | EXECUTE);
	allow(rules, "/lib64", READ_FILE | READ_DIR | EXECUTE);
	allow(rules, "/etc", READ_FILE | READ_DIR);
	show(syscall(__NR_landlock_add_rule, rules, 1, bad_address(), 0));
	show(syscall(__NR_landlock_add_rule, rules, 99, &handled, 0));
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	show(syscall(__NR_landlock_restrict_self, rules, 0));
	show(syscall(__NR_landlock_restrict_self, 99, 0));
	must(close(rules) == 0);
	say_file("open/data");
	show(open("shut/data", O_RDONLY));
	show(open("open/data", O_WRONLY));
	show(open("shut/new", O_RDWR | O_CREAT, 0600) < 0);
	int fd = open("open", O_RDONLY | O_DIRECTORY);
	must(fd >= 0);
	show(openat(fd, "data", O_RDONLY) == fd + 1);
	show(read(fd + 1, text, 3));
	pid_t pid = fork();
	if (pid == 0) {
		execl("/usr/bin/true", "true", NULL);
		_exit(errno);
	}
	wait_and_say("child", pid);
	return finish();
}
