/* Starts a variant's first process: traced, filtered, held at its first execve. */
#pragma once

#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/error.h"

struct spawn_request {
	const char *path; /* resolved executable */
	char *const *argv;
	char *const *envp;
	bool randomize;                   /* false: personality(ADDR_NO_RANDOMIZE) */
	bool follower;                    /* own session (no terminal signals), no core files */
	bool no_filter;                   /* the ptrace back-end: calls stop by themselves */
	const cpu_set_t *cpus;            /* where it may run; NULL for anywhere */
	sigset_t signal_mask;             /* the mask the program starts with */
	const struct rlimit *descriptors; /* its RLIMIT_NOFILE */
};

/*
 * Forks, seizes (ptrace(2)) and lets the child install the filter and call
 * execve, which is its first stop. The calling thread is its tracer. Returns
 * the pid or -errno.
 */
pid_t spawn_process(const struct spawn_request *request, struct error *err);
