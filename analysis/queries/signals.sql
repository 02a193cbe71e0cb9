-- every signal: what was done about it, and how long it took from arrival to handler
SELECT step, task, name, decision, delay_ns, wait_iterations, had_it, arrivals, sent, sender_pid
FROM v_signal
ORDER BY step
