-- the twenty calls that took longest
SELECT v.step, v.task, v.name, v.duration_ns, v.text
FROM (SELECT step FROM step ORDER BY duration_ns DESC LIMIT 20) AS s
JOIN v_step AS v ON v.step = s.step
ORDER BY v.duration_ns DESC, v.step
