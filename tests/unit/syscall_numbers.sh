#!/bin/sh
# Lists the calls that the kernel's header names, as CALL(name, number) lines.
# Usage: syscall_numbers.sh COMPILER [OPTION ...]
echo '#include <asm/unistd.h>' | "$@" -E -dM - |
	sed -nE 's/^#define __NR_([a-z_0-9]+) ([0-9]+)$/CALL(\1, \2)/p'
