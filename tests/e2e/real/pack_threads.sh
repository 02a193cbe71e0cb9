# xz and zstd with two threads each.
seq 1 200000 > numbers
xz -T2 -k numbers && xz -T2 -dc numbers.xz | cmp - numbers && echo "xz: same"
zstd -q -T2 numbers && zstd -dcq numbers.zst | cmp - numbers && echo "zstd: same"
