/*
 * Calls that administer the system, with arguments that change nothing: their
 * errors, with and without the right to make them, are those of a native run.
 */
#include "test.h"
#include <linux/reboot.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include "schema/syscall_numbers.h"

/* at another address in each variant */
static const char timex_seed[1];

static void show_clocks(void)
{
	struct timex timex;
	struct timespec wrong = { .tv_sec = -1, .tv_nsec = -1 };
	struct timeval odd = { .tv_sec = 0, .tv_usec = 2000000 };

	/* Only what modes names is looked at: the rest differs between variants. */
	memset(&timex, (int)((uintptr_t)timex_seed >> 12 & 0xff), sizeof(timex));
	timex.modes = 0;
	say("adjtimex %d\n", adjtimex(&timex) >= 0);
	say("tick %d\n", timex.tick > 0);
	timex.modes = 0;
	say("clock_adjtime %d\n", clock_adjtime(CLOCK_REALTIME, &timex) >= 0);
	show(clock_adjtime(12345, &timex));
	show(syscall(SYS_adjtimex, bad_address()));
	show(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &wrong));
	show(syscall(SYS_clock_settime, CLOCK_REALTIME, &wrong));
	show(syscall(SYS_settimeofday, &odd, NULL));
	show(syscall(SYS_settimeofday, bad_address(), NULL));
}

static void show_names(void)
{
	show(syscall(SYS_sethostname, "name", -1));
	show(syscall(SYS_sethostname, "name", 1000));
	show(syscall(SYS_setdomainname, "name", 1000));
	show(syscall(SYS_setdomainname, bad_address(), 4));
}

static void show_devices(void)
{
	char none[16];

	show(syscall(SYS_swapon, "missing/file", 0));
	show(syscall(SYS_swapoff, "missing/file"));
	show(syscall(SYS_umount2, "missing/file", 0));
	show(syscall(SYS_umount2, "/", 0x1000));
	show(mount("none", "missing/file", "tmpfs", 0, "size=4k"));
	show(mount("none", "/", "no-such-type", 0, NULL));
	show(syscall(SYS_pivot_root, "missing/file", "missing"));
	show(syscall(SYS_reboot, 1, 2, 3, NULL));
	show(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, 12345, none));
	show(syscall(SYS_quotactl, 0x800007 << 8, "missing/file", 0, none));
	show(syscall(SYS_quotactl, -1, NULL, 0, NULL));
	show(syscall(SYS_quotactl_fd, 99, 0x800007 << 8, 0, none));
	show(syscall(SYS_ustat, 0xfffff, none));
	show(syscall(SYS_lookup_dcookie, 1L, none, sizeof(none)));
	show(syscall(SYS_mount_setattr, -100, "missing/file", 0, none, 4));
	show(syscall(SYS_move_mount, -100, "missing/a", -100, "missing/b", 0));
}

static void show_modules(void)
{
	show(syscall(SYS_init_module, "no module", 9L, "option=1"));
	show(syscall(SYS_init_module, bad_address(), 9L, ""));
	show(syscall(SYS_finit_module, 99, "", 0));
	show(syscall(SYS_delete_module, "no_such_module_here", O_NONBLOCK));
}

static void show_log(void)
{
	char text[64];

	/* The size of the kernel's buffer, and an action that does not exist. */
	say("size %d\n", syscall(SYS_syslog, 10, NULL, 0) > 0 || errno == EPERM);
	show(syscall(SYS_syslog, 99, text, sizeof(text)));
	show(syscall(SYS_syslog, 3, text, -1));
	memset(text, 0, sizeof(text));
	long got = syscall(SYS_syslog, 3, text, sizeof(text));
	say("log %d\n", got >= 0 || errno == EPERM);
	/* Every variant has read the same: what it depends on is a call. */
	for (long i = 0; i < got; i++)
		if (text[i] == '7')
			must(write(-1, text, (size_t)i) < 0);
}

static void show_hangup(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		/* without a terminal to hang up */
		must(setsid() > 0);
		show(syscall(SYS_vhangup));
		_exit(0);
	}
	wait_and_say("child", pid);
}

static void show_file_systems(void)
{
	char name[64] = "";
	long count = syscall(SYS_sysfs, 3);
	say("sysfs %d\n", count > 0 || errno == ENOSYS);
	if (count > 0) {
		long index = syscall(SYS_sysfs, 1, "proc");
		show(syscall(SYS_sysfs, 2, index, name));
		say("%s\n", name);
	}
	show(syscall(SYS_sysfs, 1, "no-such-type") < 0);
	show(syscall(SYS_sysfs, 9, 0, 0) < 0);
}

int main(void)
{
	show_clocks();
	show_names();
	show_devices();
	show_modules();
	show_log();
	show_hangup();
	show_file_systems();
	show(syscall(__NR_process_mrelease, 99, 0));
	return finish();
}
