/* A server and a client over loopback: TCP with a port the kernel chose, UDP, IPv6, errors. */
#include "test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

enum { BYTES = 200000 };
static unsigned char bytes[BYTES];

static struct sockaddr_in loopback(in_port_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = port,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static in_port_t bound_port(int fd)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	must(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	must(length == sizeof(address) && address.sin_port != 0);
	return address.sin_port;
}

static void send_pattern(in_port_t port)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	fill_pattern(bytes, BYTES, 0);
	for (size_t sent = 0; sent < BYTES;) {
		ssize_t n = send(fd, bytes + sent, BYTES - sent, 0);
		must(n > 0);
		sent += (size_t)n;
	}
	must(shutdown(fd, SHUT_WR) == 0);
	char reply[8] = "";
	must(recv(fd, reply, 4, MSG_WAITALL) == 4);
	_exit(strcmp(reply, "done") == 0 ? 0 : 1);
}

static void show_tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in address = loopback(0), peer;
	socklen_t length = sizeof(peer);
	size_t got = 0;
	ssize_t n;
	must(fd >= 0);
	show(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	show(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	show(listen(fd, 1));
	in_port_t port = bound_port(fd);
	pid_t pid = fork();
	if (pid == 0)
		send_pattern(port);
	int client = accept(fd, (struct sockaddr *)&peer, &length);
	must(client >= 0);
	say("from loopback %d, port %d\n", peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK),
	    peer.sin_port != 0);
	while ((n = recv(client, bytes, sizeof(bytes), 0)) > 0) {
		must(is_pattern(bytes, (size_t)n, got));
		got += (size_t)n;
	}
	say("received %zu\n", got);
	show(send(client, "done", 4, 0));
	wait_and_say("client", pid);
	must(close(client) == 0 && close(fd) == 0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	address = loopback(port);
	show(connect(fd, (struct sockaddr *)&address, sizeof(address)));
	show(recv(fd, bytes, 1, 0));
	show(accept(fd, NULL, NULL));
}

static void show_udp(void)
{
	int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in address = loopback(0), from;
	socklen_t length = sizeof(from);
	char text[16] = "";
	must(bind(one, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(bind(two, (struct sockaddr *)&address, sizeof(address)) == 0);
	address = loopback(bound_port(two));
	show(sendto(one, "datagram", 8, 0, (struct sockaddr *)&address, sizeof(address)));
	struct pollfd entry = { two, POLLIN, 0 };
	show(poll(&entry, 1, -1));
	show(recvfrom(two, text, sizeof(text), 0, (struct sockaddr *)&from, &length));
	say("%s, from the first %d\n", text, from.sin_port == bound_port(one));
	show(recv(two, text, 1, MSG_DONTWAIT));
	show(connect(one, (struct sockaddr *)&address, sizeof(address)));
	show(send(one, "", 0, 0));
	show(recv(two, text, sizeof(text), 0));
}

int main(void)
{
	show_tcp();
	show_udp();
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	say("IPv6 socket %d\n", fd >= 0 || errno == EAFNOSUPPORT);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = loopback(htons(1));
	address.sin_family = AF_UNIX;
	show(connect(fd, (struct sockaddr *)&address, sizeof(address)));
	show(setsockopt(fd, SOL_SOCKET, 9999, &fd, sizeof(fd)));
	show(getpeername(fd, (struct sockaddr *)&address, &(socklen_t){ sizeof(address) }));
	return finish();
}
