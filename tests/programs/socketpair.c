/* Socket pairs between parent and child: streams, datagrams, seqpackets, shutdown, options. */
#include "test.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static void show_stream(void)
{
	int ends[2];
	char text[32] = "";
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		must(close(ends[0]) == 0);
		must(recv(ends[1], text, 5, MSG_WAITALL) == 5);
		must(send(ends[1], text, 5, 0) == 5);
		must(shutdown(ends[1], SHUT_WR) == 0);
		must(read(ends[1], text, 1) == 0);
		_exit(4);
	}
	must(close(ends[1]) == 0);
	show(send(ends[0], "pi", 2, 0));
	show(send(ends[0], "ngs", 3, MSG_NOSIGNAL));
	show(recv(ends[0], text, 2, MSG_PEEK | MSG_WAITALL));
	show(recv(ends[0], text, 5, MSG_WAITALL));
	say("%s\n", text);
	show(recv(ends[0], text, 5, 0));
	show(shutdown(ends[0], SHUT_WR));
	wait_and_say("child", pid);
	show(recv(ends[0], text, 1, MSG_DONTWAIT));
}

static void show_messages(int type)
{
	int ends[2], waiting = -1;
	char one[4] = "", two[4] = "";
	struct iovec in[2] = { { one, 3 }, { two, 3 } }, out[2] = { { "abcd", 4 }, { "ef", 2 } };
	struct msghdr message = { .msg_iov = out, .msg_iovlen = 2 };
	must(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	show(sendmsg(ends[0], &message, 0));
	show(sendmsg(ends[0], &message, MSG_NOSIGNAL));
	show(ioctl(ends[1], FIONREAD, &waiting) == 0 && waiting >= 6);
	message.msg_iov = in;
	show(recvmsg(ends[1], &message, 0));
	say("%s %s flags %d\n", one, two, message.msg_flags & MSG_TRUNC);
	message.msg_iovlen = 1;
	show(recvmsg(ends[1], &message, MSG_TRUNC));
	say("truncated %d\n", (message.msg_flags & MSG_TRUNC) != 0);
	show(recvmsg(ends[1], &message, 0));
}

int main(void)
{
	int ends[2], value = 0;
	socklen_t length = sizeof(value);
	show_stream();
	show_messages(SOCK_DGRAM);
	show_messages(SOCK_SEQPACKET);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	show(getsockopt(ends[0], SOL_SOCKET, SO_TYPE, &value, &length));
	say("type %d, length %u\n", value, length);
	struct ucred peer = { 0 };
	length = sizeof(peer);
	show(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &peer, &length));
	say("peer is this process %d, user %d\n", peer.pid == getpid(), peer.uid == geteuid());
	struct sockaddr_un name;
	length = sizeof(name);
	show(getsockname(ends[0], (struct sockaddr *)&name, &length));
	say("family %d, length %u\n", name.sun_family, length);
	show(socketpair(AF_INET, SOCK_STREAM, 0, ends));
	show(socket(77, SOCK_STREAM, 0));
	show(recv(0, &value, 1, 0));
	return finish();
}
