/*
 * CHECK: our own broken promises. They stay on in release builds: a monitor
 * that no longer knows what it knows must stop, not guess.
 */
#pragma once

/* Called once before the process aborts; the monitor kills every variant here. */
typedef void check_hook_fn(void);
void check_set_hook(check_hook_fn *hook);

_Noreturn void check_failed(const char *file, int line, const char *expression);

#define CHECK(expression)                                              \
	do {                                                           \
		if (__builtin_expect(!(expression), 0))                \
			check_failed(__FILE__, __LINE__, #expression); \
	} while (0)
