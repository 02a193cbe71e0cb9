/* Pages in a ring between SQLite and a thread; see behind.h. */
#include "analysis/behind.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/thread.h"

/* 2 MiB: some milliseconds of writing */
#define PAGES          128
#define PAGE_BYTES     16384
#define NAME           "mvx-behind"
#define CONTROL_FINISH 0x6d7678 /* of xFileControl; SQLite's own are small numbers */

struct page {
	sqlite3_int64 offset;
	int length;
	unsigned char bytes[PAGE_BYTES];
};

struct writer {
	sqlite3_file *real; /* of the VFS underneath; one thread's at a time, see drain */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t queued, written; /* pages so far; under the lock, as all below */
	int error;              /* the first */
	bool hurry;             /* somebody waits for all of them */
	bool stop;
	struct page pages[PAGES];
};

struct behind_file {
	sqlite3_file base;
	struct writer *writer;
};

static struct writer *writer_of(sqlite3_file *file)
{
	return ((struct behind_file *)file)->writer;
}

static sqlite3_vfs *underneath(void)
{
	return sqlite3_vfs_find(NULL);
}

static void *writer_main(void *data)
{
	struct writer *w = data;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct page *page = &w->pages[w->written % PAGES];
		int code;

		while (w->queued - w->written < PAGES / 4 && !w->hurry && !w->stop)
			pthread_cond_wait(&w->changed, &w->lock);
		if (w->queued == w->written && w->stop)
			break;
		if (w->queued == w->written) {
			w->hurry = false;
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		code = w->real->pMethods->xWrite(w->real, page->bytes, page->length, page->offset);
		pthread_mutex_lock(&w->lock);
		if (code != SQLITE_OK && w->error == SQLITE_OK)
			w->error = code;
		w->written++;
		if (w->queued - w->written <= PAGES / 2)
			pthread_cond_signal(&w->changed);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Until at most `left` pages wait. The first error so far. */
static int drain(struct writer *w, size_t left)
{
	int error;

	pthread_mutex_lock(&w->lock);
	while (w->queued - w->written > left) {
		w->hurry = left == 0;
		pthread_cond_signal(&w->changed);
		pthread_cond_wait(&w->changed, &w->lock);
	}
	error = w->error;
	pthread_mutex_unlock(&w->lock);
	return error;
}

static int file_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset)
{
	struct writer *w = writer_of(file);
	struct page *page = &w->pages[w->queued % PAGES];
	int error = drain(w, length > PAGE_BYTES ? 0 : PAGES - 1);

	if (error != SQLITE_OK)
		return error;
	if (length > PAGE_BYTES)
		return w->real->pMethods->xWrite(w->real, bytes, length, offset);
	page->offset = offset;
	page->length = length;
	memcpy(page->bytes, bytes, (size_t)length);
	pthread_mutex_lock(&w->lock);
	w->queued++;
	if (w->queued - w->written >= PAGES / 4)
		pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
	struct writer *w = writer_of(file);
	int error = drain(w, 0);

	return error ? error : w->real->pMethods->xRead(w->real, bytes, length, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct writer *w = writer_of(file);
	int error = drain(w, 0);

	return error ? error : w->real->pMethods->xTruncate(w->real, size);
}

static int file_sync(sqlite3_file *file, int flags)
{
	struct writer *w = writer_of(file);
	int error = drain(w, 0);

	return error ? error : w->real->pMethods->xSync(w->real, flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	struct writer *w = writer_of(file);
	int error = drain(w, 0);

	return error ? error : w->real->pMethods->xFileSize(w->real, size);
}

/* The file underneath, for what is asked of it beside its pages. */
static sqlite3_file *drained(sqlite3_file *file)
{
	struct writer *w = writer_of(file);

	drain(w, 0);
	return w->real;
}

static int file_lock(sqlite3_file *file, int lock)
{
	sqlite3_file *real = drained(file);

	return real->pMethods->xLock(real, lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
	sqlite3_file *real = drained(file);

	return real->pMethods->xUnlock(real, lock);
}

static int file_check_reserved_lock(sqlite3_file *file, int *result)
{
	sqlite3_file *real = drained(file);

	return real->pMethods->xCheckReservedLock(real, result);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
	struct writer *w = writer_of(file);
	int error = drain(w, 0);

	if (operation == CONTROL_FINISH)
		return error;
	return w->real->pMethods->xFileControl(w->real, operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
	sqlite3_file *real = drained(file);

	return real->pMethods->xSectorSize(real);
}

static int file_characteristics(sqlite3_file *file)
{
	sqlite3_file *real = drained(file);

	return real->pMethods->xDeviceCharacteristics(real);
}

static void writer_destroy(struct writer *w)
{
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->changed);
	free(w->real);
	free(w);
}

static int file_close(sqlite3_file *file)
{
	struct writer *w = writer_of(file);
	int code;

	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	code = w->real->pMethods->xClose(w->real);
	writer_destroy(w);
	return code;
}

/* Journals and temporary files are as they were. */
static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		    int *out_flags)
{
	static const sqlite3_io_methods methods = {
		.iVersion = 1,
		.xClose = file_close,
		.xRead = file_read,
		.xWrite = file_write,
		.xTruncate = file_truncate,
		.xSync = file_sync,
		.xFileSize = file_size,
		.xLock = file_lock,
		.xUnlock = file_unlock,
		.xCheckReservedLock = file_check_reserved_lock,
		.xFileControl = file_control,
		.xSectorSize = file_sector_size,
		.xDeviceCharacteristics = file_characteristics,
	};
	struct writer *w;
	int code;

	if (!(flags & SQLITE_OPEN_MAIN_DB))
		return underneath()->xOpen(underneath(), name, file, flags, out_flags);
	file->pMethods = NULL;
	w = alloc_zeroed(1, sizeof(*w));
	w->real = alloc_zeroed(1, (size_t)underneath()->szOsFile);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	code = underneath()->xOpen(underneath(), name, w->real, flags, out_flags);
	if (code == SQLITE_OK && thread_create(&w->thread, writer_main, w)) {
		w->real->pMethods->xClose(w->real);
		writer_destroy(w);
		return underneath()->xOpen(underneath(), name, file, flags, out_flags);
	}
	if (code != SQLITE_OK) {
		writer_destroy(w);
		return code;
	}
	((struct behind_file *)file)->writer = w;
	file->pMethods = &methods;
	return SQLITE_OK;
}

const char *behind_vfs(void)
{
	static sqlite3_vfs vfs;

	if (sqlite3_vfs_find(NAME))
		return NAME;
	if (!underneath())
		return NULL;
	vfs = *underneath();
	vfs.zName = NAME;
	vfs.pNext = NULL;
	vfs.xOpen = vfs_open;
	if (vfs.szOsFile < (int)sizeof(struct behind_file))
		vfs.szOsFile = (int)sizeof(struct behind_file);
	return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? NAME : NULL;
}

int behind_finish(sqlite3 *db, const char *database)
{
	int code = sqlite3_file_control(db, database, CONTROL_FINISH, NULL);

	/* without a thread the file is SQLite's own, and nothing waits */
	return code == SQLITE_NOTFOUND ? SQLITE_OK : code;
}
