/* ioctl by the table and beyond it: interfaces, extents, duplicates, namespaces, entropy, unknown requests. */
#include "test.h"
#include <arpa/inet.h>
#include <linux/blkpg.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/input.h>
#include <linux/nsfs.h>
#include <linux/random.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>

#define GARBAGE (int)((uintptr_t)garbage_of >> 12 & 0xff)

/* at another address in each variant: what a program leaves uninitialised */
static const char garbage_of[1];

static void show_interfaces(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request, room[16];
	struct ifconf list = { .ifc_len = 0, .ifc_buf = NULL };

	must(fd >= 0);
	memset(&request, GARBAGE, sizeof(request));
	strcpy(request.ifr_name, "lo");
	show(ioctl(fd, SIOCGIFINDEX, &request));
	int index = request.ifr_ifindex;
	show(ioctl(fd, SIOCGIFFLAGS, &request));
	say("loopback %d\n", (request.ifr_flags & IFF_LOOPBACK) != 0);
	show(ioctl(fd, SIOCGIFMTU, &request));
	say("mtu %d\n", request.ifr_mtu > 0);
	memset(&request, GARBAGE, sizeof(request));
	request.ifr_ifindex = index;
	show(ioctl(fd, SIOCGIFNAME, &request));
	say("%s\n", request.ifr_name);
	strcpy(request.ifr_name, "no-such-device");
	show(ioctl(fd, SIOCGIFADDR, &request));
	show(ioctl(fd, SIOCGIFCONF, &list));
	say("room wanted %d\n", list.ifc_len >= 0);
	list = (struct ifconf){ .ifc_len = sizeof(room), .ifc_req = room };
	memset(room, GARBAGE, sizeof(room));
	show(ioctl(fd, SIOCGIFCONF, &list));
	int found = 0;
	for (int i = 0; i < list.ifc_len / (int)sizeof(room[0]); i++)
		found += strcmp(room[i].ifr_name, "lo") == 0;
	say("lo %d of %d\n", found, list.ifc_len > 0);
	show(ioctl(fd, SIOCATMARK, &index));
	show(ioctl(fd, SIOCOUTQ, &index));
	show(ioctl(fd, SIOCGIFFLAGS, bad_address()));
	must(close(fd) == 0);
}

static void show_files(void)
{
	/* each with room for what follows its last member */
	union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + 4 * sizeof(struct fiemap_extent)];
	} map;
	union {
		struct file_dedupe_range range;
		char room[sizeof(struct file_dedupe_range) + sizeof(struct file_dedupe_range_info)];
	} ranges;
	int flags = 0;
	long size = 0;

	make_file("data", "some text in a file");
	make_file("copy", "some text in a file");
	int fd = open("data", O_RDWR), other = open("copy", O_RDWR);
	must(fd >= 0 && other >= 0 && fsync(fd) == 0);
	memset(&map, GARBAGE, sizeof(map));
	map.map.fm_start = 0;
	map.map.fm_length = ~0ull;
	map.map.fm_flags = FIEMAP_FLAG_SYNC;
	map.map.fm_extent_count = 4;
	say("extents %d\n", ioctl(fd, FS_IOC_FIEMAP, &map) < 0 || map.map.fm_mapped_extents <= 4);
	memset(&ranges, GARBAGE, sizeof(ranges));
	ranges.range = (struct file_dedupe_range){ .src_length = 19, .dest_count = 1 };
	ranges.range.info[0].dest_fd = other;
	ranges.range.info[0].dest_offset = 0;
	say("duplicates %d\n", ioctl(fd, FIDEDUPERANGE, &ranges) <= 0);
	say("flags %d\n", ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 || errno == ENOTTY);
	say("version %d\n", ioctl(fd, FS_IOC_GETVERSION, &size) == 0 || errno == ENOTTY);
	show(ioctl(fd, FIGETBSZ, &flags));
	show(flags > 0);
	show(ioctl(fd, BLKGETSIZE64, &size));
	show(ioctl(fd, TUNGETIFF, &map));
	show(ioctl(fd, FIBMAP, bad_address()) < 0);
	/* in no table: without a direction, and with one; variadic, with nothing behind it */
	show(ioctl(fd, _IO('?', 99), 5));
	show(ioctl(fd, _IO('?', 99), &map));
	show(ioctl(fd, _IOWR('?', 98, map.map), memset(&map, 0, sizeof(map))));
	must(close(fd) == 0 && close(other) == 0);
}

/* Structures with pointers in them: none of these is what the kernel would look into them for. */
static void show_pointers(void)
{
	char room[256] = { 6 };
	int ends[2], null = open("/dev/null", O_RDWR);
	int fds[] = { open("data", O_RDONLY), socket(AF_UNIX, SOCK_STREAM, 0), null, -1, 99 };

	must(pipe(ends) == 0 && null >= 0);
	fds[3] = ends[0];
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		show(ioctl(fds[i], TIOCLINUX, room));
		if (fds[i] == null)
			continue;
		show(ioctl(fds[i], BLKPG, room));
		show(ioctl(fds[i], 0x2285 /* SG_IO */, room));
		show(ioctl(fds[i], EVIOCGMASK, room));
		show(ioctl(fds[i], TUNATTACHFILTER, room));
	}
	show(ioctl(fds[0], SIOCETHTOOL, room));
	show(ioctl(ends[0], SIOCETHTOOL, room));
	for (size_t i = 0; i < 3; i++)
		must(close(fds[i]) == 0);
	must(close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void show_namespaces(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	unsigned uid = 1;

	must(fd >= 0);
	say("kind %x\n", (unsigned)ioctl(fd, NS_GET_NSTYPE));
	int owner = ioctl(fd, NS_GET_USERNS);
	say("owner %d\n", owner == fd + 1 || errno == EPERM);
	if (owner >= 0) {
		show(fcntl(owner, F_GETFD));
		show(ioctl(owner, NS_GET_OWNER_UID, &uid));
		say("uid %u\n", uid);
		/* The number is taken in every variant. */
		show(dup(fd) == owner + 1);
		must(close(owner) == 0 && close(owner + 1) == 0);
	}
	must(close(fd) == 0);
}

static void show_devices(void)
{
	struct {
		int count, size;
		char bytes[8];
	} entropy = { 0, 8, "mvx-test" };
	int bits = 0;
	int fd = open("/dev/random", O_RDWR | O_CLOEXEC);

	must(fd >= 0);
	show(ioctl(fd, RNDGETENTCNT, &bits));
	say("bits %d\n", bits > 0);
	say("added %d\n", ioctl(fd, RNDADDENTROPY, &entropy) == 0 || errno == EPERM);
	show(ioctl(fd, RNDADDTOENTCNT, bad_address()) < 0);
	must(close(fd) == 0);
}

static void show_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), size = -1;
	struct termios settings;

	if (master < 0 || unlockpt(master) < 0) {
		say("no terminals\n");
		return;
	}
	int terminal = ioctl(master, 0x5441 /* TIOCGPTPEER */, O_RDWR | O_NOCTTY | O_CLOEXEC);
	must(terminal == master + 1);
	show(fcntl(terminal, F_GETFD));
	show(tcgetattr(terminal, &settings));
	show(ioctl(terminal, TIOCEXCL));
	show(ioctl(terminal, TIOCNXCL));
	must(write(master, "line\n", 5) == 5);
	char line[8] = "";
	show(read(terminal, line, 5));
	say("%s", line);
	show(ioctl(terminal, TIOCOUTQ, &size));
	show(ioctl(terminal, TCFLSH, TCIOFLUSH));
	show(ioctl(terminal, TIOCSBRK));
	show(ioctl(master, TIOCGPTN, &size));
	show(ioctl(master, TIOCPKT, &(int){ 1 }));
	show(ioctl(master, TIOCLINUX, line));
	show(ioctl(terminal, TIOCLINUX, line));
	must(close(terminal) == 0 && close(master) == 0);
}

/* Then a monitor makes the calls with copies of what they take. */
static void share_memory(void)
{
	must(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) !=
	     MAP_FAILED);
}

static void show_all(void)
{
	show_interfaces();
	show_files();
	show_pointers();
	show_namespaces();
	show_devices();
	show_terminal();
}

int main(void)
{
	show_all();
	share_memory();
	show_all();
	return finish();
}
