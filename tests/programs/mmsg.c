/* Several messages in one call: sendmmsg and recvmmsg. */
#include "test.h"
#include <sys/socket.h>

static void show_messages(int type)
{
	int ends[2];
	char one[4] = "", two[4] = "";
	struct iovec in[2] = { { one, 3 }, { two, 3 } }, out[2] = { { "abcd", 4 }, { "ef", 2 } };
	struct mmsghdr many[2] = { { .msg_hdr = { .msg_iov = out, .msg_iovlen = 1 } },
				   { .msg_hdr = { .msg_iov = out + 1, .msg_iovlen = 1 } } };
	must(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	show(sendmmsg(ends[0], many, 2, 0));
	say("lengths %u %u\n", many[0].msg_len, many[1].msg_len);
	many[0].msg_hdr.msg_iov = in;
	many[1].msg_hdr.msg_iov = in + 1;
	show(recvmmsg(ends[1], many, 2, 0, NULL));
	say("lengths %u %u: %s %s\n", many[0].msg_len, many[1].msg_len, one, two);
	show(recvmmsg(ends[1], many, 2, 0, NULL));
}

int main(void)
{
	show_messages(SOCK_DGRAM);
	show_messages(SOCK_SEQPACKET);
	return finish();
}
