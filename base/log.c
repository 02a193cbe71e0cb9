/* One line, one write, so that lines of several threads never mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_program = "mvx";
static int log_fd = STDERR_FILENO;
static enum log_level log_shown = LOG_NORMAL;

void log_setup(const char *program, int fd, enum log_level level)
{
	log_program = program;
	log_fd = fd;
	log_shown = level;
}

enum log_level log_get_level(void)
{
	return log_shown;
}

void log_line(enum log_level level, const char *format, ...)
{
	char text[4096];
	int used, added;
	va_list ap;

	if (level > log_shown)
		return;
	used = snprintf(text, sizeof(text), "%s: ", log_program);
	va_start(ap, format);
	added = vsnprintf(text + used, sizeof(text) - (size_t)used - 1, format, ap);
	va_end(ap);
	used += added;
	if (used > (int)sizeof(text) - 2)
		used = (int)sizeof(text) - 2;
	text[used++] = '\n';
	/* Nothing sensible is left to do when standard error itself is gone. */
	if (write(log_fd, text, (size_t)used) < 0)
		return;
}
