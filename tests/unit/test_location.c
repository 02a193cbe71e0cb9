/* Addresses of this process and of a stopped child as image and offset, and the way a child came where it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "monitor/location.h"
#include "schema/memory_maps.h"

#define TEXT_BYTES 512

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static uint64_t offset_of(const char *text)
{
	const char *plus = strrchr(text, '+');

	assert_non_null(plus);
	return strtoull(plus + 1, NULL, 16);
}

/* A function of libc lies in its file where the dynamic linker says, as all segments' offsets are known. */
static int find_segment(struct dl_phdr_info *info, size_t size, void *data)
{
	uint64_t *addr_then_offset = data;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && addr_then_offset[0] >= start &&
		    addr_then_offset[0] < start + segment->p_memsz)
			addr_then_offset[1] = addr_then_offset[0] - start + segment->p_offset;
	}
	return 0;
}

static void test_own_code(void **state)
{
	uint64_t found[2] = { (uint64_t)&test_own_code, 0 };
	char text[TEXT_BYTES];
	size_t length;

	dl_iterate_phdr(find_segment, found);
	assert_int_not_equal(found[1], 0);
	length = location_text(getpid(), found[0], text, sizeof(text));
	assert_int_equal(length, strlen(text));
	assert_true(starts_with(text, "test_location+0x"));
	assert_int_equal(offset_of(text), found[1]);
}

static void test_library_code(void **state)
{
	uint64_t found[2] = { (uint64_t)dlsym(RTLD_NEXT, "getppid"), 0 };
	char text[TEXT_BYTES];

	dl_iterate_phdr(find_segment, found);
	location_text(getpid(), found[0], text, sizeof(text));
	assert_true(starts_with(text, "libc"));
	assert_int_equal(offset_of(text), found[1]);
}

static void test_pages_without_file(void **state)
{
	char text[TEXT_BYTES];
	uint8_t *pages = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	/* neighbours of another protection, so that the mapping starts where we think */
	assert_int_equal(mprotect(pages + 4096, 4096, PROT_READ), 0);
	location_text(getpid(), (uint64_t)pages + 4096 + 0x123, text, sizeof(text));
	assert_string_equal(text, "anon+0x123");
	assert_int_equal(munmap(pages + 4096, 4096), 0);
	location_text(getpid(), (uint64_t)pages + 4096, text, sizeof(text));
	assert_string_equal(text, "(nowhere)");
	munmap(pages, 3 * 4096);
	location_text(getpid(), (uint64_t)__builtin_frame_address(0), text, sizeof(text));
	assert_true(starts_with(text, "[stack]+0x") || starts_with(text, "anon+0x"));
}

static const char maps_sample[] =
	"00400000-00401000 r--p 00000000 fe:01 77                     /usr/bin/a prog\n"
	"00401000-00409000 r-xp 00001000 fe:01 77                     /usr/bin/a prog\n"
	"00600000-00700000 rw-p 00000000 00:00 0                      [heap]\n"
	"7f0000000000-7f0000002000 r-xp 00002000 fe:01 78             /tmp/gone (deleted)\n"
	"7f0000002000-7f0000003000 rw-p 00000000 00:00 0 \n"
	"7f0000003000-7f0000004000 rw-s 00000000 00:01 9              /memfd:x (deleted)\n"
	"7f0000004000-7f0000005000 rw-s 00000000 00:01 9              /\n";

static void test_text_of_maps(void **state)
{
	static const struct {
		uint64_t addr;
		const char *text;
	} rows[] = {
		{ 0x400fff, "a prog+0xfff" },
		{ 0x401010, "a prog+0x1010" },
		{ 0x600010, "[heap]+0x10" },
		{ 0x7f0000000004, "gone+0x2004" },
		{ 0x7f0000002fff, "anon+0xfff" },
		{ 0x7f0000003000, "memfd:x+0x0" },
		{ 0x7f0000004001, "anon+0x1" },
		{ 0x7f0000005000, "(nowhere)" },
		{ 0, "(nowhere)" },
		{ UINT64_MAX, "(nowhere)" },
	};
	char text[TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = memory_maps_locate(maps_sample, rows[i].addr, text, sizeof(text));

		assert_string_equal(text, rows[i].text);
		assert_int_equal(length, strlen(rows[i].text));
	}
	assert_int_equal(memory_maps_locate(NULL, 0x401010, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(memory_maps_locate(maps_sample, 0x401010, text, 5), 4);
	assert_string_equal(text, "a pr");
	assert_int_equal(memory_maps_locate(maps_sample, 0x401010, NULL, 0), 0);
}

/* Every beginning of it, and of lines with one character changed: read without leaving the text. */
static void test_damaged_maps(void **state)
{
	char text[TEXT_BYTES];

	for (size_t i = 0; i < sizeof(maps_sample); i++) {
		cleanup_free char *cut = strndup(maps_sample, i);

		memory_maps_locate(cut, UINT64_MAX, text, sizeof(text));
		assert_string_equal(text, "(nowhere)");
	}
	for (size_t i = 0; i + 1 < sizeof(maps_sample); i++) {
		cleanup_free char *changed = strdup(maps_sample);

		changed[i] = i % 2 ? '\n' : ' ';
		assert_true(memory_maps_locate(changed, 0x7f0000004001, text, sizeof(text)) > 0);
	}
}

static void test_whole_maps(void **state)
{
	cleanup_free char *maps = location_maps(getpid());

	assert_non_null(maps);
	assert_non_null(strstr(maps, "test_location"));
	assert_int_equal(maps[strlen(maps) - 1], '\n');
}

/* What a child tells of itself before it stops. */
struct child {
	pid_t pid;
	registers *regs; /* shared */
};

__attribute__((noinline)) static void child_stop(registers *regs)
{
	uint64_t *frame = __builtin_frame_address(0);

	regs->rip = (uint64_t)&child_stop;
	regs->rbp = (uint64_t)frame;
	regs->rsp = (uint64_t)frame - 64;
	raise(SIGSTOP);
	_exit((int)(regs->rax & 0x7f));
}

__attribute__((noinline)) static void child_middle(registers *regs)
{
	child_stop(regs);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) static void child_outer(registers *regs)
{
	child_middle(regs);
	__asm__ volatile("" ::: "memory");
}

static void child_start(struct child *child)
{
	int status;

	child->regs = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(child->regs, MAP_FAILED);
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (child->pid == 0)
		child_outer(child->regs);
	assert_int_equal(waitpid(child->pid, &status, WUNTRACED), child->pid);
	assert_true(WIFSTOPPED(status));
}

static void child_end(struct child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	munmap(child->regs, 4096);
}

static bool is_within(uint64_t addr, void (*function)(registers *))
{
	return addr > (uint64_t)function && addr < (uint64_t)function + 256;
}

static void test_child_frames(void **state)
{
	uint64_t frames[LOCATION_FRAMES];
	char text[TEXT_BYTES];
	struct child child;
	size_t n;

	child_start(&child);
	location_text(child.pid, child.regs->rip, text, sizeof(text));
	assert_true(starts_with(text, "test_location+0x"));
	n = location_frames(child.pid, child.regs, frames, LOCATION_FRAMES);
	assert_true(n >= 3 && n <= LOCATION_FRAMES);
	assert_int_equal(frames[0], child.regs->rip);
	assert_true(is_within(frames[1], child_middle));
	assert_true(is_within(frames[2], child_outer));
	assert_int_equal(location_frames(child.pid, child.regs, frames, 2), 2);
	assert_int_equal(location_frames(child.pid, child.regs, frames, 0), 0);
	child_end(&child);
}

static bool has_frame_in(const uint64_t *frames, size_t n, void (*function)(registers *))
{
	for (size_t i = 1; i < n; i++)
		if (is_within(frames[i], function))
			return true;
	return false;
}

/* Without a usable frame pointer the stack itself is looked through. */
static void test_child_without_frame_pointer(void **state)
{
	static const uint64_t useless[] = { 0, 1, 0x7, 0xdeadbeef000, UINT64_MAX & ~7ull };
	uint64_t frames[LOCATION_FRAMES];
	struct child child;

	child_start(&child);
	for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
		size_t n;

		child.regs->rbp = useless[i];
		n = location_frames(child.pid, child.regs, frames, LOCATION_FRAMES);
		assert_true(n >= 3);
		assert_true(has_frame_in(frames, n, child_middle));
		assert_true(has_frame_in(frames, n, child_outer));
	}
	/* and without a stack there is only the instruction pointer */
	child.regs->rsp = 0;
	assert_int_equal(location_frames(child.pid, child.regs, frames, LOCATION_FRAMES), 1);
	child_end(&child);
}

static void test_looping_frames(void **state)
{
	uint64_t stack[4], frames[LOCATION_FRAMES];
	registers regs = { .rip = 1 };

	/* a return address that is one, and a frame pointer that leads back to itself */
	stack[0] = 0;
	stack[1] = 0;
	stack[2] = (uint64_t)&stack[2];
	stack[3] = (uint64_t)__builtin_return_address(0);
	regs.rsp = (uint64_t)&stack[0];
	regs.rbp = (uint64_t)&stack[2];
	assert_true(location_frames(getpid(), &regs, frames, LOCATION_FRAMES) >= 2);
	assert_int_equal(frames[0], 1);
	assert_int_equal(frames[1], stack[3]);
}

static void test_gone(void **state)
{
	uint64_t frames[LOCATION_FRAMES];
	char text[TEXT_BYTES] = "x";
	struct child child;
	registers regs;

	child_start(&child);
	regs = *child.regs;
	child_end(&child);
	assert_null(location_maps(child.pid));
	assert_int_equal(location_text(child.pid, regs.rip, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(location_frames(child.pid, &regs, frames, LOCATION_FRAMES), 1);
	assert_int_equal(frames[0], regs.rip);
}

/* Ended and not yet reaped: the maps file is there, and empty. */
static void test_zombie(void **state)
{
	char text[TEXT_BYTES] = "x";
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_null(location_maps(pid));
	assert_int_equal(location_text(pid, 0x1000, text, sizeof(text)), 0);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_code),
		cmocka_unit_test(test_library_code),
		cmocka_unit_test(test_pages_without_file),
		cmocka_unit_test(test_text_of_maps),
		cmocka_unit_test(test_damaged_maps),
		cmocka_unit_test(test_whole_maps),
		cmocka_unit_test(test_child_frames),
		cmocka_unit_test(test_child_without_frame_pointer),
		cmocka_unit_test(test_looping_frames),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_zombie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
