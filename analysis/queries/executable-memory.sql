-- memory made executable: what is no mapped file comes first
SELECT c.step, t.label AS task,
       CASE WHEN c.name LIKE '%mprotect' THEN 'changed' WHEN c.name = 'shmat' THEN 'shared'
            WHEN c.a3 & 32 THEN 'anonymous' ELSE 'file' END AS kind,
       c.name <> 'shmat' AND c.a2 & 2 <> 0 AS writable, c.text
FROM call AS c LEFT JOIN task AS t ON t.task = c.task
WHERE c.variant = 0 AND c.errno IS NULL
  -- PROT_EXEC; SHM_EXEC
  AND (c.name IN ('mmap', 'mprotect', 'pkey_mprotect') AND c.a2 & 4 OR c.name = 'shmat' AND c.a2 & 32768)
ORDER BY kind = 'file', c.step
