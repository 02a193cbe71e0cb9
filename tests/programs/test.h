/*
 * What every test program needs. A test program prints what it saw in a form
 * that is the same in every run (no addresses, ids, times) and ends with
 * EXIT-SUCCESS. It must pass natively.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define countof(array) (sizeof(array) / sizeof((array)[0]))

/* Writes all of a text to standard output without stdio, so that fork is harmless. */
static inline void say_bytes(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			_exit(99);
		text += n;
		length -= (size_t)n;
	}
}

__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	char text[4096];
	int saved = errno;
	va_list list;
	va_start(list, format);
	int length = vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	say_bytes(text, (size_t)length);
	errno = saved;
}

/* Pointers that a system call must refuse, and that no compiler can see through. */
static inline void *bad_address(void)
{
	volatile uintptr_t address = 8;
	return (void *)address;
}

static inline void *null_address(void)
{
	volatile uintptr_t address = 0;
	return (void *)address;
}

/* Says what does not hold, and ends. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			say("%s:%d: not so: %s (errno %s)\n", __FILE_NAME__, __LINE__, #condition, \
			    strerrorname_np(errno));                                               \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#ifndef __FILE_NAME__
#define __FILE_NAME__ __FILE__
#endif

/* Prints a call's outcome: its value, or the name of its error. */
#define show(call)                                                      \
	do {                                                            \
		long show_value = (long)(call);                         \
		if (show_value < 0)                                     \
			say("%s: %s\n", #call, strerrorname_np(errno)); \
		else                                                    \
			say("%s: %ld\n", #call, show_value);            \
	} while (0)

static inline void say_status(const char *who, int status)
{
	if (WIFEXITED(status))
		say("%s: exited with %d\n", who, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		say("%s: killed by SIG%s\n", who, sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		say("%s: stopped by SIG%s\n", who, sigabbrev_np(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		say("%s: continued\n", who);
	else
		say("%s: odd status\n", who);
}

/* Waits for one child and says how it ended. */
static inline void wait_and_say(const char *who, pid_t pid)
{
	int status = 0;
	pid_t got;
	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	must(got == pid);
	say_status(who, status);
}

/* Makes a file with this text in it. */
static inline void make_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	must(fd >= 0);
	must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	must(close(fd) == 0);
}

/* Prints the whole content of a file, quoted. */
static inline void say_file(const char *path)
{
	char text[2048];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	must(n >= 0);
	text[n] = 0;
	must(close(fd) == 0);
	say("%s: \"%s\"\n", path, text);
}

/* A byte pattern that tells positions apart. */
static inline unsigned char pattern_byte(size_t position)
{
	return (unsigned char)(position * 31 + (position >> 8) * 7 + (position >> 16));
}

static inline void fill_pattern(unsigned char *bytes, size_t length, size_t start)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = pattern_byte(start + i);
}

static inline bool is_pattern(const unsigned char *bytes, size_t length, size_t start)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != pattern_byte(start + i))
			return false;
	}
	return true;
}

static inline void catch_signal(int signo, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	sigemptyset(&action.sa_mask);
	must(sigaction(signo, &action, NULL) == 0);
}

static inline int finish(void)
{
	say("EXIT-SUCCESS\n");
	return 0;
}
