/* Options of sockets: values of all sizes, filters, credentials, multicast, netlink's own ids. */
#include "test.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#define GARBAGE (int)((uintptr_t)garbage_of >> 12 & 0xff)

/* at another address in each variant: what a program leaves uninitialised */
static const char garbage_of[1];

static void show_values(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), value = 1;
	socklen_t length = sizeof(value);
	struct linger linger = { 1, 5 }, got = { 0, 0 };
	struct timeval time = { 2, 500000 };
	unsigned char ttl = 9;
	char name[16] = "";

	must(fd >= 0);
	show(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value)));
	value = 0;
	show(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &length));
	say("%d %u\n", value, length);
	show(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	length = sizeof(got);
	show(getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &length));
	say("%d %d %u\n", got.l_onoff, got.l_linger, length);
	show(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)));
	length = 8;
	memset(&time, 0, sizeof(time));
	say("short %d\n",
	    getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length) == 0 && length <= 8);
	show(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, 1));
	length = 1;
	ttl = 0;
	show(getsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, &length));
	say("%u %u\n", ttl, length);
	show(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 1));
	show(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, bad_address(), 4));
	show(setsockopt(fd, SOL_SOCKET, 9999, &value, 4));
	show(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, bad_address()));
	length = (socklen_t)-1;
	show(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length));
	length = sizeof(name);
	show(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length));
	show(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name) > 0 ? length : 0));
	must(close(fd) == 0);
}

static void show_filter(void)
{
	/* takes what begins with an 'a' */
	struct sock_filter code[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
				      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'a', 0, 1),
				      BPF_STMT(BPF_RET | BPF_K, 0xffff),
				      BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_filter *copy = malloc(sizeof(code)), back[8];
	struct sock_fprog filter;
	socklen_t length = countof(back);
	char text[16] = "";
	int pair[2];

	must(copy && socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	memcpy(copy, code, sizeof(code));
	memset(&filter, GARBAGE, sizeof(filter));
	filter.len = countof(code);
	filter.filter = copy;
	show(setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)));
	memset(back, 0, sizeof(back));
	int got = getsockopt(pair[0], SOL_SOCKET, SO_GET_FILTER, back, &length);
	say("back %d\n", got < 0 || (length == countof(code) && back[1].k == 'a'));
	must(send(pair[1], "bad", 3, 0) == 3 || errno == EPERM);
	must(send(pair[1], "a good one", 10, 0) == 10);
	show(recv(pair[0], text, sizeof(text), 0));
	say("%s\n", text);
	show(setsockopt(pair[0], SOL_SOCKET, SO_DETACH_FILTER, &length, sizeof(length)));
	filter.filter = bad_address();
	show(setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)));
	show(setsockopt(pair[0], SOL_SOCKET, SO_ATTACH_FILTER, bad_address(), sizeof(filter)));
}

static void show_peer(void)
{
	struct ucred peer = { 0, 0, 0 };
	socklen_t length = sizeof(peer);
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	show(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &length));
	say("own %d %d\n", peer.pid == getpid(), peer.uid == getuid());
	pid_t pid = fork();
	if (pid == 0) {
		struct sockaddr_un address = { AF_UNIX, "peer" };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		char byte;

		must(fd >= 0 && read(pair[1], &byte, 1) == 1);
		must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
		must(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0);
		say("the parent %d\n", peer.pid == getppid());
		must(read(pair[1], &byte, 1) == 1);
		_exit(0);
	}
	struct sockaddr_un address = { AF_UNIX, "peer" };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	must(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	must(listen(listener, 1) == 0 && write(pair[0], "x", 1) == 1);
	int fd = accept(listener, NULL, NULL);
	must(fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0);
	must(write(pair[0], "x", 1) == 1);
	wait_and_say("child", pid);
	say("the child %d\n", peer.pid == pid);
}

static void show_multicast(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct group_req group;
	struct ip_mreqn old = { .imr_ifindex = 1 };
	struct sockaddr_in *address = (struct sockaddr_in *)(void *)&group.gr_group;

	must(fd >= 0);
	memset(&group, GARBAGE, sizeof(group));
	group.gr_interface = 1;
	address->sin_family = AF_INET;
	address->sin_port = 0;
	address->sin_addr.s_addr = inet_addr("239.1.2.3");
	int joined = setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, &group, sizeof(group));
	say("joined %d\n", joined == 0 || errno == ENODEV);
	show(setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, bad_address(), sizeof(group)));
	old.imr_multiaddr.s_addr = inet_addr("239.1.2.4");
	say("old way %d\n", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &old, sizeof(old)) == 0 ||
				    errno == ENODEV);
	must(close(fd) == 0);
}

static void show_netlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t length = sizeof(address);
	struct {
		struct nlmsghdr head;
		struct rtgenmsg body;
	} request;
	char answer[16384];

	memset(&request, 0, sizeof(request)); /* the padding behind it, too: it is sent */
	request.head = (struct nlmsghdr){ sizeof(request), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP,
					  1, 0 };
	request.body.rtgen_family = AF_UNSPEC;
	must(fd >= 0);
	show(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	must(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	say("its own id %d\n", address.nl_pid == (unsigned)getpid());
	show(send(fd, &request, sizeof(request), 0) == sizeof(request));
	ssize_t got = recv(fd, answer, sizeof(answer), 0);
	struct nlmsghdr *head = (struct nlmsghdr *)(void *)answer;
	must(got > 0);
	say("an answer %d to it %d\n", head->nlmsg_type == RTM_NEWLINK,
	    head->nlmsg_pid == (unsigned)getpid());
	int second = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	address.nl_pid = (unsigned)getpid();
	show(bind(second, (struct sockaddr *)&address, sizeof(address)));
	must(close(fd) == 0 && close(second) == 0);
}

int main(void)
{
	show_values();
	show_filter();
	show_peer();
	show_multicast();
	show_netlink();
	return finish();
}
