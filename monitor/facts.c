/*
 * The facts a trace is useless without in ten years: host, start state,
 * executables and mapped files. Looks at the monitor's own process, which is
 * what the program would have inherited, and at files; knows nothing of calls.
 */
#include "monitor/facts.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "monitor/recorder.h"
#include "monitor/tracee/fd_take.h"
#include "schema/syscall_model.h"
#include "schema/syscall_names.h"

/* Highest numbers with a name: EHWPOISON and the last real-time signal. */
#define LAST_ERRNO  133
#define LAST_SIGNAL 64
/* Bytes read at once for hashing. */
#define HASH_CHUNK_BYTES (256u << 10)
/* Bytes of a note segment looked at; real ones have a few hundred. */
#define NOTES_BYTES 65536
/* Bytes of a build-id kept; SHA-1 has 20, the longest in use 32. */
#define BUILD_ID_BYTES 64
/* Program headers looked at: real files have about a dozen. */
#define PROGRAM_HEADERS 64

/* The start state that may be gone later. */
struct start_state {
	bool known;
	uint64_t signal_ignored;
	uint32_t umask;
};

static struct start_state start_state;

/* Reads the value of a line "NAME:\tVALUE" of a /proc file; false when there is none. */
static bool read_proc_line(const char *path, const char *name, char *value, size_t capacity)
{
	cleanup_file FILE *file = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t line_capacity = 0;

	value[0] = 0;
	while (file && getline(&line, &line_capacity, file) > 0) {
		char *colon = strchr(line, ':');
		size_t length;

		if (!colon)
			continue;
		length = strcspn(line, "\t:");
		if (strncmp(line, name, length) != 0 || name[length])
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = 0;
		snprintf(value, capacity, "%s", colon);
		return true;
	}
	return false;
}

void facts_remember_start(void)
{
	char value[64];

	if (start_state.known)
		return;
	start_state.known = true;
	/* umask(2) could only be read by changing it. Umask is there since Linux 4.7. */
	if (read_proc_line("/proc/self/status", "Umask", value, sizeof(value)))
		start_state.umask = (uint32_t)strtoul(value, NULL, 8);
	if (read_proc_line("/proc/self/status", "SigIgn", value, sizeof(value)))
		start_state.signal_ignored = strtoull(value, NULL, 16);
}

/* Files. */

struct known_file {
	uint64_t device, inode, size;
	int64_t mtime_ns;
	uint64_t hash;
	bool used, hashed, recorded;
};

/* The leader thread's; open addressing, at most half full. */
static struct known_files {
	struct known_file *files;
	size_t capacity, count;
} known_files;

static void forget_files(void)
{
	free(known_files.files);
	known_files = (struct known_files){ 0 };
}

static struct known_file identity_of(const struct stat *st)
{
	return (struct known_file){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.used = true,
	};
}

static struct known_file *find_place(const struct known_file *file)
{
	uint64_t key[4] = { file->device, file->inode, file->size, (uint64_t)file->mtime_ns };
	size_t mask = known_files.capacity - 1;
	size_t at = XXH3_64bits(key, sizeof(key)) & mask;

	for (;; at = (at + 1) & mask) {
		struct known_file *here = &known_files.files[at];

		if (!here->used || (here->device == file->device && here->inode == file->inode &&
				    here->size == file->size && here->mtime_ns == file->mtime_ns))
			return here;
	}
}

static void make_room(void)
{
	struct known_files old = known_files;

	if (2 * (old.count + 1) <= old.capacity)
		return;
	known_files.capacity = old.capacity ? 2 * old.capacity : 64;
	known_files.files = alloc_zeroed(known_files.capacity, sizeof(*known_files.files));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.files[i].used)
			*find_place(&old.files[i]) = old.files[i];
	free(old.files);
}

/* What is known of this state of a file; a new entry when nothing is. */
static struct known_file *known_file_get(const struct stat *st)
{
	struct known_file file = identity_of(st);
	struct known_file *place;

	if (known_files.count >= LIMIT_KNOWN_FILES)
		forget_files();
	make_room();
	place = find_place(&file);
	if (!place->used) {
		*place = file;
		known_files.count++;
	}
	return place;
}

/* Of a mapping the kernel makes the copy: of a file that shrinks meanwhile that fails, and is no SIGBUS. */
static ssize_t read_chunk(int fd, uint8_t *mapping, size_t size, uint8_t *chunk, size_t at)
{
	size_t length = size - at < HASH_CHUNK_BYTES ? size - at : HASH_CHUNK_BYTES;
	struct iovec to = { .iov_base = chunk, .iov_len = HASH_CHUNK_BYTES };
	struct iovec from = { .iov_base = mapping + at, .iov_len = length };

	if (!mapping)
		return pread(fd, chunk, HASH_CHUNK_BYTES, (off_t)at);
	return process_vm_readv(getpid(), &to, 1, &from, 1, 0);
}

/* XXH3 of what the descriptor names, or of `size` bytes mapped; 0 when it cannot be read. */
static uint64_t hash_content(int fd, uint8_t *mapping, size_t size)
{
	cleanup_free uint8_t *chunk = alloc_zeroed(1, HASH_CHUNK_BYTES);
	XXH3_state_t *state = XXH3_createState();
	uint64_t hash = 0;
	size_t at = 0;
	ssize_t got;

	if (!state)
		return 0;
	XXH3_64bits_reset(state);
	while ((got = read_chunk(fd, mapping, size, chunk, at)) > 0) {
		XXH3_64bits_update(state, chunk, (size_t)got);
		at += (size_t)got;
	}
	if (got == 0)
		hash = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return hash;
}

static bool is_file(int fd, const struct known_file *file)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_ino == file->inode &&
	       st.st_dev == file->device;
}

/* Hashes a regular file of at most `limit` bytes, once. */
static void hash_file(struct known_file *file, const char *path, uint64_t limit)
{
	cleanup_fd int fd = -1;

	if (file->hashed || file->size > limit)
		return;
	/* A file that was replaced by a fifo since must not hold us. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (!is_file(fd, file))
		return;
	file->hash = hash_content(fd, NULL, 0);
	file->hashed = true;
}

/*
 * By the program's own descriptor and a mapping: to open the file once more and
 * to read it would show in a watch of the program's (inotify(7)).
 */
static void hash_mapped(struct known_file *file, pid_t pid, int32_t number)
{
	cleanup_fd int fd = -1;
	void *mapping;

	if (file->hashed || !file->size || file->size > LIMIT_HASHED_FILE_BYTES)
		return;
	fd = fd_take(pid, number);
	if (!is_file(fd, file))
		return;
	mapping = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (mapping == MAP_FAILED)
		return;
	file->hash = hash_content(-1, mapping, file->size);
	file->hashed = true;
	munmap(mapping, file->size);
}

/* The path of what a link below /proc leads to; any other path is its own. */
static void resolve_path(char *resolved, size_t capacity, const char *path)
{
	ssize_t length = -1;

	if (strncmp(path, "/proc/", 6) == 0)
		length = readlink(path, resolved, capacity - 1);
	if (length >= 0)
		resolved[length] = 0;
	else
		snprintf(resolved, capacity, "%s", path);
}

void facts_record_file(struct session *s, uint32_t task, const char *path, uint32_t reason)
{
	char resolved[LIMIT_PATH_BYTES];
	struct trace_record record = { .kind = TRACE_FILE_IDENTITY };
	struct known_file *file;
	struct stat st;

	if (!s->recorder || stat(path, &st))
		return;
	file = known_file_get(&st);
	if (file->recorded)
		return;
	file->recorded = true;
	if (S_ISREG(st.st_mode))
		hash_file(file, path, LIMIT_HASHED_FILE_BYTES);
	resolve_path(resolved, sizeof(resolved), path);
	record.file_identity = (struct trace_file_identity){
		.path = resolved,
		.device = file->device,
		.inode = file->inode,
		.size = file->size,
		.mtime_ns = file->mtime_ns,
		.hash = file->hash,
		.reason = reason,
		.task = task,
	};
	recorder_add(s->recorder, LEADER, &record);
}

void facts_record_mapped(struct session *s, uint32_t task, pid_t pid, int32_t fd)
{
	struct known_file *file;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	if (!s->recorder || stat(path, &st))
		return;
	file = known_file_get(&st);
	if (file->recorded)
		return;
	if (S_ISREG(st.st_mode))
		hash_mapped(file, pid, fd);
	facts_record_file(s, task, path, 2);
}

/* Build-ids. */

/* The build-id among the notes of one segment, copied to `to`; its length, or 0. */
static size_t find_build_id(struct bytes notes, uint8_t to[BUILD_ID_BYTES])
{
	while (notes.left >= sizeof(Elf64_Nhdr)) {
		uint32_t name_bytes = bytes_u32(&notes);
		uint32_t content_bytes = bytes_u32(&notes);
		uint32_t type = bytes_u32(&notes);
		const uint8_t *name = bytes_take(&notes, ((size_t)name_bytes + 3) & ~(size_t)3);
		const uint8_t *content = bytes_take(&notes,
						    ((size_t)content_bytes + 3) & ~(size_t)3);

		if (!name || !content)
			return 0;
		if (type != NT_GNU_BUILD_ID || name_bytes != 4 || memcmp(name, "GNU", 4) != 0)
			continue;
		if (content_bytes > BUILD_ID_BYTES)
			return 0;
		memcpy(to, content, content_bytes);
		return content_bytes;
	}
	return 0;
}

static size_t read_notes(int fd, const Elf64_Phdr *segment, uint8_t to[BUILD_ID_BYTES])
{
	size_t length = segment->p_filesz < NOTES_BYTES ? segment->p_filesz : NOTES_BYTES;
	cleanup_free uint8_t *notes = alloc_zeroed(1, length + 1);
	ssize_t got = pread(fd, notes, length, (off_t)segment->p_offset);

	return got > 0 ? find_build_id(bytes_make(notes, (size_t)got), to) : 0;
}

/* The GNU build-id of a 64-bit ELF file; 0 when it has none or is something else. */
static size_t read_build_id(const char *path, uint8_t to[BUILD_ID_BYTES])
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	Elf64_Phdr segments[PROGRAM_HEADERS];
	Elf64_Ehdr header;
	size_t count;
	ssize_t got;

	if (fd < 0 || pread(fd, &header, sizeof(header), 0) != sizeof(header))
		return 0;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(*segments))
		return 0;
	count = header.e_phnum < PROGRAM_HEADERS ? header.e_phnum : PROGRAM_HEADERS;
	got = pread(fd, segments, count * sizeof(*segments), (off_t)header.e_phoff);
	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(*segments); i++) {
		size_t length = 0;

		if (segments[i].p_type == PT_NOTE)
			length = read_notes(fd, &segments[i], to);
		if (length)
			return length;
	}
	return 0;
}

static struct trace_blob blob_of_string(const char *text)
{
	return (struct trace_blob){ .data = (const uint8_t *)text, .length = strlen(text) };
}

/* One blob a string; the array is the caller's, the bytes are borrowed. */
static struct trace_blob *blobs_of_strings(char **strings, size_t count)
{
	struct trace_blob *blobs = alloc_zeroed(count + 1, sizeof(*blobs));

	for (size_t i = 0; i < count; i++)
		blobs[i] = blob_of_string(strings[i]);
	return blobs;
}

static size_t limit_list(size_t count)
{
	return count < LIMIT_RECORD_LIST ? count : LIMIT_RECORD_LIST;
}

void facts_record_variant(struct session *s, unsigned variant, pid_t pid, const void *auxv,
			  size_t auxv_bytes, const uint8_t at_random[16])
{
	const struct option_command *command = &s->options->commands[variant];
	size_t n_argv = limit_list((size_t)command->argc);
	cleanup_free struct trace_blob *argv = NULL;
	uint8_t build_id[BUILD_ID_BYTES];
	char link[64], path[LIMIT_PATH_BYTES];
	struct trace_record record = { .kind = TRACE_VARIANT_START };
	struct trace_variant_start *start = &record.variant_start;
	struct stat st;

	if (!s->recorder)
		return;
	argv = blobs_of_strings(command->argv, n_argv);
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	resolve_path(path, sizeof(path), link);
	*start = (struct trace_variant_start){
		.variant = variant,
		.pid = (int32_t)pid,
		.argv = argv,
		.n_argv = n_argv,
		.path = path,
		.layout = options_layout_name(s->options->layout),
		.auxv = { .data = auxv, .length = auxv_bytes },
		.at_random = { .data = at_random, .length = at_random ? 16 : 0 },
	};
	start->build_id.data = build_id;
	start->build_id.length = read_build_id(link, build_id);
	if (!stat(link, &st)) {
		struct known_file *file = known_file_get(&st);

		hash_file(file, link, LIMIT_HASHED_EXECUTABLE_BYTES);
		start->size = file->size;
		start->hash = file->hash;
	}
	recorder_add(s->recorder, LEADER, &record);
}

/* The header. */

/* What the header record points to. */
struct header_storage {
	uint8_t trace_id[16];
	struct utsname host;
	char cpu_model[256];
	char cwd[LIMIT_PATH_BYTES];
	struct trace_blob *options, *environment;
	struct trace_name syscalls[SYSCALL_LIMIT], errnos[LAST_ERRNO], signals[LAST_SIGNAL];
	uint32_t *groups;
	struct trace_rlimit rlimits[RLIM_NLIMITS];
	struct trace_inherited_fd *fds;
	size_t n_fds, fds_capacity;
};

static void header_storage_destroy(struct header_storage **storage)
{
	struct header_storage *h = *storage;

	if (!h)
		return;
	for (size_t i = 0; i < h->n_fds; i++)
		free((void *)(uintptr_t)h->fds[i].path);
	free(h->fds);
	free(h->groups);
	free(h->options);
	free(h->environment);
	free(h);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int fill_id(struct trace_header *header, struct header_storage *h, struct error *err)
{
	if (getrandom(h->trace_id, sizeof(h->trace_id), 0) != sizeof(h->trace_id))
		return error_set(err, -EIO, "cannot make a trace id: getrandom failed");
	header->trace_id = (struct trace_blob){ .data = h->trace_id,
						.length = sizeof(h->trace_id) };
	return 0;
}

static void fill_run(struct trace_header *header, struct header_storage *h, struct session *s,
		     int argc, char **argv)
{
	header->monitor_version = MVX_VERSION;
	header->n_options = limit_list((size_t)argc);
	header->options = h->options = blobs_of_strings(argv, header->n_options);
	header->start_wall_ns = clock_ns(CLOCK_REALTIME) -
				(clock_ns(CLOCK_MONOTONIC) - s->start_ns);
	header->variants = s->n_variants;
	header->payload_mode = s->options->payload;
	header->payload_head_bytes = s->options->payload_head_bytes;
}

static void fill_host(struct trace_header *header, struct header_storage *h)
{
	if (uname(&h->host))
		memset(&h->host, 0, sizeof(h->host));
	header->kernel_release = h->host.release;
	header->kernel_version = h->host.version;
	header->machine = h->host.machine;
	header->hostname = h->host.nodename;
	read_proc_line("/proc/cpuinfo", "model name", h->cpu_model, sizeof(h->cpu_model));
	header->cpu_model = h->cpu_model;
	header->cpu_count = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	header->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	header->clock_ticks = (uint64_t)sysconf(_SC_CLK_TCK);
}

static void add_name(struct trace_name *list, size_t *count, int64_t number, const char *name)
{
	if (name)
		list[(*count)++] = (struct trace_name){ .number = number, .name = name };
}

static void fill_names(struct trace_header *header, struct header_storage *h)
{
	header->syscalls = h->syscalls;
	for (int64_t nr = 0; nr < SYSCALL_LIMIT; nr++) {
		const struct syscall_row *row = syscall_row_find(nr);

		add_name(h->syscalls, &header->n_syscalls, nr, row ? row->name : NULL);
	}
	header->errnos = h->errnos;
	for (int number = 1; number <= LAST_ERRNO; number++)
		add_name(h->errnos, &header->n_errnos, number, errno_name_find(number));
	header->signals = h->signals;
	for (int number = 1; number <= LAST_SIGNAL; number++)
		add_name(h->signals, &header->n_signals, number, signal_name_find(number));
}

static void fill_credentials(struct trace_header *header, struct header_storage *h)
{
	int count = getgroups(0, NULL);

	header->uid = getuid();
	header->euid = geteuid();
	header->gid = getgid();
	header->egid = getegid();
	if (count <= 0)
		return;
	h->groups = alloc_zeroed((size_t)count, sizeof(*h->groups));
	_Static_assert(sizeof(gid_t) == sizeof(*h->groups), "gid_t is what a record holds");
	count = getgroups(count, h->groups);
	header->groups = h->groups;
	header->n_groups = count > 0 ? limit_list((size_t)count) : 0;
}

static void fill_limits(struct trace_header *header, struct header_storage *h)
{
	header->rlimits = h->rlimits;
	for (unsigned resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;

		if (getrlimit((__rlimit_resource_t)resource, &limit))
			continue;
		h->rlimits[header->n_rlimits++] = (struct trace_rlimit){
			.resource = resource,
			.soft = limit.rlim_cur,
			.hard = limit.rlim_max,
		};
	}
}

static uint64_t signal_bits(const sigset_t *set)
{
	uint64_t bits = 0;

	for (int signo = 1; signo <= LAST_SIGNAL; signo++)
		if (sigismember(set, signo) == 1)
			bits |= (uint64_t)1 << (signo - 1);
	return bits;
}

static void fill_process(struct trace_header *header, struct header_storage *h, struct session *s)
{
	size_t n_environment = 0;
	int persona = personality(0xffffffff);

	if (getcwd(h->cwd, sizeof(h->cwd)))
		header->cwd = h->cwd;
	facts_remember_start();
	header->umask = start_state.umask;
	header->signal_ignored = start_state.signal_ignored;
	header->signal_mask = signal_bits(&s->signal_mask);
	header->personality = persona < 0 ? 0 : (uint32_t)persona;
	while (environ && environ[n_environment])
		n_environment++;
	header->n_environment = limit_list(n_environment);
	header->environment = h->environment = blobs_of_strings(environ, header->n_environment);
}

static const char *kind_of_fd(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return "other";
	switch (st.st_mode & S_IFMT) {
	case S_IFREG: return "file";
	case S_IFIFO: return "pipe";
	case S_IFSOCK: return "socket";
	case S_IFCHR: return isatty(fd) ? "tty" : "char";
	default: return "other";
	}
}

/* Adds a descriptor the program will inherit. */
static void add_fd(struct header_storage *h, int fd)
{
	char link[64], path[LIMIT_PATH_BYTES];
	int fd_flags = fcntl(fd, F_GETFD);
	int flags = fcntl(fd, F_GETFL);

	/* What is closed at exec is the monitor's own. */
	if (fd_flags < 0 || flags < 0 || (fd_flags & FD_CLOEXEC) || h->n_fds >= LIMIT_RECORD_LIST)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	resolve_path(path, sizeof(path), link);
	alloc_grow(&h->fds, &h->fds_capacity, h->n_fds + 1);
	h->fds[h->n_fds++] = (struct trace_inherited_fd){
		.fd = fd,
		.flags = (uint32_t)flags,
		.fd_flags = (uint32_t)fd_flags,
		.kind = kind_of_fd(fd),
		.path = alloc_string(path),
		.offset = lseek(fd, 0, SEEK_CUR),
	};
}

static int compare_fds(const void *a, const void *b)
{
	const struct trace_inherited_fd *one = a, *other = b;

	return (one->fd > other->fd) - (one->fd < other->fd);
}

static int fill_fds(struct trace_header *header, struct header_storage *h, struct error *err)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!folder)
		return error_set(err, -errno, "cannot list /proc/self/fd: %s", strerror(errno));
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			add_fd(h, (int)strtol(entry->d_name, NULL, 10));
	closedir(folder);
	if (h->n_fds)
		qsort(h->fds, h->n_fds, sizeof(*h->fds), compare_fds);
	header->fds = h->fds;
	header->n_fds = h->n_fds;
	return 0;
}

int facts_record_header(struct session *s, int argc, char **argv, struct error *err)
{
	__attribute__((cleanup(header_storage_destroy))) struct header_storage *h = NULL;
	struct trace_record record = { .kind = TRACE_HEADER };
	const char *failure;
	int status;

	forget_files();
	if (!s->recorder)
		return 0;
	h = alloc_zeroed(1, sizeof(*h));
	status = fill_id(&record.header, h, err);
	if (!status)
		status = fill_fds(&record.header, h, err);
	if (status)
		return status;
	fill_run(&record.header, h, s, argc, argv);
	fill_host(&record.header, h);
	fill_names(&record.header, h);
	fill_credentials(&record.header, h);
	fill_limits(&record.header, h);
	fill_process(&record.header, h, s);
	recorder_add(s->recorder, LEADER, &record);
	failure = recorder_failure(s->recorder);
	return failure ? error_set(err, -EIO, "%s", failure) : 0;
}
