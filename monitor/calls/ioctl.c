/*
 * ioctl: once, by the leader. What the argument points to is said by a table
 * of requests without direction in their number (terminals above all), else by
 * the direction and size in the number (ioctl(2), asm-generic/ioctl.h).
 */
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "monitor/call.h"
#include "monitor/calls/content.h"
#include "monitor/tracee/fd_map.h"

/* bytes of the kernel's struct termios and termio; libc's struct termios is larger */
#define KERNEL_TERMIOS_BYTES 36
#define KERNEL_TERMIO_BYTES  18

struct request {
	uint32_t number;
	uint8_t input, output; /* bytes behind the argument */
	bool value;            /* the argument is a number itself */
};

static const struct request requests[] = {
	{ TCGETS, 0, KERNEL_TERMIOS_BYTES, false },
	{ TCSETS, KERNEL_TERMIOS_BYTES, 0, false },
	{ TCSETSW, KERNEL_TERMIOS_BYTES, 0, false },
	{ TCSETSF, KERNEL_TERMIOS_BYTES, 0, false },
	{ TCGETA, 0, KERNEL_TERMIO_BYTES, false },
	{ TCSETA, KERNEL_TERMIO_BYTES, 0, false },
	{ TCSETAW, KERNEL_TERMIO_BYTES, 0, false },
	{ TCSETAF, KERNEL_TERMIO_BYTES, 0, false },
	{ TCSBRK, 0, 0, true },
	{ TCXONC, 0, 0, true },
	{ TCFLSH, 0, 0, true },
	{ TIOCEXCL, 0, 0, true },
	{ TIOCNXCL, 0, 0, true },
	{ TIOCSCTTY, 0, 0, true },
	{ TIOCNOTTY, 0, 0, true },
	{ TIOCGPGRP, 0, 4, false },
	{ TIOCSPGRP, 4, 0, false },
	{ TIOCGSID, 0, 4, false },
	{ TIOCOUTQ, 0, 4, false },
	{ TIOCSTI, 1, 0, false },
	{ TIOCGWINSZ, 0, 8, false },
	{ TIOCSWINSZ, 8, 0, false },
	{ TIOCMGET, 0, 4, false },
	{ TIOCGETD, 0, 4, false },
	{ TIOCSETD, 4, 0, false },
	{ FIONREAD, 0, 4, false },
	{ FIONBIO, 4, 0, false },
	{ FIOASYNC, 4, 0, false },
	{ FIOCLEX, 0, 0, true },
	{ FIONCLEX, 0, 0, true },
	/* the number says long, the kernel moves an int (ioctl_iflags(2)) */
	{ (uint32_t)FS_IOC_GETFLAGS, 0, 4, false },
	{ (uint32_t)FS_IOC_SETFLAGS, 4, 0, false },
	{ (uint32_t)FICLONE, 0, 0, true },
	{ FIBMAP, 4, 4, false },
	{ FIGETBSZ, 0, 4, false },
	{ SIOCGIFCONF, 16, 0, false },
};

static struct request request_get(uint32_t number)
{
	struct request generic = { .number = number };

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].number == number)
			return requests[i];
	if (_IOC_DIR(number) & _IOC_WRITE)
		generic.input = _IOC_SIZE(number) > 255 ? 255 : (uint8_t)_IOC_SIZE(number);
	if (_IOC_DIR(number) & _IOC_READ)
		generic.output = _IOC_SIZE(number) > 255 ? 255 : (uint8_t)_IOC_SIZE(number);
	return generic;
}

static void ioctl_gather(struct gather *g)
{
	struct request request = request_get((uint32_t)g->args[1]);

	if (request.value)
		g->to->value_args |= 1u << 2;
	else if (request.input && g->args[2])
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], request.input);
}

static void ioctl_gather_output(struct gather *g, int64_t result)
{
	struct request request = request_get((uint32_t)g->args[1]);

	(void)result;
	if (request.output && g->args[2])
		gather_add(g, 2, PART_CONTENT, FORMAT_BYTES, g->args[2], request.output);
}

/* A number without direction that is in no table: nobody knows what lies behind the argument. */
static bool is_opaque(uint32_t number)
{
	struct request request = request_get(number);

	return !request.value && !request.input && !request.output && _IOC_DIR(number) == _IOC_NONE;
}

/* XFS's way to allocate and to punch, which other file systems have too (linux/falloc.h) */
#define FALLOC_TYPE       'X'
#define FALLOC_FIRST      40
#define FALLOC_LAST       43
#define FALLOC_ZERO_RANGE 57

/* Requests that change a file's content (ioctl_ficlonerange(2)). */
static bool moves_content(uint32_t number)
{
	unsigned nr = _IOC_NR(number);

	if (number == (uint32_t)FICLONE || number == (uint32_t)FICLONERANGE)
		return true;
	return _IOC_TYPE(number) == FALLOC_TYPE &&
	       ((nr >= FALLOC_FIRST && nr <= FALLOC_LAST) || nr == FALLOC_ZERO_RANGE);
}

static void ioctl_decide(struct call *c)
{
	const struct open_file *file = fd_table_find(c->lane->fds, (int32_t)c->args[0]);
	uint32_t number = (uint32_t)c->args[1];

	if (number == FIOCLEX || number == FIONCLEX || (file && file->kind == FD_PRIVATE)) {
		c->run = RUN_EACH;
		c->early = true;
		return;
	}
	if (moves_content(number) && content_stand_in(c, (int32_t)c->args[0]))
		call_unsupported(c, "request %#x on a file that is mapped shared", number);
	else if (number == SIOCGIFCONF || _IOC_SIZE(number) > 255)
		call_unsupported(c, "request %#x", number);
	else if (is_opaque(number) && c->args[2] > 4096 && c->session->n_variants > 1)
		call_unsupported(c, "request %#x is not in the table", number);
}

const struct call_ops calls_ioctl = {
	.gather = ioctl_gather,
	.gather_output = ioctl_gather_output,
	.decide = ioctl_decide,
};
