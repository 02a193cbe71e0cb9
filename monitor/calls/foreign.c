/*
 * Looks for the file that an exec names as the kernel will, from where the
 * leader is, and at its first bytes. What is not found here is left to the
 * kernel, whose error is the right one; a foreign program that starts after
 * all (the file was swapped meanwhile) ends the run (image_setup).
 */
#include "monitor/calls/foreign.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* bytes of a file that the kernel looks at (BINPRM_BUF_SIZE in linux/binfmts.h) */
#define HEAD_BYTES 256
/* scripts that interpret scripts, and at last a program (exec_binprm in fs/exec.c) */
#define DEPTH 6
/* linux/elf-em.h has it, which does not go together with elf.h */
#define EM_486 6

/* A link of the caller's own below /proc is for us the leader's; 0 where the path begins otherwise. */
static size_t own_link(const char *path, const char **ours)
{
	static const struct own_link {
		const char *begins, *ours;
	} links[] = {
		{ "/proc/self/", "" },
		{ "/proc/thread-self/", "" },
		{ "/dev/fd/", "fd/" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		size_t length = strlen(links[i].begins);

		*ours = links[i].ours;
		if (strncmp(path, links[i].begins, length) == 0)
			return length;
	}
	return 0;
}

/* In another root or mount namespace: no link may lead out of what it starts from, or it is not followed. */
static int open_moved(const char *from, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags,
		.resolve = *path == '/' ? RESOLVE_IN_ROOT : RESOLVE_BENEATH,
	};
	cleanup_fd int from_fd = open(from, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return from_fd < 0 ? -1 : (int)syscall(SYS_openat2, from_fd, path, &how, sizeof(how));
}

/* What the path names for the leader, from its directory `dirfd`; -1 when it is not found. */
static int open_place(const struct call *c, int dirfd, const char *path, int flags)
{
	char from[64], whole[LIMIT_PATH_BYTES + sizeof(from)];
	const char *ours;
	size_t begins = own_link(path, &ours);

	flags |= O_PATH | O_CLOEXEC;
	if (*path == '/')
		snprintf(from, sizeof(from), "/proc/%d/root", c->task->tid);
	else if (dirfd == AT_FDCWD)
		snprintf(from, sizeof(from), "/proc/%d/cwd", c->task->tid);
	else
		snprintf(from, sizeof(from), "/proc/%d/fd/%d", c->task->tid, dirfd);
	if (c->lane->moved && *path)
		return open_moved(from, path, flags);
	if (begins)
		snprintf(whole, sizeof(whole), "/proc/%d/%s%s", c->task->tid, ours, path + begins);
	else if (*path)
		snprintf(whole, sizeof(whole), "%s/%s", from, path);
	else
		snprintf(whole, sizeof(whole), "%s", from);
	return open(whole, flags);
}

/* The first bytes of a file that may be executed, zeros behind them. */
static bool read_head(int place, uint8_t head[HEAD_BYTES])
{
	char path[64];
	struct stat st;
	cleanup_fd int fd = -1;

	/* Devices and fifos are not opened. */
	if (place < 0 || fstat(place, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	if (access(path, X_OK) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	memset(head, 0, HEAD_BYTES);
	return fd >= 0 && read(fd, head, HEAD_BYTES) > 0;
}

/* What the kernel's compat loader takes: i386 and x32 (compat_elf_check_arch, arch/x86/include/asm/elf.h). */
static bool is_foreign(const uint8_t head[HEAD_BYTES])
{
	Elf32_Ehdr elf;

	memcpy(&elf, head, sizeof(elf));
	if (memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0 ||
	    (elf.e_type != ET_EXEC && elf.e_type != ET_DYN))
		return false;
	return elf.e_machine == EM_386 || elf.e_machine == EM_486 ||
	       (elf.e_machine == EM_X86_64 && elf.e_ident[EI_CLASS] == ELFCLASS32);
}

/* The interpreter that a script names, in its own first bytes; NULL for none (fs/binfmt_script.c). */
static const char *script_interpreter(uint8_t head[HEAD_BYTES])
{
	char *line = (char *)head;

	head[HEAD_BYTES - 1] = 0;
	if (strncmp(line, "#!", 2) != 0)
		return NULL;
	line += 2 + strspn(line + 2, " \t");
	line[strcspn(line, " \t\n")] = 0;
	return *line ? line : NULL;
}

/* The path argument: strings are captured behind it, so no NUL is there. */
static void copy_path(const struct call *c, unsigned arg, char to[LIMIT_PATH_BYTES])
{
	size_t length;
	const uint8_t *path = call_input(c, arg, PART_CONTENT, &length);

	to[0] = 0;
	if (path && length < LIMIT_PATH_BYTES) {
		memcpy(to, path, length);
		to[length] = 0;
	}
}

bool foreign_is_executed(const struct call *c)
{
	bool at = c->nr == SYS_execveat;
	int dirfd = at ? (int)c->args[0] : AT_FDCWD;
	uint64_t at_flags = at ? c->args[4] : 0;
	int flags = at_flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
	uint8_t head[HEAD_BYTES], next[HEAD_BYTES];
	char named[LIMIT_PATH_BYTES];
	const char *path = named;

	copy_path(c, at ? 1 : 0, named);
	if (!*path && !(at_flags & AT_EMPTY_PATH))
		return false;
	for (int depth = 0; path && depth < DEPTH; depth++) {
		cleanup_fd int place = open_place(c, dirfd, path, flags);

		if (!read_head(place, next))
			return false;
		if (is_foreign(next))
			return true;
		memcpy(head, next, sizeof(head));
		path = script_interpreter(head);
		dirfd = AT_FDCWD;
		flags = 0;
	}
	return false;
}
