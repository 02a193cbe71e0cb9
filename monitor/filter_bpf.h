/*
 * Classic BPF as seccomp(2) filters use it: is a program one that the kernel
 * would take, and what does it say of a call? Knows nothing of tasks.
 */
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Would the kernel take it? (net/core/filter.c, bpf_check_classic; kernel/seccomp.c, seccomp_check_filter) */
bool filter_is_valid(const struct sock_filter *code, size_t length);

/* What a valid program returns for a call: a SECCOMP_RET_ action and its data. */
uint32_t filter_run(const struct sock_filter *code, size_t length, const struct seccomp_data *data);

/* Of two filters' answers the one that counts: the stricter action, `newer` where they are the same. */
uint32_t filter_stricter(uint32_t newer, uint32_t older);
