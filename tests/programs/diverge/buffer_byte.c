/* Writes 100000 bytes to a file; one byte in the middle is the argument. */
#include "tests/programs/test.h"
#include <sys/uio.h>

enum { BYTES = 100000, PLACE = 77777 };

int main(int argc, char **argv)
{
	static unsigned char bytes[BYTES];
	must(argc > 2);
	fill_pattern(bytes, BYTES, 0);
	bytes[PLACE] = (unsigned char)atoi(argv[2]);
	int fd = open("out", O_WRONLY | O_CREAT, 0600);
	must(fd >= 0);
	struct iovec vector[3] = { { bytes, 50000 },
				   { bytes + 50000, 20000 },
				   { bytes + 70000, 30000 } };
	if (strcmp(argv[1], "write") == 0)
		must(write(fd, bytes, BYTES) == BYTES);
	else if (strcmp(argv[1], "pwrite") == 0)
		must(pwrite(fd, bytes, BYTES, 0) == BYTES);
	else
		must(writev(fd, vector, 3) == BYTES);
	return finish();
}
