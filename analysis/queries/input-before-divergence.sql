-- the last ten things read before each divergence, latest first: the probable cause
WITH input AS (
  SELECT d.divergence, s.step, s.task, s.name,
         row_number() OVER (PARTITION BY d.divergence ORDER BY s.step DESC) AS back
  FROM divergence AS d JOIN step AS s ON s.step <= d.step
  WHERE s.name IN ('read', 'pread64', 'readv', 'preadv', 'preadv2', 'recvfrom', 'recvmsg', 'recvmmsg')
    AND s.result > 0)
SELECT i.divergence, i.step, t.label AS task, i.name, c.a0 AS fd, b.full_length AS bytes,
       printable(b.data, 200) AS input
FROM input AS i
JOIN call AS c ON c.step = i.step AND c.variant = 0
JOIN buf AS b ON b.step = i.step AND b.direction = 'out' AND b.part = 'content' AND b.variants LIKE '0%'
LEFT JOIN task AS t ON t.task = i.task
WHERE i.back <= 10
ORDER BY i.divergence, i.step DESC, b.arg
