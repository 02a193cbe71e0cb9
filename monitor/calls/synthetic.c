/* Content of /proc/PID/{status,stat,maps,smaps,auxv}: each variant's own addresses, nothing of the monitor. */
#include "monitor/calls/synthetic.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "monitor/calls/seccomp.h"
#include "monitor/guard.h"
#include "monitor/lane_life.h"
#include "monitor/segment.h"
#include "monitor/stand_in.h"
#include "monitor/tracee/fd_map.h"
#include "monitor/tracee/pid_map.h"
#include "monitor/tracee/proc_text.h"
#include "monitor/variant.h"

/* bytes: a maps file of 65530 mappings (vm.max_map_count) is smaller */
#define PROC_FILE_LIMIT (16u << 20)

/* text: the kernel's, freed; leader: what variant 0 has been given, NULL for itself. The result is the caller's. */
typedef char *rewrite_fn(struct call *c, struct lane *lane, unsigned v, const char *leader,
			 char *text, size_t *length);

static char *read_file(const char *path, size_t *length)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t capacity = 0, used = 0;
	char *text = NULL;
	ssize_t got = -1;

	*length = 0;
	while (fd >= 0 && used < PROC_FILE_LIMIT) {
		alloc_grow(&text, &capacity, used + 65536);
		got = read(fd, text + used, capacity - used);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	*length = used;
	return text;
}

static char *terminated(char *text, size_t length)
{
	size_t capacity = length;

	alloc_grow(&text, &capacity, length + 1);
	text[length] = 0;
	return text;
}

/* Appends one line (its newline included) to a growing text. */
static void append(char **text, size_t *capacity, size_t *used, const char *line, size_t length)
{
	alloc_grow(text, capacity, *used + length);
	memcpy(*text + *used, line, length);
	*used += length;
}

static void cpus_list(const cpu_set_t *set, char *text, size_t capacity)
{
	size_t used = 0;

	text[0] = 0;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		int last = cpu;

		if (!CPU_ISSET(cpu, set))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
			last++;
		used += (size_t)snprintf(text + used, capacity - used,
					 last > cpu ? "%s%d-%d" : "%s%d", used ? "," : "", cpu,
					 last);
		cpu = last;
	}
}

/* "Cpus_allowed:\t3": groups of eight hex digits. Only as wide as the kernel's line was. */
static void cpus_mask(const cpu_set_t *set, const char *value, char *text, size_t capacity)
{
	size_t groups = 1, used = 0;

	for (const char *p = value; *p && *p != '\n'; p++)
		groups += *p == ',';
	for (size_t g = groups; g-- > 0;) {
		unsigned bits = 0;

		for (unsigned i = 0; i < 32; i++)
			if (CPU_ISSET(g * 32 + i, set))
				bits |= 1u << i;
		used += (size_t)snprintf(text + used, capacity - used,
					 groups == 1 ? "%x%s" : "%08x%s", bits, g ? "," : "");
	}
}

/* Job control's stops and our own are the same to the kernel: tracing stops. */
static bool is_stopped(const struct lane *lane)
{
	return lane->tasks[LEADER].job_stopped;
}

/* A line of status as it would be without us; false to keep the kernel's. */
static bool status_line(const struct lane *lane, const char *line, char *text, size_t capacity)
{
	const struct session *s = lane->session;
	char value[1024];
	int parent;

	if (sscanf(line, "PPid: %d", &parent) == 1 && parent == s->monitor_pid) {
		snprintf(text, capacity, "PPid:\t%d\n", getppid());
	} else if (strncmp(line, "State:\tt", 8) == 0) {
		snprintf(text, capacity, "State:\t%s\n",
			 is_stopped(lane) ? "T (stopped)" : "R (running)");
	} else if (strncmp(line, "TracerPid:", 10) == 0) {
		snprintf(text, capacity, "TracerPid:\t0\n");
	} else if (strncmp(line, "Seccomp:", 8) == 0) {
		snprintf(text, capacity, "Seccomp:\t%d\n", seccomp_mode(lane));
	} else if (strncmp(line, "Seccomp_filters:", 16) == 0) {
		snprintf(text, capacity, "Seccomp_filters:\t%u\n", seccomp_filter_count(lane));
	} else if (strncmp(line, "NoNewPrivs:", 11) == 0) {
		snprintf(text, capacity, "NoNewPrivs:\t%d\n", lane->no_new_privs);
	} else if (strncmp(line, "Cpus_allowed_list:", 18) == 0) {
		cpus_list(&s->machine_cpus, value, sizeof(value));
		snprintf(text, capacity, "Cpus_allowed_list:\t%s\n", value);
	} else if (strncmp(line, "Cpus_allowed:", 13) == 0) {
		cpus_mask(&s->machine_cpus, line + 14, value, sizeof(value));
		snprintf(text, capacity, "Cpus_allowed:\t%s\n", value);
	} else {
		return false;
	}
	return true;
}

static char *rewrite_status(struct call *c, struct lane *lane, unsigned v, const char *leader,
			    char *text, size_t *length)
{
	size_t capacity = 0, used = 0;
	char *out = NULL;
	char line[2048];

	(void)c;
	(void)v;
	(void)leader;
	for (char *at = text, *end = text + *length; at < end;) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t part = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);

		if (newline && status_line(lane, at, line, sizeof(line)))
			append(&out, &capacity, &used, line, strlen(line));
		else
			append(&out, &capacity, &used, at, part);
		at += part;
	}
	free(text);
	*length = used;
	return out;
}

static bool is_map_header(const char *line)
{
	return isxdigit((unsigned char)*line) && !isupper((unsigned char)*line);
}

/* column at which names begin in maps (fs/proc/task_mmu.c) */
#define MAPS_NAME_COLUMN 73

/* Device, inode and name of what variant 0 has mapped where this one has a stand-in; false for none. */
static bool stood_for(const struct session *s, unsigned v, unsigned device, uint64_t inode,
		      char *place, size_t capacity, char *name, size_t name_capacity)
{
	const struct stand_in *in = stand_in_find_own(s, v, inode);
	const struct segment *segment = in ? NULL : segment_find_own(s, v, inode);
	char path[64];
	ssize_t length;

	if (segment) {
		snprintf(place, capacity, "%02x:%02x %d ", major(device), minor(device),
			 segment->id);
		snprintf(name, name_capacity, "/SYSV%08x (deleted)", segment->key);
		return true;
	}
	if (!in)
		return false;
	snprintf(place, capacity, "%02x:%02x %llu ", major(in->device), minor(in->device),
		 (unsigned long long)in->inode);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", in->real_fd);
	length = readlink(path, name, name_capacity - 1);
	name[length < 0 ? 0 : length] = 0;
	return true;
}

/* The line of a stand-in as variant 0 has it for the file; false for other lines. */
static bool maps_line(const struct session *s, unsigned v, const char *line, char *text,
		      size_t capacity)
{
	char place[64], name[LIMIT_PATH_BYTES];
	unsigned long start, end, offset, inode;
	unsigned major_id, minor_id;
	char access[8];
	int used = 0;

	if (v == LEADER || sscanf(line, "%lx-%lx %7s %lx %x:%x %lu %n", &start, &end, access,
				  &offset, &major_id, &minor_id, &inode, &used) < 7)
		return false;
	if (strncmp(line + used, "/memfd:" STAND_IN_NAME, sizeof("/memfd:" STAND_IN_NAME) - 1) !=
		    0 &&
	    strncmp(line + used, "/SYSV", 5) != 0)
		return false;
	if (!stood_for(s, v, makedev(major_id, minor_id), inode, place, sizeof(place), name,
		       sizeof(name)))
		return false;
	used = snprintf(text, capacity, "%08lx-%08lx %s %08lx %s", start, end, access, offset,
			place);
	snprintf(text + used, capacity - (size_t)used, "%*s%s\n",
		 used < MAPS_NAME_COLUMN ? MAPS_NAME_COLUMN - used : 0, "", name);
	return true;
}

/* Leaves out our two pages; smaps has further lines below each mapping's. */
static char *rewrite_maps(struct call *c, struct lane *lane, unsigned v, const char *leader,
			  char *text, size_t *length)
{
	const struct mm *mm = lane->mm;
	size_t capacity = 0, used = 0;
	char line[LIMIT_PATH_BYTES + 128];
	char *out = NULL;
	bool ours = false;

	(void)leader;
	for (char *at = text, *end = text + *length; at < end;) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t part = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);

		if (is_map_header(at)) {
			uint64_t start = strtoull(at, NULL, 16);

			ours = mm_has_ours(mm, v, start, 1);
		}
		if (is_map_header(at) && newline &&
		    maps_line(c->session, v, at, line, sizeof(line)))
			append(&out, &capacity, &used, line, strlen(line));
		else if (!ours)
			append(&out, &capacity, &used, at, part);
		at += part;
	}
	free(text);
	*length = used;
	return out;
}

static char *rewrite_auxv(struct call *c, struct lane *lane, unsigned v, const char *leader,
			  char *text, size_t *length)
{
	Elf64_auxv_t entry;

	(void)c;
	(void)lane;
	(void)v;
	(void)leader;
	for (size_t at = 0; at + sizeof(entry) <= *length; at += sizeof(entry)) {
		memcpy(&entry, text + at, sizeof(entry));
		if (entry.a_type != AT_SYSINFO_EHDR)
			continue;
		entry.a_type = AT_IGNORE;
		entry.a_un.a_val = 0;
		memcpy(text + at, &entry, sizeof(entry));
	}
	return text;
}

/*
 * The fields that are addresses of the variant's own (proc(5), counting from
 * 1): code, registers, data, brk. The stack and what lies on it are alike.
 */
static bool stat_field_is_address(unsigned field)
{
	return field == 26 || field == 27 || field == 29 || field == 30 || field == 35 ||
	       (field >= 45 && field <= 47);
}

/* Where field 3 starts: behind the command name, which may hold anything. */
static const char *stat_fields(const char *text, size_t length)
{
	for (size_t i = length; i-- > 1;)
		if (text[i - 1] == ')' && text[i] == ' ')
			return text + i + 1;
	return NULL;
}

static const char *stat_nth(const char *fields, unsigned field, size_t *length)
{
	const char *at = fields;

	for (unsigned i = 3; i < field && at; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	*length = at ? strcspn(at, " \n") : 0;
	return at;
}

/* The leader's line, as it would be without us, with this variant's addresses. */
static char *rewrite_stat(struct call *c, struct lane *lane, unsigned v, const char *leader,
			  char *text, size_t *length)
{
	const char *own_fields = *length ? stat_fields(text, *length) : NULL;
	size_t leader_length = leader ? strlen(leader) : *length;
	const char *fields = leader ? stat_fields(leader, leader_length) : own_fields;
	size_t capacity = 0, used = 0;
	char *out = NULL;

	(void)v;
	if (!own_fields || !fields)
		return text;
	text[*length - 1] = 0;
	if (!leader)
		leader = text;
	append(&out, &capacity, &used, leader, (size_t)(fields - leader));
	for (unsigned field = 3; field <= 52; field++) {
		size_t part;
		const char *value = stat_nth(stat_field_is_address(field) ? own_fields : fields,
					     field, &part);
		char parent[16];

		if (!value)
			break;
		if (field == 3 && *value == 't') {
			value = is_stopped(lane) ? "T" : "R";
		} else if (field == 4 && atoi(value) == c->session->monitor_pid) {
			part = (size_t)snprintf(parent, sizeof(parent), "%d", getppid());
			value = parent;
		}
		append(&out, &capacity, &used, value, part);
		append(&out, &capacity, &used, field == 52 ? "\n" : " ", 1);
	}
	free(text);
	*length = used;
	return out;
}

/* The end address on the line that names the stack; 0 for none. */
static uint64_t maps_stack_end(const char *text)
{
	const char *name = strstr(text, "[stack]");
	const char *line = name;
	uint64_t end = 0;

	while (line && line > text && line[-1] != '\n')
		line--;
	if (line)
		sscanf(line, "%*x-%lx", &end);
	return end;
}

static void insert(char **text, size_t *length, size_t at, const char *what, size_t count)
{
	size_t capacity = *length + 1;

	alloc_grow(text, &capacity, *length + count + 1);
	memmove(*text + at + count, *text + at, *length - at + 1);
	memcpy(*text + at, what, count);
	*length += count;
}

/* A stack that was moved has lost its name in the kernel's eyes. */
static void maps_name_stack(char **text, size_t *length, uint64_t end)
{
	char wanted[40], label[MAPS_NAME_COLUMN + 8];
	char *at, *newline;
	int pad;

	snprintf(wanted, sizeof(wanted), "-%lx rw-p", end);
	at = end && !strstr(*text, "[stack]") ? strstr(*text, wanted) : NULL;
	newline = at ? strchr(at, '\n') : NULL;
	if (!newline)
		return;
	while (at > *text && at[-1] != '\n')
		at--;
	pad = MAPS_NAME_COLUMN - (int)(newline - at);
	snprintf(label, sizeof(label), "%*s[stack]", pad > 0 ? pad : 0, "");
	insert(text, length, (size_t)(newline - *text), label, strlen(label));
}

/* Blanks before the first name: where a read ends must not depend on the layout. */
static void maps_pad(char **text, size_t *length, size_t wanted)
{
	char *newline = strchr(*text, '\n');
	size_t name = 0;

	while (newline && *text + name < newline && (*text)[name] != '/' && (*text)[name] != '[')
		name++;
	while (newline && *length < wanted)
		insert(text, length, name, "        ", wanted - *length < 8 ? wanted - *length : 8);
}

static void maps_make_alike(struct open_file *file, unsigned n_variants)
{
	size_t longest = 0;
	uint64_t stack;

	/* Empty, or of a process that is gone. */
	if (!file->length[LEADER])
		return;
	stack = maps_stack_end(file->text[LEADER]);
	for (unsigned v = 0; v < n_variants; v++) {
		if (!file->length[v])
			return;
		maps_name_stack(&file->text[v], &file->length[v], stack);
		if (file->length[v] > longest)
			longest = file->length[v];
	}
	for (unsigned v = 0; v < n_variants; v++)
		maps_pad(&file->text[v], &file->length[v], longest);
}

static char *line_end(char *at, char *end)
{
	char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline ? newline + 1 : end;
}

/* The next line that is a mapping's header, from this one on; the end when there is none. */
static char *next_header(char *at, char *end)
{
	while (at < end && !is_map_header(at))
		at = line_end(at, end);
	return at;
}

static long count_headers(char *at, char *end)
{
	long count = 0;

	for (at = next_header(at, end); at < end; at = next_header(line_end(at, end), end))
		count++;
	return count;
}

/* A mapping's header line without a name at its end: such ones the kernel merges where it can. */
static bool is_nameless(const char *at, char *end)
{
	const char *last = end;

	while (last > at && (last[-1] == ' ' || last[-1] == '\n'))
		last--;
	return last > at && last[-1] == '0' && (last - 1 == at || last[-2] == ' ');
}

/*
 * How much of each mapping is in memory depends on when it was last looked at,
 * and how many there are on which ones the kernel could merge: the followers
 * see the leader's figures below their own lines, and as many of these.
 * (Redis says in a pipe how much its children copied.)
 */
static void smaps_take_figures(struct open_file *file, unsigned v)
{
	char *own = file->text[v], *own_end = own + file->length[v];
	char *leader = file->text[LEADER], *leader_end = leader + file->length[LEADER];
	long extra = count_headers(own, own_end) - count_headers(leader, leader_end);
	size_t capacity = 0, used = 0;
	char *out = NULL;

	while (own < own_end && leader < leader_end) {
		char *line = line_end(own, own_end), *figures = line_end(leader, leader_end);
		bool nameless = is_nameless(own, line);

		if (!nameless || extra <= 0) {
			append(&out, &capacity, &used, own, (size_t)(line - own));
			leader = next_header(figures, leader_end);
			append(&out, &capacity, &used, figures, (size_t)(leader - figures));
		}
		if (!nameless || extra >= 0)
			own = next_header(line, own_end);
		if (nameless && extra)
			extra += extra < 0 ? 1 : -1;
	}
	if (own < own_end || leader < leader_end) {
		free(out);
		return;
	}
	free(file->text[v]);
	file->text[v] = terminated(out, used);
	file->length[v] = used;
}

static const struct synthetic {
	const char *name;
	bool leader_only; /* every variant sees the leader's */
	rewrite_fn *rewrite;
} synthetics[] = {
	{ "status", true, rewrite_status }, { "stat", false, rewrite_stat },
	{ "maps", false, rewrite_maps },    { "smaps", false, rewrite_maps },
	{ "auxv", false, rewrite_auxv },
};

/* Others whose content is each variant's own: every operation by each. */
static const char *const private_names[] = {
	"mem", "pagemap", "numa_maps", "syscall", "smaps_rollup", "clear_refs", "map_files",
};

static const struct synthetic *synthetic_find(const char *name)
{
	for (size_t i = 0; i < sizeof(synthetics) / sizeof(synthetics[0]); i++)
		if (strcmp(synthetics[i].name, name) == 0)
			return &synthetics[i];
	return NULL;
}

/* /proc/PID/NAME or /proc/PID/task/TID/NAME: the pid and NAME. */
static bool parse_proc_path(const char *path, int *pid, char *name, size_t capacity)
{
	int used = 0, tid;

	if (sscanf(path, "/proc/%d/%n", pid, &used) < 1 || !used)
		return false;
	path += used;
	used = 0;
	if (sscanf(path, "task/%d/%n", &tid, &used) == 1 && used)
		path += used;
	if (!*path || strlen(path) >= capacity)
		return false;
	memcpy(name, path, strlen(path) + 1);
	return true;
}

/*
 * Memory of the monitor or a follower, or anything of theirs that takes bytes:
 * who writes there rules it. A descriptor's link says how it is open (proc(5)).
 */
static bool is_out_of_bounds(const struct call *c, const char *fd_path, pid_t pid, const char *name)
{
	struct stat link;

	if (!guard_is_ours(c->session, pid))
		return false;
	return strcmp(name, "mem") == 0 || (lstat(fd_path, &link) == 0 && (link.st_mode & S_IWUSR));
}

struct open_file *synthetic_open(struct call *c, const char *fd_path, const struct stat *st)
{
	enum fd_kind kind = FD_LEADER;
	struct open_file *file;
	char path[256], name[sizeof(file->file)];
	ssize_t length;
	int pid;

	if (!proc_text_is_file(fd_path, st))
		return NULL;
	length = readlink(fd_path, path, sizeof(path) - 1);
	if (length < 0)
		return NULL;
	path[length] = 0;
	if (!parse_proc_path(path, &pid, name, sizeof(name)))
		return NULL;
	if (is_out_of_bounds(c, fd_path, pid, name)) {
		session_fail(c->session, "the program reached for the monitor: it opened %s", path);
		return NULL;
	}
	if (!lane_find(c->session, pid))
		return NULL;
	for (size_t i = 0; i < sizeof(private_names) / sizeof(private_names[0]); i++)
		if (strcmp(name, private_names[i]) == 0)
			kind = FD_PRIVATE;
	if (synthetic_find(name))
		kind = FD_SYNTHETIC;
	if (kind == FD_LEADER)
		return NULL;
	file = open_file_create(kind);
	file->pid = pid;
	file->untouched = true;
	memcpy(file->file, name, strlen(name) + 1);
	return file;
}

/* What variant v is to read. Each moment has its own figures, so the leader's own file is read once. */
static char *content(struct call *c, const struct synthetic *kind, const struct open_file *file,
		     struct lane *lane, unsigned v, size_t *length)
{
	const char *leader = v == LEADER ? NULL : file->text[LEADER];
	char path[64];
	char *text;

	if (leader && kind->leader_only) {
		*length = file->length[LEADER];
		return alloc_string(leader);
	}
	snprintf(path, sizeof(path), "/proc/%d/%s", atomic_load(&lane->process->pids[v]),
		 file->file);
	text = read_file(path, length);
	return text ? kind->rewrite(c, lane, v, leader, text, length) : NULL;
}

bool synthetic_has_process(const struct call *c, const struct open_file *file)
{
	return lane_find(c->session, file->pid) != NULL;
}

void synthetic_fill(struct call *c, struct open_file *file)
{
	const struct synthetic *kind = synthetic_find(file->file);
	struct lane *lane = lane_find(c->session, file->pid);

	for (unsigned v = 0; v < c->session->n_variants; v++) {
		size_t length = 0;
		char *text = lane ? content(c, kind, file, lane, v, &length) : NULL;

		free(file->text[v]);
		file->text[v] = lane ? terminated(text, length) : NULL;
		file->length[v] = length;
	}
	for (unsigned v = 1; strcmp(kind->name, "smaps") == 0 && v < c->session->n_variants; v++)
		smaps_take_figures(file, v);
	if (kind->rewrite == rewrite_maps)
		maps_make_alike(file, c->session->n_variants);
	file->untouched = false;
}
