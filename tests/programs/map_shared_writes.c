/* Every call that changes a file shows in a shared mapping of it. */
#include "test.h"
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { PAGE = 4096 };

static char *map;

static void show_at(const char *what, size_t at, size_t length)
{
	char text[65] = "";
	for (size_t i = 0; i < length && i < 64; i++)
		text[i] = map[at + i] ? map[at + i] : '.';
	say("%s: %s\n", what, text);
}

static void positions(int fd)
{
	struct iovec two[2] = { { "vec", 3 }, { "tor", 3 } };
	must(lseek(fd, 10, SEEK_SET) == 10);
	show(write(fd, "written", 7));
	show(writev(fd, two, 2));
	show_at("write, writev", 8, 20);
	show(pwrite(fd, "PWRITE", 6, 40));
	show(pwritev(fd, two, 2, 50));
	show(pwritev2(fd, two, 2, -1, 0));
	show_at("positioned", 20, 40);
	show(lseek(fd, 0, SEEK_CUR));
}

static void appended(void)
{
	int fd = open("data", O_WRONLY | O_APPEND);
	must(fd >= 0 && ftruncate(fd, PAGE) == 0);
	show(write(fd, "at the end", 10));
	show(pwrite(fd, " and again", 10, 0));
	show_at("appended", PAGE, 24);
	struct stat st;
	must(fstat(fd, &st) == 0 && close(fd) == 0);
	say("size %ld\n", (long)st.st_size);
	fd = open("data", O_WRONLY);
	show(pwritev2(fd, &(struct iovec){ "more", 4 }, 1, 0, 0x10 /* RWF_APPEND */));
	must(close(fd) == 0);
	show_at("appended", PAGE + 10, 24);
}

static void copied(int fd)
{
	int ends[2], from = open("source", O_RDONLY);
	loff_t in = 2, out = 200;
	must(from >= 0 && pipe(ends) == 0);
	must(lseek(fd, 100, SEEK_SET) == 100);
	show(sendfile(fd, from, NULL, 6));
	show_at("sendfile", 98, 12);
	must(write(ends[1], "through a pipe", 14) == 14);
	show(splice(ends[0], NULL, fd, &out, 7, 0));
	say("offset %ld\n", (long)out);
	show(splice(ends[0], NULL, fd, NULL, 7, 0));
	show_at("splice", 200, 8);
	show_at("splice", 104, 12);
	/* Some file systems copy in the kernel, others cannot between two files. */
	out = 300;
	long got = copy_file_range(from, &in, fd, &out, 4, 0);
	if (got < 0)
		must(pwrite(fd, "urce", 4, 300) == 4);
	show_at("copied", 300, 5);
	must(close(from) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
}

static void sizes(int fd)
{
	strcpy(map + 1000, "cut off");
	show(ftruncate(fd, 1003));
	show(ftruncate(fd, 2 * PAGE));
	show_at("shrunk and grown", 998, 12);
	strcpy(map + 1000, "cut off");
	show(truncate("data", 1001));
	show(truncate("./data", 3 * PAGE));
	show_at("truncate", 998, 12);
	map[2 * PAGE] = 'g';
	strcpy(map + PAGE + 10, "to be punched");
	show(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE + 12, 5));
	show_at("punched", PAGE + 10, 14);
	show(fallocate(fd, 0, 0, 4 * PAGE));
	map[3 * PAGE + 1] = 'h';
	show_at("allocated", 3 * PAGE, 3);
	int again = open("data", O_RDWR | O_TRUNC);
	must(again >= 0 && ftruncate(again, PAGE) == 0);
	show_at("emptied", 0, 20);
	must(close(again) == 0);
}

int main(void)
{
	make_file("source", "source text");
	int fd = open("data", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0);
	must(pwrite(fd, "before", 6, 0) == 6);
	map = mmap(NULL, 8 * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED);
	show_at("there before", 0, 8);
	map[1] = 'E';
	positions(fd);
	appended();
	copied(fd);
	sizes(fd);
	memset(map, 'x', 20);
	char text[8] = "";
	show(pread(fd, text, 5, 17));
	say("%s\n", text);
	/* From a file into memory that is another's mapping. */
	int source = open("source", O_RDONLY);
	show(pread(source, map + 4, 6, 0));
	show_at("read into it", 0, 12);
	must(truncate("data", 24) == 0);
	say_file("data");
	return finish();
}
