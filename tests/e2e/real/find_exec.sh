# find with its tests and actions.
mkdir -p tree/a/b tree/c
for n in 1 2 3 4; do echo $n > tree/a/$n.txt; echo $n $n > tree/a/b/$n.c; done
find tree -name '*.txt' -exec cat {} \; | sort
find tree -name '*.c' -exec wc -l {} + | tail -n 1
find tree -type d -empty -print -delete
find tree -newer tree/a/1.txt -name '*.none'
find tree -size -1k -o -name '3*' | sort
find tree -type f -printf '%P %s %m\n' | sort
find tree -name '4*' -execdir sh -c 'pwd | sed "s/.*tree/tree/"; echo "$1"' sh {} \; | sort
find tree -type f -ok true {} \; < /dev/null 2> /dev/null | wc -l
