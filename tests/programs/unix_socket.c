/* A server and a client on a named and on an abstract local socket. */
#include "test.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un make_address(const char *path, bool abstract, socklen_t *length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	memcpy(address.sun_path + abstract, path, strlen(path));
	*length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path));
	return address;
}

static void run_client(const struct sockaddr_un *address, socklen_t length)
{
	char text[32] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	must(fd >= 0);
	must(connect(fd, (const struct sockaddr *)address, length) == 0);
	must(write(fd, "question", 8) == 8);
	must(read(fd, text, sizeof(text)) == 6);
	_exit(strcmp(text, "answer") == 0 ? 6 : 7);
}

static void serve(const char *path, bool abstract)
{
	socklen_t length;
	char text[32] = "";
	struct sockaddr_un address = make_address(path, abstract, &length), peer;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(fd >= 0);
	must(bind(fd, (struct sockaddr *)&address, length) == 0);
	show(bind(fd, (struct sockaddr *)&address, length));
	must(listen(fd, 5) == 0);
	pid_t pid = fork();
	if (pid == 0)
		run_client(&address, length);
	socklen_t peer_length = sizeof(peer);
	int client = accept4(fd, (struct sockaddr *)&peer, &peer_length, SOCK_CLOEXEC);
	must(client >= 0);
	say("accepted, peer length %u\n", peer_length);
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	must(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0);
	say("peer is the child %d\n", credentials.pid == pid);
	show(read(client, text, sizeof(text) - 1));
	say("%s\n", text);
	show(write(client, "answer", 6));
	wait_and_say("client", pid);
	show(read(client, text, 1));
	must(close(client) == 0 && close(fd) == 0);
}

int main(void)
{
	char name[64];
	struct stat status;
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	serve("named", false);
	must(stat("named", &status) == 0);
	say("socket %d\n", S_ISSOCK(status.st_mode));
	snprintf(name, sizeof(name), "mvx-test-%d", getpid());
	serve(name, true);
	socklen_t length;
	struct sockaddr_un address = make_address("named", false, &length);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	show(connect(fd, (struct sockaddr *)&address, length));
	address = make_address("missing", false, &length);
	show(connect(fd, (struct sockaddr *)&address, length));
	show(bind(fd, (struct sockaddr *)&address, 1));
	show(unlink("named"));
	return finish();
}
