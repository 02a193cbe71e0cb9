-- calls that mvx answered with an error of its own, or that stopped the run
SELECT step, task, name, verdict, errno, text
FROM v_step
WHERE verdict IN ('refused', 'unsupported')
ORDER BY step
