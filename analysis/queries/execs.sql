-- programs started, with their arguments, and starts that failed
SELECT step, task, time_ns, errno, text
FROM v_step
WHERE name IN ('execve', 'execveat')
ORDER BY step
