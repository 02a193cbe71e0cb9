# Extended attributes, holes, links and modes through tar and back.
command -v setfattr > /dev/null || exit 77
mkdir in
echo text > in/file
chmod 640 in/file
setfattr -n user.colour -v red in/file 2> /dev/null || exit 77
ln in/file in/hard
ln -s file in/soft
mkfifo in/fifo
truncate -s 4M in/sparse
printf middle | dd of=in/sparse bs=1 seek=2000000 conv=notrunc status=none
tar --xattrs --sparse -cf all.tar -C in .
ls -s all.tar
mkdir out
tar --xattrs -xf all.tar -C out
getfattr -d out/file
cmp in/sparse out/sparse
test "$(stat -c %b out/sparse)" -lt 100 && echo holes
stat -c '%n %A %h %s' out/* | sort
find out -samefile out/hard | sort
cp --sparse=always -a out/sparse again
test "$(stat -c %b again)" -lt 100 && echo holes
setfattr -x user.colour out/file
getfattr -d out/file
# It holds the times of the files.
rm all.tar
