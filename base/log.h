/*
 * What the monitor says beside the program: one line to the real standard
 * error, prefixed with the program's name. Silent unless there is something to
 * tell; -v adds notes.
 */
#pragma once

enum log_level { LOG_QUIET = 0, LOG_NORMAL = 1, LOG_VERBOSE = 2, LOG_DEBUG = 3 };

/* Name before each line, the descriptor to write to and the most verbose level shown. */
void log_setup(const char *program, int fd, enum log_level level);
enum log_level log_get_level(void);

/* Writes one line, in one write(2), when `level` is shown. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...)                                                 \
	do {                                                           \
		if (__builtin_expect(log_get_level() >= LOG_DEBUG, 0)) \
			log_line(LOG_DEBUG, __VA_ARGS__);              \
	} while (0)
