/*
 * Arguments whose meaning depends on others: one bit of what they point to
 * differs when the second argument is 1. The first argument names the call.
 * Natively most of them fail, and change nothing.
 */
#include "tests/programs/test.h"
#include <arpa/inet.h>
#include <asm/ldt.h>
#include <linux/fiemap.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <termios.h>
#include "schema/syscall_numbers.h"

static void ioctl_bytes(int odd)
{
	ioctl(-1, TIOCSWINSZ, &(struct winsize){ .ws_row = (unsigned short)(24 + odd) });
}

static void ioctl_value(int odd)
{
	ioctl(-1, TCFLSH, odd);
}

static void ioctl_interface(int odd)
{
	struct ifreq request = { .ifr_name = "lo" };

	request.ifr_name[2] = odd ? '1' : 0;
	ioctl(-1, SIOCGIFFLAGS, &request);
}

static void ioctl_set_interface(int odd)
{
	struct ifreq request = { .ifr_name = "no-device" };

	request.ifr_mtu = 1400 + odd;
	ioctl(-1, SIOCSIFMTU, &request);
}

static void ioctl_unlisted(int odd)
{
	char bytes[40] = { [39] = (char)odd };

	ioctl(-1, _IOW('?', 77, bytes), bytes);
}

static void ioctl_extents(int odd)
{
	struct fiemap map = { .fm_length = 4096u + (unsigned)odd };

	ioctl(-1, FS_IOC_FIEMAP, &map);
}

static void ioctl_ranges(int odd)
{
	union {
		struct file_dedupe_range range;
		char room[128];
	} u = { .range = { .src_length = 10, .dest_count = 2 } };

	u.range.info[1].dest_offset = (unsigned)odd;
	ioctl(-1, FIDEDUPERANGE, &u);
}

static void fcntl_owner(int odd)
{
	fcntl(-1, F_SETOWN_EX, &(struct f_owner_ex){ odd ? F_OWNER_TID : F_OWNER_PID, 1 });
}

static void fcntl_hint(int odd)
{
	fcntl(-1, F_SET_RW_HINT, &(uint64_t){ 1 + (unsigned)odd });
}

static void keyctl_payload(int odd)
{
	syscall(SYS_keyctl, KEYCTL_UPDATE, -99, odd ? "payloaD" : "payload", 7L);
}

static void keyctl_name(int odd)
{
	syscall(SYS_keyctl, KEYCTL_SEARCH, -99, "user", odd ? "one" : "two", 0);
}

static void keyctl_id(int odd)
{
	syscall(SYS_keyctl, KEYCTL_REVOKE, -99 - odd);
}

static void socket_filter(int odd)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, (unsigned)odd) };
	struct sock_fprog filter = { 1, code };

	setsockopt(-1, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

static void socket_group(int odd)
{
	struct group_req group = { .gr_interface = 1 };
	struct sockaddr_in *address = (struct sockaddr_in *)(void *)&group.gr_group;

	address->sin_family = AF_INET;
	address->sin_addr.s_addr = inet_addr(odd ? "239.0.0.1" : "239.0.0.2");
	setsockopt(-1, IPPROTO_IP, MCAST_JOIN_GROUP, &group, sizeof(group));
}

static void mount_data(int odd)
{
	mount("none", "missing/folder", "tmpfs", 0, odd ? "size=1m" : "size=2m");
}

static void fsconfig_value(int odd)
{
	syscall(SYS_fsconfig, -1, 1, "size", odd ? "1m" : "2m", 0);
}

static void quota_limits(int odd)
{
	uint64_t limits[9] = { (unsigned)odd };

	syscall(SYS_quotactl, 0x800008 << 8, "missing/device", 0, limits);
}

static void process_bytes(int odd)
{
	struct iovec local = { odd ? (char *)"one" : (char *)"two", 3 }, remote = { &local, 3 };

	process_vm_writev(0x7ffffff0, &local, 1, &remote, 1, 0);
}

static void process_parts(int odd)
{
	char room[8];
	struct iovec local = { room, 8 }, remote = { room, 7 + (size_t)odd };

	process_vm_readv(0x7ffffff0, &local, 1, &remote, 1, 0);
}

static void attribute_value(int odd)
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} set = { (uintptr_t)(odd ? "one" : "two"), 3, 0 };

	syscall(__NR_setxattrat, AT_FDCWD, "missing", 0, "user.mvx", &set, sizeof(set));
}

static void file_handle(int odd)
{
	struct {
		unsigned bytes;
		int type;
		unsigned char handle[8];
	} handle = { 8, 1, { [7] = (unsigned char)odd } };

	syscall(SYS_open_by_handle_at, -1, &handle, O_RDONLY);
}

static void queue_size(int odd)
{
	long attributes[8] = { 0, 4 + odd, 16 };

	syscall(SYS_mq_open, "no/such/name", O_RDWR | O_CREAT, 0600, attributes);
}

static void memory_nodes(int odd)
{
	syscall(SYS_set_mempolicy, 99, &(unsigned long){ 1ul << odd }, 64ul);
}

static void segment_limit(int odd)
{
	struct user_desc entry = { .entry_number = 9999999, .limit = 100u + (unsigned)odd };

	syscall(SYS_modify_ldt, 0x11, &entry, sizeof(entry));
}

static void clock_tick(int odd)
{
	struct timex timex = { .modes = ADJ_TICK, .tick = 10000 + odd };

	syscall(SYS_clock_adjtime, 12345, &timex);
}

static void landlock_rule(int odd)
{
	syscall(__NR_landlock_add_rule, -1, 2, (uint64_t[2]){ 1, 80u + (unsigned)odd }, 0);
}

static void semaphore_value(int odd)
{
	syscall(SYS_semctl, -1, 0, SETVAL, 5 + odd);
}

static void semaphore_owner(int odd)
{
	struct semid_ds set = { .sem_perm.mode = odd ? 0600 : 0640 };

	syscall(SYS_semctl, -1, 0, IPC_SET, &set);
}

static void prctl_value(int odd)
{
	prctl(PR_SET_TIMERSLACK, 50000 + odd);
}

static void prctl_third(int odd)
{
	prctl(PR_MCE_KILL, 99, odd, 0, 0);
}

static void prctl_name(int odd)
{
	prctl(PR_SET_NAME, odd ? "one" : "two");
}

/* Beside what is not compared there: the part that counts. */

static void socket_option(int odd)
{
	long value = odd;

	setsockopt(-1, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value));
}

static void socket_device(int odd)
{
	setsockopt(-1, SOL_SOCKET, SO_BINDTODEVICE, odd ? "one\0x" : "two\0y", 6);
}

static void open_below(int odd)
{
	syscall(SYS_openat, odd ? -7 : -8, "no/such/file", O_RDONLY, 0);
}

static void open_within(int odd)
{
	uint64_t how[3] = { O_RDONLY, 0, 0x10 /* RESOLVE_IN_ROOT */ };

	syscall(__NR_openat2, odd ? -7 : -8, "/no/such/file", how, sizeof(how));
}

static void look_at_itself(int odd)
{
	struct stat st;

	syscall(SYS_newfstatat, odd ? -7 : -8, "", &st, AT_EMPTY_PATH);
}

static void mask_bytes(int odd)
{
	uint64_t mask = odd ? 1 : 2;
	struct timespec none = { 0 };

	syscall(SYS_ppoll, NULL, 0, &none, &mask, sizeof(mask));
}

static void mask_in_pair(int odd)
{
	uint64_t mask = odd ? 1 : 2;
	uint64_t pair[2] = { (uintptr_t)&mask, sizeof(mask) };
	struct timespec none = { 0 };

	syscall(SYS_pselect6, 0, NULL, NULL, NULL, &none, pair);
}

static void message_descriptor(int odd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_len = CMSG_LEN(sizeof(int));
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	*CMSG_DATA(header) = (unsigned char)odd;
	sendmsg(-1, &message, 0);
}

static void close_on_exec(int odd)
{
	syscall(SYS_fcntl, -1, F_SETFD, odd ? FD_CLOEXEC : 0);
}

static void device_number(int odd)
{
	syscall(SYS_mknodat, -1, "no/such/device", S_IFCHR | 0600, odd);
}

static void semaphore_number(int odd)
{
	syscall(SYS_semctl, -1, odd, GETVAL, 0);
}

static void splice_bytes(int odd)
{
	struct iovec part = { odd ? (char *)"one" : (char *)"two", 3 };
	int ends[2];

	must(pipe(ends) == 0);
	must(vmsplice(ends[1], &part, 1, 0) == 3);
}

static void compared_entry(int odd)
{
	struct kcmp_epoll_slot slot = { .efd = 1, .tfd = 2, .toff = (unsigned)odd };

	syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, 0, &slot);
}

static void list_request(int odd)
{
	uint64_t ids[4], request[3] = { 24, (unsigned)odd, 0 };

	syscall(__NR_listmount, request, ids, 4L, 0x1000);
}

static const struct {
	const char *name;
	void (*act)(int odd);
} calls[] = {
	{ "ioctl-bytes", ioctl_bytes },
	{ "ioctl-value", ioctl_value },
	{ "ioctl-interface", ioctl_interface },
	{ "ioctl-set-interface", ioctl_set_interface },
	{ "ioctl-unlisted", ioctl_unlisted },
	{ "ioctl-extents", ioctl_extents },
	{ "ioctl-ranges", ioctl_ranges },
	{ "fcntl-owner", fcntl_owner },
	{ "fcntl-hint", fcntl_hint },
	{ "keyctl-payload", keyctl_payload },
	{ "keyctl-name", keyctl_name },
	{ "keyctl-id", keyctl_id },
	{ "setsockopt-filter", socket_filter },
	{ "setsockopt-group", socket_group },
	{ "mount-data", mount_data },
	{ "fsconfig-value", fsconfig_value },
	{ "quotactl-limits", quota_limits },
	{ "process_vm_writev-bytes", process_bytes },
	{ "process_vm_readv-parts", process_parts },
	{ "setxattrat-value", attribute_value },
	{ "open_by_handle_at-handle", file_handle },
	{ "mq_open-size", queue_size },
	{ "set_mempolicy-nodes", memory_nodes },
	{ "modify_ldt-limit", segment_limit },
	{ "clock_adjtime-tick", clock_tick },
	{ "landlock_add_rule-port", landlock_rule },
	{ "semctl-value", semaphore_value },
	{ "semctl-owner", semaphore_owner },
	{ "prctl-value", prctl_value },
	{ "prctl-third", prctl_third },
	{ "prctl-name", prctl_name },
	{ "setsockopt-int", socket_option },
	{ "setsockopt-device", socket_device },
	{ "openat-folder", open_below },
	{ "openat2-root", open_within },
	{ "newfstatat-itself", look_at_itself },
	{ "ppoll-mask", mask_bytes },
	{ "pselect6-mask", mask_in_pair },
	{ "sendmsg-control", message_descriptor },
	{ "fcntl-close", close_on_exec },
	{ "mknodat-device", device_number },
	{ "semctl-number", semaphore_number },
	{ "vmsplice-bytes", splice_bytes },
	{ "kcmp-entry", compared_entry },
	{ "listmount-request", list_request },
};

int main(int argc, char **argv)
{
	must(argc > 2);
	say("before\n");
	for (size_t i = 0; i < countof(calls); i++) {
		if (strcmp(argv[1], calls[i].name) == 0) {
			calls[i].act(strcmp(argv[2], "1") == 0);
			return finish();
		}
	}
	must(!"a known call");
	return 1;
}
