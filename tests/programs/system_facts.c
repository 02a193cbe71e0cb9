/* uname, sysinfo, groups, user ids, hostname, page size, sysconf: the machine as it is. */
#include "test.h"
#include <grp.h>
#include <sys/fsuid.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

int main(void)
{
	struct utsname names;
	struct sysinfo info;
	gid_t groups[64], group, effective_group, saved_group;
	uid_t user, effective_user, saved_user;
	char host[65] = "";
	must(uname(&names) == 0);
	say("%s %s %s %s\n", names.sysname, names.nodename, names.release, names.machine);
	must(gethostname(host, sizeof(host)) == 0);
	say("%s\n", host);
	must(sysinfo(&info) == 0);
	say("memory %d, uptime %d\n", info.totalram > 0, info.uptime > 0);
	int count = getgroups(64, groups);
	say("groups %d:", count);
	for (int i = 0; i < count; i++)
		say(" %u", groups[i]);
	say("\n");
	show(getgroups(0, NULL));
	must(getresuid(&user, &effective_user, &saved_user) == 0);
	must(getresgid(&group, &effective_group, &saved_group) == 0);
	say("users %u %u %u, groups %u %u %u\n", user, effective_user, saved_user, group,
	    effective_group, saved_group);
	say("same %d\n", getuid() == user && geteuid() == effective_user && getgid() == group &&
				 getegid() == effective_group);
	say("page %ld, processors %ld, ticks %ld\n", sysconf(_SC_PAGESIZE),
	    sysconf(_SC_NPROCESSORS_CONF), sysconf(_SC_CLK_TCK));
	say("fsuid %d\n", setfsuid((uid_t)-1) == (int)effective_user);
	double loads[3];
	say("loads %d\n", getloadavg(loads, 3) == 3);
	return finish();
}
