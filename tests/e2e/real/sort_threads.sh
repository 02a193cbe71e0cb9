# sort with threads and temporary files.
seq 1 200000 > numbers
sort --parallel=4 -S 1M -T . -n -r numbers | head -n 1
sort --parallel=2 -n -r numbers | md5sum
