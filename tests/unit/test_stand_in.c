/* Stand-ins for mapped files: content, what is repeated on them, and when they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/session.h"
#include "monitor/stand_in.h"
#include "monitor/tracee/fd_map.h"

enum { PAGE = 4096, VARIANTS = 3 };

struct fixture {
	struct session session;
	struct lane lane; /* with a table of its own */
	char path[64];
	int fd; /* of the file */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->session.n_variants = VARIANTS;
	f->lane.fds = fd_table_create();
	/* On a file system that knows holes, wherever the tests run. */
	f->fd = memfd_create("file", MFD_CLOEXEC);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
	*state = f;
	return f->fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	while (f->session.stand_ins)
		stand_in_prune(&f->session);
	fd_table_release(f->lane.fds);
	close(f->fd);
	free(f);
	return 0;
}

static struct stand_in *create(struct fixture *f)
{
	struct error err = { 0 };
	struct stand_in *in = stand_in_create(&f->session, f->path, &err);

	assert_non_null(in);
	assert_int_equal(in->fds[LEADER], -1);
	return in;
}

/* Every follower's has this text there, and the file's length. */
static void assert_content(const struct stand_in *in, const char *text, off_t at)
{
	for (unsigned v = 1; v < VARIANTS; v++) {
		char bytes[64] = "";
		struct stat st;

		assert_int_equal(pread(in->fds[v], bytes, strlen(text), at), strlen(text));
		assert_string_equal(bytes, text);
		assert_int_equal(fstat(in->fds[v], &st), 0);
		assert_int_equal(st.st_size, stand_in_size(in));
		assert_int_equal(st.st_ino, in->inodes[v]);
	}
}

static void content_is_copied(void **state)
{
	struct fixture *f = *state;
	const off_t far = (off_t)3 << 30;
	struct stand_in *in;
	struct stat st;

	assert_int_equal(pwrite(f->fd, "first", 5, 0), 5);
	assert_int_equal(pwrite(f->fd, "last", 4, far), 4);
	in = create(f);
	assert_content(in, "first", 0);
	assert_content(in, "last", far);
	/* What is a hole in the file is one there. */
	assert_int_equal(fstat(in->fds[1], &st), 0);
	assert_true(st.st_blocks < 10000);
	assert_int_equal(fstat(f->fd, &st), 0);
	assert_ptr_equal(stand_in_find(&f->session, st.st_dev, st.st_ino), in);
	assert_null(stand_in_find(&f->session, st.st_dev, st.st_ino + 1));
	assert_ptr_equal(stand_in_find_own(&f->session, 2, in->inodes[2]), in);
	assert_null(stand_in_find_own(&f->session, 1, in->inodes[2]));
}

static void changes_are_repeated(void **state)
{
	struct fixture *f = *state;
	struct stand_in *in;

	assert_int_equal(pwrite(f->fd, "abcdefgh", 8, 0), 8);
	in = create(f);
	assert_int_equal(pwrite(f->fd, "WRITTEN", 7, 4), 7);
	assert_int_equal(stand_in_write(in, "WRITTEN", 7, 4), 0);
	assert_content(in, "abcdWRITTEN", 0);
	assert_int_equal(pwrite(f->fd, "copied", 6, PAGE), 6);
	assert_int_equal(stand_in_copy(in, PAGE, PAGE + 6), 0);
	assert_content(in, "copied", PAGE);
	/* Past the file's end there is nothing to copy. */
	assert_int_equal(stand_in_copy(in, PAGE + 6, 100 * PAGE), 0);
	assert_int_equal(ftruncate(f->fd, 6), 0);
	assert_int_equal(stand_in_resize(in, 6), 0);
	assert_int_equal(ftruncate(f->fd, 2 * PAGE), 0);
	assert_int_equal(stand_in_resize(in, 2 * PAGE), 0);
	assert_content(in, "abcdWR", 0);
	assert_int_equal(fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4), 0);
	assert_int_equal(stand_in_fallocate(in, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4),
			 0);
	assert_content(in, "WR", 4);
	assert_content(in, "", 0);
	assert_int_equal(fallocate(f->fd, 0, 0, 3 * PAGE), 0);
	assert_int_equal(stand_in_fallocate(in, 0, 0, 3 * PAGE), 0);
	assert_content(in, "WR", 4);
	assert_true(stand_in_fallocate(in, FALLOC_FL_COLLAPSE_RANGE, 0, PAGE) < 0);
}

/* As a follower does it: by its name. */
static void *map_one(const struct stand_in *in, unsigned v, int flags, int kind)
{
	char path[64];
	void *map;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", in->fds[v]);
	fd = open(path, flags | O_CLOEXEC);
	assert_true(fd >= 0);
	map = mmap(NULL, PAGE, PROT_READ, kind, fd, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	close(fd);
	return map;
}

static void assert_stays(struct fixture *f, const struct stand_in *in)
{
	stand_in_prune(&f->session);
	assert_ptr_equal(f->session.stand_ins, in);
	assert_ptr_equal(stand_in_find(&f->session, in->device, in->inode), in);
}

static void it_goes_when_nobody_maps_it(void **state)
{
	struct fixture *f = *state;
	struct stand_in *in;
	void *one, *two;

	assert_int_equal(ftruncate(f->fd, PAGE), 0);
	in = create(f);
	one = map_one(in, 1, O_RDWR, MAP_SHARED);
	two = map_one(in, 2, O_RDWR, MAP_SHARED);
	assert_stays(f, in);
	/* One follower may be behind another. */
	assert_int_equal(munmap(one, PAGE), 0);
	assert_stays(f, in);
	one = map_one(in, 1, O_RDONLY, MAP_PRIVATE);
	assert_int_equal(munmap(two, PAGE), 0);
	assert_stays(f, in);
	assert_int_equal(munmap(one, PAGE), 0);
	stand_in_prune(&f->session);
	assert_null(f->session.stand_ins);
}

static void it_stays_while_it_is_needed(void **state)
{
	struct fixture *f = *state;
	struct open_file *file = open_file_create(FD_LEADER);
	struct stand_in *in = create(f);

	atomic_store(&in->pending, 1);
	stand_in_prune(&f->session);
	assert_ptr_equal(f->session.stand_ins, in);
	atomic_store(&in->pending, 0);
	/* A descriptor of the program's names the file. */
	file->identified = true;
	file->device_id = in->device;
	file->inode = in->inode;
	fd_table_set(f->lane.fds, 5, file);
	f->session.lanes = &f->lane;
	stand_in_prune(&f->session);
	assert_ptr_equal(f->session.stand_ins, in);
	assert_ptr_equal(stand_in_find(&f->session, in->device, in->inode), in);
	fd_table_close(f->lane.fds, 5);
	stand_in_prune(&f->session);
	assert_null(f->session.stand_ins);
	f->session.lanes = NULL;
}

static void what_cannot_be_copied_is_said(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_null(stand_in_create(&f->session, "/tmp/stand-in-that-is-not-there", &err));
	assert_int_equal(err.code, -ENOENT);
	assert_non_null(strstr(err.message, "No such file"));
	assert_null(f->session.stand_ins);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(content_is_copied, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_are_repeated, setup, teardown),
		cmocka_unit_test_setup_teardown(it_goes_when_nobody_maps_it, setup, teardown),
		cmocka_unit_test_setup_teardown(it_stays_while_it_is_needed, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_copied_is_said, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
