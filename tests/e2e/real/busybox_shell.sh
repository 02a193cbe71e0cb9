# One program that is many: its shell runs its own awk, sed, sort, find, grep, tar, vi and more.
command -v busybox > /dev/null || exit 77
busybox sh -eu <<'END'
bb=busybox
$bb seq 1 50 | $bb awk '{ s += $1; print $1 * 3 } END { print "sum", s }' > numbers
$bb sed -n -e 's/^\(.\)5$/\1-five/p' numbers
$bb sort -rn numbers | $bb head -n 3
$bb mkdir -p tree/a/b && $bb cp numbers tree/a/b/copy
$bb tar cf tree.tar tree && $bb tar tf tree.tar
$bb find tree -type f -exec $bb wc -l {} \;
$bb grep -c 5 tree/a/b/copy
$bb md5sum numbers
$bb gzip -c numbers | $bb gunzip -c | $bb cmp - numbers && echo same
$bb printf 'first\nsecond\n' > text
$bb vi -c 'wq' text < /dev/null > /dev/null 2>&1 || echo "vi: $?"
$bb cat text
# Whether it says "Terminated" depends on when it looks.
( $bb sleep 1000 & $bb kill $!; wait $! || echo "sleeper: $?" ) 2> /dev/null
for i in 1 2 3; do $bb expr $i \* $i; done | $bb xargs $bb echo
$bb rm tree.tar
END
