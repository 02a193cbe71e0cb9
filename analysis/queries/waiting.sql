-- who kept whom waiting: how long each variant waited for others, and others for it
WITH met AS (
  SELECT step, variant, entry_ns, min(entry_ns) OVER w AS first_ns, max(entry_ns) OVER w AS last_ns,
         count(*) OVER w AS variants
  FROM call
  WINDOW w AS (PARTITION BY step))
SELECT variant, count(*) AS calls, sum(last_ns - entry_ns) AS waited_ns,
       sum(entry_ns = last_ns) AS came_last,
       sum(CASE WHEN entry_ns = last_ns THEN last_ns - first_ns ELSE 0 END) AS kept_waiting_ns,
       max(CASE WHEN entry_ns = last_ns THEN last_ns - first_ns ELSE 0 END) AS longest_ns,
       step AS longest_step
FROM met
WHERE variants > 1
GROUP BY variant
ORDER BY variant
