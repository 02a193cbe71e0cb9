-- files opened for writing, and changes of names and attributes, that succeeded
SELECT c.step, t.label AS task, c.name, c.text
FROM call AS c LEFT JOIN task AS t ON t.task = c.task
WHERE c.variant = 0 AND c.errno IS NULL AND c.result IS NOT NULL
  AND c.name IN ('open', 'openat', 'openat2', 'creat', 'truncate', 'rename', 'renameat', 'renameat2', 'unlink',
                 'unlinkat', 'link', 'linkat', 'symlink', 'symlinkat', 'mkdir', 'mkdirat', 'rmdir', 'mknod',
                 'mknodat', 'chmod', 'fchmodat', 'fchmodat2', 'chown', 'lchown', 'fchownat', 'utime', 'utimes',
                 'futimesat', 'utimensat', 'setxattr', 'lsetxattr', 'removexattr', 'lremovexattr')
  -- O_WRONLY, O_RDWR, O_CREAT, O_TRUNC; those of openat2 lie in memory
  AND CASE c.name WHEN 'open' THEN c.a1 & 579 WHEN 'openat' THEN c.a2 & 579
      WHEN 'openat2' THEN c.text REGEXP 'O_(WRONLY|RDWR|CREAT|TRUNC)' ELSE 1 END
ORDER BY c.step
