/* Makes the followers' System V segments, fills them, and gives them back. */
#include "monitor/segment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "monitor/session.h"
#include "monitor/tracee/backend.h"

#define PAGE_BYTES 4096u
/* bytes read from the leader in one go */
#define COPY_BYTES (1u << 20)

/* What the system says of a segment (/proc/sysvipc/shm, proc(5)); asking leaves no trace in it. */
static int segment_read(struct segment *g, uint64_t *used_bytes)
{
	cleanup_file FILE *file = fopen("/proc/sysvipc/shm", "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		int key, id;
		unsigned long size, rss, swap;

		if (sscanf(line, "%d %d %*o %lu %*d %*d %*u %*u %*u %*u %*u %*u %*u %*u %lu %lu",
			   &key, &id, &size, &rss, &swap) != 5 ||
		    id != g->id)
			continue;
		g->key = (uint32_t)key;
		g->bytes = (size + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
		*used_bytes = rss + swap;
		return 0;
	}
	return file ? -EIDRM : -errno;
}

/* Marked as destroyed while we have it attached: it can still be attached by its id (shmctl(2)). */
static int own_segment_create(struct segment *g, unsigned v, const struct stat *owner)
{
	struct shmid_ds status = { 0 };

	g->ids[v] = shmget(IPC_PRIVATE, g->bytes, IPC_CREAT | 0600);
	if (g->ids[v] < 0)
		return -errno;
	g->mapped[v] = shmat(g->ids[v], NULL, 0);
	status.shm_perm.uid = owner->st_uid;
	status.shm_perm.gid = owner->st_gid;
	status.shm_perm.mode = 0600;
	if (g->mapped[v] == (void *)-1 || shmctl(g->ids[v], IPC_SET, &status) < 0) {
		int code = -errno;

		g->mapped[v] = g->mapped[v] == (void *)-1 ? NULL : g->mapped[v];
		shmctl(g->ids[v], IPC_RMID, NULL);
		return code;
	}
	return shmctl(g->ids[v], IPC_RMID, NULL) < 0 ? -errno : 0;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	return !length || (!bytes[0] && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* Pages that hold nothing stay unused. */
static int segment_fill(const struct session *s, struct segment *g, struct backend *b, pid_t pid,
			uint64_t addr)
{
	cleanup_free uint8_t *piece = alloc_zeroed(1, COPY_BYTES);

	for (uint64_t at = 0; at < g->bytes;) {
		size_t want = g->bytes - at < COPY_BYTES ? (size_t)(g->bytes - at) : COPY_BYTES;
		ssize_t got = b->ops->read_memory(b, pid, addr + at, piece, want);

		if (got != (ssize_t)want)
			return -EFAULT;
		for (unsigned v = 1; v < s->n_variants; v++)
			for (size_t page = 0; page < want; page += PAGE_BYTES)
				if (!is_zero(piece + page, PAGE_BYTES))
					memcpy((uint8_t *)g->mapped[v] + at + page, piece + page,
					       PAGE_BYTES);
		at += want;
	}
	return 0;
}

static void segment_free(struct segment *g)
{
	for (unsigned v = 0; v < LIMIT_VARIANTS; v++)
		if (g->mapped[v])
			shmdt(g->mapped[v]);
	free(g);
}

static int segment_make(const struct session *s, struct segment *g, struct backend *b, pid_t pid,
			uint64_t addr)
{
	char path[64];
	struct stat owner;
	uint64_t used = 0;
	int code = segment_read(g, &used);

	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (code == 0 && stat(path, &owner) < 0)
		code = -errno;
	for (unsigned v = 1; v < s->n_variants && code == 0; v++)
		code = own_segment_create(g, v, &owner);
	return code == 0 && used ? segment_fill(s, g, b, pid, addr) : code;
}

/* By the followers, that is: we have each of them attached once. */
static bool is_attached(const struct session *s, const struct segment *g)
{
	struct shmid_ds status;

	for (unsigned v = 1; v < s->n_variants; v++)
		if (shmctl(g->ids[v], IPC_STAT, &status) < 0 || status.shm_nattch > 1)
			return true;
	return false;
}

static void segments_prune(struct session *s)
{
	struct segment **link = &s->segments;

	while (*link) {
		struct segment *g = *link;

		if (atomic_load(&g->pending) || is_attached(s, g)) {
			link = &g->next;
			continue;
		}
		*link = g->next;
		segment_free(g);
	}
}

struct segment *segment_get(struct session *s, struct backend *b, pid_t pid, int32_t id,
			    uint64_t addr, struct error *err)
{
	struct segment *g;
	int code;

	segments_prune(s);
	for (g = s->segments; g; g = g->next)
		if (g->id == id)
			return g;
	g = alloc_zeroed(1, sizeof(*g));
	g->id = id;
	code = segment_make(s, g, b, pid, addr);
	if (code < 0) {
		error_set(err, code, "cannot copy a shared memory segment: %s", strerror(-code));
		segment_free(g);
		return NULL;
	}
	g->next = s->segments;
	s->segments = g;
	return g;
}

const struct segment *segment_find_own(const struct session *s, unsigned v, uint64_t id)
{
	for (const struct segment *g = s->segments; g; g = g->next)
		if ((uint64_t)g->ids[v] == id)
			return g;
	return NULL;
}
