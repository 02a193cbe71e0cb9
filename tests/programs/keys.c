/* Keys and keyrings: serial numbers, payloads, descriptions. */
#include "test.h"
#include <linux/keyctl.h>
#include <sys/syscall.h>

#define RING KEY_SPEC_PROCESS_KEYRING

static long control(int operation, long a, const void *b, long c, long d)
{
	return syscall(SYS_keyctl, operation, a, b, c, d);
}

int main(void)
{
	char text[64] = "";
	long key = syscall(SYS_add_key, "user", "mvx:test", "secret", 6L, RING);
	if (key < 0 && (errno == ENOSYS || errno == EPERM)) {
		say("no keys here\n");
		return 77;
	}
	must(key > 0);
	must(control(KEYCTL_SEARCH, RING, "user", (long)"mvx:test", 0) == key);
	show(control(KEYCTL_READ, key, text, sizeof(text), 0));
	say("%s\n", text);
	show(control(KEYCTL_READ, key, text, 2, 0));
	show(control(KEYCTL_UPDATE, key, "changed", 7, 0));
	show(control(KEYCTL_READ, key, text, sizeof(text), 0));
	say("%s\n", text);
	show(control(KEYCTL_DESCRIBE, key, NULL, 0, 0) > 0);
	show(control(KEYCTL_DESCRIBE, key, text, sizeof(text), 0) > 0);
	say("%.5s\n", text);
	show(control(KEYCTL_SETPERM, key, (void *)0x3f3f0000, 0, 0));
	show(control(KEYCTL_SET_TIMEOUT, key, (void *)100, 0, 0));
	show(control(KEYCTL_GET_SECURITY, key, text, sizeof(text), 0) >= 0);
	long ring = syscall(SYS_add_key, "keyring", "mvx:ring", NULL, 0L, RING);
	must(ring > 0);
	show(control(KEYCTL_LINK, key, (void *)ring, 0, 0));
	show(control(KEYCTL_READ, ring, text, sizeof(text), 0));
	show(memcmp(text, &(int){ (int)key }, sizeof(int)));
	show(control(KEYCTL_UNLINK, key, (void *)ring, 0, 0));
	show(control(KEYCTL_CLEAR, ring, NULL, 0, 0));
	show(control(KEYCTL_REVOKE, key, NULL, 0, 0));
	show(control(KEYCTL_READ, key, text, sizeof(text), 0));
	show(control(KEYCTL_GET_KEYRING_ID, RING, NULL, 0, 0) > 0);
	show(control(KEYCTL_CAPABILITIES, (long)text, (void *)2, 0, 0));
	show(control(KEYCTL_JOIN_SESSION_KEYRING, (long)"mvx:session", NULL, 0, 0) > 0);
	show(control(9999, 1, NULL, 0, 0));
	show(syscall(SYS_request_key, "user", "mvx:missing", NULL, 0));
	show(syscall(SYS_add_key, "no-such-type", "x", "y", 1L, RING));
	show(syscall(SYS_add_key, "user", bad_address(), "y", 1L, RING));
	return finish();
}
