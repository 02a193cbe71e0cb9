/*
 * One program in many releases: $RELEASE names what this one does otherwise
 * than the first. diff.py records them and looks whether mvx-replay diff says it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *release;

static bool is(const char *name)
{
	return strcmp(release, name) == 0;
}

static void must(bool done, const char *what)
{
	if (!done)
		err(99, "%s", what);
}

static void write_files(void)
{
	const char *line = is("byte") ? "one line!\n" : is("content") ? "ONE line\n" : "one line\n";
	int fd = open("out", O_WRONLY | O_CREAT | O_TRUNC | (is("flag") ? 0 : O_CLOEXEC),
		      is("create-mode") ? 0666 : 0644);

	must(fd >= 0, "open out");
	must(write(fd, line, strlen(line)) > 0, "write");
	if (is("pieces")) /* the same bytes in all, not in one go */
		must(write(fd, "tw", 2) == 2 && write(fd, "o\n", 2) == 2, "write");
	else
		must(write(fd, "two\n", 4) == 4, "write");
	if (!is("fsync"))
		must(fsync(fd) == 0, "fsync");
	if (is("truncate"))
		must(ftruncate(fd, 3) == 0, "ftruncate");
	close(fd);
	must(chmod("out", is("chmod") ? 0600 : 0640) == 0, "chmod");
	must(rename("out", is("rename") ? "kept2" : "kept") == 0, "rename");
	must(symlink(is("symlink") ? "kept2" : "kept", "link") == 0, "symlink");
	if (is("unlink"))
		must(unlink("link") == 0, "unlink");
	must(mkdir(is("mkdir") ? "folder2" : "folder", 0755) == 0, "mkdir");
	umask(is("umask") ? 0 : 022);
}

static void look(const char *path)
{
	must(access(path, F_OK) != 0, "access");
}

/* A new file under a drawn name, then in the place of the old one. */
static void save_file(void)
{
	char name[] = "saved.XXXXXX";
	int fd = mkstemp(name);

	must(fd >= 0, "mkstemp");
	must(write(fd, is("save") ? "NEW" : "new", 3) == 3, "write");
	close(fd);
	must(rename(name, "saved") == 0, "rename");
}

static void read_files(void)
{
	char bytes[64];
	int fd = open(is("open") ? "/etc/hostname" : "/etc/passwd", O_RDONLY | O_CLOEXEC);

	must(fd >= 0 && read(fd, bytes, sizeof(bytes)) > 0, "read");
	close(fd);
	if (is("order"))
		look("/first");
	look("/second");
	if (!is("order"))
		look("/first");
	for (int i = 0; is("more") && i < 37; i++)
		look("/third");
}

/* A name that no two runs share. */
static void use_temporary(void)
{
	char name[] = "/tmp/releases-XXXXXX";
	int fd = mkstemp(name);

	must(fd >= 0, "mkstemp");
	must(write(fd, name, strlen(name)) > 0, "write");
	dprintf(STDOUT_FILENO, "%s\n", name);
	close(fd);
	must(unlink(name) == 0, "unlink");
}

static void use_network(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(is("port") ? 9 : 7),
				  .sin_addr = { htonl(is("host") ? 0x7f000002 : 0x7f000001) } };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0, "connect");
	send(fd, "hello", is("send") ? 4 : 5, 0);
	close(fd);
}

static void use_powers(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(page != MAP_FAILED, "mmap");
	if (is("mprotect"))
		must(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0, "mprotect");
	if (is("setuid"))
		must(setuid(getuid()) == 0, "setuid");
	if (!is("no-new-privs"))
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "prctl");
}

static void run_child(const char *program, const char *name)
{
	pid_t child = fork();

	if (child == 0) {
		execl(program, name, (char *)NULL);
		_exit(98);
	}
	must(child > 0 && waitpid(child, NULL, 0) == child, "waitpid");
}

static void run_children(void)
{
	if (is("spawn"))
		run_child("/bin/true", "one more");
	if (!is("fork"))
		run_child(is("exec") ? "/bin/false" : "/bin/true", is("argv") ? "infant" : "child");
	run_child("/bin/sh", "last");
}

int main(void)
{
	release = getenv("RELEASE");
	if (!release)
		release = "first";
	write_files();
	save_file();
	read_files();
	use_temporary();
	use_network();
	use_powers();
	run_children();
	if (is("kill"))
		kill(getpid(), SIGTERM);
	return is("exit") ? 4 : 3;
}
