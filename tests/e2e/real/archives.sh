# cpio, ar and xz: pack a folder, unpack it, compare with diff.
command -v cpio > /dev/null || exit 77
cp -r /usr/include/asm-generic in
find in -type f | sort | cpio -o -H newc --quiet > all.cpio
mkdir out
(cd out && cpio -id --quiet < ../all.cpio)
diff -r in out/in && echo "cpio: same"
xz -T1 -k all.cpio
xz -T1 -l --robot all.cpio.xz | head -n 1
xz -T1 -dc all.cpio.xz | cmp - all.cpio && echo "xz: same"
bzip2 -k all.cpio && bunzip2 -c all.cpio.bz2 | cmp - all.cpio && echo "bzip2: same"
zstd -q --single-thread --no-asyncio all.cpio && zstd -dcq --no-asyncio all.cpio.zst | cmp - all.cpio && echo "zstd: same"
# The time that cpio writes is the copy's.
rm -r all.cpio*
