-- processes and threads: who made them, how long they lived, how they ended
SELECT t.label AS task, p.label AS parent, v.pid, v.tid, t.start_ns, t.end_ns - t.start_ns AS lived_ns,
       coalesce(n.calls, 0) AS calls, CASE WHEN v.status & 127 = 0 THEN v.status >> 8 & 255 END AS exit_code,
       CASE WHEN v.status & 127 THEN signal_name(v.status & 127) END AS exit_signal
FROM task AS t
LEFT JOIN task AS p ON p.task = t.parent
LEFT JOIN task_variant AS v ON v.task = t.task AND v.variant = 0
LEFT JOIN (SELECT task, count(*) AS calls FROM step GROUP BY task) AS n ON n.task = t.task
ORDER BY t.task
