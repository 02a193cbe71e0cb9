/* writev and readv with the most iovecs the kernel takes, and one more. */
#include "test.h"
#include <sys/uio.h>

enum { MOST = 1024, EACH = 3000 };

static unsigned char out[MOST][EACH], in[MOST][EACH];

int main(void)
{
	static struct iovec vectors[MOST + 1];
	int fd = open("data", O_RDWR | O_CREAT, 0600);
	must(fd >= 0);
	fill_pattern(&out[0][0], sizeof(out), 0);
	for (size_t i = 0; i < MOST; i++)
		vectors[i] = (struct iovec){ out[i], EACH };
	show(writev(fd, vectors, MOST));
	show(writev(fd, vectors, MOST + 1));
	show(lseek(fd, 0, SEEK_SET));
	for (size_t i = 0; i < MOST; i++)
		vectors[i] = (struct iovec){ in[i], i % 2 ? EACH : 1 };
	ssize_t n = readv(fd, vectors, MOST);
	say("read %zd\n", n);
	size_t position = 0;
	for (size_t i = 0; i < MOST; i++) {
		must(is_pattern(in[i], vectors[i].iov_len, position));
		position += vectors[i].iov_len;
	}
	must((size_t)n == position);
	return finish();
}
