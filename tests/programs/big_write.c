/* Large single reads and writes: 1 MiB to standard output, 20 MiB to a file and back. */
#include "test.h"

enum { MIB = 1 << 20, BIG = 20 * MIB + 17 };
static unsigned char bytes[BIG];

int main(void)
{
	for (size_t i = 0; i < MIB; i++)
		bytes[i] = (unsigned char)(i % 64 == 63 ? '\n' : 'a' + i / 64 % 26);
	say_bytes((const char *)bytes, MIB);
	fill_pattern(bytes, BIG, 0);
	int fd = open("big", O_RDWR | O_CREAT, 0600);
	must(fd >= 0);
	show(write(fd, bytes, BIG));
	show(lseek(fd, 0, SEEK_SET));
	memset(bytes, 0, BIG);
	show(read(fd, bytes, BIG));
	say("pattern %d\n", is_pattern(bytes, BIG, 0));
	show(pread(fd, bytes, BIG, BIG - 5));
	return finish();
}
