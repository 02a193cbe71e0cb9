/* Sets up the images of new programs by reading and writing their stacks, and by calls made in them. */
#include "monitor/image.h"

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "monitor/heap.h"
#include "monitor/session.h"
#include "monitor/signals.h"
#include "monitor/tracee/remote.h"
#include "monitor/variant.h"

/* bytes of the vDSO searched for a `syscall` instruction */
#define VDSO_BYTES 8192
/* places tried until one is free: nearly all are */
#define INOUT_TRIES 8
/*
 * bytes below the leader's mappings: what it alone has must not push its other
 * mappings elsewhere. The lowest begin about 490 GiB above 0x7e8000000000 (1 TiB
 * of randomness, and the stack's), and up to there ThreadSanitizer wants all
 * for itself: MAP_FIXED, from 0x7c0000002000.
 */
#define COPIES_DISTANCE_BYTES (UINT64_C(256) << 30)

/* bytes of a first stack that are copied: arguments and environment may be large */
#define STACK_COPY_LIMIT (LIMIT_EXEC_BYTES + (1u << 20))
/* bytes below both stacks where nothing else is: they lie in 16 GiB of their own */
#define STACK_ROOM_BYTES (64u << 20)

/* argc, argv, NULL, envp, NULL, then the auxiliary vector, from the stack pointer up. */
static int image_read_auxv(struct tracer *t, struct task *task, struct image *image)
{
	uint64_t words[512], addr = task->regs.rsp + 8;
	int nulls = 0;

	while (nulls < 2) {
		ssize_t got = t->backend->ops->read_memory(t->backend, task->tid, addr, words,
							   sizeof(words));

		if (got < (ssize_t)sizeof(words[0]))
			return -EFAULT;
		for (size_t i = 0; i < (size_t)got / 8 && nulls < 2; i++) {
			nulls += words[i] == 0;
			addr += 8;
		}
	}
	image->auxv_addr = addr;
	t->backend->ops->read_memory(t->backend, task->tid, addr, image->auxv, sizeof(image->auxv));
	for (image->n_auxv = 0; image->n_auxv < AUXV_MAX; image->n_auxv++) {
		Elf64_auxv_t *entry = &image->auxv[image->n_auxv];

		if (entry->a_type == AT_NULL)
			return 0;
		if (entry->a_type == AT_SYSINFO_EHDR)
			image->vdso_addr = entry->a_un.a_val;
		if (entry->a_type == AT_EXECFN)
			image->execfn_addr = entry->a_un.a_val;
		if (entry->a_type == AT_RANDOM)
			image->random_addr = entry->a_un.a_val;
	}
	return -E2BIG;
}

/* Without the vDSO's address libc makes real calls for the time, which can be answered alike. */
static void image_hide_vdso(struct tracer *t, struct task *task, struct image *image)
{
	for (size_t i = 0; i < image->n_auxv; i++) {
		if (image->auxv[i].a_type != AT_SYSINFO_EHDR)
			continue;
		image->auxv[i].a_type = AT_IGNORE;
		image->auxv[i].a_un.a_val = 0;
		t->backend->ops->write_memory(t->backend, task->tid,
					      image->auxv_addr + i * sizeof(image->auxv[0]),
					      &image->auxv[i], sizeof(image->auxv[0]));
	}
}

/* The leader's random bytes are everybody's: they seed hashes and canaries. */
static void image_align_random(struct tracer *t, struct task *task, struct image *image)
{
	struct rendezvous *r = lane_rendezvous(task->lane, task->seq);

	if (!image->random_addr)
		return;
	if (tracer_is_leader(t))
		t->backend->ops->read_memory(t->backend, task->tid, image->random_addr,
					     r->at_random, sizeof(r->at_random));
	else
		t->backend->ops->write_memory(t->backend, task->tid, image->random_addr,
					      r->at_random, sizeof(r->at_random));
	memcpy(image->at_random, r->at_random, sizeof(r->at_random));
}

/* The vDSO holds a `syscall` for its slow paths, in every image, static ones too. */
static uint64_t image_find_syscall(struct tracer *t, struct task *task, const struct image *image)
{
	uint8_t code[VDSO_BYTES];
	ssize_t got;

	if (!image->vdso_addr)
		return 0;
	got = t->backend->ops->read_memory(t->backend, task->tid, image->vdso_addr, code,
					   sizeof(code));
	for (ssize_t i = 0x200; i + 1 < got; i++)
		if (code[i] == 0x0f && code[i + 1] == 0x05)
			return image->vdso_addr + (uint64_t)i;
	return 0;
}

static void hold_signal(void *context, int signo)
{
	struct task *task = context;

	signals_hold(&task->lane->session->tracers[task->variant], task, signo);
}

static int map_scratch(struct remote *r, uint64_t *addr)
{
	const uint64_t args[6] = { 0,
				   MM_SCRATCH_BYTES,
				   PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS,
				   (uint64_t)-1,
				   0 };
	int64_t result = -EINVAL;
	int code = remote_call(r, SYS_mmap, args, &result);

	if (code == 0 && result < 0 && result > -4096)
		code = (int)result;
	*addr = code == 0 ? (uint64_t)result : 0;
	/* What cores leave out, the kernel does not merge with what the program maps beside it. */
	if (code == 0)
		code = remote_call(r, SYS_madvise,
				   (const uint64_t[6]){ *addr, MM_SCRATCH_BYTES, MADV_DONTDUMP },
				   &result);
	return code;
}

/*
 * The monitor's memfd page, by its name below /proc/MONITOR/fd. Where that is
 * out of reach (changed credentials), the variant does without.
 */
static int map_part(struct remote *r, int64_t fd, size_t offset, size_t bytes, int prot,
		    uint64_t wish, uint64_t *addr)
{
	int64_t result = -EINVAL;
	int code = remote_call(r, SYS_mmap,
			       (const uint64_t[6]){ wish, bytes, (uint64_t)prot, MAP_SHARED,
						    (uint64_t)fd, offset },
			       &result);

	if (code == 0 && !result_is_error(result))
		*addr = (uint64_t)result;
	return code;
}

static int map_page(struct remote *r, struct session *s, uint64_t scratch, uint64_t *addr,
		    uint64_t *copies_addr)
{
	char path[64];
	uint64_t args[6] = { (uint64_t)AT_FDCWD, scratch, O_RDONLY | O_CLOEXEC, 0, 0, 0 };
	int64_t fd = -EBADF, result = -EINVAL;
	int code;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", s->monitor_pid, s->page_fd);
	*addr = 0;
	if (copies_addr)
		*copies_addr = 0;
	code = r->backend->ops->write_memory(r->backend, r->tid, scratch, path, strlen(path) + 1);
	if (code == 0)
		code = remote_call(r, SYS_openat, args, &fd);
	if (code < 0 || fd < 0)
		return code;
	code = map_part(r, fd, 0, MM_PAGE_BYTES, PROT_READ | PROT_EXEC, 0, addr);
	if (code == 0 && copies_addr)
		code = map_part(r, fd, MM_PAGE_BYTES, MM_PAGE_BYTES, PROT_READ,
				scratch - COPIES_DISTANCE_BYTES, copies_addr);
	if (code == 0)
		code = remote_call(r, SYS_close, (const uint64_t[6]){ (uint64_t)fd }, &result);
	return code;
}

/*
 * Somewhere that nobody knows: these pages a thread could write to, if it
 * found them. Without them such structures stay where they are.
 */
static int map_inout(struct remote *r, uint64_t *addr)
{
	const uint64_t lowest = UINT64_C(1) << 32, highest = UINT64_C(0x700000000000);
	int64_t result = -EEXIST, ignored;
	uint64_t place = 0;
	int code = 0;

	for (int i = 0; i < INOUT_TRIES && code == 0 && result == -EEXIST; i++) {
		if (getrandom(&place, sizeof(place), 0) != sizeof(place))
			return 0;
		place = (lowest + place % (highest - lowest)) & ~(uint64_t)(MM_PAGE_BYTES - 1);
		code = remote_call(r, SYS_mmap,
				   (const uint64_t[6]){ place, MM_PLACES * MM_INOUT_BYTES,
							PROT_READ | PROT_WRITE,
							MAP_PRIVATE | MAP_ANONYMOUS |
								MAP_FIXED_NOREPLACE,
							(uint64_t)-1, 0 },
				   &result);
	}
	if (code < 0 || result_is_error(result))
		return code;
	*addr = place;
	return remote_call(r, SYS_madvise,
			   (const uint64_t[6]){ place, MM_PLACES * MM_INOUT_BYTES, MADV_DONTDUMP },
			   &ignored);
}

/*
 * A page of them until there are threads or shared memory: what is mapped counts against the
 * limits of a program that locks all its memory (mlockall(2)).
 */
void image_widen_copies(struct tracer *t, struct task *task, int64_t nr)
{
	struct mm *mm = task->lane->mm;
	int64_t result = -ENOMEM;
	struct remote remote;

	if (!mm->copies_addr || mm->copies_bytes == MM_COPIES_BYTES)
		return;
	variant_remote(t, task, &remote);
	if (remote_begin(&remote) < 0 ||
	    remote_call(&remote, SYS_mremap,
			(const uint64_t[6]){ mm->copies_addr, mm->copies_bytes, MM_COPIES_BYTES,
					     MREMAP_MAYMOVE },
			&result) < 0 ||
	    (!mm->inout_addr && map_inout(&remote, &mm->inout_addr) < 0) ||
	    (nr < 0 ? remote_end(&remote) : remote_end_before_call(&remote, nr)) < 0)
		return; /* dying */
	if (result_is_error(result))
		return;
	mm->copies_addr = (uint64_t)result;
	mm->copies_bytes = MM_COPIES_BYTES;
}

/*
 * Below what the kernel itself has mapped, which need not be congruent, and so
 * far that no place above the leader's data is taken here by our libraries.
 */
static uint64_t mapping_shift(uint64_t leader, uint64_t own)
{
	const int64_t distance = MM_DISTANCE_BYTES;
	int64_t shift;

	if (leader == own)
		return 0;
	shift = (int64_t)((own - leader) & ~(MM_CONGRUENCE_BYTES - 1)) - distance;
	/* By chance it would be about where the leader has its own. */
	if (shift > -distance && shift < distance)
		shift -= 2 * distance;
	return (uint64_t)shift;
}

/* The file name is the highest thing on a stack, one word below its end (fs/exec.c). */
static uint64_t stack_end(struct tracer *t, struct task *task, const struct image *image)
{
	char name[LIMIT_PATH_BYTES];
	uint64_t addr = image->execfn_addr;
	ssize_t got = addr ? t->backend->ops->read_memory(t->backend, task->tid, addr, name,
							  sizeof(name)) :
			     0;
	size_t length = got > 0 ? strnlen(name, (size_t)got) : 0;
	uint64_t end = addr + length + 1 + sizeof(uint64_t);

	return got > (ssize_t)length && end % MM_PAGE_BYTES == 0 ? end : 0;
}

static void stack_keep(struct tracer *t, struct task *task, const struct image *image)
{
	struct initial_stack *stack = &lane_rendezvous(task->lane, task->seq)->stack;
	uint64_t end = stack_end(t, task, image);

	free(stack->bytes);
	*stack = (struct initial_stack){ .addr = task->regs.rsp };
	if (end <= stack->addr || end - stack->addr > STACK_COPY_LIMIT)
		return;
	stack->bytes = alloc_zeroed(1, end - stack->addr);
	stack->length = end - stack->addr;
	if (t->backend->ops->read_memory(t->backend, task->tid, stack->addr, stack->bytes,
					 stack->length) != (ssize_t)stack->length)
		stack->length = 0;
}

/* Where the kernel has mapped the first stack. */
static bool stack_find(pid_t pid, uint64_t *start, uint64_t *end)
{
	char path[64], line[512];
	cleanup_file FILE *file = NULL;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "[stack]"))
			return sscanf(line, "%lx-%lx", start, end) == 2;
	return false;
}

/* The entries that point into this variant's own images stay its own. */
static void stack_write_auxv(struct tracer *t, struct task *task, const struct image *image,
			     uint64_t addr)
{
	static const uint64_t own[] = { AT_PHDR, AT_BASE, AT_ENTRY };

	for (size_t i = 0; i < image->n_auxv; i++)
		for (size_t j = 0; j < sizeof(own) / sizeof(own[0]); j++)
			if (image->auxv[i].a_type == own[j])
				t->backend->ops->write_memory(t->backend, task->tid,
							      addr + i * sizeof(image->auxv[0]),
							      &image->auxv[i],
							      sizeof(image->auxv[0]));
}

static bool ranges_meet(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

static int stack_move(struct remote *r, uint64_t from, uint64_t length, uint64_t to)
{
	int64_t result = -EINVAL;
	int code = remote_call(r, SYS_mremap,
			       (const uint64_t[6]){ from, length, length,
						    MREMAP_MAYMOVE | MREMAP_FIXED, to },
			       &result);

	return code < 0 ? code : result < 0 && result > -4096 ? (int)result : 0;
}

/* To its new place; by way of the free space below both where the two overlap. */
static int stack_move_over(struct remote *r, uint64_t from, uint64_t length, uint64_t to)
{
	uint64_t between = (from < to ? from : to) - STACK_ROOM_BYTES;
	int code;

	if (!ranges_meet(from, from + length, to, to + length))
		return stack_move(r, from, length, to);
	code = stack_move(r, from, length, between);
	return code < 0 ? code : stack_move(r, between, length, to);
}

/*
 * Programs make decisions on stack addresses (mkstemp's first names do), so
 * the data on the stack lies alike in all variants; code, heap and mappings do
 * not. Where it cannot be moved it stays where it is: only such programs mind.
 */
static int image_align_stack(struct tracer *t, struct task *task, struct image *image,
			     struct remote *r)
{
	const struct initial_stack *stack = &lane_rendezvous(task->lane, task->seq)->stack;
	uint64_t start, end, length, target;
	uint64_t auxv_at = image->auxv_addr - task->regs.rsp;
	int code = 0;

	if (!stack->length || !stack_find(task->tid, &start, &end) ||
	    stack->length + MM_PAGE_BYTES > end - start)
		return 0;
	length = end - start;
	target = stack->addr + stack->length - length;
	/* One in 100 000: the stack stays, and only such programs mind. */
	if (ranges_meet(target, target + length, image->vdso_addr - VDSO_BYTES,
			image->vdso_addr + VDSO_BYTES))
		return 0;
	if (target != start)
		code = stack_move_over(r, start, length, target);
	if (code < 0)
		return code;
	t->backend->ops->write_memory(t->backend, task->tid, stack->addr, stack->bytes,
				      stack->length);
	image->auxv_addr = stack->addr + auxv_at;
	stack_write_auxv(t, task, image, image->auxv_addr);
	r->saved.rsp = stack->addr;
	return 0;
}

/* Not where the layouts were asked to differ in a way of their own, or the programs do. */
static bool stacks_are_alike(const struct task *task)
{
	const struct session *s = task->lane->session;

	return (s->options->layout == OPTION_LAYOUT_INDEPENDENT ||
		s->options->layout == OPTION_LAYOUT_CODE) &&
	       (s->same_commands || task->seq > 1 || task->lane->parent_id);
}

/* cpuid faults from here on in this program and its children; an exec forgets it (arch_prctl(2)). */
static int image_trap_cpuid(struct remote *r)
{
	int64_t result = -ENODEV;
	int code = remote_call(r, SYS_arch_prctl, (const uint64_t[6]){ ARCH_SET_CPUID, 0 },
			       &result);

	return code < 0 ? code : (int)result;
}

/* Heap and data mappings; later ones follow by the shift. */
static int image_place_data(const struct tracer *t, struct mm *mm, struct remote *r)
{
	unsigned v = t->variant;

	if (t->session->options->layout == OPTION_LAYOUT_CODE)
		return tracer_is_leader(t) ? heap_find(r, &mm->heap_addr) :
					     heap_move(r, mm->heap_addr, mm->scratch_addr[v]);
	mm->shift[v] = mapping_shift(mm->scratch_addr[LEADER], mm->scratch_addr[v]);
	return 0;
}

static int image_map_pages(struct tracer *t, struct task *task, struct image *image,
			   struct remote *r)
{
	struct mm *mm = task->lane->mm;
	unsigned v = t->variant;
	int code = remote_begin(r);

	if (code == 0)
		code = map_scratch(r, &mm->scratch_addr[v]);
	if (code == 0)
		code = image_place_data(t, mm, r);
	if (code == 0)
		code = map_page(r, t->session, mm->scratch_addr[v], &mm->page_addr[v],
				tracer_is_leader(t) && t->session->n_variants > 1 ?
					&mm->copies_addr :
					NULL);
	if (tracer_is_leader(t))
		mm->copies_bytes = MM_PAGE_BYTES;
	if (code == 0 && !tracer_is_leader(t) && stacks_are_alike(task))
		code = image_align_stack(t, task, image, r);
	if (code == 0 && t->session->options->cpuid == OPTION_CPUID_TRAP)
		code = image_trap_cpuid(r);
	if (code == 0)
		code = remote_end(r);
	return code;
}

int image_setup(struct tracer *t, struct task *task, struct image *image)
{
	struct remote remote = {
		.backend = t->backend,
		.tid = task->tid,
		.on_signal = hold_signal,
		.context = task,
	};
	int code = remote_reach_exit(&remote);

	if (code < 0)
		return code;
	task_read_registers(t, task);
	if (!registers_are_native(&task->regs))
		return -ENOEXEC;
	code = image_read_auxv(t, task, image);
	if (code < 0)
		return code;
	remote.insn_addr = image_find_syscall(t, task, image);
	image_hide_vdso(t, task, image);
	image_align_random(t, task, image);
	if (!remote.insn_addr)
		return -ENOEXEC;
	if (tracer_is_leader(t) && t->session->n_variants > 1)
		stack_keep(t, task, image);
	return image_map_pages(t, task, image, &remote);
}
