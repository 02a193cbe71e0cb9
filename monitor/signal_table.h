/*
 * Dispositions of a program's signals, as the leader's thread keeps them for
 * all variants. Knows nothing of tasks.
 */
#pragma once

#include <stdint.h>

enum signal_action {
	SIGNAL_ACTION_IGNORE,
	SIGNAL_ACTION_TERMINATE,
	SIGNAL_ACTION_STOP,
	SIGNAL_ACTION_HANDLER
};

/* Dispositions, as rt_sigaction set them. Refcounted: CLONE_SIGHAND shares. */
struct signal_table {
	unsigned refs;
	uint64_t handled, ignored; /* masks, bit signo-1 */
	uint64_t restart, reset;   /* SA_RESTART, SA_RESETHAND */
};

struct signal_table *signal_table_create(uint64_t ignored);
struct signal_table *signal_table_share(struct signal_table *t);
struct signal_table *signal_table_copy(const struct signal_table *t);
void signal_table_release(struct signal_table *t);
/* What exec leaves: handlers are gone, ignored stays ignored. */
void signal_table_exec(struct signal_table *t);
void signal_table_set(struct signal_table *t, int signo, uint64_t handler, uint64_t flags);
enum signal_action signal_action_get(const struct signal_table *t, int signo);
/* A handler is about to run: SA_RESETHAND takes it away. */
void signal_handler_begins(struct signal_table *t, int signo);
