/*
 * A small notice board with a classic hole: the request is copied into a
 * buffer on the stack without looking at its length. Built as a position
 * independent executable without a stack protector, as too many still are.
 *
 *   server FOLDER PORT_FILE    serves on a free loopback port until told "QUIT"
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES 64

static const char *folder;
static int client;

static void send_file(const char *name)
{
	char path[4096], text[4096];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (length > 0)
		send(client, text, (size_t)length, MSG_NOSIGNAL);
	if (fd >= 0)
		close(fd);
}

/* Only for the operator at the console; no request leads here. */
__attribute__((noinline, used)) void operator_menu(void)
{
	send_file("secret.txt");
	_exit(0);
}

/* The hole: `length` is the client's, `request` is 64 bytes. */
__attribute__((noinline)) static int handle(const char *data, size_t length)
{
	volatile char request[REQUEST_BYTES];

	for (size_t i = 0; i < length; i++)
		request[i] = data[i];
	if (request[0] == 'Q')
		return 0;
	send_file("notice.txt");
	return 1;
}

static int listen_somewhere(const char *port_file)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *file;

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 4) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &length) < 0)
		return -1;
	file = fopen(port_file, "we");
	if (!file)
		return -1;
	fprintf(file, "%d\n", ntohs(addr.sin_port));
	fclose(file);
	return fd;
}

int main(int argc, char **argv)
{
	static char data[4096];
	int listener, more = 1;

	if (argc != 3)
		return 2;
	folder = argv[1];
	listener = listen_somewhere(argv[2]);
	if (listener < 0)
		return 1;
	while (more) {
		ssize_t length;

		client = accept(listener, NULL, NULL);
		length = client < 0 ? -1 : recv(client, data, sizeof(data), 0);
		if (length > 0)
			more = handle(data, (size_t)length);
		close(client);
	}
	return 0;
}
