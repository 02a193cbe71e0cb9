/* sendfile, copy_file_range, splice, tee, vmsplice: data moved inside the kernel, once. */
#include "test.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

static void show_splice(int in)
{
	int one[2], two[2];
	char text[64] = "";
	loff_t offset = 3;
	must(pipe(one) == 0 && pipe(two) == 0);
	show(splice(in, &offset, one[1], NULL, 10, 0));
	say("offset %ld\n", (long)offset);
	show(tee(one[0], two[1], 10, 0));
	show(read(one[0], text, sizeof(text) - 1));
	say("%s\n", text);
	int out = open("spliced", O_RDWR | O_CREAT | O_TRUNC, 0600);
	show(splice(two[0], NULL, out, NULL, 100, 0));
	say_file("spliced");
	show(splice(in, NULL, out, NULL, 5, 0));
	show(splice(one[0], NULL, two[1], NULL, 5, SPLICE_F_NONBLOCK));
}

int main(void)
{
	off_t offset = 5;
	loff_t from = 2, to = 40;
	make_file("in", "abcdefghijklmnopqrstuvwxyz");
	int in = open("in", O_RDONLY), out = open("out", O_RDWR | O_CREAT, 0600);
	must(in >= 0 && out >= 0);
	show(sendfile(out, in, &offset, 4));
	say("offset %ld, position %ld\n", (long)offset, (long)lseek(in, 0, SEEK_CUR));
	show(sendfile(out, in, NULL, 100));
	show(sendfile(out, in, NULL, 100));
	show(sendfile(STDOUT_FILENO, in, &(off_t){ 20 }, 6));
	say("\n");
	show(copy_file_range(in, &from, out, &to, 10, 0));
	say("offsets %ld %ld\n", (long)from, (long)to);
	show(copy_file_range(in, NULL, out, NULL, 10, 0));
	show(lseek(out, 0, SEEK_END));
	say_file("out");
	show_splice(in);
	return finish();
}
