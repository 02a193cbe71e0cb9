#!/bin/sh
# A sibling, thread or process, that changes a buffer between check and use gets nothing out that was not compared.
#   swap.sh MONITOR SWAP
set -u
for how in buffer vector messages process large-buffer large-vector large-process; do
	alone=$("$2" $how)
	[ "$alone" = changed ] || { echo "alone: $alone, so the test shows nothing"; exit 1; }
	for n in 2 3; do
		out=$("$1" -n $n -o none "$2" $how 2>&1)
		status=$?
		echo "$how, $n variants: $out"
		[ $status = 0 ] && [ "$out" = compared ] || { echo "status $status"; exit 1; }
	done
done
# A structure that the kernel writes to as well. Changed before the comparison it is found there. Alone it
# is a matter of microseconds, and may not succeed; under a monitor that takes it from its place it does.
for n in 2 3; do
	out=$("$1" -n $n -o none --threads=parallel --env-variant 0:SWAP=1 "$2" offset 2>&1)
	status=$?
	echo "offset, $n variants: $out"
	case $status,$out in
	0,compared) ;;
	120,*"divergence in"*"argument 3 of sendfile"*) ;;
	*) echo "status $status"; exit 1 ;;
	esac
done
