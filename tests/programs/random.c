/* getrandom and /dev/urandom as control flow: every variant must see the same bytes. */
#include "test.h"
#include <sys/random.h>

static int walk(const unsigned char *bytes, size_t length)
{
	int calls = 0;
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] & 1) {
			must(getppid() > 0);
			calls++;
		} else {
			must(getpgrp() > 0);
		}
	}
	return calls;
}

int main(void)
{
	unsigned char bytes[256], again[256], large[5000];
	int null = open("/dev/null", O_WRONLY), urandom = open("/dev/urandom", O_RDONLY);
	must(null >= 0 && urandom >= 0);
	show(getrandom(bytes, sizeof(bytes), 0));
	show(getrandom(again, sizeof(again), GRND_NONBLOCK));
	say("unlike %d\n", memcmp(bytes, again, sizeof(bytes)) != 0);
	say("walked %d\n", walk(bytes, sizeof(bytes)) >= 0);
	show(read(urandom, again, sizeof(again)));
	say("walked %d\n", walk(again, sizeof(again)) >= 0);
	show(write(null, bytes, sizeof(bytes)));
	show(getentropy(bytes, 32));
	say("walked %d\n", walk(bytes, 32) >= 0);
	show(getrandom(large, sizeof(large), 0));
	show(write(null, large, sizeof(large)));
	show(getrandom(bytes, 10, 0x8000));
	show(getrandom(null_address(), 10, 0));
	pid_t pid = fork();
	if (pid == 0) {
		must(getrandom(bytes, 64, 0) == 64);
		walk(bytes, 64);
		_exit(0);
	}
	wait_and_say("child", pid);
	return finish();
}
