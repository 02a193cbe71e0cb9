/* sendmmsg: several messages, names, lengths that come back, errors. */
#include "test.h"
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	int ends[2], named = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[16] = "";
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "socket" };
	struct iovec parts[3] = { { "abcd", 4 }, { "ef", 2 }, { "ghi", 3 } };
	struct mmsghdr many[3] = { { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 2 } },
				   { .msg_hdr = { .msg_iov = parts + 2, .msg_iovlen = 1 } },
				   { .msg_hdr = { .msg_iov = parts, .msg_iovlen = 0 } } };
	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) == 0);
	must(bind(named, (struct sockaddr *)&name, sizeof(name)) == 0);
	show(sendmmsg(ends[0], many, 3, 0));
	say("lengths %u %u %u\n", many[0].msg_len, many[1].msg_len, many[2].msg_len);
	for (int i = 0; i < 4; i++) {
		memset(text, 0, sizeof(text));
		show(recv(ends[1], text, sizeof(text) - 1, 0));
		say("%s\n", text);
	}
	int to_name = socket(AF_UNIX, SOCK_DGRAM, 0);
	many[0].msg_hdr.msg_name = &name;
	many[0].msg_hdr.msg_namelen = sizeof(name);
	many[1].msg_len = 77;
	/* The second has nowhere to go. */
	show(sendmmsg(to_name, many, 2, 0));
	say("lengths %u %u\n", many[0].msg_len, many[1].msg_len);
	show(recv(named, text, sizeof(text) - 1, 0));
	show(sendmmsg(to_name, many + 1, 1, 0));
	show(sendmmsg(99, many, 1, 0));
	return finish();
}
