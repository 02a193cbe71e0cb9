-- calls, errors and time by system call, as strace -c
SELECT name, calls, errors, total_ns, mean_ns, max_ns
FROM v_syscall_summary
