# Between two folders: everything, nothing, one change, one deletion. Sender and receiver are two processes.
command -v rsync > /dev/null || exit 77
cp -r /usr/include/asm-generic from
touch -d 2002-02-02 from
rsync -a from/ to
diff -r from to && echo same
rsync -ai from/ to
echo changed >> from/errno.h
rm from/fcntl.h
touch -d 2001-01-01 from/errno.h from
rsync -ai --checksum --delete from/ to
diff -r from to && echo same
rsync -a --no-whole-file --inplace /bin/true to/big && cmp /bin/true to/big && echo copied
rsync --list-only to/errno.h
