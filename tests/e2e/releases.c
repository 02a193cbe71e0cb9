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
	int truncate = is("no-truncate") ? 0 : O_TRUNC, close_on_exec = is("flag") ? 0 : O_CLOEXEC;
	int fd = open("out", O_WRONLY | O_CREAT | truncate | close_on_exec,
		      is("create-mode") ? 0666 : 0644);

	must(fd >= 0, "open out");
	must(write(fd, line, strlen(line)) > 0, "write");
	if (is("pieces")) /* the same bytes in all, not in one go */
		must(write(fd, "tw", 2) == 2 && write(fd, "o\n", 2) == 2, "write");
	else
		must(write(fd, "two\n", is("cut") ? 3 : 4) >= 3, "write");
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

static void make_file(const char *name, int flags)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	must(fd >= 0, name);
	close(fd);
}

/* Two names that depend on each other: whoever sees one sees what the other says. */
static void move_files(void)
{
	const char *first = is("order-of-renames") ? "index" : "data";
	const char *second = is("order-of-renames") ? "data" : "index";
	char to[32];

	make_file("data", is("exclusive") ? 0 : O_EXCL);
	make_file("index", O_EXCL);
	snprintf(to, sizeof(to), "%s.1", first);
	must(rename(first, to) == 0, "rename");
	snprintf(to, sizeof(to), "%s.1", second);
	must(rename(second, to) == 0, "rename");
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

/* On an address of loopback that nobody else has, and two may have it at once. */
static void offer_network(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(is("bind") ? 7008 : 7007),
				  .sin_addr = { htonl(0x7f53480b) } };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		     bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0,
	     "bind");
	close(fd);
}

/* Two messages in one call, to whom the call says. */
static void send_messages(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(is("message-port") ? 9 : 7),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct iovec parts[] = { { .iov_base = "one", .iov_len = 3 },
				 { .iov_base = "two?", .iov_len = is("message") ? 4 : 3 } };
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &parts[0] } },
				       { .msg_hdr = { .msg_iov = &parts[1] } } };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (int i = 0; i < 2; i++) {
		messages[i].msg_hdr.msg_name = &to;
		messages[i].msg_hdr.msg_namelen = sizeof(to);
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	must(fd >= 0 && sendmmsg(fd, messages, 2, 0) == 2, "sendmmsg");
	close(fd);
}

struct rights {
	char byte;
	struct iovec part;
	struct msghdr message;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
};

static void rights_init(struct rights *r)
{
	memset(r, 0, sizeof(*r));
	r->part = (struct iovec){ .iov_base = &r->byte, .iov_len = 1 };
	r->control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
					      .cmsg_level = SOL_SOCKET,
					      .cmsg_type = SCM_RIGHTS };
	r->message = (struct msghdr){ .msg_iov = &r->part,
				      .msg_iovlen = 1,
				      .msg_control = &r->control,
				      .msg_controllen = sizeof(r->control) };
}

/* The child writes into a file that the parent opens once the child waits for it. */
static void hand_over(void)
{
	const char *name = is("handed") ? "handed2" : "handed";
	struct rights r;
	int ends[2], fd;
	pid_t child;

	rights_init(&r);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
	child = fork();
	if (child == 0) {
		must(recvmsg(ends[1], &r.message, 0) == 1, "recvmsg");
		memcpy(&fd, CMSG_DATA(&r.control.header), sizeof(fd));
		must(write(fd, "by the child\n", 13) == 13, "write");
		_exit(0);
	}
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(child > 0 && fd >= 0, "hand over");
	memcpy(CMSG_DATA(&r.control.header), &fd, sizeof(fd));
	must(sendmsg(ends[0], &r.message, 0) == 1, "sendmsg");
	must(waitpid(child, NULL, 0) == child, "waitpid");
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static void use_powers(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(page != MAP_FAILED, "mmap");
	if (is("mprotect"))
		must(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0, "mprotect");
	if (!is("setuid"))
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
	const char *word = getenv("WORD");
	int fd;

	if (is("spawn"))
		run_child("/bin/true", "one more");
	if (!is("fork"))
		run_child(is("exec") ? "/bin/false" : "/bin/true", is("argv") ? "infant" : "child");
	fd = open("/etc/hosts", O_RDONLY | (is("inherit") ? 0 : O_CLOEXEC));
	must(fd >= 0, "open /etc/hosts");
	run_child("/bin/true", word ? word : "no word");
	close(fd);
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
	move_files();
	use_network();
	offer_network();
	send_messages();
	hand_over();
	use_powers();
	run_children();
	if (is("kill"))
		kill(getpid(), SIGTERM);
	return is("exit") ? 4 : 3;
}
