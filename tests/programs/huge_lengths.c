/*
 * Lengths that a program makes up: vectors and buffers that end far outside of
 * memory, more elements than there may be, and the largest ones that are good.
 */
#include "test.h"
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PIECE_BYTES (64u << 10)

static struct iovec parts[IOV_MAX + 1];

static void fill(char *piece, size_t length)
{
	for (size_t i = 0; i < countof(parts); i++)
		parts[i] = (struct iovec){ piece, length };
}

int main(void)
{
	/* Beyond the end of user space from wherever a mapping lies; 1 << 40 depends on the layout. */
	volatile size_t huge = (size_t)1 << 46, largest = SIZE_MAX;
	volatile int negative = -1;
	/* Nothing comes behind it: what lies there would be each run's own. */
	char *piece = mmap(NULL, PIECE_BYTES + 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int null = open("/dev/null", O_RDWR), ends[2];
	must(piece != MAP_FAILED && null >= 0);
	must(mprotect(piece + PIECE_BYTES, 4096, PROT_NONE) == 0);
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
	memset(piece, 7, PIECE_BYTES);

	fill(piece, (size_t)1 << 62);
	show(writev(null, parts, IOV_MAX));
	show(readv(null, parts, IOV_MAX));
	show(pwritev(null, parts, IOV_MAX, 0));
	fill(piece, largest);
	show(writev(null, parts, 1));
	fill(piece, PIECE_BYTES);
	show(writev(null, parts, IOV_MAX + 1));
	show(writev(null, parts, negative));
	show(readv(null, parts, negative));
	show(writev(null, parts, IOV_MAX));

	show(write(null, piece, largest));
	show(write(null, piece, huge));
	show(read(null, piece, huge));
	show(pwrite(null, piece, huge, 0));
	show(send(ends[0], piece, huge, 0));
	show(getrandom(piece, largest, 0));

	struct msghdr message = { .msg_iov = parts, .msg_iovlen = IOV_MAX };
	show(sendmsg(ends[0], &message, 0));
	message.msg_iovlen = largest;
	show(sendmsg(ends[0], &message, 0));
	message = (struct msghdr){
		.msg_iov = parts, .msg_iovlen = 1, .msg_control = piece, .msg_controllen = huge
	};
	show(sendmsg(ends[0], &message, 0));
	message = (struct msghdr){
		.msg_iov = parts, .msg_iovlen = 1, .msg_name = piece, .msg_namelen = 0x7fffffff
	};
	show(sendmsg(ends[0], &message, 0));
	return finish();
}
