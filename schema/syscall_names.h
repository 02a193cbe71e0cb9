/* Names of errno values, signals and system calls, both ways. Sources: the installed headers. */
#pragma once

#include <stddef.h>

/* "ENOENT" for 2; NULL when unknown. */
const char *errno_name_find(int number);
/* "SIGINT" for 2, "SIGRT_3" for SIGRTMIN+3; NULL when unknown. */
const char *signal_name_find(int number);
/* Numbers from names, with or without SIG; -1 when unknown. */
int errno_number_find(const char *name);
int signal_number_find(const char *name);
