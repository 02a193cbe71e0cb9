-- who was connected to, listened for and heard from: calls with an address
SELECT c.step, t.label AS task, c.name, c.errno, c.text
FROM call AS c LEFT JOIN task AS t ON t.task = c.task
WHERE c.variant = 0
  AND c.name IN ('connect', 'bind', 'listen', 'accept', 'accept4', 'sendto', 'recvfrom', 'sendmsg', 'recvmsg',
                 'sendmmsg', 'recvmmsg')
  -- an address is optional for these two
  AND (c.name NOT IN ('sendto', 'recvfrom') OR c.a4 <> 0)
ORDER BY c.step
