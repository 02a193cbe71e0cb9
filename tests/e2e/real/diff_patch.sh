# diff in three shapes, patch forward and back, cmp, comm, join.
seq 1 200 > old
sed -e '5d' -e '100s/.*/one hundred/' -e '150a between' old > new
diff old new || echo "diff: $?"
diff -u --label old --label new old new > change || echo "diff -u: $?"
diff -y -W 40 --suppress-common-lines old new || true
cp old work
patch work < change
cmp work new && echo patched
patch -R work < change
cmp work old && echo reversed
cmp old new || echo "cmp: $?"
sort old > old.sorted
sort new > new.sorted
comm -3 old.sorted new.sorted
join old.sorted new.sorted | wc -l
