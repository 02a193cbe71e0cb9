/* vmsplice: memory into a pipe, and from one. */
#include "test.h"
#include <sys/uio.h>

int main(void)
{
	int ends[2];
	char text[32] = "";
	struct iovec vector[2] = { { "vm", 2 }, { "splice", 6 } };
	struct iovec room = { text, sizeof(text) - 1 };
	must(pipe(ends) == 0);
	show(vmsplice(ends[1], vector, 2, 0));
	show(read(ends[0], text, 4));
	say("%s\n", text);
	memset(text, 0, sizeof(text));
	show(vmsplice(ends[0], &room, 1, 0));
	say("%s\n", text);
	show(vmsplice(99, vector, 2, 0));
	return finish();
}
