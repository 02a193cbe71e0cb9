/* Copies standard input to standard output in uneven pieces and counts. */
#include "test.h"

int main(void)
{
	static char bytes[10000];
	size_t total = 0, piece = 1;
	ssize_t n;
	while ((n = read(STDIN_FILENO, bytes, piece)) > 0) {
		say_bytes(bytes, (size_t)n);
		total += (size_t)n;
		piece = (piece * 5 + 3) % sizeof(bytes) + 1;
	}
	must(n == 0);
	say("%zu bytes\n", total);
	return finish();
}
