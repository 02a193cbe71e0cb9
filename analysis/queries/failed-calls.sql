-- calls that failed, by name and error, the most frequent first
SELECT name, errno, count(*) AS times, min(step) AS first_step, decode(min(step)) AS first
FROM step
WHERE errno IS NOT NULL
GROUP BY name, errno
ORDER BY times DESC, first_step
