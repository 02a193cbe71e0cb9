/* recvmmsg: names, control data with descriptors, vectors, room too small, a time limit. */
#include "test.h"
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define MESSAGES 3

struct room {
	char first[4], second[8], control[CMSG_SPACE(sizeof(int))];
	struct sockaddr_un name;
	struct iovec parts[2];
};

static struct room rooms[MESSAGES];
static struct mmsghdr many[MESSAGES];

static void prepare(void)
{
	memset(rooms, 0, sizeof(rooms));
	memset(many, 0, sizeof(many));
	for (int i = 0; i < MESSAGES; i++) {
		struct room *room = &rooms[i];
		room->parts[0] = (struct iovec){ room->first, sizeof(room->first) };
		room->parts[1] = (struct iovec){ room->second, sizeof(room->second) };
		many[i].msg_len = 99;
		many[i].msg_hdr = (struct msghdr){ .msg_name = i == 1 ? NULL : &room->name,
						   .msg_namelen = sizeof(room->name),
						   .msg_iov = room->parts,
						   .msg_iovlen = 2,
						   .msg_control = room->control,
						   .msg_controllen = sizeof(room->control) };
	}
}

static void show_rooms(void)
{
	for (int i = 0; i < MESSAGES; i++) {
		const struct msghdr *message = &many[i].msg_hdr;
		say("%u bytes \"%.4s\" \"%.8s\", name %u \"%s\", control %zu, flags %d\n",
		    many[i].msg_len, rooms[i].first, rooms[i].second, message->msg_namelen,
		    rooms[i].name.sun_path, message->msg_controllen,
		    message->msg_flags & (MSG_TRUNC | MSG_CTRUNC));
	}
}

static void send_descriptor(int to, const struct sockaddr_un *name, int fd, const char *text)
{
	struct iovec part = { (void *)text, strlen(text) };
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = { .msg_name = (void *)name,
				  .msg_namelen = sizeof(*name),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	must(sendmsg(to, &message, 0) == (ssize_t)strlen(text));
}

static int descriptor_of(int i)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(&many[i].msg_hdr);
	int fd = -1;
	must(header && header->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int main(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "to" };
	struct sockaddr_un from = { .sun_family = AF_UNIX, .sun_path = "from" };
	struct timespec limit = { .tv_sec = 100 };
	for (int fd = 3; fd < 32; fd++)
		close(fd);
	int in = socket(AF_UNIX, SOCK_DGRAM, 0), out = socket(AF_UNIX, SOCK_DGRAM, 0);
	must(bind(in, (struct sockaddr *)&to, sizeof(to)) == 0);
	must(bind(out, (struct sockaddr *)&from, sizeof(from)) == 0);
	make_file("data", "sent");
	int data = open("data", O_RDONLY);

	must(sendto(out, "short", 5, 0, (struct sockaddr *)&to, sizeof(to)) == 5);
	send_descriptor(out, &to, data, "with a file");
	must(sendto(out, "much longer than room", 21, 0, (struct sockaddr *)&to, sizeof(to)) == 21);
	must(close(data) == 0);
	prepare();
	show(recvmmsg(in, many, MESSAGES, 0, &limit));
	say("time left %d\n", limit.tv_sec > 0 && limit.tv_sec <= 100);
	show_rooms();
	data = descriptor_of(1);
	say("descriptor %d\n", data);
	const char *map = mmap(NULL, 4, PROT_READ, MAP_PRIVATE, data, 0);
	must(map != MAP_FAILED);
	say("%.4s\n", map);

	must(sendto(out, "one", 3, 0, (struct sockaddr *)&to, sizeof(to)) == 3);
	prepare();
	show(recvmmsg(in, many, MESSAGES, MSG_WAITFORONE, NULL));
	show_rooms();
	show(recvmmsg(in, many, MESSAGES, MSG_DONTWAIT, NULL));
	show(recvmmsg(in, many, 0, MSG_DONTWAIT, NULL));
	show(recvmmsg(99, many, 1, 0, NULL));
	return finish();
}
