/* Calls the kernel does not know, or refuses, answer as it would; a number far away too. */
#include "test.h"
#include <sys/syscall.h>
#include <sys/xattr.h>

int main(void)
{
	char value[16] = "";
	make_file("data", "x");
	show(syscall(SYS_create_module));
	show(syscall(SYS_get_kernel_syms));
	show(syscall(SYS_vserver));
	show(syscall(SYS_tuxcall));
	long set = setxattr("data", "user.mvx", "abc", 3, 0);
	say("xattr %d\n", set == 0 || errno == ENOTSUP);
	if (set == 0)
		show(getxattr("data", "user.mvx", value, sizeof(value)));
	show(getxattr("data", "user.missing", value, sizeof(value)) < 0);
	show(syscall(SYS_personality, 0xffffffff));
	show(acct("missing/file") < 0);
	show(syscall(SYS_membarrier, 0, 0, 0) >= 0);
	return finish();
}
