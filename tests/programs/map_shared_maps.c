/* What /proc/self/maps says of shared mappings: the file, as everybody sees it. */
#include "test.h"
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/sysmacros.h>

enum { PAGE = 4096 };

static char text[1 << 18];

static void say_line(const char *what, const void *map, int fd)
{
	struct stat st;
	char range[32], access[8] = "", name[256] = "", *line = text;
	unsigned long offset, inode;
	unsigned major_id, minor_id;
	ssize_t got, length = 0;
	int maps = open("/proc/self/maps", O_RDONLY);
	must(maps >= 0);
	while ((got = read(maps, text + length, sizeof(text) - 1 - (size_t)length)) > 0)
		length += got;
	text[length] = 0;
	must(close(maps) == 0);
	snprintf(range, sizeof(range), "%08lx-", (unsigned long)map);
	while (strncmp(line, range, strlen(range)) != 0) {
		line = strchr(line, '\n');
		must(line);
		line++;
	}
	must(sscanf(line, "%*s %7s %lx %x:%x %lu %255[^\n]", access, &offset, &major_id, &minor_id,
		    &inode, name) >= 5);
	say("%s: %s at %lx, %s", what, access, offset,
	    strrchr(name, '/') ? strrchr(name, '/') : name);
	if (fd >= 0) {
		must(fstat(fd, &st) == 0);
		say(", the inode %d, the device %d", inode == st.st_ino,
		    makedev(major_id, minor_id) == st.st_dev);
	}
	say("\n");
}

int main(void)
{
	make_file("data", "");
	int fd = open("data", O_RDWR);
	must(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	void *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
	must(map != MAP_FAILED);
	say_line("a file", map, fd);
	must(unlink("data") == 0);
	say_line("removed", map, fd);
	int memory = memfd_create("memory", 0);
	must(memory >= 0 && ftruncate(memory, PAGE) == 0);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, memory, 0);
	must(map != MAP_FAILED);
	say_line("a memory file", map, memory);
	int id = shmget(IPC_PRIVATE, PAGE, 0600);
	must(id >= 0);
	map = shmat(id, NULL, 0);
	must(map != (void *)-1 && shmctl(id, IPC_RMID, NULL) == 0);
	say_line("a segment", map, -1);
	return finish();
}
