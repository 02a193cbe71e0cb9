/* Programs try to map what they read, and read where it cannot be mapped: the kernel's errors, and no end. */
#include "test.h"
#include <linux/if_packet.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

static void show_map(const char *what, int fd)
{
	void *read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	const char *error = read_only == MAP_FAILED ? strerrorname_np(errno) : "mapped";
	void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	say("%s: %s, %s\n", what, error, shared == MAP_FAILED ? strerrorname_np(errno) : "mapped");
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	must(fd >= 0);
	return fd;
}

/* A system may have no such rings. */
static void show_ring(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct tpacket_req ring = { 4096, 1, 2048, 2 };

	if (fd >= 0 && setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)) < 0)
		must(errno == ENOPROTOOPT);
}

int main(void)
{
	int ends[2], pair[2];

	must(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	show_map("a pipe", ends[0]);
	show_map("its other end", ends[1]);
	show_map("a socket", pair[0]);
	show_map("an epoll object", epoll_create1(EPOLL_CLOEXEC));
	show_map("an eventfd", eventfd(0, EFD_CLOEXEC));
	show_map("a folder", opened("/", O_RDONLY));
	show_map("/dev/null", opened("/dev/null", O_RDWR));
	show_map("/dev/zero", opened("/dev/zero", O_RDWR));
	show_map("/dev/urandom", opened("/dev/urandom", O_RDONLY));
	show_map("a terminal's maker", opened("/dev/ptmx", O_RDWR | O_NOCTTY));
	show_map("a path", opened("/", O_PATH));
	show_map("for writing", opened("plain", O_WRONLY | O_CREAT));
	show_map("status", opened("/proc/self/status", O_RDONLY));
	show_map("meminfo", opened("/proc/meminfo", O_RDONLY));
	show_map("nothing", 99);
	show_ring();
	return finish();
}
