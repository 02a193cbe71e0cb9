-- where the variants disagreed, and what each of them did
SELECT divergence, step, task, kind, variant, arrived, text, location, summary
FROM v_divergence
ORDER BY divergence, variant
