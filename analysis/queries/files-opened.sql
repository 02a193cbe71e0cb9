-- names of files that were opened, or tried to, in the order of their first time
SELECT min(c.step) AS first_step, count(*) AS times, count(c.errno) AS failed,
       CAST(b.data AS TEXT) AS path
FROM call AS c
JOIN buf AS b ON b.step = c.step AND b.direction = 'in' AND b.part = 'content' AND b.variants LIKE '0%'
             AND b.arg = (c.name NOT IN ('open', 'creat'))
WHERE c.variant = 0 AND c.name IN ('open', 'openat', 'openat2', 'creat')
GROUP BY path
ORDER BY first_step
